#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <set>

#include "base/Types.h"
#include "core/Ports.h"

namespace clustermanager::runtime {

/// Commands that are answered when every process that was told has confirmed, has ended, or is late.
///
/// Threading: the master's loop thread only.
class Confirmations
{
public:
    /// Where nobody said how long: a little less than the control port waits for an answer at least.
    static constexpr Millis kPatience{900};

    /// `beforeAnswer` is called before anybody is told: who asks for the status then sees what was done.
    explicit Confirmations(std::function<void()> beforeAnswer) : _beforeAnswer(std::move(beforeAnswer)) {}

    /// `ticket` is another one than any before. Answered at `until` at the latest.
    void await(std::uint64_t ticket, std::set<StartNumber> told, core::CommandReply reply,
               std::promise<core::CommandReply> promise, TimePoint until);

    void confirmed(StartNumber start, std::uint64_t ticket);

    /// A process ended: nobody waits for its confirmation any more.
    void ended(StartNumber start);

    /// Answers every command with what stands: nobody is waited for any more.
    void answerAll();

    bool pending() const { return !_pending.empty(); }
    std::optional<TimePoint> deadline() const;
    void passTime(TimePoint now);

private:
    struct Pending
    {
        std::promise<core::CommandReply> promise;
        core::CommandReply reply;
        std::set<StartNumber> awaited;
        TimePoint until;
    };
    using ByTicket = std::map<std::uint64_t, Pending>;

    void finish(ByTicket::iterator pending, core::CommandReply::Outcome outcome);

    std::function<void()> _beforeAnswer;
    ByTicket _pending;
};

}  // namespace clustermanager::runtime
