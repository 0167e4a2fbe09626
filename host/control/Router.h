#pragma once

#include <string>
#include <string_view>

#include "control/Audit.h"
#include "control/Peer.h"
#include "control/Reply.h"
#include "control/RequestGuard.h"
#include "control/StatusTexts.h"
#include "control/StreamSeats.h"
#include "control/WaitingRoom.h"
#include "core/Metrics.h"
#include "core/Ports.h"

namespace clustermanager::control {

class Streams;

/// What comes with a request beside its method and its target.
struct RequestContext
{
    // Of the transport by which it came.
    WaitingRoom& waitingRoom;
    StreamSeats& seats;

    Caller caller = {};
    std::string lastEventId = {};  // the field of its head; "": it has none
};

/// Answers requests: finds the route in one fixed table, checks what the request carries, and hands it to
/// the route's function, which reads a picture of the host or posts a command. Knows nothing of sockets and
/// of HTTP beyond method, target and status, and takes no path, name of a library, command line or
/// environment from a request.
///
/// Any thread, several at once, as far as the ports allow it. They must outlive the router.
class Router
{
public:
    /// `audit` is told of every request that asks for a change, and may be empty. `history`: null where it is
    /// off.
    Router(core::SnapshotSource& snapshots, core::CommandInbox& inbox, core::OccurrenceSource& occurrences,
           Streams& streams, Audit audit = {}, core::HistorySource* history = nullptr,
           core::Metrics* metrics = nullptr)
        : _snapshots(snapshots), _inbox(inbox), _occurrences(occurrences), _streams(streams),
          _audit(std::move(audit)), _history(history), _metrics(metrics)
    {}

    Reply answer(std::string_view method, std::string_view target, const RequestContext& context);

    /// What the request needs, if it were let through.
    static Need need(std::string_view target);

private:
    Reply find(std::string_view method, std::string_view target, const RequestContext& context,
               std::string_view& pattern);

    core::SnapshotSource& _snapshots;
    core::CommandInbox& _inbox;
    core::OccurrenceSource& _occurrences;
    Streams& _streams;
    Audit _audit;
    StatusTexts _statusTexts;
    core::HistorySource* _history;
    core::Metrics* _metrics;  // may be none
};

}  // namespace clustermanager::control
