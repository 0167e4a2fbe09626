/// Goal: no text of a plugin or its clients can forge a second log record or speak to a terminal.
/// Method: hostile texts and each kind of malformed UTF-8 go in, and what comes out is compared byte for
/// byte.

#include <Poco/Message.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "child/LogText.h"

using namespace clustermanager::child;

class LogTextTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LogTextTest);
    CPPUNIT_TEST(ordinaryTextStaysAsItIs);
    CPPUNIT_TEST(controlCharactersAreEscaped);
    CPPUNIT_TEST(malformedUtf8IsEscaped);
    CPPUNIT_TEST(longTextIsCutWithAMark);
    CPPUNIT_TEST(aCutNeverSplitsACharacter);
    CPPUNIT_TEST(aLineNamesTimeLevelAndLogger);
    CPPUNIT_TEST_SUITE_END();

    void ordinaryTextStaysAsItIs()
    {
        for (const std::string text :
             {"", "plain", "tab\there", "Grüße, мир, 日本語, 🙂", "{\"a\": \"\\\"\"}"})
        {
            CPPUNIT_ASSERT(isPlainLogText(text));
            CPPUNIT_ASSERT_EQUAL(text, plainLogText(text));
        }
    }

    void controlCharactersAreEscaped()
    {
        const std::string hostile("a\r\nb\x1b[31m\0c\x7f", 12);
        CPPUNIT_ASSERT(!isPlainLogText(hostile));
        CPPUNIT_ASSERT_EQUAL(std::string("a\\x0d\\x0ab\\x1b[31m\\x00c\\x7f"), plainLogText(hostile));
        CPPUNIT_ASSERT_EQUAL(std::string("\\xc2\\x9b31m"), plainLogText("\xc2\x9b"
                                                                        "31m"));
    }

    void malformedUtf8IsEscaped()
    {
        const std::pair<const char*, const char*> cases[] = {
            {"\x80", "\\x80"},                             // a continuation alone
            {"\xc3", "\\xc3"},                             // cut off
            {"\xc3(", "\\xc3("},                           // not continued
            {"\xc0\xaf", "\\xc0\\xaf"},                    // overlong
            {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},           // overlong
            {"\xed\xa0\x80", "\\xed\\xa0\\x80"},           // a surrogate
            {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // beyond Unicode
            {"\xff\xfe", "\\xff\\xfe"},                    // never in UTF-8
        };
        for (const auto& [bad, good] : cases) CPPUNIT_ASSERT_EQUAL(std::string(good), plainLogText(bad));
    }

    void longTextIsCutWithAMark()
    {
        CPPUNIT_ASSERT_EQUAL(kLogLineMax, plainLogText(std::string(kLogLineMax, 'x')).size());
        const std::string line = plainLogText(std::string(1'000'000, 'x'));
        CPPUNIT_ASSERT_EQUAL(kLogLineMax, line.size());
        CPPUNIT_ASSERT_EQUAL(std::string("x [cut]"), line.substr(line.size() - 7));
    }

    void aCutNeverSplitsACharacter()
    {
        for (std::size_t shift = 0; shift < 4; ++shift)
        {
            std::string text(shift, 'x');
            while (text.size() <= kLogLineMax) text += "🙂";
            const std::string line = plainLogText(text);
            CPPUNIT_ASSERT(isPlainLogText(line));
            CPPUNIT_ASSERT(line.size() <= kLogLineMax);
        }
    }

    void aLineNamesTimeLevelAndLogger()
    {
        Poco::Message message("hello.db", "text", Poco::Message::PRIO_NOTICE);
        message.setTime(Poco::Timestamp(Poco::Timestamp::TimeVal(1'767'323'045'000'042)));
        std::string line;
        LineFormatter().format(message, line);
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-02T03:04:05.000042Z info [hello.db] text"), line);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogTextTest);
