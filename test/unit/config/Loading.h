#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include <Poco/AutoPtr.h>
#include <Poco/Util/MapConfiguration.h>
#include <cppunit/extensions/HelperMacros.h>

#include "config/ConfigFile.h"
#include "config/ConfigLoader.h"
#include "unit/TemporaryFolder.h"

namespace clustermanager::config::test {

using Keys = std::map<std::string, std::string>;

inline Poco::AutoPtr<Poco::Util::AbstractConfiguration> configuration(const Keys& keys)
{
    Poco::AutoPtr<Poco::Util::AbstractConfiguration> result(new Poco::Util::MapConfiguration);
    for (const auto& [key, value] : keys) result->setString(key, value);
    return result;
}

/// What a file holds, which must be right.
inline Poco::AutoPtr<Poco::Util::AbstractConfiguration> contentOf(const std::string& path)
{
    const auto read = readConfigFile(path);
    if (const auto* problem = std::get_if<ConfigProblem>(&read)) CPPUNIT_FAIL(problem->sentence());
    Keys keys;
    for (const auto& [key, entry] : std::get<FlatEntries>(read).all()) keys[key] = entry.value;
    return configuration(keys);
}

/// A host that is one executable with its plugin inside: nothing on the disk takes part.
inline Surroundings embedded(const std::string& name = "hello")
{
    Surroundings surroundings;
    surroundings.workingFolder = "/nowhere/at-all";
    surroundings.usableCpus = 4;
    surroundings.usableCpusReason = "4 CPUs by the affinity mask";
    surroundings.embeddedGroup = name;
    return surroundings;
}

/// A host whose working folder is `folder`.
inline Surroundings startedIn(const TemporaryFolder& folder)
{
    Surroundings surroundings = embedded("");
    surroundings.workingFolder = folder.path();
    return surroundings;
}

inline std::string lines(const std::vector<ConfigProblem>& problems)
{
    std::string text;
    for (const ConfigProblem& problem : problems) text += problem.sentence() + "\n";
    return text;
}

/// The configuration, which must be right.
inline HostConfig good(const Keys& keys, const Surroundings& surroundings = embedded())
{
    auto loaded = loadConfig(*configuration(keys), surroundings);
    if (const auto* problems = std::get_if<std::vector<ConfigProblem>>(&loaded))
        CPPUNIT_FAIL("unexpected problems: " + lines(*problems));
    return std::get<HostConfig>(std::move(loaded));
}

/// All problems, a line each; the configuration must be wrong.
inline std::string wrong(const Keys& keys, const Surroundings& surroundings = embedded())
{
    auto loaded = loadConfig(*configuration(keys), surroundings);
    const auto* problems = std::get_if<std::vector<ConfigProblem>>(&loaded);
    CPPUNIT_ASSERT_MESSAGE("a problem was expected", problems != nullptr);
    return lines(*problems);
}

inline void assertHas(const std::string& text, const std::string& part)
{
    CPPUNIT_ASSERT_MESSAGE("'" + part + "' is missing in: " + text, text.find(part) != std::string::npos);
}

inline std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

}  // namespace clustermanager::config::test
