#pragma once

#include <string>
#include <vector>

#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>

/// A client that sends exactly the bytes it is told and reads to the end of the connection.
namespace clustermanager::integration {

struct HttpAnswer
{
    int status = 0;  // 0: the connection ended without an answer
    std::string head;
    std::string body;

    /// The value of a header, "" where there is none. `name` in lower case.
    std::string header(const std::string& name) const;
};

/// Whole milliseconds, scaled; a silent server ends the exchange with what came so far.
std::string exchangeBytes(const Poco::Net::SocketAddress& address, const std::string& bytes);

HttpAnswer parseAnswer(const std::string& bytes);

/// One request on a connection of its own.
HttpAnswer request(const Poco::Net::SocketAddress& address, const std::string& method,
                   const std::string& target, const std::vector<std::string>& headers = {});
inline HttpAnswer get(const Poco::Net::SocketAddress& address, const std::string& target)
{
    return request(address, "GET", target);
}

}  // namespace clustermanager::integration
