/// Goal: times are written as RFC 3339 has them, to the digit, also before 1970.
/// Method: times with what each must become.

#include <cppunit/extensions/HelperMacros.h>

#include "base/UtcText.h"

namespace clustermanager {

class UtcTextTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(UtcTextTest);
    CPPUNIT_TEST(timesAreWrittenToTheDigit);
    CPPUNIT_TEST_SUITE_END();

    static std::string both(std::int64_t micros)
    {
        std::string text;
        appendUtcMicros(text, std::chrono::microseconds(micros));
        text += ' ';
        appendUtcMillis(text, std::chrono::microseconds(micros));
        return text;
    }

public:
    void timesAreWrittenToTheDigit()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("1970-01-01T00:00:00.000000Z 1970-01-01T00:00:00.000Z"), both(0));
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-02T03:04:05.000809Z 2026-01-02T03:04:05.000Z"),
                             both(1'767'323'045'000'809));
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-02T03:04:05.999999Z 2026-01-02T03:04:05.999Z"),
                             both(1'767'323'045'999'999));
        CPPUNIT_ASSERT_EQUAL(std::string("1969-12-31T23:59:59.500000Z 1969-12-31T23:59:59.500Z"),
                             both(-500'000));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UtcTextTest);

}  // namespace clustermanager
