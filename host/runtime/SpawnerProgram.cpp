#include "runtime/SpawnerProgram.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace clustermanager::runtime {

SpawnerProgram::SpawnerProgram()
{
    std::error_code unknown;
    const std::filesystem::path folder = std::filesystem::read_symlink(ownImage(), unknown).parent_path();
    if (unknown) return;
    for (const char* place : {"clustermanager-spawner", "../libexec/clustermanager-spawner"})
    {
        const std::string file = (folder / place).string();
        if (::access(file.c_str(), X_OK) != 0) continue;
        _file.reset(::open(file.c_str(), O_PATH | O_CLOEXEC));
        if (_file) return;
    }
}

std::string SpawnerProgram::path() const
{
    return _file ? "/proc/self/fd/" + std::to_string(_file.get()) : ownImage();
}

}  // namespace clustermanager::runtime
