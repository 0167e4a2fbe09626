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
#include <utility>

#include "base/FileDescriptor.h"
#include "base/Types.h"
#include "control/GateMailbox.h"
#include "control/Reply.h"
#include "control/RequestReader.h"

namespace clustermanager::control {

/// What one transport may cost. Everything a client can make the gate hold is bounded here.
struct GateLimits
{
    std::size_t connections = 1024;               // beyond: the one whose time is up first makes room
    std::size_t requests = 64;                    // being answered or waiting for a thread; beyond: 503
    std::size_t answerBytes = 16U * 1024 * 1024;  // waiting for slow readers, all together
    Millis requestTime{5000};                     // from the connection to the last byte of its request
    Millis answerTime{10000};                     // for the client to read the answer
    Millis lingerTime{1000};                      // for the client to close after that
};

/// Stands between the clients of one listening socket and the threads that answer them. It reads whole
/// requests, refuses what is malformed, forbidden or late by itself, and sends the answers, all without
/// blocking and on one thread. So no client, however slow, ever holds one of the answering threads, and none
/// of its bytes reach them before the request is whole and checked.
///
/// Invariants:
///  - one request a connection; bytes after it are thrown away;
///  - every connection but one that is being answered has a deadline;
///  - with no connection there is no deadline, and the thread sleeps until the kernel wakes it;
///  - a connection that the kernel cannot watch for lack of memory ends at its deadline, and no other
///  suffers.
///
/// Threading: one thread calls wait() and take(); others reach it through the mailbox.
class Gate
{
public:
    /// The answer to a whole, well-formed request that is not let in; nothing: it is.
    using Check = std::function<std::optional<Reply>(const RequestHead&)>;
    using Warn = std::function<void(const std::string&)>;

    struct Request
    {
        std::optional<ConnectionNumber> connection;  // nothing: a marker that the mailbox's drain() asked for
        std::string bytes;
    };

    /// The listener is non-blocking and listens already. Throws Poco::IOException where the kernel has no
    /// descriptor left.
    Gate(FileDescriptor listener, std::shared_ptr<GateMailbox> mailbox, GateLimits limits, Check check,
         Warn warn);

    /// Serves the clients until a request is let in (true) or the mailbox's stage is Closed (false).
    bool wait();

    /// The request wait() promised. Its answer comes through the mailbox; an empty one stands for a failure.
    Request take();

    /// Sends what can be sent of the last answers without waiting. After wait() has returned false.
    void flush();

private:
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
        FileDescriptor socket;
        Phase phase = Phase::Reading;
        TimePoint deadline;
        bool watched = false;
        RequestReader reader;
        bool wantsBody = true;
        std::string answer;
        std::size_t sent = 0;
        std::size_t drained = 0;
    };

    bool allAnswered() const;
    int waitMillis() const;
    void handle(std::uint64_t source);
    void collect();

    void enterStage(GateMailbox::Stage stage);

    void accept();
    void afterAcceptFailed(int code);
    void pauseAccepting(bool pause);
    void adopt(FileDescriptor socket);
    void makeRoom();

    void onReadable(Connection& connection);
    void onRequest(Connection& connection);
    void refuse(Connection& connection, const Reply& reply);
    void answer(Connection& connection, std::string bytes);
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
    std::shared_ptr<GateMailbox> _mailbox;
    GateLimits _limits;
    Check _check;
    Warn _warn;
    GateMailbox::Stage _stage = GateMailbox::Stage::Open;
    std::optional<TimePoint> _acceptAgain;  // set while accepting pauses
    std::optional<TimePoint> _warned;
    std::uint64_t _lastNumber;
    std::map<ConnectionNumber, Connection> _connections;
    std::set<std::pair<TimePoint, ConnectionNumber>> _deadlines;
    std::deque<Request> _requests;  // let in, not taken
    std::size_t _serving = 0;
    std::size_t _answerBytes = 0;
};

}  // namespace clustermanager::control
