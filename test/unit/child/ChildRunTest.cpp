/// Goal: a child lives and ends as its contract says, whatever its plugin and its master do.
/// Method: real forked children; the test is their master at the other end of a real link.

#include <Poco/Exception.h>
#include <Poco/Logger.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <cstring>
#include <stdexcept>
#include <thread>

#include "ForkedChild.h"
#include "unit/TemporaryFolder.h"

using namespace clustermanager;

namespace {

/// What the plugin says to the test, in order.
void say(cm_context* context, const std::string& text)
{
    while (context->send(context, CM_TO_MASTER, text.data(), text.size()) == CM_FULL)
        std::this_thread::yield();
}

std::string environment(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? "-" : value;
}

bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

}  // namespace

class ChildRunTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ChildRunTest);
    CPPUNIT_TEST(itSaysHelloAndReadyAndEndsWithItsCode);
    CPPUNIT_TEST(itKnowsWhoItIs);
    CPPUNIT_TEST(itReadsItsSettings);
    CPPUNIT_TEST(itLogsIntoItsOwnFile);
    CPPUNIT_TEST(configuredLogsFindTheirFile);
    CPPUNIT_TEST(theLevelChangesBeforeItIsAcknowledged);
    CPPUNIT_TEST(itReportsItsStatusWhenItChanges);
    CPPUNIT_TEST(messagesGoBothWaysInOrder);
    CPPUNIT_TEST(sigtermIsAStop);
    CPPUNIT_TEST(stopCallbacksAreCalled);
    CPPUNIT_TEST(itEndsWhenTheMasterIsGone);
    CPPUNIT_TEST(itEndsByForceWhenTheMasterIsGoneAndThePluginGoesOn);
    CPPUNIT_TEST(exitHandlersRunLastToFirst);
    CPPUNIT_TEST(exitHandlersAreBounded);
    CPPUNIT_TEST(whatRunChildThrowsIsItsFarewell);
    CPPUNIT_TEST(whatACallbackThrowsIsItsFarewell);
    CPPUNIT_TEST(whatAThreadThrowsIsItsFarewell);
    CPPUNIT_TEST(aReasonOfThePluginIsItsFarewell);
    CPPUNIT_TEST(anEndBeforeReadyIsSaid);
    CPPUNIT_TEST(outputGoesToAFileOfItsOwn);
    CPPUNIT_TEST(aPluginFileIsLoadedInTheChild);
    CPPUNIT_TEST(aPluginThatCannotBeLoadedIsSaid);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;
    const std::string _log = _folder / "hello-3.log";

    ForkedChild::Setup setup(std::function<int(cm_context*)> runChild)
    {
        ForkedChild::Setup setup;
        setup.plan.group = "hello";
        setup.plan.generation = 5;
        setup.plan.shutdownTimeoutMs = 10'000;
        setup.plan.updateStatusMs = 60'000;
        setup.plan.logFolder = _folder.path();
        setup.runChild = std::move(runChild);
        return setup;
    }

    std::string heard(ForkedChild& child) { return child.expect<link::PluginMessage>().data; }

    void itSaysHelloAndReadyAndEndsWithItsCode()
    {
        ForkedChild child(setup([](cm_context* context) {
            context->ready(context);
            context->ready(context);
            context->recycle(context);
            context->wait_stop(context, -1);
            return 300;
        }));
        const auto hello = child.expect<link::Hello>();
        CPPUNIT_ASSERT(hello.start == ForkedChild::kStart && hello.pid == child.pid());
        child.expect<link::Ready>();
        CPPUNIT_ASSERT_EQUAL(std::string("it asked for it"), child.expect<link::RecycleMe>().reason);
        child.tell(link::AskExit{});
        CPPUNIT_ASSERT_EQUAL(300 & 0xff, child.exitCode());
    }

    void itKnowsWhoItIs()
    {
        auto who = setup([](cm_context* context) {
            for (const char* name : {"CM_CHILD_ID", "CM_CHILD_INDEX", "CM_GROUP", "CM_GENERATION",
                                     "CM_RESTART", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET"})
                say(context, environment(name));
            say(context, environment("LISTEN_PID") == std::to_string(::getpid()) ? "me" : "somebody");
            say(context, std::to_string(context->child_id) + " " + std::to_string(context->child_index) +
                             " " + std::to_string(context->restarts) + " " +
                             std::to_string(context->is_restart) + " " + std::to_string(context->generation) +
                             " " + context->group + " " + std::to_string(context->role));
            say(context, std::to_string(context->listener(context, "admin")) + " " +
                             std::to_string(context->listener(context, "none")));
            char name[16] = {};
            (void)::pthread_getname_np(::pthread_self(), name, sizeof name);
            say(context, name);
            return 0;
        });
        who.restarts = 4;
        who.plan.listeners = {{"http"}, {"admin"}};
        (void)::setenv("NOTIFY_SOCKET", "/nowhere", 1);
        ForkedChild child(std::move(who));
        (void)::unsetenv("NOTIFY_SOCKET");
        for (const char* expected : {"3", "2", "hello", "5", "4", "2", "http:admin", "-", "me",
                                     "3 2 4 1 5 hello 1", "4 -1", "cm-hello-3"})
            CPPUNIT_ASSERT_EQUAL(std::string(expected), heard(child));
    }

    void itReadsItsSettings()
    {
        auto with = setup([](cm_context* context) {
            say(context, context->config(context, "greeting", "none"));
            say(context, context->config(context, "missing", "fallback"));
            say(context, context->config(context, "logging.loggers.root.level", "hidden"));
            const char* key = nullptr;
            const char* value = nullptr;
            for (std::size_t i = 0; context->config_at(context, i, &key, &value) == 1; ++i)
                say(context, std::string(key) + "=" + value);
            return environment("CM_RESTART") == "-" ? 0 : 1;
        });
        with.plan.settings = {
            {"a", "1"}, {"greeting", "hi"}, {"logging.loggers.root.level", "debug"}, {"z", "26"}};
        ForkedChild child(std::move(with));
        for (const char* expected : {"hi", "fallback", "hidden", "a=1", "greeting=hi", "z=26"})
            CPPUNIT_ASSERT_EQUAL(std::string(expected), heard(child));
        CPPUNIT_ASSERT_EQUAL(0, child.exitCode());
    }

    void itLogsIntoItsOwnFile()
    {
        ForkedChild child(setup([](cm_context* context) {
            context->log(context, CM_LOG_INFO, nullptr, "from C");
            context->log(context, CM_LOG_WARN, "db", "slow");
            context->log(context, CM_LOG_DEBUG, nullptr, "not at this level");
            Poco::Logger::get("mine").information("from Poco");
            return context->log_enabled(context, CM_LOG_INFO) * 10 +
                   context->log_enabled(context, CM_LOG_DEBUG);
        }));
        CPPUNIT_ASSERT_EQUAL(10, child.exitCode());
        const auto lines = linesOf(_log);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, lines.size());
        CPPUNIT_ASSERT(contains(lines[0], "Z info [hello] from C"));
        CPPUNIT_ASSERT(contains(lines[1], "Z warn [db] slow"));
        CPPUNIT_ASSERT(contains(lines[2], "Z info [mine] from Poco"));
    }

    void configuredLogsFindTheirFile()
    {
        auto with = setup([](cm_context* context) {
            context->log(context, CM_LOG_DEBUG, nullptr, "configured");
            return 0;
        });
        with.plan.logsConfigured = true;
        with.plan.settings = {
            {"logging.channels.file.class", "ChildFileChannel"},
            {"logging.channels.file.formatter.class", "PatternFormatter"},
            {"logging.channels.file.formatter.pattern", "%p|%t"},
            {"logging.channels.file.path", _folder.path() + "/own-${system.env.CM_CHILD_ID}.log"},
            {"logging.loggers.root.channel", "file"},
            {"logging.loggers.root.level", "debug"}};
        ForkedChild child(std::move(with));
        CPPUNIT_ASSERT_EQUAL(0, child.exitCode());
        CPPUNIT_ASSERT_EQUAL(std::string("Debug|configured\n"), contentOf(_folder / "own-3.log"));
    }

    void theLevelChangesBeforeItIsAcknowledged()
    {
        ForkedChild child(setup([](cm_context* context) {
            context->ready(context);
            context->wait_stop(context, -1);
            context->log(context, CM_LOG_TRACE, nullptr, "now");
            context->log(context, CM_LOG_WARN, "quiet.one", "not now");
            return 0;
        }));
        child.expect<link::Ready>();
        child.tell(link::SetLogLevel{41, CM_LOG_TRACE, ""});
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{41}, child.expect<link::LogLevelSet>().ticket);
        child.tell(link::SetLogLevel{42, CM_LOG_FATAL, "quiet"});
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{42}, child.expect<link::LogLevelSet>().ticket);
        child.tell(link::AskExit{});
        CPPUNIT_ASSERT_EQUAL(0, child.exitCode());
        const auto lines = linesOf(_log);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, lines.size());
        CPPUNIT_ASSERT(contains(lines[0], "trace [hello] now"));
    }

    void itReportsItsStatusWhenItChanges()
    {
        ForkedChild child(setup([](cm_context* context) {
            if (context->report_status(context, "{\"jobs\":1}") != CM_OK) return 1;
            if (context->report_status(context, "{jobs}") != CM_INVALID) return 2;
            if (context->report_status(context, std::string(CM_STATUS_MAX + 1, '1').c_str()) != CM_INVALID)
                return 3;
            context->wait_stop(context, -1);
            return 0;
        }));
        const auto status = child.expect<link::Status>();
        CPPUNIT_ASSERT(status.hasJson);
        CPPUNIT_ASSERT_EQUAL(std::string("{\"jobs\":1}"), status.json);
        CPPUNIT_ASSERT(status.rssKiB > 100 && status.cpuMicros > 0);
        child.tell(link::AskExit{});
        CPPUNIT_ASSERT_EQUAL(0, child.exitCode());
    }

    void messagesGoBothWaysInOrder()
    {
        ForkedChild child(setup([](cm_context* context) {
            context->ready(context);
            if (context->send(context, 9, "x", 1) != CM_INVALID) return 1;
            if (context->send(context, CM_TO_MASTER, std::string(CM_MESSAGE_MAX + 1, 'x').data(),
                              CM_MESSAGE_MAX + 1) != CM_INVALID)
                return 2;
            context->wait_stop(context, 50);  // some messages come before anybody listens
            context->on_message(
                context,
                [](void* argument, int32_t from, const void* data, size_t size) {
                    say(static_cast<cm_context*>(argument),
                        std::to_string(from) + ":" + std::string(static_cast<const char*>(data), size));
                },
                context);
            context->wait_stop(context, -1);
            return 0;
        }));
        child.expect<link::Ready>();
        for (int i = 0; i < 200; ++i) child.tell(link::PluginMessage{0, std::to_string(i)});
        for (int i = 0; i < 200; ++i) CPPUNIT_ASSERT_EQUAL("0:" + std::to_string(i), heard(child));
        child.tell(link::AskExit{});
        CPPUNIT_ASSERT_EQUAL(0, child.exitCode());
    }

    void sigtermIsAStop()
    {
        ForkedChild child(setup([](cm_context* context) {
            context->ready(context);
            context->wait_stop(context, -1);
            return 5;
        }));
        child.expect<link::Ready>();
        CPPUNIT_ASSERT_EQUAL(0, ::kill(child.pid(), SIGTERM));
        CPPUNIT_ASSERT_EQUAL(5, child.exitCode());
    }

    void stopCallbacksAreCalled()
    {
        ForkedChild child(setup([](cm_context* context) {
            static std::atomic<bool> called{false};
            context->on_stop(
                context, [](void*) { called = true; }, nullptr);
            context->ready(context);
            pollfd event{context->stop_fd(context), POLLIN, 0};
            (void)::poll(&event, 1, -1);
            while (!called) std::this_thread::yield();
            return context->stop_requested(context) == 1 ? 0 : 1;
        }));
        child.expect<link::Ready>();
        child.tell(link::AskExit{});
        CPPUNIT_ASSERT_EQUAL(0, child.exitCode());
    }

    void itEndsWhenTheMasterIsGone()
    {
        const std::string witness = _folder / "witness";
        ForkedChild child(setup([witness](cm_context* context) {
            context->ready(context);
            context->wait_stop(context, -1);
            std::ofstream(witness) << "graceful";
            return 0;
        }));
        child.expect<link::Ready>();
        child.closeLink();
        (void)child.waitForEnd();
        CPPUNIT_ASSERT_EQUAL(std::string("graceful"), contentOf(witness));
    }

    void itEndsByForceWhenTheMasterIsGoneAndThePluginGoesOn()
    {
        auto stubborn = setup([](cm_context* context) {
            context->ready(context);
            for (;;) (void)::pause();
            return 0;
        });
        stubborn.plan.shutdownTimeoutMs = 200;
        ForkedChild child(std::move(stubborn));
        child.expect<link::Ready>();
        child.closeLink();
        CPPUNIT_ASSERT(WIFSIGNALED(child.waitForEnd()));
    }

    void exitHandlersRunLastToFirst()
    {
        ForkedChild child(setup([](cm_context* context) {
            static cm_context* self = context;
            context->at_exit(
                context, [](void*) { say(self, "first added"); }, nullptr);
            context->at_exit(
                context, [](void*) { throw std::runtime_error("boom"); }, nullptr);
            context->at_exit(
                context, [](void*) { say(self, "last added"); }, nullptr);
            context->ready(context);
            return 3;
        }));
        CPPUNIT_ASSERT_EQUAL(std::string("last added"), heard(child));
        CPPUNIT_ASSERT_EQUAL(std::string("first added"), heard(child));
        CPPUNIT_ASSERT_EQUAL(3, child.exitCode());
        CPPUNIT_ASSERT(
            contains(contentOf(_log), "error [hello] an exit handler threw std::runtime_error: boom"));
    }

    void exitHandlersAreBounded()
    {
        auto endless = setup([](cm_context* context) {
            context->at_exit(
                context,
                [](void*) {
                    for (;;) (void)::pause();
                },
                nullptr);
            context->ready(context);
            return 0;
        });
        endless.plan.shutdownTimeoutMs = 200;
        ForkedChild child(std::move(endless));
        CPPUNIT_ASSERT_EQUAL(std::string("it did not stop in time"), child.expect<link::Farewell>().reason);
        CPPUNIT_ASSERT_EQUAL(70, child.exitCode());
    }

    void expectFarewell(std::function<int(cm_context*)> runChild, const std::string& reason)
    {
        ForkedChild child(setup(std::move(runChild)));
        CPPUNIT_ASSERT_EQUAL(reason, child.expect<link::Farewell>().reason);
        CPPUNIT_ASSERT_EQUAL(70, child.exitCode());
        CPPUNIT_ASSERT(contains(contentOf(_log), "fatal [hello] " + reason));
    }

    void whatRunChildThrowsIsItsFarewell()
    {
        expectFarewell([](cm_context*) -> int { throw std::runtime_error("boom"); },
                       "run_child threw std::runtime_error: boom");
        expectFarewell([](cm_context*) -> int { throw Poco::FileNotFoundException("db", "x.sqlite"); },
                       "run_child threw Poco::FileNotFoundException: File not found: db: x.sqlite");
        expectFarewell([](cm_context*) -> int { throw 42; }, "run_child threw int");
    }

    void whatACallbackThrowsIsItsFarewell()
    {
        ForkedChild child(setup([](cm_context* context) {
            context->on_stop(
                context, [](void*) { throw std::runtime_error("late"); }, nullptr);
            context->ready(context);
            for (;;) (void)::pause();
            return 0;
        }));
        child.expect<link::Ready>();
        child.tell(link::AskExit{});
        CPPUNIT_ASSERT_EQUAL(std::string("a callback threw std::runtime_error: late"),
                             child.expect<link::Farewell>().reason);
        CPPUNIT_ASSERT_EQUAL(70, child.exitCode());
    }

    void whatAThreadThrowsIsItsFarewell()
    {
        ForkedChild child(setup([](cm_context*) {
            std::thread([] { throw std::runtime_error("unseen"); }).join();
            return 0;
        }));
        CPPUNIT_ASSERT_EQUAL(std::string("std::terminate was called: std::runtime_error: unseen"),
                             child.expect<link::Farewell>().reason);
        const int status = child.waitForEnd();
        CPPUNIT_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }

    void aReasonOfThePluginIsItsFarewell()
    {
        ForkedChild child(setup([](cm_context* context) {
            context->fail(context, "no licence");
            return 78;
        }));
        CPPUNIT_ASSERT_EQUAL(std::string("no licence"), child.expect<link::Farewell>().reason);
        CPPUNIT_ASSERT_EQUAL(78, child.exitCode());
    }

    void anEndBeforeReadyIsSaid()
    {
        ForkedChild child(setup([](cm_context*) { return 0; }));
        CPPUNIT_ASSERT_EQUAL(std::string("run_child returned 0 before it was ready"),
                             child.expect<link::Farewell>().reason);
        CPPUNIT_ASSERT_EQUAL(0, child.exitCode());
    }

    void outputGoesToAFileOfItsOwn()
    {
        auto printing = setup([](cm_context*) {
            (void)std::printf("to stdout\n");
            return 0;
        });
        printing.plan.outputToFile = true;
        ForkedChild child(std::move(printing));
        CPPUNIT_ASSERT_EQUAL(0, child.exitCode());
        CPPUNIT_ASSERT(contains(contentOf(_folder / "hello-3.out"), "to stdout\n"));
    }

    void aPluginFileIsLoadedInTheChild()
    {
        auto file = setup({});
        file.plan.pluginPath = CM_TEST_PLUGINS "/good.so";
        ForkedChild child(std::move(file));
        child.expect<link::Ready>();
        child.tell(link::AskExit{});
        CPPUNIT_ASSERT_EQUAL(7, child.exitCode());
    }

    void aPluginThatCannotBeLoadedIsSaid()
    {
        auto file = setup({});
        file.plan.pluginPath = CM_TEST_PLUGINS "/undefined.so";
        ForkedChild child(std::move(file));
        const std::string reason = child.expect<link::Farewell>().reason;
        CPPUNIT_ASSERT_EQUAL("loading the plugin: " CM_TEST_PLUGINS "/undefined.so: "
                             "undefined symbol: thisFunctionExistsNowhere" +
                                 std::string(),
                             reason);
        CPPUNIT_ASSERT_EQUAL(69, child.exitCode());
        CPPUNIT_ASSERT(contains(contentOf(_log), reason));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ChildRunTest);
