#include <stdexcept>

#include "Bed.h"
#include "HttpClient.h"
#include "Phases.h"

namespace clustermanager::bench {

namespace {

constexpr Millis kPatience{20'000};
constexpr double kWaitedMs = 250;  // a quarter of what the slow page takes: no delay of a scheduler

/// Asks one after the other until the slow one is answered.
void askBeside(Request& slow, std::uint16_t port, Samples& millis)
{
    while (!slow.answered(Millis::zero()))
    {
        const std::int64_t begin = stamp_now();
        Request fast(port, "/");
        if (!fast.answered(kPatience) || !fast.ok())
            throw std::runtime_error("a request beside a slow one failed");
        millis.add(millisBetween(begin, stamp_now()));
    }
}

}  // namespace

Figures measureSlowRequest(const Extent& extent)
{
    const Bed bed;
    const std::uint16_t port = freePort();
    const Host host(bed, "host", BENCH_SLOW_PLUGIN,
                    {{"count", "2"}, {"threads", "1"}, {"listen.http", "127.0.0.1:" + std::to_string(port)}});
    host.waitReady(2, kPatience);
    if (!waitAnswering(port, kPatience)) throw std::runtime_error("the server does not answer");

    Samples millis;
    const int rounds = extent.pick(8, 1);
    for (int i = 0; i < rounds; ++i)
    {
        Request slow(port, "/slow");
        (void)slow.answered(Millis(20));  // it is in its child now
        askBeside(slow, port, millis);
        if (!slow.ok()) throw std::runtime_error("the slow request failed");
    }

    Figure waited;
    waited.phase = "slow request";
    waited.name = "others that waited behind it";
    waited.judged = Figure::Judged::Ours;
    waited.atMost = 0;
    waited.ours = static_cast<double>(millis.countAbove(kWaitedMs));
    waited.samples = {{"millis", millis}};
    waited.note = "of " + std::to_string(millis.count()) +
                  ", while the other of two children was free; the slowest took " +
                  std::to_string(millis.quantile(1)) + " ms";
    return {waited};
}

}  // namespace clustermanager::bench
