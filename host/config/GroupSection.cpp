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

void checkCount(Reading& reading, const Section& section)
{
    if (!section.has("count") && !section.has("maxCount")) return;
    if (section.number("count") > section.number("maxCount"))
        reading.problem(section.key("count"), std::to_string(section.number("count")) + " is more than the " +
                                                  std::to_string(section.number("maxCount")) + " of " +
                                                  section.origin("maxCount"));
}

void checkSurge(Reading& reading, const Section& section)
{
    if (!section.has("maxSurge") && !section.has("maxUnavailable")) return;
    if (section.given("maxSurge") && section.number("maxSurge") == 0 && section.number("maxUnavailable") == 0)
        reading.problem(section.key("maxSurge"), "is 0, and so is " + section.origin("maxUnavailable") +
                                                     ": no child could ever be replaced; set one of them");
}

/// The choices are false, inside, isolated and true, which is inside.
RunMaster runMasterOf(const Section& section)
{
    const auto choice = section.number("runMaster");
    return choice > static_cast<std::int64_t>(RunMaster::Isolated) ? RunMaster::Inside
                                                                   : static_cast<RunMaster>(choice);
}

/// Nothing where the group's processes stay what the host is.
std::optional<Account> readAccount(Reading& reading, const Section& section)
{
    const std::string& wanted = section.text("user");
    if (wanted.empty()) return std::nullopt;
    const std::string key = section.origin("user");
    Result<std::optional<Account>> found = findAccount(wanted);
    if (!found)
        reading.problem(key, found.error().text());
    else if (!found.value())
        reading.problem(key, inQuotes(wanted) + " is no account of this machine");
    else if (found.value()->user == reading.surroundings().user)
        return std::nullopt;
    else if (reading.surroundings().user != 0)
        reading.problem(key, "only a host that root has started can have children of another user");
    else
        return std::move(found.value());
    return std::nullopt;
}

/// A master that stays root runs none of a plugin's code.
void keepRunMasterOut(Reading& reading, const Section& section, Group& group)
{
    if (!group.account || group.runMaster != RunMaster::Inside) return;
    if (section.given("runMaster"))
        reading.problem(section.origin("runMaster"),
                        "run_master inside the host would run as root, and not as " + section.origin("user") +
                            " says; use 'isolated'");
    group.runMaster = RunMaster::Isolated;
}

/// Where nobody wrote a count, one that is too many for the group is nobody's mistake.
unsigned countOf(const Section& section, const Section& cluster, const DefaultCount& defaultCount)
{
    if (section.has("count")) return section.as<unsigned>("count");
    if (cluster.has("count")) return defaultCount.count;
    return std::min(defaultCount.count, section.as<unsigned>("maxCount"));
}

void setReplacement(Group& group, const Section& section)
{
    constexpr std::uint64_t kKiB = 1'024;
    group.policy.drainDelay = millis(section, "drainDelayMs");
    group.policy.watchdog = millis(section, "watchdogMs");
    group.policy.maxCount = section.as<unsigned>("maxCount");
    if (section.given("maxSurge")) group.policy.maxSurge = section.as<unsigned>("maxSurge");
    group.policy.maxUnavailable = section.as<unsigned>("maxUnavailable");
    group.policy.minReady = section.as<unsigned>("minReady");
    group.maxLifetime = millis(section, "maxLifetimeMs");
    group.maxRequests = section.as<std::uint64_t>("maxRequests");
    group.maxMemoryKiB = section.as<std::uint64_t>("maxMemory") / kKiB;
}

void setLimits(Reading& reading, const Section& section, Group& group)
{
    group.limits.coreBytes = section.flag("coreDumps") ? reading.surroundings().coreLimit : kNoCoreFile;
    group.limits.openFiles = section.as<std::uint64_t>("maxOpenFiles");
    group.limits.addressBytes = section.as<std::uint64_t>("maxAddressSpace");
    const std::uint64_t most = reading.surroundings().openFilesLimit;
    if (group.limits.openFiles > most)
        reading.problem(section.origin("maxOpenFiles"),
                        "is more than this host may have itself, " + std::to_string(most) +
                            ": lower it, or raise the hard limit that the host is started with (ulimit -Hn, "
                            "LimitNOFILE)");
}

void setPrivileges(Reading& reading, const Section& section, Group& group)
{
    setLimits(reading, section, group);
    group.loaderVariables = section.flag("loaderVariables");
    group.account = readAccount(reading, section);
    keepRunMasterOut(reading, section, group);
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
    checkCount(reading, section);
    checkSurge(reading, section);
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

Group makeGroup(Reading& reading, const FoundGroup& found, const Section& section, const Section& cluster,
                const DefaultCount& defaultCount)
{
    Group group;
    core::GroupPolicy& policy = group.policy;
    policy.name = found.name;
    policy.count = countOf(section, cluster, defaultCount);
    policy.restart = restartOf(section, cluster);
    policy.backoffMin = millis(section, "backoffMinMs");
    policy.backoffMax = millis(section, "backoffMaxMs");
    policy.minUptime = millis(section, "minUptimeMs");
    policy.maxRestarts = section.as<unsigned>("maxRestarts");
    policy.restartWindow = millis(section, "restartWindowMs");
    policy.onGiveUp = section.as<core::GiveUpMode>("onGiveUp");
    policy.startTimeout = millis(section, "startTimeoutMs");
    policy.shutdownTimeout = millis(section, "shutdownTimeoutMs");
    policy.after = splitList(section.text("after"));

    group.pluginPath = found.path;
    group.preload = section.flag("preload");
    group.spares = section.as<unsigned>("spares");
    group.updateStatus = millis(section, "updateStatusMs");
    group.output = section.as<OutputMode>("output");
    group.runMaster = runMasterOf(section);
    group.crashReports = section.flag("crashReports");
    group.crashReportsKept = section.as<unsigned>("crashReportsKept");
    setPrivileges(reading, section, group);
    setReplacement(group, section);
    return group;
}

}  // namespace clustermanager::config
