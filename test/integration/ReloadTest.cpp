/// Goal: a reload replaces every process by one of the new generation under the same id, tells every step,
/// never lets the group fall below its count, and gets along with whatever happens meanwhile.
/// Method: actors of two versions; those of the new generation are held back by a file at the step in
/// question, so that no step depends on time.
#include "HostFixture.h"

#include <algorithm>
#include <filesystem>
#include <future>
#include <set>

#include <Poco/JSON/Array.h>

namespace {

using namespace clustermanager::integration;

class ReloadTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(ReloadTest);
    CPPUNIT_TEST(replacesEveryProcessUnderTheSameIds);
    CPPUNIT_TEST(tellsItsSteps);
    CPPUNIT_TEST(showsTheFactsOfBothGenerations);
    CPPUNIT_TEST(waitTellsTheOutcomeChildByChild);
    CPPUNIT_TEST(waitThatIsUpTellsWhatStands);
    CPPUNIT_TEST(neverFallsBelowCount);
    CPPUNIT_TEST(reloadsAllGroupsOrOne);
    CPPUNIT_TEST(worksWithoutAutoRestart);
    CPPUNIT_TEST(runMasterStopsBeforeTheNewOneBegins);
    CPPUNIT_TEST(leavesNothingBehindInTheHost);
    CPPUNIT_TEST(aSecondWaitsAndAThirdTakesItsPlace);
    CPPUNIT_TEST(anOldChildMayDieMeanwhile);
    CPPUNIT_TEST(aChildThatAsksForItsEndMeanwhileIsReplaced);
    CPPUNIT_TEST(theNewSpawnerMayDieMeanwhile);
    CPPUNIT_TEST(theOldSpawnerMayDieMeanwhile);
    CPPUNIT_TEST(theHostStopsInEveryPhase);
    CPPUNIT_TEST(theGroupStopsInEveryPhase);
    CPPUNIT_TEST(aHostThatIsKilledMeanwhileLeavesNobody);
    CPPUNIT_TEST(aStoppedGroupTakesUpTheNewPlugin);
    CPPUNIT_TEST(refusesUnknownGroups);
    CPPUNIT_TEST_SUITE_END();

    /// No two processes of one id at a time: they would leave a file.
    void group(unsigned count)
    {
        actors(count);
        restartFast();
        set("plugin.actor.exclusive", path("exclusive"));
        set("plugin.actor.start", "late");
        set("plugin.actor.startIf", path("held"));
        set("plugin.actor.gate", path("gate"));
        std::filesystem::create_directory(path("exclusive"));
    }

    void replacePlugin(const std::string& stem = "actor_v2") const
    {
        std::filesystem::rename(testPlugin(stem), path("files/actor.so"));
    }

    /// Children of generation 2 wait before they are ready: all, or this one.
    void hold(int id = 0) const
    {
        std::filesystem::remove(path("gate"));
        writeFile(path("held"), std::to_string(id) + " 2");
    }
    void letGo() const { writeFile(path("gate"), ""); }

    int beginReload() const
    {
        const HttpAnswer answer = post("/groups/actor/reload");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 202, answer.status);
        return operationOf(answer.body).id;
    }

    /// Reloads up to a phase, in which it stays.
    int holdReloadIn(const std::string& phase)
    {
        hold(phase == "replacing" ? 2 : 0);
        const int id = beginReload();
        const auto holds = [&](const StatusView& s) {
            if (s.phase("actor") != phase) return false;
            if (phase == "surging") return s.countOf("starting") == 1;
            const ChildView held = s.child(2);
            return held.generation == 2 && held.state == "starting";
        };
        waitStatus(holds, "the reload should be " + phase);
        return id;
    }

    void waitEndOfPhase()
    {
        waitStatus([](const StatusView& s) { return s.phase("actor").empty() && s.allReady(); },
                   "the reload should be over");
    }

    void checkGeneration(unsigned generation, unsigned count) const
    {
        const StatusView now = status();
        CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(count), now.children().size());
        CPPUNIT_ASSERT_EQUAL(generation, now.generation("actor"));
        for (const ChildView& child : now.children())
        {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(now.text(), generation, child.generation);
            CPPUNIT_ASSERT_EQUAL(std::string("ready"), child.state);
            CPPUNIT_ASSERT(!child.standsIn);
            CPPUNIT_ASSERT_EQUAL(std::to_string(generation), probe(child.id).ask("env CM_GENERATION"));
        }
        checkNoDoubles();
    }

    void checkNoDoubles() const { CPPUNIT_ASSERT_EQUAL(std::string(), readFile(path("exclusive/doubles"))); }

public:
    void replacesEveryProcessUnderTheSameIds()
    {
        group(3);
        const StatusView before = startReady();
        const OperationView done = waitOver(beginReload());
        CPPUNIT_ASSERT_EQUAL_MESSAGE(done.text, std::string("done"), done.state);
        CPPUNIT_ASSERT_EQUAL(std::string("reload"), done.kind);
        CPPUNIT_ASSERT_EQUAL(std::string("actor"), done.group);
        CPPUNIT_ASSERT_EQUAL(2u, done.generation);
        CPPUNIT_ASSERT_EQUAL(std::string("1 ready, 2 ready, 3 ready"), done.steps());
        checkGeneration(2, 3);
        const StatusView after = status();
        for (int id = 1; id <= 3; ++id)
        {
            CPPUNIT_ASSERT(before.child(id).pid != after.child(id).pid);
            CPPUNIT_ASSERT_EQUAL(before.child(id).index, after.child(id).index);
            CPPUNIT_ASSERT_EQUAL(1u, after.child(id).restarts);
            CPPUNIT_ASSERT_EQUAL(std::string("1"), probe(id).ask("env CM_RESTART"));
            CPPUNIT_ASSERT_EQUAL(std::string("exit code 0"), after.child(id).lastExit());
        }
    }

    void tellsItsSteps()
    {
        group(2);
        startReady();
        const int id = holdReloadIn("surging");
        CPPUNIT_ASSERT_EQUAL(std::string("surging"), operation(id).phase);
        CPPUNIT_ASSERT_EQUAL(std::string("running"), operation(id).state);
        letGo();
        CPPUNIT_ASSERT_EQUAL(std::string("done"), waitOver(id).state);
        CPPUNIT_ASSERT_EQUAL(std::string("over"), operation(id).phase);
        CPPUNIT_ASSERT_EQUAL(std::string(), status().phase("actor"));
        const std::string log = output();
        std::size_t at = 0;
        for (const char* step : {"reload to generation 2", "generation 2: surging", "generation 2: replacing",
                                 "generation 2: leaving", "reload to generation 2 done"})
        {
            const std::size_t found = log.find(step, at);
            CPPUNIT_ASSERT_MESSAGE(std::string("'") + step + "' in\n" + log, found != std::string::npos);
            at = found + 1;
        }
    }

    void showsTheFactsOfBothGenerations()
    {
        group(2);
        startReady();
        replacePlugin();
        const int id = holdReloadIn("surging");
        const auto held = parseObject(control("/groups/actor").body);
        const auto both = held->getArray("generations");
        CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(2), both->size());
        const auto current = both->getObject(0);
        const auto next = both->getObject(1);
        CPPUNIT_ASSERT_EQUAL(std::string("current"), current->getValue<std::string>("role"));
        CPPUNIT_ASSERT_EQUAL(std::string("next"), next->getValue<std::string>("role"));
        CPPUNIT_ASSERT_EQUAL(std::string("1.2.3"), current->getValue<std::string>("version"));
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), next->getValue<std::string>("version"));
        CPPUNIT_ASSERT_EQUAL(2u, next->getValue<unsigned>("generation"));
        CPPUNIT_ASSERT_EQUAL(path("files/actor.so"), next->getValue<std::string>("path"));
        CPPUNIT_ASSERT_EQUAL(std::filesystem::file_size(path("files/actor.so")),
                             static_cast<std::uintmax_t>(next->getValue<Poco::UInt64>("size")));
        for (const char* fact : {"sha256", "buildId", "modifiedAt"})
        {
            CPPUNIT_ASSERT(!next->getValue<std::string>(fact).empty());
            CPPUNIT_ASSERT(current->getValue<std::string>(fact) != next->getValue<std::string>(fact));
        }
        letGo();
        CPPUNIT_ASSERT_EQUAL(std::string("done"), waitOver(id).state);
        const auto after = parseObject(control("/groups/actor").body)->getArray("generations");
        CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(1), after->size());
        CPPUNIT_ASSERT_EQUAL(next->getValue<std::string>("sha256"),
                             after->getObject(0)->getValue<std::string>("sha256"));
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), status().version("actor"));
    }

    void waitTellsTheOutcomeChildByChild()
    {
        group(2);
        startReady();
        const HttpAnswer answer = post("/groups/actor/reload?wait=10s");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 200, answer.status);
        CPPUNIT_ASSERT_EQUAL(std::string("done"), parseObject(answer.body)->getValue<std::string>("outcome"));
        const OperationView done = operationOf(answer.body);
        CPPUNIT_ASSERT_EQUAL(std::string("done"), done.state);
        CPPUNIT_ASSERT_EQUAL(std::string("1 ready, 2 ready"), done.steps());
        checkGeneration(2, 2);
    }

    void waitThatIsUpTellsWhatStands()
    {
        group(2);
        startReady();
        hold();
        const HttpAnswer answer = post("/groups/actor/reload?wait=1ms");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 202, answer.status);
        const int id = operationOf(answer.body).id;
        letGo();
        CPPUNIT_ASSERT_EQUAL(std::string("done"), waitOver(id).state);
    }

    /// In every picture, at least as many are ready as there have to be.
    void neverFallsBelowCount()
    {
        group(3);
        startReady();
        const int id = beginReload();
        bool over = false;
        const auto look = [&] {
            over = operation(id).over();
            const StatusView now = status();
            CPPUNIT_ASSERT_MESSAGE(now.text(), now.countOf("ready") >= 3);
            return over;
        };
        CPPUNIT_ASSERT(waitFor(look));
        checkGeneration(2, 3);
    }

    void reloadsAllGroupsOrOne()
    {
        actors(2);
        actors(1, "overseer");
        descriptorsMayGrow();  // by one for each run_master: what the master has loaded stays loaded
        const StatusView before = startReady();
        const HttpAnswer all = post("/reload?wait=10s");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(all.body, 200, all.status);
        CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(2), operationsOf(all.body).size());
        const StatusView between = status();
        for (const ChildView& child : before.children())
            CPPUNIT_ASSERT(child.pid != between.child(child.id).pid);

        CPPUNIT_ASSERT_EQUAL(200, post("/groups/overseer/reload?wait=10s").status);
        const StatusView after = status();
        CPPUNIT_ASSERT(between.pidsOf("actor") == after.pidsOf("actor"));
        CPPUNIT_ASSERT(between.pidsOf("overseer") != after.pidsOf("overseer"));
    }

    void worksWithoutAutoRestart()
    {
        group(2);
        set("cluster.autoRestart", "false");
        startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("done"), waitOver(beginReload()).state);
        checkGeneration(2, 2);
    }

    void runMasterStopsBeforeTheNewOneBegins()
    {
        actors(1, "overseer");
        set("plugin.overseer.masterFile", path("notes"));
        startReady();
        CPPUNIT_ASSERT_EQUAL(200, post("/groups/overseer/reload?wait=10s").status);
        const auto begun = [this] { return readFile(path("notes")) == "began\nended\nbegan\n"; };
        CPPUNIT_ASSERT_MESSAGE(readFile(path("notes")), waitFor(begun));
        CPPUNIT_ASSERT_EQUAL(0, stop());
        CPPUNIT_ASSERT_EQUAL(std::string("began\nended\nbegan\nended\n"), readFile(path("notes")));
    }

    /// The fixture compares the master's descriptors; here its threads, spawners and children.
    void leavesNothingBehindInTheHost()
    {
        group(2);
        startReady();
        const std::size_t threads = threadsOf(host().pid());
        for (unsigned round = 2; round <= 5; ++round)
        {
            replacePlugin(round % 2 == 0 ? "actor_v2" : "actor");
            CPPUNIT_ASSERT_EQUAL(200, post("/groups/actor/reload?wait=10s").status);
            checkGeneration(round, 2);
        }
        CPPUNIT_ASSERT(waitFor([this] { return spawners().size() == 1; }));
        CPPUNIT_ASSERT(threadsOf(host().pid()) <= threads);
    }

    void aSecondWaitsAndAThirdTakesItsPlace()
    {
        group(2);
        startReady();
        const int first = holdReloadIn("surging");
        auto second = std::async(std::launch::async, [&] { return post("/groups/actor/reload?wait=10s"); });
        waitOperation(first + 1, "waiting");
        const int third = beginReload();
        const HttpAnswer replaced = second.get();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(replaced.body, 409, replaced.status);
        CPPUNIT_ASSERT_EQUAL(std::string("replaced"), operationOf(replaced.body).state);
        CPPUNIT_ASSERT(operationOf(replaced.body).reason.find("later reload") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string("waiting"), operation(third).state);
        letGo();
        CPPUNIT_ASSERT_EQUAL(std::string("done"), waitOver(first).state);
        CPPUNIT_ASSERT_EQUAL(std::string("done"), waitOver(third).state);
        checkGeneration(3, 2);
    }

    void anOldChildMayDieMeanwhile()
    {
        group(3);
        allowProblem("child 3");
        startReady();
        const int id = holdReloadIn("replacing");
        signalChild(3);
        waitRestarts(3, 1);
        letGo();
        const OperationView over = waitOver(id);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(over.text, std::string("done"), over.state);
        checkGeneration(2, 3);
    }

    void aChildThatAsksForItsEndMeanwhileIsReplaced()
    {
        group(3);
        startReady();
        const int id = holdReloadIn("replacing");
        CPPUNIT_ASSERT_EQUAL(200, post("/children/3/exit").status);
        CPPUNIT_ASSERT_EQUAL(200, post("/children/2/exit").status);
        letGo();
        const OperationView over = waitOver(id);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(over.text, std::string("done"), over.state);
        waitEndOfPhase();
        checkGeneration(2, 3);
    }

    /// Its children live on, and what was begun goes on with its successor.
    void theNewSpawnerMayDieMeanwhile()
    {
        group(3);
        allowProblem("group actor");
        startReady();
        const std::vector<pid_t> before = spawners();
        const int id = holdReloadIn("replacing");
        for (const pid_t pid : spawners())
            if (std::find(before.begin(), before.end(), pid) == before.end()) ::kill(pid, SIGKILL);
        waitOutput("spawner lost");
        letGo();
        const OperationView over = waitOver(id);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(over.text, std::string("done"), over.state);
        checkGeneration(2, 3);
    }

    void theOldSpawnerMayDieMeanwhile()
    {
        group(3);
        allowProblem("group actor");
        startReady();
        const pid_t old = spawners().front();
        const int id = holdReloadIn("replacing");
        ::kill(old, SIGKILL);
        waitOutput("spawner lost");
        letGo();
        const OperationView over = waitOver(id);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(over.text, std::string("done"), over.state);
        checkGeneration(2, 3);
    }

    void theHostStopsInEveryPhase()
    {
        for (const char* phase : {"surging", "replacing"})
        {
            renew();
            group(2);
            startReady();
            auto waiting = std::async(std::launch::async, [&] {
                hold(std::string(phase) == "replacing" ? 2 : 0);
                return post("/groups/actor/reload?wait=1m");
            });
            waitStatus([&](const StatusView& s) { return s.phase("actor") == phase; }, phase);
            CPPUNIT_ASSERT_EQUAL(0, stop());
            // Who waits is told: that the host stops, or what became of the reload by that.
            const HttpAnswer answer = waiting.get();
            CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 1, operationOf(answer.body).id);
            checkNoDoubles();
        }
    }

    void theGroupStopsInEveryPhase()
    {
        for (const char* phase : {"surging", "replacing"})
        {
            renew();
            group(2);
            allowProblem("reload to generation 2 failed");
            startReady();
            const int id = holdReloadIn(phase);
            const HttpAnswer stopped = post("/groups/actor/stop?wait=10s");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(stopped.body, 200, stopped.status);
            // Before a slot was replaced the old generation stays, after that the new one does.
            const bool untouched = std::string(phase) == "surging";
            CPPUNIT_ASSERT_EQUAL(std::string(untouched ? "failed" : "done"), waitOver(id).state);
            letGo();
            CPPUNIT_ASSERT_EQUAL(200, post("/groups/actor/start?wait=10s").status);
            checkGeneration(untouched ? 1 : 2, 2);
        }
    }

    void aHostThatIsKilledMeanwhileLeavesNobody()
    {
        for (const char* phase : {"surging", "replacing"})
        {
            renew();
            group(2);
            startReady();
            holdReloadIn(phase);
            masterIsKilled();
            host().signal(SIGKILL);
            waitForExit();
        }
    }

    void aStoppedGroupTakesUpTheNewPlugin()
    {
        group(2);
        startReady();
        CPPUNIT_ASSERT_EQUAL(200, post("/groups/actor/stop?wait=10s").status);
        replacePlugin();
        const HttpAnswer answer = post("/groups/actor/reload?wait=10s");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 200, answer.status);
        CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(2), status().countOf("stopped"));
        CPPUNIT_ASSERT_EQUAL(200, post("/groups/actor/start?wait=10s").status);
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), status().version("actor"));
        checkGeneration(2, 2);
    }

    void refusesUnknownGroups()
    {
        group(1);
        startReady();
        CPPUNIT_ASSERT_EQUAL(404, post("/groups/nobody/reload").status);
        CPPUNIT_ASSERT_EQUAL(405, control("/groups/actor/reload").status);
        CPPUNIT_ASSERT_EQUAL(400, post("/groups/actor/reload?wait=soon").status);
        CPPUNIT_ASSERT_EQUAL(404, control("/operations/4711").status);
        CPPUNIT_ASSERT_EQUAL(1u, status().generation("actor"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReloadTest);

}  // namespace
