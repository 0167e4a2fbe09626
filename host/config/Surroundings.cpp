#include <sys/resource.h>
#include <unistd.h>

#include <climits>
#include <string>

#include "config/ConfigLoader.h"
#include "config/UsableCpus.h"

namespace clustermanager::config {

Surroundings Surroundings::ofThisProcess()
{
    Surroundings real;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
    {
        const std::string text = *entry;
        const std::size_t equals = text.find('=');
        if (equals != std::string::npos)
            real.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    // A working folder that was deleted leaves this empty: relative paths are then refused one by one.
    char folder[PATH_MAX];
    if (::getcwd(folder, sizeof folder) != nullptr && folder[0] == '/') real.workingFolder = folder;

    real.user = ::geteuid();
    rlimit core = {};
    if (::getrlimit(RLIMIT_CORE, &core) == 0) real.coreLimit = core.rlim_cur;
    rlimit files = {};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) real.openFilesLimit = files.rlim_max;

    UsableCpus cpus = clustermanager::config::usableCpus();
    real.usableCpus = cpus.count;
    real.usableCpusReason = std::move(cpus.reason);
    return real;
}

}  // namespace clustermanager::config
