/// Goal: an event stream is read as the standard says, however it is cut, and never without bound.
/// Method: streams whole, byte by byte and cut at every place must give the same events.

#include <cppunit/extensions/HelperMacros.h>

#include "cmctl/EventParser.h"
#include "unit/cmctl/FakeControl.h"

namespace clustermanager::cmctl {

class EventParserTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(EventParserTest);
    CPPUNIT_TEST(kindDataAndIdAreRead);
    CPPUNIT_TEST(everyCutGivesTheSame);
    CPPUNIT_TEST(allLineEndsCount);
    CPPUNIT_TEST(commentsAndUnknownFieldsAreNothing);
    CPPUNIT_TEST(severalLinesOfDataAreOneText);
    CPPUNIT_TEST(anEventWithoutDataOnlyMovesTheId);
    CPPUNIT_TEST(theIdStaysAndMayBeTakenAway);
    CPPUNIT_TEST(retryIsANumber);
    CPPUNIT_TEST(anUnfinishedEventIsNone);
    CPPUNIT_TEST(whatIsTooLongIsRefused);
    CPPUNIT_TEST_SUITE_END();

    /// "kind|data|id" for each, in order.
    static std::vector<std::string> events(const std::vector<std::string>& pieces)
    {
        std::vector<std::string> result;
        EventParser parser("", [&](const StreamEvent& event) {
            result.push_back(event.kind + "|" + event.data + "|" + event.id);
        });
        for (const std::string& piece : pieces) parser.feed(piece);
        return result;
    }

    static void assertEvents(const std::vector<std::string>& expected, const std::string& text)
    {
        CPPUNIT_ASSERT_MESSAGE(text, expected == events({text}));
    }

public:
    void kindDataAndIdAreRead()
    {
        assertEvents({"child|{\"a\":1}|7", "message|x|7"},
                     "id: 7\nevent: child\ndata: {\"a\":1}\n\ndata:x\n\n");
        assertEvents({"message| x:y|"}, "data:  x:y\n\n");  // one space alone is the separator's
    }

    void everyCutGivesTheSame()
    {
        const std::string text = "\xEF\xBB\xBFretry: 1000\r\n\r\n: hello\r\nid: 1\r\nevent: a\r\ndata: "
                                 "one\r\ndata: two\r\n\r\nid: 2\n"
                                 "data: three\n\n";
        const std::vector<std::string> whole = events({text});
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, whole.size());
        CPPUNIT_ASSERT_EQUAL(std::string("a|one\ntwo|1"), whole[0]);
        for (std::size_t cut = 0; cut <= text.size(); ++cut)
            CPPUNIT_ASSERT(whole == events({text.substr(0, cut), text.substr(cut)}));
    }

    void allLineEndsCount()
    {
        for (const char* end : {"\n", "\r", "\r\n"})
        {
            const std::string e = end;
            assertEvents({"a|x|", "b|y|"},
                         "event:a" + e + "data:x" + e + e + "event:b" + e + "data:y" + e + e);
        }
    }

    void commentsAndUnknownFieldsAreNothing()
    {
        assertEvents({"message|x|"}, ":\n: still here\nwhatever: 3\nnonsense\ndata: x\n\n");
    }

    void severalLinesOfDataAreOneText()
    {
        assertEvents({"message|a\n\nb|"}, "data: a\ndata\ndata: b\n\n");
        assertEvents({"message||"}, "data\n\n");
    }

    void anEventWithoutDataOnlyMovesTheId()
    {
        assertEvents({"message|x|5"}, "id: 5\nevent: lost\n\ndata: x\n\n");
    }

    void theIdStaysAndMayBeTakenAway()
    {
        using namespace std::string_literals;
        assertEvents({"message|x|3", "message|y|3", "message|z|"},
                     "id:3\ndata:x\n\ndata:y\n\nid\ndata:z\n\n");
        assertEvents({"message|x|"}, "id: a\0b\ndata: x\n\n"s);
    }

    void retryIsANumber()
    {
        EventParser parser("9", [](const StreamEvent&) {});
        parser.feed("retry: soon\nretry: 99999999999999999999\nretry:\n");
        CPPUNIT_ASSERT(!parser.retry());
        parser.feed("retry: 250\n");
        CPPUNIT_ASSERT(parser.retry() == Millis(250));
        CPPUNIT_ASSERT_EQUAL(std::string("9"), parser.lastId());
    }

    void anUnfinishedEventIsNone()
    {
        assertEvents({}, "data: half\n");
        assertEvents({}, "data: half");
    }

    void whatIsTooLongIsRefused()
    {
        const std::string half(EventParser::kLongest / 2 + 1, 'x');
        const auto feed = [](const std::string& text) {
            test::failureOf(ExitCode::Refused,
                            [&] { EventParser("", [](const StreamEvent&) {}).feed(text); });
        };
        feed("data: " + half + half);
        feed("data: " + half + "\ndata: " + half + "\n");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EventParserTest);

}  // namespace clustermanager::cmctl
