/// Goal: servers that take turns on one listener lose no request, of Poco's own make as well as ours.
/// Method: clients that judge strictly (load/Client.h) at full speed, while one server after the other is
/// started, and the one before drained.
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <clustermanager/poco.hpp>

#include <Poco/Net/HTTPServer.h>
#include <Poco/ThreadPool.h>

#include <memory>

#include "FakeHost.h"
#include "LoopbackListener.h"
#include "TestHandlers.h"
#include "load/Load.h"

namespace {

using clustermanager::load::Load;
using clustermanager::load::Tally;

constexpr int kThreads = 8;

/// As a plugin with Poco's own server would do it.
class PocoServer
{
public:
    PocoServer(int listener, Desk& desk)
    {
        _host.listener = listener;
        Poco::Net::HTTPServerParams::Ptr params(new Poco::Net::HTTPServerParams);
        params->setMaxThreads(kThreads);
        params->setThreadIdleTime(Poco::Timespan(0, 50'000));  // the end of a pool waits for its idle threads
        const cm::Child child(&_host.context);
        _server =
            std::make_unique<Poco::Net::HTTPServer>(new cm::CountedRequests(child, new TestFactory(desk)),
                                                    _pool, cm::serverSocket(child, "http"), params);
        _server->start();
    }

    void drain()
    {
        _host.stopAsked = true;
        CPPUNIT_ASSERT(cm::drain(*_server));
    }

private:
    FakeHost _host;
    Poco::ThreadPool _pool{kThreads, kThreads + 1};
    std::unique_ptr<Poco::Net::HTTPServer> _server;
};

class OwnServer
{
public:
    OwnServer(int listener, Desk& desk) : _service(listener, new TestFactory(desk), kThreads)
    {
        _service.start();
    }

    void drain() { _service.stop(); }

private:
    cm::HTTPService _service;
};

class DrainUnderLoadTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DrainUnderLoadTest);
    CPPUNIT_TEST(pocoServersTakeTurns);
    CPPUNIT_TEST(ownServersTakeTurns);
    CPPUNIT_TEST_SUITE_END();

    template <class Server>
    void takeTurns(unsigned closing, unsigned keeping)
    {
        constexpr int kTurns = 20;
        constexpr std::uint64_t kBetween = 300;
        Desk desk;
        const LoopbackListener listener;
        auto server = std::make_unique<Server>(listener.fd(), desk);
        Load::Plan plan;
        plan.request.port = listener.address().port();
        plan.request.body = "hello";
        plan.request.patience = std::chrono::seconds(20);
        plan.closing = closing;
        plan.keeping = keeping;
        Load load(plan);
        for (int i = 0; i < kTurns; ++i)
        {
            const std::uint64_t wanted = load.answered() + kBetween;
            CPPUNIT_ASSERT(eventually([&] { return load.answered() >= wanted || load.lost() > 0; }));
            auto next = std::make_unique<Server>(listener.fd(), desk);
            server->drain();
            server = std::move(next);
        }
        const Tally& tally = load.stop();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(tally.text(), std::uint64_t{0}, tally.lost());
        server->drain();
    }

public:
    // Poco's server accepts what it has no thread for, so there are as many clients as it has threads.
    void pocoServersTakeTurns() { takeTurns<PocoServer>(kThreads / 2, kThreads / 2); }
    void ownServersTakeTurns() { takeTurns<OwnServer>(16, 16); }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DrainUnderLoadTest);

}  // namespace
