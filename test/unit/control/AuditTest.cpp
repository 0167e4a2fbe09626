/// Goal: every request for a change leaves who, what and with which result, in words that forge no line of a
/// log and hold no secret; what only looks leaves nothing. Method: the router alone with an audit that writes
/// down, for every route that changes and every kind of answer.
#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include "control/Audit.h"
#include "control/RareWarning.h"
#include "control/Router.h"
#include "control/Streams.h"
#include "unit/control/FakeHost.h"

namespace clustermanager::control::test {

class AuditTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AuditTest);
    CPPUNIT_TEST(everyChangeIsWrittenDown);
    CPPUNIT_TEST(whatOnlyLooksIsNot);
    CPPUNIT_TEST(aFailureInsideIsWrittenDown);
    CPPUNIT_TEST(unknownParametersAreLeftOut);
    CPPUNIT_TEST(namesWhoAsked);
    CPPUNIT_TEST(printsNothingThatForgesALine);
    CPPUNIT_TEST(refusedAttemptsAreToldAtMostOnceAMinute);
    CPPUNIT_TEST_SUITE_END();

    FakeHost _host;
    std::vector<std::string> _lines;
    Streams _streams{_host.journal};
    StreamSeats _seats{{}};
    Router _router{_host, _host, _host.journal, _streams,
                   [this](const AuditEntry& entry) { _lines.push_back(entry.text()); }};
    WaitingRoom _room{1};

    static Caller caller()
    {
        Caller caller;
        caller.peer.address = "192.0.2.7";
        caller.credential = "token ops";
        return caller;
    }

    int ask(const std::string& method, const std::string& target)
    {
        return _router.answer(method, target, {_room, _seats, caller()}).status;
    }

    void everyChangeIsWrittenDown()
    {
        for (const char* target :
             {"/children/exit", "/children/1/exit", "/groups/web/exit", "/groups/web/reload",
              "/groups/web/scale/3", "/groups/web/start", "/groups/web/stop", "/reload", "/config/reload",
              "/upgrade", "/logLevel/debug?group=web"})
        {
            _lines.clear();
            const int status = ask("POST", target);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(target, std::size_t{1}, _lines.size());
            CPPUNIT_ASSERT_EQUAL("POST " + std::string(target) +
                                     " by 192.0.2.7 token ops: " + std::to_string(status),
                                 _lines[0]);
        }
        _lines.clear();
        CPPUNIT_ASSERT_EQUAL(400, ask("POST", "/groups/web/scale/many"));
        CPPUNIT_ASSERT_EQUAL(200, ask("GET", "/children/exit"));
        CPPUNIT_ASSERT_EQUAL(std::string("POST /groups/web/scale/many by 192.0.2.7 token ops: 400"),
                             _lines.at(0));
        CPPUNIT_ASSERT_EQUAL(std::string("GET /children/exit by 192.0.2.7 token ops: 200"), _lines.at(1));
    }

    void whatOnlyLooksIsNot()
    {
        for (const char* target : {"/", "/children", "/groups/web", "/operations", "/nowhere", "/%"})
            (void)ask("GET", target);
        CPPUNIT_ASSERT_EQUAL(405, ask("POST", "/"));
        CPPUNIT_ASSERT_EQUAL(405, ask("HEAD", "/children/exit"));
        CPPUNIT_ASSERT(_lines.empty());
    }

    void aFailureInsideIsWrittenDown()
    {
        _host.answerWith([]() -> core::CommandReply { throw std::runtime_error("s3cret"); });
        CPPUNIT_ASSERT_THROW(ask("POST", "/reload"), std::runtime_error);
        CPPUNIT_ASSERT_EQUAL(std::string("POST /reload by 192.0.2.7 token ops: 500"), _lines.at(0));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, _lines.size());
    }

    void unknownParametersAreLeftOut()
    {
        CPPUNIT_ASSERT_EQUAL(400, ask("POST", "/reload?token=my-secret-token"));
        CPPUNIT_ASSERT_EQUAL(std::string("POST /reload by 192.0.2.7 token ops: 400"), _lines.at(0));
    }

    void namesWhoAsked()
    {
        Caller local;
        local.peer.uid = 0;
        CPPUNIT_ASSERT_EQUAL(std::string("uid 0 (root)"), whoIs(local));
        local.peer.uid = 987654321;
        CPPUNIT_ASSERT_EQUAL(std::string("uid 987654321"), whoIs(local));
        Caller remote;
        remote.peer.address = "127.0.0.1";
        CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1"), whoIs(remote));
    }

    void printsNothingThatForgesALine()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("a\\x0a2026 I: all is well\\x1b[2J\\x5c\\xc3\\xa4\\x00"),
                             printable(std::string("a\n2026 I: all is well\x1b[2J\\\xc3\xa4") + '\0'));
        Caller caller;
        caller.credential = "certificate a\nb";
        CPPUNIT_ASSERT(whoIs(caller).find('\n') == std::string::npos);
        CPPUNIT_ASSERT(printable(std::string(5000, 'x')).size() < 400);
    }

    void refusedAttemptsAreToldAtMostOnceAMinute()
    {
        RareWarning attempts([this](const std::string& text) { _lines.push_back(text); },
                             "more attempts were refused");
        const TimePoint start = Clock::now();
        for (int i = 0; i < 1000; ++i)
            attempts.note(start + Millis(50) * i, "refused: POST /reload by 192.0.2.7: 401");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, _lines.size());
        CPPUNIT_ASSERT_EQUAL(std::string("control port: refused: POST /reload by 192.0.2.7: 401"), _lines[0]);
        attempts.note(start + std::chrono::minutes(2), "refused: GET / by 192.0.2.8: 401");
        CPPUNIT_ASSERT_EQUAL(
            std::string("control port: refused: GET / by 192.0.2.8: 401; 999 more attempts were "
                        "refused since the last such line"),
            _lines.at(1));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AuditTest);

}  // namespace clustermanager::control::test
