/// Goal: lines of several logs come out in the order in which they were written.
/// Method: lines and moments are given by hand.

#include <cppunit/extensions/HelperMacros.h>

#include "cmctl/LogMerge.h"

namespace clustermanager::cmctl {

class LogMergeTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LogMergeTest);
    CPPUNIT_TEST(timesAreFoundInTextAndJson);
    CPPUNIT_TEST(linesOfSeveralLogsAreOneList);
    CPPUNIT_TEST(aLineWithoutTimeStaysWithTheOneBefore);
    CPPUNIT_TEST(linesWaitForLateOnes);
    CPPUNIT_TEST(equalTimesKeepTheirOrder);
    CPPUNIT_TEST(thoseThatWaitAreBounded);
    CPPUNIT_TEST_SUITE_END();

    static std::string texts(const std::vector<LogLine>& lines)
    {
        std::string all;
        for (const LogLine& line : lines)
            all += std::to_string(line.child) + line.text.substr(line.text.find_last_of(' ') + 1) + " ";
        return all;
    }

    static std::string at(int second, const std::string& text)
    {
        return "2026-01-02T03:04:0" + std::to_string(second) + ".000000Z info [x] " + text;
    }

    const TimePoint _start{};

public:
    void timesAreFoundInTextAndJson()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-02T03:04:05.000000"), timeOf(at(5, "a")));
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-02T03:04:05.5"),
                             timeOf("{\"time\":\"2026-01-02T03:04:05.5Z\",\"level\":\"info\"}"));
        CPPUNIT_ASSERT_EQUAL(std::string(), timeOf("  at main.cpp:5"));
        CPPUNIT_ASSERT_EQUAL(std::string(), timeOf("2026-01-02"));
        CPPUNIT_ASSERT_EQUAL(std::string(), timeOf(""));
    }

    void linesOfSeveralLogsAreOneList()
    {
        LogMerge merge;
        merge.add(1, at(1, "a"), _start);
        merge.add(1, at(4, "d"), _start);
        merge.add(2, at(2, "b"), _start);
        merge.add(3, at(3, "c"), _start);
        CPPUNIT_ASSERT_EQUAL(std::string("1a 2b 3c 1d "), texts(merge.takeAll()));
        CPPUNIT_ASSERT(merge.takeAll().empty());
    }

    void aLineWithoutTimeStaysWithTheOneBefore()
    {
        LogMerge merge;
        merge.add(1, at(1, "a"), _start);
        merge.add(1, "more", _start);
        merge.add(1, at(3, "c"), _start);
        merge.add(2, "before", _start);
        merge.add(2, at(2, "b"), _start);
        CPPUNIT_ASSERT_EQUAL(std::string("2before 1a 1more 2b 1c "), texts(merge.takeAll()));
    }

    void linesWaitForLateOnes()
    {
        LogMerge merge;
        merge.add(1, at(2, "late"), _start);
        CPPUNIT_ASSERT(merge.take(_start + LogMerge::kWindow - Millis(1)).empty());
        merge.add(2, at(1, "early"), _start + LogMerge::kWindow - Millis(1));
        merge.add(2, at(3, "next"), _start + LogMerge::kWindow - Millis(1));
        CPPUNIT_ASSERT_EQUAL(std::string("2early 1late "), texts(merge.take(_start + LogMerge::kWindow)));
        CPPUNIT_ASSERT_EQUAL(std::string("2next "), texts(merge.take(_start + 2 * LogMerge::kWindow)));
    }

    void equalTimesKeepTheirOrder()
    {
        LogMerge merge;
        for (const char* text : {"a", "b", "c"}) merge.add(1, at(1, text), _start);
        CPPUNIT_ASSERT_EQUAL(std::string("1a 1b 1c "), texts(merge.takeAll()));
    }

    void thoseThatWaitAreBounded()
    {
        LogMerge merge;
        for (std::size_t i = 0; i < LogMerge::kMostWaiting + 5; ++i) merge.add(1, at(1, "x"), _start);
        CPPUNIT_ASSERT(merge.take(_start).size() >= 5);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogMergeTest);

}  // namespace clustermanager::cmctl
