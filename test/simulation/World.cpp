#include "simulation/World.h"

#include <algorithm>
#include <utility>

namespace clustermanager::simulation {

World::World(const Schedule& schedule, bool trace)
    : _schedule(schedule), _tracing(trace), _core(std::in_place, schedule.groups, schedule.seed)
{
    for (const core::GroupPolicy& policy : schedule.groups) _groups.push_back({policy});
}

void World::run()
{
    tellStory("begin");
    const core::Actions first = _core->begin(_now);
    look();
    carryOut(first);
    check(nullptr);
    for (const Step& step : _schedule.steps)
        if (!_finished) play(step);

    tellStory("--- the faults stop ---");
    for (Spawner& spawner : _spawners) spawner.quality = Quality::Well;
    _quality = Quality::Well;
    calm();
    // Twice: a spawner may hang already, and is found out by the first.
    for (int i = 0; i < 2 && !_core->stopping(); ++i) insist();
    if (!_core->stopping()) checkAtRest();
    if (!_core->stopping()) tell(core::StopAsked{core::StopMode::Graceful}, "stop");
    calm();
    require(_finished, "a host that was stopped finishes");
    require(tell(core::TimePassed{}, "time after the end").empty(), "nothing follows Finish");
    require(tell(core::Spawned{StartNumber{7'000'000}, 1}, "a report after the end").empty(),
            "nothing follows Finish");
}

void World::insist()
{
    for (const core::ChildView& child : _children)
        if (!isRunMaster(child.id)) exitAsked(child);
    tell(core::ExitAllAsked{}, "an operator insists: all children exit");
    calm();
}

void World::calm()
{
    constexpr int kPatience = 2'000;
    for (int i = 0; i < kPatience && !_finished; ++i)
    {
        if (proceed(1)) continue;
        const std::optional<TimePoint> deadline = _core->deadline();
        if (!deadline.has_value() || (!_core->stopping() && wellBehaved())) return;
        _now = std::max(_now, *deadline);
        tell(core::TimePassed{}, "time passes");
    }
    require(_finished, "the host comes to rest when the faults stop");
}

// Tries everything that can go on by itself, beginning with the one picked; true if something did.
bool World::proceed(std::size_t pick)
{
    const std::size_t spawners = _spawners.size();
    const std::size_t all = spawners + _processes.size();
    for (std::size_t i = 0; i < all; ++i)
    {
        const std::size_t next = (pick + i) % all;
        if (next < spawners ? proceedLoading(_spawners[next])
                            : proceedProcess(_processes[next - spawners], pick))
            return true;
    }
    for (std::size_t i = 0; i < _groups.size(); ++i)
        if (proceedInside(static_cast<GroupId>(1 + (pick + i) % _groups.size()))) return true;
    return false;
}

World::Process* World::processOf(ChildId child)
{
    for (Process& process : _processes)
        if (process.child == child) return &process;
    return nullptr;
}

World::Spawner& World::spawnerOf(GenerationId generation)
{
    if (number(generation) > _spawners.size()) _spawners.resize(number(generation));
    return _spawners[number(generation) - 1];
}

World::Spawner* World::pickSpawner(std::size_t pick, bool loading)
{
    const auto fits = [&](const Spawner& s) { return !s.closed && (s.loading || (s.open && !loading)); };
    const auto count = static_cast<std::size_t>(std::count_if(_spawners.begin(), _spawners.end(), fits));
    if (count == 0) return nullptr;
    std::size_t skip = pick % count;
    for (Spawner& spawner : _spawners)
        if (fits(spawner) && skip-- == 0) return &spawner;
    return nullptr;
}

GenerationId World::generationOf(const Spawner& spawner) const
{
    return static_cast<GenerationId>(&spawner - _spawners.data() + 1);
}

World::Process* World::pickProcess(std::size_t pick, bool (*fits)(const Process&))
{
    const auto count = static_cast<std::size_t>(std::count_if(_processes.begin(), _processes.end(), fits));
    if (count == 0) return nullptr;
    std::size_t skip = pick % count;
    for (Process& process : _processes)
        if (fits(process) && skip-- == 0) return &process;
    return nullptr;
}

}  // namespace clustermanager::simulation
