/// Goal: colours are where they are wanted alone, tables line up, numbers read well.
/// Method: texts are compared with what they must be.

#include <cstdlib>

#include <cppunit/extensions/HelperMacros.h>

#include "cmctl/Json.h"
#include "cmctl/TextTable.h"
#include "cmctl/Units.h"
#include "unit/cmctl/FakeControl.h"

namespace clustermanager::cmctl {

class OutputTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(OutputTest);
    CPPUNIT_TEST(coloursFollowTheModeTheTerminalAndNoColor);
    CPPUNIT_TEST(paintWithoutColourIsTheText);
    CPPUNIT_TEST(whoIsNotReadIsToldSo);
    CPPUNIT_TEST(aTableLinesUpAndIsCutAtTheEdge);
    CPPUNIT_TEST(numbersReadWell);
    CPPUNIT_TEST(jsonTextsArePrintable);
    CPPUNIT_TEST(whatIsMissingReadsAsNothing);
    CPPUNIT_TEST_SUITE_END();

public:
    void tearDown() override
    {
        ::unsetenv("NO_COLOR");
        ::unsetenv("TERM");
    }

    void coloursFollowTheModeTheTerminalAndNoColor()
    {
        ::setenv("TERM", "xterm", 1);
        CPPUNIT_ASSERT(wantsColour("auto", true));
        CPPUNIT_ASSERT(!wantsColour("auto", false));
        CPPUNIT_ASSERT(wantsColour("always", false));
        CPPUNIT_ASSERT(!wantsColour("never", true));
        ::setenv("NO_COLOR", "", 1);
        CPPUNIT_ASSERT(wantsColour("auto", true));
        ::setenv("NO_COLOR", "1", 1);
        CPPUNIT_ASSERT(!wantsColour("auto", true));
        CPPUNIT_ASSERT(wantsColour("always", true));
        ::unsetenv("NO_COLOR");
        ::setenv("TERM", "dumb", 1);
        CPPUNIT_ASSERT(!wantsColour("auto", true));
    }

    void paintWithoutColourIsTheText()
    {
        std::ostringstream stream;
        CPPUNIT_ASSERT_EQUAL(std::string("x"), Output(stream, false).paint(Colour::Red, "x"));
        CPPUNIT_ASSERT_EQUAL(std::string("\x1b[31mx\x1b[0m"), Output(stream, true).paint(Colour::Red, "x"));
        CPPUNIT_ASSERT_EQUAL(std::string("x"), Output(stream, true).paint(Colour::None, "x"));
    }

    void whoIsNotReadIsToldSo()
    {
        std::ostringstream stream;
        stream.setstate(std::ios::badbit);
        Output output(stream, false);
        CPPUNIT_ASSERT_THROW(output.line("x"), OutputClosed);
    }

    void aTableLinesUpAndIsCutAtTheEdge()
    {
        TextTable table({{"ID", true}, {"NAME"}, {"REASON"}});
        table.row({{"7"}, {"h\xC3\xA9llo"}, {"a rather long reason"}});
        table.row({{"12"}, {"x"}, {""}});
        std::ostringstream wide;
        Output unlimited(wide, false);
        table.write(unlimited);
        CPPUNIT_ASSERT_EQUAL(
            std::string("ID  NAME   REASON\n 7  h\xC3\xA9llo  a rather long reason\n12  x\n"), wide.str());
        std::ostringstream narrow;
        Output limited(narrow, false, 20);
        table.write(limited);
        test::assertHas(narrow.str(), "\n 7  h\xC3\xA9llo  a rather~\n");
    }

    void numbersReadWell()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("0ms"), durationText(0));
        CPPUNIT_ASSERT_EQUAL(std::string("1.5s"), durationText(1500));
        CPPUNIT_ASSERT_EQUAL(std::string("1m 0s"), durationText(60'000));
        CPPUNIT_ASSERT_EQUAL(std::string("2h 5m"), durationText(7'500'000));
        CPPUNIT_ASSERT_EQUAL(std::string("1d 1h"), durationText(90'000'000));
        CPPUNIT_ASSERT_EQUAL(std::string("102K"), sizeText(100));
        CPPUNIT_ASSERT_EQUAL(std::string("10.2M"), sizeText(10'000));
        CPPUNIT_ASSERT_EQUAL(std::string("10.2G"), sizeText(10'000'000));
    }

    void jsonTextsArePrintable()
    {
        const JsonObject object = parseJson(R"({"a":"x\u001b[31m\u0007\u009b","\u001b":1,"l":["\n"]})");
        CPPUNIT_ASSERT_EQUAL(std::string("x\\x1b[31m\\x07\\xc2\\x9b"), object.text("a"));
        CPPUNIT_ASSERT_EQUAL(std::string("\\x0a"), object.texts("l").at(0));
        CPPUNIT_ASSERT_EQUAL(std::string("\\x1b"), object.members().at(1).first);
        // JSON lets DEL and C1 stand as they are: a terminal would obey them.
        CPPUNIT_ASSERT_EQUAL(std::string("\"a\\u007fb\\u00c2\\u009b\""), printableJson("\"a\x7f"
                                                                                       "b\xC2\x9B\"\r\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("[1,\n2]"), printableJson("[1,\n2]\n"));
    }

    void whatIsMissingReadsAsNothing()
    {
        const JsonObject object =
            parseJson(R"({"n":null,"s":"text","big":1e300,"o":{"x":1},"a":[1,{"y":2}]})");
        CPPUNIT_ASSERT_EQUAL(std::string(), object.text("n") + object.text("none") + object.text("o"));
        CPPUNIT_ASSERT(!object.number("s") && !object.number("n") && !object.number("big"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, object.object("o").numberOr("x", 0));
        CPPUNIT_ASSERT(!object.object("s") && !object.object("none").object("deeper"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, object.objects("a").size());
        CPPUNIT_ASSERT(object.objects("s").empty() && JsonObject().objects("x").empty());
        for (const char* text : {"", "[]", "{", "<html>", "null", "7"})
            test::failureOf(ExitCode::Unreachable, [&] { (void)parseJson(text); });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OutputTest);

}  // namespace clustermanager::cmctl
