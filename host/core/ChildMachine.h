#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/Types.h"
#include "core/ChildState.h"
#include "core/Event.h"
#include "core/GroupPolicy.h"
#include "core/RestartPolicy.h"
#include "core/Turn.h"
#include "core/Views.h"

namespace clustermanager::core {

/// An operator wants the process replaced by a fresh one (with restart=never: wants it gone).
struct ExitWanted
{};
/// The host ends; nothing is wanted any more.
struct StopWanted
{
    StopMode mode;
};
/// The process is to be replaced by a fresh one of the generation aimed at, whatever the restart mode says.
struct ReplaceWanted
{};
/// A process is wanted again, and whatever failed before is forgiven.
struct StartWanted
{};
struct DeadlinePassed
{};

/// What one slot is told. Reports are those of its own start; whose they are, the supervisor has checked.
using ChildEvent = std::variant<Spawned, SpawnFailed, BecameReady, RecycleAsked, BeatMissed, Exited, LinkLost,
                                ExitWanted, StopWanted, ReplaceWanted, StartWanted, DeadlinePassed>;

/// Decides what happens to one child, through all its processes. Pure, as the supervisor is.
///
/// Invariants, the first asserted after every step:
///  (1) deadline() is set exactly when traits(state()).hasDeadline;
///  (2) a process that may exist is never forgotten: Spawning is left by an answer or an end only, and
///  Starting, Ready, Stopping and Killing by Exited only;
///  (3) start() is called by others only, and only where awaitsStart(): the machine knows nothing of
///  generations.
///
/// Threading: none; the Supervisor owns it.
class ChildMachine
{
public:
    /// Where the slot is in the fleet; for life.
    struct Place
    {
        ChildId id{};
        GroupId group{};
        std::uint32_t index = 0;
        bool standsIn = false;  // lives only while others are replaced

        template <class IO>
        void fields(IO& io)
        {
            io(id);
            io(group);
            io(index);
            io(standsIn);
        }
    };

    /// `policy` outlives this.
    ChildMachine(Place place, const GroupPolicy& policy, std::uint64_t seed);

    void step(const ChildEvent& event, Turn& turn);

    /// Asks for a process. REQUIRES: awaitsStart(), and a generation that is open.
    void start(StartNumber start, Turn& turn);

    /// From when on the end of its process, if it comes by a signal, is followed by a start at once. Nothing
    /// where it never is, and where that start was ordered.
    std::optional<TimePoint> successorDue(TimePoint now) const;
    /// Orders it, by the number that it had where it was taken back before, so that one that was started all
    /// the same is the one. REQUIRES: successorDue() has come.
    void orderSuccessor(StartNumber next, Turn& turn);
    /// Takes it back, if there is one. It may have been started already.
    void cancelSuccessor(Turn& turn);
    /// The process has ended, and its successor was started there and then. Where things have changed
    /// meanwhile, it is killed as soon as it is there. REQUIRES: there is no process, and `next` was ordered.
    void succeeded(StartNumber next, Turn& turn);

    /// The generation its next process is to be of.
    void aim(GenerationId generation);

    /// No process can be had, because the generation has failed. REQUIRES: awaitsStart() or Backoff.
    void fail(const std::string& reason, Turn& turn);

    /// Moves the deadline: the master was absent for so long.
    void forgive(Millis absence);

    ChildState state() const { return _state; }
    bool awaitsStart() const { return _state == ChildState::Stopped && _wanted; }
    bool mayHaveProcess() const { return traits(_state).mayHaveProcess; }
    std::optional<TimePoint> deadline() const { return _deadline; }
    StartNumber startNumber() const { return _start; }
    ChildId id() const { return _place.id; }
    GroupId group() const { return _place.group; }
    std::uint32_t index() const { return _place.index; }
    bool standsIn() const { return _place.standsIn; }
    GenerationId aim() const { return _aim; }
    /// Of the present process, or of the last.
    GenerationId generation() const { return _generation; }
    bool wanted() const { return _wanted; }
    const std::string& reason() const { return _reason; }

    /// When it will have served for minUptime; nothing where it does not serve.
    std::optional<TimePoint> servesLongFrom() const;

    /// Since it was aimed, or was last ready: a process has ended before it was ready, or so often that the
    /// next start waits.
    bool struggles() const;
    const GroupPolicy& policy() const { return *_policy; }
    ChildView view() const;

    /// What the last failure since it was aimed was.
    const std::string& failure() const { return _failure; }

    /// Whether the deadline that is running out measures the spawner and not the child: it owes an answer to
    /// a spawn, or its first SIGKILL has not ended the process.
    bool waitsForSpawner() const;

    const Place& place() const { return _place; }
    /// All but what it was made with.
    template <class IO>
    void fields(IO& io)
    {
        io(_state);
        io(_wanted);
        io(_deadline);
        io(_reason);
        io(_aim);
        io(_failedToStart);
        io(_failure);
        io(_start);
        io(_successor);
        io(_successorOrdered);
        io(_generation);
        io(_pid);
        io(_spawnedAt);
        io(_readySince);
        io(_ending);
        io(_recycled);
        io(_killsSent);
        io(_restarts);
        io(_ran);
        io(_record);
    }

private:
    /// What the end of the present process will mean.
    enum class Ending : std::uint8_t
    {
        OfItself,       // nobody asked for it
        Asked,          // an operator did: no failure
        Replaced,       // a fresh process takes its place: no failure either
        RecycledEarly,  // the child asked before it served: paced like a failure
        NotReady,       // killed, because it did not become ready in time
        LinkLost,       // killed, because its link to the master was closed
        Hung,           // aborted, because its watchdog was not beaten
        KilledByHost,   // the host stops fast
        kLast = KilledByHost
    };

    void onStopped(const ChildEvent& event);
    void onSpawning(const ChildEvent& event, Turn& turn);
    void onStarting(const ChildEvent& event, Turn& turn);
    void onReady(const ChildEvent& event, Turn& turn);
    void onStopping(const ChildEvent& event, Turn& turn);
    void onKilling(const ChildEvent& event, Turn& turn);
    void onBackoff(const ChildEvent& event);
    void onFailed(const ChildEvent& event);

    void begin(StartNumber start, Turn& turn);
    void appeared(pid_t pid, Turn& turn);
    void didNotAppear(const std::string& reason, Turn& turn);
    void runningChildAsked(const ChildEvent& event, Turn& turn);
    void expectStop(StopMode mode, Turn& turn);
    void askToStop(Ending ending, Turn& turn);
    void mark(Ending ending);
    void abort(Turn& turn);
    void kill(Ending ending, Turn& turn);
    void ended(const Exited& exited, Turn& turn);
    void endedAsAsked(const std::string& what, Turn& turn);
    void endedOfItself(const std::string& what, const ExitStatus& status, Turn& turn);
    void retry(const std::string& cause, Announce::Severity severity, Turn& turn);
    void giveUp(const std::string& reason, Turn& turn);

    void enter(ChildState state, std::optional<TimePoint> deadline = std::nullopt);
    void noteFrom(ChildState before, Turn& turn) const;
    void comeBack();
    void wantAgain();
    void wantSuccessor();
    Ending recycling(TimePoint now);
    EndCause causeOf(const ExitStatus& status) const;
    std::string endingText(const Exited& exited, TimePoint now) const;
    void announce(Announce::Severity severity, const std::string& what, Turn& turn) const;

    Place _place;
    const GroupPolicy* _policy;
    ChildState _state = ChildState::Stopped;
    bool _wanted = true;
    std::optional<TimePoint> _deadline;
    std::string _reason;

    GenerationId _aim{};
    bool _failedToStart = false;  // since it was aimed, or was last ready
    std::string _failure;         // the last one since it was aimed

    // The present process, or the last.
    StartNumber _start{};
    StartNumber _successor{};  // the number it was given; {}: none
    bool _successorOrdered = false;
    GenerationId _generation{};
    pid_t _pid = 0;
    TimePoint _spawnedAt;
    std::optional<TimePoint> _readySince;
    Ending _ending = Ending::OfItself;
    bool _recycled = false;  // where it is Replaced: as it was asked for by the child
    unsigned _killsSent = 0;

    std::uint32_t _restarts = 0;
    bool _ran = false;  // a process existed that _restarts does not count yet
    RestartPolicy _record;
};

}  // namespace clustermanager::core
