#pragma once

#include <string>

#include "base/FileDescriptor.h"
#include "control/ControlServer.h"
#include "runtime/EventLoop.h"

namespace clustermanager::app {

/// Makes the control socket's file again where somebody has removed it. The kernel tells of it, so nobody has
/// to look now and then.
///
/// Threading: the master's loop thread.
class SocketFileWatch
{
public:
    SocketFileWatch(runtime::EventLoop& loop, control::ControlServer& control, const std::string& path);
    ~SocketFileWatch();
    SocketFileWatch(const SocketFileWatch&) = delete;
    SocketFileWatch& operator=(const SocketFileWatch&) = delete;

private:
    void watchFolder();
    void onChange();

    runtime::EventLoop& _loop;
    control::ControlServer& _control;
    const std::string _folder;
    FileDescriptor _notify;
};

}  // namespace clustermanager::app
