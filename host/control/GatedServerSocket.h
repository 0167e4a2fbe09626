#pragma once

#include <Poco/Net/ServerSocket.h>

#include <functional>
#include <memory>

#include "control/CpuBudget.h"
#include "control/Farewell.h"
#include "control/Gate.h"
#include "control/GateMailbox.h"

namespace clustermanager::control {

/// A gate in the form of a Poco::Net::ServerSocket, so that Poco's HTTPServer is used as it is: its accept
/// thread runs the gate inside poll(), and what it accepts are whole requests. What that thread uses of a CPU
/// goes on the budget, which outlives this. `beforeDispatch` is called by that thread before Poco gives a
/// request to one of the others; it throws nothing.
class GatedServerSocket : public Poco::Net::ServerSocket
{
public:
    GatedServerSocket(std::shared_ptr<Gate> gate, std::shared_ptr<GateMailbox> mailbox,
                      std::shared_ptr<Farewell> farewell, CpuBudget& budget,
                      std::function<void()> beforeDispatch);
};

}  // namespace clustermanager::control
