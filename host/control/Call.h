#pragma once

#include <optional>
#include <string>

#include "base/Types.h"
#include "control/Peer.h"
#include "control/Reply.h"
#include "control/RouteTarget.h"
#include "control/Router.h"
#include "control/WaitingRoom.h"
#include "core/Metrics.h"
#include "core/Ports.h"

namespace clustermanager::control {

class StatusTexts;
class Streams;

/// One request on its way through its route. The router has checked it: the route takes this method, and
/// these parameters and no other. Lives as long as the request is answered, on one thread.
struct Call
{
    core::SnapshotSource& snapshots;
    core::CommandInbox& inbox;
    core::OccurrenceSource& occurrences;
    Streams& streams;
    StatusTexts& statusTexts;
    core::Metrics* metrics;  // none in a host that counts nothing
    WaitingRoom& waitingRoom;
    const RequestContext& context;
    const RouteTarget& target;
    core::HistorySource* history;  // null: it is off
    std::optional<Millis> wait;    // how long the client wants to wait for what really happens
};

/// What a route does. One each, in StatusRoutes.h, ChangeRoutes.h and StreamRoutes.h.
using Handler = Reply (*)(const Call&);

inline Reply json(std::string body, int status = 200)
{
    return {status, "application/json", std::move(body), {}};
}

}  // namespace clustermanager::control
