#include "config/ConfigLoader.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/LoaderVariables.h"
#include "config/ControlSection.h"
#include "config/GroupFinder.h"
#include "config/GroupSection.h"
#include "config/InForce.h"
#include "config/ListenSection.h"
#include "config/Names.h"
#include "config/NearestKey.h"
#include "config/OptionValue.h"
#include "config/Reading.h"
#include "config/Section.h"
#include "config/StartOrder.h"

namespace clustermanager::config {

namespace {

using Sections = std::map<std::string, Section>;

/// "application" and "system" are Poco's own layers of every program.
constexpr std::array<const char*, 6> kTopLevel{"cluster", "listen",      "plugin",
                                               "logging", "application", "system"};

void checkTopLevel(Reading& reading)
{
    const std::vector<std::string> known(kTopLevel.begin(), kTopLevel.begin() + 4);
    for (const std::string& name : reading.namesBelow(""))
    {
        bool ours = false;
        for (const char* section : kTopLevel) ours = ours || name == section;
        if (ours) continue;
        const bool isKey = reading.has(name) && findOption(name) != nullptr;
        reading.problem(name, isKey ? "belongs in a section: write [cluster] above it, or cluster." + name
                                    : "is no section of this program" + didYouMean(name, known));
    }
    for (const std::string& section : known)
        if (section != "logging" && reading.has(section))
            reading.problem(section, "is a section and has no value of its own");
}

void checkClusterKeys(Reading& reading)
{
    std::vector<std::string> known;
    for (const Option& option : optionTable())
        if (allowedInCluster(option)) known.emplace_back(option.name);
    for (const std::string& key : reading.keysBelow("cluster"))
    {
        const std::string name = key.substr(std::string("cluster.").size());
        const Option* option = findOption(name);
        if (option == nullptr)
            reading.problem(key, "there is no such key" + didYouMean(name, known));
        else if (!allowedInCluster(*option))
            reading.problem(key, "belongs in [plugin.NAME], since it concerns one group");
    }
}

Sections readPluginSections(Reading& reading, const Section& cluster)
{
    Sections sections;
    for (const std::string& name : reading.namesBelow("plugin"))
    {
        const std::string key = "plugin." + name;
        if (!isGroupName(name))
            reading.problem(key, std::string("a group's name has ") + kGroupName);
        else if (reading.has(key))
            reading.problem(key, "is a section and has no value of its own: write " + key + ".KEY = value");
        else
            checkSection(reading,
                         sections.try_emplace(name, reading, key, allowedInGroup, &cluster).first->second);
    }
    return sections;
}

/// The one key among Poco's that is ours.
constexpr const char* kLogFormat = "logging.format";

LogFormat readLogFormat(Reading& reading)
{
    const std::string text = reading.value(kLogFormat).value_or("text");
    if (text == "json") return LogFormat::Json;
    if (text != "text") reading.problem(kLogFormat, inQuotes(text) + " is not one of: text, json");
    return LogFormat::Text;
}

std::map<std::string, std::string> readLogging(Reading& reading)
{
    const std::vector<std::string> known{"format", "formatters", "channels", "loggers"};
    for (const std::string& name : reading.namesBelow("logging"))
        if (std::find(known.begin(), known.end(), name) == known.end())
            reading.problem("logging." + name, "there is no such key" + didYouMean(name, known));
    std::map<std::string, std::string> logging;
    for (const std::string& key : reading.keysBelow("logging"))
    {
        if (key == kLogFormat) continue;
        if (auto value = reading.valueForChild(key)) logging[key] = std::move(*value);
    }
    return logging;
}

void readLogs(Reading& reading, const Section& cluster, HostConfig& host)
{
    host.logLevel = cluster.as<core::LogLevel>("logLevel");
    host.defaultLog.folder = reading.resolvedPath(cluster.key("logFolder"), cluster.text("logFolder"));
    host.defaultLog.rotateBytes = cluster.as<std::uint64_t>("logRotateSize");
    host.defaultLog.rotateCount = cluster.as<unsigned>("logRotateCount");
    host.logFormat = readLogFormat(reading);
    host.logging = readLogging(reading);
    host.logsConfigured = !host.logging.empty();
}

void readPluginsFolder(Reading& reading, const Section& cluster, HostConfig& host)
{
    host.pluginsFolder = reading.resolvedPath(cluster.key("plugins"), cluster.text("plugins"));
    host.pluginsWatch = cluster.flag("pluginsWatch") && reading.surroundings().pluginArguments.empty();
}

void checkGroups(Reading& reading, const HostConfig& host)
{
    if (host.groups.empty() && reading.problems().empty() && !reading.surroundings().mayLackPlugins)
        reading.problem("", "there is no plugin: name its file on the command line, put it into the plugins "
                            "folder, or set plugin.NAME.path");
    std::int64_t children = 0;
    for (const Group& group : host.groups) children += group.policy.count;
    if (children > kMaxChildren)
        reading.problem("cluster.count", "all groups together have " + std::to_string(children) +
                                             " children, " + std::to_string(kMaxChildren) + " are allowed");
}

void warnOfLoaderVariables(Reading& reading, const HostConfig& host)
{
    const bool allPass = std::all_of(host.groups.begin(), host.groups.end(),
                                     [](const Group& group) { return group.loaderVariables; });
    std::string names;
    for (const auto& [name, value] : reading.surroundings().environment)
        if (isLoaderVariable(name)) names += (names.empty() ? "" : ", ") + name;
    if (!allPass && !names.empty())
        reading.warning(names + ": is not passed on to children; cluster.loaderVariables = true does so");
}

void readGroups(Reading& reading, const Section& cluster, const DefaultCount& defaultCount,
                Sections& sections, HostConfig& host)
{
    std::vector<std::optional<std::vector<std::string>>> listen;
    for (const FoundGroup& found : findGroups(reading, cluster, sections))
    {
        const Section& section =
            sections.try_emplace(found.name, reading, "plugin." + found.name, allowedInGroup, &cluster)
                .first->second;
        Group group = makeGroup(reading, found, section, cluster, defaultCount);
        group.settings = readSettings(reading, found.name);
        group.settings.insert(host.logging.begin(), host.logging.end());
        listen.push_back(section.has("listen") ? std::optional(splitList(section.text("listen")))
                                               : std::nullopt);
        host.groups.push_back(std::move(group));
    }
    checkGroups(reading, host);
    warnOfLoaderVariables(reading, host);
    checkStartOrder(reading, host);
    assignListeners(reading, host, listen);
    checkRoomForListeners(reading, host);
}

}  // namespace

std::string ConfigProblem::sentence() const
{
    std::string place;
    if (line != 0)
        place = file + ":" + std::to_string(line) + ": ";
    else if (!file.empty() && text.find(file) == std::string::npos)  // else the text names it
        place = file + ": ";
    return place + (key.empty() ? "" : key + ": ") + text;
}

std::variant<HostConfig, std::vector<ConfigProblem>>
loadConfig(const Poco::Util::AbstractConfiguration& source, const Surroundings& surroundings,
           const Origins& origins)
{
    Reading reading(source, surroundings, origins);
    checkTopLevel(reading);
    checkClusterKeys(reading);

    HostConfig host;
    const Section cluster(reading, "cluster", allowedInCluster);
    checkSection(reading, cluster);
    readControl(reading, cluster, host);
    readLogs(reading, cluster, host);
    readPluginsFolder(reading, cluster, host);
    host.listeners = readListeners(reading);
    checkAddresses(reading, host);

    const DefaultCount defaultCount = readDefaultCount(reading, cluster);
    host.countReason = defaultCount.reason;
    Sections sections = readPluginSections(reading, cluster);
    readGroups(reading, cluster, defaultCount, sections, host);
    for (Group& group : host.groups) group.values = groupInForce(group, sections.at(group.policy.name));
    host.inForce = inForce(reading, host, cluster, sections, defaultCount.count);
    host.warnings = reading.warnings();
    if (!reading.problems().empty()) return reading.problems();
    return host;
}

}  // namespace clustermanager::config
