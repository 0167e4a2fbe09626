#include "cmctl/Change.h"
#include "cmctl/commands/Commands.h"

namespace clustermanager::cmctl {

int commands::reload(Session& session)
{
    const std::string name = session.asked().argument(0);
    return change(session, name.empty() ? "/reload" : "/groups/" + encoded(name) + "/reload");
}

}  // namespace clustermanager::cmctl
