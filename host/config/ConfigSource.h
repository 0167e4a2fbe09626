#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/ConfigLoader.h"

namespace clustermanager::config {

/// How the configuration of this host was put together at its start.
struct ConfigStart
{
    std::map<std::string, std::string> settings;     // the weakest: what an embedding program gives
    std::vector<std::string> files;                  // absolute; later ones win over earlier ones
    std::map<std::string, std::string> definitions;  // of the command line: they win over every file
    std::map<std::string, std::string> application;  // Poco's application.* keys, for ${variables}
    Surroundings surroundings;

    template <class IO>
    void fields(IO& io)
    {
        io(settings);
        io(files);
        io(definitions);
        io(application);
        io(surroundings);
    }
};

/// Puts the configuration together from the files as they are now and from all else as it was at the start.
/// From the weakest: settings, files, the files beside plugins, definitions. Bounded. Neither the process nor
/// Poco's Application is touched.
///
/// Threading: any thread that `check` may be called on, since nothing here changes. It reads files, so not
/// the supervisor's.
class ConfigSource
{
public:
    using Outcome = std::variant<HostConfig, std::vector<ConfigProblem>>;

    /// What the configuration asks for beside values, and whether it can be had: a problem, or nothing. Its
    /// file and line are found by the key.
    using Check = std::function<std::optional<ConfigProblem>(const HostConfig&)>;

    /// `check` is called where all values are good.
    explicit ConfigSource(ConfigStart start, Check check = nullptr)
        : _start(std::move(start)), _check(std::move(check))
    {}

    /// For a host that starts: it needs a plugin.
    Outcome load() const noexcept { return outcome(_start.surroundings); }

    /// For a host that runs: it may have lost its last plugin, and may get another one.
    Outcome loadAgain() const noexcept;

private:
    Outcome outcome(const Surroundings& surroundings) const noexcept;

    ConfigStart _start;
    Check _check;
};

}  // namespace clustermanager::config
