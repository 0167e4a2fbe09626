#include "base/Part.h"

#include <link.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <system_error>
#include <vector>

namespace clustermanager {

namespace {

/// As it is written in the program: "/a:$ORIGIN/../b".
std::string runPath()
{
    const char* texts = nullptr;
    std::size_t offset = 0;
    for (const ElfW(Dyn)* entry = _DYNAMIC; entry->d_tag != DT_NULL; ++entry)
    {
        // NOLINTNEXTLINE(performance-no-int-to-ptr): the loader has made an address of it
        if (entry->d_tag == DT_STRTAB) texts = reinterpret_cast<const char*>(entry->d_un.d_ptr);
        if (entry->d_tag == DT_RUNPATH || entry->d_tag == DT_RPATH) offset = entry->d_un.d_val;
    }
    return texts == nullptr || offset == 0 ? "" : texts + offset;
}

std::vector<std::string> folders()
{
    const std::string origin = "$ORIGIN";
    std::error_code problem;
    const std::string program = std::filesystem::read_symlink("/proc/self/exe", problem).parent_path();
    std::vector<std::string> all;
    std::istringstream paths(runPath());
    for (std::string path; std::getline(paths, path, ':');)
    {
        if (path.rfind(origin, 0) == 0) path.replace(0, origin.size(), program);
        if (!path.empty()) all.push_back(std::filesystem::path(path).lexically_normal());
    }
    return all;
}

}  // namespace

std::variant<Part, NoPart> findPart(const std::string& name)
{
    std::string looked;
    for (const std::string& folder : folders())
    {
        std::string path = folder + "/" + name;
        if (::access(path.c_str(), R_OK) == 0) return Part{std::move(path)};
        if (!looked.empty()) looked += ", ";
        looked += folder;
    }
    if (looked.empty()) return NoPart{"this program has no RUNPATH that would lead to '" + name + "'"};
    return NoPart{"'" + name + "' is not in " + looked + ", the RUNPATH of this program"};
}

}  // namespace clustermanager
