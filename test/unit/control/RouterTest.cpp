/// Goal: every route answers what it promises, changes only what it names, and takes only its own methods.
/// Method: the router alone in front of a fake host: all routes with all methods, ids and targets of every
///       malformed kind, each outcome a command can have.
#include <Poco/JSON/Parser.h>
#include <cppunit/extensions/HelperMacros.h>

#include "control/RouteTarget.h"
#include "control/Router.h"
#include "control/Streams.h"
#include "unit/control/FakeHost.h"

namespace clustermanager::control::test {

namespace {

using Outcome = core::CommandReply::Outcome;

bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

}  // namespace

class RouterTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RouterTest);
    CPPUNIT_TEST(answersReads);
    CPPUNIT_TEST(takesOnlyTheMethodsOfARoute);
    CPPUNIT_TEST(postsExitCommands);
    CPPUNIT_TEST(postsLogLevels);
    CPPUNIT_TEST(narrowsLogLevels);
    CPPUNIT_TEST(namesTheLevelsWhereOneIsWrong);
    CPPUNIT_TEST(mapsEveryOutcome);
    CPPUNIT_TEST(refusesMalformedIds);
    CPPUNIT_TEST(refusesUnknownParameters);
    CPPUNIT_TEST(refusesMalformedTargets);
    CPPUNIT_TEST(decodesOnceAndAfterSplitting);
    CPPUNIT_TEST(namesTheRoutesWhereOneIsUnknown);
    CPPUNIT_TEST(knowsWhichRoutesChangeSomething);
    CPPUNIT_TEST_SUITE_END();

    FakeHost _host;
    Streams _streams{_host.journal};
    Router _router{_host, _host, _host.journal, _streams};
    WaitingRoom _room{1};
    StreamSeats _seats{{}};

    Reply answer(const std::string& method, const std::string& target)
    {
        return _router.answer(method, target, {_room, _seats});
    }

    int status(const std::string& method, const std::string& target) { return answer(method, target).status; }

    void answersReads()
    {
        _host.show(snapshotWith({reloadOfWeb(5, core::OperationState::Running)}));
        for (const char* target : {"/", "/children", "/children/1", "/children/2", "/groups", "/groups/web",
                                   "/operations", "/operations/5"})
            for (const char* method : {"GET", "HEAD"})
            {
                const Reply reply = answer(method, target);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 200, reply.status);
                CPPUNIT_ASSERT_EQUAL(std::string("application/json"), reply.contentType);
                Poco::JSON::Parser().parse(reply.body + (reply.tail ? *reply.tail : ""));
            }
        CPPUNIT_ASSERT_EQUAL(404, status("GET", "/children/3"));
        CPPUNIT_ASSERT_EQUAL(404, status("GET", "/groups/other"));
        CPPUNIT_ASSERT_EQUAL(404, status("GET", "/operations/6"));
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), _host.commandCount());
    }

    void takesOnlyTheMethodsOfARoute()
    {
        struct Case
        {
            const char* target;
            int get, head, post;
            const char* allow;
        };
        const Case cases[] = {{"/", 200, 200, 405, "GET, HEAD"},
                              {"/children", 200, 200, 405, "GET, HEAD"},
                              {"/children/1", 200, 200, 405, "GET, HEAD"},
                              {"/groups", 200, 200, 405, "GET, HEAD"},
                              {"/groups/web", 200, 200, 405, "GET, HEAD"},
                              {"/children/exit", 200, 405, 200, "GET, POST"},
                              {"/logLevel/info", 200, 405, 200, "GET, POST"},
                              {"/children/1/exit", 405, 405, 200, "POST"},
                              {"/groups/web/exit", 405, 405, 200, "POST"},
                              {"/groups/web/reload", 405, 405, 200, "POST"},
                              {"/groups/web/scale/3", 405, 405, 200, "POST"},
                              {"/groups/web/start", 405, 405, 200, "POST"},
                              {"/groups/web/stop", 405, 405, 200, "POST"},
                              {"/reload", 405, 405, 200, "POST"},
                              {"/config/reload", 405, 405, 200, "POST"},
                              {"/operations", 200, 200, 405, "GET, HEAD"},
                              {"/operations/5", 404, 404, 405, "GET, HEAD"}};
        for (const Case& one : cases)
        {
            const std::pair<const char*, int> methods[] = {{"GET", one.get},   {"HEAD", one.head},
                                                           {"POST", one.post}, {"PUT", 405},
                                                           {"get", 405},       {"", 405}};
            for (const auto& [method, expected] : methods)
            {
                const std::size_t before = _host.commandCount();
                const Reply reply = answer(method, one.target);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(method) + one.target, expected, reply.status);
                if (expected != 405) continue;
                CPPUNIT_ASSERT_EQUAL(std::string("Allow"), reply.headers.at(0).first);
                CPPUNIT_ASSERT_EQUAL(std::string(one.allow), reply.headers.at(0).second);
                CPPUNIT_ASSERT_EQUAL(before, _host.commandCount());
            }
        }
    }

    void postsExitCommands()
    {
        const Reply reply = answer("GET", "/children/exit");
        CPPUNIT_ASSERT_EQUAL(std::string("{\"command\":\"exit\",\"outcome\":\"done\",\"children\":[1,2],"
                                         "\"text\":\"\",\"operations\":[]}"),
                             reply.body);
        CPPUNIT_ASSERT_EQUAL(200, status("POST", "/children/2147483647/exit"));
        CPPUNIT_ASSERT_EQUAL(200, status("POST", "/groups/web/exit"));
        const auto commands = _host.commands();
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), commands.size());
        const auto& all = std::get<core::ExitCommand>(commands[0]);
        CPPUNIT_ASSERT(!all.child && all.group.empty());
        const auto& child = std::get<core::ExitCommand>(commands[1]);
        CPPUNIT_ASSERT(child.child == ChildId{2147483647} && child.group.empty());
        const auto& group = std::get<core::ExitCommand>(commands[2]);
        CPPUNIT_ASSERT(!group.child && group.group == "web");
    }

    void postsLogLevels()
    {
        for (const core::LogLevelRow& row : core::kLogLevels)
        {
            const Reply reply = answer("GET", "/logLevel/" + std::string(row.name));
            CPPUNIT_ASSERT_EQUAL(200, reply.status);
            CPPUNIT_ASSERT(
                contains(reply.body, "\"level\":\"" + std::string(row.name) + "\",\"confirmed\":2"));
            const auto command = std::get<core::LogLevelCommand>(_host.commands().back());
            CPPUNIT_ASSERT(command.level == row.level);
            CPPUNIT_ASSERT(command.logger.empty() && command.group.empty() && !command.child);
        }
    }

    void narrowsLogLevels()
    {
        CPPUNIT_ASSERT_EQUAL(200, status("POST", "/logLevel/debug?group=web&child=2&logger=HTTP%2eServer"));
        const auto command = std::get<core::LogLevelCommand>(_host.commands().back());
        CPPUNIT_ASSERT_EQUAL(std::string("web"), command.group);
        CPPUNIT_ASSERT(command.child == ChildId{2});
        CPPUNIT_ASSERT_EQUAL(std::string("HTTP.Server"), command.logger);
    }

    void namesTheLevelsWhereOneIsWrong()
    {
        for (const char* level : {"verbose", "DEBUG", "7", "debug%20", "information"})
        {
            const Reply reply = answer("GET", std::string("/logLevel/") + level);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(level, 400, reply.status);
            CPPUNIT_ASSERT_EQUAL(std::string("application/problem+json"), reply.contentType);
            CPPUNIT_ASSERT(contains(reply.body, "trace, debug, info, warn, error, fatal"));
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), _host.commandCount());
    }

    void mapsEveryOutcome()
    {
        const std::pair<Outcome, int> cases[] = {{Outcome::Done, 200},        {Outcome::TimedOut, 202},
                                                 {Outcome::NoSuchChild, 404}, {Outcome::NoSuchGroup, 404},
                                                 {Outcome::Stopping, 409},    {Outcome::Busy, 503}};
        for (const auto& [outcome, expected] : cases)
        {
            _host.answerWith([outcome = outcome] { return core::CommandReply{outcome, {}, 0}; });
            CPPUNIT_ASSERT_EQUAL(expected, status("POST", "/children/exit"));
            CPPUNIT_ASSERT_EQUAL(expected, status("POST", "/logLevel/info?child=9&group=x"));
        }
    }

    void refusesMalformedIds()
    {
        for (const char* id :
             {"0", "-1", "+1", "01", "1.0", "1e3", "0x1", "2147483648", "4294967297",
              "99999999999999999999999999", "%31%20", "1%20", "%D9%A1", "exit%20", "x", "%2e%2e"})
        {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(id, 404, status("GET", std::string("/children/") + id));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(id, 404, status("GET", std::string("/operations/") + id));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(id, 404, status("POST", std::string("/children/") + id + "/exit"));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(id, 400, status("POST", std::string("/logLevel/info?child=") + id));
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), _host.commandCount());
    }

    void refusesUnknownParameters()
    {
        for (const char* target : {"/?a=b", "/children?x=1", "/children/1?x=1", "/groups?x=1",
                                   "/groups/web?y=2", "/children/exit?group=web", "/logLevel/info?groups=web",
                                   "/logLevel/info?group=", "/logLevel/info?group=a&group=b",
                                   "/logLevel/info?child=", "/logLevel/info?Group=x"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 400, status("GET", target));
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), _host.commandCount());
    }

    void refusesMalformedTargets()
    {
        for (const char* target : {"",
                                   "x",
                                   "//",
                                   "/children//exit",
                                   "/children/",
                                   "//children",
                                   "/children/exit/",
                                   "/%",
                                   "/%4",
                                   "/%zz",
                                   "/children%2fexit",
                                   "/groups/%00",
                                   "/groups/%0a",
                                   "/groups/%7f",
                                   "/groups/%ff",
                                   "/groups/%c0%af",
                                   "/?=",
                                   "/?a",
                                   "/?a&b",
                                   "/?&",
                                   "/logLevel/info?=x",
                                   "/logLevel/info?group=%",
                                   "/logLevel/info?group=%2",
                                   "/logLevel/info?group=a&",
                                   "/logLevel/info?&group=a"})
        {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 400, status("GET", target));
        }
        CPPUNIT_ASSERT_EQUAL(200, status("GET", "/?"));
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), _host.commandCount());
    }

    void decodesOnceAndAfterSplitting()
    {
        const auto target = parseRouteTarget("/a%2Db/%2525/c?k%3D=v%26%3d");
        CPPUNIT_ASSERT(target.has_value());
        CPPUNIT_ASSERT_EQUAL(std::string("a-b"), target->segments.at(0));
        CPPUNIT_ASSERT_EQUAL(std::string("%25"), target->segments.at(1));
        CPPUNIT_ASSERT_EQUAL(std::string("k="), target->parameters.at(0).first);
        CPPUNIT_ASSERT_EQUAL(std::string("v&="), target->parameters.at(0).second);
        CPPUNIT_ASSERT_EQUAL(200, status("GET", "/%63hildren/%31"));
    }

    void namesTheRoutesWhereOneIsUnknown()
    {
        for (const char* target :
             {"/favicon.ico", "/children/1/2", "/children/1/exit/now", "/Children", "/logLevel",
              "/logLevel/info/x", "/groups/web/scale", "/groups/web/scale/3/4", "/../etc/passwd", "/config",
              "/Reload", "/operations/5/x"})
        {
            const Reply reply = answer("GET", target);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 404, reply.status);
            CPPUNIT_ASSERT(contains(reply.body, "/children/:id/exit"));
        }
    }

    void knowsWhichRoutesChangeSomething()
    {
        for (const char* target :
             {"/children/exit", "/children/1/exit", "/groups/a/exit", "/logLevel/info", "/%63hildren/exit",
              "/logLevel/x?group=1", "/children/%65xit", "/reload", "/groups/a/reload", "/groups/a/scale/x",
              "/groups/a/start", "/groups/a/stop", "/config/reload", "/reload?wait=1s"})
            CPPUNIT_ASSERT_MESSAGE(target, Router::need(target) == Need::Operate);
        for (const char* target : {"/", "/children", "/children/1", "/groups", "/groups/web", "/operations",
                                   "/operations/1", "/x", "", "/children/exit/"})
            CPPUNIT_ASSERT_MESSAGE(target, Router::need(target) == Need::Read);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RouterTest);

}  // namespace clustermanager::control::test
