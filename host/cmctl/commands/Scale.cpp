#include "cmctl/Change.h"
#include "cmctl/commands/Commands.h"

namespace clustermanager::cmctl {

int commands::scale(Session& session)
{
    const Invocation& asked = session.asked();
    const std::int64_t count = Invocation::parseNumber("N", asked.argument(1), 0, UINT_MAX);
    return change(session, "/groups/" + encoded(asked.argument(0)) + "/scale/" + std::to_string(count));
}

}  // namespace clustermanager::cmctl
