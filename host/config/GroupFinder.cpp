#include "config/GroupFinder.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "config/Names.h"
#include "config/NearestKey.h"

namespace clustermanager::config {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFolderEntries = 10'000;

/// Why nothing can be seen there, as the end of a sentence that begins with the path; "" where there is
/// something.
std::string whyUnseen(const std::string& path)
{
    std::error_code error;
    if (fs::exists(path, error)) return "";
    return error ? ": " + error.message() : " does not exist";
}

class Finder
{
public:
    Finder(Reading& reading, const Section& cluster, const std::map<std::string, Section>& sections)
        : _reading(reading), _sections(sections), _folderKey(cluster.key("plugins")),
          _folderWritten(cluster.has("plugins")),
          _folder(reading.resolvedPath(_folderKey, cluster.text("plugins")))
    {}

    std::vector<FoundGroup> find()
    {
        const Surroundings& surroundings = _reading.surroundings();
        for (const std::string& argument : surroundings.pluginArguments) takeArgument(argument);
        const auto sortFrom = static_cast<std::ptrdiff_t>(_found.size());
        if (!surroundings.embeddedGroup.empty()) takeEmbedded(surroundings.embeddedGroup);
        if (surroundings.pluginArguments.empty()) takeFolder();
        for (const auto& [name, section] : _sections) takeSection(name, section);
        std::sort(_found.begin() + sortFrom, _found.end(),
                  [](const FoundGroup& left, const FoundGroup& right) { return left.name < right.name; });
        return std::move(_found);
    }

private:
    const Section* sectionOf(const std::string& name) const
    {
        const auto found = _sections.find(name);
        return found == _sections.end() ? nullptr : &found->second;
    }

    FoundGroup* groupOf(const std::string& name)
    {
        const auto found = std::find_if(_found.begin(), _found.end(),
                                        [&](const FoundGroup& group) { return group.name == name; });
        return found == _found.end() ? nullptr : &*found;
    }

    bool enabled(const std::string& name) const
    {
        const Section* section = sectionOf(name);
        return section == nullptr || section->flag("enabled");
    }

    /// A new group of a file, unless its name is none or is taken by another file.
    void take(const std::string& name, const std::string& path)
    {
        if (!isGroupName(name))
            return _reading.lack("", "plugin '" + path + "': its name becomes the group's, which has " +
                                         kGroupName + ": rename the file, or set plugin.NAME.path");
        if (const FoundGroup* other = groupOf(name))
        {
            const std::string what = other->path.empty() ? "the executable itself" : "'" + other->path + "'";
            _reading.problem("", "the group '" + name + "' is there twice: " + what + " and '" + path + "'");
            return;
        }
        _found.push_back({name, path});
    }

    void takeArgument(const std::string& argument)
    {
        const std::string path = _reading.resolvedPath("", argument);
        if (path.empty()) return;
        const std::string name = fs::path(path).stem().string();
        if (const std::string why = whyUnseen(path); !why.empty())
            _reading.problem("", "plugin '" + path + "'" + why);
        if (!enabled(name))
            _reading.problem("plugin." + name + ".enabled",
                             "is false, but '" + argument + "' is to be started");
        take(name, path);
    }

    void takeEmbedded(const std::string& name)
    {
        const Section* section = sectionOf(name);
        if (section != nullptr && section->has("path"))
            _reading.problem(section->key("path"), "the group '" + name +
                                                       "' is the executable itself: leave the "
                                                       "key out, or name the group otherwise");
        if (section != nullptr && !section->flag("enabled"))
            _reading.problem(section->key("enabled"), "is false, but this group is the executable itself");
        if (!isGroupName(name))
            _reading.problem("", "'" + name + "' is no name for a group, which has " + kGroupName);
        if (groupOf(name) != nullptr)
            _reading.problem("", "the group '" + name + "' is there twice: '" + groupOf(name)->path +
                                     "' and the executable itself");
        else
            _found.push_back({name, ""});
    }

    void takeFolder()
    {
        if (_folder.empty()) return;
        std::error_code error;
        fs::directory_iterator entry(_folder, error);
        if (error)
        {
            const bool missing = error == std::errc::no_such_file_or_directory;
            if (!missing || _folderWritten)
                _reading.problem(_folderKey, "the folder '" + _folder + "': " + error.message());
            return;
        }
        std::vector<std::string> files;
        std::size_t seen = 0;
        for (; !error && entry != fs::directory_iterator() && seen < kMaxFolderEntries;
             entry.increment(error), ++seen)
        {
            const fs::path& file = entry->path();
            const bool hidden = file.filename().string().front() == '.';  // on its way in
            if (file.extension() == ".so" && !hidden) files.push_back(file.string());
        }
        if (error) _reading.problem(_folderKey, "the folder '" + _folder + "': " + error.message());
        if (seen == kMaxFolderEntries)
            _reading.problem(_folderKey, "the folder '" + _folder + "' has more than " +
                                             std::to_string(kMaxFolderEntries) + " entries");
        std::sort(files.begin(), files.end());
        for (const std::string& file : files)
            if (enabled(fs::path(file).stem().string())) take(fs::path(file).stem().string(), file);
    }

    void takeSection(const std::string& name, const Section& section)
    {
        if (!section.flag("enabled")) return;
        FoundGroup* group = groupOf(name);
        if (group != nullptr && group->path.empty()) return;  // embedded
        if (section.has("path"))
            takeWrittenPath(name, _reading.resolvedPath(section.key("path"), section.text("path")));
        else if (group == nullptr)
            takeDefaultPath(name);
    }

    void takeWrittenPath(const std::string& name, const std::string& path)
    {
        if (path.empty()) return;
        const std::string key = "plugin." + name + ".path";
        if (const std::string why = whyUnseen(path); !why.empty())
            _reading.problem(key, "'" + path + "'" + why);
        const FoundGroup* group = groupOf(name);
        if (group == nullptr)
            _found.push_back({name, path});
        else if (group->path != path)
            _reading.problem(key, "the group '" + name + "' is there twice: '" + group->path + "' and '" +
                                      path + "'");
    }

    void takeDefaultPath(const std::string& name)
    {
        const std::string path = _folder + "/" + name + ".so";
        if (_folder.empty()) return;
        const std::string why = whyUnseen(path);
        if (why.empty())
        {
            _found.push_back({name, path});
            return;
        }
        if (why.front() == ':') return _reading.problem("plugin." + name, "'" + path + "'" + why);
        std::vector<std::string> known;
        for (const FoundGroup& group : _found) known.push_back(group.name);
        _reading.lack("plugin." + name,
                      "there is no plugin '" + path + "'" + didYouMean(name, known) +
                          (didYouMean(name, known).empty() ? ": set plugin." + name + ".path" : ""));
    }

    Reading& _reading;
    const std::map<std::string, Section>& _sections;
    std::string _folderKey;
    bool _folderWritten;
    std::string _folder;
    std::vector<FoundGroup> _found;
};

}  // namespace

std::vector<FoundGroup> findGroups(Reading& reading, const Section& cluster,
                                   const std::map<std::string, Section>& sections)
{
    return Finder(reading, cluster, sections).find();
}

}  // namespace clustermanager::config
