#include "Http.h"

#include <sys/socket.h>

#include <algorithm>
#include <cctype>

#include <Poco/Exception.h>
#include <Poco/Net/NetException.h>

#include "Files.h"
#include "Waiting.h"

namespace clustermanager::integration {

std::string HttpAnswer::header(const std::string& name) const
{
    for (const std::string& line : linesOf(head))
    {
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos) continue;
        std::string found = line.substr(0, colon);
        std::transform(found.begin(), found.end(), found.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (found != name) continue;
        const std::size_t begin = line.find_first_not_of(' ', colon + 1);
        const std::size_t end = line.find_last_not_of("\r ");
        return begin == std::string::npos || end < begin ? "" : line.substr(begin, end - begin + 1);
    }
    return "";
}

std::string exchangeBytes(const Poco::Net::SocketAddress& address, const std::string& bytes)
{
    const Poco::Timespan patience(10L * timeFactor(), 0);
    std::string answer;
    Poco::Net::StreamSocket socket;
    socket.connect(address, patience);
    socket.setReceiveTimeout(patience);
    try
    {
        // A server may well hang up before it has read all.
        for (std::size_t sent = 0; sent < bytes.size();)
            sent += static_cast<std::size_t>(
                socket.sendBytes(bytes.data() + sent, static_cast<int>(bytes.size() - sent), MSG_NOSIGNAL));
        char part[16'384];
        for (int size = 0; (size = socket.receiveBytes(part, sizeof part)) > 0;)
            answer.append(part, static_cast<std::size_t>(size));
    }
    catch (const Poco::Exception&)
    {
        // What came so far is the answer: the test judges it.
    }
    return answer;
}

HttpAnswer parseAnswer(const std::string& bytes)
{
    HttpAnswer answer;
    const std::size_t end = bytes.find("\r\n\r\n");
    if (bytes.compare(0, 5, "HTTP/") != 0 || end == std::string::npos || bytes.size() < 12) return answer;
    answer.status = std::atoi(bytes.c_str() + 9);
    answer.head = bytes.substr(0, end);
    answer.body = bytes.substr(end + 4);
    return answer;
}

HttpAnswer request(const Poco::Net::SocketAddress& address, const std::string& method,
                   const std::string& target, const std::vector<std::string>& headers)
{
    const bool local = address.family() == Poco::Net::SocketAddress::UNIX_LOCAL;
    std::string bytes = method + " " + target +
                        " HTTP/1.1\r\nHost: " + (local ? "localhost" : address.toString()) +
                        "\r\nConnection: close\r\n";
    if (method == "POST") bytes += "Content-Length: 0\r\n";
    for (const std::string& header : headers) bytes += header + "\r\n";
    return parseAnswer(exchangeBytes(address, bytes + "\r\n"));
}

}  // namespace clustermanager::integration
