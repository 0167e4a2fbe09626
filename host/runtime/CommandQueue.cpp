#include "runtime/CommandQueue.h"

namespace clustermanager::runtime {
namespace {

core::CommandReply refusal(core::CommandReply::Outcome outcome)
{
    core::CommandReply reply;
    reply.outcome = outcome;
    return reply;
}

}  // namespace

core::CommandReply CommandQueue::execute(core::Command command, std::chrono::milliseconds patience)
{
    if (const auto why = _closed.load()) return refusal(*why);
    std::promise<core::CommandReply> promise;
    std::future<core::CommandReply> reply = promise.get_future();
    if (!_entries.push(Entry{std::move(command), std::move(promise)}))
        return refusal(core::CommandReply::Outcome::Busy);
    if (reply.wait_for(patience) != std::future_status::ready)
        return refusal(core::CommandReply::Outcome::TimedOut);
    return reply.get();
}

void CommandQueue::close(core::CommandReply::Outcome why)
{
    _closed = why;
    while (std::optional<Entry> entry = _entries.take()) entry->reply.set_value(refusal(why));
}

}  // namespace clustermanager::runtime
