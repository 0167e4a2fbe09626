#include "runtime/LogReopening.h"

#include <algorithm>
#include <set>
#include <utility>

namespace clustermanager::runtime {

void LogReopening::begin(const core::ReopenLogsCommand& command, std::promise<core::CommandReply> reply,
                         TimePoint now)
{
    _here();
    // Of the clock, so that no process confirms to us what the image before us has asked for.
    _lastTicket = std::max(_lastTicket + 1, static_cast<std::uint64_t>(now.time_since_epoch().count()));
    core::CommandReply answer;
    answer.confirmed = 1;
    std::set<StartNumber> told;
    _children.forEach([&](ChildProcess& process) {
        if (!_children.send(process, link::ReopenLogs{_lastTicket})) return;
        told.insert(process.order.start);
        if (!isRunMaster(process.order.child)) answer.children.push_back(process.order.child);
    });
    std::sort(answer.children.begin(), answer.children.end());
    _confirmations.await(_lastTicket, std::move(told), std::move(answer), std::move(reply),
                         now + std::max(Confirmations::kPatience, command.patience));
}

}  // namespace clustermanager::runtime
