/// Goal: the configuration files are read again on demand; the least that is needed is done, the answer tells
/// what changed and what it caused, and a wrong file changes nothing.
/// Method: the file of a running host is written anew, and SIGHUP or the control port tells it; pids tell
/// which processes were replaced.
#include "HostFixture.h"

#include <filesystem>
#include <future>

#include <Poco/JSON/Array.h>

namespace {

using namespace clustermanager::integration;

class ConfigReloadTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(ConfigReloadTest);
    CPPUNIT_TEST(sighupChangesTheCountAtOnce);
    CPPUNIT_TEST(timeoutsChangeAtOnce);
    CPPUNIT_TEST(theLogLevelChangesAtOnce);
    CPPUNIT_TEST(whatAChildReadsAtItsStartReloadsItsGroupAlone);
    CPPUNIT_TEST(theAnswerListsWhatChanged);
    CPPUNIT_TEST(withoutAChangeNothingIsDone);
    CPPUNIT_TEST(aWrongFileChangesNothing);
    CPPUNIT_TEST(everyProblemIsNamed);
    CPPUNIT_TEST(groupsComeAndGo);
    CPPUNIT_TEST(aStoppedGroupStartsWithWhatIsInForce);
    CPPUNIT_TEST(whatNeedsAnotherHostIsNamed);
    CPPUNIT_TEST(theLogsOfChildrenMoveWithTheirReload);
    CPPUNIT_TEST(whatLooksWrongIsToldOnce);
    CPPUNIT_TEST(anOperatorsScaleOutlivesOtherChanges);
    CPPUNIT_TEST(aReloadThatFailsIsTold);
    CPPUNIT_TEST(manyAtOnceEndInTheLast);
    CPPUNIT_TEST(theHostStopsMeanwhile);
    CPPUNIT_TEST_SUITE_END();

    void twoGroups()
    {
        actors(2);
        actors(1, "overseer");
        set("cluster.runMaster", "false");
        set("plugin.actor.greeting", "hello");
        restartFast();
    }

    HttpAnswer reload(const std::string& query = "?wait=10s")
    {
        writeConfig();
        return post("/config/reload" + query);
    }

    HttpAnswer reloadWell()
    {
        HttpAnswer answer = reload();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body + output(), 200, answer.status);
        return answer;
    }

    void hangUp()
    {
        writeConfig();
        host().signal(SIGHUP);
    }

    static std::string listOf(const HttpAnswer& answer, const std::string& key)
    {
        const auto array = parseObject(answer.body)->getArray(key);
        std::string lines;
        for (unsigned i = 0; array && i < array->size(); ++i)
            lines += array->getElement<std::string>(i) + "\n";
        return lines;
    }

    static void assertHas(const std::string& text, const std::string& part)
    {
        CPPUNIT_ASSERT_MESSAGE("'" + part + "' in\n" + text, text.find(part) != std::string::npos);
    }

    std::string option(const std::string& key) const
    {
        const auto options = status().master()->getObject("options");
        return options->has(key) ? options->getValue<std::string>(key) : "";
    }

    void waitCount(const std::string& group, std::size_t count)
    {
        waitStatus([&](const StatusView& s) { return s.pidsOf(group).size() == count && s.allReady(); },
                   group + " should have " + std::to_string(count) + " children");
    }

public:
    void sighupChangesTheCountAtOnce()
    {
        twoGroups();
        descriptorsMayGrow();
        const StatusView before = startReady();
        set("plugin.actor.count", "4");
        hangUp();
        waitCount("actor", 4);
        const StatusView more = status();
        for (const ChildView& child : before.children())
            CPPUNIT_ASSERT_EQUAL(child.pid, more.child(child.id).pid);
        CPPUNIT_ASSERT_EQUAL(std::string("4"), option("plugin.actor.count"));
        set("plugin.actor.count", "1");
        hangUp();
        waitCount("actor", 1);
        CPPUNIT_ASSERT_EQUAL(before.child(1).pid, status().child(1).pid);
        CPPUNIT_ASSERT_EQUAL(1u, status().generation("actor"));
        assertHas(output(), "SIGHUP");
    }

    void timeoutsChangeAtOnce()
    {
        twoGroups();
        set("plugin.actor.stop", "ignore");
        set("cluster.shutdownTimeoutMs", "10m");
        allowProblem("child ");
        const StatusView before = startReady();
        set("cluster.shutdownTimeoutMs", "50ms");
        assertHas(listOf(reloadWell(), "changes"), "cluster.shutdownTimeoutMs: 600000 -> 50");
        CPPUNIT_ASSERT(before.pidsOf("actor") == status().pidsOf("actor"));
        CPPUNIT_ASSERT_EQUAL(200, post("/children/1/exit").status);
        CPPUNIT_ASSERT_EQUAL(std::string("signal SIGKILL"), waitRestarts(1, 1).lastExit());
    }

    void theLogLevelChangesAtOnce()
    {
        twoGroups();
        const StatusView before = startReady();
        set("cluster.logLevel", "debug");
        assertHas(listOf(reloadWell(), "changes"), "cluster.logLevel: info -> debug");
        CPPUNIT_ASSERT(waitFor([this] { return probe(1).ask("enabled 1") == "1"; }));
        CPPUNIT_ASSERT_EQUAL(std::string("debug"), status().master()->getValue<std::string>("logLevel"));
        CPPUNIT_ASSERT(before.pidsOf("actor") == status().pidsOf("actor"));
        // One that an operator set meanwhile stays, whatever else the files change.
        CPPUNIT_ASSERT_EQUAL(200, control("/logLevel/error").status);
        set("plugin.actor.count", "1");
        reloadWell();
        CPPUNIT_ASSERT_EQUAL(std::string("error"), status().master()->getValue<std::string>("logLevel"));
    }

    void whatAChildReadsAtItsStartReloadsItsGroupAlone()
    {
        twoGroups();
        const StatusView before = startReady();
        set("plugin.actor.greeting", "good day");
        const HttpAnswer answer = reloadWell();
        const StatusView after = status();
        CPPUNIT_ASSERT(before.pidsOf("overseer") == after.pidsOf("overseer"));
        for (const int id : {1, 2})
        {
            CPPUNIT_ASSERT(before.child(id).pid != after.child(id).pid);
            CPPUNIT_ASSERT_EQUAL(std::string("good day"), probe(id).ask("config greeting"));
        }
        const OperationView done = operationOf(answer.body);
        CPPUNIT_ASSERT_EQUAL(std::string("reload"), done.kind);
        CPPUNIT_ASSERT_EQUAL(std::string("done"), done.state);
        CPPUNIT_ASSERT_EQUAL(std::string("actor"), done.group);
    }

    void theAnswerListsWhatChanged()
    {
        twoGroups();
        descriptorsMayGrow();
        startReady();
        set("plugin.actor.count", "3");
        set("plugin.actor.greeting", "a secret");
        set("plugin.overseer.minUptimeMs", "5s");
        const HttpAnswer begun = reload("");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(begun.body, 202, begun.status);
        const std::string changes = listOf(begun, "changes");
        assertHas(changes, "plugin.actor.count: 2 -> 3\n");
        assertHas(changes, "plugin.actor.greeting: *** -> ***\n");
        assertHas(changes, "plugin.overseer.minUptimeMs: 1000 -> 5000\n");
        assertHas(changes, "group actor: rolling reload: what its children read at their start\n");
        CPPUNIT_ASSERT(begun.body.find("secret") == std::string::npos);
        CPPUNIT_ASSERT(output().find("secret") == std::string::npos);
        const OperationView done = waitOver(operationOf(begun.body).id);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(done.text, std::string("done"), done.state);
        waitCount("actor", 3);
        // Both at once is one reload, and nobody is started twice.
        CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(1), operationsOf(control("/operations").body).size());
        CPPUNIT_ASSERT_EQUAL(std::string("5000"), option("plugin.overseer.minUptimeMs"));
    }

    void withoutAChangeNothingIsDone()
    {
        twoGroups();
        const StatusView before = startReady();
        const HttpAnswer answer = reloadWell();
        assertHas(answer.body, "nothing has changed");
        CPPUNIT_ASSERT_EQUAL(std::string(), listOf(answer, "changes"));
        CPPUNIT_ASSERT(operationsOf(answer.body).empty());
        CPPUNIT_ASSERT(before.pidsOf("actor") == status().pidsOf("actor"));
    }

    void aWrongFileChangesNothing()
    {
        twoGroups();
        const StatusView before = startReady();
        const std::string good = readFile(path("host.properties"));
        const std::pair<std::string, std::string> cases[] = {
            {"\n\nplugin.actor.minUptimeMs = many\n", ": plugin.actor.minUptimeMs: 'many'"},
            {"cluster.cuont = 3\n", "cluster.cuont: there is no such key; did you mean 'count'?"},
            {"plugin.actor.spares\n", "has no '='"},
            {"plugin.actor.count = 3\n", "plugin.actor.count' is there twice"},
            {"plugin.actor.maxCount = 20\nplugin.actor.spares = 17\n", "plugin.actor.spares: '17'"},
            {"listen.front = 999.1.1.1:80\n", "listen.front"},
        };
        for (const auto& [lines, words] : cases)
        {
            writeFile(path("host.properties"), good + lines);
            const HttpAnswer answer = post("/config/reload?wait=10s");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 422, answer.status);
            const std::string line = std::to_string(linesOf(good + lines).size());
            assertHas(answer.body, "\"the configuration is wrong, and the one in force stays\"");
            assertHas(listOf(answer, "problems"), words);
            assertHas(listOf(answer, "problems"), path("host.properties") + ":" + line + ": ");
            expectProblem(words);
        }
        std::filesystem::remove(path("host.properties"));
        expectProblem("No such file");
        CPPUNIT_ASSERT_EQUAL(422, post("/config/reload").status);

        // The same by SIGHUP, which has nobody to answer to.
        expectProblem("there is no such key");
        writeFile(path("host.properties"), "cluster.nonsense = 1\n");
        host().signal(SIGHUP);
        waitOutput("cluster.nonsense");
        assertHas(output(), "the one in force stays");

        CPPUNIT_ASSERT(before.pidsOf("actor") == status().pidsOf("actor"));
        CPPUNIT_ASSERT_EQUAL(std::string("2"), option("plugin.actor.count"));
        CPPUNIT_ASSERT_EQUAL(1u, status().generation("actor"));
        reloadWell();
    }

    void everyProblemIsNamed()
    {
        twoGroups();
        startReady();
        set("plugin.actor.count", "-1");
        set("plugin.overseer.spares", "some");
        expectProblem("plugin.actor.count");
        const HttpAnswer answer = reload();
        CPPUNIT_ASSERT_EQUAL(422, answer.status);
        assertHas(listOf(answer, "problems"), "plugin.actor.count");
        assertHas(listOf(answer, "problems"), "plugin.overseer.spares");
    }

    void groupsComeAndGo()
    {
        twoGroups();
        const StatusView before = startReady();
        set("plugin.third.path", testPlugin("actor_v2"));
        set("plugin.third.count", "2");
        assertHas(listOf(reloadWell(), "changes"), "group third: added");
        waitCount("third", 2);
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), status().version("third"));
        set("plugin.third.path", testPlugin("no_note"));
        reloadWell();
        CPPUNIT_ASSERT_EQUAL(std::string(), status().version("third"));
        set("plugin.third.enabled", "false");
        assertHas(listOf(reloadWell(), "changes"), "group third: removed");
        waitStatus([](const StatusView& s) { return !s.hasGroup("third"); }, "third should be gone");
        CPPUNIT_ASSERT(before.pidsOf("actor") == status().pidsOf("actor"));
        CPPUNIT_ASSERT(before.pidsOf("overseer") == status().pidsOf("overseer"));
    }

    void aStoppedGroupStartsWithWhatIsInForce()
    {
        twoGroups();
        startReady();
        CPPUNIT_ASSERT_EQUAL(200, post("/groups/actor/stop?wait=10s").status);
        set("plugin.actor.greeting", "late");
        set("plugin.actor.count", "1");
        const HttpAnswer answer = reloadWell();
        CPPUNIT_ASSERT_EQUAL(std::string("done"), operationOf(answer.body).state);
        CPPUNIT_ASSERT_EQUAL(200, post("/groups/actor/start?wait=10s").status);
        waitCount("actor", 1);
        CPPUNIT_ASSERT_EQUAL(std::string("late"), probe(1).ask("config greeting"));
    }

    void whatNeedsAnotherHostIsNamed()
    {
        twoGroups();
        const StatusView before = startReady();
        set("cluster.controlSocket", "run/other.sock");
        const HttpAnswer answer = reloadWell();
        assertHas(listOf(answer, "changes"), "cluster.controlSocket: is read at the start alone: restart");
        CPPUNIT_ASSERT(before.pidsOf("actor") == status().pidsOf("actor"));
        CPPUNIT_ASSERT(!exists(path("run/other.sock")));
    }

    void theLogsOfChildrenMoveWithTheirReload()
    {
        twoGroups();
        startReady();
        set("cluster.logFolder", "elsewhere");
        const HttpAnswer answer = reloadWell();
        CPPUNIT_ASSERT(listOf(answer, "changes").find("read at the start") == std::string::npos);
        probe(1).ask("log 2 from the new folder");
        assertHas(readFile(path("elsewhere/actor-1.log")), "from the new folder");
    }

    void whatLooksWrongIsToldOnce()
    {
        twoGroups();
        startReady();
        set("plugin.actor.cuont", "3");
        const std::string words = "plugin.actor.cuont: is taken for the plugin's own key";
        assertHas(listOf(reloadWell(), "changes"), "warning: " + words);
        assertHas(output(), words);
        const std::size_t lines = linesOf(output()).size();
        CPPUNIT_ASSERT_EQUAL(std::string(), listOf(reloadWell(), "changes"));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(output(), lines + 1, linesOf(output()).size());  // who asked for it
    }

    /// It is undone by another count in the files, and by nothing else.
    void anOperatorsScaleOutlivesOtherChanges()
    {
        twoGroups();
        descriptorsMayGrow();
        startReady();
        CPPUNIT_ASSERT_EQUAL(200, post("/groups/actor/scale/4?wait=10s").status);
        set("cluster.minUptimeMs", "2s");
        reloadWell();
        waitCount("actor", 4);
        set("plugin.actor.greeting", "good day");
        reloadWell();
        waitCount("actor", 4);
        set("plugin.actor.count", "3");
        reloadWell();
        waitCount("actor", 3);
    }

    void aReloadThatFailsIsTold()
    {
        twoGroups();
        allowProblem("group actor");
        allowProblem("child ");
        set("plugin.actor.startIf", path("failing"));
        set("plugin.actor.start", "return78");
        const StatusView before = startReady();
        writeFile(path("failing"), "");
        set("plugin.actor.greeting", "bad day");
        const HttpAnswer answer = reload();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 409, answer.status);
        assertHas(answer.body, "configuration is wrong");
        CPPUNIT_ASSERT(before.pidsOf("actor") == status().pidsOf("actor"));
        CPPUNIT_ASSERT_EQUAL(std::string("hello"), probe(1).ask("config greeting"));
        const HttpAnswer again = reload();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(again.body, 409, again.status);
        waitOutput("group actor: rolling reload: its last one failed: child ");
        std::filesystem::remove(path("failing"));
        CPPUNIT_ASSERT_EQUAL(200, reload().status);
        CPPUNIT_ASSERT_EQUAL(std::string("bad day"), probe(1).ask("config greeting"));
        assertHas(reload().body, "nothing has changed");
    }

    void manyAtOnceEndInTheLast()
    {
        twoGroups();
        descriptorsMayGrow();
        startReady();
        allowProblem("the configuration is wrong");  // it is written while it is read
        std::vector<std::future<HttpAnswer>> answers;
        for (int round = 1; round <= 20; ++round)
        {
            set("plugin.actor.count", std::to_string(round % 3 + 1));
            set("plugin.actor.greeting", "round " + std::to_string(round / 5));
            hangUp();
            if (round % 4 == 0)
                answers.push_back(std::async(std::launch::async, [this] { return post("/config/reload"); }));
        }
        for (auto& answer : answers)
        {
            const int status = answer.get().status;
            CPPUNIT_ASSERT(status == 200 || status == 202 || status == 422 || status == 503);
        }
        reloadWell();
        waitCount("actor", 3);
        waitStatus([](const StatusView& s) { return s.phase("actor").empty() && s.allReady(); }, "at rest");
        for (const int id : {1, 2})
            CPPUNIT_ASSERT_EQUAL(std::string("round 4"), probe(id).ask("config greeting"));
    }

    void theHostStopsMeanwhile()
    {
        twoGroups();
        startReady();
        set("plugin.actor.greeting", "too late");
        auto answer = std::async(std::launch::async, [this] { return reload("?wait=1m"); });
        CPPUNIT_ASSERT_EQUAL(0, stop());
        answer.wait();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConfigReloadTest);

}  // namespace
