#include "runtime/RecycleWatch.h"

#include <algorithm>

namespace clustermanager::runtime {
namespace {

constexpr std::uint64_t kKiBInMiB = 1'024;
constexpr std::uint64_t kShares = 1'024;

/// Looks come in bundles, so that a thousand children wake the loop ten times a second and not two hundred.
constexpr int kBundlesInPeriod = 50;

/// Spreads successive numbers over 0 ... kShares-1 (the finalizer of splitmix64).
std::uint64_t spread(StartNumber start)
{
    std::uint64_t value = number(start) + 0x9e3779b97f4a7c15U;
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return (value ^ (value >> 31U)) % kShares;
}

TimePoint::duration shareOf(Millis whole, StartNumber start)
{
    return TimePoint::duration(whole) / kShares * static_cast<TimePoint::rep>(spread(start));
}

std::string ageText(Millis age)
{
    constexpr Millis kShort{10'000};
    const std::string value =
        age < kShort ? std::to_string(age.count()) + " ms" : std::to_string(age.count() / 1'000) + " s";
    return "it has lived for " + value;
}

/// In MiB where the limit is in MiB; rounded up, as "512 MiB, more than 512 MiB" would puzzle.
std::string memoryText(std::uint64_t used, std::uint64_t limit)
{
    const bool inMiB = limit % kKiBInMiB == 0;
    const std::uint64_t unit = inMiB ? kKiBInMiB : 1;
    const std::string name = inMiB ? " MiB" : " KiB";
    return "it uses " + std::to_string((used + unit - 1) / unit) + name + ", more than maxMemory " +
           std::to_string(limit / unit) + name;
}

}  // namespace

RecycleWatch::RecycleWatch(Millis period, ReadMemory readMemory)
    : _period(period), _readMemory(std::move(readMemory))
{}

TimePoint RecycleWatch::Watched::next() const
{
    return std::min(lifeEnds.value_or(TimePoint::max()), lookAt.value_or(TimePoint::max()));
}

void RecycleWatch::started(StartNumber start, pid_t pid, Limits limits, TimePoint now)
{
    ended(start);
    Watched watched;
    watched.pid = pid;
    watched.limits = limits;
    watched.born = now;
    if (limits.maxLifetime > Millis(0))
        watched.lifeEnds = now + limits.maxLifetime - shareOf(limits.maxLifetime / 10, start);
    if (limits.maxMemoryKiB > 0) watched.lookAt = onGrid(now + shareOf(_period, start));
    if (!watched.lifeEnds && !watched.lookAt) return;
    _order.emplace(watched.next(), start);
    _watched.emplace(start, watched);
}

void RecycleWatch::ended(StartNumber start)
{
    const auto found = _watched.find(start);
    if (found == _watched.end()) return;
    _order.erase({found->second.next(), start});
    _watched.erase(found);
}

void RecycleWatch::reported(StartNumber start, std::uint64_t residentKiB)
{
    const auto found = _watched.find(start);
    if (found != _watched.end()) found->second.reportedKiB = residentKiB;
}

std::optional<TimePoint> RecycleWatch::deadline() const
{
    if (_order.empty()) return std::nullopt;
    return _order.begin()->first;
}

std::vector<RecycleWatch::Due> RecycleWatch::passTime(TimePoint now)
{
    std::vector<Due> due;
    for (std::size_t looks = 0; looks < kLooksPerCall && !_order.empty() && _order.begin()->first <= now;
         ++looks)
    {
        const StartNumber start = _order.begin()->second;
        _order.erase(_order.begin());
        Watched& watched = _watched.at(start);
        if (std::string reason = whyDue(watched, now); !reason.empty())
        {
            due.push_back({start, std::move(reason)});
            _watched.erase(start);
        }
        else
            _order.emplace(watched.next(), start);
    }
    return due;
}

/// "" where it may live on; then its next look lies ahead.
std::string RecycleWatch::whyDue(Watched& watched, TimePoint now)
{
    if (watched.lifeEnds && *watched.lifeEnds <= now)
        return ageText(std::chrono::duration_cast<Millis>(now - watched.born));
    watched.lookAt = onGrid(now + _period);
    const std::uint64_t used = _readMemory(watched.pid).value_or(watched.reportedKiB);
    return used > watched.limits.maxMemoryKiB ? memoryText(used, watched.limits.maxMemoryKiB) : "";
}

/// The next moment of a bundle, never earlier than asked.
TimePoint RecycleWatch::onGrid(TimePoint time) const
{
    const TimePoint::duration bundle =
        std::max(TimePoint::duration(_period) / kBundlesInPeriod, TimePoint::duration(1));
    const TimePoint::rep bundles = (time.time_since_epoch() + bundle - TimePoint::duration(1)) / bundle;
    return TimePoint(bundle * bundles);
}

}  // namespace clustermanager::runtime
