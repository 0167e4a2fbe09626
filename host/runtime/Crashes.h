#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/Types.h"
#include "core/Snapshot.h"
#include "runtime/ChildTable.h"
#include "runtime/CrashDesk.h"
#include "runtime/Groups.h"

namespace clustermanager::runtime {

/// Has a report made of each process of ours that dies of a fault. A restart never waits for it.
///
/// Threading: the master's loop thread only.
class Crashes
{
public:
    struct Sinks
    {
        std::function<void(const std::string&)> error;
        std::function<void(const std::string&)> warning;
    };

    /// All outlive this. `program` is what the host's own file is called.
    Crashes(std::string folder, std::string program, ChildTable& children, const Groups& groups, Sinks sinks);

    /// The process has ended. The id that its report will have; "": there will be none.
    std::string ended(ChildProcess& process, const core::LastExit& exit);

    int wakeFd() const { return _desk.wakeFd(); }
    /// Takes what has been made.
    void receive();

    /// Reports are being made, or earlier ones read.
    bool busy() const { return _desk.busy(); }
    std::shared_ptr<const core::CrashReports> reports() const { return _desk.reports(); }

private:
    void tell(const CrashDesk::Outcome& outcome);

    ChildTable& _children;
    const Groups& _groups;
    Sinks _sinks;
    CrashDesk _desk;
    std::string _problem;  // of the folder, as it was told
    bool _tooMany = false;
};

/// Where the reports are: beside the control socket.
std::string crashFolder(const std::string& controlSocket);

}  // namespace clustermanager::runtime
