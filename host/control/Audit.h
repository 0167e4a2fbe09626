#pragma once

#include <functional>
#include <string>

#include "control/Peer.h"

namespace clustermanager::control {

/// That somebody asked for a change. Every text is printable ASCII and bounded, and none holds a token.
struct AuditEntry
{
    std::string who;    // "uid 1000 (anna)", "192.0.2.7 token ops", "127.0.0.1"
    std::string route;  // "POST /groups/hello/scale/4"
    int status = 0;     // of the answer

    /// "POST /groups/hello/scale/4 by uid 1000 (anna): 202"
    std::string text() const { return route + " by " + who + ": " + std::to_string(status); }
};

/// Called on the thread that has the answer, several at once; the answer leaves after it.
using Audit = std::function<void(const AuditEntry&)>;

/// The name of a uid is the one in /etc/passwd, since asking for names may block; without one there it has
/// none.
std::string whoIs(const Caller& caller);

/// The text with everything but printable ASCII written as \xNN, shortened to what a line of a log may hold.
std::string printable(std::string_view text);

}  // namespace clustermanager::control
