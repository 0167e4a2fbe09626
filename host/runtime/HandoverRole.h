#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/FileDescriptor.h"

namespace clustermanager::runtime {

/// Why a process image of the host was started with another one's state: told by a variable of the
/// environment, which is taken away at once.
struct HandoverRole
{
    enum class Kind : std::uint8_t
    {
        Rehearse,  // in a process of its own: to say whether it could go on with this state
        TakeOver,  // in the host's process: to go on
        GoBack     // in the host's process again: the other image could not
    };

    Kind kind = Kind::Rehearse;
    HandedFd state;  // the sealed state
    HandedFd other;  // Rehearse: where to say it; TakeOver: the program to go back to; GoBack: this program
    std::string reason;  // GoBack: why

    /// "CM_HANDOVER=..." for exec. The descriptors must be inheritable.
    std::string variable() const;

    /// Rehearse: says it, a bounded part of it. Begins with Rehearsal::kGood or kBad.
    void answer(const std::string& text) const;

    /// Nothing where this process was started in the usual way. Before there are threads.
    static std::optional<HandoverRole> take();
};

}  // namespace clustermanager::runtime
