#pragma once

#include <string>

#include "cmctl/Invocation.h"
#include "cmctl/Json.h"
#include "cmctl/Output.h"

namespace clustermanager::cmctl {

/// One event of the host as a line for people: when, of what kind, and what happened.
std::string eventText(const Output& output, const JsonObject& event);

/// "?group=...&child=...&kind=..." of what the command line narrows to, with `more` ("follow=0") before it.
std::string eventQuery(const Invocation& asked, const std::string& more);

}  // namespace clustermanager::cmctl
