/// Goal: a run_child that ends its thread alone, becomes another program or goes on in another session is
/// named and replaced, the other child notices nothing, and nobody is left when the host ends. Method: an
/// actor that does it (test/plugins/Crash.h).
#include "HostFixture.h"

namespace {

using namespace clustermanager::integration;

class LostProcessTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(LostProcessTest);
    CPPUNIT_TEST(replacesAChildWhoseThreadHasLeft);
    CPPUNIT_TEST(replacesAChildThatBecameAnotherProgram);
    CPPUNIT_TEST(replacesAChildThatBecameADaemon);
    CPPUNIT_TEST_SUITE_END();

    void expectReplaced(const std::string& kind, const std::string& end, const std::string& words)
    {
        actors(2);
        restartFast();
        set("cluster.shutdownTimeoutMs", "300");
        allowProblem("child 1");
        const StatusView before = startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(1).ask("leave " + kind));
        CPPUNIT_ASSERT_EQUAL(end, waitRestarts(1, 1).lastExit());
        CPPUNIT_ASSERT(!alive(before.child(1).pid));
        CPPUNIT_ASSERT_EQUAL(before.child(2).pid, status().child(2).pid);
        waitOutput(words);
    }

public:
    void replacesAChildWhoseThreadHasLeft()
    {
        expectReplaced("pthread_exit", "exit code 70", "run_child threw something that is no C++ exception");
    }

    void replacesAChildThatBecameAnotherProgram()
    {
        expectReplaced("exec", "signal SIGKILL", "its link to the master was lost");
    }

    /// What went to another session is ended at the latest when the host ends: the fixture looks.
    void replacesAChildThatBecameADaemon() { expectReplaced("daemonise", "exit code 0", "exit code 0"); }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LostProcessTest);

}  // namespace
