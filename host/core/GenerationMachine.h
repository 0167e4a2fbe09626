#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/Types.h"
#include "core/GroupPolicy.h"
#include "core/RestartPolicy.h"
#include "core/Turn.h"
#include "core/Views.h"

namespace clustermanager::core {

/// The life of one generation: its plugin is loaded by a spawner, and a spawner that is lost is replaced.
/// Pure, as the supervisor is.
///
/// Invariants:
///  (1) a deadline is set exactly while the generation is Loading or Lost and not retired;
///  (2) CloseGeneration is ordered once, and nothing after it.
///
/// Threading: none; the Supervisor owns it.
class GenerationMachine
{
public:
    /// `policy` outlives this.
    GenerationMachine(GroupId group, GenerationId id, const GroupPolicy& policy, std::uint64_t seed);

    /// The first load. Once, before everything else.
    void open(Turn& turn);

    // --- what is told about the spawner ---
    void opened(bool isolatesRunMaster, Turn& turn);
    void loadFailed(const std::string& reason, Turn& turn);
    /// It died: replaced at once the first time, then by the restart policy, until that gives up.
    void spawnerLost(const std::string& reason, Turn& turn);
    /// It lives, but leaves something without an answer for too long: replaced at once. That is paced by the
    /// time-outs it has to miss, so it needs no policy.
    void spawnerSilent(Turn& turn);
    void passTime(Turn& turn);

    // --- what is wanted of it ---
    /// An operator wants its children back: one more try for a generation that has failed.
    void revive(Turn& turn);
    /// The host stops: no spawner is started for more children. What lives is waited for without a deadline.
    void retire();
    /// REQUIRES: no process of this generation is left.
    void close(Turn& turn);

    /// Moves the deadline: the master was absent for so long.
    void forgive(Millis absence);

    GenerationId id() const { return _id; }
    GenerationState state() const { return _state; }
    const std::string& reason() const { return _reason; }
    std::optional<TimePoint> deadline() const { return _deadline; }
    bool everOpened() const { return _everOpened; }
    /// It has a run_master, which is to have a process of its own. False until it was opened.
    bool isolatesRunMaster() const { return _isolatesRunMaster; }

    /// All but what it was made with.
    template <class IO>
    void fields(IO& io)
    {
        io(_state);
        io(_deadline);
        io(_openSince);
        io(_everOpened);
        io(_isolatesRunMaster);
        io(_retired);
        io(_reason);
        io(_record);
    }

private:
    void enter(GenerationState state, std::optional<TimePoint> deadline = std::nullopt);
    void replaceSpawner(Turn& turn);
    void awaitLoad(Turn& turn);
    void fail(const std::string& reason, Turn& turn);
    void announce(Announce::Severity severity, const std::string& what, Turn& turn) const;

    GroupId _group;
    GenerationId _id;
    const GroupPolicy* _policy;
    GenerationState _state = GenerationState::Loading;
    std::optional<TimePoint> _deadline;
    std::optional<TimePoint> _openSince;
    bool _everOpened = false;
    bool _isolatesRunMaster = false;
    bool _retired = false;
    std::string _reason;
    RestartPolicy _record;
};

}  // namespace clustermanager::core
