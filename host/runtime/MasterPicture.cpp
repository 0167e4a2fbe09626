#include <utility>

#include "runtime/Master.h"

/// How the master shows itself to other threads.
namespace clustermanager::runtime {

void Master::publish()
{
    std::vector<SnapshotBuilder::GroupFacts> facts;
    for (std::size_t i = 0; i < _supervisor.groupCount(); ++i)
    {
        const core::GroupView view = _supervisor.group(i);
        _metrics.know(view.id, view.policy->name);
        SnapshotBuilder::GroupFacts group;
        group.plugin = _groups.plugin(view.generation);
        if (view.nextGeneration != GenerationId{}) group.next = _groups.plugin(view.nextGeneration);
        if (Generation* generation = _groups.find(view.generation); generation != nullptr)
            group.spawnerPid = generation->spawnerPid();
        group.logFolder = _groups.logFolder(view.generation);
        if (const auto state = functions().state(view.id))
        {
            group.masterState = state->state;
            group.masterResult = state->result;
            group.masterReason = state->reason;
        }
        else if (_groups.runMasterOf(view.generation) == config::RunMaster::Inside)
            group.masterState = core::MasterState::Waiting;
        facts.push_back(std::move(group));
    }
    const TimePoint now = _loop.now();
    _listeners.measure(now);
    _builder.measured(_metrics.loopDelay(now), {{"commands", _commands.size(), CommandQueue::kCommandsMax},
                                                {"control", _metrics.requestsWaiting(), _setup.requestsMax}});
    _snapshots.publish(_builder.build(_supervisor, _children, _levels, facts, _listeners.snapshot(), now));
    _pace.published(_loop.now(), _supervisor.childCount());
    _groupFunctions.show(*_snapshots.latest());
    _journal.wakeReaders();
}

}  // namespace clustermanager::runtime
