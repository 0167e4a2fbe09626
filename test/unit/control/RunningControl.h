#pragma once

#include <string>

#include "control/ControlServer.h"
#include "unit/TemporaryFolder.h"
#include "unit/control/FakeHost.h"
#include "unit/control/RawClient.h"

namespace clustermanager::control::test {

/// A control port on both transports in front of a fake host.
class RunningControl
{
public:
    RunningControl() : RunningControl(ControlOptions{}) {}
    explicit RunningControl(ControlOptions options);

    std::string path() const { return _folder / "control.sock"; }
    std::string endpoint() const { return server.tcpAddressInUse(); }
    RawClient toSocket() const { return RawClient::toSocket(path()); }
    RawClient toTcp() const { return RawClient::toTcp(endpoint()); }

    /// A whole request over TCP with the right Host.
    std::string ask(const std::string& method, const std::string& target,
                    const std::string& fields = "") const;

private:
    TemporaryFolder _folder;

public:
    FakeHost host;
    ControlServer server;
};

}  // namespace clustermanager::control::test
