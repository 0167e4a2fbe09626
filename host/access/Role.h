#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace clustermanager::access {

/// What a client of the control port may do. Each role may do what those before it may.
enum class Role : std::uint8_t
{
    Read,     // look at what changes nothing
    Operate,  // everything
    kLast = Operate
};

constexpr std::string_view name(Role role)
{
    return role == Role::Read ? "read" : "operate";
}

constexpr std::optional<Role> roleByName(std::string_view text)
{
    for (const Role role : {Role::Read, Role::Operate})
        if (text == name(role)) return role;
    return std::nullopt;
}

}  // namespace clustermanager::access
