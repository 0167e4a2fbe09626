#pragma once

#include <functional>
#include <future>

#include "runtime/ChildTable.h"
#include "runtime/Confirmations.h"

namespace clustermanager::runtime {

/// Has every process open its log files again by their paths, so that whoever has moved them away may have
/// them: the master at once, each other one when it reads that.
///
/// Threading: the master's loop thread only.
class LogReopening
{
public:
    /// `here` does it in this process.
    LogReopening(ChildTable& children, std::function<void()> here)
        : _children(children), _here(std::move(here)), _confirmations([] {})
    {}

    /// Answered when all have confirmed, or after the command's patience. The reply's `confirmed` counts the
    /// processes, this one among them.
    void begin(const core::ReopenLogsCommand& command, std::promise<core::CommandReply> reply, TimePoint now);

    Confirmations& confirmations() { return _confirmations; }
    const Confirmations& confirmations() const { return _confirmations; }

private:
    ChildTable& _children;
    std::function<void()> _here;
    Confirmations _confirmations;
    std::uint64_t _lastTicket = 0;
};

}  // namespace clustermanager::runtime
