#include "control/RefusedAttempts.h"

namespace clustermanager::control {

namespace {

constexpr Millis kInterval{60000};

}  // namespace

void RefusedAttempts::note(TimePoint now, const std::string& route, const std::string& from, int status)
{
    if (!_warn) return;
    if (_said && now - *_said < kInterval)
    {
        ++_unsaid;
        return;
    }
    const std::string others = _unsaid == 0 ? ""
                                            : "; " + std::to_string(_unsaid) +
                                                  " more attempts were refused since the last such line";
    _warn("control port: refused: " + route + " by " + from + ": " + std::to_string(status) + others);
    _said = now;
    _unsaid = 0;
}

}  // namespace clustermanager::control
