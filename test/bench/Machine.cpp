#include <sched.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <memory>

#include "Report.h"
#include "integration/Files.h"

namespace clustermanager::bench {

namespace {

std::string firstLine(const std::string& text)
{
    return text.substr(0, text.find('\n'));
}

std::string commitOfSources()
{
    const std::unique_ptr<FILE, int (*)(FILE*)> git(
        ::popen("git -C '" BENCH_SOURCES "' describe --always --dirty 2>/dev/null", "r"), ::pclose);
    std::array<char, 128> line{};
    if (!git || std::fgets(line.data(), line.size(), git.get()) == nullptr) return "unknown";
    return firstLine(line.data());
}

std::string processorName()
{
    constexpr const char* kModel = "model name";
    for (const std::string& line : integration::linesOf(integration::readFile("/proc/cpuinfo")))
        if (line.compare(0, std::string(kModel).size(), kModel) == 0) return line.substr(line.find(':') + 2);
    return "unknown";
}

}  // namespace

Machine thisMachine()
{
    Machine machine;
    machine.commit = commitOfSources();
    machine.processor = processorName();
    machine.load = firstLine(integration::readFile("/proc/loadavg"));
    utsname system = {};
    if (::uname(&system) == 0) machine.kernel = std::string(system.sysname) + " " + system.release;
    cpu_set_t cpus;
    if (::sched_getaffinity(0, sizeof cpus, &cpus) == 0)
        machine.cpus = static_cast<unsigned>(CPU_COUNT(&cpus));
    return machine;
}

}  // namespace clustermanager::bench
