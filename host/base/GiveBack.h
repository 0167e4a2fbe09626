#pragma once

#include <string>

namespace clustermanager {

/// Empties it and gives back its memory, which no assignment does: what is assigned may be copied into it.
inline void giveBack(std::string& text) noexcept
{
    std::string().swap(text);
}

}  // namespace clustermanager
