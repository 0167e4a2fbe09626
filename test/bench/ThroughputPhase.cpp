#include <stdexcept>

#include "Bed.h"
#include "LoadGenerator.h"
#include "Phases.h"

namespace clustermanager::bench {

namespace {

constexpr Millis kPatience{20'000};
constexpr unsigned kChildren = 2;
constexpr unsigned kThreadsEach = 4;
constexpr unsigned kThreads = kChildren * kThreadsEach;

integration::Launch alone(const Bed& bed, std::uint16_t port)
{
    integration::Launch launch = bed.launch(BENCH_POCO_ALONE);
    launch.arguments = {std::to_string(port), std::to_string(kThreads)};
    return launch;
}

Figure compare(bool keepAlive, std::uint16_t ours, std::uint16_t bare, const Extent& extent)
{
    Samples oursPerSecond;
    Samples barePerSecond;
    unsigned long failed = 0;
    const int rounds = extent.pick(8, 2);
    for (int i = 0; i < rounds; ++i)
    {
        // As many connections as threads: each keeps one for as long as it lives.
        LoadGenerator::Load load{ours, kThreads, keepAlive, Millis(extent.pick(1000, 100))};
        const LoadGenerator::Result result = LoadGenerator::run(load);
        oursPerSecond.add(result.perSecond);
        failed += result.failed;
        load.port = bare;
        barePerSecond.add(LoadGenerator::run(load).perSecond);
    }
    Figure figure = timesFigure("throughput", keepAlive ? "hello, keep-alive" : "hello, a connection each",
                                oursPerSecond, barePerSecond);
    figure.unit = "requests/s";
    figure.bareName = "Poco alone";
    figure.atLeast = 0.97;
    figure.note = std::to_string(kChildren) + " children with " + std::to_string(kThreadsEach) +
                  " threads each, beside Poco's HTTPServer in one process with " + std::to_string(kThreads) +
                  "; failed requests: " + std::to_string(failed);
    return figure;
}

}  // namespace

Figures measureThroughput(const Extent& extent)
{
    const Bed bed;
    const std::uint16_t ours = freePort();
    const std::uint16_t bare = freePort();
    const Host host(bed, "host", BENCH_HELLO_PLUGIN,
                    {{"count", std::to_string(kChildren)},
                     {"threads", std::to_string(kThreadsEach)},
                     {"listen.http", "127.0.0.1:" + std::to_string(ours)}});
    const integration::HostProcess poco(alone(bed, bare));
    host.waitReady(kChildren, kPatience);
    if (!waitAnswering(ours, kPatience) || !waitAnswering(bare, kPatience))
        throw std::runtime_error("a server does not answer:\n" + bed.output());
    return {compare(true, ours, bare, extent), compare(false, ours, bare, extent)};
}

}  // namespace clustermanager::bench
