#include "runtime/SnapshotBuilder.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <utility>

namespace clustermanager::runtime {
namespace {

/// The master's own memory and time cost a system call or two, so they are not read for every picture.
constexpr Millis kMeasureInterval{500};

std::uint64_t ownRssKiB()
{
    std::ifstream statm("/proc/self/statm");
    std::uint64_t total = 0;
    std::uint64_t resident = 0;
    if (!(statm >> total >> resident)) return 0;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

std::uint64_t ownCpuMicros()
{
    rusage use = {};
    if (::getrusage(RUSAGE_SELF, &use) != 0) return 0;
    const auto micros = [](const timeval& time) {
        return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(time.tv_usec);
    };
    return micros(use.ru_utime) + micros(use.ru_stime);
}

}  // namespace

bool SnapshotBuilder::Seen::operator==(const Seen& other) const
{
    return state == other.state && wanted == other.wanted && start == other.start &&
           restarts == other.restarts;
}

SnapshotBuilder::SnapshotBuilder(core::MasterSnapshot master) : _master(std::move(master)) {}

void SnapshotBuilder::optionsChanged(std::vector<std::pair<std::string, std::string>> options,
                                     std::string countReason)
{
    _master.options = std::move(options);
    _master.countReason = std::move(countReason);
}

void SnapshotBuilder::measured(core::LoopDelay delay, std::vector<core::QueueSnapshot> queues)
{
    _master.loopDelay = delay;
    _master.queues = std::move(queues);
}

void SnapshotBuilder::childChanged(ChildId child)
{
    if (const auto known = _children.find(child); known != _children.end()) known->second.changed = true;
}

void SnapshotBuilder::forgetOthers(ChildTable& children)
{
    for (auto known = _children.begin(); known != _children.end();)
    {
        if (known->second.round == _round)
        {
            ++known;
            continue;
        }
        children.forget(known->first);
        known = _children.erase(known);
    }
}

// NOLINTNEXTLINE(readability-function-size): a picture has so many parts
std::shared_ptr<const core::Snapshot> SnapshotBuilder::build(const core::Supervisor& supervisor,
                                                             ChildTable& children, const LogLevels& levels,
                                                             const std::vector<GroupFacts>& groups,
                                                             std::vector<core::ListenerSnapshot> listeners,
                                                             TimePoint now)
{
    auto picture = std::make_shared<core::Snapshot>();
    std::map<GroupId, unsigned> ready;
    std::map<GroupId, ChildId> first;
    std::map<GroupId, std::string> names;
    for (std::size_t i = 0; i < supervisor.groupCount(); ++i)
    {
        const core::GroupView view = supervisor.group(i);
        names.emplace(view.id, view.policy->name);
    }
    ++_round;
    const std::size_t count = supervisor.childCount();
    picture->children.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
    {
        const core::ChildView view = supervisor.child(i);
        const std::string& name = names.at(view.group);
        const core::LogLevel level = levels.of(name, view.id);
        const Seen seen{view.state, view.wanted, view.start, view.restarts};
        Known& known = _children[view.id];
        if (std::exchange(known.changed, false) || !(seen == known.seen) || known.picture->logLevel != level)
            known.picture = child(view, name, children, level);
        known.seen = seen;
        known.round = _round;
        picture->children.push_back(known.picture);
        if (view.state == core::ChildState::Ready) ++ready[view.group];
        if (view.index == 0) first.emplace(view.group, view.id);
    }
    if (_children.size() > count) forgetOthers(children);

    for (std::size_t i = 0; i < groups.size(); ++i)
    {
        const core::GroupView view = supervisor.group(i);
        auto entry = std::make_shared<core::GroupSnapshot>(*group(view, groups[i]));
        entry->ready = ready[view.id];
        if (const auto found = first.find(view.id); found != first.end()) entry->first = found->second;
        if (view.runMaster)
            entry->isolatedMaster = child(*view.runMaster, view.policy->name, children,
                                          levels.of(view.policy->name, view.runMaster->id));
        picture->groups.push_back(std::move(entry));
    }
    // Dozens that are over, with a step for each of a thousand children, are not copied for each picture.
    for (const auto& operation : supervisor.operations())
        picture->operations.push_back(
            operation->over() ? operation : std::make_shared<const core::Operation>(*operation));

    measureMaster(now);
    picture->master = _master;
    picture->master.logLevel = levels.master();
    picture->master.stopping = supervisor.stopping();
    picture->crashes = _crashes;
    picture->listeners = std::move(listeners);
    return picture;
}

std::shared_ptr<const core::ChildSnapshot> SnapshotBuilder::child(const core::ChildView& view,
                                                                  const std::string& group,
                                                                  ChildTable& children,
                                                                  core::LogLevel level) const
{
    auto entry = std::make_shared<core::ChildSnapshot>();
    entry->id = view.id;
    entry->index = view.index;
    entry->standsIn = view.standsIn;
    entry->group = group;
    entry->generation = number(view.generation);
    entry->state = view.state;
    entry->wanted = view.wanted;
    entry->reason = view.reason;
    entry->restarts = view.restarts;
    entry->logLevel = level;
    if (const ChildProcess* process = children.find(view.start); process != nullptr)
    {
        entry->pid = process->pid;
        entry->startedAt = process->startedAt;
        entry->startedSteady = process->startedSteady;
    }
    const ChildReport& report = children.report(view.id);
    entry->reportedAt = report.reportedAt;
    entry->rssKiB = report.rssKiB;
    entry->cpuMicros = report.cpuMicros;
    entry->droppedLogRecords = report.droppedLogRecords;
    entry->droppedMessages = report.droppedMessages;
    entry->requests = report.requests;
    entry->held = report.held;
    entry->accepted = report.accepted;
    entry->statusJson = report.statusJson;
    entry->lastExit = report.lastExit;
    return entry;
}

std::shared_ptr<const core::GroupSnapshot> SnapshotBuilder::group(const core::GroupView& view,
                                                                  const GroupFacts& facts)
{
    auto entry = std::make_shared<core::GroupSnapshot>();
    entry->name = view.policy->name;
    entry->state = view.state;
    entry->plugin = facts.plugin;
    entry->next = facts.next;
    entry->phase = view.phase;
    entry->failedGeneration = number(view.failedGeneration);
    entry->failedReason = view.failedReason;
    entry->generation = number(view.generation);
    entry->generationState = view.generationState;
    entry->reason = view.reason;
    entry->count = view.policy->count;
    entry->minReady = view.policy->minReady;
    entry->spawnerPid = facts.spawnerPid;
    entry->masterState = facts.masterState;
    entry->masterResult = facts.masterResult;
    entry->masterReason = facts.masterReason;
    entry->logFolder = facts.logFolder;
    return entry;
}

void SnapshotBuilder::measureMaster(TimePoint now)
{
    if (_measuredAt != TimePoint{} && now - _measuredAt < kMeasureInterval) return;
    _measuredAt = now;
    _master.rssKiB = ownRssKiB();
    _master.cpuMicros = ownCpuMicros();
}

}  // namespace clustermanager::runtime
