#include "config/InForce.h"

#include "config/GroupSection.h"

namespace clustermanager::config {

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

bool concernsRestart(const Option& option)
{
    return option.name == "restart" || option.name == "autoRestart";
}

/// The two keys say one thing, and the one that was not written must not seem to say another.
std::string restartText(const Option& option, core::RestartMode mode)
{
    if (option.name == "autoRestart") return mode == core::RestartMode::Never ? "false" : "true";
    return std::string(choicesOf(option)[static_cast<std::size_t>(mode)]);
}

/// "" where it is not set: a number without a default is no 0.
std::string plainText(const Option& option, const Section& section)
{
    if (option.fallback.empty() && !section.given(option.name)) return "";
    return writeOption(option, section.value(option.name));
}

std::string clusterText(Reading& reading, const Option& option, const Section& cluster,
                        const HostConfig& host, unsigned defaultCount)
{
    if (option.name == "count") return std::to_string(defaultCount);
    if (option.name == "webServerPort")
        return host.webServerPort < 0 ? "" : std::to_string(host.webServerPort);
    if (option.name == "webServerToken") return host.webServerToken.empty() ? "" : "***";
    if (concernsRestart(option)) return restartText(option, restartOf(cluster, cluster));
    const OptionValue& value = cluster.value(option.name);
    if (option.name == "runMaster" && writeOption(option, value) == "true") return "inside";
    if (option.type == OptionType::Path && !value.text.empty())
        return reading.resolvedPath(cluster.key(option.name), value.text);
    return plainText(option, cluster);
}

std::string joined(const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

/// What was left out has the value that the host gave it, and "true" says "inside".
std::string groupText(const Option& option, const Group& group, const Section& section)
{
    if (option.name == "count") return std::to_string(group.policy.count);
    if (option.name == "path") return group.pluginPath;
    if (option.name == "listen") return joined(group.listeners);
    if (option.name == "after") return joined(group.policy.after);
    if (option.name == "runMaster")
        return std::string(choicesOf(option)[static_cast<std::size_t>(group.runMaster)]);
    if (concernsRestart(option)) return restartText(option, group.policy.restart);
    return plainText(option, section);
}

void addGroup(Pairs& pairs, const Group& group, const Section& section)
{
    if (!group.pluginPath.empty()) pairs.emplace_back(section.key("path"), group.pluginPath);
    pairs.emplace_back(section.key("listen"), joined(group.listeners));
    const bool restartWritten = section.has("restart") || section.has("autoRestart");
    for (const Option& option : optionTable())
    {
        if (option.scope == OptionScope::Cluster || option.type == OptionType::Path) continue;
        if (option.name == "listen" || option.name == "enabled") continue;
        const bool written = concernsRestart(option) ? restartWritten : section.has(option.name);
        if (written) pairs.emplace_back(section.key(option.name), groupText(option, group, section));
    }
}

}  // namespace

std::map<std::string, std::string> groupInForce(const Group& group, const Section& section)
{
    std::map<std::string, std::string> values;
    for (const Option& option : optionTable())
        if (allowedInGroup(option)) values.emplace(option.name, groupText(option, group, section));
    return values;
}

std::vector<std::pair<std::string, std::string>> inForce(Reading& reading, const HostConfig& host,
                                                         const Section& cluster,
                                                         const std::map<std::string, Section>& sections,
                                                         unsigned defaultCount)
{
    Pairs pairs;
    for (const Option& option : optionTable())
        if (allowedInCluster(option))
            pairs.emplace_back(cluster.key(option.name),
                               clusterText(reading, option, cluster, host, defaultCount));
    pairs.emplace_back("logging.format", host.logFormat == LogFormat::Json ? "json" : "text");
    for (const Listener& listener : host.listeners)
        pairs.emplace_back("listen." + listener.name, listener.address);
    for (const Group& group : host.groups) addGroup(pairs, group, sections.at(group.policy.name));
    return pairs;
}

}  // namespace clustermanager::config
