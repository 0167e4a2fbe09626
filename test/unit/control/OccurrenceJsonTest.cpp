/// Goal: what has happened is told with exactly the members its kind has.
/// Method: one occurrence of each kind, compared with the whole expected text.
#include <cppunit/extensions/HelperMacros.h>

#include "control/OccurrenceJson.h"

namespace clustermanager::control::test {

namespace {

using Severity = core::Announce::Severity;

core::OneStart third()
{
    return {ChildId{3}, StartNumber{7}, 2, 123, 1};
}

std::string told(decltype(core::Occurrence::what) what, const std::string& group = "hello",
                 Severity severity = Severity::Info)
{
    return occurrenceJson(
        {17, WallTime(std::chrono::milliseconds(1500)), severity, group, "a \"b\"", std::move(what)});
}

std::string head(const std::string& kind, const std::string& severity = "info")
{
    return "{\"id\":17,\"time\":\"1970-01-01T00:00:01.500Z\",\"kind\":\"" + kind + "\",\"severity\":\"" +
           severity + "\",";
}

const std::string kTail = ",\"text\":\"a \\\"b\\\"\"}";
const std::string kThird = "\"child\":3,\"start\":7,\"generation\":2,\"pid\":123,\"restarts\":1,";

}  // namespace

class OccurrenceJsonTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(OccurrenceJsonTest);
    CPPUNIT_TEST(tellsAChangeOfState);
    CPPUNIT_TEST(tellsAnEnd);
    CPPUNIT_TEST(tellsOfARunMaster);
    CPPUNIT_TEST(tellsOfGroupsAndOperations);
    CPPUNIT_TEST(tellsOfTheHost);
    CPPUNIT_TEST_SUITE_END();

    void tellsAChangeOfState()
    {
        CPPUNIT_ASSERT_EQUAL(
            head("child") + "\"group\":\"hello\"," + kThird +
                "\"from\":\"starting\",\"to\":\"ready\",\"reason\":\"\"" + kTail,
            told(core::ChildStateChanged{third(), core::ChildState::Starting, core::ChildState::Ready, ""}));
    }

    void tellsAnEnd()
    {
        const std::string rest = "\"reason\":\"why\",\"uptimeMs\":1200,\"userMs\":2,\"systemMs\":3,"
                                 "\"maxRssKiB\":4";
        core::ProcessEnded crashed{third(), {ExitStatus::Kind::Exited, 3, false}, "", Millis(1), {}};
        crashed.crash = "hello-3-7";
        CPPUNIT_ASSERT(told(crashed).find("\"maxRssKiB\":0,\"crash\":\"hello-3-7\"") != std::string::npos);
        const auto end = [](ExitStatus status) {
            return core::ProcessEnded{third(), status, "why", Millis(1200), {2000, 3000, 4}};
        };
        const std::string begin = head("exit", "warning") + "\"group\":\"hello\"," + kThird;
        CPPUNIT_ASSERT_EQUAL(begin + "\"exit\":{\"code\":3}," + rest + kTail,
                             told(end({ExitStatus::Kind::Exited, 3}), "hello", Severity::Warning));
        CPPUNIT_ASSERT_EQUAL(begin + "\"exit\":{\"signal\":\"SIGSEGV\",\"coreDumped\":true}," + rest + kTail,
                             told(end({ExitStatus::Kind::Signaled, 11, true}), "hello", Severity::Warning));
        CPPUNIT_ASSERT_EQUAL(begin + "\"exit\":{}," + rest + kTail,
                             told(end({}), "hello", Severity::Warning));
    }

    void tellsOfARunMaster()
    {
        core::OneStart process{runMasterOf(GroupId{1}), StartNumber{7}, 2, 0, 0};
        CPPUNIT_ASSERT_EQUAL(head("child") +
                                 "\"group\":\"hello\",\"runMaster\":true,\"start\":7,\"generation\":2,"
                                 "\"restarts\":0,\"from\":\"stopped\",\"to\":\"spawning\",\"reason\":\"\"" +
                                 kTail,
                             told(core::ChildStateChanged{process, core::ChildState::Stopped,
                                                          core::ChildState::Spawning, ""}));
    }

    void tellsOfGroupsAndOperations()
    {
        CPPUNIT_ASSERT_EQUAL(head("group") +
                                 "\"group\":\"hello\",\"state\":\"running\",\"generation\":2,"
                                 "\"generationState\":\"open\",\"phase\":\"replacing\",\"reason\":\"r\"" +
                                 kTail,
                             told(core::GroupChanged{core::GroupState::Running, 2,
                                                     core::GenerationState::Open, "replacing", "r"}));
        CPPUNIT_ASSERT_EQUAL(
            head("operation", "error") +
                "\"group\":\"hello\",\"operation\":9,\"operationKind\":\"reload\",\"state\":\"failed\","
                "\"phase\":\"reverting\",\"stepsOver\":1,\"steps\":4,\"reason\":\"r\"" +
                kTail,
            told(core::OperationChanged{OperationId{9}, core::OperationKind::Reload,
                                        core::OperationState::Failed, "reverting", "r", 1, 4},
                 "hello", Severity::Error));
    }

    void tellsOfTheHost()
    {
        CPPUNIT_ASSERT_EQUAL(head("config") + "\"applied\":true,\"details\":[\"x\",\"y\"]" + kTail,
                             told(core::ConfigurationRead{true, {"x", "y"}}, ""));
        CPPUNIT_ASSERT_EQUAL(head("command") + "\"route\":\"POST /reload\",\"who\":\"uid 0\",\"answer\":202" +
                                 kTail,
                             told(core::CommandAsked{"POST /reload", "uid 0", 202}, ""));
        CPPUNIT_ASSERT_EQUAL(head("host") + "\"what\":\"upgradeFailed\",\"reason\":\"r\"" + kTail,
                             told(core::HostChanged{core::HostChanged::What::NotUpgraded, "r"}, ""));
        CPPUNIT_ASSERT_EQUAL(head("notice", "debug") + "\"text\":\"a \\\"b\\\"\"}",
                             told(core::Notice{}, "", Severity::Debug));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OccurrenceJsonTest);

}  // namespace clustermanager::control::test
