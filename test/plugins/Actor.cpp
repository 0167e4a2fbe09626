/// A plugin that does what a test tells it. The keys of its section choose how it starts and stops:
///
///     dump      = FOLDER   write what the process was given to FOLDER/ID.json
///     marks     = FILE     append "ID pid" to the file when run_child begins
///     exclusive = FOLDER   hold a lock on FOLDER/ID as long as the process lives; where another process
///                          with this id holds it, append "ID pid" to FOLDER/doubles
///     start     = ready (default) | never | late | return0 | return3 | return78 | a kind of crash()
///     startIf   = FILE     only while this file exists; else `ready`. Where it holds "ID GENERATION", only
///     in
///                          that child of that generation; 0 is any
///     gate      = FILE     late: ready when this file exists
///     stop      = obey (default) | ignore (TERM blocked, spinning) | a kind of crash()
///     handlers  = FILE     register exit handlers that append to it; the middle one throws
///     probe     = FOLDER   take commands on the socket FOLDER/ID.sock (see Commands.h)
///     serve     = LISTENER with `probe`: send "ID PID" to each client of that listener
#include <clustermanager/plugin.h>

#include <unistd.h>

#include <fcntl.h>
#include <poll.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>

#include "Commands.h"
#include "Crash.h"
#include "Dump.h"

#ifndef ACTOR_VERSION
#define ACTOR_VERSION "1.2.3"
#endif
CM_PLUGIN("actor", ACTOR_VERSION)

namespace {

std::string setting(const cm_context* context, const char* key, const char* fallback = "")
{
    return context->config(context, key, fallback);
}

bool exists(const std::string& path)
{
    return ::access(path.c_str(), F_OK) == 0;
}

/// Waits for a file, but ends with a stop.
bool waitForFile(cm_context* context, const std::string& path)
{
    while (!exists(path))
        if (context->wait_stop(context, 5) == 1) return false;
    return true;
}

std::string handlersFile;

void appendMark(const std::string& path, const std::string& text)
{
    std::ofstream(path, std::ios::app) << text + "\n";
}

/// Whether the file of `startIf` means this process.
bool concerns(const cm_context* context, const std::string& path)
{
    if (!exists(path)) return false;
    unsigned id = 0;
    unsigned generation = 0;
    std::ifstream(path) >> id >> generation;
    return (id == 0 || static_cast<int>(id) == context->child_id) &&
           (generation == 0 || generation == context->generation);
}

/// A record lock belongs to the process alone (a fork does not have it) and ends with it.
void claimId(const std::string& folder, const cm_context* context)
{
    const std::string id = std::to_string(context->child_id);
    const int file = ::open((folder + "/" + id).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    struct flock whole = {};
    whole.l_type = F_WRLCK;
    if (::fcntl(file, F_SETLK, &whole) != 0)
        appendMark(folder + "/doubles", id + " " + std::to_string(::getpid()));
}

void registerHandlers(cm_context* context)
{
    handlersFile = setting(context, "handlers");
    context->at_exit(
        context, [](void*) { appendMark(handlersFile, "first"); }, nullptr);
    context->at_exit(
        context,
        [](void*) {
            appendMark(handlersFile, "second");
            throw std::runtime_error("the second handler fails");
        },
        nullptr);
    context->at_exit(
        context, [](void*) { appendMark(handlersFile, "third"); }, nullptr);
}

[[noreturn]] void ignoreEverything()
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, nullptr);
    for (;;) ::poll(nullptr, 0, -1);
}

/// True: ready was said, go on serving.
bool start(cm_context* context, int& result)
{
    std::string how = setting(context, "start", "ready");
    const std::string condition = setting(context, "startIf");
    if (!condition.empty() && !concerns(context, condition)) how = "ready";

    result = 0;
    if (how.compare(0, 6, "return") == 0)
    {
        result = std::stoi(how.substr(6));
        return false;
    }
    if (how == "never")
    {
        context->wait_stop(context, -1);
        return false;
    }
    if (how == "late" && !waitForFile(context, setting(context, "gate"))) return false;
    if (how != "ready" && how != "late") crash(how);
    return true;
}

int serve(cm_context* context)
{
    const std::string folder = setting(context, "probe");
    if (folder.empty())
    {
        context->ready(context);
        context->wait_stop(context, -1);
        return 0;
    }
    Commands commands(context, folder + "/" + std::to_string(context->child_id) + ".sock");
    context->ready(context);
    return commands.run();
}

}  // namespace

CM_EXPORT int run_child(cm_context* context)
{
    const std::string dump = setting(context, "dump");
    if (!dump.empty()) dumpProcess(dump + "/" + std::to_string(context->child_id) + ".json");
    const std::string marks = setting(context, "marks");
    if (!marks.empty())
        appendMark(marks, std::to_string(context->child_id) + " " + std::to_string(::getpid()));
    if (!setting(context, "handlers").empty()) registerHandlers(context);

    const std::string exclusive = setting(context, "exclusive");
    if (!exclusive.empty()) claimId(exclusive, context);

    int result = 0;
    if (!start(context, result)) return result;
    result = serve(context);

    const std::string how = setting(context, "stop", "obey");
    if (how == "ignore") ignoreEverything();
    if (how != "obey") crash(how);
    return result;
}
