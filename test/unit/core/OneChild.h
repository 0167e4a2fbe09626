#pragma once

#include <cppunit/TestFixture.h>

#include <chrono>

#include "core/ChildMachine.h"

namespace clustermanager::core {

/// One ChildMachine on a made-up clock, and the shortest words for what happens to it.
class OneChild : public CppUnit::TestFixture
{
protected:
    GroupPolicy _policy{"hello"};
    ChildMachine _machine{{ChildId{3}, GroupId{1}, 2}, _policy, 1};
    TimePoint _now{std::chrono::hours(1)};
    std::uint64_t _starts = 0;

    StartNumber last() const { return StartNumber{_starts}; }
    Actions feed(const ChildEvent& event)
    {
        Turn turn(_now);
        _machine.step(event, turn);
        return turn.take();
    }
    Actions start()
    {
        Turn turn(_now);
        _machine.start(StartNumber{++_starts}, turn);
        return turn.take();
    }
    Actions passDeadline()
    {
        _now = *_machine.deadline();
        return feed(DeadlinePassed{});
    }
    void makeStarting()
    {
        start();
        feed(Spawned{last(), 100});
    }
    void makeReady()
    {
        makeStarting();
        feed(BecameReady{last()});
    }
};

}  // namespace clustermanager::core
