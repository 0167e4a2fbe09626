/// Goal: whatever an operator changes under full load, no client notices; and a child that is killed takes at
/// most what it had accepted along, and refuses nobody.
/// Method: 16 clients with a connection for each request and 16 that keep theirs, as fast as they are
/// answered, on the example plugin hello; each answer must come whole and right (load/Client.h).
#include "ServingHost.h"

namespace {

using namespace clustermanager::integration;
using clustermanager::load::Loss;
using clustermanager::load::Tally;

class ZeroLossTest : public ServingHost
{
    CPPUNIT_TEST_SUITE(ZeroLossTest);
    CPPUNIT_TEST(nobodyNoticesAReload);
    CPPUNIT_TEST(nobodyNoticesAHangUp);
    CPPUNIT_TEST(nobodyNoticesAReplacedPlugin);
    CPPUNIT_TEST(nobodyNoticesAnotherCount);
    CPPUNIT_TEST(nobodyNoticesAnUpgrade);
    CPPUNIT_TEST(aKilledChildTakesOnlyWhatItHasAccepted);
    CPPUNIT_TEST(aKilledChildInAReloadTakesOnlyWhatItHasAccepted);
    CPPUNIT_TEST_SUITE_END();

    void expectNoLoss()
    {
        const Tally tally = endLoad();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(tally.text() + '\n' + output(), std::uint64_t{0}, tally.lost());
        CPPUNIT_ASSERT_EQUAL_MESSAGE(tally.text(), std::uint64_t{0}, tally.resetAfterAnswer);
    }

    void expectAtMost(std::uint64_t bound)
    {
        const Tally tally = endLoad();
        CPPUNIT_ASSERT_MESSAGE(std::to_string(bound) + " may be lost: " + tally.text() + '\n' + output(),
                               tally.lost() <= bound);
        for (const Loss loss : {Loss::Refused, Loss::Wrong, Loss::TimedOut, Loss::NoSocket})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(tally.text(), std::uint64_t{0}, tally.of(loss));
    }

    void repeat(unsigned times, void (ZeroLossTest::*step)())
    {
        serve();
        beginLoad();
        for (unsigned i = 0; i < times; ++i)
        {
            (this->*step)();
            waitAnswers();
        }
        expectNoLoss();
    }

public:
    void nobodyNoticesAReload() { repeat(10, &ZeroLossTest::reload); }
    void nobodyNoticesAHangUp() { repeat(5, &ZeroLossTest::hangUp); }
    void nobodyNoticesAReplacedPlugin() { repeat(3, &ZeroLossTest::replacePlugin); }
    void nobodyNoticesAnUpgrade() { repeat(2, &ZeroLossTest::upgrade); }
    void nobodyNoticesAnotherCount() { repeat(6, &ZeroLossTest::scaleOnce); }

    void aKilledChildTakesOnlyWhatItHasAccepted()
    {
        allowProblem("child ");
        serve();
        beginLoad();
        std::uint64_t bound = 0;
        for (std::size_t i = 0; i < 20; ++i)
        {
            bound += killChild(i);
            waitAnswers();
        }
        expectAtMost(bound);
        (void)waitReady();
    }

    /// Where a new child is killed the reload may well be taken back.
    void aKilledChildInAReloadTakesOnlyWhatItHasAccepted()
    {
        allowProblem("child ");
        allowProblem("reload to generation ");
        serve();
        beginLoad();
        std::uint64_t bound = 0;
        for (std::size_t i = 0; i < 6; ++i) bound += killInReload(i);
        expectAtMost(bound);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ZeroLossTest);

}  // namespace
