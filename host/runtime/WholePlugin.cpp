#include "runtime/WholePlugin.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <variant>

#include "base/FileDescriptor.h"
#include "base/SysError.h"
#include "runtime/ElfFacts.h"
#include "runtime/TrustedFile.h"

namespace clustermanager::runtime {

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
