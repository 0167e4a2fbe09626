/// Measures the host on this machine: what it adds to a bare loop of fork and waitpid in C, which runs in
/// turns with it, so that the ratio of the two says more than either.
///
///     bench [--quick] [--only PHASE]
///
/// Prints one table and writes bench.json into the working folder. The exit code says whether everything
/// could be measured, and nothing about the figures. --quick takes a few samples of each: a test of the bench
/// itself.
#include <sys/prctl.h>

#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>

#include "Phases.h"
#include "Report.h"

namespace {

using namespace clustermanager::bench;

struct Phase
{
    const char* name;
    Figures (*measure)(const Extent& extent);
};

constexpr Phase kPhases[] = {
    {"restart", measureRestart},       {"start", measureStart},
    {"memory", measureMemory},         {"idle", measureIdle},
    {"throughput", measureThroughput}, {"slow", measureSlowRequest},
    {"reload", measureReload},         {"idle-reload", measureIdleReload},
    {"control", measureControl},
};

[[noreturn]] void explain()
{
    std::cerr << "usage: bench [--quick] [--only PHASE]\nphases:";
    for (const Phase& phase : kPhases) std::cerr << ' ' << phase.name;
    std::cerr << std::endl;
    std::exit(EXIT_FAILURE);  // NOLINT(concurrency-mt-unsafe): there is one thread
}

bool isPhase(const std::string& name)
{
    for (const Phase& phase : kPhases)
        if (name == phase.name) return true;
    return false;
}

bool measure(const Phase& phase, const Extent& extent, Figures& figures)
{
    std::cerr << "measuring " << phase.name << std::endl;
    try
    {
        for (Figure& figure : phase.measure(extent)) figures.push_back(std::move(figure));
        return true;
    }
    catch (const std::exception& problem)
    {
        std::cerr << "bench: " << phase.name << ": " << problem.what() << std::endl;
        return false;
    }
}

}  // namespace

int main(int count, char** arguments)
{
    Extent extent;
    std::string only;
    for (int i = 1; i < count; ++i)
    {
        const std::string argument = arguments[i];
        if (argument == "--quick")
            extent.quick = true;
        else if (argument == "--only" && i + 1 < count && isPhase(arguments[i + 1]))
            only = arguments[++i];
        else
            explain();
    }
    (void)::prctl(PR_SET_CHILD_SUBREAPER, 1);

    const Machine machine = thisMachine();
    Figures figures;
    unsigned measured = 0;
    unsigned failed = 0;
    for (const Phase& phase : kPhases)
        if (only.empty() || only == phase.name) ++(measure(phase, extent, figures) ? measured : failed);

    printTable(std::cout, figures);
    std::ofstream file("bench.json");
    writeJson(file, machine, figures);
    std::cout << "count: " << measured << " passed, " << failed << " failed" << std::endl;
    return failed == 0 && file.flush() ? EXIT_SUCCESS : EXIT_FAILURE;
}
