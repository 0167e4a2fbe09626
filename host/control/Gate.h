#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/ByteStream.h"
#include "base/FileDescriptor.h"
#include "base/Types.h"
#include "control/GateMailbox.h"
#include "control/Peer.h"
#include "control/Reply.h"
#include "control/RequestReader.h"
#include "core/Metrics.h"

namespace clustermanager::control {

/// What one transport may cost. Everything a client can make the gate hold is bounded here.
struct GateLimits
{
    std::size_t connections = 1024;  // beyond: one of the client that has most of them makes room
    std::size_t requests = 64;       // being answered or waiting for a thread; beyond: 503
    std::size_t requestsOfOne = 48;  // of one client's address, or uid that is not ours; beyond: 503
    std::size_t answerBytes = std::size_t{16} * 1024 * 1024;  // waiting for slow readers, all together, as if
                                                              // none were shared
    Millis requestTime{5000};  // from the connection to the last byte of its request
    Millis answerTime{10000};  // for the client to read the answer
    Millis lingerTime{1000};   // for the client to close after that
};

/// Stands between the clients of one listening socket and the threads that answer them. It reads whole
/// requests, refuses what is malformed, forbidden or late by itself, and sends the answers, all without
/// blocking and on one thread. So no client, however slow, ever holds one of the answering threads, and none
/// of its bytes reach them before the request is whole and checked.
///
/// Invariants:
///  - one request a connection; bytes after it are thrown away;
///  - every connection but one that is being answered has a deadline;
///  - a connection whose answer goes on elsewhere is not the gate's any more, and counts in none of its
///  limits;
///  - with no connection there is no deadline, and the thread sleeps until the kernel wakes it;
///  - a connection that the kernel cannot watch for lack of memory ends at its deadline, and no other
///  suffers.
///
/// Threading: one thread calls wait() and take(); others reach it through the mailbox.
class Gate
{
public:
    /// Who comes in, and how. Both are called for each connection, on the gate's thread.
    struct Entry
    {
        /// The bytes of a connection that was just taken.
        std::function<std::unique_ptr<ByteStream>(FileDescriptor)> stream;
        /// For whom a whole, well-formed request is let in, or the answer to one that is not.
        std::function<std::variant<Caller, Reply>(const RequestHead&, const Peer&, const ByteStream&)> check;
    };
    using Warn = std::function<void(const std::string&)>;

    struct Request
    {
        std::optional<ConnectionNumber> connection;  // nothing: a marker that the mailbox's drain() asked for
        std::string bytes;
        Caller caller;
    };

    /// The listener is non-blocking and listens already. Throws Poco::IOException where the kernel has no
    /// descriptor left.
    Gate(FileDescriptor listener, std::shared_ptr<GateMailbox> mailbox, GateLimits limits, Entry entry,
         Warn warn, core::Metrics* metrics = nullptr);
    ~Gate();
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    /// Serves the clients until a request is let in (true) or the mailbox's stage is Closed (false).
    bool wait();

    /// The request wait() promised. Its answer comes through the mailbox; an empty one stands for a failure.
    Request take();

    /// Sends what can be sent of the last answers without waiting. After wait() has returned false.
    void flush();

private:
    // What an epoll event names: one of these, or a connection's number, which is larger.
    static constexpr std::uint64_t kListener = 0;
    static constexpr std::uint64_t kMailbox = 1;
    static constexpr std::uint64_t kFirstConnection = 2;

    enum class Phase
    {
        Reading,    // the request is not whole
        Serving,    // somebody works on the answer; not watched, without a deadline
        Answering,  // the client takes the answer
        Lingering   // answered; what still comes is thrown away, so that no reset overtakes the answer
    };

    struct Connection
    {
        ConnectionNumber number{};
        std::unique_ptr<ByteStream> stream;
        Peer peer;
        Phase phase = Phase::Reading;
        TimePoint deadline;
        std::uint32_t watched = 0;  // the events
        RequestReader reader;
        std::string answer;
        std::shared_ptr<const std::string> tail;  // of the answer; other answers may share it
        std::size_t sent = 0;                     // of both
        std::size_t drained = 0;

        std::size_t answerSize() const { return answer.size() + (tail ? tail->size() : 0); }
        /// What is to be sent next.
        std::string_view unsent() const;
    };

    /// What one client, by its address or uid, has of what is bounded.
    struct Share
    {
        std::size_t connections = 0;
        std::size_t requests = 0;
    };

    bool allAnswered() const;
    int waitMillis() const;
    void handle(std::uint64_t source);
    void handle(Connection& connection);
    void giveUp(ConnectionNumber number);
    void collect();
    void deliver(GateMailbox::Answer& letter);

    void enterStage(GateMailbox::Stage stage);
    void refuseReading();

    void accept();
    FileDescriptor acceptOne();
    void keepReserve();
    bool mayGoOn();
    void afterAcceptFailed(int code);
    void warnOfAccept(int code);
    void pauseAccepting(bool pause);
    bool watchListener(std::uint32_t events) const;
    void adopt(ConnectionNumber number, FileDescriptor socket);
    void makeRoom();
    std::uint64_t mostConnected() const;

    void onReadable(Connection& connection);
    bool readOnce(Connection& connection);
    void onRequest(Connection& connection);
    void serving(int change);
    void refuse(Connection& connection, const Reply& reply);
    void answer(Connection& connection, std::string bytes, std::shared_ptr<const std::string> tail = {});
    void release(Connection& connection, const Continuation& goesOn);
    void makeRoomForAnswer(std::size_t size);
    void onWritable(Connection& connection);
    void linger(Connection& connection);
    void onLingering(Connection& connection);
    void expire();

    void enter(Connection& connection, Phase phase, Millis time, std::uint32_t events);
    void watch(Connection& connection, std::uint32_t events);
    void forgetDeadline(const Connection& connection);
    void close(const Connection& connection);

    FileDescriptor _epoll;
    FileDescriptor _listener;
    FileDescriptor _reserve;  // given up for a client where there is no other descriptor left
    std::shared_ptr<GateMailbox> _mailbox;
    GateLimits _limits;
    Entry _entry;
    Warn _warn;
    core::Metrics* _metrics;  // may be none
    GateMailbox::Stage _stage = GateMailbox::Stage::Open;
    std::optional<TimePoint> _acceptAgain;  // set while accepting pauses
    std::optional<TimePoint> _warned;
    std::uint64_t _lastNumber;
    std::map<ConnectionNumber, Connection> _connections;
    std::set<std::pair<TimePoint, ConnectionNumber>> _deadlines;
    std::map<std::uint64_t, Share> _shares;  // by Peer::fairKey
    std::deque<Request> _requests;           // let in, not taken
    GateMailbox::Letters _letters;           // empty but for its room
    std::string _ballast;                    // memory that the taking of a request may need
    std::size_t _serving = 0;
    std::size_t _answerBytes = 0;
};

}  // namespace clustermanager::control
