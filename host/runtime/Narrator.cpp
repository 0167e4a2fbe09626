#include "runtime/Narrator.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "core/Phrases.h"

namespace clustermanager::runtime {

namespace {

using Severity = core::Announce::Severity;

template <class Change>
core::OneStart processOf(const Change& change)
{
    return {change.child, change.start, number(change.generation), change.pid, change.restarts};
}

std::string whose(ChildId slot, const std::string& group)
{
    return core::slotText(slot) + " (" + group + "): ";
}

std::string because(const std::string& reason)
{
    return reason.empty() ? "" : ": " + reason;
}

core::GroupChanged pictureOf(const core::GroupView& view)
{
    const std::string& reason = view.reason.empty() ? view.failedReason : view.reason;
    return {view.state, number(view.generation), view.generationState, view.phase, reason};
}

bool same(const core::GroupChanged& a, const core::GroupChanged& b)
{
    return std::tie(a.state, a.generation, a.generationState, a.phase, a.reason) ==
           std::tie(b.state, b.generation, b.generationState, b.phase, b.reason);
}

core::OperationChanged pictureOf(const core::Operation& operation)
{
    const auto over = std::count_if(operation.steps.begin(), operation.steps.end(),
                                    [](const core::OperationStep& step) { return step.ended.has_value(); });
    return {operation.id,          operation.kind,   operation.state,
            operation.phase,       operation.reason, static_cast<std::size_t>(over),
            operation.steps.size()};
}

bool same(const core::OperationChanged& a, const core::OperationChanged& b)
{
    return std::tie(a.state, a.phase, a.stepsOver, a.steps) ==
           std::tie(b.state, b.phase, b.stepsOver, b.steps);
}

Severity severityOf(core::ChildState state)
{
    switch (state)
    {
    case core::ChildState::Failed: return Severity::Error;
    case core::ChildState::Killing:
    case core::ChildState::Backoff: return Severity::Warning;
    default: return Severity::Info;
    }
}

Severity severityOf(core::OperationState state)
{
    return state == core::OperationState::Failed ? Severity::Error : Severity::Info;
}

/// What is no more need not be compared with.
template <class Told, class Exists>
void forgetOthers(Told& told, std::size_t existing, const Exists& exists)
{
    if (told.size() == existing) return;
    for (auto entry = told.begin(); entry != told.end();)
        entry = exists(entry->first) ? std::next(entry) : told.erase(entry);
}

}  // namespace

Narrator::Narrator(const core::Supervisor& supervisor, ChildTable& children, Journal& journal,
                   std::function<void(const core::Operation&)> over)
    : _supervisor(supervisor), _children(children), _journal(journal), _over(std::move(over))
{}

void Narrator::resume()
{
    for (std::size_t i = 0; i < _supervisor.groupCount(); ++i)
        _groups[_supervisor.group(i).id] = {_supervisor.group(i).policy->name,
                                            pictureOf(_supervisor.group(i))};
    for (const auto& operation : _supervisor.operations()) _operations[operation->id] = pictureOf(*operation);
}

void Narrator::follow()
{
    for (const core::Change& change : _supervisor.changes())
        std::visit([this](const auto& what) { tell(what); }, change);
    followGroups();
    followOperations();
}

void Narrator::tell(const core::ChildEnded& change)
{
    core::ProcessEnded ended{processOf(change), change.status, change.reason, change.uptime, {}};
    if (const auto& last = _children.report(change.child).lastExit; last && last->start == change.start)
    {
        ended.process.pid = last->pid;
        ended.use = last->use;
        ended.crash = _children.report(change.child).crash;
    }
    const std::string group = groupName(change.group);
    std::string text = whose(change.child, group) + core::endText(change.status) + " after " +
                       core::durationText(change.uptime) + because(change.reason);
    const bool good = change.expected || change.status.success();
    record(good ? Severity::Info : Severity::Warning, group, std::move(text), std::move(ended));
}

void Narrator::tell(const core::ChildEntered& change)
{
    const std::string group = groupName(change.group);
    std::string text =
        whose(change.child, group) + std::string(core::traits(change.to).name) + because(change.reason);
    record(severityOf(change.to), group, std::move(text),
           core::ChildStateChanged{processOf(change), change.from, change.to, change.reason});
}

void Narrator::followGroups()
{
    for (std::size_t i = 0; i < _supervisor.groupCount(); ++i)
    {
        const core::GroupView view = _supervisor.group(i);
        core::GroupChanged now = pictureOf(view);
        const auto known = _groups.find(view.id);
        if (known != _groups.end() && same(known->second.picture, now)) continue;
        _groups[view.id] = {view.policy->name, now};
        const bool failed = now.generationState == core::GenerationState::Failed;
        std::string text = "group " + view.policy->name + ": " + core::name(now.state) + ", generation " +
                           std::to_string(now.generation) + " " + core::name(now.generationState) +
                           (now.phase.empty() ? "" : ", " + now.phase) + because(now.reason);
        record(failed ? Severity::Error : Severity::Info, view.policy->name, std::move(text), std::move(now));
    }
    forgetOthers(_groups, _supervisor.groupCount(),
                 [this](GroupId id) { return _supervisor.findGroup(id).has_value(); });
}

void Narrator::followOperations()
{
    for (const auto& operation : _supervisor.operations())
    {
        const auto known = _operations.find(operation->id);
        const bool over =
            known != _operations.end() && known->second.state == operation->state && operation->over();
        if (over) continue;
        core::OperationChanged now = pictureOf(*operation);
        if (known != _operations.end() && same(known->second, now)) continue;
        _operations[operation->id] = now;
        if (operation->over()) _over(*operation);
        std::string text = std::string(core::name(now.kind)) +
                           (operation->group.empty() ? "" : " of " + operation->group) + " (operation " +
                           std::to_string(number(now.id)) + "): " + core::name(now.state) +
                           (now.phase.empty() || operation->over() ? "" : ", " + now.phase) + ", " +
                           std::to_string(now.stepsOver) + " of " + std::to_string(now.steps) + " children" +
                           because(now.reason);
        const auto severity = severityOf(now.state);
        record(severity, operation->group, std::move(text), std::move(now));
    }
    forgetOthers(_operations, _supervisor.operations().size(), [this](OperationId id) {
        const auto& all = _supervisor.operations();
        return std::any_of(all.begin(), all.end(), [&](const auto& known) { return known->id == id; });
    });
}

/// Only what is told by nothing else.
void Narrator::announced(const core::Announce& line)
{
    if (line.severity == Severity::Debug || !_supervisor.changes().empty()) return;
    record(line.severity, "", line.text, core::Notice{});
}

void Narrator::configurationRead(const core::CommandReply& reply)
{
    const bool applied = reply.outcome == core::CommandReply::Outcome::Done;
    record(applied ? Severity::Info : Severity::Error, "", "configuration: " + reply.sentence(),
           core::ConfigurationRead{applied, reply.details});
}

void Narrator::host(core::HostChanged::What what, const std::string& text, const std::string& reason)
{
    const bool failed = what == core::HostChanged::What::NotUpgraded;
    record(failed ? Severity::Error : Severity::Info, "", text + because(reason),
           core::HostChanged{what, reason});
}

void Narrator::record(Severity severity, std::string group, std::string text,
                      decltype(core::Occurrence::what) what)
{
    _journal.add(
        {0, std::chrono::system_clock::now(), severity, std::move(group), std::move(text), std::move(what)});
}

/// The step in which the last process of a removed group ends is the one in which the supervisor forgets the
/// group.
std::string Narrator::groupName(GroupId group) const
{
    if (const auto view = _supervisor.findGroup(group)) return view->policy->name;
    const auto told = _groups.find(group);
    return told == _groups.end() ? "" : told->second.name;
}

}  // namespace clustermanager::runtime
