/// Goal: a record is one line of valid JSON, whatever is in it, and says what was logged.
/// Method: hostile texts and random bytes go in; what comes out is parsed, and compared.

#include <Poco/JSON/Parser.h>
#include <Poco/Message.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include "child/JsonFormatter.h"

using namespace clustermanager::child;

class JsonFormatterTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(JsonFormatterTest);
    CPPUNIT_TEST(hasAllThatIsKnown);
    CPPUNIT_TEST(theHostHasNeitherGroupNorId);
    CPPUNIT_TEST(controlCharactersAreEscaped);
    CPPUNIT_TEST(whatIsNotUtf8IsReplaced);
    CPPUNIT_TEST(anyBytesAreOneValidLine);
    CPPUNIT_TEST(longTextIsCutWithinTheObject);
    CPPUNIT_TEST_SUITE_END();

    LogOrigin _child{"hello", "3"};

    static std::string line(const LogOrigin& origin, const std::string& text,
                            const std::string& logger = "hello.db", std::size_t max = kLogLineMax)
    {
        Poco::Message message(logger, text, Poco::Message::PRIO_NOTICE);
        message.setTime(Poco::Timestamp(Poco::Timestamp::TimeVal(1'767'323'045'000'042)));
        std::string json;
        JsonFormatter(origin, max).format(message, json);
        CPPUNIT_ASSERT(isPlainLogText(json));
        CPPUNIT_ASSERT(json.size() <= max);
        return json;
    }

    static Poco::JSON::Object::Ptr parsed(const std::string& json)
    {
        return Poco::JSON::Parser().parse(json).extract<Poco::JSON::Object::Ptr>();
    }

    std::string message(const std::string& text) const
    {
        return parsed(line(_child, text))->getValue<std::string>("message");
    }

    void hasAllThatIsKnown()
    {
        CPPUNIT_ASSERT_EQUAL(
            R"({"time":"2026-01-02T03:04:05.000042Z","level":"info","logger":"hello.db","message":"a \"b\" \\c/",)"
            R"("group":"hello","id":3,"pid":)" +
                std::to_string(::getpid()) + R"(,"thread":)" + std::to_string(::getpid()) + "}",
            line(_child, R"(a "b" \c/)"));
    }

    void theHostHasNeitherGroupNorId()
    {
        const auto object = parsed(line({}, "x"));
        CPPUNIT_ASSERT(!object->has("group") && !object->has("id"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{6}, object->size());
    }

    void controlCharactersAreEscaped()
    {
        const std::string hostile("a\r\nb\tc\x1b[31m\0d\x7f\xc2\x9b", 16);
        const std::string json = line(_child, hostile);
        CPPUNIT_ASSERT(json.find(R"("message":"a\r\nb\tc\u001b[31m\u0000d\u007f\u009b")") !=
                       std::string::npos);
        CPPUNIT_ASSERT_EQUAL(hostile, message(hostile));
        const auto object = parsed(line(_child, "x", "evil\",\"level\":\"fatal\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("info"), object->getValue<std::string>("level"));
        CPPUNIT_ASSERT_EQUAL(std::string("evil\",\"level\":\"fatal\n"),
                             object->getValue<std::string>("logger"));
    }

    void whatIsNotUtf8IsReplaced()
    {
        const std::string bad = "\xEF\xBF\xBD";
        CPPUNIT_ASSERT_EQUAL("a" + bad + "b", message("a\xff"
                                                      "b"));
        CPPUNIT_ASSERT_EQUAL(bad, message("\xc3"));
        CPPUNIT_ASSERT_EQUAL(bad + "(", message("\xc3("));
        CPPUNIT_ASSERT_EQUAL(bad + bad, message("\xc0\xaf"));
        CPPUNIT_ASSERT_EQUAL(bad + bad + bad, message("\xed\xa0\x80"));
        CPPUNIT_ASSERT_EQUAL(std::string("Grüße 🙂"), message("Grüße 🙂"));
    }

    void anyBytesAreOneValidLine()
    {
        std::mt19937 random(11);
        for (int i = 0; i < 3000; ++i)
        {
            std::string text(random() % 300, '\0');
            std::generate(text.begin(), text.end(), [&] {
                static const std::string kNasty("\0\n\r\x1b\"\\\x7f\xc2\x85\xe2\x80\xa8\xf0\x9f", 14);
                return random() % 2 == 0 ? static_cast<char>(random()) : kNasty[random() % kNasty.size()];
            });
            const auto object = parsed(line(_child, text, text));
            CPPUNIT_ASSERT_EQUAL(std::size_t{8}, object->size());
        }
    }

    void longTextIsCutWithinTheObject()
    {
        for (const std::size_t max : {std::size_t{4095}, kLogLineMax})
            for (const std::string piece : {"x", "\x1b", "\xff", "ä", "🙂", "\""})
            {
                std::string text;
                while (text.size() < 100'000) text += piece;
                const std::string json = line(_child, text, text, max);
                CPPUNIT_ASSERT(json.size() > max - 20);
                const std::string shown = parsed(json)->getValue<std::string>("message");
                CPPUNIT_ASSERT_EQUAL(std::string(" [cut]"), shown.substr(shown.size() - 6));
            }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JsonFormatterTest);
