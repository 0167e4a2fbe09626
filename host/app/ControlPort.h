#pragma once

#include <functional>

#include "config/HostConfig.h"
#include "control/ControlServer.h"
#include "core/Ports.h"

/// The control port as the configuration wants it.
namespace clustermanager::app {

/// With the host's log for what it has to say. Each request for a change is a line there, and an occurrence.
control::ControlOptions controlOptions(const config::HostConfig& config, core::OccurrenceSink& occurrences);

/// Throws runtime::StartError with the sentence and the exit code.
void startControl(control::ControlServer& control);

/// ControlServer::prepare(), and what that throws as StartError. What is returned says in the log where the
/// port is then, if that has changed.
std::function<void()> prepareControl(control::ControlServer& control, const config::HostConfig& config);

}  // namespace clustermanager::app
