#include <algorithm>
#include <stdexcept>
#include <utility>

#include "Bed.h"
#include "Phases.h"
#include "Proc.h"
#include "UnixRequest.h"

namespace clustermanager::bench {

namespace {

constexpr Millis kPatience{60'000};
constexpr Millis kHistoryIsWritten{300};

/// As many as stand in at once, by default.
unsigned standIns(unsigned count)
{
    return std::max(2U, count / 10);
}

/// What replacing each of `count` idle children takes: from the first code of the first new process (the one
/// that stands in: loading the plugin is over then) to that of the last.
double reloadOnce(const Bed& bed, const std::string& socket, unsigned count)
{
    const std::string answer = unixRequest(socket, "/groups/bench_stamp/reload", "POST");
    if (answer.find(" 202 ") == std::string::npos) throw std::runtime_error("no reload: " + answer);
    const stamp first = bed.stamps.nextChild(kPatience);
    stamp last = first;
    for (unsigned i = 1; i < count + standIns(count); ++i) last = bed.stamps.nextChild(kPatience);
    return millisBetween(first.ns, last.ns) / count;
}

/// The same of loops that only end a child and fork the next, or only fork.
struct BareTimes
{
    Samples fork;
    Samples replace;
};

void bareOnce(const Bed& bed, unsigned count, BareLoop::Children children, BareTimes& times)
{
    BareLoop loop(bed, count, children, BareLoop::Then::ReplacesAll);
    const auto each = [&] {
        const Stamps::Start start = bed.stamps.start(count, kPatience);
        return millisBetween(start.begin, start.last) / count;
    };
    times.fork.add(each());
    loop.replaceAll();
    times.replace.add(each());
}

Figures measure(unsigned count, int rounds)
{
    const Bed bed;
    const std::string socket = bed.folder.path() + "/host/run/clustermanager.sock";
    const Host host(bed, "host", BENCH_STAMP_PLUGIN, {{"count", std::to_string(count)}, Host::usualUptime()});
    for (unsigned i = 0; i < count; ++i) (void)bed.stamps.nextChild(kPatience);
    Samples ours;
    BareTimes bare;
    BareTimes laden;
    for (int i = 0; i < rounds; ++i)
    {
        // The stand-in of the reload before has to be gone, or the next one only joins it.
        host.waitReady(count, kPatience);
        waitUntilQuiet({host.master()}, kHistoryIsWritten);
        ours.add(reloadOnce(bed, socket, count));
        waitUntilQuiet({host.master()}, kHistoryIsWritten);
        bareOnce(bed, count, BareLoop::Children::Bare, bare);
        bareOnce(bed, count, BareLoop::Children::Laden, laden);
    }
    const std::string name = std::to_string(count) + " idle children, each";
    Figure replacing = timesFigure("reload", name, ours, bare.replace);
    replacing.atMost = 3;
    replacing.note =
        "the bare loop does as for a restart: it kills a child, waits for it and forks the next, one after "
        "the other; ours has as many stand in as maxSurge has it by default, a tenth and at least 2";
    Figure forking = timesFigure("reload", name + ", forks alone", ours, bare.fork);
    forking.bareName = "forks only";
    forking.note = "the bare loop ends nobody";
    return {replacing, ladenFigure("reload", name, ours, laden.replace), forking};
}

}  // namespace

Figures measureIdleReload(const Extent& extent)
{
    Figures figures;
    const auto add = [&](unsigned count, int rounds) {
        for (Figure& figure : measure(count, rounds)) figures.push_back(std::move(figure));
    };
    add(4, extent.pick(20, 2));
    add(100, extent.pick(8, 1));
    if (!extent.quick) add(1000, 3);
    return figures;
}

}  // namespace clustermanager::bench
