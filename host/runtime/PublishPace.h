#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/Types.h"

namespace clustermanager::runtime {

/// When the next picture for readers is due. It is made when nothing else is to be done, so that it delays no
/// restart; what children report by themselves may wait a moment, as a thousand of them would have a picture
/// made for each report. And the more children it shows the longer a picture takes, so the longer is the rest
/// after it.
class PublishPace
{
public:
    /// How long a picture may lag behind while the loop is busy.
    static constexpr Millis kWhileBusy{10};
    static constexpr Millis kForReports{200};
    /// A picture takes about a microsecond for each child: a twentieth of this rest.
    static constexpr std::size_t kChildrenPerMilli = 50;
    /// And a thousandth of this one, where only reports are to be shown.
    static constexpr Millis kReportsPerChild{1};

    void reported(TimePoint now)
    {
        if (!_since) _since = now;
    }
    void changed(TimePoint now)
    {
        reported(now);
        _urgent = true;
    }
    void published(TimePoint now, std::size_t children)
    {
        _since.reset();
        _urgent = false;
        _restUntil = now + Millis(children / kChildrenPerMilli);
        _forReports = std::max(kForReports, kReportsPerChild * static_cast<Millis::rep>(children));
    }

    /// `idle`: the loop has found nothing to do.
    bool due(TimePoint now, bool idle) const
    {
        if (!_since || now < _restUntil) return false;
        return (_urgent && idle) || now - *_since >= (_urgent ? kWhileBusy : _forReports);
    }

    /// Until when the loop may sleep; the past where it should only look whether there is something to do.
    std::optional<TimePoint> deadline() const
    {
        if (!_since) return std::nullopt;
        return std::max(_restUntil, _urgent ? *_since : *_since + _forReports);
    }

private:
    std::optional<TimePoint> _since;  // the oldest change that no picture shows
    TimePoint _restUntil{};
    Millis _forReports = kForReports;
    bool _urgent = false;  // more has changed than reports of children
};

}  // namespace clustermanager::runtime
