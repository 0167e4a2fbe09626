#pragma once

#include <cstdint>
#include <vector>

#include "HttpClient.h"

namespace clustermanager::bench {

/// So many connections that each send the next request as soon as the last was answered, from one thread.
class LoadGenerator
{
public:
    struct Load
    {
        std::uint16_t port = 0;
        unsigned connections = 1;
        bool keepAlive = true;
        Millis time{1000};
    };
    struct Result
    {
        unsigned long answered = 0;
        unsigned long failed = 0;  // no connection, cut off, or not 200
        double perSecond = 0;
    };

    static Result run(const Load& load);

private:
    struct Connection
    {
        FileDescriptor socket;
        std::string bytes;
        bool sent = false;
    };

    explicit LoadGenerator(const Load& load);
    void open(std::size_t position);
    void proceed(std::size_t position);
    void finish(std::size_t position, bool good);
    void drive();

    const Load _load;
    const std::string _request;
    FileDescriptor _epoll;
    std::vector<Connection> _connections;
    Result _result;
};

}  // namespace clustermanager::bench
