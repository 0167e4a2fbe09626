#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "base/FileDescriptor.h"
#include "base/Sanitizers.h"
#include "base/Types.h"
#include "child/Beats.h"
#include "child/CrashHandler.h"
#include "child/MetricStore.h"
#include "child/ThreadStack.h"
#include "child/Workload.h"
#include "clustermanager/plugin.h"
#include "link/Link.h"
#include "plugin/Mailbox.h"
#include "plugin/StopSignal.h"

namespace clustermanager::child {

/// A child's side of its link to the master, and the runtime thread that serves it. A run_master with a
/// process of its own has the same one.
///
/// Invariants:
///  - the thread sleeps but for the periodic status, and allocates nothing while it sleeps;
///  - a child that is asked to exit serves on for drainDelay where it is ready, and is told to stop then;
///  - user callbacks run on it with no lock held, one at a time;
///  - when the master is gone a stop is requested at once, and shutdownTimeout after the stop the process
///    ends, whatever the plugin does: no orphan.
///
/// It is made before the process that it serves is forked. There, in this order: renew(); start(); connect(),
/// which a spare comes to last and any other child may come to before start().
///
/// Threading: renew(), start() and connect() once, from the main thread; everything else from any thread.
/// Never blocks, but drain(), which is bounded. Once started it lives until the process ends.
class MasterLink
{
public:
    static constexpr std::size_t kStackBytes = kSanitized ? 2'097'152 : 262'144;
    static constexpr Millis kStatusAtMostEvery{100};
    static constexpr Millis kFirstStatusAfter{1'000};

    struct Limits
    {
        Millis updateStatus;  // at least kStatusAtMostEvery
        Millis shutdownTimeout;
        Millis drainDelay{0};
        Millis watchdog{0};
        std::uint64_t requests = 0;  // after so many the child asks to be recycled; 0: never
    };

    /// What the logs need of the thread.
    struct LogDuties
    {
        std::function<void()> reopen;        // all of them, when the master says so
        std::function<void()> rotateOutput;  // before each periodic status
    };

    /// What the thread needs done by others.
    struct Callbacks
    {
        std::function<void(const std::string& logger, int level)> setLogLevel;
        LogDuties logs;
        std::function<void(const std::string& reason)> fail;      // ends the process: a callback has thrown
        std::function<void(const std::string& problem)> report;   // logs
        std::function<void(const std::string& reason)> endNow;    // time is up: ends the process at once
        std::function<void(const link::ChildrenSeen&)> children;  // empty where nobody looks at them
    };

    MasterLink(plugin::StopSignal& stop, Callbacks callbacks);
    ~MasterLink() = default;
    MasterLink(const MasterLink&) = delete;
    MasterLink& operator=(const MasterLink&) = delete;

    /// Takes a descriptor of its own in place of the parent's. Throws std::system_error where none is left.
    void renew();

    /// The runtime thread. 0, or the errno of pthread_create.
    int start();
    bool started() const { return _started; }

    /// From here on there is a master at the other end of `socket`, and it is told which start this is.
    void connect(FileDescriptor socket, StartNumber start, Limits limits);

    void ready();
    void beat();
    void recycle(const std::string& reason);
    void countRequests(std::uint32_t count);
    void hold(std::int32_t change);
    void countAccepted(std::uint32_t count) { _workload.countAccepted(count); }
    MetricStore& metrics() { return _metrics; }
    /// What was counted since the last periodic report, for a process that ends: its memory is as it was
    /// then.
    void reportAtEnd()
    {
        sendMetrics();
        (void)send(measure());
    }
    void farewell(const std::string& reason);

    // These answer with a cm_result.
    int reportStatus(const char* json);
    /// `to` is CM_TO_MASTER; of a run_master it is a child or CM_TO_ALL_CHILDREN.
    int sendMessage(std::int32_t to, const void* data, std::size_t size);
    int onMessage(cm_message_callback callback, void* argument);

    /// run_child has returned, and its objects are gone: no message is delivered any more.
    void closeMailbox() { _mailbox.close(); }

    /// Where the handler of a deadly signal finds the link.
    const CrashTarget& crashTarget() const { return _crashTarget; }

    bool saidReady() const { return _ready.load(std::memory_order_relaxed); }
    bool masterGone() const { return _alone.load(); }

    /// What AskExit and SIGTERM do. For signal handlers too, once the thread is started.
    void askToStop() noexcept;

    /// The process ends at `deadline` at the latest. A later one than the one in force changes nothing.
    void endBy(TimePoint deadline);

    /// Waits until the kernel has taken everything that was sent, at most `limit`.
    void drain(Millis limit);

private:
    static void* threadMain(void* self);
    void run();
    void turn();
    bool stopAnnounced() const { return _stoppedAt != TimePoint::max(); }
    void stopWhenDue(TimePoint now);
    TimePoint statusDue() const;
    int timeoutMs(TimePoint now);
    void receiveSome();
    void handle(const link::ToChild& message);
    void deliverMessages();
    void sendHeartbeatWhenDue(TimePoint now);
    void sendStatusWhenDue(TimePoint now);
    bool sendStatus(const link::Status& numbers);
    void sendMetrics();
    link::Status measure() const;
    void lose();
    void wake() noexcept;
    link::Link::SendResult send(const link::FromChild& message);
    link::Link::SendResult sendLocked(const link::FromChild& message);

    plugin::StopSignal& _stop;
    Limits _limits{};  // set by connect(), before there is a master
    Callbacks _callbacks;
    ThreadStack _stack{kStackBytes};
    FileDescriptor _wakeUp;  // an eventfd
    bool _started = false;

    mutable std::mutex _linkMutex;  // guards what follows
    link::Link _link;
    std::string _json;  // the plugin's status
    bool _jsonIsNew = false;

    plugin::Mailbox _mailbox;
    CrashTarget _crashTarget;
    Beats _beats;
    Workload _workload;
    MetricStore _metrics;
    std::atomic<bool> _ready{false};
    std::atomic<bool> _alone{true};  // no master yet, or none any more
    std::atomic<bool> _recycleAsked{false};
    std::atomic<bool> _askedToStop{false};  // and the delay is not over yet
    std::atomic<std::uint64_t> _rssKiB{0};  // as last measured
    std::atomic<bool> _heldIsNew{false};    // while it drains, the master is to know at once
    std::atomic<TimePoint::rep> _endBy;
    std::atomic<TimePoint::rep> _looksBy;  // the thread wakes by itself then, whatever the end

    // The runtime thread's own.
    TimePoint _stopDue = TimePoint::max();    // the end of the delay
    TimePoint _stoppedAt = TimePoint::max();  // until then nothing was announced
    bool _messagesLost = false;
    std::uint32_t _heldSent = 0;
    TimePoint _statusSent;  // set by connect(), before there is a master
};

}  // namespace clustermanager::child
