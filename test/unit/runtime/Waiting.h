#pragma once

#include <cppunit/TestAssert.h>
#include <poll.h>

#include <string>

#include "base/Types.h"

namespace clustermanager::runtime::test {

/// Waits until it holds; fails after a while that is long for every machine.
template <class Predicate>
void await(const std::string& what, Predicate holds)
{
    const TimePoint deadline = Clock::now() + std::chrono::seconds(30);
    while (!holds())
    {
        CPPUNIT_ASSERT_MESSAGE("in vain: " + what, Clock::now() < deadline);
        (void)::poll(nullptr, 0, 2);
    }
}

}  // namespace clustermanager::runtime::test
