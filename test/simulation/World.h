#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/Supervisor.h"
#include "simulation/Oracle.h"
#include "simulation/Schedule.h"

namespace clustermanager::simulation {

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
        std::optional<std::size_t> child;  // position; nothing: nobody asked for it
        GenerationId generation;
        unsigned incarnation = 0;  // of the spawner that was asked for it
        pid_t pid = 0;
        bool exists = false;    // forked, and not dead
        bool reported = false;  // Spawned was delivered
        std::optional<TimePoint> readyAt;
        bool stopAsked = false;
        bool stubborn = false;  // does not exit when asked
        bool lazy = false;      // never gets ready
        bool deaf = false;      // has closed its link
        bool excused = false;   // its end was asked for by an operator, or after a good run
        int kills = 0;
        int killsNeeded = 1;
        std::optional<ExitStatus> ended;  // not delivered yet
    };
    struct Spawner
    {
        bool loading = false;
        TimePoint loadingSince{};
        bool open = false;  // as the supervisor was told
        bool hangs = false;
        bool closed = false;
        // Which process it is. What an earlier one left behind, requests and children, is the master's own by
        // now, and does not hang with the present one.
        unsigned incarnation = 0;
    };

    void play(const Step& step);
    void playTime(const Step& step);
    void playSpawner(const Step& step);
    void playProcess(const Step& step);
    void playOperator(const Step& step);
    void playStray(const Step& step);
    void calm();
    bool wellBehaved() const;

    bool proceed(std::size_t pick);
    bool proceedLoading(std::size_t group);
    bool proceedProcess(Process& process, std::size_t pick);

    void reportSpawned(Process& process);
    void refuse(Process& process);
    void sayReady(Process& process);
    void recycle(Process& process);
    void closeLink(Process& process);
    void die(Process& process, ExitStatus status);
    void reportEnd(Process& process);
    void exitAsked(std::size_t position);

    core::Actions tell(const core::Event& event, const std::string& story);
    void carryOut(const core::Actions& actions);
    void carryOut(const core::OpenGeneration& action);
    void carryOut(const core::ReplaceSpawner& action);
    void carryOut(const core::CloseGeneration& action);
    void carryOut(const core::Spawn& action);
    void carryOut(const core::AskToStop& action);
    void carryOut(const core::Kill& action);
    void carryOut(const core::Announce& action);
    void carryOut(const core::Finish& action);

    void check();
    void checkChild(std::size_t position);
    void checkDeadline(const core::Event& event);
    void checkOrder(const core::Actions& actions) const;
    std::vector<core::ChildState> states() const;

    Process* processOf(std::size_t position);
    Process& reportedProcess(StartNumber start);
    Process* pickProcess(std::size_t pick, bool (*fits)(const Process&));
    Spawner& spawnerOf(GenerationId generation) { return _spawners[number(generation) - 1]; }
    bool ofPresentSpawner(const Process& process);
    bool hangs(const Process& process);
    void forget(const Process& process);
    void tellStory(const std::string& line);

    const Schedule& _schedule;
    const bool _tracing;
    std::string _story;

    TimePoint _now{std::chrono::hours(1)};
    core::Supervisor _core;
    std::vector<Spawner> _spawners;  // of generation i + 1, which is that of group i
    std::vector<Process> _processes;
    std::vector<StartOracle> _oracles;  // of each child
    std::vector<StartNumber> _over;     // starts whose last report was delivered
    std::uint64_t _lastStart = 0;
    std::uint64_t _strays = 0;
    pid_t _lastPid = 1'000;
    bool _operatorStopped = false;
    bool _finished = false;
};

}  // namespace clustermanager::simulation
