#include "app/HostState.h"

#include <fcntl.h>

#include <Poco/Exception.h>

#include <cstdint>

#include "base/Fields.h"
#include "base/SealedFile.h"
#include "core/Supervisor.h"
#include "link/Messages.h"

namespace clustermanager::app {
namespace {

constexpr std::uint32_t kMagic = 0x4d43484f;  // "OHCM", so that another file is not taken for one

/// Of the fields of HostState and of all that it holds. To be raised with every change of theirs.
constexpr std::uint32_t kFormat = 13;

constexpr std::size_t kBytesMax = std::size_t{1024} * 1024 * 1024;

/// What has to fit before anything else is read.
struct Head
{
    std::uint32_t magic = kMagic;
    std::uint32_t format = kFormat;
    std::uint8_t wire = link::kWireVersion;  // children and spawners go on speaking it

    template <class IO>
    void fields(IO& io)
    {
        io(magic);
        io(format);
        io(wire);
    }
};

std::string whyNot(const Head& head)
{
    if (head.magic != kMagic) return "the state it was given is none";
    if (head.format != kFormat)
        return "the running host writes its state in format " + std::to_string(head.format) +
               ", this one reads " + std::to_string(kFormat) + "; restart the host instead";
    if (head.wire != link::kWireVersion)
        return "the running children speak version " + std::to_string(head.wire) + ", this host " +
               std::to_string(link::kWireVersion) + "; restart the host instead";
    return "";
}

}  // namespace

SealedState seal(const HostState& state)
{
    FieldWriter out;
    out(Head{});
    out(state);
    std::vector<int> handed = out.handed();
    const Bytes bytes = out.take();
    Result<FileDescriptor> file = sealBytes("state", bytes.data(), bytes.size());
    if (!file) throw Poco::SystemException(file.error().text());
    return {std::move(file.value()), std::move(handed)};
}

std::variant<HostState, std::string> readState(int file)
{
    FileDescriptor borrowed(file);
    const Result<std::vector<std::uint8_t>> bytes = readWhole(borrowed, kBytesMax);
    (void)borrowed.release();
    if (!bytes) return "the state cannot be read: " + bytes.error().text();

    FieldReader in(bytes.value().data(), bytes.value().size());
    Head head;
    in(head);
    if (!in.good()) return "the state it was given is cut off";
    if (std::string problem = whyNot(head); !problem.empty()) return problem;
    HostState state;
    in(state);
    if (const std::string problem = in.finish(); !problem.empty()) return "the state is garbled: " + problem;

    FieldReader supervisor(state.master.supervisor.data(), state.master.supervisor.size());
    const core::Supervisor trial(supervisor);
    if (const std::string problem = supervisor.finish(); !problem.empty())
        return "the supervisor's state is garbled: " + problem;
    return state;
}

std::vector<int> missing(const HostState& state)
{
    FieldWriter out;
    out(state);
    std::vector<int> gone;
    for (const int fd : out.handed())
        if (::fcntl(fd, F_GETFD) < 0) gone.push_back(fd);
    return gone;
}

}  // namespace clustermanager::app
