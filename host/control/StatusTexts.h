#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "control/StatusJson.h"

namespace clustermanager::control {

/// What a status says of the children, for many who ask at once: those who come within a moment share one
/// text, as long as there is no other picture.
///
/// Thread-safe: one text is made at a time, while the others wait for it.
class StatusTexts
{
public:
    static constexpr Millis kMoment{10};

    /// As statusEnd() has it.
    std::shared_ptr<const std::string> end(const std::shared_ptr<const core::Snapshot>& snapshot,
                                           TimePoint now);

private:
    std::mutex _mutex;
    ChildTexts _children;
    std::shared_ptr<const core::Snapshot> _of;
    TimePoint _madeAt;
    std::shared_ptr<const std::string> _end;
};

}  // namespace clustermanager::control
