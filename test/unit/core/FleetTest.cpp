/// Goal: ids are unique and the lowest free one is given out; every process has one owner.
/// Method: slots are added, started, ended and removed by hand.

#include <cppunit/extensions/HelperMacros.h>

#include "core/Fleet.h"
#include "unit/core/ActionList.h"

namespace clustermanager::core {

using namespace std::chrono_literals;

class FleetTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(FleetTest);
    CPPUNIT_TEST(lowestFreeIdIsGivenOutFirst);
    CPPUNIT_TEST(processHasItsOwnerUntilItEnds);
    CPPUNIT_TEST(processesOfAGenerationAreCounted);
    CPPUNIT_TEST(strangerIsKilledAndRememberedUntilItEnds);
    CPPUNIT_TEST(deadlinesAreThoseOfTheSlots);
    CPPUNIT_TEST_SUITE_END();

    static constexpr GenerationId kGeneration{4};

    GroupPolicy _policy{"hello"};
    Fleet _fleet{1};
    TimePoint _now{1h};

    ChildMachine& add(std::uint32_t index)
    {
        ChildMachine& child = _fleet.add(GroupId{1}, index, false, _policy);
        child.aim(kGeneration);
        return child;
    }

    void lowestFreeIdIsGivenOutFirst()
    {
        for (std::uint32_t i = 0; i < 5; ++i) CPPUNIT_ASSERT_EQUAL(i + 1, number(add(i).id()));
        _fleet.remove(ChildId{4});
        _fleet.remove(ChildId{2});
        CPPUNIT_ASSERT(_fleet.find(ChildId{2}) == nullptr && _fleet.find(ChildId{3}) != nullptr);
        CPPUNIT_ASSERT_EQUAL(2U, number(add(5).id()));
        CPPUNIT_ASSERT_EQUAL(4U, number(add(6).id()));
        CPPUNIT_ASSERT_EQUAL(6U, number(add(7).id()));
        std::uint32_t id = 0;
        for (const auto& child : _fleet.children()) CPPUNIT_ASSERT_EQUAL(++id, number(child->id()));
    }

    void processHasItsOwnerUntilItEnds()
    {
        Turn turn(_now);
        ChildMachine& child = add(0);
        _fleet.start(child, turn);
        const StartNumber first = child.startNumber();
        CPPUNIT_ASSERT(_fleet.ownerOf(first) == &child && _fleet.ownerOf(StartNumber{99}) == nullptr);
        _fleet.deliver(child, SpawnFailed{first, "EAGAIN"}, turn);
        CPPUNIT_ASSERT(_fleet.ownerOf(first) == nullptr);
        _fleet.start(child, turn);
        CPPUNIT_ASSERT(_fleet.ownerOf(child.startNumber()) == &child && child.startNumber() != first);
    }

    void processesOfAGenerationAreCounted()
    {
        Turn turn(_now);
        ChildMachine& first = add(0);
        ChildMachine& second = add(1);
        _fleet.start(first, turn);
        _fleet.start(second, turn);
        first.aim(GenerationId{5});  // the next process, not this one
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, _fleet.processesOf(kGeneration));
        _fleet.deliver(first, Exited{first.startNumber(), {}}, turn);
        _fleet.start(first, turn);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, _fleet.processesOf(kGeneration));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, _fleet.processesOf(GenerationId{5}));
    }

    void strangerIsKilledAndRememberedUntilItEnds()
    {
        Turn turn(_now);
        _fleet.turnAway(StartNumber{7}, turn);
        CPPUNIT_ASSERT(_fleet.hasStrangers() && only<Kill>(turn.take()));
        CPPUNIT_ASSERT(!_fleet.strangerGone(StartNumber{8}) && _fleet.hasStrangers());
        CPPUNIT_ASSERT(_fleet.strangerGone(StartNumber{7}) && !_fleet.hasStrangers());
    }

    void deadlinesAreThoseOfTheSlots()
    {
        Turn turn(_now);
        ChildMachine& child = add(0);
        add(1);
        _fleet.start(child, turn);
        _fleet.settled(turn);
        CPPUNIT_ASSERT(_fleet.deadline() == child.deadline() && _fleet.touched().empty());
        CPPUNIT_ASSERT(_fleet.due(*child.deadline()) == std::vector<ChildId>{child.id()});
        _fleet.forgive(1h);
        _fleet.settled(turn);
        CPPUNIT_ASSERT(*_fleet.deadline() == _now + _policy.startTimeout + 1h);
        _fleet.deliver(child, Exited{child.startNumber(), {}}, turn);
        _fleet.remove(child.id());
        _fleet.settled(turn);
        CPPUNIT_ASSERT(!_fleet.deadline());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FleetTest);

}  // namespace clustermanager::core
