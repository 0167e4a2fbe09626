#include "core/Snapshot.h"

namespace clustermanager::core {

const char* name(MasterState state)
{
    switch (state)
    {
    case MasterState::None: return "none";
    case MasterState::Waiting: return "waiting";
    case MasterState::Running: return "running";
    case MasterState::Stopping: return "stopping";
    case MasterState::Ended: return "ended";
    case MasterState::Threw: break;
    }
    return "threw";
}

}  // namespace clustermanager::core
