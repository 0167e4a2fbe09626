/// Goal: groups are scaled, stopped and started by command; the answer tells what really happened, child by
/// child; and commands that meet each other are carried out one after the other.
/// Method: actors that are slow to become ready or to stop, as a file tells them; pids and ids are compared.
#include "HostFixture.h"

#include <algorithm>
#include <filesystem>
#include <future>

namespace {

using namespace clustermanager::integration;

class ScaleTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(ScaleTest);
    CPPUNIT_TEST(scalesUpAndDown);
    CPPUNIT_TEST(theHighestIdsDrainFirst);
    CPPUNIT_TEST(scalesToNobodyAndBack);
    CPPUNIT_TEST(staysWithinMaxCount);
    CPPUNIT_TEST(aNewIdFillsTheGap);
    CPPUNIT_TEST(stopAndStart);
    CPPUNIT_TEST(aStoppedGroupStaysStopped);
    CPPUNIT_TEST(aStoppedChildIsNotBroughtBackByItsTimer);
    CPPUNIT_TEST(startTriesAgainWhatHasFailed);
    CPPUNIT_TEST(waitTellsWhichChildFailed);
    CPPUNIT_TEST(waitThatIsUpTellsWhatStands);
    CPPUNIT_TEST(aChildThatMustBeKilledIsStopped);
    CPPUNIT_TEST(exitWaitsForItsSuccessors);
    CPPUNIT_TEST(scalingDuringAReloadIsDoneAfterIt);
    CPPUNIT_TEST(commandsAtOnceAreOneAfterTheOther);
    CPPUNIT_TEST(tooManyWhoWaitAreSentAway);
    CPPUNIT_TEST(refusesWhatIsNoNumberOrGroup);
    CPPUNIT_TEST_SUITE_END();

    void group(unsigned count)
    {
        actors(count);
        restartFast();
        set("plugin.actor.exclusive", path("exclusive"));
        std::filesystem::create_directory(path("exclusive"));
        descriptorsMayGrow();
    }

    /// Those that start while the file is there wait for the gate.
    void slowStarts()
    {
        set("plugin.actor.start", "late");
        set("plugin.actor.startIf", path("slow"));
        set("plugin.actor.gate", path("gate"));
    }

    OperationView doneBy(const std::string& target)
    {
        const HttpAnswer answer = post(target + "?wait=10s");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body + output(), 200, answer.status);
        OperationView done = operationOf(answer.body);
        CPPUNIT_ASSERT_EQUAL(std::string("done"), done.state);
        CPPUNIT_ASSERT_EQUAL(std::string(), readFile(path("exclusive/doubles")));
        return done;
    }

    static std::string ids(const StatusView& status)
    {
        std::string list;
        for (const ChildView& child : status.children())
            list += (list.empty() ? "" : " ") + std::to_string(child.id);
        return list;
    }

public:
    void scalesUpAndDown()
    {
        group(2);
        const StatusView before = startReady();
        const OperationView up = doneBy("/groups/actor/scale/4");
        CPPUNIT_ASSERT_EQUAL(std::string("scale"), up.kind);
        CPPUNIT_ASSERT_EQUAL(std::string("3 ready, 4 ready"), up.steps());
        const StatusView four = status();
        CPPUNIT_ASSERT_EQUAL(std::string("1 2 3 4"), ids(four));
        CPPUNIT_ASSERT_EQUAL(4u, four.group("actor")->getValue<unsigned>("count"));
        for (const ChildView& child : four.children())
        {
            CPPUNIT_ASSERT_EQUAL(static_cast<unsigned>(child.id - 1), child.index);
            CPPUNIT_ASSERT_EQUAL(0u, child.restarts);
        }
        const OperationView down = doneBy("/groups/actor/scale/1");
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, down.children.size());
        for (const OperationView::Step& step : down.children)
            CPPUNIT_ASSERT_EQUAL(std::string("stopped"), step.state);
        const StatusView one = status();
        CPPUNIT_ASSERT_EQUAL(std::string("1"), ids(one));
        CPPUNIT_ASSERT_EQUAL(before.child(1).pid, one.child(1).pid);
        CPPUNIT_ASSERT_EQUAL(std::string("done"), doneBy("/groups/actor/scale/1").state);
    }

    void theHighestIdsDrainFirst()
    {
        group(4);
        set("plugin.actor.handlers", path("handlers"));
        allowProblem("the second handler fails");
        const StatusView before = startReady();
        doneBy("/groups/actor/scale/2");
        const StatusView after = status();
        CPPUNIT_ASSERT_EQUAL(std::string("1 2"), ids(after));
        for (const int id : {1, 2}) CPPUNIT_ASSERT_EQUAL(before.child(id).pid, after.child(id).pid);
        for (const int id : {3, 4}) CPPUNIT_ASSERT(!alive(before.child(id).pid));
        CPPUNIT_ASSERT_EQUAL(std::size_t{6}, linesOf(readFile(path("handlers"))).size());
    }

    void scalesToNobodyAndBack()
    {
        group(2);
        startReady();
        doneBy("/groups/actor/scale/0");
        const StatusView nobody = status();
        CPPUNIT_ASSERT(nobody.children().empty());
        // A group of nobody can be reloaded, so that a plugin can be tried before it serves.
        doneBy("/groups/actor/reload");
        CPPUNIT_ASSERT_EQUAL(std::string("1 ready, 2 ready"), doneBy("/groups/actor/scale/2").steps());
        CPPUNIT_ASSERT_EQUAL(2u, status().child(1).generation);
    }

    void staysWithinMaxCount()
    {
        group(2);
        set("plugin.actor.maxCount", "3");
        startReady();
        const HttpAnswer refused = post("/groups/actor/scale/4");
        CPPUNIT_ASSERT_EQUAL(409, refused.status);
        CPPUNIT_ASSERT_MESSAGE(refused.body, refused.body.find("maxCount, 3") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string("1 2"), ids(status()));
        CPPUNIT_ASSERT_EQUAL(409, post("/groups/actor/scale/4294967295").status);
        doneBy("/groups/actor/scale/3");
    }

    /// Ids are 1..N over all groups, the lowest free one first; the index is the group's own.
    void aNewIdFillsTheGap()
    {
        group(2);
        actors(2, "overseer");
        set("cluster.runMaster", "false");
        startReady();
        doneBy("/groups/actor/scale/1");
        const OperationView up = doneBy("/groups/overseer/scale/4");
        CPPUNIT_ASSERT_EQUAL(std::string("2 ready, 5 ready"), up.steps());
        CPPUNIT_ASSERT_EQUAL(2u, status().child(2).index);
        CPPUNIT_ASSERT_EQUAL(3u, status().child(5).index);
    }

    void stopAndStart()
    {
        group(2);
        actors(1, "overseer");
        set("cluster.runMaster", "false");
        const StatusView before = startReady();
        const OperationView stopped = doneBy("/groups/actor/stop");
        CPPUNIT_ASSERT_EQUAL(std::string("1 stopped, 2 stopped"), stopped.steps());
        const StatusView between = status();
        CPPUNIT_ASSERT_EQUAL(std::string("stopped"), between.group("actor")->getValue<std::string>("state"));
        for (const int id : {1, 2}) CPPUNIT_ASSERT(!alive(before.child(id).pid));
        CPPUNIT_ASSERT(before.pidsOf("overseer") == between.pidsOf("overseer"));
        doneBy("/groups/actor/stop");

        CPPUNIT_ASSERT_EQUAL(std::string("1 ready, 2 ready"), doneBy("/groups/actor/start").steps());
        CPPUNIT_ASSERT_EQUAL(std::string("running"), status().group("actor")->getValue<std::string>("state"));
        CPPUNIT_ASSERT_EQUAL(1u, status().child(1).restarts);
        const StatusView after = status();
        CPPUNIT_ASSERT_EQUAL(200, post("/groups/actor/start").status / 100 * 100);
        CPPUNIT_ASSERT(after.pidsOf("actor") == status().pidsOf("actor"));
    }

    /// Whatever else is asked of its children.
    void aStoppedGroupStaysStopped()
    {
        group(2);
        startReady();
        doneBy("/groups/actor/stop");
        CPPUNIT_ASSERT_EQUAL(200, post("/children/1/exit").status);
        CPPUNIT_ASSERT_EQUAL(200, post("/children/exit").status);
        doneBy("/groups/actor/scale/3");
        doneBy("/groups/actor/reload");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, status().countOf("stopped"));
        doneBy("/groups/actor/start");
        CPPUNIT_ASSERT_EQUAL(std::string("1 2 3"), ids(waitReady()));
    }

    /// A crash has left it waiting for its next start when the stop comes. How long that wait would have
    /// been, a child of another group shows that begins the same one later.
    void aStoppedChildIsNotBroughtBackByItsTimer()
    {
        group(1);
        actors(1, "overseer");
        for (const std::string stem : {"actor", "overseer"})
        {
            set("plugin." + stem + ".start", "segv");
            set("plugin." + stem + ".startIf", path("failing"));
            set("plugin." + stem + ".marks", path("marks-of-" + stem));
        }
        set("cluster.runMaster", "false");
        set("cluster.backoffMinMs", "200ms");
        set("cluster.backoffMaxMs", "200ms");
        allowProblem("child ");
        startReady();
        writeFile(path("failing"), "");
        signalChild(1);
        waitState(1, "backoff");
        doneBy("/groups/actor/stop");
        const auto startsOf = [this](const std::string& stem) {
            return linesOf(readFile(path("marks-of-" + stem))).size();
        };
        const std::size_t before = startsOf("actor");
        signalChild(2);
        // The first restart comes at once, the second one after the wait.
        CPPUNIT_ASSERT(waitFor([&] { return startsOf("overseer") >= 3; }));
        CPPUNIT_ASSERT_EQUAL(std::string("stopped"), status().child(1).state);
        CPPUNIT_ASSERT_EQUAL(before, startsOf("actor"));
    }

    void startTriesAgainWhatHasFailed()
    {
        group(2);
        set("plugin.actor.start", "return78");
        set("plugin.actor.startIf", path("failing"));
        allowProblem("child ");
        startReady();
        writeFile(path("failing"), "2 0");
        CPPUNIT_ASSERT_EQUAL(200, post("/children/2/exit").status);
        waitState(2, "failed");
        std::filesystem::remove(path("failing"));
        doneBy("/groups/actor/stop");
        CPPUNIT_ASSERT_EQUAL(std::string("1 ready, 2 ready"), doneBy("/groups/actor/start").steps());
    }

    void waitTellsWhichChildFailed()
    {
        group(2);
        set("plugin.actor.start", "return78");
        set("plugin.actor.startIf", path("failing"));
        allowProblem("child ");
        writeFile(path("failing"), "4 0");
        startReady();
        const HttpAnswer answer = post("/groups/actor/scale/5?wait=10s");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 409, answer.status);
        const OperationView failed = operationOf(answer.body);
        CPPUNIT_ASSERT_EQUAL(std::string("3 ready, 4 failed, 5 ready"), failed.steps());
        CPPUNIT_ASSERT_MESSAGE(failed.text, failed.reason.find("child 4") != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(failed.text, failed.children[1].reason.find("code 78") != std::string::npos);
    }

    void waitThatIsUpTellsWhatStands()
    {
        group(1);
        slowStarts();
        startReady();
        writeFile(path("slow"), "3 0");
        const HttpAnswer answer = post("/groups/actor/scale/3?wait=1s");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 202, answer.status);
        const OperationView stands = operationOf(answer.body);
        CPPUNIT_ASSERT_EQUAL(std::string("2 ready, 3 running"), stands.steps());
        writeFile(path("gate"), "");
        CPPUNIT_ASSERT_EQUAL(std::string("2 ready, 3 ready"), waitOver(stands.id).steps());
    }

    void aChildThatMustBeKilledIsStopped()
    {
        group(2);
        set("plugin.actor.stop", "ignore");
        set("cluster.shutdownTimeoutMs", "50ms");
        startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("2 stopped"), doneBy("/groups/actor/scale/1").steps());
        waitOutput("child 2 (actor)");
    }

    void exitWaitsForItsSuccessors()
    {
        group(2);
        const StatusView before = startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("1 ready, 2 ready"), doneBy("/groups/actor/exit").steps());
        CPPUNIT_ASSERT_EQUAL(std::string("2 ready"), doneBy("/children/2/exit").steps());
        CPPUNIT_ASSERT_EQUAL(2u, status().child(2).restarts);
        CPPUNIT_ASSERT(before.child(1).pid != status().child(1).pid);
    }

    void scalingDuringAReloadIsDoneAfterIt()
    {
        group(2);
        slowStarts();
        startReady();
        writeFile(path("slow"), "0 2");
        const int reload = operationOf(post("/groups/actor/reload").body).id;
        waitStatus([](const StatusView& s) { return s.phase("actor") == "surging"; }, "surging");
        const int first = operationOf(post("/groups/actor/scale/4").body).id;
        const int second = operationOf(post("/groups/actor/scale/3").body).id;
        CPPUNIT_ASSERT_EQUAL(std::string("replaced"), waitOver(first).state);
        CPPUNIT_ASSERT_EQUAL(std::string("waiting"), operation(second).state);
        writeFile(path("gate"), "");
        CPPUNIT_ASSERT_EQUAL(std::string("done"), waitOver(reload).state);
        CPPUNIT_ASSERT_EQUAL(std::string("done"), waitOver(second).state);
        const StatusView after = waitReady();
        CPPUNIT_ASSERT_EQUAL(std::string("1 2 3"), ids(after));
        for (const ChildView& child : after.children()) CPPUNIT_ASSERT_EQUAL(2u, child.generation);
    }

    /// Whatever their order, each ends, and the group is as the last one wants it.
    void commandsAtOnceAreOneAfterTheOther()
    {
        group(2);
        allowProblem("reload to generation");
        startReady();
        const std::string commands[] = {"scale/4", "reload", "scale/1", "exit", "stop",
                                        "start",   "reload", "scale/3", "exit", "reload"};
        std::vector<std::future<HttpAnswer>> answers;
        for (const std::string& command : commands)
            answers.push_back(
                std::async(std::launch::async, [this, command] { return post("/groups/actor/" + command); }));
        for (auto& answer : answers)
        {
            const HttpAnswer got = answer.get();
            CPPUNIT_ASSERT_MESSAGE(got.body, got.status == 200 || got.status == 202 || got.status == 503);
            if (got.status == 503) continue;
            CPPUNIT_ASSERT(waitOver(operationOf(got.body).id).over());
        }
        doneBy("/groups/actor/start");
        doneBy("/groups/actor/scale/2");
        CPPUNIT_ASSERT_EQUAL(std::string("1 2"), ids(waitReady()));
        const StatusView last = status();
        for (const ChildView& child : last.children())
            CPPUNIT_ASSERT_EQUAL(last.generation("actor"), child.generation);
    }

    /// Half of the threads may wait; the others go on answering.
    void tooManyWhoWaitAreSentAway()
    {
        group(1);
        slowStarts();
        startReady();
        writeFile(path("slow"), "0 0");
        std::vector<std::future<HttpAnswer>> answers;
        for (int i = 0; i < 12; ++i)
            answers.push_back(
                std::async(std::launch::async, [this] { return post("/groups/actor/scale/2?wait=1m"); }));
        // However many wait, the status comes.
        const auto begun = [this] { return !operationsOf(control("/operations").body).empty(); };
        CPPUNIT_ASSERT(waitFor(begun));
        for (int i = 0; i < 20; ++i) CPPUNIT_ASSERT_EQUAL(200, control("/").status);
        writeFile(path("gate"), "");
        unsigned done = 0;
        for (auto& answer : answers)
        {
            const HttpAnswer got = answer.get();
            if (got.status == 503)
                CPPUNIT_ASSERT_EQUAL(std::string("1"), got.header("retry-after"));
            else
                CPPUNIT_ASSERT_EQUAL_MESSAGE(got.body, 200, got.status);
            done += got.status == 200 ? 1 : 0;
        }
        CPPUNIT_ASSERT(done > 0);
    }

    void refusesWhatIsNoNumberOrGroup()
    {
        group(1);
        startReady();
        for (const char* number : {"-1", "+2", "two", "1e3", "4294967296", "0x10", ""})
        {
            const HttpAnswer answer = post(std::string("/groups/actor/scale/") + number);
            CPPUNIT_ASSERT_MESSAGE(std::string(number) + ": " + answer.body,
                                   answer.status == 400 || answer.status == 404);
        }
        for (const char* command : {"scale/2", "start", "stop", "reload", "exit"})
            CPPUNIT_ASSERT_EQUAL(404, post(std::string("/groups/nobody/") + command).status);
        for (const char* command : {"scale/2", "start", "stop", "reload"})
            CPPUNIT_ASSERT_EQUAL(405, control(std::string("/groups/actor/") + command).status);
        for (const char* wait : {"0", "11m", "-1s", "soon", ""})
            CPPUNIT_ASSERT_EQUAL(400, post(std::string("/groups/actor/scale/2?wait=") + wait).status);
        CPPUNIT_ASSERT_EQUAL(std::string("1"), ids(status()));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ScaleTest);

}  // namespace
