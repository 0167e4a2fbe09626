#include "unit/control/StreamClient.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "base/Types.h"

namespace clustermanager::control::test {

namespace {

bool startsWith(const std::string& text, const std::string& begin)
{
    return text.compare(0, begin.size(), begin) == 0;
}

}  // namespace

StreamClient::StreamClient(RawClient client, const std::string& target, const std::string& fields)
    : _client(std::move(client))
{
    (void)_client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
}

std::string StreamClient::upTo(const char* end)
{
    const TimePoint deadline = Clock::now() + std::chrono::seconds(60);
    for (;;)
    {
        if (const std::size_t found = _bytes.find(end); found != std::string::npos)
        {
            std::string part = _bytes.substr(0, found);
            _bytes.erase(0, found + std::string(end).size());
            return part;
        }
        const auto left = std::chrono::ceil<Millis>(deadline - Clock::now());
        pollfd entry{_client.descriptor(), POLLIN, 0};
        std::array<char, 65536> piece;
        if (left.count() <= 0 || ::poll(&entry, 1, static_cast<int>(left.count())) != 1)
            throw std::runtime_error("nothing came in time, after: " + _bytes);
        const ssize_t count = ::recv(_client.descriptor(), piece.data(), piece.size(), 0);
        if (count <= 0) throw std::runtime_error("the stream has ended, after: " + _bytes);
        _bytes.append(piece.data(), static_cast<std::size_t>(count));
    }
}

const std::string& StreamClient::head()
{
    if (_head.empty()) _head = upTo("\r\n\r\n") + "\r\n\r\n";
    return _head;
}

std::string StreamClient::line()
{
    (void)head();
    for (;;)
        if (std::string line = upTo("\n"); !line.empty()) return line;
}

StreamClient::Event StreamClient::next()
{
    Event event;
    for (;;)
    {
        const std::string text = line();
        if (startsWith(text, "id: ")) event.id = std::stoull(text.substr(4));
        if (startsWith(text, "event: ")) event.kind = text.substr(7);
        if (!startsWith(text, "data: ")) continue;
        event.data = text.substr(6);
        return event;
    }
}

std::vector<std::string> StreamClient::data(std::size_t count)
{
    std::vector<std::string> all;
    while (all.size() < count) all.push_back(next().data);
    return all;
}

std::string StreamClient::rest()
{
    return std::exchange(_bytes, "") + _client.readAll();
}

}  // namespace clustermanager::control::test
