#include "control/CommandCall.h"

#include <algorithm>
#include <variant>

#include "control/CommandRefusal.h"
#include "control/JsonWriter.h"
#include "control/OperationJson.h"
#include "control/OperationWait.h"

namespace clustermanager::control {

namespace {

using Outcome = core::CommandReply::Outcome;

/// How long a command may take to be confirmed before the answer is "accepted".
constexpr Millis kPatience{1000};

/// A command that was taken, and what came of it.
struct Result
{
    const core::Command& command;
    const core::CommandReply& reply;
    SeenOperations operations;
};

const char* commandName(const core::Command& command)
{
    const Overloaded names{[](const core::ExitCommand&) { return "exit"; },
                           [](const core::LogLevelCommand&) { return "logLevel"; },
                           [](const core::ReloadCommand&) { return "reload"; },
                           [](const core::ScaleCommand&) { return "scale"; },
                           [](const core::StartCommand&) { return "start"; },
                           [](const core::StopCommand&) { return "stop"; },
                           [](const core::ReloadConfigCommand&) { return "reloadConfig"; },
                           [](const core::ReopenLogsCommand&) { return "reopenLogs"; },
                           [](const core::UpgradeCommand&) { return "upgrade"; },
                           [](const core::PingCommand&) { return "ping"; }};
    return std::visit(names, command);
}

/// What is known of each; of one that no picture has shown, where to ask.
void writeOperations(JsonWriter& json, const Result& result)
{
    json.array();
    for (const OperationId id : result.reply.operations)
    {
        const core::Operation* operation = find(result.operations, id);
        operation != nullptr ? writeOperation(json, *operation, Clock::now()) : writeReference(json, id);
    }
    json.endArray();
}

Reply taken(const Result& result, bool done)
{
    JsonWriter body;
    body.object();
    body.key("command").text(commandName(result.command));
    const auto* level = std::get_if<core::LogLevelCommand>(&result.command);
    if (level != nullptr)
    {
        body.key("level").text(core::row(level->level).name);
        body.key("confirmed").number(result.reply.confirmed);
    }
    const bool reopening = std::holds_alternative<core::ReopenLogsCommand>(result.command);
    if (reopening) body.key("reopened").number(result.reply.confirmed);
    body.key("outcome").text(done ? "done" : "accepted");
    body.key("children").array();
    for (const ChildId id : result.reply.children) body.number(number(id));
    body.endArray();
    if (level == nullptr && !reopening)
    {
        body.key("text").text(result.reply.text);
        writeOperations(body.key("operations"), result);
    }
    if (std::holds_alternative<core::ReloadConfigCommand>(result.command))
        body.key("changes").texts(result.reply.details);
    body.endObject();
    return json(body.take(), done ? 200 : 202);
}

/// Without waiting. An exit is done when it is begun, as it always was; of the others that is only so where
/// there was nothing to begin.
Reply answerAtOnce(const Result& result)
{
    const bool exit = std::holds_alternative<core::ExitCommand>(result.command);
    const bool begun = !exit && !result.reply.operations.empty();
    return taken(result, result.reply.outcome == Outcome::Done && !begun);
}

Reply unsuccessful(const Result& result, const core::Operation& operation)
{
    const std::string of = operation.group.empty() ? "" : " of group '" + operation.group + "'";
    const bool failed = operation.state == core::OperationState::Failed;
    return problem(409,
                   "Operation " + std::to_string(number(operation.id)) + ", " + core::name(operation.kind) +
                       of + (failed ? ", failed: " : ", was replaced: ") + operation.reason,
                   [&](JsonWriter& json) { writeOperations(json.key("operations"), result); });
}

Reply answerInTheEnd(const Result& result)
{
    bool done = result.reply.outcome == Outcome::Done;
    for (const OperationId id : result.reply.operations)
    {
        const core::Operation* operation = find(result.operations, id);
        const bool over = operation != nullptr && operation->over();
        if (over && operation->state != core::OperationState::Done) return unsuccessful(result, *operation);
        done = done && over;
    }
    return taken(result, done);
}

}  // namespace

Reply perform(const Call& call, const core::Command& command)
{
    if (!call.wait)
    {
        const core::CommandReply reply = call.inbox.execute(command, kPatience);
        if (std::optional<Reply> no = refusal(command, reply)) return *std::move(no);
        return answerAtOnce({command, reply, {}});
    }
    // Before the command, so that nothing is done that cannot be waited for.
    const WaitingRoom::Seat seat(call.waitingRoom);
    if (!seat) return tryAgain("Too many requests wait already; nothing was done, try again.");
    const TimePoint deadline = Clock::now() + *call.wait;
    const core::CommandReply reply = call.inbox.execute(command, std::max(kPatience, *call.wait));
    if (std::optional<Reply> no = refusal(command, reply)) return *std::move(no);
    return answerInTheEnd({command, reply, waitFor(call, reply.operations, deadline)});
}

}  // namespace clustermanager::control
