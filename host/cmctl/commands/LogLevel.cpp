#include <sys/signalfd.h>

#include <poll.h>

#include <csignal>
#include <set>

#include "base/FileDescriptor.h"
#include "base/Signals.h"
#include "cmctl/Failure.h"
#include "cmctl/HostStatus.h"
#include "cmctl/Session.h"
#include "cmctl/Units.h"
#include "cmctl/commands/Commands.h"

namespace clustermanager::cmctl {

namespace {

constexpr Millis kLongest = std::chrono::hours(24);

std::string query(const Invocation& asked)
{
    std::string text;
    for (const char* name : {"group", "child", "logger"})
        if (asked.has(name))
            text += (text.empty() ? "?" : "&") + std::string(name) + "=" + encoded(asked.text(name));
    return text;
}

void set(Session& session, const std::string& level)
{
    const JsonObject answer = session.client().post("/logLevel/" + level + query(session.asked()));
    session.output().line("log level " + answer.text("level") + " (confirmed: " + answer.text("confirmed") +
                          ")");
}

/// What is in force for those that the command names; of several levels there is none to go back to.
std::string levelBefore(Session& session)
{
    const Invocation& asked = session.asked();
    const HostStatus status = statusOf(session.client().getJson("/"));
    if (!asked.has("group") && !asked.has("child")) return status.master.logLevel;
    std::set<std::string> levels;
    for (const ChildRow& child : status.children)
        if ((!asked.has("group") || child.group == asked.text("group")) &&
            (!asked.has("child") || std::to_string(child.id) == asked.text("child")))
            levels.insert(child.logLevel);
    if (levels.size() == 1) return *levels.begin();
    throw refused(levels.empty()
                      ? "there is no such child. `cmctl status` shows what there is"
                      : "the children have different levels, so --for has none to go back to: name "
                        "one --child");
}

/// Sleeps, and ends early at Ctrl-C or SIGTERM.
void waitInterruptibly(const FileDescriptor& signals, Millis time)
{
    pollfd interrupted{signals.get(), POLLIN, 0};
    (void)::poll(&interrupted, 1, static_cast<int>(time.count()));
}

}  // namespace

int commands::logLevel(Session& session)
{
    const std::string level = session.asked().argument(0);
    const auto time = session.asked().duration("for", kLongest);
    if (!time)
    {
        set(session, level);
        return 0;
    }
    const std::string before = levelBefore(session);
    const sigset_t interrupts = signalSet({SIGINT, SIGTERM, SIGHUP});
    if (const Result<int> blocked = setSignalMask(interrupts); !blocked)
        throw refused(blocked.error().text());
    Result<FileDescriptor> signals = openSignalFd(interrupts);
    if (!signals) throw refused(signals.error().text());
    set(session, level);
    Session::remark("for " + durationText(time->count()) + ", then " + before + " again (Ctrl-C: now)");
    waitInterruptibly(signals.value(), *time);
    set(session, before);
    return 0;
}

}  // namespace clustermanager::cmctl
