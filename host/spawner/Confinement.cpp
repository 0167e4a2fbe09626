#include "spawner/Confinement.h"

#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "base/SysError.h"

namespace clustermanager::spawner {

namespace {

std::string failed(const Account& account, std::string_view call)
{
    return "the group's processes cannot run as user '" + account.name +
           "': " + SysError{std::string(call), "", errno}.text();
}

/// What a program could have on top of its user's rights. Without the right to drop it there is nothing that
/// could be dropped.
void dropBoundingSet()
{
    for (int capability = 0; capability <= CAP_LAST_CAP; ++capability)
        (void)::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

/// In this order: each step needs rights that a later one gives up.
std::optional<std::string> become(const Account& account)
{
    dropBoundingSet();
    if (::setgroups(account.groups.size(), account.groups.data()) != 0) return failed(account, "setgroups");
    if (::setresgid(account.group, account.group, account.group) != 0) return failed(account, "setresgid");
    if (::setresuid(account.user, account.user, account.user) != 0) return failed(account, "setresuid");
    if (account.user != 0 && ::setresuid(0, 0, 0) == 0)
        return "the group's processes could become root again, in spite of user '" + account.name + "'";
    // Keys that root has put into its own; a kernel without any has none to give.
    (void)::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed(account, "prctl(PR_SET_NO_NEW_PRIVS)");
    // Another user has made this process undumpable, and its own /proc/self/fd closed to it.
    if (::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0) return failed(account, "prctl(PR_SET_DUMPABLE)");
    return std::nullopt;
}

/// PREFIX7.log, PREFIX7.out, PREFIXmaster.log: archives are not written to.
bool isOneOf(const std::filesystem::path& file, const std::string& prefix)
{
    const std::string name = file.stem().string();
    if (name.rfind(prefix, 0) != 0 || (file.extension() != ".log" && file.extension() != ".out"))
        return false;
    const std::string slot = name.substr(prefix.size());
    return slot == "master" || slot.find_first_not_of("0123456789") == std::string::npos;
}

/// Files there may be of a time when the group ran as somebody else.
std::optional<std::string> whyItCannotLog(const Account& account, const std::string& folder,
                                          const std::string& prefix)
{
    if (::access(folder.c_str(), W_OK | X_OK) != 0)
        return "user '" + account.name +
               "' cannot write to cluster.logFolder: " + SysError{"access", folder, errno}.text() +
               "; as root: chgrp " + std::to_string(account.group) + " '" + folder + "'; chmod 1770 '" +
               folder + "'";
    std::error_code unreadable;
    for (const auto& entry : std::filesystem::directory_iterator(folder, unreadable))
    {
        const std::filesystem::path& file = entry.path();
        if (isOneOf(file, prefix) && ::access(file.c_str(), W_OK) != 0)
            return "user '" + account.name +
                   "' cannot write to its log: " + SysError{"access", file, errno}.text() +
                   "; as root: chown " + std::to_string(account.user) + " '" + file.string() + "'";
    }
    return std::nullopt;
}

enum class Hardness : std::uint8_t
{
    Soft,  // the process may raise it again
    Hard
};

void limit(__rlimit_resource resource, rlim_t most, Hardness hardness)
{
    rlimit limits = {};
    if (::getrlimit(resource, &limits) != 0) return;
    limits.rlim_cur = std::min(most, limits.rlim_max);
    if (hardness == Hardness::Hard) limits.rlim_max = limits.rlim_cur;
    (void)::setrlimit(resource, &limits);
}

void nameInEnvironment(const Account& account)
{
    // NOLINTBEGIN(concurrency-mt-unsafe): a spawner has one thread
    (void)::setenv("USER", account.name.c_str(), 1);
    (void)::setenv("LOGNAME", account.name.c_str(), 1);
    (void)::setenv("HOME", account.home.c_str(), 1);
    // NOLINTEND(concurrency-mt-unsafe)
}

}  // namespace

std::optional<std::string> becomeAccountOf(const link::GenerationPlan& plan)
{
    if (!plan.account) return std::nullopt;
    if (std::optional<std::string> problem = become(*plan.account)) return problem;
    nameInEnvironment(*plan.account);
    if (plan.logsConfigured || plan.logFolder.empty()) return std::nullopt;
    return whyItCannotLog(*plan.account, plan.logFolder, plan.group + "-");
}

void setLimits(const ProcessLimits& limits)
{
    limit(RLIMIT_CORE, limits.coreBytes, Hardness::Soft);
    if (limits.openFiles != 0) limit(RLIMIT_NOFILE, limits.openFiles, Hardness::Hard);
    if (limits.addressBytes != 0) limit(RLIMIT_AS, limits.addressBytes, Hardness::Hard);
}

}  // namespace clustermanager::spawner
