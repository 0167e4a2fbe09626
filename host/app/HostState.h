#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/PidFile.h"
#include "base/FileDescriptor.h"
#include "config/ConfigSource.h"
#include "control/ControlServer.h"
#include "runtime/Handover.h"

namespace clustermanager::app {

/// Everything that the host goes on with in another image of its process.
struct HostState
{
    std::string version;         // of the host that wrote it
    std::string program;         // where the host lies
    config::ConfigStart source;  // how its configuration was put together
    config::HostConfig atStart;  // what is read at the start alone is as it was then
    control::ControlServer::State control;
    std::optional<PidFile::State> pidFile;
    runtime::Handover master;

    template <class IO>
    void fields(IO& io)
    {
        io(version);
        io(program);
        io(source);
        io(atStart);
        io(control);
        io(pidFile);
        io(master);
    }
};

/// A sealed file of the state, and the descriptors that have to be inherited with it.
struct SealedState
{
    FileDescriptor file;
    std::vector<int> handed;
};

/// Throws Poco::SystemException where the kernel gives no file.
SealedState seal(const HostState& state);

/// The state, or why this program cannot go on with it: another format, cut off, garbled, or a supervisor
/// that does not fit together.
std::variant<HostState, std::string> readState(int file);

/// Those descriptors of the state that are not open here.
std::vector<int> missing(const HostState& state);

}  // namespace clustermanager::app
