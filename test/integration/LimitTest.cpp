/// Goal: a child has no more than its group allows it: what leaks is stopped before it costs anybody else.
/// Method: limits are read from the kernel, and children eat, print and open up to them.
#include "HostFixture.h"

#include <sys/resource.h>

#include <filesystem>

#include "base/Sanitizers.h"

namespace {

using namespace clustermanager::integration;

class LimitTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(LimitTest);
    CPPUNIT_TEST(childrenAndSparesHaveThem);
    CPPUNIT_TEST(theyChangeWithTheConfiguration);
    CPPUNIT_TEST(moreThanTheHostHasIsRefused);
    CPPUNIT_TEST(whoLeaksDescriptorsHarmsHimselfAlone);
    CPPUNIT_TEST(whoLeaksMemoryEndsAlone);
    CPPUNIT_TEST(whatIsPrintedIsArchived);
    CPPUNIT_TEST_SUITE_END();

    static rlimit limitOf(pid_t pid, __rlimit_resource resource)
    {
        rlimit limit = {};
        CPPUNIT_ASSERT_EQUAL(0, ::prlimit(pid, resource, nullptr, &limit));
        return limit;
    }

    static void assertOpenFiles(rlim_t most, pid_t pid)
    {
        const rlimit limit = limitOf(pid, RLIMIT_NOFILE);
        CPPUNIT_ASSERT_EQUAL(most, limit.rlim_cur);
        CPPUNIT_ASSERT_EQUAL(most, limit.rlim_max);
    }

    static constexpr const char* kGigabytes4 = "4000000000";

public:
    void childrenAndSparesHaveThem()
    {
        actors(1);
        restartFast();
        set("plugin.actor.maxOpenFiles", "100");
        if (!clustermanager::kSanitized) set("plugin.actor.maxAddressSpace", kGigabytes4);
        startReady();
        const rlimit hosts = limitOf(host().pid(), RLIMIT_NOFILE);
        CPPUNIT_ASSERT(hosts.rlim_cur > 100);
        for (unsigned restarts = 0; restarts < 3; ++restarts)
        {
            const pid_t child = waitRestarts(1, restarts).pid;
            assertOpenFiles(100, child);
            const rlim_t memory = limitOf(child, RLIMIT_AS).rlim_cur;
            CPPUNIT_ASSERT_EQUAL(clustermanager::kSanitized ? memory : rlim_t{4'000'000'000}, memory);
            signalChild(1);
        }
        for (const pid_t spawner : spawners())
            CPPUNIT_ASSERT_EQUAL(hosts.rlim_max, limitOf(spawner, RLIMIT_NOFILE).rlim_max);
    }

    void theyChangeWithTheConfiguration()
    {
        actors(1);
        set("plugin.actor.maxOpenFiles", "100");
        assertOpenFiles(100, startReady().child(1).pid);
        descriptorsMayGrow();
        set("plugin.actor.maxOpenFiles", "200");
        writeConfig();
        CPPUNIT_ASSERT_EQUAL(200, post("/config/reload?wait=20s").status);
        assertOpenFiles(200, status().child(1).pid);
    }

    void moreThanTheHostHasIsRefused()
    {
        actors(1);
        set("cluster.maxOpenFiles", "100");
        before([] {
            const rlimit few = {90, 90};
            (void)::setrlimit(RLIMIT_NOFILE, &few);
        });
        CPPUNIT_ASSERT_EQUAL(78, startAndEnd());
        CPPUNIT_ASSERT(output().find("cluster.maxOpenFiles: is more than this host may have itself, 90: ") !=
                       std::string::npos);
    }

    void whoLeaksDescriptorsHarmsHimselfAlone()
    {
        actors(2);
        set("cluster.maxOpenFiles", "100");
        const StatusView before = startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("Too many open files"), probe(1).ask("open-all"));
        CPPUNIT_ASSERT_EQUAL(200, control("/logLevel/debug").status);
        CPPUNIT_ASSERT_EQUAL(before.child(1).pid, status().child(1).pid);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(2).ask("ready"));
    }

    void whoLeaksMemoryEndsAlone()
    {
        if (clustermanager::kSanitized) return;  // one maps more than there is
        actors(2);
        restartFast();
        allowProblem("bad_alloc");
        set("cluster.maxAddressSpace", kGigabytes4);
        const StatusView before = startReady();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), probe(1).ask("eat 10000000"));
        probe(1).ask("eat 4000000000");
        const ChildView after = waitRestarts(1, 1);
        CPPUNIT_ASSERT_EQUAL(std::string("exit code 70"), after.lastExit());
        CPPUNIT_ASSERT_EQUAL(std::string("run_child threw std::bad_alloc: std::bad_alloc"),
                             after.lastReason());
        CPPUNIT_ASSERT_EQUAL(before.child(2).pid, status().child(2).pid);
    }

    void whatIsPrintedIsArchived()
    {
        actors(1);
        set("cluster.output", "file");
        set("cluster.updateStatusMs", "100");
        set("cluster.logRotateSize", "4000");
        set("cluster.logRotateCount", "2");
        // The next file is there a moment before the child prints to it.
        const std::string printedTo = "/proc/" + std::to_string(startReady().child(1).pid) + "/fd/1";
        for (const char* bytes : {"print 5000", "print 6000", "print 7000"})
        {
            probe(1).ask(bytes);
            CPPUNIT_ASSERT(waitFor([&] { return std::filesystem::file_size(printedTo) == 0; }));
            CPPUNIT_ASSERT_EQUAL(std::uintmax_t{0}, sizeOf("log/actor-1.out"));
        }
        probe(1).ask("print 3000");
        CPPUNIT_ASSERT_EQUAL(std::uintmax_t{3'000}, sizeOf("log/actor-1.out"));
        CPPUNIT_ASSERT_EQUAL(std::uintmax_t{7'000}, sizeOf("log/actor-1.out.0"));
        CPPUNIT_ASSERT_EQUAL(std::uintmax_t{6'000}, sizeOf("log/actor-1.out.1"));
        CPPUNIT_ASSERT(!std::filesystem::exists(path("log/actor-1.out.2")));
    }

private:
    std::uintmax_t sizeOf(const std::string& file) const
    {
        std::error_code absent;
        return std::filesystem::file_size(path(file), absent);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LimitTest);

}  // namespace
