#include "config/Reading.h"

#include <algorithm>
#include <filesystem>

#include <Poco/Util/AbstractConfiguration.h>

#include "config/OptionValue.h"

namespace clustermanager::config {

namespace {

constexpr unsigned kDeepestKey = 32;
constexpr unsigned kDeepestVariable = 10;
constexpr std::size_t kLongestValue = 65'536;
constexpr std::string_view kEnvironmentPrefix = "system.env.";

bool startsWith(std::string_view text, std::string_view prefix)
{
    return text.substr(0, prefix.size()) == prefix;
}

std::string below(const std::string& key, const std::string& name)
{
    return key.empty() ? name : key + "." + name;
}

}  // namespace

Reading::Reading(const Poco::Util::AbstractConfiguration& source, const Surroundings& surroundings,
                 const Origins& origins)
    : _source(source), _surroundings(surroundings), _origins(origins)
{}

void Reading::lack(const std::string& key, const std::string& text)
{
    if (!_surroundings.mayLackPlugins) return problem(key, text);
    warning((key.empty() ? "" : key + ": ") + text);
}

void Reading::problem(std::string key, std::string text)
{
    // What is wrong with a value of [cluster] is found again for each group.
    const auto isIt = [&](const ConfigProblem& known) { return known.key == key && known.text == text; };
    if (std::any_of(_problems.begin(), _problems.end(), isIt)) return;
    Origin origin;
    const auto at = _origins.lower_bound(key);
    if (at != _origins.end() && at->first == key)
        origin = at->second;
    else if (const auto in = _origins.lower_bound(key + ".");
             in != _origins.end() && !key.empty() && startsWith(in->first, key + "."))
        origin.file = in->second.file;  // a section has no line
    _problems.push_back({std::move(key), std::move(text), std::move(origin.file), origin.line});
}

std::vector<std::string> Reading::namesBelow(const std::string& key)
{
    std::vector<std::string> names;
    _source.keys(key, names);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    if (!names.empty() && names.front().empty())
    {
        problem(key, "has a key below it whose name is empty");
        names.erase(names.begin());
    }
    return names;
}

std::vector<std::string> Reading::keysBelow(const std::string& key)
{
    std::vector<std::string> keys;
    for (const std::string& name : namesBelow(key)) collectKeys(below(key, name), 1, keys);
    return keys;
}

void Reading::collectKeys(const std::string& key, unsigned depth, std::vector<std::string>& keys)
{
    if (depth > kDeepestKey)
    {
        problem(key.substr(0, 80) + "...",
                "is nested too deeply: a key has at most " + std::to_string(kDeepestKey) + " parts");
        return;
    }
    if (has(key)) keys.push_back(key);
    for (const std::string& name : namesBelow(key)) collectKeys(below(key, name), depth + 1, keys);
}

bool Reading::has(const std::string& key) const
{
    return _source.hasProperty(key);
}

std::optional<std::string> Reading::value(const std::string& key)
{
    return expandedValue(key, Environment::Replaced);
}

std::optional<std::string> Reading::valueForChild(const std::string& key)
{
    return expandedValue(key, Environment::Left);
}

std::optional<std::string> Reading::expandedValue(const std::string& key, Environment environment)
{
    if (!has(key)) return std::nullopt;
    return expand(key, trimmed(_source.getRawString(key)), environment, 0);
}

std::optional<std::string> Reading::expand(const std::string& key, std::string_view text,
                                           Environment environment, unsigned depth)
{
    std::string result;
    while (!text.empty())
    {
        const std::size_t start = std::min(text.find("${"), text.size());
        result += text.substr(0, start);
        text.remove_prefix(start);
        if (text.empty()) break;
        const std::size_t end = text.find('}');
        if (end == std::string_view::npos)
        {
            problem(key, "has a '${' without its '}'");
            return std::nullopt;
        }
        const auto replaced = variable(key, std::string(text.substr(2, end - 2)), environment, depth);
        if (!replaced) return std::nullopt;
        result += *replaced;
        text.remove_prefix(end + 1);
        if (result.size() > kLongestValue)
        {
            problem(key, "is longer than " + std::to_string(kLongestValue) + " characters");
            return std::nullopt;
        }
    }
    return result;
}

std::optional<std::string> Reading::variable(const std::string& key, const std::string& name,
                                             Environment environment, unsigned depth)
{
    if (depth == kDeepestVariable)
    {
        problem(key, "goes round in a circle at the variable ${" + name + "}");
        return std::nullopt;
    }
    if (startsWith(name, kEnvironmentPrefix))
    {
        if (environment == Environment::Left) return "${" + name + "}";
        const auto found = _surroundings.environment.find(name.substr(kEnvironmentPrefix.size()));
        if (found != _surroundings.environment.end()) return found->second;
    }
    else if (has(name))
    {
        return expand(key, trimmed(_source.getRawString(name)), environment, depth + 1);
    }
    problem(key, "uses the variable ${" + name + "}, which is not defined");
    return std::nullopt;
}

std::optional<std::string> Reading::environment(const std::string& name) const
{
    const auto found = _surroundings.environment.find(name);
    if (found == _surroundings.environment.end() || found->second.empty()) return std::nullopt;
    return found->second;
}

std::string Reading::resolvedPath(const std::string& key, const std::string& path)
{
    namespace fs = std::filesystem;
    const fs::path written(path);
    if (written.is_absolute()) return written.lexically_normal().string();
    if (_surroundings.workingFolder.empty())
    {
        problem(key, inQuotes(path) +
                         " is a relative path and the working folder does not exist any more: write "
                         "an absolute path, or start in a folder that exists");
        return "";
    }
    return (fs::path(_surroundings.workingFolder) / written).lexically_normal().string();
}

}  // namespace clustermanager::config
