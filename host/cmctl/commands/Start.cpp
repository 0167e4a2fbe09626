#include "cmctl/Change.h"
#include "cmctl/commands/Commands.h"

namespace clustermanager::cmctl {

int commands::start(Session& session)
{
    return change(session, "/groups/" + encoded(session.asked().argument(0)) + "/start");
}

}  // namespace clustermanager::cmctl
