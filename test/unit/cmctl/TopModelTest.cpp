/// Goal: rates are those between two reports of one process, and rows keep the order and selection asked for.
/// Method: statuses made by hand.

#include <cppunit/extensions/HelperMacros.h>

#include "cmctl/TopModel.h"

namespace clustermanager::cmctl {

class TopModelTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TopModelTest);
    CPPUNIT_TEST(timesAreRead);
    CPPUNIT_TEST(aRateNeedsTwoReports);
    CPPUNIT_TEST(aReportSeenTwiceKeepsTheRate);
    CPPUNIT_TEST(anotherProcessBeginsAnew);
    CPPUNIT_TEST(rowsAreSortedByTheColumn);
    CPPUNIT_TEST(theSelectionStaysOnItsChild);
    CPPUNIT_TEST(thereMayBeNoChildren);
    CPPUNIT_TEST_SUITE_END();

    static ChildRow child(int id, const std::string& second, std::int64_t cpuMs, std::int64_t requests,
                          std::int64_t pid = 100)
    {
        ChildRow row;
        row.id = id;
        row.pid = pid;
        row.reportedAt = "2026-01-02T03:04:" + second + "Z";
        row.cpuMs = cpuMs;
        row.requests = requests;
        row.rssKiB = 1000 * id;
        return row;
    }

    static HostStatus status(const std::vector<ChildRow>& children)
    {
        HostStatus status;
        status.children = children;
        return status;
    }

    static std::string ids(const TopModel& model)
    {
        std::string text;
        for (const TopRow& row : model.rows()) text += std::to_string(row.child.id) + " ";
        return text;
    }

public:
    void timesAreRead()
    {
        CPPUNIT_ASSERT_DOUBLES_EQUAL(1767323045.25, *secondsOf("2026-01-02T03:04:05.250Z"), 1e-6);
        CPPUNIT_ASSERT(!secondsOf("") && !secondsOf("yesterday"));
    }

    void aRateNeedsTwoReports()
    {
        TopModel model;
        model.update(status({child(1, "00.0", 100, 10)}));
        CPPUNIT_ASSERT(!model.rows()[0].cpuPercent && !model.rows()[0].requestsPerSecond);
        model.update(status({child(1, "02.0", 1100, 50)}));
        CPPUNIT_ASSERT_DOUBLES_EQUAL(50.0, *model.rows()[0].cpuPercent, 1e-6);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(20.0, *model.rows()[0].requestsPerSecond, 1e-6);
    }

    void aReportSeenTwiceKeepsTheRate()
    {
        TopModel model;
        for (const char* second : {"00.0", "02.0", "02.0"})
            model.update(status({child(1, second, second[1] == '0' ? 0 : 1000, 0)}));
        CPPUNIT_ASSERT_DOUBLES_EQUAL(50.0, *model.rows()[0].cpuPercent, 1e-6);
    }

    void anotherProcessBeginsAnew()
    {
        TopModel model;
        model.update(status({child(1, "00.0", 5000, 900)}));
        model.update(status({child(1, "02.0", 10, 1, 101)}));
        CPPUNIT_ASSERT(!model.rows()[0].cpuPercent);
    }

    void rowsAreSortedByTheColumn()
    {
        TopModel model;
        model.update(status({child(2, "00.0", 0, 0), child(1, "00.0", 0, 0), child(3, "00.0", 0, 0)}));
        CPPUNIT_ASSERT_EQUAL(std::string("1 2 3 "), ids(model));
        model.sortBy(*topColumnByName("memory"));
        CPPUNIT_ASSERT_EQUAL(std::string("3 2 1 "), ids(model));
        model.sortBy(*topColumnByKey('r'));  // all the same: by number
        CPPUNIT_ASSERT_EQUAL(std::string("1 2 3 "), ids(model));
        CPPUNIT_ASSERT(!topColumnByName("colour") && !topColumnByKey('q'));
    }

    void theSelectionStaysOnItsChild()
    {
        TopModel model;
        model.update(status({child(1, "00.0", 0, 0), child(2, "00.0", 0, 0), child(3, "00.0", 0, 0)}));
        model.select(1);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, model.selected());
        model.sortBy(TopColumn::Memory);
        model.select(1);
        CPPUNIT_ASSERT_EQUAL(1, model.rows()[model.selected()].child.id);
        model.select(5);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, model.selected());
        model.select(-50);
        CPPUNIT_ASSERT_EQUAL(3, model.rows()[model.selected()].child.id);
        model.update(status({child(1, "00.0", 0, 0)}));  // it has gone
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, model.selected());
    }

    void thereMayBeNoChildren()
    {
        TopModel model;
        model.update(status({}));
        model.select(1);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, model.selected());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TopModelTest);

}  // namespace clustermanager::cmctl
