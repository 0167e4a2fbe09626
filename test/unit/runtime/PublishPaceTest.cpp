/// Goal: a picture for readers comes soon enough, never delays other work, and a flood of reports makes few
/// of them. Method: times are made up.

#include "runtime/PublishPace.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

namespace clustermanager::runtime {

class PublishPaceTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PublishPaceTest);
    CPPUNIT_TEST(nothingIsDueWithoutAChange);
    CPPUNIT_TEST(aChangeIsDueWhenNothingFollowsIt);
    CPPUNIT_TEST(aBusyLoopMakesItAllTheSame);
    CPPUNIT_TEST(reportsWaitForEachOther);
    CPPUNIT_TEST(aChangeDoesNotWaitForReports);
    CPPUNIT_TEST(thePictureOfManyChildrenIsFollowedByARest);
    CPPUNIT_TEST_SUITE_END();

public:
    void nothingIsDueWithoutAChange()
    {
        PublishPace pace;
        CPPUNIT_ASSERT(!pace.due(_now, true));
        CPPUNIT_ASSERT(!pace.deadline());
        pace.changed(_now);
        pace.published(_now, 1);
        CPPUNIT_ASSERT(!pace.due(_now, true) && !pace.deadline());
    }

    void aChangeIsDueWhenNothingFollowsIt()
    {
        PublishPace pace;
        pace.changed(_now - PublishPace::kQuiet);
        pace.changed(_now);
        CPPUNIT_ASSERT(!pace.due(_now, true));
        CPPUNIT_ASSERT(*pace.deadline() == _now + PublishPace::kQuiet);
        CPPUNIT_ASSERT(!pace.due(*pace.deadline(), false));
        CPPUNIT_ASSERT(pace.due(*pace.deadline(), true));
    }

    void aBusyLoopMakesItAllTheSame()
    {
        PublishPace pace;
        pace.changed(_now);
        pace.changed(_now + PublishPace::kWhileBusy);
        CPPUNIT_ASSERT(*pace.deadline() == _now + PublishPace::kWhileBusy);
        CPPUNIT_ASSERT(pace.due(*pace.deadline(), false));
    }

    void reportsWaitForEachOther()
    {
        PublishPace pace;
        pace.reported(_now);
        pace.reported(_now + Millis(100));
        CPPUNIT_ASSERT(!pace.due(_now + Millis(100), true));
        CPPUNIT_ASSERT(*pace.deadline() == _now + PublishPace::kForReports);
        CPPUNIT_ASSERT(pace.due(*pace.deadline(), false));
    }

    void aChangeDoesNotWaitForReports()
    {
        PublishPace pace;
        pace.reported(_now);
        pace.changed(_now + Millis(50));
        CPPUNIT_ASSERT(!pace.due(_now + Millis(50), true));
        CPPUNIT_ASSERT(*pace.deadline() == _now + Millis(50) + PublishPace::kQuiet);
        CPPUNIT_ASSERT(pace.due(*pace.deadline(), true));
    }

    void thePictureOfManyChildrenIsFollowedByARest()
    {
        PublishPace pace;
        pace.changed(_now);
        pace.published(_now, 1000);
        pace.changed(_now);
        CPPUNIT_ASSERT(!pace.due(_now + PublishPace::kWhileBusy, true));
        CPPUNIT_ASSERT(*pace.deadline() == _now + Millis(20));
        CPPUNIT_ASSERT(pace.due(*pace.deadline(), true));

        pace.published(_now, 1000);
        pace.reported(_now);
        CPPUNIT_ASSERT(*pace.deadline() == _now + Millis(1000));
        CPPUNIT_ASSERT(!pace.due(_now + PublishPace::kForReports, true));
    }

private:
    const TimePoint _now{std::chrono::seconds(100)};
};

CPPUNIT_TEST_SUITE_REGISTRATION(PublishPaceTest);

}  // namespace clustermanager::runtime
