#include <poll.h>

#include <csignal>
#include <random>

#include "Contender.h"
#include "Phases.h"
#include "load/Load.h"

namespace clustermanager::bench {

namespace {

using load::Clock;
using load::Load;
using load::Tally;

constexpr unsigned kClients = 16;
constexpr double kSteadyPerSecond = 500;
constexpr Millis kKillEvery{200};

/// What is done to a server while it is asked.
enum class Trouble
{
    None,
    Reload,  // one
    Kills    // a worker every 200 ms
};

/// What became of all runs of one kind.
struct Outcome
{
    Tally tally;
    Samples p99Ms;  // of each run: the median says more than a p99 of all, which one bad moment makes
    unsigned kills = 0;

    double lostPerKill() const { return kills == 0 ? 0 : static_cast<double>(tally.lost()) / kills; }
};

/// One server and what became of it.
struct Entry
{
    const Contender& contender;
    Outcome quiet;           // steady, undisturbed
    Outcome reloadedSteady;  // 500 requests a second
    Outcome reloadedFull;    // as fast as they are answered
    Outcome killedSteady;
    Outcome killedFull;
};

void waitUntil(Clock::time_point moment)
{
    const auto left = std::chrono::ceil<Millis>(moment - Clock::now()).count();
    if (left > 0) (void)::poll(nullptr, 0, static_cast<int>(left));
}

unsigned killAgainAndAgain(const Contender& contender, Clock::time_point begin, Millis time)
{
    static std::minstd_rand random{1};
    unsigned kills = 0;
    for (auto moment = begin + kKillEvery; moment < begin + time - kKillEvery; moment += kKillEvery)
    {
        waitUntil(moment);
        const std::vector<pid_t> workers = contender.workers();
        if (workers.empty()) continue;
        (void)::kill(workers[random() % workers.size()], SIGKILL);
        ++kills;
    }
    return kills;
}

void run(const Contender& contender, double perSecond, Trouble trouble, Millis time, Outcome& outcome)
{
    Load::Plan plan;
    plan.request.port = contender.port();
    plan.request.patience = Millis(5000);
    plan.closing = kClients;
    plan.keeping = 0;
    plan.perSecond = perSecond;
    Load load(plan);
    const Clock::time_point begin = Clock::now();
    if (trouble == Trouble::Reload)
    {
        waitUntil(begin + time / 3);
        contender.reload();
    }
    if (trouble == Trouble::Kills) outcome.kills += killAgainAndAgain(contender, begin, time);
    waitUntil(begin + time);
    const Tally& tally = load.stop();
    outcome.tally += tally;
    outcome.p99Ms.add(tally.latencies.quantileMs(0.99));
}

void measure(std::vector<Entry>& entries, const Extent& extent)
{
    const Millis steady(extent.pick(3000, 500));
    const Millis full(extent.pick(1500, 500));
    const int rounds = extent.pick(5, 1);
    for (int i = 0; i < rounds; ++i)
        for (Entry& entry : entries)
        {
            run(entry.contender, kSteadyPerSecond, Trouble::None, steady, entry.quiet);
            run(entry.contender, kSteadyPerSecond, Trouble::Reload, steady, entry.reloadedSteady);
            run(entry.contender, 0, Trouble::Reload, full, entry.reloadedFull);
            run(entry.contender, kSteadyPerSecond, Trouble::Kills, steady, entry.killedSteady);
            run(entry.contender, 0, Trouble::Kills, full, entry.killedFull);
        }
}

/// The same figure of every other server, for the note.
template <class Value>
std::string others(const std::vector<Entry>& entries, Value value)
{
    std::string text;
    for (std::size_t i = 1; i < entries.size(); ++i)
        text +=
            (text.empty() ? "" : "; ") + std::string(entries[i].contender.name()) + ' ' + value(entries[i]);
    return text;
}

std::string millis(double value)
{
    return std::to_string(value).substr(0, 5) + " ms";
}

/// Failures while reloads or kills went on, ours judged.
Figure lossFigure(const std::string& name, const std::vector<Entry>& entries, Outcome Entry::*outcome,
                  bool perKill)
{
    const auto tell = [&](const Entry& entry) {
        const Outcome& what = entry.*outcome;
        return std::to_string(what.tally.lost()) + " of " +
               std::to_string(what.tally.answered + what.tally.lost()) +
               (perKill ? " in " + std::to_string(what.kills) + " kills" : "") + " (refused " +
               std::to_string(what.tally.of(load::Loss::Refused)) + ")";
    };
    const auto value = [&](const Entry& entry) {
        const Outcome& what = entry.*outcome;
        return perKill ? what.lostPerKill() : static_cast<double>(what.tally.lost());
    };
    Figure figure;
    figure.phase = "reload";
    figure.name = name;
    figure.unit = perKill ? "lost per kill" : "lost";
    figure.ours = value(entries[0]);
    figure.bare = value(entries[1]);
    figure.judged = Figure::Judged::Ours;
    figure.atMost = perKill ? 1 : 0;
    figure.note = "ours " + tell(entries[0]) + "; " + others(entries, tell);
    return figure;
}

Figure p99Figure(const std::string& name, const std::vector<Entry>& entries, Outcome Entry::*outcome)
{
    const auto p99 = [&](const Entry& entry) { return (entry.*outcome).p99Ms.median(); };
    Figure figure;
    figure.phase = "reload";
    figure.name = name;
    figure.unit = "ms";
    figure.ours = p99(entries[0]);
    figure.bare = p99(entries[1]);
    figure.samples = {{"ours", (entries[0].*outcome).p99Ms}, {"bare", (entries[1].*outcome).p99Ms}};
    figure.note = "median p99 of 500 requests a second; " +
                  others(entries, [&](const Entry& entry) { return millis(p99(entry)); }) +
                  "; the slowest of ours " + millis((entries[0].*outcome).tally.latencies.maxMs()) +
                  "; ours lost " + std::to_string((entries[0].*outcome).tally.lost());
    return figure;
}

}  // namespace

Figures measureReload(const Extent& extent)
{
    const Bed bed;
    const auto contenders = startContenders(bed);
    std::vector<Entry> entries;
    entries.reserve(contenders.size());
    for (const auto& contender : contenders) entries.push_back({*contender, {}, {}, {}, {}, {}});
    measure(entries, extent);

    Figure reloaded = p99Figure("latency in reloads", entries, &Entry::reloadedSteady);
    // What the bare loop's 0.29 ms and the 0.35 ms that are allowed beside it make.
    reloaded.atMost = 1.2;
    Figure against = p99Figure("latency in reloads, against before", entries, &Entry::reloadedSteady);
    against.bareName = "ours, undisturbed";
    against.bare = entries[0].quiet.p99Ms.median();
    against.atMost = 2;
    Figure killed = p99Figure("latency in kills", entries, &Entry::killedSteady);
    killed.atMost = 1.1;
    return {p99Figure("latency undisturbed", entries, &Entry::quiet),
            lossFigure("requests lost in reloads", entries, &Entry::reloadedFull, false),
            reloaded,
            against,
            lossFigure("requests lost by kills", entries, &Entry::killedFull, true),
            killed};
}

}  // namespace clustermanager::bench
