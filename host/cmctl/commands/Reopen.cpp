#include "cmctl/Session.h"
#include "cmctl/commands/Commands.h"

namespace clustermanager::cmctl {

int commands::reopen(Session& session)
{
    const JsonObject answer = session.client().post("/logs/reopen");
    session.output().line("log files opened again by " + std::to_string(answer.numberOr("reopened", 0)) +
                          " processes");
    return 0;
}

}  // namespace clustermanager::cmctl
