#include "runtime/TrustedFile.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace clustermanager::runtime {
namespace {

bool othersCanWrite(const struct stat& facts)
{
    const bool foreign = facts.st_uid != 0;
    const bool writable = (facts.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    // In a sticky folder others may add files, but not replace those of root.
    const bool sticky = S_ISDIR(facts.st_mode) && (facts.st_mode & S_ISVTX) != 0;
    return foreign || (writable && !sticky);
}

}  // namespace

std::string whyNotTrusted(const std::string& path, const struct stat& file)
{
    if (::geteuid() != 0) return "";
    const std::string advice =
        " by others than root can be written, and this host runs as root: it would run their code";
    if (othersCanWrite(file)) return "the file" + advice;

    std::error_code unresolved;
    const std::filesystem::path real = std::filesystem::canonical(path, unresolved);
    if (unresolved) return unresolved.message();
    for (auto folder = real.parent_path();; folder = folder.parent_path())
    {
        struct stat facts = {};
        if (::stat(folder.c_str(), &facts) != 0 || othersCanWrite(facts))
            return "its folder '" + folder.string() + "'" + advice;
        if (folder == folder.root_path()) return "";
    }
}

}  // namespace clustermanager::runtime
