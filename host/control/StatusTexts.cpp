#include "control/StatusTexts.h"

namespace clustermanager::control {

std::shared_ptr<const std::string> StatusTexts::end(const std::shared_ptr<const core::Snapshot>& snapshot,
                                                    TimePoint now)
{
    const std::lock_guard<std::mutex> lock(_mutex);
    if (_of != snapshot || now - _madeAt >= kMoment)
    {
        _end = std::make_shared<const std::string>(statusEnd(*snapshot, now, _children));
        _of = snapshot;
        _madeAt = now;
    }
    return _end;
}

}  // namespace clustermanager::control
