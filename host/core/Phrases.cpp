#include "core/Phrases.h"

namespace clustermanager::core {

std::string slotText(ChildId slot)
{
    return isRunMaster(slot) ? "run_master" : "child " + std::to_string(number(slot));
}

std::string durationText(Millis duration)
{
    using std::to_string;
    constexpr Millis kSecond{1'000};
    constexpr Millis kMinute{60'000};
    constexpr Millis kHour{3'600'000};
    if (duration < kSecond) return to_string(duration.count()) + " ms";
    if (duration < 2 * kMinute)
        return to_string(duration / kSecond) + "." + to_string(duration % kSecond / Millis{100}) + " s";
    if (duration < 2 * kHour) return to_string(duration / kMinute) + " min";
    return to_string(duration / kHour) + " h";
}

std::string limitText(Millis limit)
{
    return std::to_string(limit.count()) + " ms";
}

std::string endText(const ExitStatus& status)
{
    switch (status.kind)
    {
    case ExitStatus::Kind::Exited: return "ended with " + status.text();
    case ExitStatus::Kind::Signaled: return "ended by " + status.text();
    case ExitStatus::Kind::Unknown: break;
    }
    return "ended unseen";
}

std::string gaveUpText(const GroupPolicy& policy, const std::string& cause)
{
    return "gave up after " + std::to_string(policy.maxRestarts) + " restarts within " +
           durationText(policy.restartWindow) + ": " + cause;
}

std::string whenText(Millis delay)
{
    return delay <= Millis::zero() ? "at once" : "in " + durationText(delay);
}

}  // namespace clustermanager::core
