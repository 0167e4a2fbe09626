/// Goal: what the control port says is always well-formed JSON, whatever children and configuration hold, and
///       what a child reports is embedded only where it cannot break out.
/// Method: hand-made texts for the validator, each also put to Poco's parser where both must agree; every
///       possible byte and hostile strings through the writer, read back with Poco's parser.
#include <Poco/JSON/Parser.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

#include "base/JsonCheck.h"
#include "base/Utf8.h"
#include "control/JsonWriter.h"

namespace clustermanager::control::test {

class JsonTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(JsonTest);
    CPPUNIT_TEST(acceptsEveryKindOfValue);
    CPPUNIT_TEST(refusesWhatIsNotOneWholeValue);
    CPPUNIT_TEST(boundsTheDepth);
    CPPUNIT_TEST(refusesEveryTruncation);
    CPPUNIT_TEST(knowsUtf8);
    CPPUNIT_TEST(writesEveryByteSoThatItCanBeRead);
    CPPUNIT_TEST(keepsCommasRight);
    CPPUNIT_TEST_SUITE_END();

    void acceptsEveryKindOfValue()
    {
        for (const char* text :
             {"{}", "[]", "null", "true", "false", "0", "-0", "-1.5e+10", "1E9", "\"\"", " [1, 2 ]\n",
              "{\"a\":{\"b\":[1,\"x\"]}}", "\"\\u00e9\\n\\/\"", "\"\xC3\xA9\"", "1e999", "{\"a\":1,\"a\":2}",
              "12345678901234567890123", "\"\\ud800\""})
            CPPUNIT_ASSERT_MESSAGE(text, isJsonValue(text));
    }

    void refusesWhatIsNotOneWholeValue()
    {
        using namespace std::string_literals;
        const std::vector<std::string> texts{"",
                                             " ",
                                             "{",
                                             "}",
                                             "[",
                                             "[1",
                                             "[1,]",
                                             "[,1]",
                                             "{,}",
                                             "{\"a\"}",
                                             "{\"a\":}",
                                             "{a:1}",
                                             "{'a':1}",
                                             "{\"a\":1,}",
                                             "nul",
                                             "nulll",
                                             "True",
                                             "NaN",
                                             "Infinity",
                                             "-",
                                             "+1",
                                             "01",
                                             "1.",
                                             ".5",
                                             "1e",
                                             "1e+",
                                             "0x10",
                                             "\"",
                                             "\"\\\"",
                                             "\"\\x41\"",
                                             "\"\\u12\"",
                                             "\"\\u123g\"",
                                             "\"a\nb\"",
                                             "\"\x01\"",
                                             "\"\x80\"",
                                             "\"\xC0\xAF\"",
                                             "\"\xED\xA0\x80\"",
                                             "\"\xF4\x90\x80\x80\"",
                                             "{} {}",
                                             "1 2",
                                             "[1 2]",
                                             "{}x",
                                             "\"a\0b\""s,
                                             "\0"s,
                                             "// x\n1",
                                             "/**/1",
                                             "},\"pid\":1,\"x\":{",
                                             "1]",
                                             "1}",
                                             "1,2"};
        for (const std::string& text : texts) CPPUNIT_ASSERT_MESSAGE(text, !isJsonValue(text));
    }

    void boundsTheDepth()
    {
        const auto nested = [](std::size_t depth) {
            return std::string(depth, '[') + std::string(depth, ']');
        };
        CPPUNIT_ASSERT(isJsonValue(nested(kMaxJsonDepth)));
        CPPUNIT_ASSERT(!isJsonValue(nested(kMaxJsonDepth + 1)));
        CPPUNIT_ASSERT(!isJsonValue(std::string(1000000, '[')));
        std::string objects;
        for (std::size_t i = 0; i <= kMaxJsonDepth; ++i) objects += "{\"a\":";
        CPPUNIT_ASSERT(!isJsonValue(objects + "1" + std::string(kMaxJsonDepth + 1, '}')));
    }

    void refusesEveryTruncation()
    {
        const std::string whole = "{\"a\":[1,-2.5e3,true,null,\"\\u00e9\xE2\x82\xAC\"],\"b\":{\"c\":\"d\"}}";
        CPPUNIT_ASSERT(isJsonValue(whole));
        for (std::size_t length = 0; length < whole.size(); ++length)
            CPPUNIT_ASSERT_MESSAGE(whole.substr(0, length), !isJsonValue(whole.substr(0, length)));
    }

    void knowsUtf8()
    {
        const std::vector<std::pair<std::string, std::size_t>> cases{{"a", 1},
                                                                     {"\x7F", 1},
                                                                     {"\xC3\xA9", 2},
                                                                     {"\xE2\x82\xAC", 3},
                                                                     {"\xF0\x9F\x98\x80", 4},
                                                                     {"", 0},
                                                                     {"\x80", 0},
                                                                     {"\xBF", 0},
                                                                     {"\xC0\x80", 0},
                                                                     {"\xC1\xBF", 0},
                                                                     {"\xC2", 0},
                                                                     {"\xE0\x9F\xBF", 0},
                                                                     {"\xE0\xA0\x80", 3},
                                                                     {"\xED\x9F\xBF", 3},
                                                                     {"\xED\xA0\x80", 0},
                                                                     {"\xEF\xBF\xBF", 3},
                                                                     {"\xE2\x82", 0},
                                                                     {"\xE2\x28\xA1", 0},
                                                                     {"\xF0\x8F\xBF\xBF", 0},
                                                                     {"\xF0\x90\x80\x80", 4},
                                                                     {"\xF4\x8F\xBF\xBF", 4},
                                                                     {"\xF4\x90\x80\x80", 0},
                                                                     {"\xF5\x80\x80\x80", 0},
                                                                     {"\xFF", 0}};
        for (const auto& [text, length] : cases) CPPUNIT_ASSERT_EQUAL_MESSAGE(text, length, utf8Length(text));
    }

    void writesEveryByteSoThatItCanBeRead()
    {
        for (int byte = 0; byte < 256; ++byte)
        {
            const std::string text = std::string("a") + static_cast<char>(byte) + "\"z";
            JsonWriter json;
            json.text(text);
            const std::string written = json.take();
            CPPUNIT_ASSERT_MESSAGE(written, isJsonValue(written));
            const std::string read = Poco::JSON::Parser()
                                         .parse("[" + written + "]")
                                         .extract<Poco::JSON::Array::Ptr>()
                                         ->getElement<std::string>(0);
            if (byte > 0 && byte < 0x80) CPPUNIT_ASSERT_EQUAL(text, read);
            if (byte >= 0x80) CPPUNIT_ASSERT_EQUAL(std::string("a\xEF\xBF\xBD\"z"), read);
        }
    }

    void keepsCommasRight()
    {
        JsonWriter json;
        json.object();
        json.key("a").array();
        json.endArray();
        json.key("b").array();
        json.number(-1);
        json.null();
        json.object();
        json.endObject();
        json.boolean(true);
        json.endArray();
        json.key("c").verbatim("{\"x\":1}");
        json.key("d\"").text("e");
        json.endObject();
        CPPUNIT_ASSERT_EQUAL(
            std::string("{\"a\":[],\"b\":[-1,null,{},true],\"c\":{\"x\":1},\"d\\\"\":\"e\"}"), json.take());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JsonTest);

}  // namespace clustermanager::control::test
