#include "child/ChildEnvironment.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/SysError.h"
#include "child/LogFile.h"

namespace clustermanager::child {

namespace {

constexpr std::size_t kProcessNameMax = 15;

void set(const char* name, const std::string& value)
{
    (void)::setenv(name, value.c_str(), 1);
}

void setListeners(const std::vector<link::PlannedListener>& listeners)
{
    if (listeners.empty()) return;
    std::string names;
    for (const link::PlannedListener& listener : listeners)
        names += (names.empty() ? "" : ":") + listener.name;
    set("LISTEN_FDS", std::to_string(listeners.size()));
    set("LISTEN_PID", std::to_string(::getpid()));
    set("LISTEN_FDNAMES", names);
}

}  // namespace

std::string slotName(ChildId child)
{
    return isRunMaster(child) ? "master" : std::to_string(number(child));
}

void setEnvironment(const link::GenerationPlan& plan, const Identity& identity)
{
    for (const char* hosts : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LD_BIND_NOW",
                              "CM_SPAWNER_LINK", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "CM_RESTART"})
        (void)::unsetenv(hosts);
    set("CM_GROUP", plan.group);
    set("CM_GENERATION", std::to_string(plan.generation));
    if (identity.restarts != 0) set("CM_RESTART", std::to_string(identity.restarts));
    if (isRunMaster(identity.child))
    {
        // Not a child's number, but what makes the names of its files its own.
        set("CM_CHILD_ID", plan.group + "-" + slotName(identity.child));
        (void)::unsetenv("CM_CHILD_INDEX");
        return;
    }
    set("CM_CHILD_ID", slotName(identity.child));
    set("CM_CHILD_INDEX", std::to_string(identity.index));
    setListeners(plan.listeners);
}

std::string processName(const std::string& group, ChildId child)
{
    const std::string id = "-" + slotName(child);
    const std::string head = "cm-" + group;
    return head.substr(0, kProcessNameMax - id.size()) + id;
}

std::string sendOutputTo(const std::string& path)
{
    const Result<FileDescriptor> file = openForAppend(path);
    if (!file) return file.error().text();
    // O_NONBLOCK was for the opening only; whoever inherits these two should find plain ones.
    (void)::fcntl(file.value().get(), F_SETFL, O_APPEND);
    for (const int output : {STDOUT_FILENO, STDERR_FILENO})
        if (::dup2(file.value().get(), output) < 0) return SysError{"dup2", path, errno}.text();
    return "";
}

}  // namespace clustermanager::child
