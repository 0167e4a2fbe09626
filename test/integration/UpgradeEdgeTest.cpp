/// Goal: an upgrade changes nothing but the program, whatever else was changing when it was asked for.
/// Method: configuration, plugins' folder and program are changed just before it, and it is asked for too
/// early.
#include "UpgradeFixture.h"

#include <Poco/Net/SocketAddress.h>

#include <csignal>
#include <thread>

namespace {

using namespace clustermanager::integration;

class UpgradeEdgeTest : public UpgradeFixture
{
    CPPUNIT_TEST_SUITE(UpgradeEdgeTest);
    CPPUNIT_TEST(theControlPortStaysAsItWasChanged);
    CPPUNIT_TEST(theFolderIsWatchedAlthoughAGroupHasFailed);
    CPPUNIT_TEST(whatWasDroppedJustBeforeIsTakenUp);
    CPPUNIT_TEST(aHostThatStartsIsNotUpgraded);
    CPPUNIT_TEST(aProgramThatHasChangedSinceIsRefused);
    CPPUNIT_TEST(aHostIsNotUpgradedToAProgramWithItsOwnGroup);
    CPPUNIT_TEST(aRunMasterThatHadReturnedStaysSo);
    CPPUNIT_TEST(theLastWordsOfARunMasterAreDelivered);
    CPPUNIT_TEST(whatARunMasterLeftOpenIsClosed);
    CPPUNIT_TEST(aLogThatCannotBeOpenedEndsNoHost);
    CPPUNIT_TEST(aChildThatHangsHoldsUpNoUpgrade);
    CPPUNIT_TEST_SUITE_END();

    std::string dropped(const std::string& name) const { return path("plugins/" + name + ".so"); }

    void drop(const std::string& stem, const std::string& name) const
    {
        std::filesystem::copy_file(testPlugin(stem), path("files/dropped"));
        std::filesystem::rename(path("files/dropped"), dropped(name));
    }

    void watchFolder()
    {
        std::filesystem::create_directory(path("plugins"));
        set("cluster.plugins", path("plugins"));
        set("cluster.count", "1");
        set("plugin.actor.path", testPlugin("actor"));
        set("plugin.actor.probe", path("probe"));
    }

    void waitGroup(const std::string& name, bool there)
    {
        waitStatus(
            [&](const StatusView& s) {
                bool found = false;
                for (const ChildView& child : s.children())
                    found = found || (child.group == name && child.state == "ready");
                return found == there;
            },
            "group " + name + (there ? " should run" : " should be gone"));
    }

public:
    void theControlPortStaysAsItWasChanged()
    {
        actors(1);
        set("cluster.webServerPort", "0");
        set("cluster.webServerToken", "a-secret-of-the-first-hour");
        startReady();
        waitOutput("control port: http://");
        const std::string words = output();
        const std::size_t at = words.find("http://") + 7;
        const Poco::Net::SocketAddress port(words.substr(at, words.find('/', at) - at));
        CPPUNIT_ASSERT_EQUAL(401, get(port, "/").status);

        const std::string text = readFile(path("host.properties"));
        const std::size_t token = text.find("cluster.webServerToken");
        writeFile(path("host.properties"), text.substr(0, token) +
                                               "cluster.webServerToken = one-of-the-second-hour" +
                                               text.substr(text.find('\n', token)));
        CPPUNIT_ASSERT_EQUAL(200, control("/config/reload?wait=10s", "POST").status);
        const auto statusWith = [&](const std::string& secret) {
            return request(port, "GET", "/", {"Authorization: Bearer " + secret}).status;
        };
        for (int i = 0; i < 2; ++i)
        {
            CPPUNIT_ASSERT_EQUAL(401, statusWith("a-secret-of-the-first-hour"));
            CPPUNIT_ASSERT_EQUAL(200, statusWith("one-of-the-second-hour"));
            if (i == 0) upgrade();
        }
    }

    void theFolderIsWatchedAlthoughAGroupHasFailed()
    {
        allowProblem("broken");
        descriptorsMayGrow();
        watchFolder();
        startReady();
        drop("construct_crash", "broken");
        waitOutput("group broken");
        waitStatus([](const StatusView& s) { return s.text().find("\"broken\"") != std::string::npos; },
                   "there should be a group broken");
        upgrade();
        waitOutput("goes on as version");
        drop("actor", "late");
        waitGroup("late", true);
    }

    void whatWasDroppedJustBeforeIsTakenUp()
    {
        descriptorsMayGrow();
        watchFolder();
        std::filesystem::copy_file(testPlugin("actor"), path("plugins/old.so"));
        startReady();
        drop("actor", "quick");
        std::filesystem::remove(dropped("old"));
        upgrade();
        waitGroup("quick", true);
        waitGroup("old", false);
    }

    void aHostThatStartsIsNotUpgraded()
    {
        allowProblem("construct_pause");
        exitCodeMayBe(69);
        actors(1);
        plugin("construct_pause");
        start();
        waitOutput("group actor");
        host().signal(SIGUSR2);
        waitOutput("SIGUSR2: ignored, because the host is still starting");
        CPPUNIT_ASSERT_EQUAL(0, stop());
        exitCodeMayBe(0);
    }

    void aProgramThatHasChangedSinceIsRefused()
    {
        expectProblem("has changed since it was tried");
        descriptorsMayGrow();  // run_master is loaded a second time
        actors(1, "overseer");
        set("plugin.overseer.master", "slow");
        set("plugin.overseer.masterFile", path("notes"));
        const StatusView before = startReady();
        waitStatus([](const StatusView& s) { return s.masterState("overseer") == "running"; },
                   "run_master runs");
        host().signal(SIGUSR2);
        waitOutput("can take over");
        replaceHost("/bin/true");
        writeFile(path("notes.go"), "");
        waitOutput("upgrade failed");
        waitStatus([](const StatusView& s) { return s.masterState("overseer") == "running"; },
                   "run_master should run again");
        CPPUNIT_ASSERT_EQUAL(0U, upgrades());
        assertSameChildren(before, status());
    }

    void aHostIsNotUpgradedToAProgramWithItsOwnGroup()
    {
        expectProblem("with its own group 'embedded'");
        actors(1);
        const StatusView before = startReady();
        replaceHost(CM_EMBEDDED_BINARY);
        CPPUNIT_ASSERT_EQUAL(409, control("/upgrade", "POST").status);
        assertSameChildren(before, status());
    }

    void aRunMasterThatHadReturnedStaysSo()
    {
        actors(1, "overseer");
        set("plugin.overseer.master", "return7");
        set("plugin.overseer.masterFile", path("notes"));
        startReady();
        const auto hasEnded = [](const StatusView& s) { return s.masterState("overseer") == "ended"; };
        waitStatus(hasEnded, "run_master should return");
        descriptorsMayGrow();  // another generation
        for (int i = 0; i < 2; ++i) upgrade();
        const StatusView now = waitStatus(hasEnded, "it should be as it was");
        CPPUNIT_ASSERT_EQUAL(7, now.runMaster("overseer")->getValue<int>("result"));
        CPPUNIT_ASSERT_EQUAL(std::string("began\n"), readFile(path("notes")));

        CPPUNIT_ASSERT_EQUAL(200, post("/groups/overseer/reload?wait=10s").status);
        CPPUNIT_ASSERT(waitFor([&] { return readFile(path("notes")) == "began\nbegan\n"; }));
    }

    void theLastWordsOfARunMasterAreDelivered()
    {
        actors(1, "overseer");
        set("plugin.overseer.master", "parting");
        set("plugin.overseer.masterFile", path("notes"));
        startReady();
        const Probe child = probe(1);
        upgrade();
        std::string all;
        for (int i = 1; i <= 300; ++i) all += "0:" + std::to_string(i) + "\n";
        CPPUNIT_ASSERT_MESSAGE(child.ask("received"), waitFor([&] { return child.ask("received") == all; }));
    }

    void aLogThatCannotBeOpenedEndsNoHost()
    {
        actors(1);
        const StatusView before = startReady();
        expectProblem("cluster.logFolder: '" + path("log") + "'");
        std::filesystem::remove_all(path("log"));
        writeFile(path("log"), "");
        upgrade();
        assertSameChildren(before, status());
        std::filesystem::remove(path("log"));
        std::filesystem::create_directory(path("log"));
    }

    void whatARunMasterLeftOpenIsClosed()
    {
        actors(1, "overseer");
        set("plugin.overseer.masterFile", path("notes"));
        set("plugin.overseer.masterLeak", path("leak"));
        writeFile(path("leak"), "");
        startReady();
        const auto opened = [this] {
            int count = 0;
            std::error_code gone;
            for (const auto& entry :
                 std::filesystem::directory_iterator("/proc/" + std::to_string(host().pid()) + "/fd"))
                count += std::filesystem::read_symlink(entry.path(), gone) == path("leak") ? 1 : 0;
            return count;
        };
        CPPUNIT_ASSERT_EQUAL(1, opened());
        upgrade();
        CPPUNIT_ASSERT(waitFor([&] { return readFile(path("notes")) == "began\nended\nbegan\n"; }));
        CPPUNIT_ASSERT_EQUAL(1, opened());
    }

    void aChildThatHangsHoldsUpNoUpgrade()
    {
        actors(2);
        startReady();
        const pid_t hung = status().child(1).pid;
        pauseProcess(hung);
        int answered = 503;
        // An upgrade that came first lets nobody in.
        while (answered == 503)
        {
            std::thread asker([&] { answered = post("/logs/reopen?wait=5m").status; });
            upgrade();
            asker.join();
        }
        ::kill(hung, SIGCONT);
        CPPUNIT_ASSERT_EQUAL(202, answered);
        CPPUNIT_ASSERT_EQUAL(200, post("/logs/reopen?wait=10s").status);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UpgradeEdgeTest);

}  // namespace
