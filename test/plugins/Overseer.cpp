/// run_master for the actor. Its key `master` chooses what it does:
///
///     wait (default)  until a stop is asked
///     echo            answers each message of a child: "all TEXT" goes to all, "who" is answered with pid,
///                     CM_CHILD_ID, CM_RESTART, is_restart and child_id; "log" writes a record of level
///                     debug; "crash KIND" and "return N" are obeyed; anything else comes back
///     return7         returns at once
///     slow            returns when it was asked and the file `masterFile`.go is there
///     deaf            never returns, whatever is asked
///     parting         sends 300 messages "N" to all when it is asked to stop
///     a kind of crash()
///
/// With `masterFile` it writes a line there: "began", "ended", and "children N" for each message "children".
/// With `masterLeak` it opens that file, to be inherited by whatever program follows, and leaves it open.
/// With `masterLock` it holds a lock on that file while it runs; where another process has it, it appends
/// "double" to the file.
#include <clustermanager/plugin.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "Crash.h"

namespace {

void note(const cm_context* context, const std::string& text)
{
    const std::string path = context->config(context, "masterFile", "");
    if (!path.empty()) std::ofstream(path, std::ios::app) << text + "\n";
}

std::string describeChildren(const cm_context* context)
{
    std::vector<cm_child_info> infos(64);
    const std::size_t count = context->children(context, infos.data(), infos.size());
    std::string text = "children " + std::to_string(count);
    for (std::size_t i = 0; i < count && i < infos.size(); ++i)
        text += " " + std::to_string(infos[i].id) + "=" + infos[i].state;
    return text;
}

std::string variable(const char* name)
{
    const char* value = std::getenv(name);
    return value != nullptr ? value : "(unset)";
}

std::string who(const cm_context* context)
{
    return std::to_string(::getpid()) + " " + variable("CM_CHILD_ID") + " " + variable("CM_CHILD_INDEX") +
           " " + variable("CM_RESTART") + " " + std::to_string(context->is_restart) + " " +
           std::to_string(context->child_id);
}

/// What a message has asked run_master to return, and the descriptor that says so: made in its process.
std::atomic<int> returned{0};
std::atomic<int> returnAsked{-1};

/// A lock of this process, as long as run_master runs.
class Lock
{
public:
    explicit Lock(const std::string& path)
        : _file(path.empty() ? -1 : ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644))
    {
        struct flock whole = {};
        whole.l_type = F_WRLCK;
        if (_file >= 0 && ::fcntl(_file, F_SETLK, &whole) != 0) (void)!::write(_file, "double\n", 7);
    }
    ~Lock() { ::close(_file); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    int _file;
};

void obey(const std::string& text)
{
    if (text.rfind("crash ", 0) == 0) crash(text.substr(6));
    if (text.rfind("return ", 0) != 0) return;
    returned = std::stoi(text.substr(7));
    (void)::eventfd_write(returnAsked, 1);
}

void onMessage(void* argument, int32_t from, const void* data, size_t size)
{
    auto* context = static_cast<cm_context*>(argument);
    const std::string text(static_cast<const char*>(data), size);
    if (text == "children") note(context, describeChildren(context));
    if (text == "log") context->log(context, CM_LOG_DEBUG, nullptr, "a word of run_master");
    obey(text);
    const bool toAll = text.rfind("all ", 0) == 0;
    const std::string reply = toAll ? text.substr(4) : "echo " + (text == "who" ? who(context) : text);
    context->send(context, toAll ? CM_TO_ALL_CHILDREN : from, reply.data(), reply.size());
}

void part(cm_context* context)
{
    for (int i = 1; i <= 300; ++i)
    {
        const std::string text = std::to_string(i);
        while (context->send(context, CM_TO_ALL_CHILDREN, text.data(), text.size()) != CM_OK)
            (void)::poll(nullptr, 0, 1);
    }
}

}  // namespace

CM_EXPORT int run_master(cm_context* context)
{
    const Lock lock(context->config(context, "masterLock", ""));
    returnAsked = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (const std::string leak = context->config(context, "masterLeak", ""); !leak.empty())
        (void)!::open(leak.c_str(), O_RDONLY);
    note(context, "began");
    const std::string how = context->config(context, "master", "wait");
    if (how == "return7") return 7;
    if (how == "echo") context->on_message(context, onMessage, context);
    if (how == "deaf")
        for (;;) ::poll(nullptr, 0, -1);
    const bool slow = how == "slow";  // returns when it is told, and not when it is asked
    const bool parting = how == "parting";
    if (how != "wait" && how != "echo" && !slow && !parting) crash(how);
    pollfd waits[] = {{context->stop_fd(context), POLLIN, 0}, {returnAsked, POLLIN, 0}};
    while (::poll(waits, 2, -1) < 0)
    {}
    const std::string go = std::string(context->config(context, "masterFile", "")) + ".go";
    while (slow && ::access(go.c_str(), F_OK) != 0) (void)::poll(nullptr, 0, 2);
    if (parting) part(context);
    note(context, "ended");
    return returned;
}
