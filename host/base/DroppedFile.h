#pragma once

#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace clustermanager {

/// A file's name in the drop-in folder, taken apart.
struct DroppedName
{
    enum Kind : std::size_t
    {
        Plugin,      // NAME.so
        Properties,  // NAME.properties
        Ini,         // NAME.ini
        Kinds
    };

    std::string stem;
    Kind kind;

    /// Nothing for what is none of ours: hidden files, temporary names, other endings.
    static std::optional<DroppedName> parse(const std::string& file);
    static const char* ending(Kind kind);
};

/// Where the plugin of a group lies that was dropped into the folder.
std::string droppedPlugin(const std::string& folder, const std::string& group);

/// A file as stat(2) shows it, behind a link where it is one. Two that are equal are the same content.
struct FileState
{
    int error = ENOENT;  // why there is nothing to see, 0 where there is
    bool link = false;
    bool regular = false;
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t modified = 0;  // nanoseconds

    template <class IO>
    void fields(IO& io)
    {
        io(error);
        io(link);
        io(regular);
        io(device);
        io(inode);
        io(size);
        io(modified);
    }

    static FileState of(const std::string& path);
    /// Of what nobody can tell any more: equal to no file's, and no absence either.
    static FileState unknown();

    /// A link to nothing is not absent, it is broken.
    bool absent() const { return error == ENOENT && !link; }

    bool operator==(const FileState& other) const;
    bool operator!=(const FileState& other) const { return !(*this == other); }
};

/// How many entries of a folder are looked at, of whatever name.
constexpr std::size_t kDroppedEntriesMax = 10'000;

/// Calls back for each name of ours in the folder. False where there are entries that were not looked at.
bool eachDropped(const std::string& folder, const std::function<void(const DroppedName&)>& each);

/// The files of each NAME in the folder, by kind.
using DroppedStates = std::map<std::string, std::vector<FileState>>;

/// As they are now, of the entries that are looked at. Empty where the folder cannot be read.
DroppedStates droppedIn(const std::string& folder);

}  // namespace clustermanager
