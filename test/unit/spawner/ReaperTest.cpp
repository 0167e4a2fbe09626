#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <csignal>

#include "fakes/FakeProcessSys.h"
#include "link/Link.h"
#include "spawner/Reaper.h"

namespace clustermanager::spawner {

using namespace std::chrono_literals;

namespace {

constexpr ExitStatus kExit3{ExitStatus::Kind::Exited, 3, false};
constexpr ExitStatus kKilled{ExitStatus::Kind::Signaled, SIGKILL, false};
using Calls = std::vector<std::string>;

}  // namespace

/// Goal: no exit is lost between the kernel and the master, and spares in trouble do not become a storm.
/// Method: a made-up kernel and a real link, whose other end the test reads or not.
class ReaperTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ReaperTest);
    CPPUNIT_TEST(theGroupIsKilledAndTheExitReportedBeforeTheChildIsReaped);
    CPPUNIT_TEST(theSuccessorIsStartedAsSoonAsTheMasterCanKnow);
    CPPUNIT_TEST(aSpareHasTheOrderBeforeTheMasterHasTheReport);
    CPPUNIT_TEST(whoExitsHasNoSuccessor);
    CPPUNIT_TEST(aSuccessorWaitsUntilTheKernelHasTheReport);
    CPPUNIT_TEST(eachSuccessorWaitsForItsOwnReport);
    CPPUNIT_TEST(aMasterThatIsGoneGetsNoSuccessor);
    CPPUNIT_TEST(aStrangerIsReapedWithoutAReport);
    CPPUNIT_TEST(oneTurnTakesNoMoreThanItMay);
    CPPUNIT_TEST(aChildStaysAZombieUntilTheKernelHasItsReport);
    CPPUNIT_TEST(whenTheMasterIsGoneTheDeadAreReapedAnyway);
    CPPUNIT_TEST(afterASpareDiedTheNextOneIsPutOff);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        link::LinkPair pair = std::move(link::makeLinkPair().value());
        _link = link::Link(std::move(pair.ours));
        _master = link::Link(std::move(pair.theirs));
    }

    void theGroupIsKilledAndTheExitReportedBeforeTheChildIsReaped()
    {
        const pid_t pid = child(StartNumber{8});
        _sys.die(pid, kExit3, {11, 22, 33});
        CPPUNIT_ASSERT(take() == Reaper::Outcome::Done);
        CPPUNIT_ASSERT(_sys.calls == Calls({"killGroup 1001 9", "reap 1001"}));
        const link::ChildExited exited = read();
        CPPUNIT_ASSERT(exited.start == StartNumber{8});
        CPPUNIT_ASSERT_EQUAL(pid, exited.pid);
        CPPUNIT_ASSERT_EQUAL(3, exited.number);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{11}, exited.userMicros);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{22}, exited.systemMicros);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{33}, exited.maxRssKiB);
        CPPUNIT_ASSERT(_children.empty() && _children.find(StartNumber{8}) == nullptr);
    }

    void theSuccessorIsStartedAsSoonAsTheMasterCanKnow()
    {
        _sys.die(childWithSuccessor(), kKilled);
        CPPUNIT_ASSERT(take() == Reaper::Outcome::Done);
        CPPUNIT_ASSERT(_sys.calls == Calls({"killGroup 1001 9", "start 9", "reap 1001"}));
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{4}, _started.front().restarts);
        link::Link::Received received = _master.receive();
        auto& packet = std::get<link::Link::Packet>(received);
        CPPUNIT_ASSERT(exitIn(packet).successor == StartNumber{9});
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, packet.fds.size());
    }

    void aSpareHasTheOrderBeforeTheMasterHasTheReport()
    {
        link::LinkPair pair = std::move(link::makeLinkPair().value());
        link::Link spare(std::move(pair.theirs));
        _spares.add(77, link::Link(std::move(pair.ours)));
        fillLink();
        _sys.die(childWithSuccessor(), kKilled);
        CPPUNIT_ASSERT(take() == Reaper::Outcome::Blocked);
        CPPUNIT_ASSERT(std::holds_alternative<link::Link::Packet>(spare.receive()));
        CPPUNIT_ASSERT(std::holds_alternative<link::Link::Nothing>(spare.receive()));  // it may not run
        CPPUNIT_ASSERT(_started.empty());
        while (std::holds_alternative<link::Link::Packet>(_master.receive())) (void)_link.flush();
        CPPUNIT_ASSERT(take() == Reaper::Outcome::Done);
        CPPUNIT_ASSERT(_spare && _spare->pid == 77);
        CPPUNIT_ASSERT(_spare->letRun());
        CPPUNIT_ASSERT(awaitRun(spare));
        _spare.reset();
        CPPUNIT_ASSERT(!awaitRun(spare));
    }

    void whoExitsHasNoSuccessor()
    {
        _sys.die(childWithSuccessor(), kExit3);
        CPPUNIT_ASSERT(take() == Reaper::Outcome::Done);
        CPPUNIT_ASSERT(_sys.calls == Calls({"killGroup 1001 9", "reap 1001"}));
        CPPUNIT_ASSERT(read().successor == StartNumber{});
    }

    void aSuccessorWaitsUntilTheKernelHasTheReport()
    {
        fillLink();
        _sys.die(childWithSuccessor(), kKilled);
        CPPUNIT_ASSERT(take() == Reaper::Outcome::Blocked);
        CPPUNIT_ASSERT(_started.empty());
        while (std::holds_alternative<link::Link::Packet>(_master.receive())) (void)_link.flush();
        CPPUNIT_ASSERT(take() == Reaper::Outcome::Done);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, _started.size());
    }

    void eachSuccessorWaitsForItsOwnReport()
    {
        fillLink();
        const pid_t first = childWithSuccessor();
        const pid_t second = child(StartNumber{10});
        _children.find(second)->successor = {StartNumber{11}, ChildId{2}, 1, 0, 0};
        _sys.die(second, kKilled);
        CPPUNIT_ASSERT(take() == Reaper::Outcome::Blocked);
        _sys.die(first, kKilled);
        CPPUNIT_ASSERT(take() == Reaper::Outcome::Blocked);
        CPPUNIT_ASSERT(_started.empty());
        while (std::holds_alternative<link::Link::Packet>(_master.receive())) (void)_link.flush();
        CPPUNIT_ASSERT(take() == Reaper::Outcome::Done);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, _started.size());
        CPPUNIT_ASSERT(_started[0].start == StartNumber{11} && _started[1].start == StartNumber{9});
    }

    void aMasterThatIsGoneGetsNoSuccessor()
    {
        _master.close();
        _sys.die(childWithSuccessor(), kKilled);
        CPPUNIT_ASSERT(take() == Reaper::Outcome::Done);
        CPPUNIT_ASSERT(_started.empty());
        CPPUNIT_ASSERT(_sys.calls == Calls({"killGroup 1001 9", "reap 1001"}));
    }

    void aStrangerIsReapedWithoutAReport()
    {
        _sys.die(_sys.adopt(), kExit3);
        CPPUNIT_ASSERT(take() == Reaper::Outcome::Done);
        CPPUNIT_ASSERT(_sys.calls == Calls({"reap 1001"}));
        CPPUNIT_ASSERT(std::holds_alternative<link::Link::Nothing>(_master.receive()));
    }

    void oneTurnTakesNoMoreThanItMay()
    {
        for (std::uint64_t i = 1; i <= 5; ++i) _sys.die(child(StartNumber{i}), kExit3);
        CPPUNIT_ASSERT(_reaper.takeDead(3, _now) == Reaper::Outcome::More);
        CPPUNIT_ASSERT(_sys.exists(1004));
        CPPUNIT_ASSERT(_reaper.takeDead(3, _now) == Reaper::Outcome::Done);
        CPPUNIT_ASSERT(_children.empty());
    }

    void aChildStaysAZombieUntilTheKernelHasItsReport()
    {
        fillLink();
        const pid_t pid = child(StartNumber{1});
        _sys.die(pid, kExit3);
        CPPUNIT_ASSERT(take() == Reaper::Outcome::Blocked);
        CPPUNIT_ASSERT(take() == Reaper::Outcome::Blocked);
        CPPUNIT_ASSERT(_sys.exists(pid));

        while (_link.flush() != link::Link::SendResult::Taken) (void)_master.receive();
        CPPUNIT_ASSERT(take() == Reaper::Outcome::Done);
        CPPUNIT_ASSERT(!_sys.exists(pid));
        int reports = 0;
        for (auto received = _master.receive(); !std::holds_alternative<link::Link::Nothing>(received);
             received = _master.receive())
            if (std::get<link::Link::Packet>(received).bytes.size() < 1000) ++reports;
        CPPUNIT_ASSERT_EQUAL(1, reports);
    }

    void whenTheMasterIsGoneTheDeadAreReapedAnyway()
    {
        _master.close();
        const pid_t pid = child(StartNumber{1});
        _sys.die(pid, kExit3);
        CPPUNIT_ASSERT(take() == Reaper::Outcome::Done);
        CPPUNIT_ASSERT(!_sys.exists(pid));
    }

    void afterASpareDiedTheNextOneIsPutOff()
    {
        CPPUNIT_ASSERT(*_spares.nextFork() <= _now);
        const pid_t pid = _sys.forkLeader().value();
        _spares.add(pid, link::Link(std::move(link::makeLinkPair().value().ours)));
        CPPUNIT_ASSERT(!_spares.nextFork());
        _sys.die(pid, kExit3);
        CPPUNIT_ASSERT(take() == Reaper::Outcome::Done);
        CPPUNIT_ASSERT(*_spares.nextFork() == _now + Spares::kPause);
        CPPUNIT_ASSERT(std::holds_alternative<link::Link::Nothing>(_master.receive()));
    }

private:
    pid_t child(StartNumber start)
    {
        const pid_t pid = _sys.forkLeader().value();
        _children.add(start, pid);
        return pid;
    }

    Reaper::Outcome take() { return _reaper.takeDead(32, _now); }

    pid_t childWithSuccessor()
    {
        const pid_t pid = child(StartNumber{8});
        _children.find(pid)->successor = {StartNumber{9}, ChildId{1}, 0, 4, 0};
        return pid;
    }

    link::ChildExited read()
    {
        link::Link::Received received = _master.receive();
        return exitIn(std::get<link::Link::Packet>(received));
    }

    static link::ChildExited exitIn(const link::Link::Packet& packet)
    {
        const link::Bytes& bytes = packet.bytes;
        auto message = link::decode<link::FromSpawner>(bytes.data(), bytes.size());
        return std::get<link::ChildExited>(std::get<link::FromSpawner>(message));
    }

    void fillLink()
    {
        while (_link.send(link::Bytes(30'000, 1)) == link::Link::SendResult::Taken)
        {}
    }

    FakeProcessSys _sys;
    link::Link _link;
    link::Link _master;
    Children _children;
    Spares _spares{1};
    std::vector<link::SpawnOrder> _started;
    std::optional<Spare> _spare;  // that was to be the last of them
    Reaper _reaper{_sys, _link, _children, _spares,
                   [this](const link::SpawnOrder& order, FileDescriptor link, std::optional<Spare> spare) {
                       CPPUNIT_ASSERT(link);
                       _spare = std::move(spare);
                       _sys.calls.push_back("start " + std::to_string(number(order.start)));
                       _started.push_back(order);
                   }};
    TimePoint _now{1h};
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReaperTest);

}  // namespace clustermanager::spawner
