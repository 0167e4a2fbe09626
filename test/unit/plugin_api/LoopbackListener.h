#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

/// A listening socket as the host opens it: on a port of the kernel's choice, non-blocking.
class LoopbackListener
{
public:
    LoopbackListener()
    {
        _socket.bind(Poco::Net::SocketAddress("127.0.0.1", 0), true, false);
        _socket.listen(1024);
        _socket.setBlocking(false);
    }

    int fd() const { return _socket.impl()->sockfd(); }
    Poco::Net::SocketAddress address() const { return _socket.address(); }

private:
    Poco::Net::ServerSocket _socket;
};

/// A client that says what it is told and reads what comes.
class RawClient
{
public:
    explicit RawClient(const LoopbackListener& listener) : _socket(listener.address())
    {
        _socket.setReceiveTimeout(Poco::Timespan(20, 0));
    }

    void say(const std::string& text) { _socket.sendBytes(text.data(), static_cast<int>(text.size())); }

    /// One answer with a Content-Length, or what comes until the end; "" at the end.
    std::string answer()
    {
        std::string text;
        while (!isWhole(text))
        {
            char c = 0;
            if (_socket.receiveBytes(&c, 1) <= 0) break;
            text += c;
        }
        return text;
    }

private:
    static bool isWhole(const std::string& text)
    {
        const std::size_t end = text.find("\r\n\r\n");
        const std::size_t length = text.find("Content-Length: ");
        if (end == std::string::npos) return false;
        return length < end && text.size() == end + 4 + std::stoul(text.substr(length + 16));
    }

    Poco::Net::StreamSocket _socket;
};

template <class Condition>
bool eventually(Condition condition)
{
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition())
    {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}
