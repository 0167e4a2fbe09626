#pragma once

#include "control/Call.h"

/// Is it alive, is it ready: what an orchestrator's probes ask.
namespace clustermanager::control {

/// Whether the master's loop answers: 200 "ok" or 503. Where not, only a restart of the host can help. Also
/// while the host stops: who is about to leave need not be killed.
Reply getHealth(const Call& call);

/// Whether work may be sent here: the host has started and does not stop, and every group that is to run has
/// at least minReady children that are ready. 200 "ok", or 503 "not ready" and the reasons, a line each.
Reply getReadiness(const Call& call);

}  // namespace clustermanager::control
