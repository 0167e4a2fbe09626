#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/Types.h"

namespace clustermanager::cmctl {

struct LogLine
{
    int child = 0;
    std::string text;
    std::string time;  // as written, so that texts compare as times do; "": it has none
};

/// The time at the beginning of a line of a log, as text or as JSON; "" where there is none.
std::string timeOf(std::string_view line);

/// Puts the lines of several logs into one order, by the time they carry. A line without a time belongs to
/// the one before it in its log. Lines wait for others for kWindow, so that what is a moment late finds its
/// place.
class LogMerge
{
public:
    static constexpr Millis kWindow{200};
    static constexpr std::size_t kMostWaiting = 20'000;

    void add(int child, std::string text, TimePoint now);

    /// Those that have waited long enough by `now`, in order.
    std::vector<LogLine> take(TimePoint now);
    /// All of them.
    std::vector<LogLine> takeAll();

private:
    struct Waiting
    {
        LogLine line;
        TimePoint since;
    };

    std::vector<LogLine> takeFirst(std::size_t count);

    std::vector<Waiting> _waiting;
    std::map<int, std::string> _lastTime;  // of each log
};

}  // namespace clustermanager::cmctl
