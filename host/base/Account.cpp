#include "base/Account.h"

#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

namespace clustermanager {

namespace {

constexpr std::size_t kMemoryMax = 1'048'576;
constexpr std::size_t kGroupsMax = 65'536;  // the kernel's limit

std::optional<uid_t> numberIn(const std::string& text)
{
    uid_t number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && rest == text.data() + text.size();
    return whole ? std::optional(number) : std::nullopt;
}

/// The group itself and those that name the account among their members.
std::vector<gid_t> groupsOf(const passwd& entry)
{
    std::vector<gid_t> groups(16);
    for (;;)
    {
        auto count = static_cast<int>(groups.size());
        const bool all = ::getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count) >= 0;
        if (all || groups.size() >= kGroupsMax)
        {
            groups.resize(std::min(groups.size(), static_cast<std::size_t>(count)));
            return groups;
        }
        groups.resize(groups.size() * 2);
    }
}

}  // namespace

Result<std::optional<Account>> findAccount(const std::string& nameOrNumber)
{
    const std::optional<uid_t> number = numberIn(nameOrNumber);
    passwd entry = {};
    passwd* found = nullptr;
    std::vector<char> memory(1024);
    const auto look = [&] {
        return number ? ::getpwuid_r(*number, &entry, memory.data(), memory.size(), &found)
                      : ::getpwnam_r(nameOrNumber.c_str(), &entry, memory.data(), memory.size(), &found);
    };
    int code = look();
    while (code == ERANGE && memory.size() < kMemoryMax)
    {
        memory.resize(memory.size() * 2);
        code = look();
    }
    if (found != nullptr)
        return std::optional(
            Account{entry.pw_name, entry.pw_dir, entry.pw_uid, entry.pw_gid, groupsOf(entry)});
    // Some of the sources of accounts say so where they have no such entry.
    const bool unknown = code == 0 || code == ENOENT || code == ESRCH;
    if (unknown) return std::optional<Account>();
    return SysError{"look up the account", nameOrNumber, code};
}

}  // namespace clustermanager
