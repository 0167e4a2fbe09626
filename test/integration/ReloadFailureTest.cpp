/// Goal: a new plugin that cannot be loaded, crashes or is never ready leaves the old children as they are;
/// one that fails at a later slot is taken back; and the status says why until the next reload.
/// Method: the plugin's file is replaced by a broken one each, or the actors of the new generation are told
/// to fail; pids are compared.
#include "HostFixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace {

using namespace clustermanager::integration;

class ReloadFailureTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(ReloadFailureTest);
    CPPUNIT_TEST(aFileThatIsNoPluginTouchesNothing);
    CPPUNIT_TEST(aPluginThatCannotBeLoadedTouchesNothing);
    CPPUNIT_TEST(aPluginThatHangsWhileItIsLoadedTouchesNothing);
    CPPUNIT_TEST(aPluginThatFailsInItsFirstChildTouchesNothing);
    CPPUNIT_TEST(withoutPreloadTheFirstChildFindsOut);
    CPPUNIT_TEST(aChildThatFailsLaterIsTakenBack);
    CPPUNIT_TEST(aChildThatIsNeverReadyLaterIsTakenBack);
    CPPUNIT_TEST(aPluginThatCannotRunWithItsConfigurationTouchesNothing);
    CPPUNIT_TEST(neverEndsTheHost);
    CPPUNIT_TEST_SUITE_END();

    void group(unsigned count)
    {
        actors(count);
        restartFast();
        set("plugin.actor.exclusive", path("exclusive"));
        set("plugin.actor.startIf", path("failing"));
        std::filesystem::create_directory(path("exclusive"));
        allowProblem("group actor");
        allowProblem("child ");
    }

    std::string file() const { return path("files/actor.so"); }

    OperationView failedReload()
    {
        const HttpAnswer answer = post("/groups/actor/reload?wait=20s");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body + output(), 409, answer.status);
        OperationView over = operationOf(answer.body);
        CPPUNIT_ASSERT_EQUAL(std::string("failed"), over.state);
        return over;
    }

    /// A reload that fails with these words, and changes nothing.
    void expectUntouched(const std::string& words, const std::string& what = "")
    {
        const StatusView before = status();
        const OperationView over = failedReload();
        CPPUNIT_ASSERT_MESSAGE(what + ": '" + words + "' in " + over.text,
                               over.reason.find(words) != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string(), over.steps());
        const StatusView after = status();
        CPPUNIT_ASSERT(before.pidsOf("actor") == after.pidsOf("actor"));
        CPPUNIT_ASSERT_EQUAL(before.children().size(), after.children().size());
        CPPUNIT_ASSERT_MESSAGE(after.text(), after.allReady());
        CPPUNIT_ASSERT_EQUAL(before.generation("actor"), after.generation("actor"));
        CPPUNIT_ASSERT_EQUAL(before.version("actor"), after.version("actor"));
        CPPUNIT_ASSERT_EQUAL(over.reason, after.failedReload("actor"));
        CPPUNIT_ASSERT_EQUAL(std::string("open"),
                             after.group("actor")->getValue<std::string>("generationState"));
        CPPUNIT_ASSERT_EQUAL(std::string(), after.phase("actor"));
    }

    /// The next one works, and what has failed before is forgotten.
    void expectGoodAgain(const std::string& stem = "actor_v2")
    {
        std::filesystem::remove_all(file());
        std::filesystem::rename(testPlugin(stem), file());
        const HttpAnswer answer = post("/groups/actor/reload?wait=20s");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 200, answer.status);
        CPPUNIT_ASSERT_EQUAL(std::string(), status().failedReload("actor"));
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), status().version("actor"));
        CPPUNIT_ASSERT_EQUAL(std::string(), readFile(path("exclusive/doubles")));
    }

    void replaceBy(const std::function<void()>& make) const
    {
        std::filesystem::remove_all(file());
        make();
    }

    void becomes(const std::string& stem) const { std::filesystem::rename(testPlugin(stem), file()); }

    /// Those of generation 2 fail: all, or this one.
    void fails(const std::string& how, int id = 0)
    {
        set("plugin.actor.start", how);
        writeFile(path("failing"), std::to_string(id) + " 2");
    }

    void expectTakenBack(const std::string& words)
    {
        const StatusView before = startReady();
        const OperationView over = failedReload();
        CPPUNIT_ASSERT_MESSAGE(over.text, over.reason.find("child 2") != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(over.text, over.reason.find(words) != std::string::npos);
        const StatusView after = waitReady();
        CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(3), after.children().size());
        CPPUNIT_ASSERT_EQUAL(1u, after.generation("actor"));
        CPPUNIT_ASSERT_EQUAL(over.reason, after.failedReload("actor"));
        for (const ChildView& child : after.children())
        {
            CPPUNIT_ASSERT_EQUAL(1u, child.generation);
            CPPUNIT_ASSERT_EQUAL(std::string("1"), probe(child.id).ask("env CM_GENERATION"));
        }
        CPPUNIT_ASSERT(before.child(1).pid != after.child(1).pid);
        CPPUNIT_ASSERT_EQUAL(before.child(3).pid, after.child(3).pid);
        waitOutput("generation 2: reverting");
        expectGoodAgain();
    }

public:
    void aFileThatIsNoPluginTouchesNothing()
    {
        group(2);
        startReady();
        const std::string good = readFile(testPlugin("actor_v2"));
        const struct
        {
            std::string what;
            std::function<void()> make;
            std::string words;
        } cases[] = {
            {"missing", [] {}, "No such file"},
            {"a folder", [&] { ::mkdir(file().c_str(), 0755); }, "not a regular file"},
            {"a FIFO", [&] { ::mkfifo(file().c_str(), 0644); }, "not a regular file"},
            {"a link to itself", [&] { ::symlink(file().c_str(), file().c_str()); }, "symbolic links"},
            {"empty", [&] { writeFile(file(), ""); }, "no shared object"},
            {"cut off", [&] { writeFile(file(), good.substr(0, good.size() / 2)); }, "cut off"},
            {"a text", [&] { writeFile(file(), "not a plugin\n"); }, "no shared object"},
            {"a program", [&] { std::filesystem::copy_file("/bin/true", file()); }, "program"},
            {"without run_child", [&] { becomes("no_run_child"); }, "run_child"},
            {"of another ABI", [&] { becomes("other_abi"); }, "42"},
        };
        for (const auto& one : cases)
        {
            replaceBy(one.make);
            expectUntouched(one.words, one.what);
        }
        expectGoodAgain();
    }

    void aPluginThatCannotBeLoadedTouchesNothing()
    {
        group(2);
        startReady();
        const std::pair<const char*, const char*> cases[] = {{"undefined_symbol", "nowhereToBeFound"},
                                                             {"construct_crash", "SIGSEGV"},
                                                             {"construct_exit", "exit code 0"},
                                                             {"construct_throw", "a constructor threw"}};
        for (const auto& [stem, words] : cases)
        {
            replaceBy([&, plugin = stem] { becomes(plugin); });
            expectUntouched(words, stem);
        }
        expectGoodAgain();
    }

    void aPluginThatHangsWhileItIsLoadedTouchesNothing()
    {
        group(2);
        startReady();
        set("cluster.startTimeoutMs", "300");
        writeConfig();
        CPPUNIT_ASSERT_EQUAL(200, post("/config/reload").status);
        replaceBy([this] { becomes("construct_pause"); });
        expectUntouched("300 ms");
        // A start takes longer than that on a busy machine.
        set("cluster.startTimeoutMs", "30s");
        writeConfig();
        replaceBy([this] { becomes("actor"); });
        CPPUNIT_ASSERT_EQUAL(200, post("/config/reload?wait=20s").status);
        expectGoodAgain();
    }

    void aPluginThatFailsInItsFirstChildTouchesNothing()
    {
        const std::pair<const char*, const char*> cases[] = {
            {"segv", "SIGSEGV"}, {"return0", "code 0"}, {"return3", "code 3"}, {"throw-std", "misfortune"}};
        for (const auto& [how, words] : cases)
        {
            renew();
            group(2);
            fails(how);
            startReady();
            expectUntouched(words, how);
            expectGoodAgain();
        }
        renew();
        group(2);
        fails("never");
        set("cluster.startTimeoutMs", std::to_string(500 * timeFactor()));
        startReady();
        expectUntouched("not ready");
    }

    void withoutPreloadTheFirstChildFindsOut()
    {
        group(2);
        set("plugin.actor.preload", "false");
        startReady();
        replaceBy([this] { becomes("undefined_symbol"); });
        expectUntouched("nowhereToBeFound");
        replaceBy([this] { becomes("construct_crash"); });
        expectUntouched("SIGSEGV");
        expectGoodAgain();
    }

    void aChildThatFailsLaterIsTakenBack()
    {
        group(3);
        fails("segv", 2);
        expectTakenBack("SIGSEGV");
    }

    void aChildThatIsNeverReadyLaterIsTakenBack()
    {
        group(3);
        fails("never", 2);
        set("cluster.startTimeoutMs", std::to_string(500 * timeFactor()));
        expectTakenBack("not ready");
    }

    /// Exit code 78: a restart cannot help.
    void aPluginThatCannotRunWithItsConfigurationTouchesNothing()
    {
        group(2);
        fails("return78");
        startReady();
        expectUntouched("configuration is wrong");
        expectGoodAgain();
    }

    /// Whatever is to be done where a group fails: a new plugin that fails is no failure of the group.
    void neverEndsTheHost()
    {
        group(2);
        set("cluster.onGiveUp", "exit");
        set("cluster.maxRestarts", "1");
        fails("segv");
        startReady();
        expectUntouched("SIGSEGV");
        replaceBy([this] { becomes("undefined_symbol"); });
        expectUntouched("nowhereToBeFound");
        expectGoodAgain();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReloadFailureTest);

}  // namespace
