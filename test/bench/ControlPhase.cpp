#include <poll.h>

#include <csignal>
#include <random>
#include <stdexcept>

#include "Bed.h"
#include "ControlLoad.h"
#include "Phases.h"
#include "Proc.h"
#include "Text.h"

namespace clustermanager::bench {

namespace {

constexpr Millis kPatience{60'000};

/// Between two kills: so many restarts are a busy day, and no storm.
constexpr int kPauseMillis = 20;

constexpr const char* kRoutes[] = {"/", "/metrics"};

/// A host whose children are killed one after the other.
class Victims
{
public:
    Victims(const Bed& bed, unsigned count) : _stamps(bed.stamps)
    {
        for (unsigned i = 0; i < count; ++i) _pids.push_back(_stamps.nextChild(kPatience).pid);
    }

    /// Adds the time from each kill to the first statement of the successor's run_child.
    void kill(int rounds, Samples& millis)
    {
        for (int i = 0; i < rounds; ++i)
        {
            (void)::poll(nullptr, 0, kPauseMillis);
            pid_t& victim = _pids[_random() % _pids.size()];
            const std::int64_t killed = stamp_now();
            (void)::kill(victim, SIGKILL);
            const stamp successor = _stamps.nextChild(kPatience);
            millis.add(millisBetween(killed, successor.ns));
            victim = successor.pid;
        }
    }

private:
    const Stamps& _stamps;
    std::vector<pid_t> _pids;
    std::minstd_rand _random{1};
};

struct Measured
{
    Samples quiet;   // restarts while nobody asks
    Samples loaded;  // ... under the load
    ControlLoad::Result load;
    double cpuMillis = 0;  // of the master, under the load
};

double cpuMillis(pid_t process)
{
    double sum = 0;
    for (const auto& [id, use] : threadsOf(process)) sum += static_cast<double>(use.cpuNs) / 1e6;
    return sum;
}

/// In turns, so that both see the same machine.
Measured measure(Victims& victims, const ControlLoad::Plan& plan, pid_t master, const Extent& extent)
{
    Measured all;
    for (int turn = extent.pick(16, 1); turn > 0; --turn)
    {
        victims.kill(extent.pick(25, 5), all.quiet);
        const double before = cpuMillis(master);
        ControlLoad load(plan);
        victims.kill(extent.pick(25, 5), all.loaded);
        const ControlLoad::Result result = load.end();
        all.cpuMillis += cpuMillis(master) - before;
        all.load.millis.add(result.millis);
        all.load.failed += result.failed;
        all.load.answerBytes = result.answerBytes;
        all.load.streamed += result.streamed;
    }
    if (all.load.failed > 0 || all.load.streamed == 0)
        throw std::runtime_error(std::string(plan.route) + ": " + std::to_string(all.load.failed) +
                                 " requests failed, and " + std::to_string(all.load.streamed) +
                                 " bytes of events came");
    return all;
}

Figure figure(const std::string& name, double millis, double limit)
{
    Figure result;
    result.phase = "control";
    result.name = name;
    result.unit = "ms";
    result.ours = millis;
    result.judged = Figure::Judged::Ours;
    result.atMost = limit;
    return result;
}

}  // namespace

Figures measureControl(const Extent& extent)
{
    const unsigned count = extent.pick(1000U, 20U);
    const Bed bed;
    const Host host(bed, "host", BENCH_STAMP_PLUGIN, {{"count", std::to_string(count)}});
    Victims victims(bed, count);
    host.waitReady(count, kPatience);
    Figures figures;
    for (const char* route : kRoutes)
    {
        const ControlLoad::Plan plan{host.controlSocket(), route};
        const Measured found = measure(victims, plan, host.master(), extent);
        const std::string asked = std::string("GET ") + route + ", " + std::to_string(count) + " children, ";
        Figure median = figure(asked + "median", found.load.millis.median(), 10);
        median.note =
            std::to_string(plan.clients) + " clients in a loop, " + std::to_string(plan.streams) +
            " streams of events, a restart every " + std::to_string(kPauseMillis) +
            " ms. The clients have only the CPU that nobody else wants, as if they were elsewhere; " +
            std::to_string(found.load.answerBytes / 1024) + " KiB an answer, " +
            std::to_string(found.load.millis.count()) + " answers, the master's CPU " +
            decimal(found.cpuMillis / static_cast<double>(found.load.millis.count())) + " ms for each";
        median.samples = {{"ours", found.load.millis}};
        figures.push_back(median);
        figures.push_back(figure(asked + "p99", found.load.millis.quantile(0.99), 50));
        Figure restart =
            timesFigure("control", std::string("restart while GET ") + route, found.loaded, found.quiet);
        restart.bareName = "nobody asks";
        restart.atMost = 1.1;
        figures.push_back(restart);
    }
    return figures;
}

}  // namespace clustermanager::bench
