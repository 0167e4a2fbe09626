#include "ControlLoad.h"

#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>

namespace clustermanager::bench {

namespace {

constexpr int kLookMillis = 100;
constexpr const char* kLength = "Content-Length: ";

bool isOk(const std::string& answer)
{
    return answer.compare(0, 12, "HTTP/1.1 200") == 0;
}

FileDescriptor connectTo(const std::string& path)
{
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), std::min(path.size() + 1, sizeof address.sun_path - 1));
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval patience = {10, 0};
    (void)::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        socket.reset();
    return socket;
}

bool send(const FileDescriptor& socket, const std::string& target)
{
    const std::string request = "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    return ::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) >= 0;
}

/// A stream whose head has come.
FileDescriptor openStream(const std::string& path)
{
    FileDescriptor socket = connectTo(path);
    std::array<char, 13> begin{};
    if (!send(socket, "/events") || ::recv(socket.get(), begin.data(), begin.size() - 1, MSG_WAITALL) < 12 ||
        !isOk(begin.data()))
        throw std::runtime_error("a stream of events could not be opened");
    return socket;
}

/// How long a good answer is, 0: it is none. Nothing is kept, so that a client costs little beside the host.
std::size_t askOnce(const std::string& path, const std::string& target, std::vector<char>& piece)
{
    const FileDescriptor socket = connectTo(path);
    if (!send(socket, target)) return 0;
    std::size_t length = 0;
    std::optional<std::size_t> wanted;
    for (ssize_t got = 0; (got = ::recv(socket.get(), piece.data(), piece.size(), 0)) > 0;)
    {
        length += static_cast<std::size_t>(got);
        if (wanted) continue;
        const std::string head(piece.data(), static_cast<std::size_t>(got));
        const std::size_t body = head.find("\r\n\r\n");
        const std::size_t said = head.find(kLength);
        if (!isOk(head) || said >= body) return 0;
        wanted = body + 4 + std::strtoul(head.c_str() + said + std::strlen(kLength), nullptr, 10);
    }
    return length == wanted ? length : 0;
}

/// Of the calling thread: clients elsewhere would take no CPU from the host and its children.
void haveOnlyIdleCpu()
{
    const sched_param none{};
    (void)::sched_setscheduler(0, SCHED_IDLE, &none);
}

}  // namespace

ControlLoad::ControlLoad(const Plan& plan) : _plan(plan), _results(plan.clients)
{
    for (unsigned i = 0; i < plan.streams; ++i) _streams.push_back(openStream(plan.socketPath));
    for (Result& result : _results) _threads.emplace_back([this, &result] { ask(result); });
    _threads.emplace_back([this] { readStreams(); });
}

ControlLoad::~ControlLoad()
{
    (void)end();
}

ControlLoad::Result ControlLoad::end()
{
    _going = false;
    for (std::thread& thread : _threads) thread.join();
    _threads.clear();
    Result all;
    for (const Result& one : _results)
    {
        all.millis.add(one.millis);
        all.failed += one.failed;
        all.answerBytes = one.answerBytes;
    }
    all.streamed = _streamed;
    return all;
}

void ControlLoad::ask(Result& result) const
{
    haveOnlyIdleCpu();
    std::vector<char> piece(65'536);
    while (_going)
    {
        const auto begin = std::chrono::steady_clock::now();
        const std::size_t length = askOnce(_plan.socketPath, _plan.route, piece);
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
        if (length == 0)
            ++result.failed;
        else
            result.millis.add(took.count());
        result.answerBytes = length;
    }
}

void ControlLoad::readStreams()
{
    haveOnlyIdleCpu();
    std::vector<pollfd> watched;
    for (const FileDescriptor& stream : _streams) watched.push_back({stream.get(), POLLIN, 0});
    std::vector<char> piece(65'536);
    // Once more at the end: this thread may have had no CPU while others were busy.
    for (bool goesOn = true; goesOn;)
    {
        goesOn = _going;
        if (::poll(watched.data(), watched.size(), kLookMillis) <= 0) continue;
        for (const pollfd& one : watched)
        {
            if (one.revents == 0) continue;
            const ssize_t count = ::recv(one.fd, piece.data(), piece.size(), MSG_DONTWAIT);
            if (count > 0) _streamed += static_cast<unsigned long long>(count);
        }
    }
}

}  // namespace clustermanager::bench
