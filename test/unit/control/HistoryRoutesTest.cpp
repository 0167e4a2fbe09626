/// Goal: a question about the past is read strictly, and what cannot be answered says why.
/// Method: the router in front of a fake past that writes down what it was asked.
#include <cppunit/extensions/HelperMacros.h>

#include "control/HistoryRoutes.h"
#include "control/Router.h"
#include "control/Streams.h"
#include "unit/control/FakeHost.h"

namespace clustermanager::control::test {

namespace {

class FakePast : public core::HistorySource
{
public:
    core::HistoryAnswer ask(const core::HistoryFilter& filter, Millis) override
    {
        asked = filter;
        return answer;
    }

    core::HistoryFilter asked;
    core::HistoryAnswer answer;
};

}  // namespace

class HistoryRoutesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HistoryRoutesTest);
    CPPUNIT_TEST(readsMoments);
    CPPUNIT_TEST(asksForWhatTheRequestNames);
    CPPUNIT_TEST(refusesWhatItDoesNotUnderstand);
    CPPUNIT_TEST(answersRowsAsTheyAre);
    CPPUNIT_TEST(saysWhyThereIsNone);
    CPPUNIT_TEST_SUITE_END();

    FakeHost _host;
    FakePast _past;
    Streams _streams{_host.journal};
    Router _router{_host, _host, _host.journal, _streams, {}, &_past};
    WaitingRoom _room{1};
    StreamSeats _seats{{}};

    Reply get(const std::string& target) { return _router.answer("GET", target, {_room, _seats}); }

    void readsMoments()
    {
        const WallTime now(std::chrono::seconds(2'000'000'000));
        const auto at = [](std::int64_t seconds, int micros = 0) {
            return WallTime(std::chrono::seconds(seconds) + std::chrono::microseconds(micros));
        };
        CPPUNIT_ASSERT(parseMoment("90s", now) == at(1'999'999'910));
        CPPUNIT_ASSERT(parseMoment("2h", now) == at(1'999'992'800));
        CPPUNIT_ASSERT(parseMoment("7d", now) == at(1'999'395'200));
        CPPUNIT_ASSERT(parseMoment("100000000d", now) == at(0));
        CPPUNIT_ASSERT(parseMoment("2001-09-09T01:46:40Z", now) == at(1'000'000'000));
        CPPUNIT_ASSERT(parseMoment("2001-09-09T03:46:40.25+02:00", now) == at(1'000'000'000, 250'000));
        for (const char* wrong : {"", "s", "h2", "2x", "-2h", "2.5h", "2 h", "now", "T", "2001-09-09",
                                  "2001-09-09T01:46", "2001-09-09T01:46:40 Z", "2001-13-41T99:99:99Z"})
            CPPUNIT_ASSERT_MESSAGE(wrong, !parseMoment(wrong, now));
    }

    void asksForWhatTheRequestNames()
    {
        CPPUNIT_ASSERT_EQUAL(200, get("/history").status);
        CPPUNIT_ASSERT(!_past.asked.since && !_past.asked.until && !_past.asked.child);
        CPPUNIT_ASSERT(_past.asked.group.empty() && _past.asked.kinds.empty());
        CPPUNIT_ASSERT_EQUAL(100U, _past.asked.limit);
        CPPUNIT_ASSERT_EQUAL(
            200, get("/history?since=2h&until=1h&group=web&child=3&kind=exit,command&limit=7").status);
        CPPUNIT_ASSERT(*_past.asked.until - *_past.asked.since > std::chrono::minutes(59));
        CPPUNIT_ASSERT_EQUAL(std::string("web"), _past.asked.group);
        CPPUNIT_ASSERT(_past.asked.child == ChildId{3});
        CPPUNIT_ASSERT((_past.asked.kinds == std::vector<std::string>{"exit", "command"}));
        CPPUNIT_ASSERT_EQUAL(7U, _past.asked.limit);
    }

    void refusesWhatItDoesNotUnderstand()
    {
        for (const char* target :
             {"/history?since=soon", "/history?until=1", "/history?child=0", "/history?child=x",
              "/history?kind=child", "/history?kind=exit,", "/history?kind=,", "/history?limit=0",
              "/history?limit=1001", "/history?limit=-1", "/history?x=1", "/history?group="})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 400, get(target).status);
    }

    void answersRowsAsTheyAre()
    {
        _past.answer.rows = {"{\"id\":1}", "no json", "{\"id\":2}"};
        CPPUNIT_ASSERT_EQUAL(std::string("{\"history\":[{\"id\":1},{\"id\":2}]}"), get("/history").body);
    }

    void saysWhyThereIsNone()
    {
        _past.answer.problem = "disk full";
        const Reply reply = get("/history");
        CPPUNIT_ASSERT_EQUAL(503, reply.status);
        CPPUNIT_ASSERT(reply.body.find("disk full") != std::string::npos);
        Router off(_host, _host, _host.journal, _streams);
        CPPUNIT_ASSERT_EQUAL(404, off.answer("GET", "/history", {_room, _seats}).status);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HistoryRoutesTest);

}  // namespace clustermanager::control::test
