/// run_master for the actor. Its key `master` chooses what it does:
///
///     wait (default)  until a stop is asked
///     echo            answers each message of a child: "all TEXT" goes to all, anything else comes back
///     return7         returns at once
///     deaf            never returns, whatever is asked
///     a kind of crash()
///
/// With `masterFile` it writes a line there: "began", "ended", and "children N" for each message "children".
#include <clustermanager/plugin.h>

#include <poll.h>

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

void onMessage(void* argument, int32_t from, const void* data, size_t size)
{
    auto* context = static_cast<cm_context*>(argument);
    const std::string text(static_cast<const char*>(data), size);
    if (text == "children") note(context, describeChildren(context));
    const bool toAll = text.rfind("all ", 0) == 0;
    const std::string reply = toAll ? text.substr(4) : "echo " + text;
    context->send(context, toAll ? CM_TO_ALL_CHILDREN : from, reply.data(), reply.size());
}

}  // namespace

CM_EXPORT int run_master(cm_context* context)
{
    note(context, "began");
    const std::string how = context->config(context, "master", "wait");
    if (how == "return7") return 7;
    if (how == "echo") context->on_message(context, onMessage, context);
    if (how == "deaf")
        for (;;) ::poll(nullptr, 0, -1);
    if (how != "wait" && how != "echo") crash(how);
    context->wait_stop(context, -1);
    note(context, "ended");
    return 0;
}
