#include "Bed.h"
#include "Phases.h"

namespace clustermanager::bench {

namespace {

constexpr Millis kPatience{60'000};
constexpr double kLimit = 1.5;

struct Times
{
    Samples fromBegin;  // plugin loaded (bare: main), first fork still to come
    Samples fromExec;
};

template <class Side>
void note(const Side& side, const Stamps& stamps, unsigned count, Times& times)
{
    const Stamps::Start start = stamps.start(count, kPatience);
    times.fromBegin.add(millisBetween(start.begin, start.last));
    times.fromExec.add(millisBetween(side.startedNs(), start.last));
}

void measure(unsigned count, int rounds, Figures& figures)
{
    Times ours;
    Times bare;
    Times laden;
    for (int i = 0; i < rounds; ++i)
    {
        const Bed bed;
        {
            const BareLoop loop(bed, count);
            note(loop, bed.stamps, count, bare);
        }
        {
            const BareLoop loop(bed, count, BareLoop::Children::Laden);
            note(loop, bed.stamps, count, laden);
        }
        const Host host(bed, "host", BENCH_STAMP_PLUGIN,
                        {{"count", std::to_string(count)}, Host::usualUptime()});
        note(host, bed.stamps, count, ours);
    }
    const std::string children = std::to_string(count) + " children";
    Figure figure = timesFigure("start", children + ", plugin loaded", ours.fromBegin, bare.fromBegin);
    figure.atMost = kLimit;
    figure.note =
        "from the plugin's constructor in the spawner; the bare loop has nothing to load, and begins "
        "where it forks";
    figures.push_back(figure);
    figures.push_back(ladenFigure("start", children + ", plugin loaded", ours.fromBegin, laden.fromBegin));
    figure = timesFigure("start", children + ", from exec", ours.fromExec, bare.fromExec);
    figure.note = "with the start of master and spawner, the vetting and loading of the plugin";
    figures.push_back(figure);
}

}  // namespace

Figures measureStart(const Extent& extent)
{
    Figures figures;
    measure(extent.pick(100U, 10U), extent.pick(9, 2), figures);
    measure(extent.pick(1000U, 30U), extent.pick(3, 1), figures);
    return figures;
}

}  // namespace clustermanager::bench
