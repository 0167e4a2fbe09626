#pragma once

#include <optional>

#include "base/Types.h"

namespace clustermanager::runtime {

/// When the next picture for readers is due. It is made when nothing else is to be done, so that it delays no
/// restart; what children report by themselves may wait a moment, as a thousand of them would have a picture
/// made for each report.
class PublishPace
{
public:
    /// How long a picture may lag behind while the loop is busy.
    static constexpr Millis kWhileBusy{10};
    static constexpr Millis kForReports{200};

    void reported(TimePoint now)
    {
        if (!_since) _since = now;
    }
    void changed(TimePoint now)
    {
        reported(now);
        _urgent = true;
    }
    void published()
    {
        _since.reset();
        _urgent = false;
    }

    /// `idle`: the loop has found nothing to do.
    bool due(TimePoint now, bool idle) const
    {
        if (!_since) return false;
        return (_urgent && idle) || now - *_since >= (_urgent ? kWhileBusy : kForReports);
    }

    /// Until when the loop may sleep; the past where it should only look whether there is something to do.
    std::optional<TimePoint> deadline() const
    {
        if (!_since) return std::nullopt;
        return _urgent ? *_since : *_since + kForReports;
    }

private:
    std::optional<TimePoint> _since;  // the oldest change that no picture shows
    bool _urgent = false;             // more has changed than reports of children
};

}  // namespace clustermanager::runtime
