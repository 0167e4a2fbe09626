/// Goal: each changing route posts the one command it stands for, says what was begun, passes every outcome
/// on
///       with its own status, and does nothing at all where the request is wrong.
/// Method: the router in front of a fake host that writes the commands down; every route with every outcome,
///       names, numbers and waits of each malformed kind.
#include <Poco/JSON/Parser.h>
#include <cppunit/extensions/HelperMacros.h>

#include "control/Parameters.h"
#include "control/Router.h"
#include "control/Streams.h"
#include "unit/control/FakeHost.h"

namespace clustermanager::control::test {

namespace {

using Outcome = core::CommandReply::Outcome;

const char* const kNewRoutes[] = {"/reload",           "/groups/web/reload", "/groups/web/scale/3",
                                  "/groups/web/start", "/groups/web/stop",   "/config/reload",
                                  "/logs/reopen"};
const char* const kOldRoutes[] = {"/children/exit", "/children/1/exit", "/groups/web/exit", "/logLevel/info"};

bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

}  // namespace

class ChangeRoutesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ChangeRoutesTest);
    CPPUNIT_TEST(postsTheCommandOfEachRoute);
    CPPUNIT_TEST(namesTheOperationsBegun);
    CPPUNIT_TEST(isDoneWhereThereWasNothingToBegin);
    CPPUNIT_TEST(keepsTheStatusOfExits);
    CPPUNIT_TEST(mapsEveryOutcome);
    CPPUNIT_TEST(saysWhyItRefused);
    CPPUNIT_TEST(namesTheGroupThatIsMissing);
    CPPUNIT_TEST(listsWhatTheConfigurationChanged);
    CPPUNIT_TEST(listsEveryProblemOfABadConfiguration);
    CPPUNIT_TEST(refusesWhatIsNoPlainNumber);
    CPPUNIT_TEST(takesTheWholeRangeOfNumbers);
    CPPUNIT_TEST(refusesWrongWaits);
    CPPUNIT_TEST(takesWaitsInEveryUnit);
    CPPUNIT_TEST(refusesOtherParameters);
    CPPUNIT_TEST(tellsHowManyOpenedTheirLogsAgain);
    CPPUNIT_TEST(passesNamesOnAsTheyAre);
    CPPUNIT_TEST(refusesMalformedNames);
    CPPUNIT_TEST_SUITE_END();

    FakeHost _host;
    Streams _streams{_host.journal};
    Router _router{_host, _host, _host.journal, _streams};
    WaitingRoom _room{1};
    StreamSeats _seats{{}};

    Reply post(const std::string& target) { return _router.answer("POST", target, {_room, _seats}); }

    template <class Command>
    Command posted(const std::string& target)
    {
        const std::size_t before = _host.commandCount();
        (void)post(target);
        CPPUNIT_ASSERT_EQUAL(before + 1, _host.commandCount());
        return std::get<Command>(_host.commands().back());
    }

    void answerWith(Outcome outcome, const std::vector<std::uint64_t>& ids, const std::string& text = "",
                    std::vector<std::string> details = {})
    {
        core::CommandReply reply{outcome, {ChildId{1}}, 0, {}, text, std::move(details)};
        for (const std::uint64_t id : ids) reply.operations.push_back(OperationId{id});
        _host.answerWith([reply] { return reply; });
    }

    void postsTheCommandOfEachRoute()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(), posted<core::ReloadCommand>("/reload").group);
        CPPUNIT_ASSERT_EQUAL(std::string("web"), posted<core::ReloadCommand>("/groups/web/reload").group);
        const auto scale = posted<core::ScaleCommand>("/groups/web/scale/8");
        CPPUNIT_ASSERT_EQUAL(std::string("web"), scale.group);
        CPPUNIT_ASSERT_EQUAL(8U, scale.count);
        CPPUNIT_ASSERT_EQUAL(std::string("web"), posted<core::StartCommand>("/groups/web/start").group);
        CPPUNIT_ASSERT_EQUAL(std::string("web"), posted<core::StopCommand>("/groups/web/stop").group);
        (void)posted<core::ReloadConfigCommand>("/config/reload");
    }

    void namesTheOperationsBegun()
    {
        answerWith(Outcome::Done, {5, 6}, "2 groups are reloaded");
        const Reply reply = post("/reload");
        CPPUNIT_ASSERT_EQUAL(202, reply.status);
        CPPUNIT_ASSERT_EQUAL(
            std::string("{\"command\":\"reload\",\"outcome\":\"accepted\",\"children\":[1],"
                        "\"text\":\"2 groups are reloaded\",\"operations\":[{\"id\":5,\"href\":\"/operations/"
                        "5\"},{\"id\":6,\"href\":\"/operations/6\"}]}"),
            reply.body);
        for (const char* route : kNewRoutes) CPPUNIT_ASSERT_EQUAL_MESSAGE(route, 202, post(route).status);
    }

    void isDoneWhereThereWasNothingToBegin()
    {
        answerWith(Outcome::Done, {}, "group web has 3 children already");
        const Reply reply = post("/groups/web/scale/3");
        CPPUNIT_ASSERT_EQUAL(200, reply.status);
        CPPUNIT_ASSERT(contains(reply.body, "\"outcome\":\"done\""));
        CPPUNIT_ASSERT(contains(reply.body, "\"text\":\"group web has 3 children already\""));
    }

    void keepsTheStatusOfExits()
    {
        answerWith(Outcome::Done, {9});
        for (const char* route : {"/children/exit", "/children/1/exit", "/groups/web/exit"})
        {
            const Reply reply = post(route);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(route, 200, reply.status);
            CPPUNIT_ASSERT(contains(
                reply.body, "{\"command\":\"exit\",\"outcome\":\"done\",\"children\":[1],\"text\":\"\","
                            "\"operations\":[{\"id\":9,\"href\":\"/operations/9\"}]}"));
        }
    }

    void mapsEveryOutcome()
    {
        struct Case
        {
            Outcome outcome;
            int ofOld, ofNew;
        };
        const Case cases[] = {{Outcome::Done, 200, 200},        {Outcome::TimedOut, 202, 202},
                              {Outcome::NoSuchChild, 404, 404}, {Outcome::NoSuchGroup, 404, 404},
                              {Outcome::Stopping, 409, 503},    {Outcome::Busy, 503, 503}};
        for (const Case& one : cases)
        {
            answerWith(one.outcome, {});
            for (const std::string wait : {"", "?wait=1s"})
            {
                for (const char* route : kOldRoutes)
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(route, one.ofOld, post(route + wait).status);
                for (const char* route : kNewRoutes)
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(route, one.ofNew, post(route + wait).status);
            }
            if (one.outcome != Outcome::Busy) continue;
            CPPUNIT_ASSERT_EQUAL(std::string("Retry-After"), post("/reload").headers.at(0).first);
        }
    }

    void saysWhyItRefused()
    {
        answerWith(Outcome::Refused, {}, "Group web takes at most 16 children.");
        for (const char* route : {"/groups/web/scale/99", "/groups/web/stop", "/reload", "/children/exit"})
        {
            const Reply reply = post(route);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(route, 409, reply.status);
            CPPUNIT_ASSERT_EQUAL(std::string("application/problem+json"), reply.contentType);
            CPPUNIT_ASSERT(contains(reply.body, "Group web takes at most 16 children."));
        }
    }

    void namesTheGroupThatIsMissing()
    {
        answerWith(Outcome::NoSuchGroup, {});
        for (const char* action : {"reload", "scale/3", "start", "stop", "exit"})
            CPPUNIT_ASSERT(contains(post(std::string("/groups/w%22b/") + action).body,
                                    "no group 'w\\\"b'; GET /groups"));
    }

    void listsWhatTheConfigurationChanged()
    {
        answerWith(Outcome::Done, {4}, "1 key changed", {"count of web: 2 to 4", "logLevel: info to debug"});
        const Reply reply = post("/config/reload");
        CPPUNIT_ASSERT_EQUAL(202, reply.status);
        CPPUNIT_ASSERT(contains(reply.body, "\"command\":\"reloadConfig\""));
        CPPUNIT_ASSERT(contains(reply.body,
                                "\"operations\":[{\"id\":4,\"href\":\"/operations/4\"}],"
                                "\"changes\":[\"count of web: 2 to 4\",\"logLevel: info to debug\"]"));
    }

    void listsEveryProblemOfABadConfiguration()
    {
        answerWith(Outcome::Refused, {}, "Nothing was changed.",
                   {"host.ini:3: count \"x\"", "web.ini:1: what"});
        const Reply reply = post("/config/reload");
        CPPUNIT_ASSERT_EQUAL(422, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::string("application/problem+json"), reply.contentType);
        CPPUNIT_ASSERT_EQUAL(
            std::string("{\"type\":\"about:blank\",\"title\":\"Unprocessable Entity\",\"status\":422,"
                        "\"detail\":\"Nothing was changed.\","
                        "\"problems\":[\"host.ini:3: count \\\"x\\\"\",\"web.ini:1: what\"]}"),
            reply.body);
    }

    void refusesWhatIsNoPlainNumber()
    {
        for (const char* count : {"-1", "+1", "1e3", "0x10", "1.5", "01", "00", "4294967296", "99999999999",
                                  "99999999999999999999999", "x", "3%20", "%203", "%D9%A1", "1,000"})
        {
            const Reply reply = post(std::string("/groups/web/scale/") + count);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(count, 400, reply.status);
            CPPUNIT_ASSERT(contains(reply.body, "plain number"));
        }
        CPPUNIT_ASSERT_EQUAL(400, post("/groups/web/scale/").status);
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), _host.commandCount());
    }

    void takesTheWholeRangeOfNumbers()
    {
        CPPUNIT_ASSERT_EQUAL(0U, posted<core::ScaleCommand>("/groups/web/scale/0").count);
        CPPUNIT_ASSERT_EQUAL(4294967295U, posted<core::ScaleCommand>("/groups/web/scale/4294967295").count);
        CPPUNIT_ASSERT_EQUAL(7U, posted<core::ScaleCommand>("/groups/web/scale/%37").count);
    }

    void refusesWrongWaits()
    {
        for (const char* wait :
             {"0", "0s", "1d", "-1", "-1s", "+1s", "1e3", "1.5s", "s", "01s", "1S", "1%20s", "601s", "11m",
              "1h", "600001", "18446744073709551617ms", "99999999999999999999999h", "forever"})
            for (const char* route : {"/reload", "/config/reload", "/children/exit", "/logLevel/info"})
            {
                const Reply reply = post(std::string(route) + "?wait=" + wait);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(wait, 400, reply.status);
                CPPUNIT_ASSERT(contains(reply.body, "\"detail\":\"wait="));
            }
        CPPUNIT_ASSERT_EQUAL(400, post("/reload?wait=").status);
        CPPUNIT_ASSERT_EQUAL(400, post("/reload?wait").status);
        CPPUNIT_ASSERT(contains(post("/reload?wait=1s&wait=2s").body, "'wait' is given twice"));
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), _host.commandCount());
    }

    void takesWaitsInEveryUnit()
    {
        CPPUNIT_ASSERT(parseWait("1") == Millis(1));
        CPPUNIT_ASSERT(parseWait("1500ms") == Millis(1500));
        CPPUNIT_ASSERT(parseWait("30s") == Millis(30000));
        CPPUNIT_ASSERT(parseWait("10m") == kLongestWait && parseWait("600000") == kLongestWait);
    }

    void refusesOtherParameters()
    {
        for (const char* route : kNewRoutes)
            for (const char* query : {"?force=1", "?Wait=1s", "?group=web", "?wait=1s&x=y"})
                CPPUNIT_ASSERT_EQUAL_MESSAGE(route, 400, post(std::string(route) + query).status);
        for (const char* target :
             {"/?wait=1s", "/groups?wait=1s", "/operations?wait=1s", "/operations/1?x=1"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 400, _router.answer("GET", target, {_room, _seats}).status);
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), _host.commandCount());
    }

    /// Whether there is such a group only the master knows.
    void tellsHowManyOpenedTheirLogsAgain()
    {
        (void)posted<core::ReopenLogsCommand>("/logs/reopen");
        core::CommandReply done{Outcome::Done, {ChildId{1}, ChildId{2}}, 3, {}, "", {}};
        _host.answerWith([&done] { return done; });
        const Reply reply = post("/logs/reopen?wait=5s");
        CPPUNIT_ASSERT_EQUAL(200, reply.status);
        CPPUNIT_ASSERT_EQUAL(
            std::string(R"({"command":"reopenLogs","reopened":3,"outcome":"done","children":[1,2]})"),
            reply.body);
        done.outcome = Outcome::TimedOut;
        CPPUNIT_ASSERT_EQUAL(202, post("/logs/reopen").status);
        CPPUNIT_ASSERT_EQUAL(405, _router.answer("GET", "/logs/reopen", {_room, _seats}).status);
    }

    void passesNamesOnAsTheyAre()
    {
        const std::string longName(5000, 'a');
        for (const std::string& name :
             {std::string(".."), std::string("web "), std::string("\xC3\xA4"), longName})
            CPPUNIT_ASSERT_EQUAL(name, posted<core::StopCommand>("/groups/" + name + "/stop").group);
        CPPUNIT_ASSERT_EQUAL(std::string("..."), posted<core::StopCommand>("/groups/..%2e/stop").group);
    }

    void refusesMalformedNames()
    {
        for (const char* name : {"", "a%2Fb", "%2F", "..%2F..%2Fetc", "%00", "%0a", "%7F", "%FF", "%", "%4"})
            for (const char* action : {"reload", "scale/3", "start", "stop", "exit"})
                CPPUNIT_ASSERT_EQUAL_MESSAGE(name, 400,
                                             post(std::string("/groups/") + name + '/' + action).status);
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), _host.commandCount());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ChangeRoutesTest);

}  // namespace clustermanager::control::test
