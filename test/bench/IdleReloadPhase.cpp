#include <stdexcept>

#include "Bed.h"
#include "Phases.h"
#include "UnixRequest.h"

namespace clustermanager::bench {

namespace {

constexpr Millis kPatience{60'000};

/// What replacing each of `count` idle children takes: from the first code of the first new process (the one
/// that stands in: loading the plugin is over then) to that of the last.
double reloadOnce(const Bed& bed, const std::string& socket, unsigned count)
{
    const std::string answer = unixRequest(socket, "/groups/bench_stamp/reload", "POST");
    if (answer.find(" 202 ") == std::string::npos) throw std::runtime_error("no reload: " + answer);
    const stamp first = bed.stamps.nextChild(kPatience);
    stamp last = first;
    for (unsigned i = 0; i < count; ++i) last = bed.stamps.nextChild(kPatience);
    return millisBetween(first.ns, last.ns) / count;
}

/// The same of a loop that only forks.
double forkOnce(const Bed& bed, unsigned count)
{
    const BareLoop loop(bed, count);
    const Stamps::Start start = bed.stamps.start(count, kPatience);
    return millisBetween(start.begin, start.last) / count;
}

Figure measure(unsigned count, int rounds)
{
    const Bed bed;
    const std::string socket = bed.folder.path() + "/host/run/clustermanager.sock";
    const Host host(bed, "host", BENCH_STAMP_PLUGIN, {{"count", std::to_string(count)}});
    for (unsigned i = 0; i < count; ++i) (void)bed.stamps.nextChild(kPatience);
    Samples ours;
    Samples bare;
    for (int i = 0; i < rounds; ++i)
    {
        // The stand-in of the reload before has to be gone, or the next one only joins it.
        host.waitReady(count, kPatience);
        ours.add(reloadOnce(bed, socket, count));
        bare.add(forkOnce(bed, count));
    }
    Figure figure = timesFigure("reload", std::to_string(count) + " idle children, each", ours, bare);
    figure.atMost = 3;
    figure.note =
        "as many at once as maxSurge has it by default, a tenth; the bare loop forks and ends nobody";
    return figure;
}

}  // namespace

Figures measureIdleReload(const Extent& extent)
{
    Figures figures{measure(4, extent.pick(40, 2)), measure(100, extent.pick(8, 1))};
    if (!extent.quick) figures.push_back(measure(1000, 3));
    return figures;
}

}  // namespace clustermanager::bench
