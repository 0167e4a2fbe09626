#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>

#include "base/FileDescriptor.h"
#include "base/Types.h"
#include "clustermanager/plugin.h"
#include "link/Link.h"
#include "plugin/StopSignal.h"

namespace clustermanager::child {

/// A child's side of its link to the master, and the runtime thread that serves it.
///
/// Invariants:
///  - the thread sleeps but for the periodic status, and allocates nothing while it sleeps;
///  - user callbacks run on it with no lock held, one at a time;
///  - when the master is gone a stop is requested, and shutdownTimeout later the process ends, whatever the
///    plugin does: no orphan.
///
/// Threading: start() once; everything else from any thread. Never blocks, but drain(), which is bounded.
/// Once started it lives until the process ends.
class MasterLink
{
public:
    static constexpr std::size_t kMessagesMax = 256;  // waiting for on_message
    static constexpr Millis kStatusAtMostEvery{100};
    static constexpr Millis kFirstStatusAfter{1'000};
    static constexpr Millis kHeartbeatAtMostEvery{500};

    struct Timing
    {
        Millis updateStatus;  // at least kStatusAtMostEvery
        Millis shutdownTimeout;
    };

    /// What the thread needs done by others.
    struct Callbacks
    {
        std::function<void(const std::string& logger, int level)> setLogLevel;
        std::function<void(const std::string& reason)> fail;     // ends the process: a callback has thrown
        std::function<void(const std::string& problem)> report;  // logs
        std::function<void(const std::string& reason)> endNow;   // time is up: ends the process at once
    };

    MasterLink(FileDescriptor socket, plugin::StopSignal& stop, Timing timing, Callbacks callbacks);
    MasterLink(const MasterLink&) = delete;
    MasterLink& operator=(const MasterLink&) = delete;

    /// 0, or the errno of pthread_create.
    int start();

    void hello(StartNumber start);
    void ready();
    void beat();
    void recycle();
    void farewell(const std::string& reason);

    // These answer with a cm_result.
    int reportStatus(const char* json);
    int sendToMaster(const void* data, std::size_t size);
    int onMessage(cm_message_callback callback, void* argument);

    bool saidReady() const { return _ready.load(std::memory_order_relaxed); }
    bool masterGone() const { return _gone.load(std::memory_order_relaxed); }

    /// The process ends at `deadline` at the latest. A later one than the one in force changes nothing.
    void endBy(TimePoint deadline);

    /// Waits until the kernel has taken everything that was sent, at most `limit`.
    void drain(Millis limit);

private:
    struct Message
    {
        std::int32_t from = 0;
        std::string data;
    };

    static void* threadMain(void* self);
    void run();
    void turn();
    TimePoint statusDue() const;
    int timeoutMs(TimePoint now) const;
    void receiveSome();
    void handle(const link::ToChild& message);
    void deliverMessages();
    void sendStatusWhenDue(TimePoint now);
    link::Status measure() const;
    void lose();
    void wake();
    link::Link::SendResult send(const link::FromChild& message);

    plugin::StopSignal& _stop;
    Timing _timing;
    Callbacks _callbacks;
    FileDescriptor _wakeUp;  // an eventfd
    pthread_t _thread{};

    std::mutex _linkMutex;
    link::Link _link;  // guarded by _linkMutex

    mutable std::mutex _mutex;  // guards what follows; never held while _linkMutex is taken
    std::string _json;
    bool _jsonIsNew = false;
    cm_message_callback _receiver = nullptr;
    void* _receiverArgument = nullptr;
    std::deque<Message> _messages;

    std::atomic<bool> _ready{false};
    std::atomic<bool> _gone{false};
    std::atomic<std::int64_t> _beatMs;
    std::atomic<TimePoint::rep> _endBy;

    // The runtime thread's own.
    bool _stopAnnounced = false;
    bool _messagesLost = false;
    TimePoint _statusSent;
};

}  // namespace clustermanager::child
