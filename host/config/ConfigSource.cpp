#include "config/ConfigSource.h"

#include <exception>
#include <utility>

#include <Poco/Exception.h>

#include "config/ConfigFile.h"
#include "config/MergedKeys.h"
#include "config/SideFiles.h"

namespace clustermanager::config {

namespace {

using Problems = std::vector<ConfigProblem>;

ConfigProblem located(ConfigProblem problem, const Origins& origins)
{
    if (const auto origin = origins.find(problem.key); origin != origins.end())
    {
        problem.file = origin->second.file;
        problem.line = origin->second.line;
    }
    return problem;
}

ConfigSource::Outcome loadMerged(const ConfigStart& start, const Surroundings& surroundings,
                                 const ConfigSource::Check& check)
{
    MergedKeys merged;
    Problems problems;
    merged.set(start.settings);
    for (const std::string& file : start.files)
    {
        const auto read = readConfigFile(file);
        if (const auto* problem = std::get_if<ConfigProblem>(&read))
            problems.push_back(*problem);
        else
            merged.set(std::get<FlatEntries>(read), "", file);
    }
    merged.set(start.application);
    merged.define(start.definitions);
    // What a broken file would have said may be what the other problems come from.
    DroppedStates dropped;
    if (problems.empty()) problems = mergeSideFiles(merged, surroundings, dropped);
    if (!problems.empty()) return problems;
    ConfigSource::Outcome outcome = loadConfig(*merged.configuration(), surroundings, merged.origins());
    auto* const good = std::get_if<HostConfig>(&outcome);
    if (good != nullptr) good->dropped = std::move(dropped);
    if (good == nullptr || !check) return outcome;
    if (std::optional<ConfigProblem> problem = check(*good))
        return Problems{located(std::move(*problem), merged.origins())};
    return outcome;
}

}  // namespace

ConfigSource::Outcome ConfigSource::loadAgain() const noexcept
{
    Surroundings surroundings = _start.surroundings;
    surroundings.mayLackPlugins = true;
    return outcome(surroundings);
}

ConfigSource::Outcome ConfigSource::outcome(const Surroundings& surroundings) const noexcept
{
    try
    {
        return loadMerged(_start, surroundings, _check);
    }
    catch (const Poco::Exception& problem)
    {
        return Problems{{"", problem.displayText()}};
    }
    catch (const std::exception& problem)
    {
        return Problems{{"", problem.what()}};
    }
}

}  // namespace clustermanager::config
