/// Goal: a child that has grown too old or too large is named once, with a reason one can read; a thousand of
/// them cost little at a time and do not go together.
/// Method: times and sizes are made up; what the kernel says is read of this process itself.
#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <map>

#include "runtime/RecycleWatch.h"

namespace clustermanager::runtime::test {

class RecycleWatchTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RecycleWatchTest);
    CPPUNIT_TEST(withoutLimitsThereIsNoDeadline);
    CPPUNIT_TEST(oldChildIsNamedOnce);
    CPPUNIT_TEST(livesOfOneLimitEndOverATenthOfIt);
    CPPUNIT_TEST(largeChildIsNamedOnce);
    CPPUNIT_TEST(smallLimitsAreToldExactly);
    CPPUNIT_TEST(endedChildIsNotNamed);
    CPPUNIT_TEST(childIsLookedAtOnceInAPeriod);
    CPPUNIT_TEST(oneCallLooksAtFew);
    CPPUNIT_TEST(thousandChildrenWakeTheLoopSeldom);
    CPPUNIT_TEST(reportCountsOnlyWhereTheKernelIsSilent);
    CPPUNIT_TEST(kernelTellsTheMemoryOfAProcess);
    CPPUNIT_TEST_SUITE_END();

    static constexpr std::uint64_t kMiB = 1'024;

    std::map<pid_t, std::uint64_t> _memory;
    std::size_t _looks = 0;
    const TimePoint _now{std::chrono::seconds(1'000)};
    RecycleWatch _watch{RecycleWatch::kPeriod, [this](pid_t pid) -> std::optional<std::uint64_t> {
                            ++_looks;
                            const auto found = _memory.find(pid);
                            if (found == _memory.end()) return std::nullopt;
                            return found->second;
                        }};

    /// Passes the time step by step, as the loop does.
    std::vector<RecycleWatch::Due> until(TimePoint end)
    {
        std::vector<RecycleWatch::Due> all;
        while (_watch.deadline() && *_watch.deadline() <= end)
            for (auto& due : _watch.passTime(*_watch.deadline())) all.push_back(std::move(due));
        return all;
    }

    void withoutLimitsThereIsNoDeadline()
    {
        _watch.started(StartNumber{1}, 10, {}, _now);
        CPPUNIT_ASSERT(!_watch.deadline() && _watch.passTime(_now + Millis(1'000'000)).empty());
    }

    void oldChildIsNamedOnce()
    {
        _watch.started(StartNumber{1}, 10, {Millis(3'600'000), 0}, _now);
        CPPUNIT_ASSERT(_watch.passTime(_now + Millis(3'239'000)).empty());
        const auto due = _watch.passTime(_now + Millis(3'600'000));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, due.size());
        CPPUNIT_ASSERT(due[0].start == StartNumber{1});
        CPPUNIT_ASSERT_EQUAL(std::string("it has lived for 3600 s"), due[0].reason);
        CPPUNIT_ASSERT(!_watch.deadline() && _looks == 0);
    }

    void livesOfOneLimitEndOverATenthOfIt()
    {
        constexpr int kChildren = 100;
        for (int i = 1; i <= kChildren; ++i)
            _watch.started(StartNumber(static_cast<std::uint64_t>(i)), i, {Millis(100'000), 0}, _now);
        std::vector<TimePoint> ends;
        while (_watch.deadline())
        {
            const TimePoint end = *_watch.deadline();
            CPPUNIT_ASSERT(end >= _now + Millis(90'000) && end <= _now + Millis(100'000));
            ends.insert(ends.end(), _watch.passTime(end).size(), end);
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{kChildren}, ends.size());
        for (std::size_t i = 10; i < ends.size(); ++i)
            CPPUNIT_ASSERT_MESSAGE("ten at a time", ends[i] - ends[i - 10] > Millis(100));
    }

    void largeChildIsNamedOnce()
    {
        _memory[10] = 512 * kMiB;
        _watch.started(StartNumber{1}, 10, {Millis(0), 512 * kMiB}, _now);
        CPPUNIT_ASSERT(until(_now + Millis(20'000)).empty());
        _memory[10] = 611 * kMiB + 1;
        const auto due = until(_now + Millis(26'000));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, due.size());
        CPPUNIT_ASSERT_EQUAL(std::string("it uses 612 MiB, more than maxMemory 512 MiB"), due[0].reason);
        CPPUNIT_ASSERT(!_watch.deadline());
    }

    void smallLimitsAreToldExactly()
    {
        _memory[10] = 1'501;
        _watch.started(StartNumber{1}, 10, {Millis(0), 1'500}, _now);
        CPPUNIT_ASSERT_EQUAL(std::string("it uses 1501 KiB, more than maxMemory 1500 KiB"),
                             until(_now + Millis(6'000)).at(0).reason);
        _watch.started(StartNumber{2}, 10, {Millis(2'000), 0}, _now);
        CPPUNIT_ASSERT_EQUAL(std::string("it has lived for 2000 ms"),
                             _watch.passTime(_now + Millis(2'000)).at(0).reason);
    }

    void endedChildIsNotNamed()
    {
        _memory[10] = 2 * kMiB;
        _watch.started(StartNumber{1}, 10, {Millis(1'000), kMiB}, _now);
        _watch.ended(StartNumber{1});
        _watch.ended(StartNumber{1});
        CPPUNIT_ASSERT(!_watch.deadline() && _watch.passTime(_now + Millis(10'000)).empty());
    }

    void childIsLookedAtOnceInAPeriod()
    {
        _memory[10] = 1;
        _watch.started(StartNumber{1}, 10, {Millis(0), kMiB}, _now);
        for (int i = 0; i <= 50'000; i += 10) CPPUNIT_ASSERT(_watch.passTime(_now + Millis(i)).empty());
        CPPUNIT_ASSERT(_looks >= 8 && _looks <= 11);
    }

    void oneCallLooksAtFew()
    {
        for (int i = 1; i <= 1'000; ++i)
            _watch.started(StartNumber(static_cast<std::uint64_t>(i)), i, {Millis(0), kMiB}, _now);
        const TimePoint late = _now + Millis(60'000);
        (void)_watch.passTime(late);
        CPPUNIT_ASSERT_EQUAL(RecycleWatch::kLooksPerCall, _looks);
        CPPUNIT_ASSERT_MESSAGE("the rest is due still", *_watch.deadline() <= late);
        while (*_watch.deadline() <= late) (void)_watch.passTime(late);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1'000}, _looks);
    }

    void thousandChildrenWakeTheLoopSeldom()
    {
        for (int i = 1; i <= 1'000; ++i)
            _watch.started(StartNumber(static_cast<std::uint64_t>(i)), i, {Millis(0), kMiB}, _now);
        int wakes = 0;
        for (; *_watch.deadline() <= _now + Millis(10'000); ++wakes)
            (void)_watch.passTime(*_watch.deadline());
        CPPUNIT_ASSERT(_looks >= 1'900 && _looks <= 2'100);
        CPPUNIT_ASSERT_MESSAGE(std::to_string(wakes), wakes <= 220);
    }

    void reportCountsOnlyWhereTheKernelIsSilent()
    {
        _memory[10] = 1;
        _watch.started(StartNumber{1}, 10, {Millis(0), kMiB}, _now);
        _watch.started(StartNumber{2}, 20, {Millis(0), kMiB}, _now);
        _watch.reported(StartNumber{1}, 5 * kMiB);
        CPPUNIT_ASSERT(until(_now + Millis(10'000)).empty());
        _watch.reported(StartNumber{2}, 5 * kMiB);
        const auto due = until(_now + Millis(20'000));
        CPPUNIT_ASSERT(due.size() == 1 && due[0].start == StartNumber{2});
    }

    void kernelTellsTheMemoryOfAProcess()
    {
        const std::uint64_t before = readMemoryKiB(::getpid()).value();
        CPPUNIT_ASSERT(before > 100);
        const std::vector<char> block(64 * kMiB * 1'024, 'x');
        CPPUNIT_ASSERT(readMemoryKiB(::getpid()).value() > before + 48 * kMiB);
        CPPUNIT_ASSERT_EQUAL('x', block.back());
        CPPUNIT_ASSERT(!readMemoryKiB(-1));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RecycleWatchTest);

}  // namespace clustermanager::runtime::test
