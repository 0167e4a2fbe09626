#include "runtime/PluginFile.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <variant>

#include "base/SealedFile.h"
#include "base/SysError.h"
#include "runtime/StartError.h"

namespace clustermanager::runtime {
namespace {

constexpr int kUnavailable = 69;
constexpr int kNoPermission = 77;
constexpr std::uint64_t kPluginBytesMax = 512U * 1024U * 1024U;

[[noreturn]] void refuse(const std::string& path, const std::string& why, int exitCode = kUnavailable)
{
    throw StartError(exitCode, "plugin '" + path + "': " + why);
}

bool othersCanWrite(const struct stat& facts)
{
    const bool foreign = facts.st_uid != 0;
    const bool writable = (facts.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    // In a sticky folder others may add files, but not replace those of root.
    const bool sticky = S_ISDIR(facts.st_mode) && (facts.st_mode & S_ISVTX) != 0;
    return foreign || (writable && !sticky);
}

/// Running as root means that whoever can write the plugin is root too, so nobody else may.
void requireTrusted(const std::string& path, const struct stat& file)
{
    if (::geteuid() != 0) return;
    const std::string advice =
        " by others than root can be written, and this host runs as root: it would run their code";
    if (othersCanWrite(file)) refuse(path, "the file" + advice, kNoPermission);

    std::error_code unresolved;
    const std::filesystem::path real = std::filesystem::canonical(path, unresolved);
    if (unresolved) refuse(path, unresolved.message());
    for (auto folder = real.parent_path();; folder = folder.parent_path())
    {
        struct stat facts = {};
        if (::stat(folder.c_str(), &facts) != 0 || othersCanWrite(facts))
            refuse(path, "its folder '" + folder.string() + "'" + advice, kNoPermission);
        if (folder == folder.root_path()) return;
    }
}

FileDescriptor openPlugin(const std::string& path)
{
    // O_NONBLOCK: a FIFO in the plugin's place must not hang us before we have looked at it.
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (!file) refuse(path, errnoText(errno), errno == EACCES ? kNoPermission : kUnavailable);
    return file;
}

}  // namespace

PluginFile stagePlugin(const std::string& path)
{
    const FileDescriptor file = openPlugin(path);
    struct stat facts = {};
    if (::fstat(file.get(), &facts) != 0) refuse(path, errnoText(errno));
    if (!S_ISREG(facts.st_mode)) refuse(path, "it is not a regular file");
    const auto size = static_cast<std::uint64_t>(facts.st_size);
    if (size > kPluginBytesMax) refuse(path, "it is larger than 512 MiB");
    requireTrusted(path, facts);

    Result<FileDescriptor> copy = sealCopy("plugin", file, kPluginBytesMax);
    if (!copy) refuse(path, copy.error().text());
    struct stat copied = {};
    if (::fstat(copy.value().get(), &copied) != 0) refuse(path, errnoText(errno));

    PluginFile staged;
    staged.path = path;
    staged.size = static_cast<std::uint64_t>(copied.st_size);
    auto elf = readElfFacts(copy.value().get(), staged.size);
    if (const auto* problem = std::get_if<std::string>(&elf)) refuse(path, *problem);
    staged.facts = std::get<ElfFacts>(std::move(elf));
    staged.copy = std::move(copy.value());
    return staged;
}

}  // namespace clustermanager::runtime
