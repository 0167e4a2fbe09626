#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/Supervisor.h"
#include "simulation/Oracle.h"
#include "simulation/Schedule.h"

namespace clustermanager::simulation {

inline std::string text(StartNumber start)
{
    return "start " + std::to_string(number(start));
}

/// A made-up machine around the real supervisor: spawners and processes that delay, refuse, hang, lie and
/// die, operators who want everything, and a clock that only the schedule moves. It knows what really exists,
/// and so can see what the supervisor has forgotten. Every invariant is checked after every step.
///
/// Throws Violation.
class World
{
public:
    /// With `trace` the history is kept as text.
    World(const Schedule& schedule, bool trace);
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    ~World() = default;

    /// Plays the steps; then the faults stop and everything wanted has to become ready; then the host is
    /// stopped and has to finish.
    void run();

    const std::string& trace() const { return _story; }

private:
    struct Process
    {
        StartNumber start;
        std::optional<ChildId> child;  // nothing: nobody asked for it
        GroupId group;
        std::uint32_t index = 0;
        GenerationId generation;
        unsigned incarnation = 0;  // of the spawner that was asked for it
        pid_t pid = 0;
        bool exists = false;    // forked, and not dead
        bool reported = false;  // Spawned was delivered
        std::optional<TimePoint> readyAt;
        bool served = false;    // was shown as ready
        bool recycles = false;  // has asked to be replaced
        bool stopAsked = false;
        bool aborted = false;
        bool stubborn = false;  // does not exit when asked
        bool lazy = false;      // never gets ready
        bool crashes = false;   // ... but dies of it
        bool deaf = false;      // has closed its link
        bool excused = false;   // its end was asked for, and not by itself before it had run for a while
        int kills = 0;
        int killsNeeded = 1;
        std::optional<core::Spawn> successor;  // ordered, should it die of a signal
        bool cancelled = false;                // ... and no more; which its spawner may not know yet
        std::optional<ExitStatus> ended;       // not delivered yet
    };
    enum class Quality : std::uint8_t
    {
        Well,
        Crashes,
        Lazy
    };
    enum class RunMaster : std::uint8_t
    {
        None,
        Inside,   // in the host
        Isolated  // in a process of its own
    };
    struct Spawner  // and its generation
    {
        GroupId group{};
        RunMaster runMaster = RunMaster::None;
        bool loading = false;
        TimePoint loadingSince{};
        bool open = false;  // as the supervisor was told
        bool hangs = false;
        bool opened = false;  // was to be loaded once
        bool closed = false;
        Quality quality = Quality::Well;  // of its children
        // Which process it is. What an earlier one left behind, requests and children, is the master's own by
        // now, and does not hang with the present one.
        unsigned incarnation = 0;
    };
    struct Group
    {
        core::GroupPolicy policy;
        bool removed = false;
        bool forgotten = false;
        bool runsInside = false;      // a run_master, in the host
        GenerationId insideFor = {};  // of which generation the last one was
        bool runMasterDone = false;   // the last one with a process of its own needs no other after it
    };
    struct Slot
    {
        GroupId group;
        std::uint32_t index;
        bool standsIn;
        StartOracle oracle;
        GenerationId generation{};  // of the last start
    };

    void play(const Step& step);
    void playTime(const Step& step);
    void playSpawner(const Step& step);
    void playProcess(const Step& step);
    void playExit(const Step& step);
    void playGroup(const Step& step);
    void playStop(const Step& step);
    void playStray(const Step& step);
    void upgrade();
    void calm();
    void insist();
    bool wellBehaved() const;
    bool wellBehaved(const core::GroupView& group) const;
    bool mayWait(const core::GroupView& group) const;
    bool allReady(const core::GroupView& group) const;

    bool proceed(std::size_t pick);
    bool proceedLoading(Spawner& spawner);
    bool proceedProcess(Process& process, std::size_t pick);

    bool proceedInside(GroupId id);
    void endInside(GroupId id);
    bool insideOfName(GroupId id) const;
    RunMaster runMasterOfGeneration(GenerationId generation) const;
    void checkRunMaster(const core::GroupView& group);
    bool runMasterWellBehaved(const core::GroupView& group) const;

    void reportSpawned(Process& process);
    void refuse(Process& process);
    void sayReady(Process& process);
    void recycle(Process& process);
    void closeLink(Process& process);
    void missBeat(Process& process);
    void die(Process& process, ExitStatus status);
    void reportEnd(Process& process);
    bool isFollowed(const Process& process);
    void enter(const core::Spawn& order);
    void exitAsked(const core::ChildView& child);
    void addGroup(std::size_t pick);
    void changeCount(GroupId group, const Step& step);

    core::Actions tell(const core::Event& event, const std::string& story);
    void carryOut(const core::Actions& actions);
    void carryOut(const core::OpenGeneration& action);
    void carryOut(const core::ReplaceSpawner& action);
    void carryOut(const core::CloseGeneration& action);
    void carryOut(const core::Spawn& action);
    void carryOut(const core::OrderSuccessor& action);
    void carryOut(const core::CancelSuccessor& action);
    void carryOut(const core::AskToStop& action);
    void carryOut(const core::Abort& action);
    void carryOut(const core::Kill& action);
    void carryOut(const core::ForgetGroup& action);
    void carryOut(const core::Announce& action);
    void carryOut(const core::Finish& action);

    void look();
    void noteChange(const core::ChildView& before, const core::ChildView& now, bool wasReplaced);
    void check(const core::Event* event);
    void checkChild(const core::ChildView& child);
    void checkGroup(const core::GroupView& group);
    void checkGenerations();
    void checkReplacing();
    void checkMadeUpFor(const core::GroupView& group, bool reverts);
    void checkOperations();
    void checkDeadline(const core::Event& event);
    void checkOrder(const core::Actions& actions) const;
    void checkAtRest() const;
    std::vector<std::pair<ChildId, core::ChildState>> states() const;

    OperationId nextOperation();
    Process* processOf(ChildId child);
    Process& reportedProcess(StartNumber start);
    Process* pickProcess(std::size_t pick, bool (*fits)(const Process&));
    Spawner& spawnerOf(GenerationId generation);
    Spawner* pickSpawner(std::size_t pick, bool loading);
    GenerationId generationOf(const Spawner& spawner) const;
    const core::ChildView* viewOf(ChildId child) const;
    const core::GroupView* viewOf(GroupId group) const;
    Group& groupOf(GroupId group) { return _groups[number(group) - 1]; }
    const Group& groupOf(GroupId group) const { return _groups[number(group) - 1]; }
    bool sameName(GroupId a, GroupId b) const { return groupOf(a).policy.name == groupOf(b).policy.name; }
    std::optional<Slot>& slotEntry(ChildId child);
    Slot& slotOf(ChildId child) { return *slotEntry(child); }
    static bool replaces(const core::GroupView& group);
    bool replaces(GroupId group) const;
    bool hasStrangers() const;
    bool ofPresentSpawner(const Process& process);
    bool hangs(const Process& process);
    void forget(const Process& process);
    void tellStory(const std::string& line);

    const Schedule& _schedule;
    const bool _tracing;
    std::string _story;

    TimePoint _now{std::chrono::hours(1)};
    std::optional<core::Supervisor> _core;  // always there
    std::deque<Group> _groups;              // of id i + 1; in place for good
    std::vector<Spawner> _spawners;         // of generation i + 1
    std::vector<Process> _processes;
    std::vector<std::optional<Slot>> _slots;        // of child i + 1
    std::vector<std::optional<Slot>> _masterSlots;  // of group i + 1: its run_master
    std::vector<StartNumber> _over;                 // starts whose last report was delivered
    std::vector<StartNumber> _asked;                // to exit, in this step
    std::vector<core::OperationState> _operations;  // of id i + 1, as last seen
    Quality _quality = Quality::Well;               // of the next generation
    std::uint64_t _lastOperation = 0;
    std::uint64_t _lastStart = 0;
    std::uint64_t _strays = 0;
    pid_t _lastPid = 1'000;
    bool _wasStopping = false;  // before the present step
    bool _operatorStopped = false;
    bool _finished = false;

    // As the supervisor shows itself, after the last event and before it.
    std::vector<core::ChildView> _children;  // and then each run_master with a process of its own
    std::vector<core::ChildView> _childrenBefore;
    std::vector<core::GroupView> _views;
};

}  // namespace clustermanager::simulation
