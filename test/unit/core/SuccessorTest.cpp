/// Goal: whose death by a signal would be followed by a start at once has that start ordered ahead, and none
/// that was
///       ordered and is not wanted any more lives on.
/// Method: one slot on a made-up clock, and a supervisor that is told of ends with a successor.

#include <cppunit/extensions/HelperMacros.h>

#include <csignal>

#include "ActionList.h"
#include "OneChild.h"
#include "ReadyGroup.h"
#include "core/Supervisor.h"

namespace clustermanager::core {

using namespace std::chrono_literals;

namespace {

constexpr ExitStatus kKilled{ExitStatus::Kind::Signaled, SIGKILL, false};

}  // namespace

class SuccessorTest : public OneChild
{
    CPPUNIT_TEST_SUITE(SuccessorTest);
    CPPUNIT_TEST(isDueWhenTheChildIsReady);
    CPPUNIT_TEST(afterAFailureItIsDueWhenTheChildHasRunLongEnough);
    CPPUNIT_TEST(isNotDueWhereNobodyIsToFollow);
    CPPUNIT_TEST(isTakenBackBeforeAProcessIsEnded);
    CPPUNIT_TEST(takesTheSlotOver);
    CPPUNIT_TEST(thatIsNotWantedAnyMoreIsKilled);
    CPPUNIT_TEST(thatCannotBeForkedIsTriedAgain);
    CPPUNIT_TEST(isOrderedInAReloadOnlyWhenItCannotFailAnyMore);
    CPPUNIT_TEST(isOrderedAgainAfterAReloadThatFailed);
    CPPUNIT_TEST(isTakenBackFromAllWhenTheReplacingBegins);
    CPPUNIT_TEST(keepsItsNumberWhenItIsOrderedAgain);
    CPPUNIT_TEST(isOrderedAgainAfterAReloadThatWasStoppedHalfway);
    CPPUNIT_TEST(isOrderedForNobodyThatStandsIn);
    CPPUNIT_TEST_SUITE_END();

    GroupPolicy policy()
    {
        GroupPolicy one{"hello"};
        one.count = 1;
        return one;
    }

    /// Ready under start 1, with start 2 ordered.
    std::unique_ptr<Supervisor> ready()
    {
        auto supervisor = std::make_unique<Supervisor>(std::vector<GroupPolicy>{policy()}, 1);
        (void)supervisor->begin(_now);
        (void)supervisor->handle(GenerationOpened{GenerationId{1}}, _now);
        (void)supervisor->handle(Spawned{StartNumber{1}, 100}, _now);
        const Actions actions = supervisor->handle(BecameReady{StartNumber{1}}, _now);
        const auto* order = find<OrderSuccessor>(actions);
        CPPUNIT_ASSERT(order != nullptr);
        CPPUNIT_ASSERT(order->start == StartNumber{1} && order->next.start == StartNumber{2});
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{1}, order->next.restarts);
        return supervisor;
    }

    static ChildView child(const Supervisor& supervisor) { return supervisor.child(0); }

    void isDueWhenTheChildIsReady()
    {
        makeStarting();
        CPPUNIT_ASSERT(!_machine.successorDue(_now));
        (void)feed(BecameReady{last()});
        CPPUNIT_ASSERT(_machine.successorDue(_now) == _now);
        Turn turn(_now);
        _machine.orderSuccessor(StartNumber{9}, turn);
        CPPUNIT_ASSERT(!_machine.successorDue(_now));
    }

    void afterAFailureItIsDueWhenTheChildHasRunLongEnough()
    {
        makeReady();
        (void)feed(Exited{last(), kKilled});
        makeReady();
        CPPUNIT_ASSERT(_machine.successorDue(_now) == _now + _policy.minUptime);
    }

    void isNotDueWhereNobodyIsToFollow()
    {
        makeReady();
        _policy.restart = RestartMode::Never;
        CPPUNIT_ASSERT(!_machine.successorDue(_now));
        _policy.restart = RestartMode::Always;
        _machine.aim(GenerationId{7});
        CPPUNIT_ASSERT(!_machine.successorDue(_now));
    }

    void isTakenBackBeforeAProcessIsEnded()
    {
        makeReady();
        Turn turn(_now);
        _machine.orderSuccessor(StartNumber{9}, turn);
        const Actions actions = feed(ExitWanted{});
        CPPUNIT_ASSERT(std::holds_alternative<CancelSuccessor>(actions[0]));
        CPPUNIT_ASSERT(std::holds_alternative<AskToStop>(actions[1]));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, countOf<CancelSuccessor>(passDeadline()));
    }

    void takesTheSlotOver()
    {
        const auto supervisor = ready();
        const Actions actions =
            supervisor->handle(Exited{StartNumber{1}, kKilled, "", StartNumber{2}}, _now + 1min);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, orders(actions));
        CPPUNIT_ASSERT(child(*supervisor).state == ChildState::Spawning);
        CPPUNIT_ASSERT(child(*supervisor).start == StartNumber{2});
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{1}, child(*supervisor).restarts);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0},
                             orders(supervisor->handle(Spawned{StartNumber{2}, 101}, _now + 1min)));
        // It was the first failure after a long run: one more is forgiven later.
        CPPUNIT_ASSERT_EQUAL(std::size_t{0},
                             orders(supervisor->handle(BecameReady{StartNumber{2}}, _now + 1min)));
        CPPUNIT_ASSERT(child(*supervisor).state == ChildState::Ready);
    }

    void thatIsNotWantedAnyMoreIsKilled()
    {
        const auto supervisor = ready();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, countOf<CancelSuccessor>(
                                                 supervisor->handle(StopAsked{StopMode::Graceful}, _now)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, orders(supervisor->handle(
                                                 Exited{StartNumber{1}, kKilled, "", StartNumber{2}}, _now)));
        const Actions actions = supervisor->handle(Spawned{StartNumber{2}, 101}, _now);
        CPPUNIT_ASSERT(only<Kill>(actions));
        CPPUNIT_ASSERT(find<Kill>(actions)->start == StartNumber{2});
        CPPUNIT_ASSERT(!supervisor->finished());
        (void)supervisor->handle(Exited{StartNumber{2}, kKilled}, _now);
        CPPUNIT_ASSERT(supervisor->finished());
    }

    void thatCannotBeForkedIsTriedAgain()
    {
        const auto supervisor = ready();
        (void)supervisor->handle(Exited{StartNumber{1}, kKilled, "", StartNumber{2}}, _now + 1min);
        (void)supervisor->handle(SpawnFailed{StartNumber{2}, "EAGAIN"}, _now + 1min);
        CPPUNIT_ASSERT(child(*supervisor).wanted);
        const std::optional<TimePoint> next = supervisor->deadline();
        if (next) CPPUNIT_ASSERT(find<Spawn>(supervisor->handle(TimePassed{}, *next)) != nullptr);
    }

    void isOrderedInAReloadOnlyWhenItCannotFailAnyMore()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, countOf<OrderSuccessor>(group.reload()));
        group.open(2);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, countOf<OrderSuccessor>(group.serve(2)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, countOf<OrderSuccessor>(group.replace(0)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, countOf<OrderSuccessor>(group.replace(1)));
        CPPUNIT_ASSERT_EQUAL(std::string("leaving"), group.phase());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, countOf<OrderSuccessor>(group.exitWith(2, 0)));
        CPPUNIT_ASSERT(group.allServeIn(2, 2));
    }

    // Of who crashed on the way in, when it has run for a while.
    void isOrderedAgainAfterAReloadThatFailed()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        group.surge();
        group.replace(0);
        group.exitWith(1, 0);
        group.appear(1);
        group.crash(1);
        CPPUNIT_ASSERT_EQUAL(std::string("reverting"), group.phase());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, countOf<OrderSuccessor>(group.serve(1)));
        CPPUNIT_ASSERT(group.generationOf(1) == 1);
        group.exitWith(0, 0);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, countOf<OrderSuccessor>(group.serve(0)));
    }

    // One wake-up of the old spawner, and not one for each child.
    void isTakenBackFromAllWhenTheReplacingBegins()
    {
        ReadyGroup group(ReadyGroup::policyOf(3));
        group.reload();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, countOf<CancelSuccessor>(group.open(2)));
        const Actions begin = group.serve(3);
        CPPUNIT_ASSERT_EQUAL(std::string("replacing"), group.phase());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, countOf<CancelSuccessor>(begin));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, countOf<CancelSuccessor>(group.replace(0)));
    }

    // One that was started before it was taken back is the one then.
    void keepsItsNumberWhenItIsOrderedAgain()
    {
        ReadyGroup group(ReadyGroup::policyOf(3));
        const StartNumber last = group.start(2);
        const StartNumber follows{number(last) + 3};  // each of the three got one when it was ready
        group.surge();
        group.replace(0);
        group.exitWith(1, 0);
        group.appear(1);
        group.crash(1);
        group.serve(1);
        group.exitWith(0, 0);
        std::vector<StartNumber> ordered;
        for (const Action& action : group.serve(0))
            if (const auto* order = std::get_if<OrderSuccessor>(&action); order && order->start == last)
                ordered.push_back(order->next.start);
        CPPUNIT_ASSERT(ordered == std::vector<StartNumber>{follows});
    }

    void isOrderedAgainAfterAReloadThatWasStoppedHalfway()
    {
        ReadyGroup group(ReadyGroup::policyOf(2));
        group.surge();
        group.replace(0);
        group.stopGroup();
        for (const std::size_t position : {2U, 1U, 0U}) group.exitWith(position, 0);
        CPPUNIT_ASSERT(group.phase().empty() && group.readyCount() == 0);
        group.startGroup();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, countOf<OrderSuccessor>(group.serve(0)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, countOf<OrderSuccessor>(group.serve(1)));
        CPPUNIT_ASSERT(group.allServeIn(2, 2));
    }

    void isOrderedForNobodyThatStandsIn()
    {
        ReadyGroup group(ReadyGroup::policyOf(1));
        group.now += 1min;
        group.recycle(0);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, group.core.childCount());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, countOf<OrderSuccessor>(group.serve(1)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, countOf<OrderSuccessor>(group.replace(0)));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SuccessorTest);

}  // namespace clustermanager::core
