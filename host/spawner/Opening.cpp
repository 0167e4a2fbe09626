#include "spawner/Opening.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <vector>

#include "base/SealedFile.h"
#include "link/Codec.h"
#include "link/Link.h"

namespace clustermanager::spawner {

namespace {

constexpr int kFirstListener = 3;
constexpr std::size_t kPlanBytesMax = 16'777'216;

using Problem = std::string;

/// The next packet. Waits for it: without it there is nothing to do here.
std::variant<link::Link::Packet, Problem> awaitPacket(link::Link& master)
{
    while (true)
    {
        link::Link::Received received = master.receive();
        if (auto* packet = std::get_if<link::Link::Packet>(&received)) return std::move(*packet);
        if (std::holds_alternative<link::Link::Closed>(received))
            return "the master ended before it gave a plan";
        if (std::holds_alternative<link::Link::Truncated>(received))
            return "a descriptor sent by the master was lost; the limit of open files is too low";
        pollfd waiting = {master.fd(), POLLIN, 0};
        (void)::poll(&waiting, 1, -1);
    }
}

template <class Message>
std::optional<Message> decodeAs(const link::Bytes& bytes)
{
    auto decoded = link::decode<link::ToSpawner>(bytes.data(), bytes.size());
    const auto* any = std::get_if<link::ToSpawner>(&decoded);
    const auto* message = any != nullptr ? std::get_if<Message>(any) : nullptr;
    return message != nullptr ? std::optional<Message>(*message) : std::nullopt;
}

std::variant<link::GenerationPlan, Problem> readPlan(const FileDescriptor& file)
{
    const Result<std::vector<std::uint8_t>> content = readWhole(file, kPlanBytesMax);
    if (!content) return "the plan cannot be read: " + content.error().text();
    auto decoded = link::decodePlan(content.value().data(), content.value().size());
    if (auto* plan = std::get_if<link::GenerationPlan>(&decoded)) return std::move(*plan);
    return "the plan cannot be understood: " + std::get<link::Malformed>(decoded).reason;
}

std::optional<Problem> receiveListeners(link::Link& master, std::size_t wanted,
                                        std::vector<FileDescriptor>& sockets)
{
    while (sockets.size() < wanted)
    {
        auto received = awaitPacket(master);
        if (auto* problem = std::get_if<Problem>(&received)) return *problem;
        auto& packet = std::get<link::Link::Packet>(received);
        const bool asAgreed = decodeAs<link::Listeners>(packet.bytes) && !packet.fds.empty() &&
                              packet.fds.size() <= wanted - sockets.size();
        if (!asAgreed) return "the master sent something else where listening sockets had to come";
        for (FileDescriptor& socket : packet.fds) sockets.push_back(std::move(socket));
    }
    return std::nullopt;
}

/// Moves the descriptor to a number from `least` up, where it is lower.
bool moveUp(FileDescriptor& file, int least)
{
    if (!file || file.get() >= least) return true;
    file.reset(::fcntl(file.get(), F_DUPFD_CLOEXEC, least));
    return static_cast<bool>(file);
}

std::optional<Problem> placeListeners(std::vector<FileDescriptor> sockets, FileDescriptor& link,
                                      FileDescriptor& pluginFile)
{
    const int end = kFirstListener + static_cast<int>(sockets.size());
    bool moved = moveUp(link, end) && moveUp(pluginFile, end);
    for (FileDescriptor& socket : sockets) moved = moved && moveUp(socket, end);
    for (std::size_t i = 0; i < sockets.size() && moved; ++i)
        moved = ::dup3(sockets[i].get(), kFirstListener + static_cast<int>(i), O_CLOEXEC) >= 0;
    if (moved) return std::nullopt;
    return "the listening sockets cannot be put in place: " + SysError{"dup", "", errno}.text();
}

}  // namespace

std::variant<Opening, std::string> receiveOpening(FileDescriptor& link)
{
    link::Link master(std::move(link));
    auto received = awaitPacket(master);
    if (auto* problem = std::get_if<Problem>(&received)) return *problem;
    auto& packet = std::get<link::Link::Packet>(received);
    const std::optional<link::Open> open = decodeAs<link::Open>(packet.bytes);
    if (!open || packet.fds.empty()) return "the master's first message is not Open with a plan";

    auto plan = readPlan(packet.fds[0]);
    if (auto* problem = std::get_if<Problem>(&plan)) return *problem;
    Opening opening{std::move(std::get<link::GenerationPlan>(plan)), {}};
    const std::size_t filesWanted = opening.plan.pluginPath.empty() ? 1 : 2;
    if (packet.fds.size() != filesWanted || open->listenersToCome != opening.plan.listeners.size())
        return "the master's Open does not fit its plan";
    if (filesWanted == 2) opening.pluginFile = std::move(packet.fds[1]);
    packet.fds.clear();

    std::vector<FileDescriptor> sockets;
    std::optional<Problem> problem = receiveListeners(master, open->listenersToCome, sockets);
    if (problem) return *problem;
    link = master.release();
    problem = placeListeners(std::move(sockets), link, opening.pluginFile);
    if (problem) return *problem;
    return opening;
}

}  // namespace clustermanager::spawner
