#include "control/Gate.h"

#include <Poco/Exception.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/ByteStream.h"
#include "base/EnoughMemory.h"
#include "base/GiveBack.h"
#include "base/SysError.h"

namespace clustermanager::control {

namespace {

constexpr std::size_t kMaxDrained = 262'144;
constexpr std::size_t kBallast = 65'536;

bool tryControl(int epoll, int operation, int fd, std::uint32_t events, std::uint64_t source)
{
    epoll_event event{};
    event.events = events;
    event.data.u64 = source;
    return ::epoll_ctl(epoll, operation, fd, &event) == 0;
}

void control(int epoll, int operation, int fd, std::uint32_t events, std::uint64_t source)
{
    if (!tryControl(epoll, operation, fd, events, source))
        throw Poco::IOException(SysError{"epoll_ctl", "", errno}.text());
}

bool wouldBlock(int code)
{
    return code == EAGAIN || code == EWOULDBLOCK || code == EINTR;
}

}  // namespace

// NOLINTNEXTLINE(readability-function-size): each parameter is a part of its own
Gate::Gate(FileDescriptor listener, std::shared_ptr<GateMailbox> mailbox, GateLimits limits, Entry entry,
           Warn warn, core::Metrics* metrics)
    : _epoll(::epoll_create1(EPOLL_CLOEXEC)), _listener(std::move(listener)), _mailbox(std::move(mailbox)),
      _limits(limits), _entry(std::move(entry)), _warn(std::move(warn)), _metrics(metrics),
      _lastNumber(kFirstConnection), _letters(_mailbox->roomForLetters())
{
    if (!_epoll) throw Poco::IOException(SysError{"epoll_create1", "", errno}.text());
    control(_epoll.get(), EPOLL_CTL_ADD, _listener.get(), EPOLLIN, kListener);
    control(_epoll.get(), EPOLL_CTL_ADD, _mailbox->descriptor(), EPOLLIN, kMailbox);
    keepReserve();
}

Gate::~Gate()
{
    serving(-static_cast<int>(_serving));
}

bool Gate::wait()
{
    while (_stage != GateMailbox::Stage::Closed && _requests.empty())
    {
        if (_stage == GateMailbox::Stage::Finishing && allAnswered()) _mailbox->finished();
        std::array<epoll_event, 64> events;  // filled by the kernel
        const int count = ::epoll_wait(_epoll.get(), events.data(), events.size(), waitMillis());
        for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)].data.u64);
        expire();
    }
    return _stage != GateMailbox::Stage::Closed;
}

bool Gate::allAnswered() const
{
    return std::all_of(_connections.begin(), _connections.end(),
                       [](const auto& entry) { return entry.second.phase == Phase::Lingering; });
}

Gate::Request Gate::take()
{
    // What Poco's server lacks memory for on its way to a thread is lost, and may cost it the thread.
    giveBack(_ballast);
    Request request = std::move(_requests.front());
    _requests.pop_front();
    return request;
}

void Gate::flush()
{
    collect();
}

int Gate::waitMillis() const
{
    std::optional<TimePoint> next = _acceptAgain;
    if (!_deadlines.empty()) next = std::min(next.value_or(TimePoint::max()), _deadlines.begin()->first);
    if (!next) return -1;
    const auto left = std::chrono::ceil<Millis>(*next - Clock::now());
    return static_cast<int>(std::clamp<Millis::rep>(left.count(), 0, 60000));
}

/// An event of a connection that an earlier event of the same batch closed finds nothing and does nothing.
void Gate::handle(std::uint64_t source)
{
    if (source == kListener) return accept();
    if (source == kMailbox) return collect();
    const auto found = _connections.find(static_cast<ConnectionNumber>(source));
    if (found == _connections.end()) return;
    if (!enoughMemoryFor([&] { handle(found->second); })) giveUp(static_cast<ConnectionNumber>(source));
}

void Gate::handle(Connection& connection)
{
    if (connection.phase == Phase::Reading) return onReadable(connection);
    if (connection.phase == Phase::Answering) return onWritable(connection);
    if (connection.phase == Phase::Lingering) return onLingering(connection);
}

/// Whatever there was no memory for: this client loses its connection, and nobody else does.
void Gate::giveUp(ConnectionNumber number)
{
    const auto found = _connections.find(number);
    if (found != _connections.end()) close(found->second);
}

void Gate::collect()
{
    _mailbox->collect(_letters);
    for (GateMailbox::Answer& letter : _letters.answers)
        if (!enoughMemoryFor([&] { deliver(letter); })) giveUp(letter.connection);
    _letters.answers.clear();
    if (_letters.stage != _stage) enterStage(_letters.stage);
    for (; _letters.markers > 0; --_letters.markers) (void)enoughMemoryFor([&] { _requests.push_back({}); });
    if (_letters.listener && _stage == GateMailbox::Stage::Open)
    {
        _listener = std::move(*_letters.listener);
        pauseAccepting(false);
    }
    _letters.listener.reset();
}

void Gate::deliver(GateMailbox::Answer& letter)
{
    const auto found = _connections.find(letter.connection);
    if (found == _connections.end()) return;
    serving(-1);
    --_shares[found->second.peer.fairKey].requests;
    if (letter.goesOn && mayGoOn()) return release(found->second, letter.goesOn);
    if (letter.goesOn) return refuse(found->second, problem(503, "The host has no descriptor left."));
    if (letter.bytes.empty()) letter.bytes = serialize(problem(500, "The request could not be answered."));
    answer(found->second, std::move(letter.bytes), std::move(letter.tail));
}

void Gate::enterStage(GateMailbox::Stage stage)
{
    _stage = stage;
    _listener.reset();
    _acceptAgain.reset();
    if (_stage != GateMailbox::Stage::Finishing) refuseReading();
}

/// Refusing one may close it, and others to make room for the answer, so after each the next is looked up.
void Gate::refuseReading()
{
    for (auto next = _connections.begin(); next != _connections.end();)
    {
        const ConnectionNumber number = next->first;
        const bool refused = enoughMemoryFor([&] {
            if (next->second.phase == Phase::Reading)
                refuse(next->second, problem(503, "The host is stopping."));
        });
        if (!refused) giveUp(number);
        next = _connections.upper_bound(number);
    }
}

// --- reading ---

/// Bytes that TLS has taken already are no news to the kernel, so they are read here.
void Gate::onReadable(Connection& connection)
{
    while (readOnce(connection))
    {}
}

/// Whether there is more to read at once: the connection is still there then.
bool Gate::readOnce(Connection& connection)
{
    using State = ByteStream::State;
    std::array<char, 16384> piece;  // filled by the stream
    const ByteStream::Step step = connection.stream->read(piece.data(), piece.size());
    switch (step.state)
    {
    case State::Moved: break;
    case State::WantsRead: return watch(connection, EPOLLIN), false;
    case State::WantsWrite: return watch(connection, EPOLLOUT), false;
    case State::Failed: return close(connection), false;
    case State::NotTls:
        connection.stream = connection.stream->plainly();
        return refuse(connection,
                      problem(400, "This control port speaks TLS: begin the address with https://.")),
               false;
    case State::Ended:
        if (connection.reader.empty()) return close(connection), false;
        return refuse(connection, problem(400, "The request ended before it was whole.")), false;
    }
    switch (connection.reader.feed({piece.data(), step.count}))
    {
    case RequestReader::Progress::NeedsMore: return connection.stream->pending();
    case RequestReader::Progress::Refused: return refuse(connection, connection.reader.refusal()), false;
    case RequestReader::Progress::Complete: break;
    }
    return onRequest(connection), false;
}

void Gate::onRequest(Connection& connection)
{
    auto verdict = _entry.check(connection.reader.head(), connection.peer, *connection.stream);
    if (const Reply* refusal = std::get_if<Reply>(&verdict)) return refuse(connection, *refusal);
    _ballast.reserve(kBallast);
    Share& share = _shares[connection.peer.fairKey];
    const bool tooMany = share.requests >= _limits.requestsOfOne && !isOwn(connection.peer);
    if (_serving >= _limits.requests || tooMany)
    {
        Reply busy = problem(503, "Too many requests are being answered; try again.");
        busy.headers.emplace_back("Retry-After", "1");
        return refuse(connection, busy);
    }
    _requests.push_back(
        {connection.number, connection.reader.takeBytes(), std::get<Caller>(std::move(verdict))});
    serving(1);
    ++share.requests;
    forgetDeadline(connection);
    connection.phase = Phase::Serving;
    watch(connection, 0);
}

// --- answering ---

void Gate::serving(int change)
{
    _serving += static_cast<std::size_t>(change);
    if (_metrics != nullptr) _metrics->requestsWait(change);
}

void Gate::refuse(Connection& connection, const Reply& reply)
{
    if (_metrics != nullptr) _metrics->refused(reply.status);
    answer(connection, serialize(reply, !connection.reader.isHead()));
}

void Gate::answer(Connection& connection, std::string bytes, std::shared_ptr<const std::string> tail)
{
    makeRoomForAnswer(bytes.size() + (tail ? tail->size() : 0));
    connection.answer = std::move(bytes);
    connection.tail = std::move(tail);
    _answerBytes += connection.answerSize();
    enter(connection, Phase::Answering, _limits.answerTime, EPOLLOUT);
    onWritable(connection);
}

void Gate::release(Connection& connection, const Continuation& goesOn)
{
    std::unique_ptr<ByteStream> bytes = std::move(connection.stream);
    close(connection);
    goesOn(std::move(bytes));
}

/// The client that has been taking its answer for longest loses it.
void Gate::makeRoomForAnswer(std::size_t size)
{
    auto next = _deadlines.begin();
    while (_answerBytes + size > _limits.answerBytes && next != _deadlines.end())
    {
        const Connection& connection = _connections.at((next++)->second);
        if (connection.phase == Phase::Answering) close(connection);
    }
}

std::string_view Gate::Connection::unsent() const
{
    if (sent < answer.size()) return std::string_view(answer).substr(sent);
    return std::string_view(*tail).substr(sent - answer.size());
}

void Gate::onWritable(Connection& connection)
{
    using State = ByteStream::State;
    while (connection.sent < connection.answerSize())
    {
        const std::string_view rest = connection.unsent();
        const ByteStream::Step step = connection.stream->write(rest.data(), rest.size());
        if (step.state == State::WantsRead || step.state == State::WantsWrite)
            return watch(connection, step.state == State::WantsRead ? EPOLLIN : EPOLLOUT);
        if (step.state != State::Moved) return close(connection);
        connection.sent += step.count;
    }
    linger(connection);
}

void Gate::linger(Connection& connection)
{
    _answerBytes -= connection.answerSize();
    giveBack(connection.answer);
    connection.tail.reset();
    connection.stream->finish();
    enter(connection, Phase::Lingering, _limits.lingerTime, EPOLLIN);
}

/// What comes is thrown away as it is, so TLS has no part in it.
void Gate::onLingering(Connection& connection)
{
    std::array<char, 16384> piece;  // filled by the kernel, read by nobody
    const ssize_t count = ::recv(connection.stream->descriptor(), piece.data(), piece.size(), MSG_DONTWAIT);
    if (count < 0 && wouldBlock(errno)) return;
    connection.drained += count > 0 ? static_cast<std::size_t>(count) : 0;
    if (count <= 0 || connection.drained > kMaxDrained) close(connection);
}

// --- time and bookkeeping ---

void Gate::expire()
{
    if (!_acceptAgain && _deadlines.empty()) return;
    const TimePoint now = Clock::now();
    if (_acceptAgain && *_acceptAgain <= now) pauseAccepting(false);
    while (!_deadlines.empty() && _deadlines.begin()->first <= now)
    {
        Connection& late = _connections.at(_deadlines.begin()->second);
        const ConnectionNumber number = late.number;
        const auto refuseIt = [&] { refuse(late, problem(408, "The request was not whole in time.")); };
        if (late.phase != Phase::Reading || late.reader.empty() || !enoughMemoryFor(refuseIt)) giveUp(number);
    }
}

void Gate::enter(Connection& connection, Phase phase, Millis time, std::uint32_t events)
{
    forgetDeadline(connection);
    connection.phase = phase;
    connection.deadline = Clock::now() + time;
    _deadlines.emplace(connection.deadline, connection.number);
    watch(connection, events);
}

/// Not watched at all where no events are wanted: epoll reports a hang-up even to those who want nothing.
void Gate::watch(Connection& connection, std::uint32_t events)
{
    if (events == connection.watched) return;
    const int operation = events == 0               ? EPOLL_CTL_DEL
                          : connection.watched != 0 ? EPOLL_CTL_MOD
                                                    : EPOLL_CTL_ADD;
    const auto source = static_cast<std::uint64_t>(connection.number);
    const bool done = tryControl(_epoll.get(), operation, connection.stream->descriptor(), events, source);
    connection.watched = done ? events : 0;
}

void Gate::forgetDeadline(const Connection& connection)
{
    _deadlines.erase({connection.deadline, connection.number});
}

void Gate::close(const Connection& connection)
{
    if (connection.phase == Phase::Answering)
    {
        _answerBytes -= connection.answerSize();
        // A reset, so that the client does not take half an answer for a whole one, and the kernel does not
        // keep what it never reads.
        const ::linger reset{1, 0};
        // NOLINTNEXTLINE(clang-analyzer-cplusplus.Move): release() is for requests, which have no answer yet
        (void)::setsockopt(connection.stream->descriptor(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    forgetDeadline(connection);
    const auto share = _shares.find(connection.peer.fairKey);
    if (--share->second.connections == 0) _shares.erase(share);
    _connections.erase(connection.number);
    keepReserve();
}

}  // namespace clustermanager::control
