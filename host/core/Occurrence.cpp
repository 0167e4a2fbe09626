#include "core/Occurrence.h"

namespace clustermanager::core {

const char* name(HostChanged::What what)
{
    switch (what)
    {
    case HostChanged::What::Started: return "started";
    case HostChanged::What::Upgraded: return "upgraded";
    case HostChanged::What::NotUpgraded: return "upgradeFailed";
    case HostChanged::What::Stopping: break;
    }
    return "stopping";
}

}  // namespace clustermanager::core
