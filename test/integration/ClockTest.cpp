/// Goal: when the wall clock jumps, by a year in either direction or past 2038, nobody is ended, restarted or
/// recycled for it, and starts, reloads, reports, waits and the history go on.
/// Method: a host that reads another wall clock than the kernel's (test/faulty/WallClock.cpp), and a limit to
/// the age of its children.
#include "HostFixture.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>

#include "base/FileDescriptor.h"

namespace {

using namespace clustermanager;
using namespace clustermanager::integration;

constexpr std::int64_t kYear = 34'560'000;  // seconds: 400 days, so it is another year's date

class ClockTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(ClockTest);
    CPPUNIT_TEST(aYearAheadChangesNothing);
    CPPUNIT_TEST(aYearBackChangesNothing);
    CPPUNIT_TEST(theYear2038ChangesNothing);
    CPPUNIT_TEST_SUITE_END();

    void jump(std::int64_t seconds) const
    {
        const FileDescriptor file(::open(path("clock").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
        CPPUNIT_ASSERT_EQUAL(static_cast<ssize_t>(sizeof seconds),
                             ::pwrite(file.get(), &seconds, sizeof seconds, 0));
    }

    /// "" before the first report.
    static std::string reportedAt(const StatusView& view)
    {
        return view.child(2).json->optValue<std::string>("reportedAt", "");
    }

    void expectNothingOf(std::int64_t seconds, const std::string& year)
    {
        jump(0);
        program(CM_FAULTY_BINARY);
        environment("CM_WALL_CLOCK", path("clock"));
        actors(2);
        restartFast();
        set("cluster.maxLifetimeMs", "1h");
        set("cluster.updateStatusMs", "50ms");
        descriptorsMayGrow();
        allowProblem("child 1");
        const StatusView before = startReady();
        jump(seconds);

        // Reports come, and say when they came by the clock as it is.
        const StatusView after = waitStatus(
            [&](const StatusView& s) { return reportedAt(s).rfind(year, 0) == 0; }, "a report of " + year);
        CPPUNIT_ASSERT_EQUAL(before.child(2).pid, after.child(2).pid);
        CPPUNIT_ASSERT(after.child(2).json->getValue<std::int64_t>("uptimeMs") < 3'600'000);
        CPPUNIT_ASSERT(after.master()->getValue<std::int64_t>("uptimeMs") < 3'600'000);
        CPPUNIT_ASSERT(after.master()->getValue<std::int64_t>("uptimeMs") >= 0);

        // A death is followed by a start, with its backoff; the other child has not moved.
        signalChild(1);
        (void)waitRestarts(1, 1);
        signalChild(1);
        (void)waitRestarts(1, 2);
        CPPUNIT_ASSERT_EQUAL(before.child(2).pid, status().child(2).pid);
        CPPUNIT_ASSERT_EQUAL(0U, status().child(2).restarts);

        // A command waits as long as it takes, and no longer; the log and the history have the new date.
        CPPUNIT_ASSERT_EQUAL(200, post("/groups/actor/reload?wait=30s").status);
        waitOutput("\n" + year);
        CPPUNIT_ASSERT(
            waitFor([&] { return control("/history").body.find("\"" + year) != std::string::npos; }));
        jump(0);
        CPPUNIT_ASSERT_EQUAL(200, post("/groups/actor/reload?wait=30s").status);
        CPPUNIT_ASSERT_EQUAL(0, stop());
    }

    static std::string yearIn(std::int64_t seconds)
    {
        const std::time_t then = std::time(nullptr) + seconds;
        std::tm parts = {};
        (void)::gmtime_r(&then, &parts);
        return std::to_string(parts.tm_year + 1900) + "-";
    }

public:
    void aYearAheadChangesNothing() { expectNothingOf(kYear, yearIn(kYear)); }
    void aYearBackChangesNothing() { expectNothingOf(-kYear, yearIn(-kYear)); }
    void theYear2038ChangesNothing()
    {
        constexpr std::int64_t kIn2039 = 2'177'452'800;
        expectNothingOf(kIn2039 - std::time(nullptr), "2039-");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ClockTest);

}  // namespace
