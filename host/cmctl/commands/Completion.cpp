#include "cmctl/Completion.h"

#include "cmctl/Session.h"
#include "cmctl/commands/Commands.h"

namespace clustermanager::cmctl {

int commands::completion(Session& session)
{
    session.output().line(session.asked().argument(0) == "bash" ? bashCompletion() : zshCompletion());
    return 0;
}

}  // namespace clustermanager::cmctl
