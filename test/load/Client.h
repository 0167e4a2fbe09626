#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "Answer.h"
#include "Tally.h"
#include "base/FileDescriptor.h"

namespace clustermanager::load {

using Clock = std::chrono::steady_clock;

/// What all clients of a load ask, and how strictly they judge.
struct Request
{
    std::uint16_t port = 0;        // on 127.0.0.1
    std::string body = "Hello\n";  // what every answer must hold
    std::chrono::milliseconds patience{10'000};
};

/// One client: sends a GET, judges the answer, and so on, on one connection for as long as the server lets
/// it, or on a connection for each request.
///
/// A request is lost where it does not get its whole, correct answer on the connection it was sent on: a
/// reset or an end after it was sent is a loss, whatever HTTP would let a client try again. An end that has
/// come before anything was sent is none (RFC 9112, 9.3.1: the client opens another connection); it is
/// counted. An answer with "Connection: close" must be followed by the end of the connection.
///
/// Threading: none; its Load owns it.
class Client
{
public:
    Client(const Request& request, bool keepsAlive, int epoll, std::uint64_t number, Tally& tally);

    /// Nothing is sent, and nothing is awaited.
    bool rests() const { return _state == State::Down || _state == State::Idle; }
    /// The earliest moment for begin().
    Clock::time_point nextBegin() const { return _nextBegin; }

    /// To be called while it rests. `planned`: when the request was to be sent.
    void begin(Clock::time_point planned);
    /// The descriptor is ready for something.
    void proceed();
    /// Ends what has taken too long.
    void look(Clock::time_point now);
    /// To be called while it rests: hangs up.
    void hangUp();

private:
    enum class State
    {
        Down,     // no connection
        Idle,     // a connection, no request
        Asking,   // not all of the request is sent
        Waiting,  // for the answer
        Parting,  // for the end of the connection, after the last answer
    };

    bool connectNow();
    bool stillOpen();
    bool sendRest();
    void receive();
    void judge();
    void answered(const Answer& answer);
    void ended();
    void broken(int problem);
    void lose(Loss loss, const std::string& how);
    void part();

    const Request& _request;
    const bool _keepsAlive;
    const int _epoll;
    const std::uint64_t _number;
    Tally& _tally;
    const std::string _text;

    State _state = State::Down;
    FileDescriptor _socket;
    std::size_t _sent = 0;
    std::string _bytes;
    unsigned _asked = 0;  // requests on this connection
    std::string _child;   // who answered the last one
    Clock::time_point _planned;
    Clock::time_point _begun;
    Clock::time_point _nextBegin;
};

}  // namespace clustermanager::load
