/// Goal: run_master runs in the master with its API, and its end, however it comes, ends nothing else.
/// Method: the overseer plugin, told by its configuration how to behave; it notes what it saw in a file.
#include "HostFixture.h"
#include "base/Sanitizers.h"

#include <csignal>
#include <cstring>

namespace {

using namespace clustermanager::integration;

class MasterFunctionTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(MasterFunctionTest);
    CPPUNIT_TEST(runsUntilTheStop);
    CPPUNIT_TEST(isNotThereInAPluginWithout);
    CPPUNIT_TEST(mayReturnEarly);
    CPPUNIT_TEST(mayThrow);
    CPPUNIT_TEST(whoseCrashItIsIsTold);
    CPPUNIT_TEST(aCrashInACallbackIsRunMastersToo);
    CPPUNIT_TEST(aCrashElsewhereBlamesNobody);
    CPPUNIT_TEST(cannotHoldUpTheStop);
    CPPUNIT_TEST(exchangesMessagesWithChildren);
    CPPUNIT_TEST(sendsToAllChildren);
    CPPUNIT_TEST(seesTheChildren);
    CPPUNIT_TEST(knowsNothingOfAnotherPluginsNames);
    CPPUNIT_TEST(canBeSwitchedOff);
    CPPUNIT_TEST(aFloodOfMessagesHurtsNobody);
    CPPUNIT_TEST_SUITE_END();

    void overseer(const std::string& how, unsigned children = 1)
    {
        actors(children, "overseer");
        set("plugin.overseer.master", how);
        set("plugin.overseer.masterFile", path("notes"));
    }

    std::string notes() const { return readFile(path("notes")); }

    void waitMaster(const std::string& state)
    {
        waitStatus([&](const StatusView& s) { return s.masterState("overseer") == state; },
                   "run_master should be " + state);
    }

    std::string waitReceived(int id, const std::string& text)
    {
        const Probe actor = probe(id);
        std::string all;
        CPPUNIT_ASSERT_MESSAGE(all, waitFor([&] {
                                   all = actor.ask("received");
                                   return all.find(text) != std::string::npos;
                               }));
        return all;
    }

public:
    void runsUntilTheStop()
    {
        overseer("wait");
        startReady();
        waitMaster("running");
        // It runs a moment before its first statement.
        CPPUNIT_ASSERT_MESSAGE(notes(), waitFor([&] { return notes() == "began\n"; }));
        CPPUNIT_ASSERT_EQUAL(0, stop());
        CPPUNIT_ASSERT_EQUAL(std::string("began\nended\n"), notes());
    }

    void isNotThereInAPluginWithout()
    {
        actors(1);
        startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("none"), status().masterState("actor"));
    }

    void mayReturnEarly()
    {
        overseer("return7");
        allowProblem("run_master");
        const StatusView before = startReady();
        waitMaster("ended");
        CPPUNIT_ASSERT_EQUAL(before.child(1).pid, status().child(1).pid);
        CPPUNIT_ASSERT_EQUAL(7, status().group("overseer")->getObject("runMaster")->getValue<int>("result"));
    }

    void mayThrow()
    {
        const std::pair<const char*, const char*> kinds[] = {{"throw-std", "a standard misfortune"},
                                                             {"throw-poco", "a Poco misfortune"},
                                                             {"throw-int", "run_master"}};
        for (const auto& [kind, text] : kinds)
        {
            overseer(kind);
            expectProblem(text);
            startReady();
            waitMaster("threw");
            renew();
        }
    }

    void whoseCrashItIsIsTold()
    {
        if (clustermanager::kSanitized) return;  // that tells more, and ends by a code of its own
        const std::pair<const char*, int> kinds[] = {
            {"segv", SIGSEGV}, {"abort", SIGABRT}, {"terminate", SIGABRT}};
        for (const auto& [kind, signal] : kinds)
        {
            overseer(kind);
            masterIsKilled();
            start();
            CPPUNIT_ASSERT_EQUAL(1000 + signal, waitForExit());
            waitOutput("clustermanager: the host dies of SIG" + std::string(::sigabbrev_np(signal)) +
                       " in run_master of group overseer; with runMaster = isolated");
            CPPUNIT_ASSERT(waitFor([] { return reapStrays(0) == 0; }));
            renew();
        }
    }

    void aCrashInACallbackIsRunMastersToo()
    {
        if (clustermanager::kSanitized) return;
        overseer("echo");
        startReady();
        masterIsKilled();
        probe(1).ask("send 0 crash segv");
        CPPUNIT_ASSERT_EQUAL(1000 + SIGSEGV, waitForExit());
        waitOutput("the host dies of SIGSEGV in run_master of group overseer");
        CPPUNIT_ASSERT(waitFor([] { return reapStrays(0) == 0; }));
    }

    void aCrashElsewhereBlamesNobody()
    {
        if (clustermanager::kSanitized) return;
        overseer("wait");
        startReady();
        masterIsKilled();
        CPPUNIT_ASSERT_EQUAL(1000 + SIGBUS, stop(SIGBUS));
        waitOutput("clustermanager: the host dies of SIGBUS\n");
        CPPUNIT_ASSERT(waitFor([] { return reapStrays(0) == 0; }));
    }

    void cannotHoldUpTheStop()
    {
        overseer("deaf");
        set("cluster.shutdownTimeoutMs", "200");
        allowProblem("run_master");
        startReady();
        waitMaster("running");
        CPPUNIT_ASSERT_EQUAL(0, stop());
    }

    void exchangesMessagesWithChildren()
    {
        overseer("echo", 2);
        startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("0"), probe(2).ask("send 0 how are you"));
        CPPUNIT_ASSERT_EQUAL(std::string("0:echo how are you\n"), waitReceived(2, "echo"));
        CPPUNIT_ASSERT_EQUAL(std::string("(none)"), probe(1).ask("received"));
    }

    void sendsToAllChildren()
    {
        overseer("echo", 3);
        startReady();
        probe(2).ask("send 0 all hands");
        for (int id = 1; id <= 3; ++id) CPPUNIT_ASSERT_EQUAL(std::string("0:hands\n"), waitReceived(id, "h"));
    }

    void seesTheChildren()
    {
        overseer("echo", 2);
        startReady();
        CPPUNIT_ASSERT(waitFor([&] {
            probe(1).ask("send 0 children");
            return notes().find("children 2 1=ready 2=ready") != std::string::npos;
        }));
    }

    /// Both are mapped into the master, and export the same names.
    void knowsNothingOfAnotherPluginsNames()
    {
        plugin("twin_one");
        plugin("twin_two");
        set("cluster.count", "1");
        set("cluster.runMaster", "true");
        startReady();
        waitOutput("the first twin");
        waitOutput("the second twin");
        CPPUNIT_ASSERT(childLog("twin_one", 1).find("the first twin") != std::string::npos);
        CPPUNIT_ASSERT(childLog("twin_two", 2).find("the second twin") != std::string::npos);
    }

    void canBeSwitchedOff()
    {
        overseer("return7");
        set("cluster.runMaster", "false");
        startReady();
        CPPUNIT_ASSERT_EQUAL(std::string(), notes());
    }

    void aFloodOfMessagesHurtsNobody()
    {
        overseer("echo", 2);
        allowProblem("child 1");
        startReady();
        CPPUNIT_ASSERT(std::stoi(probe(1).ask("flood-messages 20000")) > 0);
        probe(2).ask("send 0 still there");
        waitReceived(2, "echo still there");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MasterFunctionTest);

}  // namespace
