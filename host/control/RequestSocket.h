#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "control/DetachedSocket.h"
#include "control/GateMailbox.h"
#include "control/Peer.h"

namespace clustermanager::control {

/// What Poco's HTTP server takes for a client: a socket without a descriptor. It reads one whole request that
/// the gate has checked, and then end-of-file; what is written to it goes to the gate when it is destroyed.
/// So Poco's threads never wait for a client, and its parser sees no byte that the gate has not seen.
///
/// One thread at a time, as with any socket.
class RequestSocket final : public DetachedSocket
{
public:
    RequestSocket(std::shared_ptr<GateMailbox> mailbox, ConnectionNumber connection, std::string request,
                  Caller caller);
    RequestSocket(const RequestSocket&) = delete;
    RequestSocket& operator=(const RequestSocket&) = delete;

    /// For whom the gate let the request in.
    const Caller& caller() const { return _caller; }

    /// There is no answer here: this has it, and gets the connection.
    void goOn(Continuation elsewhere) { _goesOn = std::move(elsewhere); }

    /// This comes after all that is written here; may be none.
    void endWith(std::shared_ptr<const std::string> tail) { _tail = std::move(tail); }

    using StreamSocketImpl::receiveBytes;
    using StreamSocketImpl::sendBytes;
    int receiveBytes(void* buffer, int length, int flags) override;
    int sendBytes(const void* buffer, int length, int flags) override;
    bool poll(const Poco::Timespan& timeout, int mode) override;
    int available() override;

protected:
    ~RequestSocket() override;

private:
    std::shared_ptr<GateMailbox> _mailbox;
    ConnectionNumber _connection;
    std::string _request;
    Caller _caller;
    std::size_t _read = 0;
    std::string _answer;
    Continuation _goesOn;
    std::shared_ptr<const std::string> _tail;
};

}  // namespace clustermanager::control
