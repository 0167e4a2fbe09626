#include "config/UsableCpus.h"

#include <sched.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <sstream>

#include "config/BoundedFile.h"

namespace clustermanager::config {

namespace {

constexpr std::size_t kMaxFileSize = 65'536;

struct Quota
{
    std::int64_t micros = 0;
    std::int64_t period = 0;
    std::string file;

    /// Rounded up. Both numbers are positive, so nothing here can overflow.
    std::int64_t cpus() const { return micros / period + (micros % period != 0 ? 1 : 0); }
};

std::string contentOf(const std::string& path)
{
    auto read = readBoundedFile(path, kMaxFileSize);
    const auto* file = std::get_if<BoundedFile>(&read);
    return file != nullptr ? file->content : "";
}

std::optional<Quota> quotaFrom(const std::string& numbers, const std::string& file)
{
    // "max 100000" and "-1 100000" mean no quota, as does what cannot be read.
    std::istringstream words(numbers);
    Quota quota;
    quota.file = file;
    if (!(words >> quota.micros >> quota.period) || quota.micros <= 0 || quota.period <= 0)
        return std::nullopt;
    return quota;
}

std::optional<Quota> quotaV2(const std::string& folder)
{
    return quotaFrom(contentOf(folder + "/cpu.max"), folder + "/cpu.max");
}

std::optional<Quota> quotaV1(const std::string& folder)
{
    const std::string file = folder + "/cpu.cfs_quota_us";
    return quotaFrom(contentOf(file) + " " + contentOf(folder + "/cpu.cfs_period_us"), file);
}

void keepSmaller(std::optional<Quota>& smallest, const std::optional<Quota>& other)
{
    if (other && (!smallest || other->cpus() < smallest->cpus())) smallest = other;
}

/// The smallest quota of `group` and all above it. In a container the path is often the one outside, of which
/// only the top is mounted: folders that are not there have no quota.
template <class Read>
std::optional<Quota> smallestQuota(const std::string& mount, std::string group, Read read)
{
    std::optional<Quota> smallest;
    for (;;)
    {
        while (!group.empty() && group.back() == '/') group.pop_back();
        keepSmaller(smallest, read(mount + group));
        if (group.empty()) return smallest;
        group.erase(group.rfind('/') == std::string::npos ? 0 : group.rfind('/'));
    }
}

bool namesCpu(const std::string& controllers)
{
    return ("," + controllers + ",").find(",cpu,") != std::string::npos;
}

/// The smallest quota of the group of one line of /proc/self/cgroup: "0::/a/b" or "4:cpu,cpuacct:/a/b".
std::optional<Quota> quotaOfLine(const std::string& line, const std::string& root)
{
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) return std::nullopt;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    std::string group = line.substr(second + 1);
    if (group.find("..") != std::string::npos) group.clear();  // outside of what is mounted here

    const std::string mounts = root + "/sys/fs/cgroup";
    if (controllers.empty()) return smallestQuota(mounts, group, quotaV2);
    if (!namesCpu(controllers)) return std::nullopt;
    std::optional<Quota> smallest = smallestQuota(mounts + "/cpu", group, quotaV1);
    if (controllers != "cpu")
        keepSmaller(smallest, smallestQuota(mounts + "/" + controllers, group, quotaV1));
    return smallest;
}

std::string cpusText(std::int64_t count)
{
    return std::to_string(count) + (count == 1 ? " CPU" : " CPUs");
}

unsigned affinityCpus()
{
    // The kernel refuses a set that is smaller than its own, so ask with larger ones.
    for (int cpus = 1024; cpus <= 1024 * 64; cpus *= 2)
    {
        const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set(CPU_ALLOC(static_cast<std::size_t>(cpus)),
                                                                   [](cpu_set_t* p) { CPU_FREE(p); });
        const std::size_t size = CPU_ALLOC_SIZE(static_cast<std::size_t>(cpus));
        if (set == nullptr) return 1;
        CPU_ZERO_S(size, set.get());
        if (::sched_getaffinity(0, size, set.get()) == 0)
            return static_cast<unsigned>(CPU_COUNT_S(size, set.get()));
        if (errno != EINVAL) return 1;
    }
    return 1;
}

}  // namespace

UsableCpus usableCpus()
{
    return usableCpus(affinityCpus(), "");
}

UsableCpus usableCpus(unsigned affinityCpus, const std::string& root)
{
    if (affinityCpus == 0) affinityCpus = 1;
    std::optional<Quota> smallest;
    std::istringstream lines(contentOf(root + "/proc/self/cgroup"));
    for (std::string line; std::getline(lines, line);) keepSmaller(smallest, quotaOfLine(line, root));

    if (!smallest || smallest->cpus() >= affinityCpus)
        return {affinityCpus, cpusText(affinityCpus) + " by the affinity mask"};
    return {static_cast<unsigned>(smallest->cpus()),
            cpusText(smallest->cpus()) + " by the cgroup quota in " + smallest->file.substr(root.size())};
}

}  // namespace clustermanager::config
