#include "runtime/SnapshotBuilder.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
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

SnapshotBuilder::SnapshotBuilder(core::MasterSnapshot master, std::vector<core::ListenerSnapshot> listeners)
    : _master(std::move(master)), _listeners(std::move(listeners))
{}

void SnapshotBuilder::childChanged(ChildId child)
{
    const std::size_t position = number(child) - 1;
    if (position < _changed.size()) _changed[position] = true;
}

std::shared_ptr<const core::Snapshot> SnapshotBuilder::build(const core::Supervisor& supervisor,
                                                             ChildTable& children, const LogLevels& levels,
                                                             const std::vector<GroupFacts>& groups,
                                                             TimePoint now)
{
    const std::size_t count = supervisor.childCount();
    _children.resize(count);
    _seen.resize(count);
    _changed.resize(count, true);

    auto picture = std::make_shared<core::Snapshot>();
    std::vector<unsigned> ready(supervisor.groupCount(), 0);
    for (std::size_t i = 0; i < count; ++i)
    {
        const core::ChildView view = supervisor.child(i);
        const std::string& name = supervisor.group(view.group).policy->name;
        const core::LogLevel level = levels.of(name, view.id);
        const Seen seen{view.state, view.wanted, view.start, view.restarts};
        if (_changed[i] || !(seen == _seen[i]) || _children[i]->logLevel != level)
            _children[i] = child(view, name, children, level);
        _seen[i] = seen;
        _changed[i] = false;
        if (view.state == core::ChildState::Ready) ++ready[view.group];
    }
    picture->children = _children;

    for (std::size_t i = 0; i < groups.size(); ++i)
    {
        auto entry = std::make_shared<core::GroupSnapshot>(*group(supervisor.group(i), groups[i]));
        entry->ready = ready[i];
        picture->groups.push_back(std::move(entry));
    }

    measureMaster(now);
    picture->master = _master;
    picture->master.logLevel = levels.master();
    picture->master.stopping = supervisor.stopping();
    picture->listeners = _listeners;
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
    entry->statusJson = report.statusJson;
    entry->lastExit = report.lastExit;
    return entry;
}

std::shared_ptr<const core::GroupSnapshot> SnapshotBuilder::group(const core::GroupView& view,
                                                                  const GroupFacts& facts)
{
    auto entry = std::make_shared<core::GroupSnapshot>();
    entry->name = view.policy->name;
    entry->pluginPath = facts.pluginPath;
    entry->pluginName = facts.pluginName;
    entry->pluginVersion = facts.pluginVersion;
    entry->generation = number(view.generation);
    entry->generationState = view.generationState;
    entry->reason = view.reason;
    entry->count = view.policy->count;
    entry->spawnerPid = facts.spawnerPid;
    entry->masterState = facts.masterState;
    entry->masterResult = facts.masterResult;
    entry->masterReason = facts.masterReason;
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
