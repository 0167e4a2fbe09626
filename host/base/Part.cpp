#include "base/Part.h"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <memory>
#include <vector>

namespace clustermanager {

namespace {

/// In the order of the search; none where the dynamic linker does not tell.
std::vector<std::string> libraryFolders()
{
    const std::unique_ptr<void, int (*)(void*)> program(::dlopen(nullptr, RTLD_LAZY), ::dlclose);
    Dl_serinfo size = {};
    if (!program || ::dlinfo(program.get(), RTLD_DI_SERINFOSIZE, &size) != 0) return {};
    std::vector<Dl_serinfo> memory(size.dls_size / sizeof(Dl_serinfo) + 1);
    Dl_serinfo& all = memory.front();
    all = size;
    if (::dlinfo(program.get(), RTLD_DI_SERINFO, &all) != 0) return {};
    std::vector<std::string> folders;
    const Dl_serpath* const paths = all.dls_serpath;
    for (unsigned i = 0; i < all.dls_cnt; ++i) folders.emplace_back(paths[i].dls_name);
    return folders;
}

}  // namespace

std::variant<Part, NoPart> findPart(const std::string& name)
{
    std::string looked;
    for (const std::string& folder : libraryFolders())
    {
        std::string path = folder + "/" + name;
        if (::access(path.c_str(), R_OK) == 0) return Part{std::move(path)};
        looked += (looked.empty() ? "" : ", ") + folder;
    }
    return NoPart{"'" + name + "' is in none of " + (looked.empty() ? "no folders" : looked)};
}

}  // namespace clustermanager
