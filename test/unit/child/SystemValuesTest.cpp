/// Goal: a path of the logging keys gets this process's values, and everything else in it stays as it is.
/// Method: each name against what Poco's SystemConfiguration makes of it, and texts with mistakes.
#include <Poco/AutoPtr.h>
#include <Poco/Environment.h>
#include <Poco/Util/SystemConfiguration.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "child/SystemValues.h"

using clustermanager::child::withSystemValues;

class SystemValuesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SystemValuesTest);
    CPPUNIT_TEST(knowsWhatPocoKnows);
    CPPUNIT_TEST(leavesTheRestAsItIs);
    CPPUNIT_TEST_SUITE_END();

    void knowsWhatPocoKnows()
    {
        Poco::Environment::set("CM_TEST_VALUE", "a value");
        const Poco::AutoPtr<Poco::Util::SystemConfiguration> poco(new Poco::Util::SystemConfiguration);
        for (const char* name : {"env.CM_TEST_VALUE", "env.CM_TEST_NOT_SET", "pid", "nodeName", "osName",
                                 "osVersion", "osArchitecture", "currentDir", "homeDir", "tempDir"})
        {
            const std::string text = "<${system." + std::string(name) + "}> and ${system.pid}";
            CPPUNIT_ASSERT_EQUAL(poco->expand(text), withSystemValues(text));
        }
        CPPUNIT_ASSERT_EQUAL(std::string("20"), withSystemValues("${system.dateTime}").substr(0, 2));
    }

    void leavesTheRestAsItIs()
    {
        for (const char* text : {"", "plain", "${", "${system.", "${system.pid", "${system.nothing}", "$}",
                                 "${other}", "{system.pid}", "${system.}", "}${system.env"})
            CPPUNIT_ASSERT_EQUAL(std::string(text), withSystemValues(text));
        CPPUNIT_ASSERT_EQUAL(std::string("${system.a}x"), withSystemValues("${system.a}x"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SystemValuesTest);
