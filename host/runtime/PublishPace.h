#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/Types.h"

namespace clustermanager::runtime {

/// When the next picture for readers is due. It is made when nothing has happened for a moment, so that it
/// delays no restart and no step of a reload; what children report by themselves may wait longer, as a
/// thousand of them would have a picture made for each report. And the more children it shows the longer a
/// picture takes, so the longer is the rest after it.
class PublishPace
{
public:
    /// In a reload one thing leads to the next within less.
    static constexpr Millis kQuiet{1};
    /// How long a picture may lag behind while the loop is busy.
    static constexpr Millis kWhileBusy{10};
    static constexpr Millis kForReports{200};
    /// A picture takes about a microsecond for each child: a twentieth of this rest.
    static constexpr std::size_t kChildrenPerMilli = 50;
    /// And a thousandth of this one, where only reports are to be shown.
    static constexpr Millis kReportsPerChild{1};

    void reported(TimePoint now)
    {
        if (!_reported) _reported = now;
    }
    void changed(TimePoint now)
    {
        if (!_changed) _changed = now;
        _lastChanged = now;
    }
    void published(TimePoint now, std::size_t children)
    {
        _reported.reset();
        _changed.reset();
        _restUntil = now + Millis(children / kChildrenPerMilli);
        _forReports = std::max(kForReports, kReportsPerChild * static_cast<Millis::rep>(children));
    }

    /// `idle`: the loop has found nothing to do.
    bool due(TimePoint now, bool idle) const
    {
        if (now < _restUntil) return false;
        if (!_changed) return _reported && now - *_reported >= _forReports;
        return now - *_changed >= kWhileBusy || (idle && now - _lastChanged >= kQuiet);
    }

    /// Until when the loop may sleep.
    std::optional<TimePoint> deadline() const
    {
        if (!_changed && !_reported) return std::nullopt;
        const TimePoint due =
            _changed ? std::min(*_changed + kWhileBusy, _lastChanged + kQuiet) : *_reported + _forReports;
        return std::max(_restUntil, due);
    }

private:
    // The oldest of which no picture shows:
    std::optional<TimePoint> _reported;  // what a child reports by itself
    std::optional<TimePoint> _changed;   // anything else
    TimePoint _lastChanged{};
    TimePoint _restUntil{};
    Millis _forReports = kForReports;
};

}  // namespace clustermanager::runtime
