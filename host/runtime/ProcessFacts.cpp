#include "runtime/ProcessFacts.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include "base/FileDescriptor.h"

namespace clustermanager::runtime {
namespace {

/// Longer than either file is.
constexpr std::size_t kFileBytesMax = 8'192;

/// The first number of the line "KEY:   123 kB".
std::optional<std::uint64_t> readLine(const std::string& path, const std::string& key)
{
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return std::nullopt;
    std::array<char, kFileBytesMax> buffer = {};
    const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
    if (size <= 0) return std::nullopt;

    const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
    const std::size_t line = text.find("\n" + key + ":");
    if (line == std::string_view::npos) return std::nullopt;
    const std::size_t digits = text.find_first_of("0123456789", line);
    if (digits == std::string_view::npos) return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data() + digits, text.data() + text.size(), value);
    if (error != std::errc()) return std::nullopt;
    return value;
}

}  // namespace

std::optional<std::uint64_t> readMemoryKiB(pid_t pid)
{
    const std::string folder = "/proc/" + std::to_string(pid);
    const std::optional<std::uint64_t> share = readLine(folder + "/smaps_rollup", "Pss");
    return share ? share : readLine(folder + "/status", "VmRSS");
}

// Not by the owner of the folder: that is root's for a process that has made itself undumpable.
std::optional<uid_t> readUser(pid_t pid)
{
    const std::optional<std::uint64_t> user = readLine("/proc/" + std::to_string(pid) + "/status", "Uid");
    return user ? std::optional(static_cast<uid_t>(*user)) : std::nullopt;
}

}  // namespace clustermanager::runtime
