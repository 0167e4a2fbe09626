#pragma once

#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/TCPServer.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "clustermanager/poco/server_socket.hpp"

namespace cm {

namespace detail {

constexpr std::chrono::milliseconds kDrainLook{5};

/// Waits until `condition` holds at two looks in a row: between a server's queue and its count of running
/// connections there is a moment in which a connection is in neither.
template <class Condition>
bool waitUntilSteady(Condition condition, Steady::time_point deadline)
{
    for (int looks = 0;;)
    {
        looks = condition() ? looks + 1 : 0;
        if (looks == 2) return true;
        if (Steady::now() >= deadline) return false;
        std::this_thread::sleep_for(kDrainLook);
    }
}

/// The listener behind a server; null where it was not made by cm::serverSocket().
inline SharedListener* sharedListener(const Poco::Net::TCPServer& server)
{
    return dynamic_cast<SharedListener*>(server.socket().impl());
}

/// Has the server leave accept, and waits until everything that it has accepted has been begun. What it
/// accepted last is in its queue before it asks its listener again.
inline bool leaveAccept(const Poco::Net::TCPServer& server, std::chrono::milliseconds halfSentLimit,
                        Steady::time_point deadline)
{
    SharedListener* listener = sharedListener(server);
    if (listener != nullptr) listener->drain(halfSentLimit);
    return waitUntilSteady(
        [&] { return (listener == nullptr || listener->hasLeft()) && server.queuedConnections() == 0; },
        deadline);
}

/// Waits for the running connections, and cuts what is left of them at the deadline.
inline bool finish(const Poco::Net::TCPServer& server, Steady::time_point deadline)
{
    if (waitUntilSteady([&] { return server.currentConnections() == 0; }, deadline)) return true;
    if (SharedListener* listener = sharedListener(server)) listener->abortConnections();
    return false;
}

}  // namespace detail

/// Stops a Poco server whose socket comes from cm::serverSocket(), and drops nothing that it has accepted:
/// stops accepting (who is not accepted yet is for other processes), waits until its queue is empty and its
/// connections have ended, then stops it. (Poco's own stop() forgets accepted connections that still wait for
/// a thread.) `halfSentLimit` after the call no connection waits for its client any more: a read times out.
///
/// True: everything was finished. False: `limit` passed first, and the connections that were left were cut.
inline bool drain(Poco::Net::TCPServer& server, std::chrono::milliseconds limit = std::chrono::seconds(10),
                  std::chrono::milliseconds halfSentLimit = kHalfSentLimit)
{
    const detail::Steady::time_point deadline = detail::Steady::now() + limit;
    const bool begun = detail::leaveAccept(server, halfSentLimit, deadline);
    const bool finished = detail::finish(server, deadline);
    server.stop();
    return begun && finished;
}

/// The same for Poco's HTTPServer, whose connections may live on between requests: one that is idle is
/// closed, one that is being answered is closed after its answer, which says "Connection: close" where the
/// server's factory is a cm::CountedRequests. A handler that never returns keeps this waiting, until the host
/// ends the process.
inline bool drain(Poco::Net::HTTPServer& server, std::chrono::milliseconds limit = std::chrono::seconds(10),
                  std::chrono::milliseconds halfSentLimit = kHalfSentLimit)
{
    const detail::Steady::time_point deadline = detail::Steady::now() + limit;
    const bool begun = detail::leaveAccept(server, halfSentLimit, deadline);
    (void)detail::waitUntilSteady([&] { return server.currentConnections() == 0; },
                                  std::min(deadline, detail::Steady::now() + detail::kAboutToSend));

    // stopAll(false) closes what is idle and waits for each running handler, without a limit of its own.
    std::thread stopping([&server] { server.stopAll(false); });
    const bool finished = detail::finish(server, deadline);
    stopping.join();
    return begun && finished;
}

}  // namespace cm
