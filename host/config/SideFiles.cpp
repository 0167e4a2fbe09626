#include "config/SideFiles.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>

#include "config/ConfigFile.h"
#include "config/Names.h"
#include "config/OptionValue.h"
#include "config/Reading.h"
#include "config/Section.h"

namespace clustermanager::config {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFolderEntries = 10'000;
constexpr std::size_t kMaxSideFiles = 1'000;

bool isThere(const fs::path& path)
{
    std::error_code ignored;
    return fs::exists(path, ignored);
}

/// The names of the side files whose plugin lies beside them, sorted. A folder that cannot be read is
/// GroupFinder's problem.
std::vector<fs::path> sideFilesIn(const fs::path& folder)
{
    std::vector<fs::path> files;
    std::error_code error;
    std::size_t seen = 0;
    for (fs::directory_iterator entry(folder, error);
         !error && entry != fs::directory_iterator() && seen < kMaxFolderEntries;
         entry.increment(error), ++seen)
    {
        const fs::path& file = entry->path();
        const bool ours = file.extension() == ".properties" || file.extension() == ".ini";
        if (ours && isPlainName(file.stem().string()) && isThere(fs::path(file).replace_extension(".so")))
            files.push_back(file);
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// Whether the plugin beside the file is the one that the group NAME runs.
bool concernsGroup(Reading& reading, const fs::path& file)
{
    const std::vector<std::string>& arguments = reading.surroundings().pluginArguments;
    if (arguments.empty()) return true;
    const std::string name = file.stem().string();
    for (const std::string& argument : arguments)
        if (fs::path(argument).stem() == name)
            return reading.resolvedPath("", argument) == fs::path(file).replace_extension(".so");
    const std::vector<std::string> sections = reading.namesBelow("plugin");
    return std::find(sections.begin(), sections.end(), name) != sections.end() &&
           !reading.has("plugin." + name + ".path");
}

/// Keys of other sections would silently become the plugin's own.
void checkKeys(const FlatEntries& entries, const std::string& file, std::vector<ConfigProblem>& problems)
{
    for (const auto& [key, entry] : entries.all())
        for (const char* section : {"cluster", "listen", "plugin", "logging"})
            if (key.substr(0, key.find('.')) == section)
                problems.push_back({key,
                                    "does not belong in a file beside a plugin, which has the keys of "
                                    "[plugin.NAME] without that prefix",
                                    file, entry.line});
}

}  // namespace

std::vector<ConfigProblem> mergeSideFiles(MergedKeys& merged, const Surroundings& surroundings,
                                          DroppedStates& dropped)
{
    const auto source = merged.configuration();
    Reading reading(*source, surroundings, merged.origins());  // what is wrong, loadConfig will say
    const Section cluster(reading, "cluster", allowedInCluster);
    const std::string folder = reading.resolvedPath(cluster.key("plugins"), cluster.text("plugins"));
    if (folder.empty()) return {};
    dropped = droppedIn(folder);

    std::vector<ConfigProblem> problems;
    const std::vector<fs::path> files = sideFilesIn(folder);
    if (files.size() > kMaxSideFiles)
        return {{cluster.key("plugins"), "the folder '" + folder + "' has more than " +
                                             std::to_string(kMaxSideFiles) +
                                             " .properties and .ini files beside plugins"}};
    for (const fs::path& file : files)
    {
        const std::string name = file.stem().string();
        if (!concernsGroup(reading, file)) continue;
        if (file.extension() == ".ini" && isThere(fs::path(file).replace_extension(".properties")))
        {
            problems.push_back({"plugin." + name,
                                "has " + inQuotes(name + ".properties") + " too: keep one of the two files",
                                file.string()});
            continue;
        }
        const auto read = readConfigFile(file.string());
        if (const auto* problem = std::get_if<ConfigProblem>(&read))
        {
            problems.push_back(*problem);
            continue;
        }
        checkKeys(std::get<FlatEntries>(read), file.string(), problems);
        merged.set(std::get<FlatEntries>(read), "plugin." + name + ".", file.string());
    }
    return problems;
}

}  // namespace clustermanager::config
