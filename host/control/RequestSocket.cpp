#include "control/RequestSocket.h"

#include <algorithm>
#include <cstring>

namespace clustermanager::control {

RequestSocket::RequestSocket(std::shared_ptr<GateMailbox> mailbox, ConnectionNumber connection,
                             std::string request, Caller caller)
    : DetachedSocket(mailbox->descriptor()), _mailbox(std::move(mailbox)), _connection(connection),
      _request(std::move(request)), _caller(std::move(caller))
{}

RequestSocket::~RequestSocket()
{
    tellAcquired(this);
    _mailbox->post({_connection, std::move(_answer), std::move(_goesOn), std::move(_tail)});
}

int RequestSocket::receiveBytes(void* buffer, int length, int)
{
    const std::size_t count =
        std::min(static_cast<std::size_t>(std::max(length, 0)), _request.size() - _read);
    std::memcpy(buffer, _request.data() + _read, count);
    _read += count;
    return static_cast<int>(count);
}

int RequestSocket::sendBytes(const void* buffer, int length, int)
{
    _answer.append(static_cast<const char*>(buffer), static_cast<std::size_t>(std::max(length, 0)));
    return length;
}

bool RequestSocket::poll(const Poco::Timespan&, int)
{
    return true;  // end-of-file can be read too
}

int RequestSocket::available()
{
    return static_cast<int>(_request.size() - _read);
}

}  // namespace clustermanager::control
