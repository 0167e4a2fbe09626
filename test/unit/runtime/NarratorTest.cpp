/// Goal: every change of a slot, a group and an operation is told, once, in order, with its reason.
/// Method: a supervisor of one group on a made-up clock; the journal is read as a stream would read it.
#include <cppunit/extensions/HelperMacros.h>

#include "runtime/Narrator.h"
#include "unit/runtime/TableBed.h"

namespace clustermanager::runtime::test {

namespace {

core::GroupPolicy policy()
{
    core::GroupPolicy policy{"hello"};
    policy.count = 1;
    return policy;
}

}  // namespace

class NarratorTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(NarratorTest);
    CPPUNIT_TEST(tellsTheLifeOfAChild);
    CPPUNIT_TEST(tellsACrashAsAWarning);
    CPPUNIT_TEST(tellsWhoseTheLastEndOfARemovedGroupWas);
    CPPUNIT_TEST(tellsAnOperationStepByStep);
    CPPUNIT_TEST(repeatsNothingAfterAResume);
    CPPUNIT_TEST(announcesOnlyWhatNoChangeTells);
    CPPUNIT_TEST_SUITE_END();

    TableBed _bed;
    core::Supervisor _supervisor{{policy()}, 1};
    Journal _journal;
    Narrator _narrator{_supervisor, _bed.table, _journal};
    TimePoint _now{std::chrono::hours(1)};
    std::uint64_t _read = 0;

    core::Actions feed(const core::Event& event)
    {
        core::Actions actions = _supervisor.handle(event, _now);
        _narrator.follow();
        return actions;
    }

    void begin()
    {
        (void)_supervisor.begin(_now);
        _narrator.follow();
    }

    void serve()
    {
        begin();
        feed(core::GenerationOpened{GenerationId{1}});
        feed(core::Spawned{StartNumber{1}, 100});
        feed(core::BecameReady{StartNumber{1}});
    }

    /// What was told since the last call, as "KIND: TEXT".
    std::vector<std::string> told()
    {
        std::vector<std::string> lines;
        for (const auto& occurrence : _journal.after(_read, 1'000))
            lines.push_back(std::string(core::kind(*occurrence)) + ": " + occurrence->text);
        _read = _journal.last();
        return lines;
    }

    static void check(const std::vector<std::string>& expected, const std::vector<std::string>& actual)
    {
        std::string text;
        for (const std::string& line : actual) text += line + "\n";
        CPPUNIT_ASSERT_MESSAGE(text, expected == actual);
    }

    void tellsTheLifeOfAChild()
    {
        serve();
        check({"group: group hello: running, generation 1 loading", "child: child 1 (hello): spawning",
               "group: group hello: running, generation 1 open", "child: child 1 (hello): starting",
               "child: child 1 (hello): ready"},
              told());
        const auto ready = _journal.after(_read - 1, 1).at(0);
        const auto& change = std::get<core::ChildStateChanged>(ready->what);
        CPPUNIT_ASSERT(change.from == core::ChildState::Starting && change.to == core::ChildState::Ready);
        CPPUNIT_ASSERT_EQUAL(100, change.process.pid);
        CPPUNIT_ASSERT_EQUAL(std::string("hello"), ready->group);
    }

    void tellsACrashAsAWarning()
    {
        serve();
        (void)told();
        _now += Millis(1200);
        feed(core::Exited{StartNumber{1}, {ExitStatus::Kind::Signaled, 11}, "bad pointer"});
        check({"exit: child 1 (hello): ended by signal SIGSEGV after 1.2 s: bad pointer",
               "child: child 1 (hello): stopped", "child: child 1 (hello): spawning"},
              told());
        const auto exit = _journal.after(_read - 3, 1).at(0);
        CPPUNIT_ASSERT(exit->severity == core::Announce::Severity::Warning);
        CPPUNIT_ASSERT_EQUAL(Millis(1200).count(), std::get<core::ProcessEnded>(exit->what).uptime.count());
    }

    void tellsWhoseTheLastEndOfARemovedGroupWas()
    {
        serve();
        feed(core::GroupRemoved{GroupId{1}});
        (void)told();
        feed(core::Exited{StartNumber{1}, {ExitStatus::Kind::Exited, 0}});
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), _supervisor.groupCount());
        check({"exit: child 1 (hello): ended with exit code 0 after 0 ms", "child: child 1 (hello): stopped"},
              told());
        for (const auto& occurrence : _journal.after(_read - 2, 2))
            CPPUNIT_ASSERT_EQUAL(std::string("hello"), occurrence->group);
    }

    void tellsAnOperationStepByStep()
    {
        serve();
        (void)told();
        feed(core::ExitChildAsked{ChildId{1}, OperationId{5}});
        feed(core::Exited{StartNumber{1}, {ExitStatus::Kind::Exited, 0}});
        feed(core::Spawned{StartNumber{3}, 101});  // 2 would have followed a crash
        feed(core::BecameReady{StartNumber{3}});
        check({"child: child 1 (hello): stopping", "operation: exit (operation 5): running, 0 of 1 children",
               "exit: child 1 (hello): ended with exit code 0 after 0 ms", "child: child 1 (hello): stopped",
               "child: child 1 (hello): spawning", "child: child 1 (hello): starting",
               "child: child 1 (hello): ready", "operation: exit (operation 5): done, 1 of 1 children"},
              told());
    }

    void repeatsNothingAfterAResume()
    {
        serve();
        feed(core::ExitChildAsked{ChildId{1}, OperationId{5}});
        (void)told();
        Narrator other(_supervisor, _bed.table, _journal);
        other.resume();
        (void)_supervisor.handle(core::TimePassed{}, _now);
        other.follow();
        check({}, told());
    }

    void announcesOnlyWhatNoChangeTells()
    {
        begin();
        (void)told();
        _narrator.announced({core::Announce::Severity::Debug, "too fine"});
        _narrator.announced({core::Announce::Severity::Warning, "told"});
        check({"notice: told"}, told());
        feed(core::GenerationOpened{GenerationId{1}});
        (void)told();
        _narrator.announced({core::Announce::Severity::Warning, "the child's change says it"});
        check({}, told());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(NarratorTest);

}  // namespace clustermanager::runtime::test
