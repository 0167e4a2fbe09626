#include "LoadGenerator.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace clustermanager::bench {

LoadGenerator::LoadGenerator(const Load& load)
    : _load(load), _request(requestText("/", load.keepAlive)), _epoll(::epoll_create1(EPOLL_CLOEXEC)),
      _connections(load.connections)
{}

LoadGenerator::Result LoadGenerator::run(const Load& load)
{
    LoadGenerator generator(load);
    generator.drive();
    return generator._result;
}

void LoadGenerator::drive()
{
    constexpr unsigned long kFailuresMax = 1000;
    const auto begin = std::chrono::steady_clock::now();
    const auto end = begin + _load.time;
    for (std::size_t i = 0; i < _connections.size(); ++i) open(i);
    std::array<epoll_event, 64> events{};
    for (auto now = begin; now < end; now = std::chrono::steady_clock::now())
    {
        const auto left = static_cast<int>(std::chrono::ceil<Millis>(end - now).count());
        const int count = ::epoll_wait(_epoll.get(), events.data(), static_cast<int>(events.size()), left);
        for (int i = 0; i < count; ++i) proceed(events.at(static_cast<std::size_t>(i)).data.u64);
        if (_result.failed > kFailuresMax) throw std::runtime_error("the server does not answer");
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    _result.perSecond = static_cast<double>(_result.answered) / took.count();
}

void LoadGenerator::open(std::size_t position)
{
    Connection& connection = _connections[position];
    connection = Connection{connectTo(_load.port), "", false};
    epoll_event event = {};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.u64 = position;
    if (!connection.socket || ::epoll_ctl(_epoll.get(), EPOLL_CTL_ADD, connection.socket.get(), &event) != 0)
        ++_result.failed;
}

void LoadGenerator::proceed(std::size_t position)
{
    Connection& connection = _connections[position];
    std::array<char, 4096> part{};
    for (;;)
    {
        if (!connection.sent)
        {
            if (::send(connection.socket.get(), _request.data(), _request.size(), MSG_NOSIGNAL) < 0)
                return errno == EAGAIN ? void() : finish(position, false);
            connection.sent = true;
        }
        const ssize_t got = ::recv(connection.socket.get(), part.data(), part.size(), 0);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) return finish(position, false);
        connection.bytes.append(part.data(), static_cast<std::size_t>(got));
        if (!answerEnd(connection.bytes)) continue;
        const bool good = connection.bytes.compare(0, 12, "HTTP/1.1 200") == 0;
        const bool stays = connection.bytes.find("Connection: Close") == std::string::npos;
        if (!good || !_load.keepAlive || !stays) return finish(position, good);
        ++_result.answered;
        connection.sent = false;
        connection.bytes.clear();
    }
}

void LoadGenerator::finish(std::size_t position, bool good)
{
    ++(good ? _result.answered : _result.failed);
    open(position);
}

}  // namespace clustermanager::bench
