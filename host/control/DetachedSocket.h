#pragma once

#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocketImpl.h>

#include "base/Sanitizers.h"

namespace clustermanager::control {

/// A socket without a connection of its own, for those who hand Poco's HTTP server something that only
/// behaves like a client. What Poco does to a connection of its own accord does nothing here.
///
/// Poco takes a socket without a descriptor for a closed one, so this borrows one that stays open longer than
/// it, and neither reads, writes nor closes it.
class DetachedSocket : public Poco::Net::StreamSocketImpl
{
public:
    DetachedSocket(const DetachedSocket&) = delete;
    DetachedSocket& operator=(const DetachedSocket&) = delete;
    void close() override { tellReleased(this); }  // the last thing that Poco does before it lets go
    void shutdownReceive() override {}
    void shutdownSend() override {}
    void shutdown() override {}
    void setReceiveTimeout(const Poco::Timespan&) override {}
    void setSendTimeout(const Poco::Timespan&) override {}

    /// Of a Unix socket, on which Poco sets no TCP options.
    Poco::Net::SocketAddress address() override { return noAddress(); }
    Poco::Net::SocketAddress peerAddress() override { return noAddress(); }

    static Poco::Net::SocketAddress noAddress() { return {Poco::Net::SocketAddress::UNIX_LOCAL, "control"}; }

protected:
    explicit DetachedSocket(int borrowed) : StreamSocketImpl(borrowed) {}
    ~DetachedSocket() override { reset(); }
};

}  // namespace clustermanager::control
