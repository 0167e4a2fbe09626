#include <poll.h>

#include "Bed.h"
#include "Phases.h"
#include "Proc.h"
#include "integration/Processes.h"

namespace clustermanager::bench {

namespace {

constexpr Millis kPatience{60'000};
constexpr double kMiB = 1024;

struct Footprint
{
    Samples children;  // PSS of each, KiB
    Memory master;
    Memory spawner;
};

/// The example plugin `worker`, whose children have nothing to do for an hour.
Footprint footprintOf(unsigned count)
{
    const Bed bed;
    const Host host(bed, "host", BENCH_WORKER_PLUGIN, {{"count", std::to_string(count)}, {"interval", "1h"}});
    host.waitReady(count, kPatience);
    // Not an event: what has become ready shall also have come to rest.
    (void)::poll(nullptr, 0, 1000);

    Footprint result;
    const pid_t spawner = host.spawner();
    for (const pid_t child : integration::childrenOf(spawner)) result.children.add(memoryOf(child).pssKiB);
    result.master = memoryOf(host.master());
    result.spawner = memoryOf(spawner);
    return result;
}

Samples bareChildren(unsigned count)
{
    const Bed bed;
    const BareLoop loop(bed, count);
    (void)bed.stamps.start(count, kPatience);
    Samples pss;
    for (const pid_t child : integration::childrenOf(loop.parent())) pss.add(memoryOf(child).pssKiB);
    return pss;
}

Figure limited(const std::string& name, const std::string& unit, double ours, double limit)
{
    Figure figure;
    figure.phase = "memory";
    figure.name = name;
    figure.unit = unit;
    figure.ours = ours;
    figure.judged = Figure::Judged::Ours;
    figure.atMost = limit;
    return figure;
}

}  // namespace

Figures measureMemory(const Extent& extent)
{
    const unsigned count = extent.pick(100U, 10U);
    const Footprint once = footprintOf(count);
    const Footprint twice = footprintOf(2 * count);
    const Samples bare = bareChildren(count);

    const std::string children = std::to_string(count) + " workers";
    Figure each = limited("a child of " + children + ", PSS", "KiB", once.children.median(), 150);
    each.bare = bare.median();
    each.samples = {{"ours", once.children}, {"bare", bare}};

    const double all = once.children.sum() + once.master.pssKiB + once.spawner.pssKiB;
    Figure total = limited(children + " and all, PSS", "MiB", all / kMiB, 18);
    total.note = "master " + std::to_string(static_cast<int>(once.master.pssKiB)) + " KiB, spawner " +
                 std::to_string(static_cast<int>(once.spawner.pssKiB)) + " KiB, children and spare " +
                 std::to_string(static_cast<int>(once.children.sum())) + " KiB";

    const double growth = (twice.master.privateDirtyKiB - once.master.privateDirtyKiB) / count;
    Figure further = limited("master, each further child", "KiB", growth, 8);
    further.note = "private dirty memory of the master with twice as many children, less that with these";
    return {each, total, further};
}

}  // namespace clustermanager::bench
