/// Goal: requests and what is held are counted whatever a plugin says, and children are not recycled
/// together. Method: the counters themselves, and the limits of children with neighbouring ids and pids.

#include "child/Workload.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <set>

using namespace clustermanager;
using namespace clustermanager::child;

class WorkloadTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(WorkloadTest);
    CPPUNIT_TEST(itHasServedEnoughAtItsLimit);
    CPPUNIT_TEST(itNeverHoldsLessThanNothing);
    CPPUNIT_TEST(limitsLieInTheLastTenthAndApart);
    CPPUNIT_TEST(aSmallLimitIsExactAndNoneStaysNone);
    CPPUNIT_TEST_SUITE_END();

    void itHasServedEnoughAtItsLimit()
    {
        Workload limited;
        limited.limitRequests(10);
        CPPUNIT_ASSERT(!limited.countRequests(9));
        CPPUNIT_ASSERT(limited.countRequests(1));
        CPPUNIT_ASSERT(limited.countRequests(0));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{10}, limited.requests());
        Workload endless;
        CPPUNIT_ASSERT(!endless.countRequests(4'000'000'000));
    }

    void itNeverHoldsLessThanNothing()
    {
        Workload workload;
        workload.hold(3);
        workload.hold(-1);
        CPPUNIT_ASSERT_EQUAL(2u, workload.held());
        workload.hold(-7);
        CPPUNIT_ASSERT_EQUAL(0u, workload.held());
        workload.hold(1);
        CPPUNIT_ASSERT_EQUAL(1u, workload.held());
    }

    void limitsLieInTheLastTenthAndApart()
    {
        std::set<std::uint64_t> limits;
        for (unsigned i = 1; i <= 16; ++i)
            limits.insert(requestLimit(100'000, ChildId{i}, 5'000 + static_cast<pid_t>(i)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{16}, limits.size());
        CPPUNIT_ASSERT(*limits.begin() >= 90'000 && *limits.rbegin() <= 100'000);
        CPPUNIT_ASSERT(*limits.rbegin() - *limits.begin() > 5'000);
    }

    void aSmallLimitIsExactAndNoneStaysNone()
    {
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{9}, requestLimit(9, ChildId{1}, 77));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, requestLimit(0, ChildId{1}, 77));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WorkloadTest);
