#include "cmctl/Change.h"
#include "cmctl/commands/Commands.h"

namespace clustermanager::cmctl {

namespace {

/// The new program may take so long to say whether it can go on.
constexpr Millis kRehearsal = std::chrono::seconds(15);

}  // namespace

int commands::upgrade(Session& session)
{
    return change(session, "/upgrade", kRehearsal);
}

}  // namespace clustermanager::cmctl
