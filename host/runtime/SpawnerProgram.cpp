#include "runtime/SpawnerProgram.h"

#include <fcntl.h>

#include <variant>

#include "base/Part.h"

namespace clustermanager::runtime {

SpawnerProgram::SpawnerProgram()
{
    const std::variant<Part, NoPart> found = findPart("clustermanager-spawner");
    if (const auto* part = std::get_if<Part>(&found))
        _file.reset(::open(part->path.c_str(), O_PATH | O_CLOEXEC));
}

std::string SpawnerProgram::path() const
{
    return _file ? "/proc/self/fd/" + std::to_string(_file.get()) : ownImage();
}

}  // namespace clustermanager::runtime
