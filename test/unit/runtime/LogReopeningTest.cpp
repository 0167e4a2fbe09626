/// Goal: whoever has moved log files away learns when every process has let them go.
/// Method: real links, with the test as the children.
#include <cppunit/extensions/HelperMacros.h>

#include "runtime/LogReopening.h"
#include "unit/runtime/TableBed.h"

namespace clustermanager::runtime::test {

using namespace std::chrono_literals;
using Outcome = core::CommandReply::Outcome;

class LogReopeningTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LogReopeningTest);
    CPPUNIT_TEST(countsThisProcessAndAllThatConfirm);
    CPPUNIT_TEST(whoEndsIsNotWaitedFor);
    CPPUNIT_TEST(isAnsweredWhenTheTimeIsOver);
    CPPUNIT_TEST(isAnsweredWithWhatStands);
    CPPUNIT_TEST(noAnswerOfAnImageBeforeIsTaken);
    CPPUNIT_TEST_SUITE_END();

    TableBed _bed;
    int _here = 0;
    LogReopening _logs{_bed.table, [this] { ++_here; }};
    TimePoint _now = Clock::now();

    std::future<core::CommandReply> begin(Millis patience = Millis(0))
    {
        std::promise<core::CommandReply> promise;
        std::future<core::CommandReply> reply = promise.get_future();
        _logs.begin({patience}, std::move(promise), _now);
        return reply;
    }

    static bool isReady(const std::future<core::CommandReply>& reply)
    {
        return reply.wait_for(0s) == std::future_status::ready;
    }

    static std::uint64_t ticketOf(Peer& peer) { return peer.heard<link::ReopenLogs>().at(0).ticket; }

    void countsThisProcessAndAllThatConfirm()
    {
        Peer one = _bed.open(11, 1);
        Peer two = _bed.open(12, 2);
        std::future<core::CommandReply> reply = begin();
        CPPUNIT_ASSERT_EQUAL(1, _here);
        const std::uint64_t ticket = ticketOf(one);
        CPPUNIT_ASSERT_EQUAL(ticket, ticketOf(two));
        _logs.confirmations().confirmed(StartNumber{11}, ticket);
        _logs.confirmations().confirmed(StartNumber{11}, ticket);
        CPPUNIT_ASSERT(!isReady(reply) && _logs.confirmations().pending());
        _logs.confirmations().confirmed(StartNumber{12}, ticket);
        const core::CommandReply answer = reply.get();
        CPPUNIT_ASSERT(answer.outcome == Outcome::Done);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, answer.confirmed);
        CPPUNIT_ASSERT(answer.children == (std::vector<ChildId>{ChildId{1}, ChildId{2}}));
    }

    void whoEndsIsNotWaitedFor()
    {
        Peer one = _bed.open(11, 1);
        std::future<core::CommandReply> reply = begin();
        _logs.confirmations().ended(StartNumber{11});
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, reply.get().confirmed);
        one.close();
        _bed.table.exited(StartNumber{11}, {}, {});
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, begin().get().confirmed);
    }

    void isAnsweredWhenTheTimeIsOver()
    {
        Peer one = _bed.open(11, 1);
        std::future<core::CommandReply> reply = begin();
        const TimePoint due = *_logs.confirmations().deadline();
        _logs.confirmations().passTime(due - 1ms);
        CPPUNIT_ASSERT(!isReady(reply));
        _logs.confirmations().passTime(due);
        CPPUNIT_ASSERT(reply.get().outcome == Outcome::TimedOut);
        _logs.confirmations().confirmed(StartNumber{11}, ticketOf(one));  // too late
        std::future<core::CommandReply> patient = begin(1h);
        std::future<core::CommandReply> other = begin();
        CPPUNIT_ASSERT(*_logs.confirmations().deadline() < _now + 1min);
        _logs.confirmations().passTime(_now + 1min);
        CPPUNIT_ASSERT(isReady(other) && !isReady(patient));
        CPPUNIT_ASSERT(*_logs.confirmations().deadline() == _now + 1h);
    }

    void isAnsweredWithWhatStands()
    {
        Peer one = _bed.open(11, 1);
        Peer two = _bed.open(12, 2);
        std::future<core::CommandReply> reply = begin(1h);
        _logs.confirmations().confirmed(StartNumber{12}, ticketOf(two));
        _logs.confirmations().answerAll();
        CPPUNIT_ASSERT(isReady(reply) && !_logs.confirmations().pending());
        const core::CommandReply answer = reply.get();
        CPPUNIT_ASSERT(answer.outcome == Outcome::TimedOut && answer.confirmed == 2);
    }

    void noAnswerOfAnImageBeforeIsTaken()
    {
        Peer one = _bed.open(11, 1);
        begin();
        LogReopening next(_bed.table, [] {});
        _now += 10ms;
        next.begin({}, {}, _now);
        const auto heard = one.heard<link::ReopenLogs>();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, heard.size());
        CPPUNIT_ASSERT(heard[1].ticket > heard[0].ticket);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogReopeningTest);

}  // namespace clustermanager::runtime::test
