/// Goal: operators read the same words for the same thing.
/// Method: tables of values and their text.

#include <cppunit/extensions/HelperMacros.h>

#include <csignal>
#include <string>

#include "core/Phrases.h"
#include "core/Snapshot.h"

namespace clustermanager::core {

using namespace std::chrono_literals;

class PhrasesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PhrasesTest);
    CPPUNIT_TEST(durationsAreShort);
    CPPUNIT_TEST(endsNameCodeOrSignal);
    CPPUNIT_TEST(waitsSayWhen);
    CPPUNIT_TEST(everyStateHasOneSpelling);
    CPPUNIT_TEST_SUITE_END();

    void durationsAreShort()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("0 ms"), durationText(0ms));
        CPPUNIT_ASSERT_EQUAL(std::string("999 ms"), durationText(999ms));
        CPPUNIT_ASSERT_EQUAL(std::string("1.2 s"), durationText(1'299ms));
        CPPUNIT_ASSERT_EQUAL(std::string("119.9 s"), durationText(119'999ms));
        CPPUNIT_ASSERT_EQUAL(std::string("2 min"), durationText(120s));
        CPPUNIT_ASSERT_EQUAL(std::string("119 min"), durationText(2h - 1ms));
        CPPUNIT_ASSERT_EQUAL(std::string("50 h"), durationText(50h));
        CPPUNIT_ASSERT_EQUAL(std::string("30000 ms"), limitText(30s));
    }

    void endsNameCodeOrSignal()
    {
        using Kind = ExitStatus::Kind;
        CPPUNIT_ASSERT_EQUAL(std::string("ended with exit code 3"), endText({Kind::Exited, 3, false}));
        CPPUNIT_ASSERT_EQUAL(std::string("ended by signal SIGSEGV (core dumped)"),
                             endText({Kind::Signaled, SIGSEGV, true}));
        CPPUNIT_ASSERT_EQUAL(std::string("ended unseen"), endText({Kind::Unknown, 0, false}));
    }

    void waitsSayWhen()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("at once"), whenText(0ms));
        CPPUNIT_ASSERT_EQUAL(std::string("in 400 ms"), whenText(400ms));
    }

    void everyStateHasOneSpelling()
    {
        const std::string generations[] = {"loading", "open", "lost", "failed", "closed"};
        for (std::size_t i = 0; i < 5; ++i)
            CPPUNIT_ASSERT_EQUAL(generations[i], std::string(name(static_cast<GenerationState>(i))));
        const std::string masters[] = {"none", "waiting", "running", "stopping", "ended", "threw"};
        for (std::size_t i = 0; i < 6; ++i)
            CPPUNIT_ASSERT_EQUAL(masters[i], std::string(name(static_cast<MasterState>(i))));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PhrasesTest);

}  // namespace clustermanager::core
