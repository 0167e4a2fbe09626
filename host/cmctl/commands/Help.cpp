#include "cmctl/Help.h"

#include "base/PrintableText.h"
#include "cmctl/Failure.h"
#include "cmctl/Session.h"
#include "cmctl/commands/Commands.h"

namespace clustermanager::cmctl {

int commands::help(Session& session)
{
    const std::string name = session.asked().argument(0);
    const CommandRow* command = name.empty() ? nullptr : findCommand(name);
    if (!name.empty() && command == nullptr)
        throw usage("there is no command '" + printable(name) + "' (see cmctl help)");
    session.output().line(command == nullptr ? generalHelp() : commandHelp(*command));
    return 0;
}

}  // namespace clustermanager::cmctl
