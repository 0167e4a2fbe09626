#include "child/MasterLink.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/JsonCheck.h"
#include "child/LogLosses.h"
#include "child/ProcessUse.h"
#include "plugin/ExceptionText.h"

namespace clustermanager::child {

namespace {

constexpr int kPacketsAtOnce = 64;
constexpr std::size_t kUsualOrder = 64;     // bytes: all but messages
constexpr std::size_t kStatusNumbers = 64;  // bytes of a Status beside the plugin's own part
constexpr TimePoint::rep kNever = TimePoint::max().time_since_epoch().count();

}  // namespace

MasterLink::MasterLink(plugin::StopSignal& stop, Callbacks callbacks)
    : _stop(stop), _callbacks(std::move(callbacks)), _endBy(kNever), _looksBy(kNever)
{
    // Goes nowhere. But what the link takes memory for, all children share until they say something.
    (void)_link.sendMessage(link::FromChild(link::Status{}));
    // The thread's first malloc makes it an arena. A child that is asked to exit shall not need one for that.
    _link.giveBack(link::Bytes(kUsualOrder));
}

void MasterLink::renew()
{
    _wakeUp.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!_wakeUp) throw std::system_error(errno, std::generic_category(), "eventfd");
}

int MasterLink::start()
{
    const int problem = _stack.start(&MasterLink::threadMain, this);
    _started = problem == 0;
    return problem;
}

void MasterLink::connect(FileDescriptor socket, StartNumber start, Limits limits)
{
    _limits = limits;
    _limits.updateStatus = std::max(limits.updateStatus, kStatusAtMostEvery);
    _beats.expect(limits.watchdog);
    _workload.limitRequests(limits.requests);
    {
        const std::lock_guard lock(_linkMutex);
        _link.open(std::move(socket));
        _crashTarget.socket = _link.fd();
    }
    const pid_t self = ::getpid();
    _crashTarget.process = self;
    _statusSent = Clock::now() - _limits.updateStatus + std::min(_limits.updateStatus, kFirstStatusAfter);
    _alone = false;  // from here on the thread looks at what was set above
    (void)send(link::Hello{start, static_cast<std::int32_t>(self)});
    if (_started) wake();
}

void MasterLink::ready()
{
    if (!_ready.exchange(true)) (void)send(link::Ready{});
}

void MasterLink::beat()
{
    if (_beats.beat()) wake();
}

void MasterLink::recycle(const std::string& reason)
{
    if (_recycleAsked.exchange(true)) return;
    if (send(link::RecycleMe{reason}) == link::Link::SendResult::Full) _recycleAsked = false;
}

void MasterLink::countRequests(std::uint32_t count)
{
    if (_workload.countRequests(count) && !_recycleAsked)
        recycle("it has served " + std::to_string(_workload.requests()) + " requests");
}

void MasterLink::hold(std::int32_t change)
{
    _workload.hold(change);
    if (_stop.requested() && !_heldIsNew.exchange(true)) wake();
}

void MasterLink::sendMetrics()
{
    _metrics.report(
        [this](const link::FromChild& message) { return send(message) == link::Link::SendResult::Taken; });
}

void MasterLink::askToStop() noexcept
{
    if (_limits.drainDelay == Millis(0) || !saidReady()) return _stop.request();
    _askedToStop = true;
    wake();
}

void MasterLink::farewell(const std::string& reason)
{
    constexpr std::size_t kReasonMax = 1000;
    (void)send(link::Farewell{reason.substr(0, kReasonMax)});
}

int MasterLink::reportStatus(const char* json)
{
    if (json == nullptr) return CM_INVALID;
    const std::string_view text(json, ::strnlen(json, CM_STATUS_MAX + 1));
    if (text.size() > CM_STATUS_MAX || !isJsonValue(text)) return CM_INVALID;
    if (masterGone()) return CM_GONE;
    {
        // It takes the memory here, not in our thread: that would have a heap of its own for it.
        const std::lock_guard lock(_linkMutex);
        if (_json == text) return CM_OK;
        _link.makeRoom(text.size() + kStatusNumbers);
        _json = text;
        _jsonIsNew = true;
    }
    wake();
    return CM_OK;
}

void MasterLink::endBy(TimePoint deadline)
{
    const TimePoint::rep wanted = deadline.time_since_epoch().count();
    TimePoint::rep now = _endBy.load();
    while (wanted < now && !_endBy.compare_exchange_weak(now, wanted))
    {}
    // Mostly the thread is to report before that, and looks then. To wake a process that is about to end
    // costs.
    if (wanted < _looksBy.load()) wake();
}

void MasterLink::drain(Millis limit)
{
    const TimePoint deadline = Clock::now() + limit;
    for (;;)
    {
        pollfd socket{-1, POLLOUT, 0};
        {
            const std::lock_guard lock(_linkMutex);
            if (!_link || _link.flush() == link::Link::SendResult::Gone || !_link.wantsWrite()) return;
            socket.fd = _link.fd();
        }
        const auto left = std::chrono::duration_cast<Millis>(deadline - Clock::now()).count();
        if (left <= 0 || ::poll(&socket, 1, static_cast<int>(left)) == 0) return;
    }
}

link::Link::SendResult MasterLink::send(const link::FromChild& message)
{
    const std::lock_guard lock(_linkMutex);
    return sendLocked(message);
}

link::Link::SendResult MasterLink::sendLocked(const link::FromChild& message)
{
    if (!_link) return link::Link::SendResult::Gone;
    const link::Link::SendResult result = _link.sendMessage(message);
    if (_link.wantsWrite()) wake();  // the thread has to poll for writing now
    return result;
}

void MasterLink::wake() noexcept
{
    const int saved = errno;  // this may be a signal handler's
    const std::uint64_t one = 1;
    (void)!::write(_wakeUp.get(), &one, sizeof one);
    if (errno != saved) errno = saved;  // written to, it is a page of its own
}

void* MasterLink::threadMain(void* self)
{
    CrashHandler::guardThread();
    static_cast<MasterLink*>(self)->run();
    return nullptr;
}

void MasterLink::run()
{
    for (;;)
    {
        try
        {
            turn();
        }
        catch (...)
        {
            _callbacks.fail("a callback threw " + plugin::currentExceptionText());
        }
    }
}

void MasterLink::turn()
{
    std::array<pollfd, 3> events{{{-1, POLLIN, 0}, {_wakeUp.get(), POLLIN, 0}, {-1, POLLIN, 0}}};
    if (!stopAnnounced()) events[2].fd = _stop.fd();
    {
        const std::lock_guard lock(_linkMutex);
        if (_link) events[0].fd = _link.fd();
        if (_link.wantsWrite()) events[0].events |= POLLOUT;
    }
    (void)::poll(events.data(), events.size(), timeoutMs(Clock::now()));

    std::uint64_t wakeUps = 0;
    if (events[1].revents != 0) (void)!::read(_wakeUp.get(), &wakeUps, sizeof wakeUps);
    if (Clock::now().time_since_epoch().count() >= _endBy.load())
        _callbacks.endNow("it did not stop in time");
    if (events[0].revents != 0) receiveSome();
    stopWhenDue(Clock::now());
    deliverMessages();
    sendHeartbeatWhenDue(Clock::now());
    sendStatusWhenDue(Clock::now());
}

void MasterLink::stopWhenDue(TimePoint now)
{
    if (_askedToStop && _stopDue == TimePoint::max()) _stopDue = now + _limits.drainDelay;
    if (now >= _stopDue) _stop.request();
    if (stopAnnounced() || !_stop.requested()) return;
    _stoppedAt = now;
    _beats.keepBeating(now + _limits.shutdownTimeout);
    if (_workload.held() != _heldSent) _heldIsNew = true;
    _stop.announce();
}

TimePoint MasterLink::statusDue() const
{
    const std::lock_guard lock(_linkMutex);
    return _statusSent + (_jsonIsNew || _heldIsNew ? kStatusAtMostEvery : _limits.updateStatus);
}

int MasterLink::timeoutMs(TimePoint now)
{
    TimePoint next = masterGone() ? TimePoint::max() : std::min(statusDue(), _beats.due());
    if (!stopAnnounced()) next = std::min(next, _stopDue);
    _looksBy = next.time_since_epoch().count();  // before we look at the end: endBy() does the reverse
    next = std::min(next, TimePoint(Clock::duration(_endBy.load())));
    if (next == TimePoint::max()) return -1;
    constexpr std::int64_t kAtMost = 3'600'000;
    const std::int64_t left = std::chrono::ceil<Millis>(next - now).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, kAtMost));
}

void MasterLink::receiveSome()
{
    {
        const std::lock_guard lock(_linkMutex);
        (void)_link.flush();
    }
    for (int i = 0; i < kPacketsAtOnce; ++i)
    {
        link::Link::Received received = link::Link::Nothing{};
        {
            const std::lock_guard lock(_linkMutex);
            received = _link.receive();
        }
        if (std::holds_alternative<link::Link::Nothing>(received)) return;
        if (std::holds_alternative<link::Link::Closed>(received)) return lose();
        auto* packet = std::get_if<link::Link::Packet>(&received);
        if (packet == nullptr) continue;  // a truncated packet carries descriptors, and the master sends none
        const auto message = link::decode<link::ToChild>(packet->bytes.data(), packet->bytes.size());
        if (const auto* good = std::get_if<link::ToChild>(&message))
            handle(*good);
        else
            _callbacks.report("a message of the master is malformed: " +
                              std::get<link::Malformed>(message).reason);
        if (packet->bytes.capacity() > kUsualOrder) continue;
        const std::lock_guard lock(_linkMutex);
        _link.giveBack(std::move(packet->bytes));
    }
}

void MasterLink::handle(const link::ToChild& message)
{
    std::visit(Overloaded{
                   [&](const link::SetLogLevel& order) {
                       _callbacks.setLogLevel(order.logger, order.level);
                       (void)send(link::LogLevelSet{order.ticket});
                   },
                   [&](const link::ReopenLogs& order) {
                       _callbacks.logs.reopen();
                       (void)send(link::LogsReopened{order.ticket});
                   },
                   [&](const link::AskExit&) { askToStop(); },
                   [&](const link::PluginMessage& note) {
                       const bool lost = !_mailbox.put(note.peer, note.data);
                       if (lost && !_messagesLost)
                           _callbacks.report(
                               "messages are lost: " + std::to_string(plugin::Mailbox::kMessagesMax) +
                               " are waiting, and the plugin has set no receiver");
                       _messagesLost = lost;
                   },
                   [&](const link::ChildrenSeen& seen) {
                       if (_callbacks.children) _callbacks.children(seen);
                   },
               },
               message);
    deliverMessages();
}

void MasterLink::sendHeartbeatWhenDue(TimePoint now)
{
    if (masterGone() || now < _beats.due()) return;
    _beats.sending(now);
    if (send(link::Heartbeat{}) == link::Link::SendResult::Full) (void)_beats.beat();  // and once more then
}

void MasterLink::sendStatusWhenDue(TimePoint now)
{
    if (masterGone() || now < statusDue()) return;
    _callbacks.logs.rotateOutput();
    const bool heldIsNew = _heldIsNew.exchange(false);
    _rssKiB = residentKiB();
    _statusSent = now;
    sendMetrics();
    const link::Status status = measure();
    if (sendStatus(status))
        _heldSent = status.held;
    else if (heldIsNew)
        _heldIsNew = true;  // it comes with the next one
}

/// With the plugin's own part, which is lent to it, as a copy would take memory. Whether it was taken.
bool MasterLink::sendStatus(const link::Status& numbers)
{
    link::FromChild message = numbers;
    auto& status = std::get<link::Status>(message);
    const std::lock_guard lock(_linkMutex);
    status.hasJson = _jsonIsNew;
    if (status.hasJson) status.json.swap(_json);
    const bool taken = sendLocked(message) == link::Link::SendResult::Taken;
    if (status.hasJson) status.json.swap(_json);
    if (taken) _jsonIsNew = false;
    return taken;
}

link::Status MasterLink::measure() const
{
    link::Status status;
    status.rssKiB = _rssKiB;
    status.cpuMicros = cpuMicros();
    status.droppedLogRecords = LogLosses::inAll();
    status.requests = _workload.requests();
    status.held = _workload.held();
    status.accepted = _workload.accepted();
    return status;
}

void MasterLink::lose()
{
    {
        const std::lock_guard lock(_linkMutex);
        _crashTarget.socket = -1;
        _link.close();
    }
    _alone = true;
    _stop.request();
    endBy(std::min(_stoppedAt, Clock::now()) + _limits.shutdownTimeout);
}

}  // namespace clustermanager::child
