/// Goal: the loop calls back for what happened and for nothing else, whatever callbacks do to each other's
/// descriptors, and knows how long this thread was away.
/// Method: real pipes, some of them closed and opened anew between an event and its dispatch.
#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "runtime/EventLoop.h"

namespace clustermanager::runtime::test {

using namespace std::chrono_literals;

namespace {

struct Pipe
{
    Pipe()
    {
        int ends[2] = {-1, -1};
        CPPUNIT_ASSERT_EQUAL(0, ::pipe2(ends, O_CLOEXEC | O_NONBLOCK));
        out.reset(ends[0]);
        in.reset(ends[1]);
    }
    void write() const { CPPUNIT_ASSERT_EQUAL(ssize_t{1}, ::write(in.get(), "x", 1)); }

    FileDescriptor out;
    FileDescriptor in;
};

}  // namespace

class EventLoopTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(EventLoopTest);
    CPPUNIT_TEST(callsBackWithWhatHappened);
    CPPUNIT_TEST(forgottenDescriptorIsNotCalledForAnEventAlreadyFetched);
    CPPUNIT_TEST(eventOfAClosedDescriptorIsNotGivenToItsSuccessor);
    CPPUNIT_TEST(callbackMayForgetItself);
    CPPUNIT_TEST(callbackMayWatchMore);
    CPPUNIT_TEST(changeAsksForOtherEvents);
    CPPUNIT_TEST(forgettingAStrangerDoesNothing);
    CPPUNIT_TEST(waitEndsAtItsTime);
    CPPUNIT_TEST(knowsHowLongItWasAway);
    CPPUNIT_TEST_SUITE_END();

    EventLoop _loop;

    EventLoop::Wake turn()
    {
        const EventLoop::Wake wake = _loop.wait(Clock::now() + 20s);
        _loop.dispatch();
        return wake;
    }

    void callsBackWithWhatHappened()
    {
        Pipe pipe;
        std::uint32_t seen = 0;
        _loop.watch(pipe.out.get(), EPOLLIN, [&](std::uint32_t events) { seen = events; });
        pipe.write();
        CPPUNIT_ASSERT(!turn().idle);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{EPOLLIN}, seen);
        pipe.in.reset();
        turn();
        CPPUNIT_ASSERT((seen & EPOLLHUP) != 0);
    }

    void forgottenDescriptorIsNotCalledForAnEventAlreadyFetched()
    {
        Pipe first;
        Pipe second;
        int calls = 0;
        const auto forgetBoth = [&](std::uint32_t) {
            ++calls;
            _loop.forget(first.out.get());
            _loop.forget(second.out.get());
        };
        _loop.watch(first.out.get(), EPOLLIN, forgetBoth);
        _loop.watch(second.out.get(), EPOLLIN, forgetBoth);
        first.write();
        second.write();
        turn();
        CPPUNIT_ASSERT_EQUAL(1, calls);
        CPPUNIT_ASSERT(_loop.wait(Clock::now()).idle);
    }

    void eventOfAClosedDescriptorIsNotGivenToItsSuccessor()
    {
        Pipe old;
        Pipe next;
        int ofOld = 0;
        int ofNext = 0;
        _loop.watch(old.out.get(), EPOLLIN, [&](std::uint32_t) { ++ofOld; });
        old.write();
        CPPUNIT_ASSERT(!_loop.wait(Clock::now() + 20s).idle);

        const int number = old.out.get();
        _loop.forget(number);
        CPPUNIT_ASSERT_EQUAL(number, ::dup3(next.out.get(), number, O_CLOEXEC));
        _loop.watch(number, EPOLLIN, [&](std::uint32_t) { ++ofNext; });
        _loop.dispatch();
        CPPUNIT_ASSERT_EQUAL(0, ofOld + ofNext);

        next.write();
        turn();
        CPPUNIT_ASSERT_EQUAL(1, ofNext);
    }

    void callbackMayForgetItself()
    {
        Pipe pipe;
        const std::string captured(100, 'c');
        std::string after;
        _loop.watch(pipe.out.get(), EPOLLIN, [&, captured](std::uint32_t) {
            _loop.forget(pipe.out.get());
            after = captured;  // the callback is still whole
        });
        pipe.write();
        turn();
        CPPUNIT_ASSERT_EQUAL(captured, after);
        CPPUNIT_ASSERT(_loop.wait(Clock::now()).idle);
    }

    void callbackMayWatchMore()
    {
        std::vector<Pipe> pipes(200);
        int calls = 0;
        _loop.watch(pipes[0].out.get(), EPOLLIN, [&](std::uint32_t) {
            ++calls;
            _loop.forget(pipes[0].out.get());
            for (std::size_t i = 1; i < pipes.size(); ++i)
                _loop.watch(pipes[i].out.get(), EPOLLIN, [&, i](std::uint32_t) {
                    ++calls;
                    _loop.forget(pipes[i].out.get());
                });
        });
        for (const Pipe& pipe : pipes) pipe.write();
        while (calls < 200) CPPUNIT_ASSERT(!turn().idle);
    }

    void changeAsksForOtherEvents()
    {
        Pipe pipe;
        std::uint32_t seen = 0;
        _loop.watch(pipe.in.get(), EPOLLIN, [&](std::uint32_t events) { seen = events; });
        CPPUNIT_ASSERT(_loop.wait(Clock::now()).idle);
        _loop.change(pipe.in.get(), EPOLLOUT);
        turn();
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{EPOLLOUT}, seen);
    }

    void forgettingAStrangerDoesNothing()
    {
        Pipe pipe;
        _loop.forget(pipe.out.get());
        _loop.forget(-1);
        CPPUNIT_ASSERT(_loop.wait(Clock::now()).idle);
    }

    void waitEndsAtItsTime()
    {
        const TimePoint until = Clock::now() + 30ms;
        const EventLoop::Wake wake = _loop.wait(until);
        CPPUNIT_ASSERT(wake.idle);
        CPPUNIT_ASSERT(_loop.now() >= until);
        CPPUNIT_ASSERT(wake.away >= 30ms && wake.late <= wake.away);
    }

    void knowsHowLongItWasAway()
    {
        _loop.wait(Clock::now());
        ::poll(nullptr, 0, 60);  // the work of a turn that took too long
        const EventLoop::Wake wake = _loop.wait(Clock::now());
        CPPUNIT_ASSERT(wake.late >= 60ms);
        CPPUNIT_ASSERT(wake.away >= wake.late);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EventLoopTest);

}  // namespace clustermanager::runtime::test
