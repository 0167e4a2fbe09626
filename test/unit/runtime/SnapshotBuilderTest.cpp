/// Goal: a picture shows what is, and shares with the one before it whatever has not changed.
/// Method: a real supervisor, driven by events, and pictures of it compared by pointer.
#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include "runtime/SnapshotBuilder.h"
#include "unit/runtime/TableBed.h"

namespace clustermanager::runtime::test {

using namespace std::chrono_literals;

class SnapshotBuilderTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SnapshotBuilderTest);
    CPPUNIT_TEST(unchangedChildrenAreShared);
    CPPUNIT_TEST(operationsAreSharedOnceTheyAreOver);
    CPPUNIT_TEST(reportChangesOneChild);
    CPPUNIT_TEST(levelChangesThoseItConcerns);
    CPPUNIT_TEST(olderPictureStaysAsItWas);
    CPPUNIT_TEST(showsGroupsListenersAndMaster);
    CPPUNIT_TEST_SUITE_END();

    static std::vector<core::GroupPolicy> policies()
    {
        core::GroupPolicy group;
        group.name = "hello";
        group.count = 4;
        return {group};
    }
    static core::MasterSnapshot master()
    {
        core::MasterSnapshot master;
        master.pid = ::getpid();
        return master;
    }

    TimePoint _now = Clock::now();
    core::Supervisor _supervisor{policies(), 1};
    TableBed _bed;
    LogLevels _levels{core::LogLevel::Info, _bed.table, [](const std::string&, core::LogLevel) {}};
    SnapshotBuilder _builder{master()};
    std::vector<Peer> _peers;

public:
    void setUp() override
    {
        _supervisor.begin(_now);
        for (const core::Action& action : _supervisor.handle(core::GenerationOpened{GenerationId{1}}, _now))
            if (const auto* spawn = std::get_if<core::Spawn>(&action))
                _peers.emplace_back(_bed.table.open(*spawn));
        for (std::uint64_t start = 1; start <= 4; ++start)
        {
            _bed.table.spawned(StartNumber{start}, static_cast<pid_t>(4'000'000 + start));
            _supervisor.handle(core::Spawned{StartNumber{start}, static_cast<pid_t>(4'000'000 + start)},
                               _now);
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, _peers.size());
    }

private:
    std::shared_ptr<const core::Snapshot> build()
    {
        SnapshotBuilder::GroupFacts facts;
        facts.plugin.path = "/p/hello.so";
        facts.spawnerPid = 77;
        facts.masterState = core::MasterState::Ended;
        facts.masterResult = 3;
        return _builder.build(_supervisor, _bed.table, _levels, {facts}, {{"web", "127.0.0.1:80"}}, _now);
    }

    static std::vector<std::size_t> differences(const core::Snapshot& a, const core::Snapshot& b)
    {
        std::vector<std::size_t> found;
        CPPUNIT_ASSERT_EQUAL(a.children.size(), b.children.size());
        for (std::size_t i = 0; i < a.children.size(); ++i)
            if (a.children[i] != b.children[i]) found.push_back(i);
        return found;
    }

    void unchangedChildrenAreShared()
    {
        const auto first = build();
        const auto second = build();
        CPPUNIT_ASSERT(differences(*first, *second).empty());
        _supervisor.handle(core::BecameReady{StartNumber{3}}, _now);
        const auto third = build();
        CPPUNIT_ASSERT(differences(*second, *third) == std::vector<std::size_t>{2});
        CPPUNIT_ASSERT(third->children[2]->state == core::ChildState::Ready);
        CPPUNIT_ASSERT_EQUAL(1U, third->groups[0]->ready);
    }

    void operationsAreSharedOnceTheyAreOver()
    {
        _supervisor.handle(core::ExitChildAsked{ChildId{1}, OperationId{5}}, _now);
        const auto before = build();
        const auto again = build();
        CPPUNIT_ASSERT(before->operations.at(0) != again->operations.at(0));
        _supervisor.handle(core::StopGroupAsked{GroupId{1}, OperationId{6}}, _now);
        for (std::uint64_t start = 1; start <= 4; ++start)
            _supervisor.handle(core::Exited{StartNumber{start}, {ExitStatus::Kind::Exited, 0}}, _now);
        const auto over = build();
        CPPUNIT_ASSERT(before->operations.at(0)->state == core::OperationState::Running);
        CPPUNIT_ASSERT(over->operations.at(0)->over() && over->operations.at(1)->over());
        CPPUNIT_ASSERT(over->operations == build()->operations);
    }

    void reportChangesOneChild()
    {
        const auto first = build();
        _peers[1].say(link::Status{512, 7, 0, true, "{}"});
        _bed.turn();
        for (const ChildId child : _bed.changed) _builder.childChanged(child);
        CPPUNIT_ASSERT(_bed.changed.count(ChildId{2}) == 1);
        const auto second = build();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{512}, second->children[1]->rssKiB);
        CPPUNIT_ASSERT_EQUAL(std::string("{}"), second->children[1]->statusJson);

        _builder.childChanged(ChildId{4});
        _builder.childChanged(ChildId{99});  // of a configuration that is no more
        CPPUNIT_ASSERT(differences(*second, *build()) == std::vector<std::size_t>{3});
    }

    void levelChangesThoseItConcerns()
    {
        const auto first = build();
        _levels.set({core::LogLevel::Debug, "", "", ChildId{1}}, {}, {}, _now);
        const auto second = build();
        CPPUNIT_ASSERT(differences(*first, *second) == std::vector<std::size_t>{0});
        CPPUNIT_ASSERT(second->children[0]->logLevel == core::LogLevel::Debug);
    }

    void olderPictureStaysAsItWas()
    {
        const auto first = build();
        const auto child = first->children[0];
        CPPUNIT_ASSERT_EQUAL(pid_t{4'000'001}, child->pid);
        const ExitStatus crash{ExitStatus::Kind::Signaled, 11, false};
        _bed.table.exited(StartNumber{1}, crash, {});
        _supervisor.handle(core::Exited{StartNumber{1}, crash}, _now + 5ms);
        const auto second = build();
        CPPUNIT_ASSERT_EQUAL(pid_t{4'000'001}, child->pid);
        CPPUNIT_ASSERT(!child->lastExit.has_value());
        CPPUNIT_ASSERT_EQUAL(11, second->children[0]->lastExit->status.number);
        CPPUNIT_ASSERT_EQUAL(1U, second->children[0]->restarts);
        CPPUNIT_ASSERT_EQUAL(pid_t{0}, second->children[0]->pid);
    }

    void showsGroupsListenersAndMaster()
    {
        const auto picture = build();
        CPPUNIT_ASSERT_EQUAL(::getpid(), picture->master.pid);
        CPPUNIT_ASSERT(picture->master.rssKiB > 0 && !picture->master.stopping);
        CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1:80"), picture->listeners.at(0).address);
        const core::GroupSnapshot& group = *picture->groups.at(0);
        CPPUNIT_ASSERT_EQUAL(std::string("hello"), group.name);
        CPPUNIT_ASSERT_EQUAL(std::string("/p/hello.so"), group.plugin.path);
        CPPUNIT_ASSERT_EQUAL(4U, group.count);
        CPPUNIT_ASSERT_EQUAL(pid_t{77}, group.spawnerPid);
        CPPUNIT_ASSERT(group.masterState == core::MasterState::Ended && group.masterResult == 3);
        for (std::size_t i = 0; i < 4; ++i)
            CPPUNIT_ASSERT_EQUAL(static_cast<std::uint32_t>(i), picture->children[i]->index);
        _supervisor.handle(core::StopAsked{core::StopMode::Graceful}, _now);
        CPPUNIT_ASSERT(build()->master.stopping);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SnapshotBuilderTest);

}  // namespace clustermanager::runtime::test
