/// Goal: an unchanged ServerApplication is a plugin: it logs where the child logs, and a stop ends it.
/// Method: the application runs in a forked process, as an Application can be made only once in a process.

#include <Poco/Channel.h>
#include <Poco/Logger.h>
#include <Poco/Message.h>
#include <Poco/Util/ServerApplication.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <clustermanager/poco.hpp>
#include <thread>

#include "FakeHost.h"

namespace {

class MemoryChannel : public Poco::Channel
{
public:
    void log(const Poco::Message& message) override { texts += message.getText() + ";"; }
    std::string texts;
};

class Application : public Poco::Util::ServerApplication
{
protected:
    void initialize(Poco::Util::Application& self) override
    {
        ServerApplication::initialize(self);
        Poco::Logger::get("app").information("initialized");
    }

    int main(const std::vector<std::string>&) override
    {
        logger().information("main " + config().getString("greeting"));
        Poco::Logger::get("app.part").information("part");
        waitForTerminationRequest();
        return 9;
    }
};

/// 0 where all is as it should be, else the number of what is not.
int liveAsPlugin(bool stopComesEarly)
{
    FakeHost host;
    host.settings["greeting"] = "hi";
    const Poco::AutoPtr<MemoryChannel> channel(new MemoryChannel);
    Poco::Logger::root().setChannel(channel);
    cm::Child child(&host.context);

    std::thread stopper;
    host.context.on_stop = [](cm_context* context, cm_callback callback, void* argument) {
        auto& onStop = static_cast<FakeHost*>(context->host)->onStop;
        onStop = [callback, argument] { callback(argument); };
        if (context->restarts == 1) onStop();
        return int{CM_OK};
    };
    host.context.restarts = stopComesEarly ? 1 : 0;
    if (!stopComesEarly)
        host.context.ready = [](cm_context* context) {
            auto* self = static_cast<FakeHost*>(context->host);
            self->trace.push_back("ready");
            std::thread([self] { self->onStop(); }).detach();
        };
    struct sigaction before = {};
    (void)::sigaction(SIGSEGV, nullptr, &before);
    const int code = cm::detail::runServerApplication<Application>(child);
    struct sigaction crash = {};
    (void)::sigaction(SIGSEGV, nullptr, &crash);
    if (code != 9) return 1;
    if (channel->texts.find("main hi;part;") == std::string::npos) return 2;
    if (host.trace != std::vector<std::string>{"ready"}) return 3;
    return crash.sa_handler == before.sa_handler ? 0 : 4;
}

int exitCodeOf(bool stopComesEarly)
{
    const pid_t child = ::fork();
    if (child == 0)
    {
        (void)::alarm(30);
        (void)::signal(SIGINT, SIG_DFL);
        ::_exit(liveAsPlugin(stopComesEarly));
    }
    int status = 0;
    (void)::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

class ServerMainTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ServerMainTest);
    CPPUNIT_TEST(itRunsAndStops);
    CPPUNIT_TEST(aStopBeforeItWaitsIsNotLost);
    CPPUNIT_TEST_SUITE_END();

    void itRunsAndStops() { CPPUNIT_ASSERT_EQUAL(0, exitCodeOf(false)); }
    void aStopBeforeItWaitsIsNotLost() { CPPUNIT_ASSERT_EQUAL(0, exitCodeOf(true)); }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ServerMainTest);
