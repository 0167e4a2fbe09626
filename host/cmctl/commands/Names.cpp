#include "cmctl/Failure.h"
#include "cmctl/HostStatus.h"
#include "cmctl/Session.h"
#include "cmctl/commands/Commands.h"

namespace clustermanager::cmctl {

/// For the completions of shells: a host that is not there has no names.
int commands::names(Session& session)
{
    const std::string what = session.asked().argument(0);
    try
    {
        const HostStatus status = statusOf(session.client().getJson("/"));
        if (what != "children")
            for (const GroupRow& group : status.groups) session.output().line(group.name);
        if (what != "groups")
            for (const ChildRow& child : status.children) session.output().line(std::to_string(child.id));
    }
    catch (const Failure& failure)
    {
        return static_cast<int>(failure.code());
    }
    return 0;
}

}  // namespace clustermanager::cmctl
