#include "config/Difference.h"

#include <algorithm>
#include <map>

#include "config/KeyEffect.h"

namespace clustermanager::config {

namespace {

using Values = std::map<std::string, std::string>;

constexpr const char* kNotShown = "***";

/// Calls `report(key, before, after)` for each key whose value differs; "" where there is none.
template <class Report>
void forEachChange(const Values& before, const Values& after, Report report)
{
    Values all = before;
    all.insert(after.begin(), after.end());
    const auto find = [](const Values& values, const std::string& key) {
        const auto found = values.find(key);
        return found == values.end() ? nullptr : &found->second;
    };
    for (const auto& [key, value] : all)
    {
        const std::string* left = find(before, key);
        const std::string* right = find(after, key);
        const bool same = (left == nullptr) == (right == nullptr) && (left == nullptr || *left == *right);
        if (!same) report(key, left, right);
    }
}

std::string orNone(const std::string* value)
{
    return value == nullptr ? "" : *value;
}

std::string formatOf(LogFormat format)
{
    return format == LogFormat::Json ? "json" : "text";
}

std::string masked(const std::string* value)
{
    return value == nullptr ? "" : kNotShown;
}

Values clusterOf(const HostConfig& host)
{
    Values values;
    for (const auto& [key, value] : host.inForce)
        if (key.compare(0, 8, "cluster.") == 0) values[key] = value;
    return values;
}

Values listenersOf(const HostConfig& host)
{
    Values values;
    for (const Listener& listener : host.listeners) values["listen." + listener.name] = listener.address;
    return values;
}

std::map<std::string, const Group*> groupsOf(const HostConfig& host)
{
    std::map<std::string, const Group*> groups;
    for (const Group& group : host.groups) groups[group.policy.name] = &group;
    return groups;
}

class Comparison
{
public:
    Comparison(const HostConfig& before, const HostConfig& after) : _before(before), _after(after) {}

    ConfigDifference compare()
    {
        compareCluster();
        compareListeners();
        compareLogs();
        compareGroups();
        return std::move(_result);
    }

private:
    void compareCluster()
    {
        forEachChange(clusterOf(_before), clusterOf(_after),
                      [&](const std::string& key, const std::string* left, const std::string* right) {
                          _result.changes.push_back({key, orNone(left), orNone(right)});
                          const std::string name = key.substr(std::string("cluster.").size());
                          if (keyEffect(name) == KeyEffect::NewHost) needsRestart(key);
                      });
        _result.logLevel = _before.logLevel != _after.logLevel;
        _result.pluginsWatch =
            _before.pluginsWatch != _after.pluginsWatch || _before.pluginsFolder != _after.pluginsFolder;
        // Masked, two different tokens look alike.
        if (!_before.webServerToken.empty() && !_after.webServerToken.empty())
            compareContent("webServerToken", _before.webServerToken == _after.webServerToken);
        compareContent("webServerTokensFile", _before.webServerTokens == _after.webServerTokens);
        compareContent("webServerCertificate", _before.certificates.chain == _after.certificates.chain);
        compareContent("webServerKey", _before.certificates.key == _after.certificates.key);
        compareContent("webServerClientCa", _before.certificates.clientCa == _after.certificates.clientCa);
    }

    /// Of what a key stands for, where the key itself reads as before.
    void compareContent(const std::string& name, bool same)
    {
        const std::string key = "cluster." + name;
        const bool told = std::any_of(_result.changes.begin(), _result.changes.end(),
                                      [&](const KeyChange& change) { return change.key == key; });
        if (!same && !told) _result.changes.push_back({key, kNotShown, kNotShown});
    }

    void needsRestart(const std::string& what)
    {
        _result.notApplied.push_back(what +
                                     ": is read at the start alone: restart the host to have it changed");
    }

    void compareListeners()
    {
        forEachChange(listenersOf(_before), listenersOf(_after),
                      [&](const std::string& key, const std::string* left, const std::string* right) {
                          const std::string name = key.substr(std::string("listen.").size());
                          std::vector<std::string>& list = left == nullptr    ? _result.listenersAdded
                                                           : right == nullptr ? _result.listenersRemoved
                                                                              : _result.listenersChanged;
                          list.push_back(name);
                          _result.changes.push_back({key, orNone(left), orNone(right)});
                      });
    }

    void compareLogs()
    {
        _format = _before.logFormat != _after.logFormat;
        if (_format)
            _result.changes.push_back(
                {"logging.format", formatOf(_before.logFormat), formatOf(_after.logFormat)});
        forEachChange(_before.logging, _after.logging,
                      [&](const std::string& key, const std::string* left, const std::string* right) {
                          _result.changes.push_back({key, masked(left), masked(right)});
                      });
        _folder = _before.defaultLog.folder != _after.defaultLog.folder;
        _rotation = _before.defaultLog.rotateBytes != _after.defaultLog.rotateBytes ||
                    _before.defaultLog.rotateCount != _after.defaultLog.rotateCount;
    }

    void compareGroups()
    {
        const auto before = groupsOf(_before);
        const auto after = groupsOf(_after);
        for (const auto& [name, group] : before)
        {
            if (after.count(name) != 0) continue;
            _result.groupsRemoved.push_back(name);
            _result.changes.push_back({"plugin." + name, shownPath(*group), ""});
        }
        for (const auto& [name, group] : after)
        {
            const auto old = before.find(name);
            if (old != before.end())
            {
                compareGroup(*old->second, *group);
                continue;
            }
            _result.groupsAdded.push_back(name);
            _result.changes.push_back({"plugin." + name, "", shownPath(*group)});
        }
    }

    static std::string shownPath(const Group& group)
    {
        return group.pluginPath.empty() ? "the executable itself" : group.pluginPath;
    }

    void compareGroup(const Group& before, const Group& after)
    {
        GroupDifference group;
        group.name = after.policy.name;
        const std::string prefix = "plugin." + group.name + ".";
        forEachChange(before.values, after.values,
                      [&](const std::string& name, const std::string* left, const std::string* right) {
                          const bool atOnce = keyEffect(name) == KeyEffect::AtOnce;
                          needs(group, prefix + name,
                                atOnce ? GroupNeed::PolicyOnly : GroupNeed::NewProcesses);
                          addUnlessOfCluster(name, {prefix + name, orNone(left), orNone(right)});
                      });
        forEachChange(before.settings, after.settings,
                      [&](const std::string& name, const std::string* left, const std::string* right) {
                          const bool log = name.compare(0, 8, "logging.") == 0;
                          needs(group, log ? name : prefix + name, GroupNeed::NewProcesses);
                          if (!log) _result.changes.push_back({prefix + name, masked(left), masked(right)});
                      });
        for (const std::string& name : _result.listenersChanged)
            if (std::find(after.listeners.begin(), after.listeners.end(), name) != after.listeners.end())
                needs(group, "listen." + name, GroupNeed::NewProcesses);
        if (_folder && (!_after.logsConfigured || after.output == OutputMode::File))
            needs(group, "cluster.logFolder", GroupNeed::NewProcesses);
        if (_format && !_after.logsConfigured) needs(group, "logging.format", GroupNeed::NewProcesses);
        if (_rotation && !_after.logsConfigured)
            needs(group, "cluster.logRotateSize", GroupNeed::NewProcesses);
        if (group.need != GroupNeed::Nothing) _result.groups.push_back(std::move(group));
    }

    static void needs(GroupDifference& group, std::string key, GroupNeed need)
    {
        group.keys.push_back(std::move(key));
        group.need = std::max(group.need, need);
    }

    /// A default that changed for all is told once.
    void addUnlessOfCluster(const std::string& name, KeyChange change)
    {
        const bool told =
            std::any_of(_result.changes.begin(), _result.changes.end(), [&](const KeyChange& other) {
                return other.key == "cluster." + name && other.before == change.before &&
                       other.after == change.after;
            });
        if (!told) _result.changes.push_back(std::move(change));
    }

    const HostConfig& _before;
    const HostConfig& _after;
    bool _format = false;    // the default log's lines look different
    bool _folder = false;    // the folder of the default log changed
    bool _rotation = false;  // its size or number did
    ConfigDifference _result;
};

}  // namespace

ConfigDifference difference(const HostConfig& before, const HostConfig& after)
{
    return Comparison(before, after).compare();
}

}  // namespace clustermanager::config
