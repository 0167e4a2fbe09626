#include "FaultFixture.h"

#include <filesystem>
#include <sstream>

#include <Poco/Exception.h>

namespace clustermanager::integration {

void FaultFixture::setUp()
{
    UpgradeFixture::setUp();
    replaceHost(CM_FAULTY_BINARY);
    environment("CM_FAULTS", path("faults"));
    for (const char* folder : {"faults", "exclusive"}) std::filesystem::create_directory(path(folder));
    actors(2);
    restartFast();
    set("listen.web", "unix:" + path("run/web.sock"));
    set("plugin.actor.serve", "web");
    set("plugin.actor.exclusive", path("exclusive"));
    argument("--pidfile=" + path("run/pid"));
    for (const char* victim : {"child ", "spawner", "group actor", "upgrade failed"}) allowProblem(victim);
    descriptorsMayGrow();  // generations and spawners come and go
}

void FaultFixture::tearDown()
{
    const std::string doubles = readFile(path("exclusive/doubles"));
    UpgradeFixture::tearDown();
    CPPUNIT_ASSERT_EQUAL_MESSAGE("two processes had one id", std::string(), doubles);
}

std::vector<std::string> FaultFixture::points(FaultAt at, const std::string& prefix)
{
    std::vector<std::string> names;
    for (const FaultPoint& point : kFaultPoints)
        if (point.at == at && point.name.substr(0, prefix.size()) == prefix) names.emplace_back(point.name);
    return names;
}

void FaultFixture::arm(const std::string& point, const std::string& action) const
{
    writeFile(path("faults.new"), action);
    std::filesystem::rename(path("faults.new"), path("faults/" + point));
}

void FaultFixture::waitStruck(const std::string& point) const
{
    CPPUNIT_ASSERT_MESSAGE("nobody came to " + point + "\n" + output(),
                           waitFor([&] { return struck(point); }));
}

FaultFixture::Hanging FaultFixture::waitHang(const std::string& point) const
{
    const std::string file = path("faults/" + point + ".hangs");
    CPPUNIT_ASSERT_MESSAGE("nobody hangs at " + point + "\n" + output(),
                           waitFor([&] { return exists(file); }));
    Hanging found{};
    std::istringstream(readFile(file)) >> found.pid >> found.alarmSeconds;
    std::filesystem::remove(file);
    return found;
}

void FaultFixture::letGoOf(const std::string& point) const
{
    writeFile(path("faults/" + point + ".go"), "");
}

void FaultFixture::askReload() const
{
    try
    {
        (void)post("/groups/actor/reload");
    }
    catch (const Poco::Exception&)
    {
        // The host has died of it: the test looks at that.
    }
}

void FaultFixture::askUpgrade()
{
    host().signal(SIGUSR2);
}

StatusView FaultFixture::waitWhole()
{
    const StatusView whole = waitStatus(
        [](const StatusView& s) {
            const auto group = s.group("actor");
            // A picture may still show who has just been killed.
            for (const ChildView& child : s.children())
                if (!alive(child.pid)) return false;
            return s.allReady() && s.children().size() == 2 && s.phase("actor").empty() &&
                   group->getValue<std::string>("generationState") == "open";
        },
        "both children should be ready, and no more");
    const std::string answer = exchangeBytes(Poco::Net::SocketAddress(path("run/web.sock")), "");
    CPPUNIT_ASSERT_MESSAGE("the service should answer\n" + output(), !answer.empty());
    return whole;
}

void FaultFixture::reloadWorks()
{
    const HttpAnswer answer = post("/groups/actor/reload?wait=20s");
    CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body + output(), 200, answer.status);
    const StatusView now = waitWhole();
    for (const ChildView& child : now.children())
        CPPUNIT_ASSERT_EQUAL(operationOf(answer.body).generation, child.generation);
}

void FaultFixture::upgradeWorks()
{
    const StatusView before = waitWhole();
    upgrade();
    assertSameChildren(before, waitWhole());
}

void FaultFixture::stopsAtEach(const std::vector<std::string>& all, const Act& ask)
{
    masterIsKilled();  // its files are looked at here
    for (const std::string& point : all)
    {
        startReady();
        arm(point, "hang");
        ask();
        (void)waitHang(point);
        host().signal(SIGTERM);
        letGoOf(point);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(point + output(), 0, waitForExit());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, strayFiles().size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, childrenOf(::getpid()).size());
    }
}

void FaultFixture::hostDied(int code)
{
    masterIsKilled();
    CPPUNIT_ASSERT_EQUAL(code, waitForExit());
    CPPUNIT_ASSERT_MESSAGE("somebody outlived the host", waitFor([] { return reapStrays(0) == 0; }));
    startReady();
    waitWhole();
}

}  // namespace clustermanager::integration
