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
    if (_closed) return refusal(core::CommandReply::Outcome::Stopping);
    std::promise<core::CommandReply> promise;
    std::future<core::CommandReply> reply = promise.get_future();
    if (!_entries.push(Entry{std::move(command), std::move(promise)}))
        return refusal(core::CommandReply::Outcome::Busy);
    if (reply.wait_for(patience) != std::future_status::ready)
        return refusal(core::CommandReply::Outcome::TimedOut);
    return reply.get();
}

void CommandQueue::close()
{
    _closed = true;
    while (std::optional<Entry> entry = _entries.take())
        entry->reply.set_value(refusal(core::CommandReply::Outcome::Stopping));
}

}  // namespace clustermanager::runtime
