/// Goal: whatever order the reports of a child and of its spawner come in, the supervisor hears of each start
/// once that it exists and once that it ended; what a child says is bounded, checked and its own.
/// Method: real links, with the test as the child at the other end.
#include <cppunit/extensions/HelperMacros.h>
#include <sys/socket.h>

#include "unit/runtime/TableBed.h"

namespace clustermanager::runtime::test {

using namespace std::chrono_literals;

class ChildTableTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ChildTableTest);
    CPPUNIT_TEST(helloBeforeSpawnDoneIsEnough);
    CPPUNIT_TEST(helloTwiceIsTakenOnce);
    CPPUNIT_TEST(helloOfAnotherStartIsIgnored);
    CPPUNIT_TEST(readyBeforeSpawnDoneIsTold);
    CPPUNIT_TEST(farewellIsTheReasonOfTheEnd);
    CPPUNIT_TEST(reasonOfAKillIsTheHosts);
    CPPUNIT_TEST(endBeforeSpawnDoneIsABirthAndAnEnd);
    CPPUNIT_TEST(endIsToldOnce);
    CPPUNIT_TEST(failedSpawnLeavesNothing);
    CPPUNIT_TEST(closedLinkIsToldAfterItsTime);
    CPPUNIT_TEST(closedLinkOfAnEndedProcessIsNot);
    CPPUNIT_TEST(statusIsKeptUntilTheEnd);
    CPPUNIT_TEST(whatGrowsIsTold);
    CPPUNIT_TEST(anUnknownVersionClosesTheLink);
    CPPUNIT_TEST(anUnknownMessageClosesTheLink);
    CPPUNIT_TEST(aMessageWithMoreBehindItClosesTheLink);
    CPPUNIT_TEST(aPacketThatIsTooLargeClosesTheLink);
    CPPUNIT_TEST(junkOfAnEndedProcessIsNoLostLink);
    CPPUNIT_TEST(junkDoesNotSettleAStartThatNobodyKnows);
    CPPUNIT_TEST(floodIsBoundedInEachTurn);
    CPPUNIT_TEST(messagesNobodyReadsAreDroppedAndCounted);
    CPPUNIT_TEST(laterExplanationFindsItsEnd);
    CPPUNIT_TEST(aCrashIsGivenAwayWithTheFirstOfItsWords);
    CPPUNIT_TEST(aReportIsShownWhenItCanBeRead);
    CPPUNIT_TEST_SUITE_END();

    static constexpr StartNumber kStart{11};
    static constexpr ChildId kChild{2};
    static constexpr std::size_t kMessageBytes = 30'000;
    static constexpr ExitStatus kCrash{ExitStatus::Kind::Signaled, 11, false};

    TableBed _bed;
    Peer _peer = _bed.open(11, 2);

    const ChildProcess& process()
    {
        const ChildProcess* found = _bed.table.find(kStart);
        CPPUNIT_ASSERT(found != nullptr);
        return *found;
    }

    void helloBeforeSpawnDoneIsEnough()
    {
        _peer.say(link::Hello{kStart, 4'000'001});
        _bed.turn();
        const auto spawned = _bed.toldOnce<core::Spawned>();
        CPPUNIT_ASSERT(spawned.start == kStart && spawned.pid == 4'000'001);
        _bed.table.spawned(kStart, 4'000'002);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, _bed.events.size());
        CPPUNIT_ASSERT_EQUAL_MESSAGE("the spawner knows better", pid_t{4'000'002}, process().pid);
    }

    void helloTwiceIsTakenOnce()
    {
        _peer.say(link::Hello{kStart, 4'000'001});
        _peer.say(link::Hello{kStart, 4'000'009});
        _bed.turn();
        CPPUNIT_ASSERT_EQUAL(pid_t{4'000'001}, _bed.toldOnce<core::Spawned>().pid);
        CPPUNIT_ASSERT_EQUAL(pid_t{4'000'001}, process().pid);
    }

    void helloOfAnotherStartIsIgnored()
    {
        _peer.say(link::Hello{StartNumber{12}, 4'000'001});
        for (const pid_t pid : {1, 0, -1, -7}) _peer.say(link::Hello{kStart, pid});
        _bed.turn();
        CPPUNIT_ASSERT(_bed.events.empty());
        CPPUNIT_ASSERT_EQUAL(pid_t{0}, process().pid);
    }

    void readyBeforeSpawnDoneIsTold()
    {
        _peer.say(link::Ready{});
        _bed.turn();
        CPPUNIT_ASSERT(_bed.toldOnce<core::BecameReady>().start == kStart);
        _bed.table.spawned(kStart, 4'000'001);
        CPPUNIT_ASSERT_EQUAL(pid_t{4'000'001}, _bed.toldOnce<core::Spawned>().pid);
    }

    void farewellIsTheReasonOfTheEnd()
    {
        _bed.table.spawned(kStart, 4'000'001);
        _peer.say(link::Farewell{"run_child threw 7"});
        _peer.close();
        // The spawner's report comes before the loop has looked at the link.
        _bed.table.exited(kStart, {ExitStatus::Kind::Exited, 70, false}, {1, 2, 3});
        const auto exited = _bed.toldOnce<core::Exited>();
        CPPUNIT_ASSERT_EQUAL(std::string("run_child threw 7"), exited.reason);
        CPPUNIT_ASSERT_EQUAL(70, exited.status.number);
        const std::optional<core::LastExit>& last = _bed.table.report(kChild).lastExit;
        CPPUNIT_ASSERT(last.has_value());
        CPPUNIT_ASSERT_EQUAL(std::string("run_child threw 7"), last->reason);
        CPPUNIT_ASSERT_EQUAL(pid_t{4'000'001}, last->pid);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, last->use.maxRssKiB);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, _bed.table.size());
    }

    void reasonOfAKillIsTheHosts()
    {
        _bed.table.spawned(kStart, 4'000'001);
        ChildProcess* process = _bed.table.find(kStart);
        process->killOrdered = true;
        process->reason = "not ready in time";
        _peer.say(link::Farewell{"no, I left"});
        _bed.table.exited(kStart, kCrash, {});
        CPPUNIT_ASSERT_EQUAL(std::string(), _bed.toldOnce<core::Exited>().reason);
        CPPUNIT_ASSERT_EQUAL(std::string("not ready in time"), _bed.table.report(kChild).lastExit->reason);
    }

    void endBeforeSpawnDoneIsABirthAndAnEnd()
    {
        _peer.say(link::Hello{kStart, 4'000'001});
        _bed.table.exited(kStart, kCrash, {});
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, _bed.events.size());
        CPPUNIT_ASSERT_EQUAL(pid_t{4'000'001}, std::get<core::Spawned>(_bed.events[0]).pid);
        CPPUNIT_ASSERT(std::get<core::Exited>(_bed.events[1]).start == kStart);
        _bed.table.spawned(kStart, 4'000'001);
        CPPUNIT_ASSERT_EQUAL_MESSAGE("it is over", std::size_t{2}, _bed.events.size());
    }

    void endIsToldOnce()
    {
        _bed.table.spawned(kStart, 4'000'001);
        _bed.table.exited(kStart, kCrash, {});
        _bed.table.exited(kStart, kCrash, {});
        _bed.table.exited(StartNumber{99}, kCrash, {});
        CPPUNIT_ASSERT(_bed.toldOnce<core::Exited>().start == kStart);
        CPPUNIT_ASSERT(_bed.changed.count(kChild) == 1);
    }

    void failedSpawnLeavesNothing()
    {
        _bed.table.spawnFailed(kStart, "fork: EAGAIN");
        _bed.table.spawnFailed(kStart, "fork: EAGAIN");
        CPPUNIT_ASSERT_EQUAL(std::string("fork: EAGAIN"), _bed.toldOnce<core::SpawnFailed>().reason);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, _bed.table.size());
        CPPUNIT_ASSERT_MESSAGE("nobody watches its link", _bed.loop.wait(Clock::now()).idle);
    }

    void closedLinkIsToldAfterItsTime()
    {
        _bed.table.spawned(kStart, 4'000'001);
        CPPUNIT_ASSERT(!_bed.table.deadline().has_value());
        _peer.close();
        _bed.turn();
        CPPUNIT_ASSERT(_bed.told<core::LinkLost>().empty());
        const std::optional<TimePoint> deadline = _bed.table.deadline();
        CPPUNIT_ASSERT(deadline.has_value() && *deadline > _bed.loop.now());
        _bed.table.passTime(*deadline - 1ms);
        CPPUNIT_ASSERT(_bed.told<core::LinkLost>().empty());
        _bed.table.passTime(*deadline);
        CPPUNIT_ASSERT(_bed.toldOnce<core::LinkLost>().start == kStart);
        CPPUNIT_ASSERT(!_bed.table.deadline().has_value());
        _bed.table.exited(kStart, kCrash, {});
        CPPUNIT_ASSERT(_bed.toldOnce<core::Exited>().start == kStart);
    }

    void closedLinkOfAnEndedProcessIsNot()
    {
        _bed.table.spawned(kStart, 4'000'001);
        _peer.close();
        _bed.turn();
        const TimePoint deadline = *_bed.table.deadline();
        _bed.table.exited(kStart, kCrash, {});
        _bed.table.passTime(deadline + 1h);
        CPPUNIT_ASSERT(_bed.told<core::LinkLost>().empty());
    }

    void statusIsKeptUntilTheEnd()
    {
        _bed.table.spawned(kStart, 4'000'001);
        _peer.say(link::Status{100, 200, 3, true, R"({"a":1})"});
        _peer.say(link::Status{101, 201, 3, false, ""});
        _bed.turn();
        const ChildReport& report = _bed.table.report(kChild);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{101}, report.rssKiB);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"a":1})"), report.statusJson);
        CPPUNIT_ASSERT(report.reportedAt.has_value());
        CPPUNIT_ASSERT(!_bed.table.report(ChildId{1}).reportedAt.has_value());
        _bed.table.exited(kStart, kCrash, {});
        CPPUNIT_ASSERT(report.statusJson.empty() && report.lastExit.has_value());
    }

    void whatGrowsIsTold()
    {
        _bed.table.spawned(kStart, 4'000'001);
        _peer.say(link::Status{0, 0, 3, false, "", 10, 0, 4});
        _peer.say(link::Status{0, 0, 3, false, "", 4, 0, 5});  // takes nothing back
        _peer.say(link::MetricDefined{0, link::MetricKind::Counter, "jobs_total", "Jobs.", {}, {}});
        _peer.say(link::MetricReport{{{0, 1, 0}}, {}});
        _bed.turn();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, _bed.grown.size());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{10}, _bed.grown[0].requests);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{4}, _bed.grown[0].accepted);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, _bed.grown[0].logRecordsDropped);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, _bed.grown[1].requests);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, _bed.grown[1].accepted);
        CPPUNIT_ASSERT_EQUAL(std::string("jobs_total"), _bed.metricsNamed.at(0).second);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, _bed.metricsReported.at(0).second);
    }

    /// One warning, its link closed, and the supervisor told at once: nothing that it says later is heard.
    void expectDistrusted(const std::string& cause)
    {
        _peer.say(link::PluginMessage{0, "not heard"});
        while (_bed.told<core::LinkLost>().empty()) _bed.turn();
        CPPUNIT_ASSERT(_bed.toldOnce<core::LinkLost>().start == kStart);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, _bed.warnings.size());
        CPPUNIT_ASSERT_MESSAGE(_bed.warnings[0], _bed.warnings[0].find("sent a " + cause) == 0);
        CPPUNIT_ASSERT(_bed.messages.empty());
        CPPUNIT_ASSERT(!process().link);

        _bed.table.find(kStart)->killOrdered = true;
        _bed.table.exited(kStart, {ExitStatus::Kind::Signaled, 9, false}, {});
        const std::string reason = _bed.toldOnce<core::Exited>().reason;
        CPPUNIT_ASSERT_MESSAGE(reason, reason.find("it sent a " + cause) == 0);
        CPPUNIT_ASSERT_EQUAL(reason, _bed.table.report(kChild).lastExit->reason);
    }

    void anUnknownVersionClosesTheLink()
    {
        _bed.table.spawned(kStart, 4'000'001);
        _peer.sayBytes({0xFF});
        expectDistrusted("malformed message (");
    }

    void anUnknownMessageClosesTheLink()
    {
        _bed.table.spawned(kStart, 4'000'001);
        _peer.sayBytes({link::kWireVersion, 0xEE, 1, 2, 3});
        expectDistrusted("malformed message (");
    }

    void aMessageWithMoreBehindItClosesTheLink()
    {
        _bed.table.spawned(kStart, 4'000'001);
        link::Bytes longer = link::encode(link::FromChild(link::Ready{}));
        longer.push_back(0);
        _peer.sayBytes(longer);
        expectDistrusted("malformed message (");
    }

    void aPacketThatIsTooLargeClosesTheLink()
    {
        _bed.table.spawned(kStart, 4'000'001);
        const std::string tooLarge(link::kPacketBytesMax + 1, 'x');
        CPPUNIT_ASSERT_EQUAL(static_cast<ssize_t>(tooLarge.size()),
                             ::send(_peer.fd(), tooLarge.data(), tooLarge.size(), MSG_NOSIGNAL));
        expectDistrusted("packet that is too large");
    }

    /// The end is what counts then.
    void junkOfAnEndedProcessIsNoLostLink()
    {
        _bed.table.spawned(kStart, 4'000'001);
        for (int i = 0; i < 5; ++i) _peer.sayBytes({0xFF});
        _bed.table.exited(kStart, kCrash, {});
        CPPUNIT_ASSERT(_bed.told<core::LinkLost>().empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, _bed.warnings.size());
        const std::string reason = _bed.toldOnce<core::Exited>().reason;
        CPPUNIT_ASSERT_MESSAGE(reason, reason.find("it sent a malformed message (") == 0);
    }

    /// Whether the process exists is told by its Hello or by the end of its link, not by junk.
    void junkDoesNotSettleAStartThatNobodyKnows()
    {
        _bed.table.adopt(TableBed::kGeneration);
        for (int i = 0; i < 5; ++i) _peer.sayBytes({0xFF});
        _bed.turn();
        CPPUNIT_ASSERT(_bed.events.empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, _bed.warnings.size());
        CPPUNIT_ASSERT(process().link);
        _peer.close();
        while (_bed.events.empty()) _bed.turn();
        CPPUNIT_ASSERT(_bed.toldOnce<core::SpawnFailed>().start == kStart);
    }

    void floodIsBoundedInEachTurn()
    {
        Peer other = _bed.open(12, 3);
        constexpr std::size_t kFlood = 100;
        for (std::size_t i = 0; i < kFlood; ++i) _peer.say(link::PluginMessage{0, std::to_string(i)});
        other.say(link::PluginMessage{0, "me too"});
        _bed.turn();
        const auto ofOther = std::count_if(_bed.messages.begin(), _bed.messages.end(),
                                           [](const auto& message) { return message.first == ChildId{3}; });
        CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{1}, ofOther);
        CPPUNIT_ASSERT(_bed.messages.size() <= 33);
        while (_bed.messages.size() < kFlood + 1) _bed.turn();
        CPPUNIT_ASSERT_EQUAL(std::to_string(kFlood - 1), _bed.messages.back().second);
    }

    void messagesNobodyReadsAreDroppedAndCounted()
    {
        ChildProcess* process = _bed.table.find(kStart);
        const std::string data(kMessageBytes, 'd');
        std::size_t taken = 0;
        while (_bed.table.send(*process, link::PluginMessage{0, data}))
            CPPUNIT_ASSERT_MESSAGE("bounded", ++taken < 10'000);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, _bed.table.report(kChild).droppedMessages);
        CPPUNIT_ASSERT(process->link.wantsWrite());

        std::size_t heard = _peer.heard<link::PluginMessage>().size();
        while (heard < taken)
        {
            _bed.turn();
            heard += _peer.heard<link::PluginMessage>().size();
        }
        CPPUNIT_ASSERT_EQUAL(taken, heard);
        CPPUNIT_ASSERT(!process->link.wantsWrite());
        CPPUNIT_ASSERT(_bed.table.send(*process, link::PluginMessage{0, "again"}));

        _peer.close();
        CPPUNIT_ASSERT(!_bed.table.send(*process, link::PluginMessage{0, "gone"}));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, _bed.table.report(kChild).droppedMessages);
    }

    void laterExplanationFindsItsEnd()
    {
        _bed.table.spawned(kStart, 4'000'001);
        _bed.table.exited(kStart, kCrash, {});
        CPPUNIT_ASSERT(_bed.table.explain(kStart, "out of memory") == kChild);
        CPPUNIT_ASSERT_EQUAL(std::string("out of memory"), _bed.table.report(kChild).lastExit->reason);
        CPPUNIT_ASSERT(!_bed.table.explain(StartNumber{10}, "of an older one").has_value());
    }

    void aCrashIsGivenAwayWithTheFirstOfItsWords()
    {
        link::Crashed crashed;
        crashed.signal = 11;
        _peer.say(crashed);
        crashed.signal = 6;
        _peer.say(crashed);
        _bed.table.spawned(kStart, 4'000'001);
        _bed.table.exited(kStart, kCrash, {});
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, _bed.crashes.size());
        CPPUNIT_ASSERT_EQUAL(11, _bed.crashes[0].signal);
    }

    void aReportIsShownWhenItCanBeRead()
    {
        _bed.table.spawned(kStart, 4'000'001);
        _bed.table.exited(kStart, kCrash, {});
        CPPUNIT_ASSERT_EQUAL(std::string("a-report"), _bed.table.report(kChild).crash);
        CPPUNIT_ASSERT_EQUAL(std::string(), _bed.table.report(kChild).lastExit->crash);
        _bed.table.crashReported(StartNumber{10});  // of an older one
        CPPUNIT_ASSERT_EQUAL(std::string(), _bed.table.report(kChild).lastExit->crash);
        _bed.table.crashReported(kStart);
        CPPUNIT_ASSERT_EQUAL(std::string("a-report"), _bed.table.report(kChild).lastExit->crash);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ChildTableTest);

}  // namespace clustermanager::runtime::test
