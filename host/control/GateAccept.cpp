#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/EnoughMemory.h"
#include "base/SysError.h"
#include "control/Gate.h"

/// How the gate takes connections, and what it does where it cannot.
namespace clustermanager::control {

namespace {

constexpr Millis kWarnInterval{60000};
constexpr Millis kAcceptPause{100};

bool isOutOfResources(int code)
{
    return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

}  // namespace

void Gate::accept()
{
    if (!_listener || _acceptAgain) return;
    FileDescriptor socket = acceptOne();
    if (!socket && (errno == EMFILE || errno == ENFILE) && _reserve)
    {
        warnOfAccept(errno);
        _reserve.reset();
        socket = acceptOne();
    }
    if (!socket)
        afterAcceptFailed(errno);
    else if (const auto number = static_cast<ConnectionNumber>(++_lastNumber);
             !enoughMemoryFor([&] { adopt(number, std::move(socket)); }))
        giveUp(number);
    keepReserve();  // where it was given up for nothing
}

FileDescriptor Gate::acceptOne()
{
    return FileDescriptor(::accept4(_listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

/// One who stays would keep all others out where there is no other descriptor.
bool Gate::mayGoOn()
{
    keepReserve();
    return static_cast<bool>(_reserve);
}

/// So that somebody can ask what is wrong while nothing can be opened: one client at a time.
void Gate::keepReserve()
{
    if (!_reserve) _reserve.reset(::fcntl(_epoll.get(), F_DUPFD_CLOEXEC, 0));
}

/// What concerns one client alone (it has gone already, the network failed) is no news. A lack of descriptors
/// or memory stays readable, so without a pause it would keep this thread busy.
void Gate::afterAcceptFailed(int code)
{
    if (!isOutOfResources(code)) return;
    pauseAccepting(true);
    warnOfAccept(code);
}

/// Where the kernel has no room to watch a new listener either, that is a pause too.
void Gate::pauseAccepting(bool pause)
{
    _acceptAgain.reset();
    if (!_listener) return;
    const bool watched = watchListener(pause ? 0U : static_cast<std::uint32_t>(EPOLLIN));
    if (pause || !watched) _acceptAgain = Clock::now() + kAcceptPause;
}

bool Gate::watchListener(std::uint32_t events) const
{
    epoll_event event{};
    event.events = events;
    event.data.u64 = kListener;
    return ::epoll_ctl(_epoll.get(), EPOLL_CTL_MOD, _listener.get(), &event) == 0 ||
           ::epoll_ctl(_epoll.get(), EPOLL_CTL_ADD, _listener.get(), &event) == 0;
}

void Gate::warnOfAccept(int code)
{
    const TimePoint now = Clock::now();
    if (!_warn || (_warned && now - *_warned < kWarnInterval)) return;
    _warned = now;
    (void)enoughMemoryFor([&] {
        _warn("control port: cannot accept a connection: " + errnoText(code) +
              "; clients wait, or are served one at a time, until that is over");
    });
}

/// A connection that is among the others counts in its share: what may throw comes before.
void Gate::adopt(ConnectionNumber number, FileDescriptor socket)
{
    if (_connections.size() >= _limits.connections) makeRoom();
    Connection arrived;
    arrived.number = number;
    arrived.peer = peerOf(socket.get());
    arrived.stream = _entry.stream(std::move(socket));
    Share& share = _shares[arrived.peer.fairKey];
    Connection& connection = _connections.emplace(number, std::move(arrived)).first->second;
    ++share.connections;
    enter(connection, Phase::Reading, _limits.requestTime, EPOLLIN);
}

/// A client that opens more than all others pushes itself out.
void Gate::makeRoom()
{
    if (_deadlines.empty()) return;
    const auto isOf = [this, key = mostConnected()](const auto& entry) {
        return _connections.at(entry.second).peer.fairKey == key;
    };
    const auto found = std::find_if(_deadlines.begin(), _deadlines.end(), isOf);
    Connection& oldest = _connections.at((found == _deadlines.end() ? _deadlines.begin() : found)->second);
    if (oldest.phase == Phase::Reading)
        (void)enoughMemoryFor([&] {
            const std::string bytes = serialize(problem(503, "Too many connections are open; try again."));
            (void)oldest.stream->write(bytes.data(), bytes.size());
        });
    close(oldest);
}

std::uint64_t Gate::mostConnected() const
{
    return std::max_element(_shares.begin(), _shares.end(),
                            [](const auto& left, const auto& right) {
                                return left.second.connections < right.second.connections;
                            })
        ->first;
}

}  // namespace clustermanager::control
