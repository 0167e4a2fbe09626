/// Goal: a reload replaces every process by one of the new generation under the same id, tells every step,
/// and never lets the group fall below its count.
/// Method: actors of two versions; those of the new generation are held back by a file at the step in
/// question, so that no step depends on time.
#include "ReloadFixture.h"

#include <filesystem>

#include <Poco/JSON/Array.h>

namespace {

using namespace clustermanager::integration;

class ReloadTest : public ReloadFixture
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
    CPPUNIT_TEST(aStoppedGroupTakesUpTheNewPlugin);
    CPPUNIT_TEST(refusesUnknownGroups);
    CPPUNIT_TEST_SUITE_END();

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
        constexpr unsigned kReloads = 14;
        group(2);
        startReady();
        const std::size_t threads = threadsOf(host().pid());
        for (unsigned round = 2; round <= kReloads + 1; ++round)
        {
            replacePlugin(round % 2 == 0 ? "actor_v2" : "actor");
            CPPUNIT_ASSERT_EQUAL(200, post("/groups/actor/reload?wait=10s").status);
            checkGeneration(round, 2);
        }
        CPPUNIT_ASSERT(waitFor([this] { return spawners().size() == 1; }));
        CPPUNIT_ASSERT(waitFor([&] { return threadsOf(host().pid()) <= threads; }));
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
