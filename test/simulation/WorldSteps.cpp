#include <algorithm>
#include <array>
#include <csignal>

#include "simulation/World.h"

/// What each step of a schedule does.
namespace clustermanager::simulation {

namespace {

ExitStatus drawStatus(std::uint32_t amount)
{
    using Kind = ExitStatus::Kind;
    constexpr std::array<ExitStatus, 8> kStatuses{{{Kind::Exited, 0, false},
                                                   {Kind::Exited, 1, false},
                                                   {Kind::Exited, 255, false},
                                                   {Kind::Signaled, SIGSEGV, true},
                                                   {Kind::Signaled, SIGKILL, false},
                                                   {Kind::Signaled, SIGTERM, false},
                                                   {Kind::Unknown, 0, false},
                                                   {Kind::Exited, 0, false}}};
    if (amount % 40 == 0) return {Kind::Exited, 78, false};
    return kStatuses[amount % kStatuses.size()];
}

}  // namespace

void World::play(const Step& step)
{
    switch (step.kind)
    {
    case StepKind::Proceed: proceed(step.pick); break;
    case StepKind::Tick:
    case StepKind::Oversleep:
    case StepKind::Wait:
    case StepKind::Stall: playTime(step); break;
    case StepKind::LoadFails:
    case StepKind::SpawnerDies:
    case StepKind::SpawnerHangs: playSpawner(step); break;
    case StepKind::Fork:
    case StepKind::Refuse:
    case StepKind::Ready:
    case StepKind::Recycle:
    case StepKind::Exit:
    case StepKind::ExitUnseen:
    case StepKind::CloseLink:
    case StepKind::BeatMissed: playProcess(step); break;
    case StepKind::ExitChild:
    case StepKind::ExitGroup:
    case StepKind::ExitAll: playExit(step); break;
    case StepKind::Reload:
    case StepKind::Scale:
    case StepKind::StartGroup:
    case StepKind::StopGroup:
    case StepKind::RemoveGroup:
    case StepKind::PolicyChange: playGroup(step); break;
    case StepKind::AddGroup: addGroup(step.pick); break;
    case StepKind::Upgrade: upgrade(); break;
    case StepKind::Stop:
    case StepKind::StopFast: playStop(step); break;
    case StepKind::StrayReport:
    case StepKind::StraySpawned:
    case StepKind::StrayOfSpawner: playStray(step); break;
    }
}

// Another supervisor takes over with what this one has written down, and nothing else is as it was.
void World::upgrade()
{
    if (_core->stopping()) return;
    for (std::size_t i = 0; i < _groups.size(); ++i)
    {
        endInside(static_cast<GroupId>(i + 1));
        _groups[i].insideFor = {};  // the next image starts another one
    }
    tellStory("the host goes on in another process image");
    FieldWriter out;
    _core->save(out);
    const Bytes saved = out.take();
    FieldReader in(saved.data(), saved.size());
    _core.emplace(in);
    require(in.finish().empty(), "what is saved can be read");
    FieldWriter again;
    _core->save(again);
    require(again.take() == saved, "what is read is what was saved");
    look();
    check(nullptr);
}

void World::playTime(const Step& step)
{
    if (step.kind == StepKind::Stall)
    {
        const Millis absence{step.amount % 5'000};
        _now += absence;
        tell(core::MasterStalled{absence},
             "the master was absent for " + std::to_string(absence.count()) + " ms");
        return;
    }
    if (step.kind == StepKind::Wait)
    {
        _now += Millis{step.amount % 800};
        return;
    }
    const std::optional<TimePoint> deadline = _core->deadline();
    if (!deadline.has_value()) return;
    _now = std::max(_now, *deadline);
    if (step.kind == StepKind::Oversleep) _now += Millis{step.amount % 5'000};
    tell(core::TimePassed{}, "time passes");
}

void World::playSpawner(const Step& step)
{
    Spawner* picked = pickSpawner(step.pick, step.kind == StepKind::LoadFails);
    if (picked == nullptr) return;
    Spawner& spawner = *picked;
    const GenerationId generation = generationOf(spawner);
    const std::string name = "generation " + std::to_string(number(generation)) + ": ";
    if (step.kind == StepKind::SpawnerHangs)
    {
        spawner.hangs = true;
        return tellStory(name + "the spawner hangs");
    }
    spawner.loading = spawner.open = spawner.hangs = false;
    ++spawner.incarnation;
    if (step.kind == StepKind::LoadFails)
        tell(core::GenerationFailed{generation, "no such symbol"}, name + "the plugin cannot be loaded");
    else
        tell(core::SpawnerLost{generation, "signal SIGKILL"}, name + "the spawner dies");
}

void World::playProcess(const Step& step)
{
    const auto isRequest = [](const Process& p) { return !p.exists && !p.reported && !p.ended; };
    const auto exists = [](const Process& p) { return p.exists && p.child.has_value(); };
    const bool ofRequest = step.kind == StepKind::Fork || step.kind == StepKind::Refuse;
    Process* process = ofRequest ? pickProcess(step.pick, isRequest) : pickProcess(step.pick, exists);
    if (process == nullptr) return;
    if (step.kind == StepKind::Ready) return sayReady(*process);
    if (step.kind == StepKind::Recycle) return recycle(*process);
    if (step.kind == StepKind::CloseLink) return closeLink(*process);
    if (step.kind == StepKind::BeatMissed) return missBeat(*process);
    if (hangs(*process)) return;

    if (step.kind == StepKind::Refuse) return refuse(*process);
    if (step.kind == StepKind::Fork)
    {
        if (!ofPresentSpawner(*process)) return;
        process->exists = true;
        return tellStory(text(process->start) + ": a process exists, unreported");
    }
    die(*process, drawStatus(step.amount));
    if (step.kind == StepKind::Exit && process->reported) reportEnd(*process);
}

void World::playStop(const Step& step)
{
    const bool fast = step.kind == StepKind::StopFast;
    tell(core::StopAsked{fast ? core::StopMode::Fast : core::StopMode::Graceful},
         fast ? "stop fast" : "stop");
}

void World::playExit(const Step& step)
{
    const OperationId operation = nextOperation();
    if (step.kind == StepKind::ExitChild)
    {
        const std::size_t position = step.pick % (_children.size() + 1);  // one more than there are
        const bool known = position < _children.size();
        const ChildId child = known ? _children[position].id : ChildId{999};
        // A run_master is not theirs to end.
        if (known && !isRunMaster(child)) exitAsked(_children[position]);
        tell(core::ExitChildAsked{child, operation},
             "an operator: child " + std::to_string(number(child)) + " exit");
        return;
    }
    const bool all = step.kind == StepKind::ExitAll;
    const Group& group = _groups[step.pick % _groups.size()];
    for (const core::ChildView& child : _children)
        if (!isRunMaster(child.id) && (all || groupOf(child.group).policy.name == group.policy.name))
            exitAsked(child);
    if (all)
        tell(core::ExitAllAsked{operation}, "an operator: all exit");
    else
        tell(core::ExitGroupAsked{group.policy.name, operation},
             "an operator: group " + group.policy.name + " exit");
}

void World::playGroup(const Step& step)
{
    const auto id = static_cast<GroupId>(1 + step.pick % _groups.size());
    Group& group = groupOf(id);
    const std::string name = "an operator: group " + group.policy.name + " ";
    switch (step.kind)
    {
    case StepKind::Reload:
        _quality = static_cast<Quality>(step.amount % 4 % 3);
        tell(core::ReloadAsked{id, nextOperation()}, name + "reload");
        break;
    case StepKind::StartGroup: tell(core::StartGroupAsked{id, nextOperation()}, name + "start"); break;
    case StepKind::StopGroup: tell(core::StopGroupAsked{id, nextOperation()}, name + "stop"); break;
    case StepKind::RemoveGroup:
        group.removed = group.removed || !_core->stopping();
        tell(core::GroupRemoved{id}, name + "is removed");
        break;
    default: changeCount(id, step); break;
    }
}

void World::changeCount(GroupId id, const Step& step)
{
    core::GroupPolicy& policy = groupOf(id).policy;
    const unsigned count = step.amount % 6;
    const std::string story = "an operator: group " + policy.name + " has " + std::to_string(count);
    if (step.kind == StepKind::PolicyChange || !_core->stopping()) policy.count = count;
    if (step.kind == StepKind::Scale) return void(tell(core::ScaleAsked{id, count, nextOperation()}, story));
    policy.maxSurge = step.amount / 6 % 3;
    policy.maxUnavailable = step.amount / 18 % 2 + (policy.surge() == 0 ? 1 : 0);
    tell(core::PolicyChanged{id, policy}, story + ", by a new policy");
}

void World::addGroup(std::size_t pick)
{
    const core::GroupPolicy& policy = _schedule.additions[pick % _schedule.additions.size()];
    const bool known = std::any_of(_groups.begin(), _groups.end(), [&](const Group& group) {
        return group.policy.name == policy.name && !group.removed;
    });
    if (known || _core->stopping()) return;
    require(number(_core->nextGroup()) == _groups.size() + 1, "the number of the next group is known");
    _groups.push_back({policy});
    tell(core::GroupAdded{policy}, "an operator: group " + policy.name + " is added");
}

void World::playStray(const Step& step)
{
    if (step.kind == StepKind::StraySpawned)
    {
        Process stranger{};
        const auto start = static_cast<StartNumber>(1'000'000 + ++_strays);
        stranger.start = start;
        stranger.exists = true;
        _processes.push_back(stranger);
        reportSpawned(_processes.back());
        require(reportedProcess(start).kills == 1, "a process nobody awaits is killed");
        return;
    }
    const auto before = states();
    const StartNumber start = _over.empty() ? StartNumber{0} : _over[step.pick % _over.size()];
    const std::array<core::Event, 9> strays{core::BecameReady{start},
                                            core::Exited{start, drawStatus(step.amount)},
                                            core::SpawnFailed{start, "late"},
                                            core::RecycleAsked{start},
                                            core::LinkLost{start},
                                            core::BeatMissed{start},
                                            core::GenerationOpened{{}},
                                            core::GenerationFailed{GenerationId{999}, "unknown"},
                                            core::SpawnerLost{GenerationId{999}, "unknown"}};
    const std::size_t first = step.kind == StepKind::StrayReport ? 0 : 6;
    const std::size_t count = step.kind == StepKind::StrayReport ? 6 : 3;
    const core::Event& stray = strays[first + step.amount % count];
    require(tell(stray, "a report of something long over, " + text(start)).empty(), "a stale report is void");
    require(before == states(), "a stale report changes nothing");
}

// What an operator's exit changes in the bookkeeping of starts; the event itself is told by the caller.
void World::exitAsked(const core::ChildView& child)
{
    if (_core->stopping()) return;
    if (Process* process = processOf(child.id); process != nullptr)
    {
        process->excused = true;
        return;
    }
    slotOf(child.id).oracle.excuse();
    if (child.state == core::ChildState::Failed) slotOf(child.id).oracle.forget();
}

OperationId World::nextOperation()
{
    return static_cast<OperationId>(++_lastOperation);
}

}  // namespace clustermanager::simulation
