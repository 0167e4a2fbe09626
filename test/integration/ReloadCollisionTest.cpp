/// Goal: a reload gets along with whatever happens meanwhile: other reloads, stops, and the death of every
/// process that takes part in it.
/// Method: the new generation is held back by a file in each phase, and then it happens.
#include "ReloadFixture.h"

#include <algorithm>
#include <csignal>
#include <future>

namespace {

using namespace clustermanager::integration;

class ReloadCollisionTest : public ReloadFixture
{
    CPPUNIT_TEST_SUITE(ReloadCollisionTest);
    CPPUNIT_TEST(aSecondWaitsAndAThirdTakesItsPlace);
    CPPUNIT_TEST(anOldChildMayDieMeanwhile);
    CPPUNIT_TEST(aChildThatAsksForItsEndMeanwhileIsReplaced);
    CPPUNIT_TEST(theNewSpawnerMayDieMeanwhile);
    CPPUNIT_TEST(theOldSpawnerMayDieMeanwhile);
    CPPUNIT_TEST(theFileMayBeSpoiltMeanwhile);
    CPPUNIT_TEST(theHostStopsInEveryPhase);
    CPPUNIT_TEST(theGroupStopsInEveryPhase);
    CPPUNIT_TEST(aHostThatIsKilledMeanwhileLeavesNobody);
    CPPUNIT_TEST_SUITE_END();

public:
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

    /// Both generations run from copies.
    void theFileMayBeSpoiltMeanwhile()
    {
        group(3);
        allowProblem("child 3");
        startReady();
        replacePlugin();
        const int id = holdReloadIn("replacing");
        writeFile(path("files/actor.so"), "");
        signalChild(3);
        waitRestarts(3, 1);
        letGo();
        const OperationView over = waitOver(id);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(over.text, std::string("done"), over.state);
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), status().version("actor"));
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
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReloadCollisionTest);

}  // namespace
