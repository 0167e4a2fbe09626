#pragma once

#include <cppunit/TestAssert.h>
#include <sys/stat.h>
#include <unistd.h>

#include <grp.h>

#include <filesystem>
#include <string>

#include "Files.h"

/// Running a host without the rights of root, where the tests have them: no file is kept from root, and some
/// limits do not hold for it.
namespace clustermanager::integration {

constexpr uid_t kNobody = 65534;

/// Whether nobody could run what is there.
inline bool everybodyMayRead(const std::string& file)
{
    struct stat facts = {};
    for (std::filesystem::path path = file; path.has_relative_path(); path = path.parent_path())
        if (::stat(path.c_str(), &facts) != 0 || (facts.st_mode & S_IXOTH) == 0) return false;
    return true;
}

/// The folder of a test, as HostFixture makes it. What the host says goes to a file that is still root's.
inline void giveToNobody(const std::string& folder)
{
    for (const char* part : {"", "run", "log", "probe", "files"})
        CPPUNIT_ASSERT_EQUAL(0, ::chown((folder + part).c_str(), kNobody, kNobody));
    writeFile(folder + "output", "");
}

/// For HostFixture::before().
inline void become(uid_t user)
{
    if (::setgroups(0, nullptr) != 0 || ::setresgid(user, user, user) != 0 ||
        ::setresuid(user, user, user) != 0)
        ::_exit(125);
}
inline void becomeNobody()
{
    become(kNobody);
}

}  // namespace clustermanager::integration
