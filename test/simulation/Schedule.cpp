#include "simulation/Schedule.h"

#include <array>
#include <cassert>

namespace clustermanager::simulation {

namespace {

/// splitmix64, so that a seed means the same on every machine.
class Random
{
public:
    explicit Random(std::uint64_t seed) : _state(seed * 0xD1342543DE82EF95U + 1) {}

    std::uint32_t below(std::uint32_t bound)
    {
        assert(bound != 0);
        std::uint64_t mixed = (_state += 0x9E3779B97F4A7C15U);
        mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
        return static_cast<std::uint32_t>((mixed ^ (mixed >> 31U)) % bound);
    }

private:
    std::uint64_t _state;
};

/// How often each kind happens, in the order of StepKind: mostly life as usual, and every fault often enough
/// to meet every other one.
constexpr std::array<std::uint32_t, kStepKinds> kWeights{
    /*Proceed*/ 320,  /*Tick*/ 48,     /*Oversleep*/ 12, /*Wait*/ 40,     /*LoadFails*/ 4,
    /*Dies*/ 16,      /*Hangs*/ 8,     /*Fork*/ 20,      /*Refuse*/ 16,   /*Ready*/ 24,
    /*Recycle*/ 16,   /*Exit*/ 64,     /*Unseen*/ 12,    /*CloseLink*/ 4, /*BeatMissed*/ 8,
    /*ExitChild*/ 12, /*ExitGroup*/ 3, /*ExitAll*/ 3,    /*Reload*/ 16,   /*Scale*/ 8,
    /*Start*/ 8,      /*StopGroup*/ 4, /*Add*/ 4,        /*Remove*/ 2,    /*Policy*/ 4,
    /*Upgrade*/ 12,
    /*Stop*/ 1,       /*StopFast*/ 1,  /*Stall*/ 4,      /*Stray*/ 16,    /*Spawned*/ 2,
    /*OfSpawner*/ 4,
};

constexpr std::uint32_t totalWeight()
{
    std::uint32_t sum = 0;
    for (const std::uint32_t weight : kWeights) sum += weight;
    return sum;
}

StepKind drawKind(Random& random)
{
    std::uint32_t ticket = random.below(totalWeight());
    std::uint32_t kind = 0;
    while (ticket >= kWeights[kind]) ticket -= kWeights[kind++];
    return static_cast<StepKind>(kind);
}

core::GroupPolicy drawGroup(std::string name, Random& random)
{
    core::GroupPolicy group;
    group.name = std::move(name);
    group.count = random.below(5);
    // Always is what most hosts use, and the mode in which most can happen.
    constexpr std::array<core::RestartMode, 4> kModes{core::RestartMode::Always, core::RestartMode::Always,
                                                      core::RestartMode::OnFailure, core::RestartMode::Never};
    group.restart = kModes[random.below(4)];
    group.backoffMin = Millis{1 + random.below(200)};
    group.backoffMax = group.backoffMin + Millis{random.below(2'000)};
    group.minUptime = Millis{random.below(1'500)};
    group.maxRestarts = random.below(6);
    group.restartWindow = Millis{1'000 + random.below(20'000)};
    group.onGiveUp = random.below(4) == 0 ? core::GiveUpMode::Exit : core::GiveUpMode::Keep;
    group.startTimeout = Millis{100 + random.below(3'000)};
    group.shutdownTimeout = Millis{1 + random.below(3'000)};
    group.maxSurge = random.below(3);
    group.maxUnavailable = random.below(2) + (group.surge() == 0 ? 1 : 0);
    return group;
}

/// Each waits for some of those before it, so that there are no circles.
void drawOrder(std::vector<core::GroupPolicy>& groups, Random& random)
{
    for (std::size_t later = 1; later < groups.size(); ++later)
        for (std::size_t first = 0; first < later; ++first)
            if (random.below(4) == 0) groups[later].after.push_back(groups[first].name);
}

const char* text(core::RestartMode mode)
{
    switch (mode)
    {
    case core::RestartMode::Always: return "always";
    case core::RestartMode::OnFailure: return "on-failure";
    case core::RestartMode::Never: break;
    }
    return "never";
}

}  // namespace

Schedule scheduleOf(std::uint64_t seed)
{
    Random random(seed);
    Schedule schedule;
    schedule.seed = seed;
    const std::uint32_t groups = 1 + random.below(3);
    for (std::uint32_t i = 0; i < groups; ++i)
        schedule.groups.push_back(drawGroup(std::string(1, static_cast<char>('a' + i)), random));
    drawOrder(schedule.groups, random);
    for (const char* name : {"x", "y"}) schedule.additions.push_back(drawGroup(name, random));
    if (random.below(2) == 0) schedule.additions.back().after = {"a"};
    // One that was there and was removed may come back.
    schedule.additions.insert(schedule.additions.end(), schedule.groups.begin(), schedule.groups.end());
    schedule.steps.resize(20 + random.below(230));
    for (Step& step : schedule.steps)
        step = {drawKind(random), random.below(1'000'000), random.below(1'000'000)};
    schedule.runMasters = (std::uint64_t{random.below(1U << 31U)} << 32U) | random.below(1U << 31U);
    return schedule;
}

std::string describe(const std::vector<core::GroupPolicy>& groups)
{
    std::string all;
    for (const core::GroupPolicy& group : groups)
    {
        const auto millis = [](Millis duration) { return std::to_string(duration.count()) + " ms"; };
        all += "  group " + group.name + ": count " + std::to_string(group.count) + ", restart " +
               text(group.restart) + ", backoff " + millis(group.backoffMin) + ".." +
               millis(group.backoffMax) + ", minUptime " + millis(group.minUptime) + ", at most " +
               std::to_string(group.maxRestarts) + " in " + millis(group.restartWindow) + ", start in " +
               millis(group.startTimeout) + ", stop in " + millis(group.shutdownTimeout) + ", surge " +
               std::to_string(group.surge()) + ", unavailable " + std::to_string(group.maxUnavailable) +
               (group.onGiveUp == core::GiveUpMode::Exit ? ", give up: exit" : "");
        for (const std::string& other : group.after) all += ", after " + other;
        all += '\n';
    }
    return all;
}

}  // namespace clustermanager::simulation
