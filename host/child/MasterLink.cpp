#include "child/MasterLink.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string_view>
#include <system_error>
#include <utility>

#include "child/ChildFileChannel.h"
#include "child/JsonSyntax.h"
#include "plugin/ExceptionText.h"

namespace clustermanager::child {

namespace {

constexpr std::size_t kStackBytes = 256 * 1024;
constexpr int kPacketsAtOnce = 64;
constexpr TimePoint::rep kNever = TimePoint::max().time_since_epoch().count();

std::int64_t millisNow()
{
    return std::chrono::duration_cast<Millis>(Clock::now().time_since_epoch()).count();
}

std::uint64_t residentKiB()
{
    const FileDescriptor file(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
    std::array<char, 128> text{};
    unsigned long resident = 0;
    if (!file || ::read(file.get(), text.data(), text.size() - 1) <= 0 ||
        std::sscanf(text.data(), "%*u %lu", &resident) != 1)
        return 0;
    return resident * (static_cast<unsigned long>(::sysconf(_SC_PAGESIZE)) / 1024);
}

std::uint64_t cpuMicros()
{
    timespec used = {};
    (void)::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<std::uint64_t>(used.tv_sec) * 1'000'000 +
           static_cast<std::uint64_t>(used.tv_nsec) / 1000;
}

}  // namespace

MasterLink::MasterLink(FileDescriptor socket, plugin::StopSignal& stop, Timing timing, Callbacks callbacks)
    : _stop(stop), _timing{std::max(timing.updateStatus, kStatusAtMostEvery), timing.shutdownTimeout},
      _callbacks(std::move(callbacks)), _wakeUp(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      _link(std::move(socket)), _beatMs(millisNow() - kHeartbeatAtMostEvery.count()), _endBy(kNever),
      _statusSent(Clock::now() - _timing.updateStatus + std::min(_timing.updateStatus, kFirstStatusAfter))
{
    if (!_wakeUp) throw std::system_error(errno, std::generic_category(), "eventfd");
}

int MasterLink::start()
{
    pthread_attr_t attributes;
    (void)::pthread_attr_init(&attributes);
    (void)::pthread_attr_setstacksize(&attributes, kStackBytes);
    (void)::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    // The thread inherits a full mask: every signal of this process is for the plugin's own threads.
    sigset_t all;
    sigset_t before;
    (void)::sigfillset(&all);
    (void)::pthread_sigmask(SIG_SETMASK, &all, &before);
    const int problem = ::pthread_create(&_thread, &attributes, &MasterLink::threadMain, this);
    (void)::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    (void)::pthread_attr_destroy(&attributes);
    return problem;
}

void MasterLink::hello(StartNumber start)
{
    (void)send(link::Hello{start, static_cast<std::int32_t>(::getpid())});
}

void MasterLink::ready()
{
    if (!_ready.exchange(true)) (void)send(link::Ready{});
}

void MasterLink::beat()
{
    const std::int64_t now = millisNow();
    std::int64_t last = _beatMs.load(std::memory_order_relaxed);
    if (now - last < kHeartbeatAtMostEvery.count()) return;
    if (_beatMs.compare_exchange_strong(last, now)) (void)send(link::Heartbeat{});
}

void MasterLink::recycle()
{
    (void)send(link::RecycleMe{});
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
    if (text.size() > CM_STATUS_MAX || !isJson(text)) return CM_INVALID;
    if (masterGone()) return CM_GONE;
    {
        const std::lock_guard lock(_mutex);
        if (_json == text) return CM_OK;
        _json = text;
        _jsonIsNew = true;
    }
    wake();
    return CM_OK;
}

int MasterLink::sendToMaster(const void* data, std::size_t size)
{
    if (size > CM_MESSAGE_MAX || (data == nullptr && size != 0)) return CM_INVALID;
    link::PluginMessage message{CM_TO_MASTER, std::string(static_cast<const char*>(data), size)};
    switch (send(std::move(message)))
    {
    case link::Link::SendResult::Taken: return CM_OK;
    case link::Link::SendResult::Full: return CM_FULL;
    case link::Link::SendResult::Gone: break;
    }
    return CM_GONE;
}

int MasterLink::onMessage(cm_message_callback callback, void* argument)
{
    {
        const std::lock_guard lock(_mutex);
        _receiver = callback;
        _receiverArgument = argument;
    }
    wake();  // for the messages that came before
    return CM_OK;
}

void MasterLink::endBy(TimePoint deadline)
{
    const TimePoint::rep wanted = deadline.time_since_epoch().count();
    TimePoint::rep now = _endBy.load();
    while (wanted < now && !_endBy.compare_exchange_weak(now, wanted))
    {}
    wake();
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
    link::Link::SendResult result = link::Link::SendResult::Gone;
    bool queued = false;
    {
        const std::lock_guard lock(_linkMutex);
        if (!_link) return result;
        result = _link.sendMessage(message);
        queued = _link.wantsWrite();
    }
    if (queued) wake();  // the thread has to poll for writing now
    return result;
}

void MasterLink::wake()
{
    const std::uint64_t one = 1;
    (void)!::write(_wakeUp.get(), &one, sizeof one);
}

void* MasterLink::threadMain(void* self)
{
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
    if (!_stopAnnounced) events[2].fd = _stop.fd();
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
    if (!_stopAnnounced && _stop.requested())
    {
        _stopAnnounced = true;
        _stop.announce();
    }
    deliverMessages();
    sendStatusWhenDue(Clock::now());
}

TimePoint MasterLink::statusDue() const
{
    const std::lock_guard lock(_mutex);
    return _statusSent + (_jsonIsNew ? kStatusAtMostEvery : _timing.updateStatus);
}

int MasterLink::timeoutMs(TimePoint now) const
{
    TimePoint next = TimePoint(Clock::duration(_endBy.load()));
    if (!masterGone()) next = std::min(next, statusDue());
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
        const auto* packet = std::get_if<link::Link::Packet>(&received);
        if (packet == nullptr) continue;  // a truncated packet carries descriptors, and the master sends none
        const auto message = link::decode<link::ToChild>(packet->bytes.data(), packet->bytes.size());
        if (const auto* good = std::get_if<link::ToChild>(&message))
            handle(*good);
        else
            _callbacks.report("a message of the master is malformed: " +
                              std::get<link::Malformed>(message).reason);
    }
}

void MasterLink::handle(const link::ToChild& message)
{
    std::visit(Overloaded{
                   [&](const link::SetLogLevel& order) {
                       _callbacks.setLogLevel(order.logger, order.level);
                       (void)send(link::LogLevelSet{order.ticket});
                   },
                   [&](const link::AskExit&) { _stop.request(); },
                   [&](const link::PluginMessage& note) {
                       bool lost = false;
                       {
                           const std::lock_guard lock(_mutex);
                           lost = _messages.size() == kMessagesMax;
                           if (!lost) _messages.push_back({note.peer, note.data});
                       }
                       if (lost && !_messagesLost)
                           _callbacks.report("messages are lost: " + std::to_string(kMessagesMax) +
                                             " are waiting, and the plugin has set no receiver");
                       _messagesLost = lost;
                   },
               },
               message);
    deliverMessages();
}

void MasterLink::deliverMessages()
{
    for (;;)
    {
        Message next;
        cm_message_callback receiver = nullptr;
        void* argument = nullptr;
        {
            const std::lock_guard lock(_mutex);
            if (_receiver == nullptr || _messages.empty()) return;
            receiver = _receiver;
            argument = _receiverArgument;
            next = std::move(_messages.front());
            _messages.pop_front();
        }
        receiver(argument, next.from, next.data.data(), next.data.size());
    }
}

void MasterLink::sendStatusWhenDue(TimePoint now)
{
    if (masterGone() || now < statusDue()) return;
    link::Status status;
    {
        const std::lock_guard lock(_mutex);
        status.hasJson = std::exchange(_jsonIsNew, false);
        if (status.hasJson) status.json = _json;
    }
    const link::Status facts = measure();
    status.rssKiB = facts.rssKiB;
    status.cpuMicros = facts.cpuMicros;
    status.droppedLogRecords = facts.droppedLogRecords;
    _statusSent = now;
    if (send(status) == link::Link::SendResult::Taken || !status.hasJson) return;
    const std::lock_guard lock(_mutex);
    _jsonIsNew = true;  // it comes with the next one
}

link::Status MasterLink::measure() const
{
    link::Status status;
    status.rssKiB = residentKiB();
    status.cpuMicros = cpuMicros();
    status.droppedLogRecords = ChildFileChannel::droppedInAll();
    return status;
}

void MasterLink::lose()
{
    {
        const std::lock_guard lock(_linkMutex);
        _link.close();
    }
    _gone.store(true);
    _stop.request();
    endBy(Clock::now() + _timing.shutdownTimeout);
}

}  // namespace clustermanager::child
