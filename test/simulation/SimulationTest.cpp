/// Goal: the supervisor keeps its invariants in every order of events, faults and commands, and recovers.
/// Method: many seeded schedules, each played against the real core::Supervisor by a World that checks every
/// rule after every step. A failing schedule is shrunk before it is printed, with the seed that repeats it:
/// CM_SIM_SEED=<seed> CM_SIM_SCHEDULES=1.

#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>

#include "simulation/Schedule.h"
#include "simulation/World.h"

namespace clustermanager::simulation {

namespace {

std::uint64_t numberFromEnvironment(const char* name, std::uint64_t fallback)
{
    const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing else runs
    return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

/// The rule that this schedule breaks, or nothing.
std::optional<std::string> broken(const Schedule& schedule)
{
    try
    {
        World(schedule, false).run();
    }
    catch (const Violation& violation)
    {
        return violation.what();
    }
    return std::nullopt;
}

/// The same schedule without the steps [from, from + count).
Schedule without(const Schedule& schedule, std::size_t from, std::size_t count)
{
    Schedule shorter = schedule;
    const auto first = shorter.steps.begin() + static_cast<std::ptrdiff_t>(from);
    shorter.steps.erase(first, first + static_cast<std::ptrdiff_t>(count));
    return shorter;
}

/// Leaves out steps, halves first and single ones last, as long as the same rule stays broken.
Schedule shrink(Schedule schedule, const std::string& rule)
{
    for (std::size_t count = schedule.steps.size(); count > 0;)
    {
        bool shrunk = false;
        for (std::size_t from = 0; from + count <= schedule.steps.size();)
        {
            Schedule shorter = without(schedule, from, count);
            if (broken(shorter) == rule)
            {
                schedule = std::move(shorter);
                shrunk = true;
            }
            else
                from += count;
        }
        if (!shrunk || count > 1) count /= 2;
    }
    return schedule;
}

std::string report(const Schedule& schedule, const std::string& rule)
{
    const Schedule shortest = shrink(schedule, rule);
    World world(shortest, true);
    try
    {
        world.run();
    }
    catch (const Violation&)
    {
        // It is the violation that is being reported.
    }
    return "seed " + std::to_string(schedule.seed) + " breaks: " + rule + "\nshortest schedule found (" +
           std::to_string(shortest.steps.size()) + " of " + std::to_string(schedule.steps.size()) +
           " steps):\n" + describe(shortest.groups) + describe(shortest.additions) + world.trace();
}

}  // namespace

class SimulationTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SimulationTest);
    CPPUNIT_TEST(oneSeedIsOneHistory);
    CPPUNIT_TEST(simulation);
    CPPUNIT_TEST_SUITE_END();

    void oneSeedIsOneHistory()
    {
        const Schedule schedule = scheduleOf(42);
        World first(schedule, true);
        World second(schedule, true);
        first.run();
        second.run();
        CPPUNIT_ASSERT_EQUAL(first.trace(), second.trace());
        CPPUNIT_ASSERT(!first.trace().empty());
    }

    void simulation()
    {
        const std::uint64_t base = numberFromEnvironment("CM_SIM_SEED", 1);
        const std::uint64_t schedules = numberFromEnvironment("CM_SIM_SCHEDULES", 100'000);
        for (std::uint64_t seed = base; seed < base + schedules; ++seed)
        {
            const Schedule schedule = scheduleOf(seed);
            const std::optional<std::string> rule = broken(schedule);
            if (!rule.has_value()) continue;
            std::cerr << report(schedule, *rule) << std::endl;
            CPPUNIT_FAIL("seed " + std::to_string(seed) + " breaks: " + *rule);
        }
        std::cout << "simulated: " << schedules << " schedules from seed " << base << std::endl;
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SimulationTest);

}  // namespace clustermanager::simulation
