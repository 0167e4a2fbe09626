/// Goal: each crash that is taken has one outcome and a report, whatever the folder is; too many at once are
/// refused; the end waits for what was taken. Method: a desk with a folder of the test's own.
#include <cppunit/extensions/HelperMacros.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/CrashDesk.h"
#include "unit/TemporaryFolder.h"
#include "unit/runtime/Waiting.h"

namespace clustermanager::runtime::test {

class CrashDeskTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CrashDeskTest);
    CPPUNIT_TEST(makesAReport);
    CPPUNIT_TEST(readsWhatAnEarlierHostLeft);
    CPPUNIT_TEST(saysWhyTheFolderDoesNotHaveIt);
    CPPUNIT_TEST(tooManyAreRefused);
    CPPUNIT_TEST(theEndWaitsForWhatWasTaken);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;

    static CrashDesk::Order order(unsigned start)
    {
        CrashDesk::Order order;
        order.known.slot = ChildId{3};
        order.known.group = "hello";
        order.known.start = StartNumber{start};
        order.known.signal = SIGSEGV;
        order.kept = 1'000;
        return order;
    }

    static CrashDesk::Outcome next(CrashDesk& desk)
    {
        std::optional<CrashDesk::Outcome> outcome;
        await("an outcome", [&] {
            while ((outcome = desk.outcome()) && outcome->start == StartNumber{})
            {}
            return outcome.has_value();
        });
        return *outcome;
    }

    void makesAReport()
    {
        CrashDesk desk(_folder / "crash", "host");
        CPPUNIT_ASSERT(!desk.busy());
        CPPUNIT_ASSERT(desk.take(order(7)));
        CPPUNIT_ASSERT(desk.busy());
        const CrashDesk::Outcome outcome = next(desk);
        CPPUNIT_ASSERT(!desk.busy());
        CPPUNIT_ASSERT(outcome.start == StartNumber{7});
        CPPUNIT_ASSERT_EQUAL(std::string("hello-3-7"), outcome.id);
        CPPUNIT_ASSERT_EQUAL(std::string(), outcome.problem);
        CPPUNIT_ASSERT(outcome.sentence.find("report hello-3-7") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, desk.reports()->size());
        CPPUNIT_ASSERT(std::filesystem::exists(_folder / "crash/hello-3-7.json"));
    }

    void readsWhatAnEarlierHostLeft()
    {
        {
            CrashDesk before(_folder / "crash", "host");
            CPPUNIT_ASSERT(before.take(order(7)));
        }
        CrashDesk desk(_folder / "crash", "host");
        await("the earlier report", [&] { return desk.reports()->size() == 1; });
        CPPUNIT_ASSERT(desk.outcome()->start == StartNumber{});
        CPPUNIT_ASSERT(!desk.busy());
    }

    void saysWhyTheFolderDoesNotHaveIt()
    {
        std::ofstream(_folder / "crash") << "a file";
        CrashDesk desk(_folder / "crash", "host");
        CPPUNIT_ASSERT(desk.take(order(7)));
        CPPUNIT_ASSERT(next(desk).problem.find("crash") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, desk.reports()->size());
    }

    void tooManyAreRefused()
    {
        CrashDesk desk(_folder / "crash", "host");
        unsigned taken = 0;
        while (desk.take(order(taken + 1))) ++taken;
        CPPUNIT_ASSERT_EQUAL(CrashDesk::kOrdersMax - 1, std::size_t{taken});  // one place is the folder's
        for (unsigned i = 1; i <= taken; ++i) CPPUNIT_ASSERT(next(desk).start == StartNumber{i});
        CPPUNIT_ASSERT(desk.take(order(1'000)));
    }

    void theEndWaitsForWhatWasTaken()
    {
        {
            CrashDesk desk(_folder / "crash", "host");
            for (unsigned i = 1; i <= 20; ++i) CPPUNIT_ASSERT(desk.take(order(i)));
        }
        CPPUNIT_ASSERT(std::filesystem::exists(_folder / "crash/hello-3-20.json"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CrashDeskTest);

}  // namespace clustermanager::runtime::test
