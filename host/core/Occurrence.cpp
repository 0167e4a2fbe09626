#include "core/Occurrence.h"

#include <array>

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

const char* kind(const Occurrence& occurrence)
{
    static constexpr std::array<const char*, std::variant_size_v<decltype(Occurrence::what)>> kKinds{
        "child", "exit", "group", "operation", "config", "command", "host", "notice"};
    return kKinds.at(occurrence.what.index());
}

}  // namespace clustermanager::core
