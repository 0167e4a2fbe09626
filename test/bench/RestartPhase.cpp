#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>
#include <vector>

#include "Bed.h"
#include "Phases.h"
#include "Proc.h"

namespace clustermanager::bench {

namespace {

constexpr Millis kPatience{20'000};

/// One side of the race: the process whose child is killed again and again.
struct Runner
{
    pid_t root;
    pid_t child = 0;
    Samples millis;
};

void killOnce(Runner& runner, const Stamps& stamps)
{
    const std::int64_t killed = stamp_now();
    (void)::kill(runner.child, SIGKILL);
    const stamp successor = stamps.nextChild(kPatience);
    runner.millis.add(millisBetween(killed, successor.ns));
    runner.child = successor.pid;
}

Host::Keys keys(const char* spares)
{
    return {{"count", "1"}, {"spares", spares}};
}

Figure figure(const std::string& name, const Runner& ours, const Runner& bare, double limit)
{
    Figure result = timesFigure("restart", name, ours.millis, bare.millis);
    result.atMost = limit;
    return result;
}

}  // namespace

Figures measureRestart(const Extent& extent)
{
    const Bed bed;
    const Stamps& stamps = bed.stamps;
    // Started one after the other, so that each first child is known.
    const Host withSpare(bed, "spare", BENCH_STAMP_PLUGIN, keys("1"));
    Runner spare{withSpare.master(), stamps.nextChild(kPatience).pid, {}};
    const Host without(bed, "none", BENCH_STAMP_PLUGIN, keys("0"));
    Runner none{without.master(), stamps.nextChild(kPatience).pid, {}};
    const BareLoop loop(bed, 1);
    Runner bare{loop.parent(), stamps.nextChild(kPatience).pid, {}};
    const BareLoop ladenLoop(bed, 1, BareLoop::Children::Laden);
    Runner laden{ladenLoop.parent(), stamps.nextChild(kPatience).pid, {}};

    const int rounds = extent.pick(200, 5);
    try
    {
        // Each follows on each other as often, and all rest: what one leaves to be done is nobody else's
        // burden.
        std::array<Runner*, 4> runners{&spare, &bare, &none, &laden};
        const std::vector<pid_t> roots{spare.root, bare.root, none.root, laden.root};
        for (int i = 0; i < rounds; ++i)
        {
            for (Runner* runner : runners)
            {
                waitUntilQuiet(roots);
                killOnce(*runner, stamps);
            }
            std::next_permutation(runners.begin(), runners.end());
        }
    }
    catch (const std::runtime_error& problem)
    {
        throw std::runtime_error(problem.what() + (":\n" + bed.output()));
    }
    return {figure("with a spare", spare, bare, 0.9),
            ladenFigure("restart", "with a spare", spare.millis, laden.millis),
            figure("without a spare", none, bare, 1.5),
            ladenFigure("restart", "without a spare", none.millis, laden.millis)};
}

}  // namespace clustermanager::bench
