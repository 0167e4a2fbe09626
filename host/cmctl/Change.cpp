#include "cmctl/Change.h"

#include <poll.h>

#include <algorithm>
#include <map>

#include "cmctl/Units.h"

namespace clustermanager::cmctl {

namespace {

constexpr int kPauseMs = 100;

bool over(const std::string& state)
{
    return state == "done" || state == "failed" || state == "replaced";
}

std::string nameOf(const JsonObject& operation)
{
    const std::string group = operation.text("group");
    return operation.text("kind") + (group.empty() ? "" : " of " + group);
}

/// What has been shown of one operation.
class Progress
{
public:
    Progress(Output& output, std::string id) : _output(output), _id(std::move(id)) {}

    const std::string& id() const { return _id; }
    const std::string& state() const { return _state; }
    bool isOver() const { return over(_state); }

    void show(const JsonObject& operation)
    {
        const std::string group = operation.text("group");
        for (const JsonObject& child : operation.objects("children")) showChild(group, child);
        const std::string state = operation.text("state");
        if (state == _state) return;
        _state = state;
        const std::string reason = operation.text("reason");
        _output.line(nameOf(operation) + ": " + _output.paint(colourOfState(state), state) +
                     (isOver() ? " after " + durationText(operation.numberOr("durationMs", 0)) : "") +
                     (reason.empty() ? "" : ": " + reason));
    }

private:
    void showChild(const std::string& group, const JsonObject& child)
    {
        const std::string state = child.text("state");
        std::string& shown = _children[child.text("id")];
        if (state == shown) return;
        shown = state;
        const std::string reason = child.text("reason");
        _output.line("  " + group + (group.empty() ? "" : " ") + child.text("id") + ": " +
                     _output.paint(colourOfState(state), state) +
                     (over(state) || state == "ready" || state == "stopped"
                          ? " after " + durationText(child.numberOr("durationMs", 0))
                          : "") +
                     (reason.empty() ? "" : ": " + reason));
    }

    Output& _output;
    std::string _id;
    std::string _state;
    std::map<std::string, std::string> _children;
};

/// The operation as it is now. While the host goes on in another program it may not answer for a moment.
JsonObject ask(const Client& client, const std::string& id)
{
    const Answer answer = client.request("GET", "/operations/" + id);
    if (!answer.good()) throw failureOf(answer);
    return parseJson(answer.body);
}

/// A host that does not answer for a moment is asked again, until the deadline.
void look(const Client& client, Progress& one, TimePoint deadline)
{
    try
    {
        one.show(ask(client, one.id()));
    }
    catch (const Failure& failure)
    {
        if (failure.code() != ExitCode::Unreachable || Clock::now() > deadline) throw;
    }
}

int follow(Session& session, std::vector<Progress>& all, Millis wait)
{
    const TimePoint deadline = Clock::now() + wait;
    const auto isOver = [](const Progress& one) { return one.isOver(); };
    const auto isDone = [](const Progress& one) { return one.state() == "done"; };
    for (;;)
    {
        for (Progress& one : all)
            if (!one.isOver()) look(session.client(), one, deadline);
        if (std::all_of(all.begin(), all.end(), isOver)) break;
        if (Clock::now() > deadline)
            throw refused("it has not ended within " + durationText(wait.count()) +
                          " and goes on: `cmctl operations` shows how far it is");
        (void)::poll(nullptr, 0, kPauseMs);
    }
    return static_cast<int>(std::all_of(all.begin(), all.end(), isDone) ? ExitCode::Done : ExitCode::Refused);
}

}  // namespace

int change(Session& session, const std::string& path, Millis longer)
{
    const auto wait = session.asked().duration("wait", kLongestWait);
    const JsonObject answer = session.client().post(path, longer);
    std::vector<Progress> all;
    for (const JsonObject& operation : answer.objects("operations"))
        all.emplace_back(session.output(), operation.text("id"));
    const std::string text = answer.text("text");
    if (!text.empty()) session.output().line(text);
    for (const std::string& changed : answer.texts("changes")) session.output().line("  " + changed);
    if (wait && !all.empty()) return follow(session, all, *wait);
    for (const Progress& one : all)
        session.output().line("begun as operation " + one.id() + ": `cmctl operations " + one.id() +
                              "` shows what becomes of it");
    if (all.empty() && text.empty()) session.output().line(answer.text("outcome"));
    return static_cast<int>(ExitCode::Done);
}

}  // namespace clustermanager::cmctl
