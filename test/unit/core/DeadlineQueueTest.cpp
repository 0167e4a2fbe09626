/// Goal: the queue always names the earliest deadline, and exactly those that have been reached.
/// Method: set, move and remove deadlines by hand.

#include <cppunit/extensions/HelperMacros.h>

#include "core/DeadlineQueue.h"

namespace clustermanager::core {

using namespace std::chrono_literals;

class DeadlineQueueTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DeadlineQueueTest);
    CPPUNIT_TEST(emptyQueueHasNoDeadline);
    CPPUNIT_TEST(earliestFollowsEveryChange);
    CPPUNIT_TEST(dueNamesTheReachedOnesInOrder);
    CPPUNIT_TEST_SUITE_END();

    const TimePoint _start{1h};

    void emptyQueueHasNoDeadline()
    {
        CPPUNIT_ASSERT(!DeadlineQueue().earliest().has_value());
        CPPUNIT_ASSERT(DeadlineQueue().due(_start).empty());
    }

    void earliestFollowsEveryChange()
    {
        DeadlineQueue queue;
        queue.set(ChildId{0}, _start + 5s);
        queue.set(ChildId{1}, _start + 3s);
        CPPUNIT_ASSERT(queue.earliest() == _start + 3s);
        queue.set(ChildId{1}, _start + 9s);
        CPPUNIT_ASSERT(queue.earliest() == _start + 5s);
        queue.set(ChildId{0}, std::nullopt);
        CPPUNIT_ASSERT(queue.earliest() == _start + 9s);
        queue.set(ChildId{1}, std::nullopt);
        CPPUNIT_ASSERT(!queue.earliest().has_value());
    }

    void dueNamesTheReachedOnesInOrder()
    {
        DeadlineQueue queue;
        queue.set(ChildId{0}, _start + 2s);
        queue.set(ChildId{1}, _start + 1s);
        queue.set(ChildId{2}, _start + 2s);
        queue.set(ChildId{3}, _start + 2s + 1ns);
        CPPUNIT_ASSERT((queue.due(_start + 2s) == std::vector<ChildId>{ChildId{1}, ChildId{0}, ChildId{2}}));
        CPPUNIT_ASSERT(queue.due(_start).empty());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DeadlineQueueTest);

}  // namespace clustermanager::core
