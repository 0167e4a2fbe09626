#include "runtime/Confirmations.h"

#include <utility>

namespace clustermanager::runtime {

void Confirmations::await(std::uint64_t ticket, std::set<StartNumber> told, core::CommandReply reply,
                          std::promise<core::CommandReply> promise, TimePoint until)
{
    Pending pending{std::move(promise), std::move(reply), std::move(told), until};
    const auto entered = _pending.emplace(ticket, std::move(pending)).first;
    if (entered->second.awaited.empty()) finish(entered, core::CommandReply::Outcome::Done);
}

void Confirmations::confirmed(StartNumber start, std::uint64_t ticket)
{
    const auto pending = _pending.find(ticket);
    if (pending == _pending.end() || pending->second.awaited.erase(start) == 0) return;
    ++pending->second.reply.confirmed;
    if (pending->second.awaited.empty()) finish(pending, core::CommandReply::Outcome::Done);
}

void Confirmations::ended(StartNumber start)
{
    for (auto pending = _pending.begin(); pending != _pending.end();)
    {
        const auto present = pending++;
        if (present->second.awaited.erase(start) != 0 && present->second.awaited.empty())
            finish(present, core::CommandReply::Outcome::Done);
    }
}

std::optional<TimePoint> Confirmations::deadline() const
{
    std::optional<TimePoint> first;
    for (const auto& [ticket, pending] : _pending)
        if (!first || pending.until < *first) first = pending.until;
    return first;
}

void Confirmations::passTime(TimePoint now)
{
    for (auto pending = _pending.begin(); pending != _pending.end();)
    {
        const auto present = pending++;
        if (present->second.until <= now) finish(present, core::CommandReply::Outcome::TimedOut);
    }
}

void Confirmations::answerAll()
{
    passTime(TimePoint::max());
}

void Confirmations::finish(ByTicket::iterator pending, core::CommandReply::Outcome outcome)
{
    _beforeAnswer();
    pending->second.reply.outcome = outcome;
    pending->second.promise.set_value(std::move(pending->second.reply));
    _pending.erase(pending);
}

}  // namespace clustermanager::runtime
