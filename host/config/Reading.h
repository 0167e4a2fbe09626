#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/ConfigLoader.h"

namespace clustermanager::config {

/// One pass over the configuration: where the values come from, what surrounds them, and the problems and
/// warnings found so far. Lives for one call of loadConfig. Not thread-safe.
class Reading
{
public:
    Reading(const Poco::Util::AbstractConfiguration& source, const Surroundings& surroundings,
            const Origins& origins);

    const Surroundings& surroundings() const { return _surroundings; }

    /// The file is told where the key stands in one, and the line where it is known.
    void problem(std::string key, std::string text);
    void warning(std::string text) { _warnings.push_back(std::move(text)); }
    /// A plugin is not there. A problem at the start; a host that runs goes on without it and warns, because
    /// plugins come and go in its folder.
    void lack(const std::string& key, const std::string& text);
    const std::vector<ConfigProblem>& problems() const { return _problems; }
    const std::vector<std::string>& warnings() const { return _warnings; }

    /// The names directly below `key`, sorted. "" for the top.
    std::vector<std::string> namesBelow(const std::string& key);

    /// Every key below `key` that has a value, in full, sorted.
    std::vector<std::string> keysBelow(const std::string& key);

    /// Whether the key itself has a value; it may have keys below as well.
    bool has(const std::string& key) const;

    /// The value, trimmed and with its ${variables} replaced. Nothing: there is none, or it has a problem,
    /// which is then noted.
    std::optional<std::string> value(const std::string& key);

    /// The same for another process: ${system.env.NAME} stays, since the child's environment is meant.
    std::optional<std::string> valueForChild(const std::string& key);

    /// An environment variable; an empty one counts as unset.
    std::optional<std::string> environment(const std::string& name) const;

    /// Absolute and without "." and ".."; a problem is noted (and "" returned) for a relative path where
    /// there is no working folder.
    std::string resolvedPath(const std::string& key, const std::string& path);

private:
    enum class Environment : bool
    {
        Replaced,
        Left
    };

    void collectKeys(const std::string& key, unsigned depth, std::vector<std::string>& keys);
    std::optional<std::string> expandedValue(const std::string& key, Environment environment);
    std::optional<std::string> expand(const std::string& key, std::string_view text, Environment environment,
                                      unsigned depth);
    std::optional<std::string> variable(const std::string& key, const std::string& name,
                                        Environment environment, unsigned depth);

    const Poco::Util::AbstractConfiguration& _source;
    const Surroundings& _surroundings;
    const Origins& _origins;
    std::vector<ConfigProblem> _problems;
    std::vector<std::string> _warnings;
};

}  // namespace clustermanager::config
