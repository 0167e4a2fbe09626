/// Goal: a run_master with a process of its own learns of its group's children all there is to know, once,
/// and however many they are; one that does not read is not waited for. Method: real links, with the test at
/// the process's end of them; made-up pictures.
#include <cppunit/extensions/HelperMacros.h>

#include "runtime/IsolatedRunMasters.h"
#include "unit/runtime/TableBed.h"

namespace clustermanager::runtime::test {

class IsolatedRunMastersTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(IsolatedRunMastersTest);
    CPPUNIT_TEST(theFirstTellsOfAll);
    CPPUNIT_TEST(laterOnesTellOfChanges);
    CPPUNIT_TEST(anotherProcessIsToldOfAllAgain);
    CPPUNIT_TEST(manyTakeSeveralPackets);
    CPPUNIT_TEST(oneThatDoesNotReadIsToldTheLatestLater);
    CPPUNIT_TEST(messagesGoToTheProcessThereIs);
    CPPUNIT_TEST_SUITE_END();

    static constexpr GroupId kGroup{1};

    static std::shared_ptr<core::ChildSnapshot> child(std::uint32_t id, const std::string& group = "web")
    {
        auto entry = std::make_shared<core::ChildSnapshot>();
        entry->id = ChildId{id};
        entry->group = group;
        entry->pid = static_cast<pid_t>(1'000 + id);
        entry->state = core::ChildState::Ready;
        return entry;
    }

    Peer spawn(std::uint64_t start)
    {
        core::Spawn order = TableBed::order(start, 1);
        order.child = runMasterOf(kGroup);
        _masters.spawned(order, "web");
        return Peer(_bed.table.open(order));
    }

    void show(std::vector<std::shared_ptr<const core::ChildSnapshot>> children)
    {
        core::Snapshot picture;
        picture.children = std::move(children);
        _masters.show(picture);
    }

    TableBed _bed;
    IsolatedRunMasters _masters{_bed.table};

public:
    void theFirstTellsOfAll()
    {
        Peer process = spawn(1);
        show({});
        auto seen = process.heard<link::ChildrenSeen>();
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), seen.size());
        CPPUNIT_ASSERT(seen[0].rows.empty() && seen[0].anew && !seen[0].more);

        Peer other = spawn(2);
        show({child(1), child(2, "other"), child(3)});
        seen = other.heard<link::ChildrenSeen>();
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), seen.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), seen[0].rows.size());
        const link::ChildRow& row = seen[0].rows[1];
        CPPUNIT_ASSERT(row.child == ChildId{3} && row.pid == 1'003 && row.ready && !row.gone);
        CPPUNIT_ASSERT_EQUAL(std::string("ready"), row.state);
    }

    void laterOnesTellOfChanges()
    {
        Peer process = spawn(1);
        show({child(1), child(2), child(3)});
        process.heard<link::ChildrenSeen>();
        show({child(1), child(2), child(3)});
        CPPUNIT_ASSERT(process.heard<link::ChildrenSeen>().empty());

        const auto changed = child(3);
        changed->state = core::ChildState::Stopping;
        show({child(1), changed, child(4)});
        const auto seen = process.heard<link::ChildrenSeen>();
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), seen.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), seen[0].rows.size());
        CPPUNIT_ASSERT(seen[0].rows[0].child == ChildId{2} && seen[0].rows[0].gone);
        CPPUNIT_ASSERT(seen[0].rows[1].child == ChildId{3} && !seen[0].rows[1].ready);
        CPPUNIT_ASSERT(seen[0].rows[2].child == ChildId{4} && !seen[0].rows[2].gone);
        show({});
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), process.heard<link::ChildrenSeen>()[0].rows.size());
    }

    void anotherProcessIsToldOfAllAgain()
    {
        Peer first = spawn(1);
        show({child(1)});
        Peer second = spawn(2);
        show({child(1)});
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), second.heard<link::ChildrenSeen>().at(0).rows.size());
    }

    void manyTakeSeveralPackets()
    {
        Peer process = spawn(1);
        std::vector<std::shared_ptr<const core::ChildSnapshot>> all;
        for (std::uint32_t id = 1; id <= 2 * link::kChildRowsMax + 1; ++id) all.push_back(child(id));
        show(std::move(all));
        const auto seen = process.heard<link::ChildrenSeen>();
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), seen.size());
        CPPUNIT_ASSERT(seen[0].more && seen[1].more && !seen[2].more);
        CPPUNIT_ASSERT(seen[0].anew && !seen[1].anew && !seen[2].anew);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), seen[2].rows.size());
    }

    void oneThatDoesNotReadIsToldTheLatestLater()
    {
        Peer process = spawn(1);
        ChildProcess& known = *_bed.table.find(StartNumber{1});
        while (!known.link.wantsWrite())
            CPPUNIT_ASSERT(_masters.deliver(kGroup, 1, std::string(30'000, 'x')));
        for (std::uint32_t id = 1; id <= 100; ++id) show({child(id)});
        CPPUNIT_ASSERT(process.heard<link::ChildrenSeen>().empty());
        (void)known.link.flush();
        CPPUNIT_ASSERT(process.heard<link::ChildrenSeen>().empty());
        show({child(100)});
        const auto seen = process.heard<link::ChildrenSeen>();
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), seen.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), seen[0].rows.size());
    }

    void messagesGoToTheProcessThereIs()
    {
        CPPUNIT_ASSERT(!_masters.deliver(kGroup, 1, "nobody"));
        Peer process = spawn(1);
        CPPUNIT_ASSERT(_masters.deliver(kGroup, 7, "hello"));
        const auto heard = process.heard<link::PluginMessage>();
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), heard.size());
        CPPUNIT_ASSERT(heard[0].peer == 7 && heard[0].data == "hello");
        _bed.table.spawnFailed(StartNumber{1}, "gone");
        CPPUNIT_ASSERT(!_masters.deliver(kGroup, 1, "nobody"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(IsolatedRunMastersTest);

}  // namespace clustermanager::runtime::test
