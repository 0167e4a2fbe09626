/// Goal: nobody who fails to read what the host says can hold it up.
/// Method: the host's standard error is a pipe that is full, and that nobody reads.
#include "HostFixture.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

namespace {

using namespace clustermanager::integration;

/// In the host's place, before it begins. The reading end stays open, in the host itself.
void stallStandardError()
{
    int ends[2] = {-1, -1};
    if (::pipe(ends) != 0 || ::fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0) ::_exit(125);
    constexpr std::array<char, 4096> kPage{};
    while (::write(ends[1], kPage.data(), kPage.size()) > 0)
    {}
    if (::fcntl(ends[1], F_SETFL, 0) != 0 || ::dup2(ends[1], STDERR_FILENO) < 0) ::_exit(125);
}

class StalledConsoleTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(StalledConsoleTest);
    CPPUNIT_TEST(theHostServes);
    CPPUNIT_TEST(theHostServesWithAConsoleChannel);
    CPPUNIT_TEST(aHostThatCannotStartSaysSoByItsExitCode);
    CPPUNIT_TEST(aHostThatGivesUpEnds);
    CPPUNIT_TEST_SUITE_END();

    void serves()
    {
        actors(2);
        restartFast();
        before(&stallStandardError);
        startReady();
        signalChild(1);
        waitRestarts(1, 1);
        CPPUNIT_ASSERT_EQUAL(0, stop());
    }

public:
    void theHostServes() { serves(); }

    /// As etc/container.ini has it.
    void theHostServesWithAConsoleChannel()
    {
        set("logging.loggers.root.channel", "console");
        set("logging.loggers.root.level", "information");
        set("logging.channels.console.class", "ConsoleChannel");
        set("logging.channels.console.formatter", "plain");
        set("logging.formatters.plain.class", "PatternFormatter");
        set("logging.formatters.plain.pattern", "%p %s: %t");
        serves();
    }

    void aHostThatCannotStartSaysSoByItsExitCode()
    {
        actors(1);
        set("cluster.count", "many");
        before(&stallStandardError);
        CPPUNIT_ASSERT_EQUAL(78, startAndEnd());
    }

    void aHostThatGivesUpEnds()
    {
        actors(1);
        set("plugin.actor.start", "return3");
        set("cluster.backoffMinMs", "1");
        set("cluster.maxRestarts", "2");
        set("cluster.onGiveUp", "exit");
        before(&stallStandardError);
        exitCodeMayBe(70);
        start();
        CPPUNIT_ASSERT_EQUAL(70, waitForExit());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StalledConsoleTest);

}  // namespace
