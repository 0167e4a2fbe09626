#include <poll.h>

#include <algorithm>

#include "Bed.h"
#include "Phases.h"
#include "Proc.h"

namespace clustermanager::bench {

namespace {

constexpr Millis kPatience{60'000};

using Threads = std::map<pid_t, ThreadUse>;

struct Activity
{
    double cpuPercent = 0;
    double wakeUps = 0;
    std::string threads;  // each that woke, with the count
};

Activity between(const Threads& before, const Threads& after, Millis time)
{
    Activity result;
    for (const auto& [id, use] : after)
    {
        const auto found = before.find(id);
        const ThreadUse start = found == before.end() ? ThreadUse{} : found->second;
        result.cpuPercent +=
            static_cast<double>(use.cpuNs - start.cpuNs) / 1e4 / static_cast<double>(time.count());
        const std::uint64_t woke = use.wakeUps - start.wakeUps;
        result.wakeUps += static_cast<double>(woke);
        if (woke == 0) continue;
        result.threads += (result.threads.empty() ? "" : ", ") + use.name +
                          (id == after.begin()->first ? " (main)" : "") + " " + std::to_string(woke);
    }
    return result;
}

Figure figure(const std::string& name, const std::string& unit, double ours)
{
    Figure result;
    result.phase = "idle";
    result.name = name;
    result.unit = unit;
    result.ours = ours;
    result.judged = Figure::Judged::Ours;
    return result;
}

}  // namespace

Figures measureIdle(const Extent& extent)
{
    const unsigned count = extent.pick(1000U, 20U);
    const Millis every(extent.pick(10'000, 500));
    const Millis time(extent.pick(20'000, 1000));
    const Bed bed;
    const Host host(bed, "host", BENCH_STAMP_PLUGIN,
                    {{"count", std::to_string(count)}, {"updateStatusMs", std::to_string(every.count())}});
    host.waitReady(count, kPatience);
    const pid_t spawner = host.spawner();
    (void)::poll(nullptr, 0, static_cast<int>(every.count() / 5));

    const Threads masterBefore = threadsOf(host.master());
    const Threads spawnerBefore = threadsOf(spawner);
    (void)::poll(nullptr, 0, static_cast<int>(time.count()));
    const Activity master = between(masterBefore, threadsOf(host.master()), time);
    const Activity forker = between(spawnerBefore, threadsOf(spawner), time);

    const std::string children = std::to_string(count) + " children, ";
    const double reports = static_cast<double>(count) * static_cast<double>(time / every);
    Figure cpu = figure(children + "master's CPU", "%", master.cpuPercent);
    cpu.atMost = 1;
    cpu.note = "of one core, over " + std::to_string(time.count() / 1000) +
               " s, each child reporting every " + std::to_string(every.count()) + " ms";
    // A report wakes the thread that reads it, unless it is awake; nothing else shall wake anybody.
    Figure woken = figure(children + "master's wake-ups", "", master.wakeUps);
    woken.atMost = reports * 1.05 + 10;
    woken.note = "threads that woke: " + (master.threads.empty() ? "none" : master.threads) +
                 "; cause: " + std::to_string(static_cast<int>(reports)) + " reports of the children";
    Figure idle = figure(children + "spawner's wake-ups", "", forker.wakeUps);
    idle.atMost = 0;
    return {cpu, woken, idle};
}

}  // namespace clustermanager::bench
