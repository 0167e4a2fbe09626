#include "control/CommandRefusal.h"

#include <variant>

#include "control/JsonWriter.h"
#include "control/StatusRoutes.h"

namespace clustermanager::control {

namespace {

using Outcome = core::CommandReply::Outcome;

Reply noSuchChildOf(const core::Command& command)
{
    const Overloaded child{[](const core::ExitCommand& exit) { return exit.child; },
                           [](const core::LogLevelCommand& level) { return level.child; },
                           [](const auto&) { return std::optional<ChildId>(); }};
    const std::optional<ChildId> id = std::visit(child, command);
    return noSuchChild(id ? std::to_string(number(*id)) : "");
}

Reply noSuchGroupOf(const core::Command& command)
{
    const Overloaded group{[](const core::ReloadConfigCommand&) { return std::string(); },
                           [](const core::ReopenLogsCommand&) { return std::string(); },
                           [](const core::UpgradeCommand&) { return std::string(); },
                           [](const core::PingCommand&) { return std::string(); },
                           [](const auto& one) { return one.group; }};
    return noSuchGroup(std::visit(group, command));
}

/// The two oldest commands have always answered with a conflict.
Reply stopping(const core::Command& command)
{
    const bool old = std::holds_alternative<core::ExitCommand>(command) ||
                     std::holds_alternative<core::LogLevelCommand>(command);
    return problem(old ? 409 : 503, "The host is stopping and takes no commands.");
}

Reply refused(const core::Command& command, const core::CommandReply& reply)
{
    if (!std::holds_alternative<core::ReloadConfigCommand>(command)) return problem(409, reply.text);
    return problem(422, reply.text, [&](JsonWriter& json) { json.key("problems").texts(reply.details); });
}

}  // namespace

std::optional<Reply> refusal(const core::Command& command, const core::CommandReply& reply)
{
    switch (reply.outcome)
    {
    case Outcome::Done:
    case Outcome::TimedOut: return std::nullopt;
    case Outcome::NoSuchChild: return noSuchChildOf(command);
    case Outcome::NoSuchGroup: return noSuchGroupOf(command);
    case Outcome::Stopping: return stopping(command);
    case Outcome::Refused: return refused(command, reply);
    case Outcome::Upgrading: return tryAgain("The host is being upgraded; nothing was done, try again.");
    case Outcome::Busy: break;
    }
    return tryAgain("Too many commands are waiting; nothing was done, try again.");
}

Reply tryAgain(const std::string& detail)
{
    Reply reply = problem(503, detail);
    reply.headers.emplace_back("Retry-After", "1");
    return reply;
}

}  // namespace clustermanager::control
