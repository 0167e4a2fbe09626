/// Goal: the commands ask for the right thing and show what they are answered.
/// Method: a fake control port with answers of the documented form.

#include <atomic>

#include <cppunit/extensions/HelperMacros.h>

#include "unit/cmctl/FakeControl.h"

namespace clustermanager::cmctl {

using test::assertHas;
using test::FakeControl;

namespace {

constexpr const char* kStatus =
    R"({"master":{"pid":9,"version":"1.2","logLevel":"info","uptimeMs":5000,"rssKiB":1000,
        "options":{"cluster.count":"2"}},
        "groups":[{"name":"web","state":"running","plugin":{"name":"web","version":"1"},"count":2,"ready":1,
                   "generation":4,"phase":"","reason":"","failedReload":{"reason":"it crashed"}}],
        "children":[{"id":1,"pid":11,"group":"web","state":"ready","restarts":0,"uptimeMs":1500,"rssKiB":2000,
                     "logLevel":"info"},
                    {"id":2,"pid":null,"group":"web","state":"backoff","restarts":7,"logLevel":"debug",
                     "lastExit":{"text":"signal SIGSEGV","reason":"bad \u001b[2J"}}]})";

constexpr const char* kExit =
    R"({"id":3,"time":"2026-01-02T03:04:05.000000Z","kind":"exit","severity":"error","group":"web","child":2,
        "crash":"web-2-7","text":"child 2 died"})";

void serve(FakeControl::Request& request, FakeControl::Response& response)
{
    const std::string& path = request.getURI();
    const auto begins = [&](const char* prefix) { return path.rfind(prefix, 0) == 0; };
    if (path == "/") return test::answerJson(response, kStatus);
    if (begins("/events?follow=0"))
        return test::answerJson(response, std::string("{\"events\":[") + kExit + "]}");
    if (begins("/events"))
    {
        test::stream(response) << "event: gap\ndata: {\"from\":4,\"to\":6}\n\nid: 7\ndata: not json\n\n";
        return;
    }
    if (begins("/children/1/log"))
        return test::answer(
            response, 200, "text/plain",
            "2026-01-02T03:04:01.000000Z info [a] first\n2026-01-02T03:04:03.000000Z info [a] third\n");
    if (path == "/children/2/log?tail=7")  // as of a child that has written nothing
        return test::answer(response, 404, "application/problem+json", R"({"detail":"no file"})");
    if (begins("/children/2/log"))
        return test::answer(response, 200, "text/plain",
                            "2026-01-02T03:04:02.000000Z info [a] sec\x1b[2Jond\n");
    if (begins("/history")) return test::answerJson(response, std::string("{\"history\":[") + kExit + "]}");
    if (path == "/crashes")
        return test::answerJson(
            response,
            R"({"crashes":[{"id":"web-2-7","time":"t","group":"web","child":2,"signal":"SIGSEGV"}]})");
    if (path == "/crashes/web-2-7")
        return test::answerJson(response, R"J({"id":"web-2-7","signal":"SIGSEGV","uptimeMs":1500,
            "frames":[{"address":"0x1","module":"web.so","offset":"0x10","function":"serve()"}],"log":["last\u0007"]})J");
    if (path == "/logs/reopen") return test::answerJson(response, R"({"reopened":3})");
    if (begins("/operations/5"))
        return test::answerJson(response,
                                R"({"id":5,"kind":"reload","group":"web","state":"failed","durationMs":20,
            "reason":"not ready","children":[{"id":1,"state":"failed","durationMs":20,"reason":"late"}]})");
    if (request.getMethod() == "POST")
        return test::answerJson(response, R"({"outcome":"accepted","text":"","operations":[{"id":5}]})");
    test::answer(response, 404, "application/problem+json", R"({"detail":"nothing here"})");
}

}  // namespace

class CommandTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CommandTest);
    CPPUNIT_TEST(statusShowsGroupsAndChildren);
    CPPUNIT_TEST(logsAreMergedByTimeAndPrefixed);
    CPPUNIT_TEST(whoHasWrittenNothingHidesNobodysLog);
    CPPUNIT_TEST(logsOfWhatIsNotThereAreRefused);
    CPPUNIT_TEST(eventsAreShownAndNarrowed);
    CPPUNIT_TEST(eventsAreFollowedAfterTheLastOne);
    CPPUNIT_TEST(historyIsAskedForWithItsLimits);
    CPPUNIT_TEST(crashesAreListedAndShown);
    CPPUNIT_TEST(logFilesAreOpenedAgain);
    CPPUNIT_TEST(aChangeIsFollowedAndItsFailureIsTheExitCode);
    CPPUNIT_TEST(restartKnowsChildrenGroupsAndAll);
    CPPUNIT_TEST(aLevelToGoBackToMustBeOne);
    CPPUNIT_TEST(theConfigurationInForceIsShown);
    CPPUNIT_TEST(namesAreOneALine);
    CPPUNIT_TEST_SUITE_END();

    FakeControl _control{serve};

    std::string run(const std::vector<std::string>& words, const Invocation::Options& options = {})
    {
        return test::run(_control, words, options);
    }

    std::string lastAsked() const { return _control.asked().back(); }

public:
    void statusShowsGroupsAndChildren()
    {
        const std::string text = run({"status"});
        assertHas(text, "clustermanager 1.2  pid 9  up 5.0s");
        assertHas(text, "web    running    1/2    4  web 1");
        assertHas(text, "last reload failed: it crashed");
        assertHas(text, "signal SIGSEGV: bad \\x1b[2J");
        CPPUNIT_ASSERT(text.find('\x1b') == std::string::npos);
        assertHas(run({"status"}, {{"json", ""}}), "\"version\":\"1.2\"");
    }

    void logsAreMergedByTimeAndPrefixed()
    {
        const std::string text = run({"logs"}, {{"lines", "5"}});
        CPPUNIT_ASSERT_EQUAL(std::string("web 1 | 2026-01-02T03:04:01.000000Z info [a] first\n"
                                         "web 2 | 2026-01-02T03:04:02.000000Z info [a] sec\\x1b[2Jond\n"
                                         "web 1 | 2026-01-02T03:04:03.000000Z info [a] third\n"),
                             text);
        CPPUNIT_ASSERT_EQUAL(std::string("GET /children/2/log?tail=5"), lastAsked());
        CPPUNIT_ASSERT(run({"logs", "2"}).find("first") == std::string::npos);
    }

    void whoHasWrittenNothingHidesNobodysLog()
    {
        const std::string text = run({"logs"}, {{"lines", "7"}});
        assertHas(text, "first");
        assertHas(text, "third");
        assertHas(test::failureOf(ExitCode::Refused,
                                  [&] {
                                      (void)run({"logs", "2"}, {{"lines", "7"}});
                                  }),
                  "no file");
    }

    void logsOfWhatIsNotThereAreRefused()
    {
        const auto why = [&](const char* name) {
            return test::failureOf(ExitCode::Refused, [&] { (void)run({"logs", name}); });
        };
        assertHas(why("wbe"), "no child and no group 'wbe'; did you mean 'web'?");
        assertHas(why("77"), "'77'");
    }

    void eventsAreShownAndNarrowed()
    {
        const std::string text = run({"events"}, {{"lines", "3"}, {"kind", "exit,child"}, {"group", "web"}});
        assertHas(text, "2026-01-02T03:04:05.000000Z  exit       child 2 died (`cmctl crash show web-2-7`)");
        CPPUNIT_ASSERT_EQUAL(std::string("GET /events?follow=0&tail=3&group=web&kind=exit%2Cchild"),
                             lastAsked());
        assertHas(run({"events"}, {{"json", ""}}), "\"crash\":\"web-2-7\"");
    }

    void eventsAreFollowedAfterTheLastOne()
    {
        // An event that is no JSON ends it here, and would in earnest.
        std::ostringstream written;
        const std::string why = test::failureOf(ExitCode::Unreachable, [&] {
            const Invocation asked({"events"}, {{"follow", ""}, {"socket", _control.path()}});
            Output output(written, false);
            Session session(asked, output, "/nowhere/");
            (void)asked.command().run(session);
        });
        assertHas(written.str(), "child 2 died");
        assertHas(written.str(), "events 4 to 6 are lost");
        assertHas(why, "no JSON");
        CPPUNIT_ASSERT_EQUAL(std::string("GET /events"), lastAsked());
    }

    void historyIsAskedForWithItsLimits()
    {
        assertHas(run({"history"}, {{"since", "2h"}, {"limit", "10"}}), "child 2 died");
        CPPUNIT_ASSERT_EQUAL(std::string("GET /history?since=2h&limit=10"), lastAsked());
        test::failureOf(ExitCode::Usage, [&] { (void)run({"history"}, {{"limit", "0"}}); });
    }

    void crashesAreListedAndShown()
    {
        assertHas(run({"crash", "list"}), "web-2-7  t     web        2  SIGSEGV");
        const std::string report = run({"crash", "show", "web-2-7"});
        assertHas(report, "signal: SIGSEGV");
        assertHas(report, "uptimeMs: 1.5s");
        assertHas(report, "0  0x1      serve()   web.so+0x10");
        assertHas(report, "last\\x07");
        test::failureOf(ExitCode::Usage, [&] { (void)run({"crash", "show"}); });
        test::failureOf(ExitCode::Usage, [&] { (void)run({"crash", "list", "x"}); });
        test::failureOf(ExitCode::Refused, [&] { (void)run({"crash", "show", "none"}); });
    }

    void logFilesAreOpenedAgain()
    {
        assertHas(run({"reopen"}), "opened again by 3 processes");
        CPPUNIT_ASSERT_EQUAL(std::string("POST /logs/reopen"), lastAsked());
    }

    void aChangeIsFollowedAndItsFailureIsTheExitCode()
    {
        assertHas(run({"reload", "web"}), "begun as operation 5");
        CPPUNIT_ASSERT_EQUAL(std::string("POST /groups/web/reload"), lastAsked());
        const Invocation asked({"reload"}, {{"wait", "5s"}, {"socket", _control.path()}});
        std::ostringstream written;
        Output output(written, false);
        Session session(asked, output, "/nowhere/");
        CPPUNIT_ASSERT_EQUAL(1, asked.command().run(session));
        assertHas(written.str(),
                  "  web 1: failed after 20ms: late\nreload of web: failed after 20ms: not ready\n");
    }

    void restartKnowsChildrenGroupsAndAll()
    {
        for (const auto& [name, path] : std::map<std::string, std::string>{{"7", "/children/7/exit"},
                                                                           {"web", "/groups/web/exit"},
                                                                           {"w/eb", "/groups/w%2Feb/exit"},
                                                                           {"all", "/children/exit"}})
        {
            (void)run({"restart", name});
            CPPUNIT_ASSERT_EQUAL("POST " + path, lastAsked());
        }
    }

    void aLevelToGoBackToMustBeOne()
    {
        const std::string why = test::failureOf(ExitCode::Refused, [&] {
            (void)run({"log-level", "debug"}, {{"group", "web"}, {"for", "1s"}});
        });
        assertHas(why, "different levels");
        CPPUNIT_ASSERT_EQUAL(std::string("GET /"), lastAsked());  // nothing was changed
        (void)run({"log-level", "debug"}, {{"child", "2"}, {"logger", "a b"}});
        CPPUNIT_ASSERT_EQUAL(std::string("POST /logLevel/debug?child=2&logger=a%20b"), lastAsked());
    }

    void theConfigurationInForceIsShown()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("cluster.count = 2\n"), run({"config", "show"}));
        test::failureOf(ExitCode::Usage, [&] { (void)run({"config", "show", "x"}); });
        test::failureOf(ExitCode::Usage, [&] { (void)run({"config", "check"}); });
    }

    void namesAreOneALine()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("web\n1\n2\n"), run({"names", "all"}));
        CPPUNIT_ASSERT_EQUAL(std::string("web\n"), run({"names", "groups"}));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CommandTest);

}  // namespace clustermanager::cmctl
