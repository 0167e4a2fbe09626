#pragma once

#include <string>

#include "control/ControlServer.h"
#include "runtime/EventLoop.h"
#include "runtime/RemovalWatch.h"

namespace clustermanager::app {

/// Makes the control socket's file again where somebody has removed it, and tries until that succeeds: one
/// sentence when it fails, one when it is there.
///
/// Threading: the master's loop thread.
class SocketFileWatch
{
public:
    SocketFileWatch(runtime::EventLoop& loop, control::ControlServer& control, const std::string& path);

private:
    bool restore();

    control::ControlServer& _control;
    bool _failed = false;
    runtime::RemovalWatch _watch;
};

}  // namespace clustermanager::app
