#pragma once

#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/ThreadPool.h>

#include <memory>

#include "base/FileDescriptor.h"
#include "control/CpuBudget.h"
#include "control/Farewell.h"
#include "control/Gate.h"
#include "control/Router.h"
#include "control/WaitingRoom.h"

namespace clustermanager::control {

class RareWarning;

/// One way into the control port: a listening socket, its gate, and a Poco HTTPServer with threads of its
/// own, so that one transport answers while another is flooded.
///
/// Threading: constructed, stopped and destroyed by one thread.
class Transport
{
public:
    struct Settings
    {
        int threads = 2;
        GateLimits limits;
        Gate::Entry entry;
        StreamLimits streams;
        Gate::Warn warn;
        std::shared_ptr<RareWarning> broken;  // what goes wrong in a route; never null
        core::Metrics* metrics = nullptr;     // may be none
    };

    /// Serves from here on. The router must outlive this.
    Transport(FileDescriptor listener, const Settings& settings, Router& router);
    ~Transport();
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;

    /// As stop(), but answers all who have connected first, if that takes less than half a second: somebody
    /// else goes on with the listening socket.
    void handOver();

    /// Ends the waiting for operations, waits a moment for the requests that are being answered, then cuts
    /// them off. When it returns, no
    /// handler runs and no thread or descriptor is left. Idempotent.
    void stop();

    void replaceListener(FileDescriptor listener) { _mailbox->replaceListener(std::move(listener)); }

private:
    /// Before each request that Poco is given, by the thread that gives it.
    void replaceLostThreads();

    Settings _settings;
    WaitingRoom _waitingRoom;
    StreamSeats _seats;
    CpuBudget _budget;
    std::shared_ptr<GateMailbox> _mailbox;
    std::shared_ptr<Gate> _gate;
    std::shared_ptr<Farewell> _farewell;
    Poco::ThreadPool _pool;
    Poco::Net::HTTPServerParams::Ptr _params;
    int _lostThreads = 0;
    std::unique_ptr<Poco::Net::HTTPServer> _server;
};

}  // namespace clustermanager::control
