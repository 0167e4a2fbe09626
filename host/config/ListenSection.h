#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/HostConfig.h"
#include "config/Reading.h"

namespace clustermanager::config {

/// All of [listen], sorted by name.
std::vector<Listener> readListeners(Reading& reading);

/// Gives each group its listeners. `written` holds the names of a group's own `listen` key, or nothing.
/// Listeners that nobody uses become warnings.
void assignListeners(Reading& reading, HostConfig& host,
                     const std::vector<std::optional<std::vector<std::string>>>& written);

/// Notes each group whose maxOpenFiles leaves its children no room beside their listeners.
void checkRoomForListeners(Reading& reading, const HostConfig& host);

/// Notes every two of the listeners, the control port and the control socket that have the same address.
void checkAddresses(Reading& reading, const HostConfig& host);

}  // namespace clustermanager::config
