#pragma once

/// A place where a test lets something go wrong at a step that it could not hit from outside. It is nothing
/// but in the tests' own host (test/faulty), for which the files that have such places are compiled a second
/// time.
#ifdef CM_FAULT_POINTS

#include <string_view>

namespace clustermanager {

/// Who is at the step.
enum class FaultAt
{
    Master,
    Spawner,
    Child,
    Rehearsal,  // the new program, in a process of its own
    Image       // the new program, or the old one again, in the master's process
};

struct FaultPoint
{
    std::string_view name;
    FaultAt at;
};

/// All there are. Those of the master are in the order of a reload, and of an upgrade.
inline constexpr FaultPoint kFaultPoints[] = {
    {"reload.open", FaultAt::Master},            // a generation is ordered
    {"reload.copied", FaultAt::Master},          // its plugin's copy is whole
    {"reload.spawner", FaultAt::Master},         // its spawner runs
    {"reload.planned", FaultAt::Master},         // and was sent the plan
    {"reload.loaded", FaultAt::Master},          // and has loaded the plugin
    {"reload.order", FaultAt::Master},           // a child is ordered: nobody knows yet
    {"reload.ordered", FaultAt::Master},         // ... the spawner was told
    {"reload.spawned", FaultAt::Master},         // ... the spawner has answered
    {"reload.ready", FaultAt::Master},           // ... it says that it is ready
    {"reload.stopAsked", FaultAt::Master},       // a child was asked to stop
    {"reload.exited", FaultAt::Master},          // ... its end is reported
    {"reload.close", FaultAt::Master},           // the generation before is closed
    {"reload.reaped", FaultAt::Master},          // ... its spawner has ended
    {"spawner.begun", FaultAt::Spawner},         // has nothing yet
    {"spawner.opened", FaultAt::Spawner},        // has the plan
    {"spawner.loaded", FaultAt::Spawner},        // has loaded the plugin, and not said so
    {"spawner.told", FaultAt::Spawner},          // has said so
    {"spawner.spare", FaultAt::Spawner},         // has forked a spare
    {"spawner.order", FaultAt::Spawner},         // has an order
    {"spawner.born", FaultAt::Spawner},          // the child exists, and nobody was told
    {"spawner.answered", FaultAt::Spawner},      // the master was told
    {"spawner.dead", FaultAt::Spawner},          // a child is dead, and nobody was told
    {"spawner.reported", FaultAt::Spawner},      // the master was told, the zombie is there
    {"spawner.reaped", FaultAt::Spawner},        // and is not
    {"spawner.close", FaultAt::Spawner},         // no more children are wanted
    {"spawner.finished", FaultAt::Spawner},      // the last child is gone
    {"spawner.masterEnded", FaultAt::Spawner},   // the master is dead, the children are not asked to stop yet
    {"child.born", FaultAt::Child},              // forked
    {"child.ordered", FaultAt::Child},           // a spare has its order
    {"child.hello", FaultAt::Child},             // has said that it exists
    {"child.begins", FaultAt::Child},            // before the plugin's function
    {"child.returned", FaultAt::Child},          // after it
    {"child.leaves", FaultAt::Child},            // has nothing left to do
    {"upgrade.asked", FaultAt::Master},          //
    {"upgrade.rehearses", FaultAt::Master},      // the new program runs in a process of its own
    {"upgrade.answered", FaultAt::Master},       // it can take over
    {"upgrade.leaves", FaultAt::Master},         // nothing is waited for any more
    {"upgrade.paused", FaultAt::Master},         // no thread is left
    {"upgrade.sealed", FaultAt::Master},         // the state is written down
    {"upgrade.exec", FaultAt::Master},           // the next call is exec
    {"rehearsal.begun", FaultAt::Rehearsal},     //
    {"rehearsal.read", FaultAt::Rehearsal},      // has read the state
    {"rehearsal.answers", FaultAt::Rehearsal},   // is about to say that it can
    {"rehearsal.answered", FaultAt::Rehearsal},  // has said so
    {"image.begun", FaultAt::Image},             // has no way back yet
    {"image.wayBack", FaultAt::Image},           // has one
    {"image.read", FaultAt::Image},              // has read the state
    {"image.owned", FaultAt::Image},             // owns it: there is no way back
    {"image.resumed", FaultAt::Image},           // has a master again
    {"image.control", FaultAt::Image},           // answers on the control port
    {"image.serving", FaultAt::Image},           //
};

/// May end the process, throw Poco::SystemException, or return late.
void faultPoint(const char* name);

}  // namespace clustermanager

#define CM_FAULT_POINT(name) ::clustermanager::faultPoint(name)

#else

#define CM_FAULT_POINT(name) static_cast<void>(0)

#endif
