#include "config/ListenSection.h"

#include <algorithm>
#include <set>
#include <utility>

#include "config/ListenAddress.h"
#include "config/Names.h"
#include "config/NearestKey.h"
#include "config/OptionValue.h"

namespace clustermanager::config {

namespace {

constexpr std::size_t kMaxListeners = 64;

std::vector<std::string> namesOf(const std::vector<Listener>& listeners)
{
    std::vector<std::string> names;
    names.reserve(listeners.size());
    for (const Listener& listener : listeners) names.push_back(listener.name);
    return names;
}

/// The names a group asks for, without the ones that are wrong.
std::vector<std::string> checkedNames(Reading& reading, const std::string& key,
                                      const std::vector<std::string>& wanted,
                                      const std::vector<std::string>& known)
{
    std::vector<std::string> names;
    for (const std::string& name : wanted)
    {
        if (std::find(known.begin(), known.end(), name) == known.end())
            reading.problem(key, inQuotes(name) + " is no key of [listen]" + didYouMean(name, known));
        else if (std::find(names.begin(), names.end(), name) != names.end())
            reading.problem(key, inQuotes(name) + " is there twice");
        else
            names.push_back(name);
    }
    return names;
}

}  // namespace

std::vector<Listener> readListeners(Reading& reading)
{
    std::vector<Listener> listeners;
    for (const std::string& key : reading.keysBelow("listen"))
    {
        const std::string name = key.substr(std::string("listen.").size());
        const auto written = reading.value(key);
        if (!isPlainName(name))
            reading.problem(key, "a listener's name has 1 to 32 letters, digits, '_' and '-'");
        if (!written || !isPlainName(name)) continue;
        auto parsed = parseListenAddress(*written, reading.surroundings().workingFolder);
        if (auto* why = std::get_if<std::string>(&parsed))
        {
            reading.problem(key, std::move(*why));
            continue;
        }
        listeners.push_back(std::move(std::get<Listener>(parsed)));
        listeners.back().name = name;
    }
    if (listeners.size() > kMaxListeners)
        reading.problem("listen", "there are " + std::to_string(listeners.size()) + " listeners, " +
                                      std::to_string(kMaxListeners) + " are allowed");
    return listeners;
}

void assignListeners(Reading& reading, HostConfig& host,
                     const std::vector<std::optional<std::vector<std::string>>>& written)
{
    const std::vector<std::string> known = namesOf(host.listeners);
    std::set<std::string> used;
    for (std::size_t index = 0; index < host.groups.size(); ++index)
    {
        Group& group = host.groups[index];
        if (written[index])
            group.listeners =
                checkedNames(reading, "plugin." + group.policy.name + ".listen", *written[index], known);
        else if (host.groups.size() == 1)
            group.listeners = known;
        used.insert(group.listeners.begin(), group.listeners.end());
    }
    for (const std::string& name : known)
        if (used.count(name) == 0)
            reading.warning("listen." + name +
                            ": no group uses this listener; name it in plugin.NAME.listen");
}

/// A child that could open nothing beside its listeners would end before it can say why.
void checkRoomForListeners(Reading& reading, const HostConfig& host)
{
    constexpr std::size_t kRoom = 32;
    for (const Group& group : host.groups)
    {
        const std::size_t needed = group.listeners.size() + kRoom;
        if (group.limits.openFiles != 0 && group.limits.openFiles < needed)
            reading.problem("plugin." + group.policy.name + ".maxOpenFiles",
                            "is " + std::to_string(group.limits.openFiles) + "; a child with " +
                                std::to_string(group.listeners.size()) + " listeners needs at least " +
                                std::to_string(needed));
    }
}

void checkAddresses(Reading& reading, const HostConfig& host)
{
    std::vector<std::pair<std::string, std::string>> addresses;  // address, key
    if (host.webServerPort > 0)
    {
        Listener control;
        control.host = host.webServerAddress;
        control.port = static_cast<std::uint16_t>(host.webServerPort);
        addresses.emplace_back(canonicalAddress(control), "cluster.webServerPort");
    }
    addresses.emplace_back("unix:" + host.controlSocket, "cluster.controlSocket");
    for (const Listener& listener : host.listeners)
    {
        const std::string address = canonicalAddress(listener);
        const auto same = std::find_if(addresses.begin(), addresses.end(),
                                       [&](const auto& other) { return other.first == address; });
        if (same != addresses.end())
            reading.problem("listen." + listener.name,
                            "has the same address as " + same->second + ": " + listener.address);
        if (!address.empty()) addresses.emplace_back(address, "listen." + listener.name);
    }
}

}  // namespace clustermanager::config
