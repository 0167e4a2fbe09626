/// Goal: a process that runs run_master gives it the API of one in the host.
/// Method: real forked processes; the test is their master at the other end of a real link.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <stdexcept>

#include "ForkedChild.h"
#include "base/Types.h"
#include "unit/TemporaryFolder.h"

using namespace clustermanager;

namespace {

link::ChildrenSeen listOf(std::vector<std::int32_t> pids)
{
    link::ChildrenSeen seen;
    for (std::size_t i = 0; i < pids.size(); ++i)
    {
        link::ChildRow row;
        row.child = static_cast<ChildId>(i + 1);
        row.pid = pids[i];
        row.ready = pids[i] != 0;
        row.state = pids[i] != 0 ? "ready" : "backoff";
        seen.rows.push_back(row);
    }
    return seen;
}

void answer(cm_context* context, const std::string& text)
{
    context->send(context, CM_TO_ALL_CHILDREN, text.data(), text.size());
}

}  // namespace

class RunMasterTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RunMasterTest);
    CPPUNIT_TEST(isCalledWhenItKnowsTheChildren);
    CPPUNIT_TEST(sendsToChildrenThereAre);
    CPPUNIT_TEST(receivesAndLearnsOfChanges);
    CPPUNIT_TEST(hasNoPartOfAChildsRole);
    CPPUNIT_TEST(stopsAtOnceWhateverTheDrainDelay);
    CPPUNIT_TEST(saysWhatItThrew);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;

    ForkedChild::Setup setup(std::function<int(cm_context*)> runMaster) const
    {
        ForkedChild::Setup setup;
        setup.plan.group = "hello";
        setup.plan.shutdownTimeoutMs = 10'000;
        setup.plan.updateStatusMs = 60'000;
        setup.plan.drainDelayMs = 60'000;
        setup.plan.watchdogMs = 50;
        setup.plan.logFolder = _folder.path();
        setup.runChild = [](cm_context*) { return 99; };
        setup.runMaster = std::move(runMaster);
        setup.id = runMasterOf(GroupId{5});
        return setup;
    }

public:
    void isCalledWhenItKnowsTheChildren()
    {
        ForkedChild process(setup([](cm_context* context) {
            cm_child_info infos[2] = {};
            const std::size_t count = context->children(context, infos, 2);
            answer(context, std::to_string(count) + infos[0].state + std::to_string(infos[1].pid));
            return 3;
        }));
        link::ChildrenSeen first = listOf({4711, 0});
        first.more = true;
        process.tell(first);
        process.tell(link::ChildrenSeen{});
        CPPUNIT_ASSERT_EQUAL(std::string("2ready0"), process.expect<link::PluginMessage>().data);
        CPPUNIT_ASSERT_EQUAL(1, process.heard<link::Ready>());
        CPPUNIT_ASSERT_EQUAL(3, process.exitCode());
    }

    void sendsToChildrenThereAre()
    {
        ForkedChild process(setup([](cm_context* context) {
            if (context->send(context, 3, "x", 1) != CM_INVALID) return 1;
            if (context->send(context, CM_TO_MASTER, "x", 1) != CM_INVALID) return 2;
            if (context->send(context, 2, "x", 1) != CM_GONE) return 3;
            if (context->send(context, 1, nullptr, 1) != CM_INVALID) return 4;
            return context->send(context, 1, "for you", 7);
        }));
        process.tell(listOf({4711, 0}));
        const auto message = process.expect<link::PluginMessage>();
        CPPUNIT_ASSERT_EQUAL(1, message.peer);
        CPPUNIT_ASSERT_EQUAL(std::string("for you"), message.data);
        CPPUNIT_ASSERT_EQUAL(0, process.exitCode());
    }

    void receivesAndLearnsOfChanges()
    {
        ForkedChild process(setup([](cm_context* context) {
            context->on_message(
                context,
                [](void* argument, std::int32_t from, const void*, std::size_t) {
                    auto* self = static_cast<cm_context*>(argument);
                    answer(self,
                           std::to_string(from) + ":" + std::to_string(self->children(self, nullptr, 0)));
                },
                context);
            context->wait_stop(context, -1);
            return 0;
        }));
        process.tell(listOf({1, 2}));
        process.tell(link::PluginMessage{2, "how many"});
        CPPUNIT_ASSERT_EQUAL(std::string("2:2"), process.expect<link::PluginMessage>().data);
        link::ChildrenSeen change = listOf({1, 2, 3});
        change.rows.erase(change.rows.begin());
        change.rows[0].gone = true;
        process.tell(change);
        process.tell(link::PluginMessage{1, "how many"});
        CPPUNIT_ASSERT_EQUAL(std::string("1:2"), process.expect<link::PluginMessage>().data);
        link::ChildrenSeen fresh = listOf({1});
        fresh.anew = true;
        process.tell(fresh);
        process.tell(link::PluginMessage{1, "how many"});
        CPPUNIT_ASSERT_EQUAL(std::string("1:1"), process.expect<link::PluginMessage>().data);
        process.tell(link::AskExit{});
        CPPUNIT_ASSERT_EQUAL(0, process.exitCode());
    }

    void hasNoPartOfAChildsRole()
    {
        ForkedChild::Setup restarted = setup([](cm_context* context) {
            context->recycle(context);
            context->beat(context);
            const char* id = std::getenv("CM_CHILD_ID");
            const bool right =
                context->role == CM_ROLE_MASTER && context->child_id == 0 && context->restarts == 2 &&
                context->is_restart == 1 && context->watchdog_ms == 0 &&
                context->report_status(context, "{}") == CM_WRONG_ROLE &&
                context->listener(context, "http") == -1 && std::getenv("CM_CHILD_INDEX") == nullptr &&
                id != nullptr && std::string(id) == "hello-master";
            return right ? 0 : 1;
        });
        restarted.restarts = 2;
        ForkedChild process(std::move(restarted));
        process.tell(link::ChildrenSeen{});
        process.expect<link::Ready>();
        CPPUNIT_ASSERT_EQUAL(0, process.exitCode());
        CPPUNIT_ASSERT_EQUAL(0, process.heard<link::RecycleMe>() + process.heard<link::Heartbeat>());
    }

    void stopsAtOnceWhateverTheDrainDelay()
    {
        ForkedChild process(setup([](cm_context* context) {
            context->wait_stop(context, -1);
            return 5;
        }));
        process.tell(link::ChildrenSeen{});
        process.expect<link::Ready>();
        process.tell(link::AskExit{});
        CPPUNIT_ASSERT_EQUAL(5, process.exitCode());
    }

    void saysWhatItThrew()
    {
        ForkedChild process(setup([](cm_context*) -> int { throw std::runtime_error("no database"); }));
        process.tell(link::ChildrenSeen{});
        CPPUNIT_ASSERT(process.expect<link::Farewell>().reason.find("run_master threw ") == 0);
        CPPUNIT_ASSERT_EQUAL(70, process.exitCode());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RunMasterTest);
