#include "Client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace clustermanager::load {

namespace {

constexpr std::chrono::milliseconds kPauseAfterLoss{2};  // a server that is down shall not be stormed

std::string requestText(bool keepsAlive)
{
    return std::string("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: ") +
           (keepsAlive ? "keep-alive" : "close") + "\r\n\r\n";
}

std::string textOf(int problem)
{
    return std::generic_category().message(problem);
}

/// As the host writes it, so that both can be laid side by side.
std::string wallClock()
{
    timespec now{};
    (void)::clock_gettime(CLOCK_REALTIME, &now);
    tm parts{};
    (void)::gmtime_r(&now.tv_sec, &parts);
    std::array<char, 32> text{};
    (void)std::snprintf(text.data(), text.size(), "%02d:%02d:%02d.%06ld", parts.tm_hour, parts.tm_min,
                        parts.tm_sec, now.tv_nsec / 1000);
    return text.data();
}

}  // namespace

Client::Client(const Request& request, bool keepsAlive, int epoll, std::uint64_t number, Tally& tally)
    : _request(request), _keepsAlive(keepsAlive), _epoll(epoll), _number(number), _tally(tally),
      _text(requestText(keepsAlive))
{}

void Client::begin(Clock::time_point planned)
{
    _planned = planned;
    _begun = Clock::now();
    if (_state == State::Idle && !stillOpen()) return;
    if (_state == State::Down && !connectNow()) return;
    _state = State::Asking;
    _sent = 0;
    ++_asked;
    proceed();
}

bool Client::connectNow()
{
    _child.clear();
    _asked = 0;
    _socket.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(_request.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    epoll_event event = {};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.u64 = _number;
    const bool begun =
        _socket && ::epoll_ctl(_epoll, EPOLL_CTL_ADD, _socket.get(), &event) == 0 &&
        (::connect(_socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
         errno == EINPROGRESS);
    if (!begun) lose(errno == ECONNREFUSED ? Loss::Refused : Loss::NoSocket, textOf(errno));
    return begun;
}

/// Whether a connection that was idle can take a request; where not, it is Down, or the server has spoken
/// out of turn.
bool Client::stillOpen()
{
    char byte = 0;
    const ssize_t got = ::recv(_socket.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got > 0)
    {
        lose(Loss::Wrong, "bytes that nobody asked for");
        return false;
    }
    if (got == 0 || errno != EAGAIN)
    {
        ++_tally.closedIdle;
        hangUp();
    }
    return true;
}

void Client::proceed()
{
    if (_state == State::Asking && !sendRest()) return;
    if (_state == State::Waiting || _state == State::Parting) receive();
}

/// True: everything is sent.
bool Client::sendRest()
{
    while (_sent < _text.size())
    {
        const ssize_t sent =
            ::send(_socket.get(), _text.data() + _sent, _text.size() - _sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EAGAIN || errno == ENOTCONN)) return false;
        if (sent < 0)
        {
            broken(errno);
            return false;
        }
        _sent += static_cast<std::size_t>(sent);
    }
    _state = State::Waiting;
    return true;
}

void Client::receive()
{
    std::array<char, 8192> part{};
    for (;;)
    {
        const ssize_t got = ::recv(_socket.get(), part.data(), part.size(), MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) return;
        if (got < 0) return broken(errno);
        if (got == 0) return ended();
        _bytes.append(part.data(), static_cast<std::size_t>(got));
        if (_state == State::Waiting) judge();
        if (_state == State::Parting && !_bytes.empty()) return lose(Loss::Wrong, "bytes after the answer");
        if (_state != State::Waiting && _state != State::Parting) return;
    }
}

void Client::judge()
{
    const auto result = readAnswer(_bytes);
    if (const auto* malformed = std::get_if<Malformed>(&result)) return lose(Loss::Wrong, malformed->reason);
    const auto* answer = std::get_if<Answer>(&result);
    if (answer == nullptr) return;
    if (answer->status != 200 || answer->body != _request.body || answer->bytes != _bytes.size())
        return lose(Loss::Wrong, "the answer is not the one expected: " + _bytes.substr(0, 200));
    answered(*answer);
}

void Client::answered(const Answer& answer)
{
    const Clock::time_point now = Clock::now();
    ++_tally.answered;
    _tally.latencies.add(now - _begun);
    _tally.lateness.add(now - _planned);
    _bytes.clear();
    _child = answer.child;
    _nextBegin = now;
    if (_keepsAlive && !answer.closes)
    {
        _state = State::Idle;
        return;
    }
    if (_keepsAlive) ++_tally.closedByNotice;
    _state = State::Parting;
    _begun = now;
}

void Client::ended()
{
    if (_state == State::Parting) return part();
    if (_bytes.empty()) return lose(Loss::Closed, "ended without an answer");
    lose(Loss::Truncated, "ended within the answer: " + _bytes.substr(0, 200));
}

void Client::broken(int problem)
{
    if (_state == State::Parting)
    {
        ++_tally.resetAfterAnswer;
        return part();
    }
    const bool refused = problem == ECONNREFUSED;
    lose(refused ? Loss::Refused : Loss::Reset,
         textOf(problem) + " after " + std::to_string(_bytes.size()) + " bytes");
}

void Client::part()
{
    hangUp();
    _nextBegin = Clock::now();
}

void Client::lose(Loss loss, const std::string& how)
{
    ++_tally.losses[static_cast<std::size_t>(loss)];
    const Clock::time_point now = Clock::now();
    if (_tally.stories.size() < Tally::kStoriesMax)
        _tally.stories.push_back(
            wallClock() + " client " + std::to_string(_number) + (_keepsAlive ? " (keep-alive)" : "") +
            ", request " + std::to_string(_asked) + " of its connection" +
            (_child.empty() ? "" : " to child " + _child) + ", " +
            std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now - _begun).count()) +
            " us after it began: " + name(loss) + ": " + how);
    hangUp();
    _nextBegin = now + kPauseAfterLoss;
}

void Client::look(Clock::time_point now)
{
    if (rests() || now - _begun < _request.patience) return;
    if (_state == State::Parting) return lose(Loss::Wrong, "not closed after the last answer");
    lose(Loss::TimedOut, std::to_string(_bytes.size()) + " bytes of the answer");
}

void Client::hangUp()
{
    _socket.reset();
    _bytes.clear();
    _state = State::Down;
}

}  // namespace clustermanager::load
