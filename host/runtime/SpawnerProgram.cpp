#include "runtime/SpawnerProgram.h"

#include <fcntl.h>

#include <variant>

#include "base/Part.h"

namespace clustermanager::runtime {

namespace {

/// Beyond those that the new process is given before it is run.
constexpr int kFirstNumber = 16;

}  // namespace

SpawnerProgram::SpawnerProgram()
{
    const std::variant<Part, NoPart> found = findPart("clustermanager-spawner");
    const auto* part = std::get_if<Part>(&found);
    if (part == nullptr) return;
    const FileDescriptor file(::open(part->path.c_str(), O_PATH | O_CLOEXEC));
    if (file) _file.reset(::fcntl(file.get(), F_DUPFD_CLOEXEC, kFirstNumber));
}

std::string SpawnerProgram::path() const
{
    return _file ? "/proc/self/fd/" + std::to_string(_file.get()) : ownImage();
}

}  // namespace clustermanager::runtime
