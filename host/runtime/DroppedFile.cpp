#include "runtime/DroppedFile.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <tuple>
#include <variant>

#include "base/FileDescriptor.h"
#include "base/SysError.h"
#include "runtime/ElfFacts.h"
#include "runtime/TrustedFile.h"

namespace clustermanager::runtime {

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

bool changedSince(const std::string& path, std::chrono::system_clock::time_point moment)
{
    const auto isLater = [&](const struct stat& facts) {
        const std::chrono::seconds seconds(facts.st_ctim.tv_sec);
        const std::chrono::nanoseconds nanos(facts.st_ctim.tv_nsec);
        return std::chrono::system_clock::time_point(seconds + nanos) >= moment;
    };
    struct stat facts = {};
    return (::lstat(path.c_str(), &facts) == 0 && isLater(facts)) ||
           (::stat(path.c_str(), &facts) == 0 && isLater(facts));
}

bool FileState::operator==(const FileState& other) const
{
    const auto all = [](const FileState& state) {
        return std::tie(state.error, state.link, state.regular, state.device, state.inode, state.size,
                        state.modified);
    };
    return all(*this) == all(other);
}

std::string whyNotWhole(const std::string& path)
{
    // O_NONBLOCK: a FIFO in the plugin's place must not hang us.
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    struct stat facts = {};
    if (!file || ::fstat(file.get(), &facts) != 0) return errnoText(errno);
    if (!S_ISREG(facts.st_mode)) return "it is not a regular file";
    if (std::string why = whyNotTrusted(path, facts); !why.empty()) return why;
    const auto elf = readElfFacts(file.get(), static_cast<std::uint64_t>(facts.st_size));
    const auto* problem = std::get_if<std::string>(&elf);
    return problem != nullptr ? *problem : "";
}

}  // namespace clustermanager::runtime
