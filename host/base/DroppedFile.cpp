#include "base/DroppedFile.h"

#include <sys/stat.h>

#include <filesystem>
#include <system_error>
#include <tuple>

namespace clustermanager {

const char* DroppedName::ending(Kind kind)
{
    switch (kind)
    {
    case Plugin: return ".so";
    case Properties: return ".properties";
    case Ini: return ".ini";
    case Kinds: break;
    }
    return "";
}

std::optional<DroppedName> DroppedName::parse(const std::string& file)
{
    if (file.empty() || file.front() == '.') return std::nullopt;
    for (const Kind kind : {Plugin, Properties, Ini})
    {
        const std::string tail = ending(kind);
        if (file.size() > tail.size() && file.compare(file.size() - tail.size(), tail.size(), tail) == 0)
            return DroppedName{file.substr(0, file.size() - tail.size()), kind};
    }
    return std::nullopt;
}

std::string droppedPlugin(const std::string& folder, const std::string& group)
{
    return folder + '/' + group + DroppedName::ending(DroppedName::Plugin);
}

FileState FileState::of(const std::string& path)
{
    FileState state;
    struct stat facts = {};
    if (::lstat(path.c_str(), &facts) != 0)
    {
        state.error = errno;
        return state;
    }
    state.link = S_ISLNK(facts.st_mode);
    if (::stat(path.c_str(), &facts) != 0)
    {
        state.error = errno;
        return state;
    }
    constexpr std::int64_t kNanos = 1'000'000'000;
    state.error = 0;
    state.regular = S_ISREG(facts.st_mode);
    state.device = facts.st_dev;
    state.inode = facts.st_ino;
    state.size = facts.st_size;
    state.modified = facts.st_mtim.tv_sec * kNanos + facts.st_mtim.tv_nsec;
    return state;
}

FileState FileState::unknown()
{
    FileState state;
    state.error = -1;
    return state;
}

bool FileState::operator==(const FileState& other) const
{
    const auto all = [](const FileState& state) {
        return std::tie(state.error, state.link, state.regular, state.device, state.inode, state.size,
                        state.modified);
    };
    return all(*this) == all(other);
}

bool eachDropped(const std::string& folder, const std::function<void(const DroppedName&)>& each)
{
    std::error_code error;
    std::filesystem::directory_iterator entry(folder, error);
    for (std::size_t seen = 0; !error && entry != std::filesystem::directory_iterator();
         entry.increment(error))
    {
        if (++seen > kDroppedEntriesMax) return false;
        if (const auto dropped = DroppedName::parse(entry->path().filename().string())) each(*dropped);
    }
    return true;
}

DroppedStates droppedIn(const std::string& folder)
{
    DroppedStates states;
    (void)eachDropped(folder, [&](const DroppedName& dropped) {
        std::vector<FileState>& files = states[dropped.stem];
        files.resize(DroppedName::Kinds);
        files[dropped.kind] = FileState::of(folder + '/' + dropped.stem + DroppedName::ending(dropped.kind));
    });
    return states;
}

}  // namespace clustermanager
