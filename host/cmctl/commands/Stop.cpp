#include "cmctl/Change.h"
#include "cmctl/commands/Commands.h"

namespace clustermanager::cmctl {

int commands::stop(Session& session)
{
    return change(session, "/groups/" + encoded(session.asked().argument(0)) + "/stop");
}

}  // namespace clustermanager::cmctl
