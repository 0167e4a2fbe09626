#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/SysError.h"

namespace clustermanager {

/// An account of this machine, with all that a process needs to become it without asking again.
struct Account
{
    std::string name;
    std::string home;
    uid_t user = 0;
    gid_t group = 0;
    std::vector<gid_t> groups;  // all of them, `group` included

    template <class IO>
    void fields(IO& io)
    {
        io(name);
        io(home);
        io(user);
        io(group);
        io(groups);
    }

    bool operator==(const Account& other) const
    {
        return name == other.name && home == other.home && user == other.user && group == other.group &&
               groups == other.groups;
    }
};

/// By its name, or by its number in decimal. Nothing: there is no such account.
Result<std::optional<Account>> findAccount(const std::string& nameOrNumber);

/// The number of the group of that name. Nothing: there is no such group.
Result<std::optional<gid_t>> findGroup(const std::string& name);

}  // namespace clustermanager
