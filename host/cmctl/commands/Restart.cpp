#include "cmctl/Change.h"
#include "cmctl/commands/Commands.h"

namespace clustermanager::cmctl {

int commands::restart(Session& session)
{
    const std::string name = session.asked().argument(0);
    if (name == "all") return change(session, "/children/exit");
    return change(session, (isChildId(name) ? "/children/" : "/groups/") + encoded(name) + "/exit");
}

}  // namespace clustermanager::cmctl
