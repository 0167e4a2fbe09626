#include "metrics/HostMetrics.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <sstream>
#include <utility>
#include <variant>

#include "metrics/FamilyTable.h"
#include "metrics/Labelled.h"

namespace clustermanager::metrics {
namespace {

template <class Builder>
auto& registered(Builder builder, Family family, prometheus::Registry& registry)
{
    return builder.Name(std::string(row(family).name)).Help(std::string(row(family).help)).Register(registry);
}

std::vector<double> buckets()
{
    return {kSeconds.begin(), kSeconds.end()};
}

std::string classOf(int status)
{
    return std::to_string(status / 100) + "xx";
}

std::string methodOf(std::string_view method)
{
    const bool known = method == "GET" || method == "HEAD" || method == "POST";
    return known ? std::string(method) : "other";
}

}  // namespace

HostMetrics::HostMetrics(const core::SnapshotSource& pictures, const core::OccurrenceSource& occurrences)
    : _pictures(pictures), _occurrences(occurrences),
      _requests(registered(prometheus::BuildCounter(), Family::ControlRequests, _registry)),
      _durations(registered(prometheus::BuildHistogram(), Family::ControlDuration, _registry)),
      _loopDelays(registered(prometheus::BuildHistogram(), Family::LoopDelay, _registry).Add({}, buckets())),
      _streams(registered(prometheus::BuildGauge(), Family::StreamsOpen, _registry).Add({}))
{}

// --- groups and children ---

void HostMetrics::know(GroupId group, const std::string& name)
{
    if (!_names.emplace(group, name).second) return;
    const std::lock_guard lock(_mutex);
    _groups.try_emplace(name);
}

void HostMetrics::forget(GroupId group)
{
    const auto found = _names.find(group);
    if (found == _names.end()) return;
    const std::string name = std::move(found->second);
    _names.erase(found);
    const bool another =
        std::any_of(_names.begin(), _names.end(), [&](const auto& known) { return known.second == name; });
    if (another) return;
    _told.erase(name);
    const std::lock_guard lock(_mutex);
    _groups.erase(name);
    _series.forget(name);
}

GroupCounts* HostMetrics::find(GroupId group)
{
    const auto name = _names.find(group);
    return name == _names.end() ? nullptr : &_groups[name->second];
}

void HostMetrics::follow(const core::Changes& changes, TimePoint now)
{
    if (changes.empty()) return;
    const std::lock_guard lock(_mutex);
    for (const core::Change& change : changes) std::visit([&](const auto& what) { take(what, now); }, change);
}

void HostMetrics::take(const core::ChildEnded& change, TimePoint)
{
    _slots[change.child].ended = change.cause;
    if (GroupCounts* counts = find(change.group); counts != nullptr)
        ++counts->exits[{change.status.kind, change.status.number}];
}

void HostMetrics::take(const core::ChildEntered& change, TimePoint now)
{
    GroupCounts* counts = find(change.group);
    Slot& slot = _slots[change.child];
    if (change.to == core::ChildState::Spawning)
    {
        slot.spawnedAt = now;
        const std::optional<core::EndCause> cause = std::exchange(slot.ended, std::nullopt);
        // Where it counts none, the slot is new, and the end was that of another one with this number.
        if (counts != nullptr && cause && change.restarts > 0) ++counts->restarts[*cause];
    }
    if (change.to == core::ChildState::Ready && counts != nullptr)
        counts->starts.observe(now - slot.spawnedAt);
}

void HostMetrics::ended(const core::Operation& operation)
{
    if (operation.kind != core::OperationKind::Reload || !operation.ended) return;
    const std::lock_guard lock(_mutex);
    if (const auto group = _groups.find(operation.group); group != _groups.end())
        group->second.reloads[operation.state].observe(*operation.ended - operation.begun);
}

void HostMetrics::grew(GroupId group, const Growth& growth)
{
    const std::lock_guard lock(_mutex);
    if (GroupCounts* counts = find(group); counts != nullptr) counts->grew(growth);
}

// --- plugins ---

std::string HostMetrics::defined(GroupId group, GenerationId generation, StartNumber start,
                                 const link::MetricDefined& metric)
{
    const std::lock_guard lock(_mutex);
    const auto name = _names.find(group);
    if (name == _names.end()) return "";
    return refused(group, generation, _series.define(name->second, start, metric));
}

std::string HostMetrics::reported(GroupId group, GenerationId generation, StartNumber start,
                                  const link::MetricReport& report)
{
    const std::lock_guard lock(_mutex);
    return refused(group, generation, _series.report(start, report));
}

std::string HostMetrics::refused(GroupId group, GenerationId generation, const std::string& problem)
{
    GroupCounts* counts = problem.empty() ? nullptr : find(group);
    if (counts == nullptr) return "";
    ++counts->metricsRefused;
    GenerationId& told = _told[_names.at(group)];
    if (number(told) >= number(generation)) return "";
    told = generation;
    return "of its metrics some are not counted: " + problem +
           "; what else of this generation is wrong with them is not told";
}

void HostMetrics::ended(StartNumber start)
{
    const std::lock_guard lock(_mutex);
    _series.ended(start);
}

// --- the host ---

void HostMetrics::looped(std::chrono::microseconds delay, TimePoint now)
{
    _loopDelay.add(delay, now);
    _loopDelays.Observe(std::chrono::duration<double>(delay).count());
}

void HostMetrics::answered(std::string_view route, std::string_view method, int status, Clock::duration took)
{
    const std::string pattern(route);
    _requests.Add({{"route", pattern}, {"method", methodOf(method)}, {"status", classOf(status)}})
        .Increment();
    _durations.Add({{"route", pattern}}, buckets()).Observe(std::chrono::duration<double>(took).count());
}

void HostMetrics::refused(int status)
{
    _requests.Add({{"route", "none"}, {"method", "other"}, {"status", classOf(status)}}).Increment();
}

HostMetrics::State HostMetrics::state() const
{
    const std::lock_guard lock(_mutex);
    return {_names, _groups, _slots, _series.state()};
}

void HostMetrics::resume(const State& state)
{
    const std::lock_guard lock(_mutex);
    _names = state.names;
    _groups = state.groups;
    _slots = state.slots;
    _series.resume(state.series);
}

/// The loop waits for nobody who reads a thousand of them: the lock is held for one group or series at a
/// time.
void HostMetrics::appendCounts(std::vector<prometheus::MetricFamily>& families) const
{
    std::map<std::string, GroupCounts> groups;
    for (bool more = true; more;)
    {
        const std::lock_guard lock(_mutex);
        const auto next = groups.empty() ? _groups.begin() : _groups.upper_bound(groups.rbegin()->first);
        more = next != _groups.end();
        if (more) groups.insert(*next);
    }
    appendFamilies(families, groups);
    PluginSeries::Place place;
    for (bool more = true; more;)
    {
        const std::lock_guard lock(_mutex);
        more = _series.appendNext(families, place);
    }
}

core::Metrics::Text HostMetrics::text() const
{
    std::vector<prometheus::MetricFamily> families = _registry.Collect();
    prometheus::MetricFamily occurrences = make(Family::Occurrences);
    occurrences.metric = {counter({}, static_cast<double>(_occurrences.last()))};
    families.push_back(std::move(occurrences));
    appendCounts(families);
    return {serialized(std::move(families)), _picture.of(_pictures.latest())};
}

}  // namespace clustermanager::metrics
