#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace clustermanager::config {

/// What it takes to put a changed key in force.
enum class KeyEffect : std::uint8_t
{
    AtOnce,        // the master alone uses it
    NewProcesses,  // a child or its spawner reads it when it starts
    WhichGroups,   // it says which groups there are
    NewHost        // the host reads it when it starts
};

/// Of a key of the option table, by its name in the section. Nothing: it has none, which is our own mistake.
std::optional<KeyEffect> keyEffect(std::string_view name);

}  // namespace clustermanager::config
