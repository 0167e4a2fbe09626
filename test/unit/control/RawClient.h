#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/FileDescriptor.h"

namespace clustermanager::control::test {

/// A client that sends any bytes it likes and waits for nothing longer than its deadline.
class RawClient
{
public:
    /// Over a socket of its own, or over one that is given.
    static RawClient toSocket(const std::string& path, FileDescriptor socket = {});
    static RawClient toTcp(const std::string& endpoint);  // "127.0.0.1:5111"
    /// From another loopback address of this machine: "127.0.0.2".
    static RawClient toTcpFrom(const std::string& source, const std::string& endpoint);
    /// Over a socket that is connected already.
    static RawClient over(FileDescriptor socket) { return RawClient(std::move(socket)); }

    bool connected() const { return _connected; }
    int descriptor() const { return _socket.get(); }

    /// False where the other side does not take them any more.
    bool send(std::string_view bytes);
    void finishSending();

    /// Everything up to the end of the connection. A deadline that passes is an error of the test.
    std::string readAll(std::chrono::milliseconds patience = std::chrono::seconds(20));

private:
    explicit RawClient(FileDescriptor connected) : _socket(std::move(connected)), _connected(true) {}
    RawClient(FileDescriptor socket, const void* address, unsigned length);

    FileDescriptor _socket;
    bool _connected = false;
};

/// Sends the bytes, says that no more follow, and reads the answer.
std::string exchange(RawClient client, std::string_view bytes);

/// The number in the status line, 0 for no answer.
int statusOf(std::string_view answer);
std::string bodyOf(std::string_view answer);
/// "" where there is none.
std::string headerOf(std::string_view answer, std::string_view name);
/// How many answers there are in what came.
int answersIn(std::string_view bytes);

}  // namespace clustermanager::control::test
