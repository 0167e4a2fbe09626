#include "cmctl/Help.h"
#include "cmctl/Session.h"
#include "cmctl/commands/Commands.h"

namespace clustermanager::cmctl {

int commands::man(Session& session)
{
    session.output().line(manualPage());
    return 0;
}

}  // namespace clustermanager::cmctl
