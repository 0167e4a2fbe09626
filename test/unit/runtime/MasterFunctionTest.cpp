/// Goal: run_master lives in the master without endangering it: what it returns, throws or never returns is
/// shown, its messages go both ways and are bounded, and none of its callbacks outlives it.
/// Method: functions of the test's own on their real threads; the test is the loop.
#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <mutex>
#include <stdexcept>

#include "runtime/MasterFunctions.h"
#include "runtime/SnapshotBox.h"
#include "unit/runtime/Waiting.h"

namespace clustermanager::runtime::test {

using core::MasterState;
using Entry = MasterFunction::Entry;

namespace {

/// What a callback was called with, in order.
struct Heard
{
    static void message(void* argument, std::int32_t from, const void* data, std::size_t size)
    {
        auto& self = *static_cast<Heard*>(argument);
        const std::string text(static_cast<const char*>(data), size);
        self.add(std::to_string(from) + ':' + text);
        if (text == "throw") throw std::runtime_error("no");
    }
    static void stop(void* argument) { static_cast<Heard*>(argument)->add("stop"); }

    void add(const std::string& text)
    {
        const std::lock_guard<std::mutex> lock(mutex);
        texts.push_back(text);
    }
    std::vector<std::string> all()
    {
        const std::lock_guard<std::mutex> lock(mutex);
        return texts;
    }

    std::mutex mutex;
    std::vector<std::string> texts;
};

struct Gate
{
    static void pass(void* argument)
    {
        auto& self = *static_cast<Gate*>(argument);
        self.entered = true;
        while (!self.open) (void)::poll(nullptr, 0, 2);
    }

    std::atomic<bool> entered{false};
    std::atomic<bool> open{false};
};

std::shared_ptr<const core::ChildSnapshot> child(std::uint32_t id, const std::string& group, pid_t pid)
{
    auto entry = std::make_shared<core::ChildSnapshot>();
    entry->id = ChildId{id};
    entry->index = id - 1;
    entry->group = group;
    entry->pid = pid;
    entry->state = pid != 0 ? core::ChildState::Ready : core::ChildState::Backoff;
    return entry;
}

}  // namespace

class MasterFunctionTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(MasterFunctionTest);
    CPPUNIT_TEST(groupWithoutOneHasNone);
    CPPUNIT_TEST(runsUntilItIsAskedToStop);
    CPPUNIT_TEST(laterOneFollowsWhenTheOneBeforeHasReturned);
    CPPUNIT_TEST(whatItThrowsIsShown);
    CPPUNIT_TEST(whatItSaysOfItsEndIsShown);
    CPPUNIT_TEST(whatCannotBeFoundIsShown);
    CPPUNIT_TEST(knowsWhoItIs);
    CPPUNIT_TEST(messagesThatCameBeforeTheReceiverAreDelivered);
    CPPUNIT_TEST(callbackThatThrowsIsSurvived);
    CPPUNIT_TEST(sendsToChildrenOfItsGroupOnly);
    CPPUNIT_TEST(seesTheChildrenOfItsGroup);
    CPPUNIT_TEST(inboxIsBounded);
    CPPUNIT_TEST(outboxIsBounded);
    CPPUNIT_TEST(stopIsToldByCallbackOnce);
    CPPUNIT_TEST(functionThatNeverReturnsStaysRunning);
    CPPUNIT_TEST(runsUntilItsLastCallbackHasReturned);
    CPPUNIT_TEST_SUITE_END();

    struct Sent
    {
        GroupId group;
        std::int32_t to;
        std::string data;
    };

    static constexpr GroupId kGroup{1};
    static constexpr GroupId kOther{2};

    SnapshotBox _snapshots;
    std::vector<Sent> _sent;
    std::vector<GroupId> _ended;
    MasterFunctions _functions{_snapshots,
                               [this](GroupId group, std::int32_t to, const std::string& data) {
                                   _sent.push_back({group, to, data});
                               },
                               [this](GroupId group) { _ended.push_back(group); }};

public:
    void setUp() override
    {
        auto picture = std::make_shared<core::Snapshot>();
        picture->children = {child(1, "a", 4'000'001), child(2, "a", 0), child(3, "b", 4'000'003)};
        _snapshots.publish(std::move(picture));
    }
    void tearDown() override { end(); }

private:
    void start(Entry entry)
    {
        MasterFunction::Setting setting;
        setting.group = "a";
        setting.generation = 5;
        setting.settings = {{"greeting", "hi"}};
        setting.find = [entry = std::move(entry)] { return entry; };
        _functions.start(kGroup, std::move(setting));
    }
    void end()
    {
        _functions.askToStop();
        await("the function ends", [this] { return !_functions.anyRunning(); });
        _functions.receive();
    }
    MasterState state() const { return _functions.state(kGroup)->state; }

    static int untilStop(cm_context* context) { return context->wait_stop(context, -1) == 1 ? 6 : 1; }

    void groupWithoutOneHasNone()
    {
        CPPUNIT_ASSERT(!_functions.state(kGroup).has_value());
        CPPUNIT_ASSERT(!_functions.running(kGroup) && !_functions.anyRunning());
        CPPUNIT_ASSERT(!_functions.deliver(kGroup, 1, "to nobody"));
    }

    void runsUntilItIsAskedToStop()
    {
        start(&untilStop);
        CPPUNIT_ASSERT(_functions.running(kGroup) && !_functions.running(kOther));
        CPPUNIT_ASSERT(state() == MasterState::Running);
        end();
        CPPUNIT_ASSERT(state() == MasterState::Ended);
        CPPUNIT_ASSERT_EQUAL(6, _functions.state(kGroup)->result);
    }

    void laterOneFollowsWhenTheOneBeforeHasReturned()
    {
        std::atomic<int> running{0};
        std::atomic<int> most{0};
        const auto untilStopped = [&](cm_context* context) {
            most = std::max(most.load(), ++running);
            context->wait_stop(context, -1);
            return --running;
        };
        start(untilStopped);
        await("the first runs", [&] { return running == 1; });
        start([&](cm_context* context) { return untilStopped(context) + 7; });
        await("the second runs", [&] {
            _functions.receive();
            return running == 1 && _functions.state(kGroup)->state == MasterState::Running;
        });
        end();
        CPPUNIT_ASSERT_EQUAL(7, _functions.state(kGroup)->result);
        CPPUNIT_ASSERT_EQUAL(1, most.load());
        CPPUNIT_ASSERT(!_ended.empty() && _ended.back() == kGroup);
    }

    void whatItThrowsIsShown()
    {
        start([](cm_context*) -> int { throw std::runtime_error("no database"); });
        end();
        CPPUNIT_ASSERT(state() == MasterState::Threw);
        const std::string reason = _functions.state(kGroup)->reason;
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, reason.find("run_master threw "));
        CPPUNIT_ASSERT(reason.find("no database") != std::string::npos);
    }

    void whatItSaysOfItsEndIsShown()
    {
        start([](cm_context* context) {
            context->fail(context, "not yet");
            context->fail(context, "no database");
            return 70;
        });
        end();
        CPPUNIT_ASSERT(state() == MasterState::Ended && _functions.state(kGroup)->result == 70);
        CPPUNIT_ASSERT_EQUAL(std::string("no database"), _functions.state(kGroup)->reason);
    }

    void whatCannotBeFoundIsShown()
    {
        MasterFunction::Setting setting;
        setting.find = [] { return std::string("undefined symbol: run_master"); };
        _functions.start(kOther, std::move(setting));
        end();
        CPPUNIT_ASSERT(_functions.state(kOther)->state == MasterState::Threw);
        CPPUNIT_ASSERT_EQUAL(std::string("undefined symbol: run_master"), _functions.state(kOther)->reason);
    }

    void knowsWhoItIs()
    {
        start([](cm_context* context) {
            const bool right = context->role == CM_ROLE_MASTER && context->child_id == 0 &&
                               context->generation == 5 && std::string(context->group) == "a" &&
                               std::string(context->config(context, "greeting", "")) == "hi";
            return right ? 1 : 0;
        });
        end();
        CPPUNIT_ASSERT_EQUAL(1, _functions.state(kGroup)->result);
    }

    void messagesThatCameBeforeTheReceiverAreDelivered()
    {
        Heard heard;
        Gate gate;
        start([&](cm_context* context) {
            Gate::pass(&gate);
            context->on_message(context, &Heard::message, &heard);
            return untilStop(context);
        });
        CPPUNIT_ASSERT(_functions.deliver(kGroup, 1, "first"));
        CPPUNIT_ASSERT(_functions.deliver(kGroup, 2, std::string("\0x", 2)));
        gate.open = true;
        await("both come", [&] { return heard.all().size() == 2; });
        CPPUNIT_ASSERT_EQUAL(std::string("1:first"), heard.all()[0]);
        CPPUNIT_ASSERT(heard.all()[1] == std::string("2:\0x", 4));
        end();
    }

    void callbackThatThrowsIsSurvived()
    {
        Heard heard;
        start([&](cm_context* context) {
            context->on_message(context, &Heard::message, &heard);
            return untilStop(context);
        });
        CPPUNIT_ASSERT(_functions.deliver(kGroup, 1, "throw") && _functions.deliver(kGroup, 1, "after"));
        await("the one after it comes", [&] { return heard.all().size() == 2; });
        CPPUNIT_ASSERT(_functions.running(kGroup));
        end();
        CPPUNIT_ASSERT_EQUAL(6, _functions.state(kGroup)->result);
    }

    void sendsToChildrenOfItsGroupOnly()
    {
        std::vector<int> answers;
        start([&](cm_context* context) {
            const std::string tooLong(CM_MESSAGE_MAX + 1, 'x');
            for (const std::int32_t to : {1, CM_TO_ALL_CHILDREN, 2, 3, 99, -7, CM_TO_MASTER})
                answers.push_back(context->send(context, to, "hello", 5));
            answers.push_back(context->send(context, 1, tooLong.data(), tooLong.size()));
            answers.push_back(context->send(context, 1, nullptr, 1));
            return 0;
        });
        end();
        CPPUNIT_ASSERT(answers == (std::vector<int>{CM_OK, CM_OK, CM_GONE, CM_INVALID, CM_INVALID, CM_INVALID,
                                                    CM_INVALID, CM_INVALID, CM_INVALID}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, _sent.size());
        CPPUNIT_ASSERT(_sent[0].group == kGroup && _sent[0].to == 1 && _sent[0].data == "hello");
        CPPUNIT_ASSERT_EQUAL(std::int32_t{CM_TO_ALL_CHILDREN}, _sent[1].to);
    }

    void seesTheChildrenOfItsGroup()
    {
        cm_child_info seen[2] = {};
        start([&](cm_context* context) {
            return static_cast<int>(context->children(context, seen, 1) * 10 +
                                    context->children(context, seen, 2));
        });
        end();
        CPPUNIT_ASSERT_EQUAL(22, _functions.state(kGroup)->result);
        CPPUNIT_ASSERT(seen[0].id == 1 && seen[0].ready == 1 && seen[0].pid == 4'000'001);
        CPPUNIT_ASSERT_EQUAL(std::string("backoff"), std::string(seen[1].state));
    }

    void inboxIsBounded()
    {
        start(&untilStop);
        for (std::size_t i = 0; i < MasterFunction::kMessagesOfOneChild; ++i)
            CPPUNIT_ASSERT(_functions.deliver(kGroup, 1, "x"));
        CPPUNIT_ASSERT(!_functions.deliver(kGroup, 1, "one too many"));
        CPPUNIT_ASSERT(_functions.deliver(kGroup, 2, "of another child"));
        end();
    }

    void outboxIsBounded()
    {
        start([](cm_context* context) {
            int sent = 0;
            while (context->send(context, CM_TO_ALL_CHILDREN, "x", 1) == CM_OK) ++sent;
            return sent;
        });
        end();
        CPPUNIT_ASSERT(state() == MasterState::Ended);
        const auto wanted = static_cast<std::size_t>(_functions.state(kGroup)->result);
        CPPUNIT_ASSERT(wanted > MasterFunctions::kTakenPerTurn && wanted <= MasterFunctions::kMessagesMax);
        const std::size_t before = _sent.size();
        _functions.receive();
        CPPUNIT_ASSERT(_sent.size() - before <= MasterFunctions::kTakenPerTurn);
        for (std::size_t turns = 0; _sent.size() < wanted && turns < wanted; ++turns) _functions.receive();
        CPPUNIT_ASSERT_EQUAL(wanted, _sent.size());
    }

    void stopIsToldByCallbackOnce()
    {
        Heard heard;
        Gate gate;
        start([&](cm_context* context) {
            context->on_stop(context, &Heard::stop, &heard);
            Gate::pass(&gate);
            return context->stop_requested(context);
        });
        await("it runs", [&] { return gate.entered.load(); });
        _functions.askToStop();
        _functions.askToStop();
        await("the callback is called", [&] { return !heard.all().empty(); });
        gate.open = true;
        end();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, heard.all().size());
        CPPUNIT_ASSERT_EQUAL(1, _functions.state(kGroup)->result);
    }

    void functionThatNeverReturnsStaysRunning()
    {
        Gate gate;
        start([&](cm_context*) {
            Gate::pass(&gate);
            return 0;
        });
        await("it runs", [&] { return gate.entered.load(); });
        _functions.askToStop();
        CPPUNIT_ASSERT(state() == MasterState::Stopping);
        CPPUNIT_ASSERT(_functions.running(kGroup) && _functions.anyRunning());
        gate.open = true;
        end();
        CPPUNIT_ASSERT(state() == MasterState::Ended);
    }

    void runsUntilItsLastCallbackHasReturned()
    {
        Gate gate;
        std::atomic<bool> returned{false};
        start([&](cm_context* context) {
            context->on_stop(context, &Gate::pass, &gate);
            while (!gate.entered) (void)::poll(nullptr, 0, 2);
            returned = true;
            return 0;
        });
        _functions.askToStop();
        await("it returns while the callback runs", [&] { return returned.load(); });
        CPPUNIT_ASSERT(_functions.running(kGroup));
        gate.open = true;
        end();
        CPPUNIT_ASSERT(state() == MasterState::Ended);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MasterFunctionTest);

}  // namespace clustermanager::runtime::test
