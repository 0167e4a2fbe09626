#pragma once

#include <string_view>

#include "control/Reply.h"
#include "control/WaitingRoom.h"
#include "core/Ports.h"

namespace clustermanager::control {

/// Answers requests: finds the route in one fixed table, checks what the request carries, and hands it to
/// the route's function, which reads a picture of the host or posts a command. Knows nothing of sockets and
/// of HTTP beyond method, target and status, and takes no path, name of a library, command line or
/// environment from a request.
///
/// Any thread, several at once, as far as the two ports allow it. They must outlive the router.
class Router
{
public:
    /// `history`: null where it is off.
    Router(core::SnapshotSource& snapshots, core::CommandInbox& inbox, core::HistorySource* history = nullptr)
        : _snapshots(snapshots), _inbox(inbox), _history(history)
    {}

    /// The room is that of the transport by which the request came.
    Reply answer(std::string_view method, std::string_view target, WaitingRoom& waitingRoom);

    /// Whether the request, if it were let through, could change something.
    static bool changes(std::string_view target);

private:
    core::SnapshotSource& _snapshots;
    core::CommandInbox& _inbox;
    core::HistorySource* _history;
};

}  // namespace clustermanager::control
