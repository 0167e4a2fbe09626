/// Goal: no text of others speaks to a terminal or forges a line, and honest text stays as it is.
/// Method: texts with what each must become.

#include <cppunit/extensions/HelperMacros.h>

#include "base/PrintableText.h"

namespace clustermanager {

class PrintableTextTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PrintableTextTest);
    CPPUNIT_TEST(honestTextStays);
    CPPUNIT_TEST(controlCharactersAreEscaped);
    CPPUNIT_TEST(whatIsNoUtf8IsEscaped);
    CPPUNIT_TEST_SUITE_END();

public:
    void honestTextStays()
    {
        for (const char* text : {"", "plain \t text ~", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"})
            CPPUNIT_ASSERT_EQUAL(std::string(text), printable(text));
    }

    void controlCharactersAreEscaped()
    {
        using namespace std::string_literals;
        CPPUNIT_ASSERT_EQUAL("\\x1b[2J\\x0a\\x0d\\x07\\x7f\\x00"s, printable("\x1b[2J\n\r\a\x7f\0"s));
        CPPUNIT_ASSERT_EQUAL("\\xc2\\x9b31m"s, printable("\xC2\x9B"
                                                         "31m"));  // C1: CSI in one character
    }

    void whatIsNoUtf8IsEscaped()
    {
        for (const char* text :
             {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80"})
            CPPUNIT_ASSERT_EQUAL(std::string("\\x"), printable(text).substr(0, 2));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PrintableTextTest);

}  // namespace clustermanager
