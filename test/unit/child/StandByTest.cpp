/// Goal: a process that waited, or was to be another child before, is in everything the child introduced
/// last. Method: real forked children; the test is their master at the other end of a real link.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "ForkedChild.h"
#include "unit/TemporaryFolder.h"

using namespace clustermanager;

namespace {

std::string environment(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? "-" : value;
}

int sayWhoAndWait(cm_context* context)
{
    const std::string who = environment("CM_CHILD_ID") + " " + environment("CM_CHILD_INDEX") + " " +
                            environment("CM_RESTART") + " " + std::to_string(context->child_id) + " " +
                            std::to_string(context->child_index) + " " + std::to_string(context->restarts);
    context->send(context, CM_TO_MASTER, who.data(), who.size());
    context->log(context, CM_LOG_INFO, nullptr, "here");
    context->ready(context);
    context->wait_stop(context, -1);
    return context->log_enabled(context, CM_LOG_DEBUG) == 1 ? 5 : 4;
}

}  // namespace

class StandByTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(StandByTest);
    CPPUNIT_TEST(aSpareBecomesAChildThatWasNeverRestarted);
    CPPUNIT_TEST(aSpareBecomesAChildThatWasRestarted);
    CPPUNIT_TEST(aSpareOfAPluginThatIsNotLoadedYet);
    CPPUNIT_TEST(nothingIsLeftOfWhoWasIntroducedBefore);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;

    ForkedChild::Setup setup() const
    {
        ForkedChild::Setup setup;
        setup.plan.group = "hello";
        setup.plan.shutdownTimeoutMs = 10'000;
        setup.plan.updateStatusMs = 60'000;
        setup.plan.logFolder = _folder.path();
        setup.runChild = sayWhoAndWait;
        return setup;
    }

    void expectChild(ForkedChild::Setup setup, const std::string& who) const
    {
        ForkedChild child(std::move(setup));
        const auto hello = child.expect<link::Hello>();
        CPPUNIT_ASSERT(hello.start == ForkedChild::kStart && hello.pid == child.pid());
        CPPUNIT_ASSERT_EQUAL(who, child.expect<link::PluginMessage>().data);
        child.expect<link::Ready>();
        child.tell(link::SetLogLevel{8, CM_LOG_DEBUG, ""});
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{8}, child.expect<link::LogLevelSet>().ticket);
        child.tell(link::AskExit{});
        CPPUNIT_ASSERT_EQUAL(5, child.exitCode());

        for (const auto& file : std::filesystem::directory_iterator(_folder.path()))
            CPPUNIT_ASSERT_EQUAL(std::string("hello-3.log"), file.path().filename().string());
        CPPUNIT_ASSERT(std::filesystem::file_size(_folder.path() + "/hello-3.log") > 0);
    }

    void aSpareBecomesAChildThatWasNeverRestarted()
    {
        ForkedChild::Setup spare = setup();
        spare.standBy = true;
        expectChild(std::move(spare), "3 2 - 3 2 0");
    }

    void aSpareBecomesAChildThatWasRestarted()
    {
        ForkedChild::Setup spare = setup();
        spare.standBy = true;
        spare.restarts = 4;
        expectChild(std::move(spare), "3 2 4 3 2 4");
    }

    void aSpareOfAPluginThatIsNotLoadedYet()
    {
        ForkedChild::Setup spare = setup();
        spare.standBy = true;
        spare.plan.preload = false;
        expectChild(std::move(spare), "3 2 - 3 2 0");
    }

    void nothingIsLeftOfWhoWasIntroducedBefore()
    {
        ForkedChild::Setup second = setup();
        second.before = child::Identity{StartNumber{1}, ChildId{9}, 7, 12345, CM_LOG_TRACE};
        expectChild(std::move(second), "3 2 - 3 2 0");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StandByTest);
