#include "runtime/OomCounter.h"

#include <fstream>
#include <sstream>

namespace clustermanager::runtime {
namespace {

bool readable(const std::string& path)
{
    return std::ifstream(path).good();
}

/// The file with a line "oom_kill N", by the lines "ID:CONTROLLERS:PATH" of /proc/self/cgroup.
std::string findCounter()
{
    std::ifstream groups("/proc/self/cgroup");
    for (std::string line; std::getline(groups, line);)
    {
        const std::size_t first = line.find(':');
        const std::size_t second = line.find(':', first + 1);
        if (second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const std::string path = line.substr(second + 1);
        if (controllers.empty())
            for (const char* root : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"})
                if (std::string file = root + path + "/memory.events"; readable(file)) return file;
        if (("," + controllers + ",").find(",memory,") != std::string::npos)
            if (std::string file = "/sys/fs/cgroup/memory" + path + "/memory.oom_control"; readable(file))
                return file;
    }
    return "";
}

}  // namespace

OomCounter::OomCounter() : OomCounter(findCounter()) {}

OomCounter::OomCounter(std::string path) : _path(std::move(path)), _last(read()) {}

bool OomCounter::advanced()
{
    const std::uint64_t present = read();
    const bool more = present > _last;
    _last = present;
    return more;
}

std::uint64_t OomCounter::read() const
{
    if (_path.empty()) return 0;
    std::ifstream file(_path);
    std::string key;
    for (std::uint64_t value = 0; file >> key >> value;)
        if (key == "oom_kill") return value;
    return 0;
}

}  // namespace clustermanager::runtime
