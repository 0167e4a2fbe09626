#include "config/GroupSection.h"

#include <algorithm>

#include "config/NearestKey.h"

namespace clustermanager::config {

namespace {

std::vector<std::string> groupKeys()
{
    std::vector<std::string> names;
    for (const Option& option : optionTable())
        if (allowedInGroup(option)) names.emplace_back(option.name);
    return names;
}

Millis millis(const Section& section, std::string_view name)
{
    return Millis{section.number(name)};
}

/// Misspelled keys of ours would silently become the plugin's own.
void warnOfTypo(Reading& reading, const std::string& name, const std::string& setting)
{
    constexpr std::size_t kNear = 2;
    const std::string key = "plugin." + name + "." + setting;
    if (findOption(setting) != nullptr)
        reading.warning(key + ": is a key of [cluster] alone; here it is the plugin's own");
    else if (const auto nearest = nearestKey(setting, groupKeys(), kNear))
        reading.warning(key + ": is taken for the plugin's own key; did you mean '" + *nearest + "'?");
}

void checkRestart(Reading& reading, const Section& section)
{
    if (!section.has("restart") || !section.has("autoRestart")) return;
    const bool never = section.as<core::RestartMode>("restart") == core::RestartMode::Never;
    if (section.flag("autoRestart") == never)
        reading.problem(section.key("restart"),
                        "contradicts " + section.key("autoRestart") + ": keep one of them");
}

void checkBackoff(Reading& reading, const Section& section)
{
    if (!section.has("backoffMinMs") && !section.has("backoffMaxMs")) return;
    if (section.number("backoffMinMs") > section.number("backoffMaxMs"))
        reading.problem(section.key("backoffMinMs"), std::to_string(section.number("backoffMinMs")) +
                                                         " ms is more than the " +
                                                         std::to_string(section.number("backoffMaxMs")) +
                                                         " ms of " + section.origin("backoffMaxMs"));
}

}  // namespace

DefaultCount readDefaultCount(Reading& reading, const Section& cluster)
{
    if (cluster.has("count"))
    {
        const auto count = cluster.as<unsigned>("count");
        return {count, std::to_string(count) + ": cluster.count"};
    }
    const Surroundings& surroundings = reading.surroundings();
    unsigned most = 32;
    std::string reason = "32 by default";
    for (const char* variable : {"CM_MAX_CHILD_PROCESSES", "MAX_CHILD_PROCESSES"})
    {
        const auto written = reading.environment(variable);
        if (!written) continue;
        const auto parsed = parseOption(*findOption("count"), *written);
        if (const auto* why = std::get_if<std::string>(&parsed))
            reading.problem(variable, "the environment variable is wrong: " + *why);
        else
            most = static_cast<unsigned>(std::get<OptionValue>(parsed).number);
        reason = std::to_string(most) + " by " + variable;
        break;
    }
    const unsigned count = std::min(most, surroundings.usableCpus);
    return {count, std::to_string(count) + ": min(" + reason + ", " + surroundings.usableCpusReason + ")"};
}

void checkSection(Reading& reading, const Section& section)
{
    checkRestart(reading, section);
    checkBackoff(reading, section);
}

core::RestartMode restartOf(const Section& section, const Section& cluster)
{
    for (const Section* level : {&section, &cluster})
    {
        if (level->has("restart")) return level->as<core::RestartMode>("restart");
        if (level->has("autoRestart"))
            return level->flag("autoRestart") ? core::RestartMode::Always : core::RestartMode::Never;
    }
    return core::RestartMode::Always;
}

std::map<std::string, std::string> readSettings(Reading& reading, const std::string& name)
{
    const std::string prefix = "plugin." + name + ".";
    std::map<std::string, std::string> settings;
    for (const std::string& key : reading.keysBelow("plugin." + name))
    {
        const std::string setting = key.substr(prefix.size());
        const Option* option = findOption(setting);
        if (option != nullptr && allowedInGroup(*option)) continue;
        warnOfTypo(reading, name, setting);
        if (auto value = reading.valueForChild(key)) settings[setting] = std::move(*value);
    }
    return settings;
}

Group makeGroup(const FoundGroup& found, const Section& section, const Section& cluster,
                const DefaultCount& defaultCount)
{
    Group group;
    core::GroupPolicy& policy = group.policy;
    policy.name = found.name;
    policy.count = section.has("count") ? section.as<unsigned>("count") : defaultCount.count;
    policy.restart = restartOf(section, cluster);
    policy.backoffMin = millis(section, "backoffMinMs");
    policy.backoffMax = millis(section, "backoffMaxMs");
    policy.minUptime = millis(section, "minUptimeMs");
    policy.maxRestarts = section.as<unsigned>("maxRestarts");
    policy.restartWindow = millis(section, "restartWindowMs");
    policy.onGiveUp = section.as<core::GiveUpMode>("onGiveUp");
    policy.startTimeout = millis(section, "startTimeoutMs");
    policy.shutdownTimeout = millis(section, "shutdownTimeoutMs");

    group.pluginPath = found.path;
    group.preload = section.flag("preload");
    group.spares = section.as<unsigned>("spares");
    group.updateStatus = millis(section, "updateStatusMs");
    group.output = section.as<OutputMode>("output");
    group.runMaster = section.flag("runMaster");
    return group;
}

}  // namespace clustermanager::config
