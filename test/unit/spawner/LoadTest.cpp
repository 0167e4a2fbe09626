#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "spawner/SpawnerMain.h"
#include "unit/spawner/SpawnerProcess.h"

namespace clustermanager::test {

/// Goal: a plugin that cannot be loaded, however it misbehaves, is named and leaves nothing behind; a process
/// becomes a spawner only where its master made it one.
/// Method: a real spawner whose fake plugin does what the plan's setting says.
class LoadTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LoadTest);
    CPPUNIT_TEST(theLoadersWordsAreReported);
    CPPUNIT_TEST(endlessWordsAreCutOff);
    CPPUNIT_TEST(aThreadStartedWhileLoadingIsRefused);
    CPPUNIT_TEST(withoutPreloadAThreadDoesNoHarm);
    CPPUNIT_TEST(withoutPreloadAPluginThatEndsTheProcessIsNamed);
    CPPUNIT_TEST(withoutPreloadAPluginThatHangsIsEndedInTime);
    CPPUNIT_TEST(whatAConstructorThrowsIsReported);
    CPPUNIT_TEST(whatAConstructorForkedEndsToo);
    CPPUNIT_TEST(aMasterThatEndsWhileTheyLoadLeavesNobody);
    CPPUNIT_TEST(anOpeningThatDoesNotFitIsRefused);
    CPPUNIT_TEST(theRoleIsTakenFromTheEnvironmentOnce);
    CPPUNIT_TEST_SUITE_END();

public:
    void theLoadersWordsAreReported()
    {
        for (const bool preload : {true, false})
            CPPUNIT_ASSERT_EQUAL(std::string("undefined symbol: foo"), failure("fail", preload));
    }

    void endlessWordsAreCutOff()
    {
        for (const bool preload : {true, false})
            CPPUNIT_ASSERT_EQUAL(std::string(4096, 'x'), failure("fail at length", preload));
    }

    void aThreadStartedWhileLoadingIsRefused()
    {
        SpawnerProcess spawner;
        link::GenerationPlan plan = SpawnerProcess::plan(1, "thread");
        plan.pluginPath = "plugins/hello.so";
        spawner.open(plan);
        const auto failed = spawner.expect<link::LoadFailed>();
        CPPUNIT_ASSERT(failed.kind == link::LoadFailed::Kind::StartedThread);
        CPPUNIT_ASSERT_MESSAGE(failed.text,
                               failed.text.find("plugin 'plugins/hello.so' started a thread") == 0);
        CPPUNIT_ASSERT_MESSAGE(failed.text, failed.text.find("preload=false") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(1, spawner.end().number);
        assertNobodyLeft();
    }

    void withoutPreloadAThreadDoesNoHarm()
    {
        SpawnerProcess spawner;
        link::GenerationPlan plan = SpawnerProcess::plan(1, "thread");
        plan.preload = false;
        spawner.openWell(plan);
        (void)spawner.spawn(FakeLife::Pause);
        spawner.hangUp();
        CPPUNIT_ASSERT(spawner.end().success());
        assertNobodyLeft();
    }

    void withoutPreloadAPluginThatEndsTheProcessIsNamed()
    {
        const std::string ended = "the plugin ended the process while it was loaded: ";
        CPPUNIT_ASSERT_EQUAL(ended + "exit code 0", failure("exit", false));
        CPPUNIT_ASSERT_EQUAL(ended + "signal SIGSEGV", failure("crash", false));
    }

    void withoutPreloadAPluginThatHangsIsEndedInTime()
    {
        for (const char* how : {"hang", "hang closed"})
            CPPUNIT_ASSERT_EQUAL(std::string("the plugin did not finish loading within 150 ms"),
                                 failure(how, false, 150));
    }

    void whatAConstructorThrowsIsReported()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("a constructor threw int"), failure("throw", false));

        SpawnerProcess spawner;
        spawner.open(SpawnerProcess::plan(1, "throw"));
        CPPUNIT_ASSERT_EQUAL(std::string("a constructor threw int"), spawner.expect<link::LoadFailed>().text);
        CPPUNIT_ASSERT_EQUAL(SIGABRT, spawner.end().number);
        assertNobodyLeft();
    }

    void whatAConstructorForkedEndsToo()
    {
        for (const bool preload : {true, false})
        {
            SpawnerProcess spawner;
            link::GenerationPlan plan = SpawnerProcess::plan(1, "fork");
            plan.preload = preload;
            spawner.openWell(plan);
            spawner.send(link::Close{});
            CPPUNIT_ASSERT(spawner.end().success());
            assertNobodyLeft();
        }
    }

    void aMasterThatEndsWhileTheyLoadLeavesNobody()
    {
        SpawnerProcess spawner;
        link::GenerationPlan plan = SpawnerProcess::plan(1, "hang");
        plan.preload = false;
        spawner.open(plan);
        spawner.hangUp();
        CPPUNIT_ASSERT(spawner.end().kind == ExitStatus::Kind::Exited);
        assertNobodyLeft();
    }

    void anOpeningThatDoesNotFitIsRefused()
    {
        expectRefused([](SpawnerProcess& spawner) { spawner.send(link::Close{}); });
        expectRefused([](SpawnerProcess& spawner) { spawner.send(link::Open{0}); });
        expectRefused([](SpawnerProcess& spawner) { spawner.hangUp(); });
        expectRefused([](SpawnerProcess& spawner) {
            link::GenerationPlan plan = SpawnerProcess::plan(1);
            plan.listeners.push_back({"http"});
            spawner.open(plan);
        });
    }

    void theRoleIsTakenFromTheEnvironmentOnce()
    {
        const char* variable = spawner::kSpawnerLinkVariable;
        CPPUNIT_ASSERT(!spawner::takeSpawnerRole());
        for (const char* wrong : {"", "x", "1", "99999", "12x"})
        {
            (void)::setenv(variable, wrong, 1);
            CPPUNIT_ASSERT(!spawner::takeSpawnerRole());
            CPPUNIT_ASSERT(std::getenv(variable) == nullptr);
        }
        const FileDescriptor stream(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        (void)::setenv(variable, std::to_string(stream.get()).c_str(), 1);
        CPPUNIT_ASSERT(!spawner::takeSpawnerRole());

        link::LinkPair pair = std::move(link::makeLinkPair().value());
        const int fd = pair.theirs.release();
        CPPUNIT_ASSERT_EQUAL(0, ::fcntl(fd, F_SETFD, 0));
        (void)::setenv(variable, std::to_string(fd).c_str(), 1);
        const std::optional<FileDescriptor> taken = spawner::takeSpawnerRole();
        CPPUNIT_ASSERT(taken && taken->get() == fd);
        CPPUNIT_ASSERT_EQUAL(FD_CLOEXEC, ::fcntl(fd, F_GETFD));
        CPPUNIT_ASSERT(std::getenv(variable) == nullptr);
    }

private:
    /// The text of an Unloadable that ends the spawner.
    static std::string failure(const std::string& load, bool preload, std::uint32_t timeoutMs = 15'000)
    {
        SpawnerProcess spawner;
        link::GenerationPlan plan = SpawnerProcess::plan(1, load);
        plan.preload = preload;
        plan.startTimeoutMs = timeoutMs;
        spawner.open(plan);
        auto failed = spawner.expect<link::LoadFailed>();
        CPPUNIT_ASSERT(failed.kind == link::LoadFailed::Kind::Unloadable);
        CPPUNIT_ASSERT_EQUAL(1, spawner.end().number);
        assertNobodyLeft();
        return failed.text;
    }

    static void expectRefused(const std::function<void(SpawnerProcess&)>& say)
    {
        SpawnerProcess spawner;
        say(spawner);
        CPPUNIT_ASSERT_EQUAL(76, spawner.end().number);
        assertNobodyLeft();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LoadTest);

}  // namespace clustermanager::test
