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

/// `call` with more memory until it is enough; its last code.
template <class Call>
int look(std::vector<char>& memory, Call call)
{
    int code = ERANGE;
    for (std::size_t size = 1024; code == ERANGE && size <= kMemoryMax; size *= 2)
    {
        memory.resize(size);
        code = call();
    }
    return code;
}

/// Some of the sources of accounts say so where they have no such entry.
bool isUnknown(int code)
{
    return code == 0 || code == ENOENT || code == ESRCH;
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
    std::vector<char> memory;
    const int code = look(memory, [&] {
        return number ? ::getpwuid_r(*number, &entry, memory.data(), memory.size(), &found)
                      : ::getpwnam_r(nameOrNumber.c_str(), &entry, memory.data(), memory.size(), &found);
    });
    if (found != nullptr)
        return std::optional(
            Account{entry.pw_name, entry.pw_dir, entry.pw_uid, entry.pw_gid, groupsOf(entry)});
    if (isUnknown(code)) return std::optional<Account>();
    return SysError{"look up the account", nameOrNumber, code};
}

Result<std::optional<gid_t>> findGroup(const std::string& name)
{
    group entry = {};
    group* found = nullptr;
    std::vector<char> memory;
    const int code = look(
        memory, [&] { return ::getgrnam_r(name.c_str(), &entry, memory.data(), memory.size(), &found); });
    if (found != nullptr) return std::optional(entry.gr_gid);
    if (isUnknown(code)) return std::optional<gid_t>();
    return SysError{"look up the group", name, code};
}

}  // namespace clustermanager
