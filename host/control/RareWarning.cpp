#include "control/RareWarning.h"

namespace clustermanager::control {

namespace {

constexpr Millis kInterval{60000};

}  // namespace

void RareWarning::note(TimePoint now, const std::string& text)
{
    if (!_warn) return;
    std::string others;
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        if (_said && now - *_said < kInterval)
        {
            ++_unsaid;
            return;
        }
        if (_unsaid != 0)
            others = "; " + std::to_string(_unsaid) + " " + _others + " since the last such line";
        _said = now;
        _unsaid = 0;
    }
    _warn("control port: " + text + others);
}

}  // namespace clustermanager::control
