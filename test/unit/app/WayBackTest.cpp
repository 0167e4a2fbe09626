/// Goal: a program that cannot go on gives way to the one before, of itself or when its time is up; one that
/// is up never does. Method: processes of the test's own whose way back leads to env(1), which prints why it
/// was taken.

#include <cppunit/extensions/HelperMacros.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "app/WayBack.h"

namespace clustermanager::app::test {

class WayBackTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(WayBackTest);
    CPPUNIT_TEST(leadsBackWithTheReason);
    CPPUNIT_TEST(isTakenWhenTheTimeIsUp);
    CPPUNIT_TEST(isClosedForGood);
    CPPUNIT_TEST(knowsTheCommandLine);
    CPPUNIT_TEST_SUITE_END();

    /// What the process prints in which this is done.
    static std::string outputOf(const std::function<void(WayBack&)>& action)
    {
        int ends[2];
        CPPUNIT_ASSERT_EQUAL(0, ::pipe(ends));
        const pid_t child = ::fork();
        if (child == 0)
        {
            (void)::dup2(ends[1], STDOUT_FILENO);
            const int program = ::open("/usr/bin/env", O_RDONLY);
            const int state = ::open("/dev/null", O_RDONLY);
            WayBack wayBack({program}, {state}, {"env"});
            action(wayBack);
            ::_exit(0);
        }
        (void)::close(ends[1]);
        std::string text;
        char buffer[4096];
        for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;)
            text.append(buffer, static_cast<std::size_t>(got));
        (void)::close(ends[0]);
        CPPUNIT_ASSERT_EQUAL(child, ::waitpid(child, nullptr, 0));
        return text;
    }

    void leadsBackWithTheReason()
    {
        const std::string words = outputOf([](WayBack& wayBack) { wayBack.take("it is the wrong one"); });
        CPPUNIT_ASSERT_MESSAGE(words, words.find("CM_HANDOVER=b:") != std::string::npos);
        CPPUNIT_ASSERT(words.find(":it is the wrong one\n") != std::string::npos);
    }

    void isTakenWhenTheTimeIsUp()
    {
        const std::string words = outputOf([](WayBack&) {
            (void)::alarm(1);
            for (;;) ::pause();
        });
        CPPUNIT_ASSERT_MESSAGE(words, words.find("was not up within 10 s") != std::string::npos);
    }

    void isClosedForGood()
    {
        const std::string words = outputOf([](WayBack& wayBack) {
            wayBack.close();
            wayBack.take("too late");
            (void)!::write(STDOUT_FILENO, "here", 4);
        });
        CPPUNIT_ASSERT_EQUAL(std::string("here"), words);
    }

    void knowsTheCommandLine()
    {
        CPPUNIT_ASSERT(WayBack::ownArguments().at(0).find("unit_app") != std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WayBackTest);

}  // namespace clustermanager::app::test
