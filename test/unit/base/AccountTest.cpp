/// Goal: an account is found by name and number, with all of its groups, and its absence is no error.
/// Method: the accounts that every Debian has.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <string>

#include "base/Account.h"

using namespace clustermanager;

class AccountTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AccountTest);
    CPPUNIT_TEST(byNameAndByNumber);
    CPPUNIT_TEST(whatIsNotThereIsNothing);
    CPPUNIT_TEST(groupsAreFoundByName);
    CPPUNIT_TEST_SUITE_END();

    void byNameAndByNumber()
    {
        for (const char* name : {"root", "0"})
        {
            const auto root = findAccount(name);
            CPPUNIT_ASSERT(root && root.value());
            CPPUNIT_ASSERT_EQUAL(std::string("root"), root.value()->name);
            CPPUNIT_ASSERT_EQUAL(uid_t{0}, root.value()->user);
            CPPUNIT_ASSERT_EQUAL(std::string("/root"), root.value()->home);
            const std::vector<gid_t>& groups = root.value()->groups;
            CPPUNIT_ASSERT(std::find(groups.begin(), groups.end(), root.value()->group) != groups.end());
        }
    }

    void whatIsNotThereIsNothing()
    {
        for (const char* name : {"nobody-at-all", "4294967290", "99999999999", "-1", "0x0", "root ", ""})
        {
            const auto nobody = findAccount(name);
            CPPUNIT_ASSERT_MESSAGE(name, nobody && !nobody.value());
        }
    }

    void groupsAreFoundByName()
    {
        const auto root = findGroup("root");
        CPPUNIT_ASSERT(root && root.value() == std::optional<gid_t>(0));
        const auto none = findGroup("nobody-at-all");
        CPPUNIT_ASSERT(none && !none.value());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AccountTest);
