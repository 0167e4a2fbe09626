/// Goal: the status keeps its schema to the letter, tells the truth of every field, and stays one well-formed
///       document whatever children say.
/// Method: one picture with every field set and one with nothing known, each compared with the whole expected
///       text; hostile child statuses read back with Poco's parser; a thousand children.
#include <Poco/JSON/Parser.h>
#include <cppunit/extensions/HelperMacros.h>

#include "control/StatusJson.h"
#include "control/StatusTexts.h"
#include "unit/control/FakeHost.h"

namespace clustermanager::control::test {

namespace {

const TimePoint kNow{std::chrono::hours(5)};
const WallTime kWall{Millis(1715934600250)};

core::LastExit segfault()
{
    core::LastExit exit;
    exit.start = StartNumber{3};
    exit.pid = 77;
    exit.status = {ExitStatus::Kind::Signaled, 11, true};
    exit.reason = "said \"why\"";
    exit.use = {1234567, 7654321, 4096};
    exit.at = kWall;
    exit.uptime = Millis(90000);
    return exit;
}

core::ChildSnapshot fullChild()
{
    core::ChildSnapshot child;
    child.id = ChildId{7};
    child.index = 3;
    child.standsIn = true;
    child.group = "web";
    child.generation = 2;
    child.state = core::ChildState::Ready;
    child.wanted = true;
    child.pid = 4711;
    child.restarts = 2;
    child.startedAt = kWall;
    child.startedSteady = kNow - Millis(1500);
    child.reportedAt = kWall + Millis(1);
    child.rssKiB = 2048;
    child.cpuMicros = 1999;
    child.requests = 12;
    child.held = 4;
    child.accepted = 9;
    child.droppedLogRecords = 5;
    child.droppedMessages = 6;
    child.statusJson = "{\"jobs\": 3}";
    child.logLevel = core::LogLevel::Warn;
    child.lastExit = segfault();
    return child;
}

bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

Poco::JSON::Object::Ptr parse(const std::string& text)
{
    return Poco::JSON::Parser().parse(text).extract<Poco::JSON::Object::Ptr>();
}

}  // namespace

class StatusJsonTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(StatusJsonTest);
    CPPUNIT_TEST(writesAWholeChild);
    CPPUNIT_TEST(writesNullForWhatIsNotKnown);
    CPPUNIT_TEST(writesAnExitCodeOrASignal);
    CPPUNIT_TEST(writesAWholeGroup);
    CPPUNIT_TEST(writesARunMasterWithAProcessOfItsOwn);
    CPPUNIT_TEST(writesBothGenerationsOfAReload);
    CPPUNIT_TEST(keepsTheReasonOfAFailedReload);
    CPPUNIT_TEST(writesTheWholeHost);
    CPPUNIT_TEST(doesNotLetAChildBreakTheDocument);
    CPPUNIT_TEST(writesTimesInUtcWithMilliseconds);
    CPPUNIT_TEST(neverWritesANegativeUptime);
    CPPUNIT_TEST(writesAThousandChildren);
    CPPUNIT_TEST(writesAgainWhatHasChangedOnly);
    CPPUNIT_TEST(sharesTheTextOfAMoment);
    CPPUNIT_TEST_SUITE_END();

    ChildTexts _texts;

    std::string statusOf(const core::Snapshot& snapshot)
    {
        return statusBegin(snapshot, kNow) + statusEnd(snapshot, kNow, _texts);
    }

    void writesAWholeChild()
    {
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "{\"id\":7,\"pid\":4711,\"group\":\"web\",\"index\":3,\"standsIn\":true,\"generation\":2,"
                "\"state\":\"ready\","
                "\"wanted\":true,\"reason\":\"\",\"restarts\":2,\"isRestart\":true,"
                "\"startTime\":\"2024-05-17T08:30:00.250Z\",\"uptimeMs\":1500,"
                "\"reportedAt\":\"2024-05-17T08:30:00.251Z\",\"rssKiB\":2048,\"cpuMs\":1,\"requests\":12,"
                "\"held\":4,\"accepted\":9,"
                "\"droppedLogRecords\":5,\"droppedMessages\":6,\"logLevel\":\"warn\",\"status\":{\"jobs\": "
                "3},"
                "\"lastExit\":{\"pid\":77,\"code\":null,\"signal\":\"SIGSEGV\",\"coreDumped\":true,"
                "\"text\":\"signal SIGSEGV (core dumped)\",\"reason\":\"said \\\"why\\\"\","
                "\"at\":\"2024-05-17T08:30:00.250Z\",\"uptimeMs\":90000,\"userMs\":1234,\"systemMs\":7654,"
                "\"maxRssKiB\":4096,\"crash\":null}}"),
            childJson(fullChild(), kNow));
    }

    void writesNullForWhatIsNotKnown()
    {
        core::ChildSnapshot child;
        child.id = ChildId{1};
        child.group = "g";
        child.state = core::ChildState::Failed;
        child.reason = "gave up";
        CPPUNIT_ASSERT_EQUAL(
            std::string("{\"id\":1,\"pid\":null,\"group\":\"g\",\"index\":0,\"standsIn\":false,"
                        "\"generation\":0,\"state\":\"failed\","
                        "\"wanted\":false,\"reason\":\"gave up\",\"restarts\":0,\"isRestart\":false,"
                        "\"startTime\":null,\"uptimeMs\":null,\"reportedAt\":null,\"rssKiB\":null,\"cpuMs\":"
                        "null,\"requests\":null,\"held\":null,\"accepted\":null,"
                        "\"droppedLogRecords\":0,\"droppedMessages\":0,\"logLevel\":\"info\",\"status\":null,"
                        "\"lastExit\":null}"),
            childJson(child, kNow));
    }

    void writesAnExitCodeOrASignal()
    {
        core::ChildSnapshot child = fullChild();
        child.lastExit->status = {ExitStatus::Kind::Exited, 3, false};
        const auto exited = parse(childJson(child, kNow))->getObject("lastExit");
        CPPUNIT_ASSERT_EQUAL(3, exited->getValue<int>("code"));
        CPPUNIT_ASSERT(exited->isNull("signal"));
        child.lastExit->status = {};
        const auto unknown = parse(childJson(child, kNow))->getObject("lastExit");
        CPPUNIT_ASSERT(unknown->isNull("code") && unknown->isNull("signal"));
        CPPUNIT_ASSERT_EQUAL(std::string("unknown"), unknown->getValue<std::string>("text"));
    }

    void writesAWholeGroup()
    {
        core::GroupSnapshot group = *snapshotWith(2).groups.front();
        group.masterState = core::MasterState::Ended;
        group.masterResult = 4;
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "{\"name\":\"web\",\"state\":\"running\","
                "\"plugin\":{\"path\":\"plugins/web.so\",\"name\":\"web\",\"version\":\"4.5\"},"
                "\"generation\":1,\"generationState\":\"open\",\"reason\":\"\",\"count\":2,\"ready\":2,"
                "\"minReady\":1,\"first\":1,\"phase\":\"\",\"generations\":[{\"generation\":1,\"role\":"
                "\"current\","
                "\"path\":\"plugins/web.so\",\"name\":\"web\",\"version\":\"4.5\",\"size\":4096,"
                "\"sha256\":\"ab12\",\"buildId\":null,\"modifiedAt\":null}],\"failedReload\":null,"
                "\"spawnerPid\":101,\"runMaster\":{\"state\":\"ended\",\"result\":4,\"reason\":\"\","
                "\"isolated\":false,\"pid\":null,\"restarts\":null,\"startTime\":null,\"rssKiB\":null,"
                "\"cpuMs\":null,\"droppedMessages\":null,\"lastExit\":null}}"),
            groupJson(group));
        group.plugin = {};
        group.spawnerPid = 0;
        group.masterState = core::MasterState::Threw;
        group.masterReason = "bad";
        const auto read = parse(groupJson(group));
        CPPUNIT_ASSERT(read->getObject("plugin")->isNull("path") && read->isNull("spawnerPid"));
        const auto generation = read->getArray("generations")->getObject(0);
        CPPUNIT_ASSERT(generation->isNull("path") && generation->isNull("size") &&
                       generation->isNull("sha256"));
        CPPUNIT_ASSERT(read->getObject("runMaster")->isNull("result"));
        CPPUNIT_ASSERT_EQUAL(std::string("bad"),
                             read->getObject("runMaster")->getValue<std::string>("reason"));
    }

    void writesARunMasterWithAProcessOfItsOwn()
    {
        core::GroupSnapshot group = *snapshotWith(2).groups.front();
        core::ChildSnapshot process = fullChild();
        const auto written = [&] {
            group.isolatedMaster = std::make_shared<const core::ChildSnapshot>(process);
            return parse(groupJson(group))->getObject("runMaster");
        };
        const auto running = written();
        CPPUNIT_ASSERT_EQUAL(std::string("running"), running->getValue<std::string>("state"));
        CPPUNIT_ASSERT(running->getValue<bool>("isolated") && running->isNull("result"));
        CPPUNIT_ASSERT_EQUAL(4711, running->getValue<int>("pid"));
        CPPUNIT_ASSERT_EQUAL(2, running->getValue<int>("restarts"));
        CPPUNIT_ASSERT_EQUAL(2048, running->getValue<int>("rssKiB"));
        CPPUNIT_ASSERT_EQUAL(6, running->getValue<int>("droppedMessages"));
        CPPUNIT_ASSERT_EQUAL(std::string("SIGSEGV"),
                             running->getObject("lastExit")->getValue<std::string>("signal"));

        process.state = core::ChildState::Backoff;
        process.reason = "ended by signal SIGSEGV";
        process.pid = 0;
        CPPUNIT_ASSERT_EQUAL(std::string("backoff"), written()->getValue<std::string>("state"));
        CPPUNIT_ASSERT_EQUAL(process.reason, written()->getValue<std::string>("reason"));
        CPPUNIT_ASSERT(written()->isNull("pid"));

        process.state = core::ChildState::Stopped;
        process.wanted = false;
        process.lastExit->status = {ExitStatus::Kind::Exited, 0, false};
        CPPUNIT_ASSERT_EQUAL(std::string("ended"), written()->getValue<std::string>("state"));
        CPPUNIT_ASSERT_EQUAL(0, written()->getValue<int>("result"));
        process.wanted = true;
        CPPUNIT_ASSERT_EQUAL(std::string("waiting"), written()->getValue<std::string>("state"));
    }

    void writesBothGenerationsOfAReload()
    {
        core::GroupSnapshot group = *snapshotWith(2).groups.front();
        group.phase = "replacing";
        group.next = core::PluginSnapshot{2, "plugins/web.so", "web", "4.6", 5000, "cd34", "ef56", kWall};
        const auto read = parse(groupJson(group));
        CPPUNIT_ASSERT_EQUAL(std::string("replacing"), read->getValue<std::string>("phase"));
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), read->getArray("generations")->size());
        CPPUNIT_ASSERT(contains(groupJson(group),
                                ",{\"generation\":2,\"role\":\"next\",\"path\":\"plugins/web.so\","
                                "\"name\":\"web\",\"version\":\"4.6\",\"size\":5000,\"sha256\":\"cd34\","
                                "\"buildId\":\"ef56\",\"modifiedAt\":\"2024-05-17T08:30:00.250Z\"}]"));
    }

    void keepsTheReasonOfAFailedReload()
    {
        core::GroupSnapshot group = *snapshotWith(2).groups.front();
        group.failedGeneration = 2;
        group.failedReason = "not ready in 30 s";
        CPPUNIT_ASSERT(contains(groupJson(group),
                                "\"failedReload\":{\"generation\":2,\"reason\":\"not ready in 30 s\"}"));
        group.generation = 0;
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), parse(groupJson(group))->getArray("generations")->size());
    }

    void writesTheWholeHost()
    {
        core::Snapshot snapshot = snapshotWith(0);
        snapshot.master.startedSteady = kNow - std::chrono::seconds(2);
        snapshot.master.logLevel = core::LogLevel::Debug;
        snapshot.master.rssKiB = 9000;
        snapshot.master.cpuMicros = 15000;
        snapshot.master.options = {{"count", "2"}, {"webServerToken", "***"}};
        snapshot.master.countReason = "2 CPUs";
        snapshot.master.loopDelay = {std::chrono::microseconds(7), std::chrono::microseconds(8),
                                     std::chrono::microseconds(9)};
        snapshot.master.queues = {{"commands", 1, 64}};
        snapshot.listeners = {{"http", "0.0.0.0:8080", AcceptQueue{3, 128}}, {"odd", "unix:/x"}};
        snapshot.groups.clear();
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "{\"master\":{\"pid\":100,\"version\":\"1.2.3\",\"startTime\":\"2024-05-17T08:30:00.250Z\","
                "\"uptimeMs\":2000,\"logLevel\":\"debug\",\"stopping\":false,\"upgrades\":0,\"rssKiB\":9000,"
                "\"cpuMs\":15,"
                "\"options\":{\"count\":\"2\",\"webServerToken\":\"***\"},\"countReason\":\"2 CPUs\","
                "\"loopDelayMicros\":{\"p99\":7,\"lastMinuteMax\":8,\"max\":9},"
                "\"queues\":{\"commands\":{\"depth\":1,\"limit\":64}}},"
                "\"listeners\":[{\"name\":\"http\",\"address\":\"0.0.0.0:8080\",\"queued\":3,\"queueLimit\":"
                "128},"
                "{\"name\":\"odd\",\"address\":\"unix:/"
                "x\",\"queued\":null,\"queueLimit\":null}],\"groups\":[],"
                "\"children\":[]}"),
            statusOf(snapshot));
    }

    void doesNotLetAChildBreakTheDocument()
    {
        const std::string deep = std::string(17, '[') + std::string(17, ']');
        for (const std::string& hostile :
             {std::string("{"), std::string("}],\"x\":[{"), std::string("1,\"pid\":2"),
              std::string("\"\xFF\""), std::string("nul"), std::string("\0", 1), deep})
        {
            core::ChildSnapshot child = fullChild();
            child.statusJson = hostile;
            child.reason = hostile;
            const auto read = parse(childJson(child, kNow));
            CPPUNIT_ASSERT(read->isNull("status"));
            CPPUNIT_ASSERT(read->getValue<bool>("statusInvalid"));
            CPPUNIT_ASSERT_EQUAL(4711, read->getValue<int>("pid"));
        }
    }

    void writesTimesInUtcWithMilliseconds()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("1970-01-01T00:00:00.000Z"), timestamp(WallTime()));
        CPPUNIT_ASSERT_EQUAL(std::string("2024-02-29T23:59:59.999Z"),
                             timestamp(WallTime(Millis(1709251199999))));
        CPPUNIT_ASSERT_EQUAL(std::string("2038-01-19T03:14:08.001Z"),
                             timestamp(WallTime(Millis(2147483648001))));
    }

    void neverWritesANegativeUptime()
    {
        core::ChildSnapshot child = fullChild();
        child.startedSteady = kNow + Millis(5);
        CPPUNIT_ASSERT_EQUAL(0, parse(childJson(child, kNow))->getValue<int>("uptimeMs"));
    }

    void writesAThousandChildren()
    {
        core::Snapshot snapshot = snapshotWith(1000);
        for (auto& child : snapshot.children) child = std::make_shared<core::ChildSnapshot>(fullChild());
        const auto children = parse(statusOf(snapshot))->getArray("children");
        CPPUNIT_ASSERT_EQUAL(std::size_t(1000), children->size());
        CPPUNIT_ASSERT_EQUAL(3, children->getObject(999)->getObject("status")->getValue<int>("jobs"));
    }

    void writesAgainWhatHasChangedOnly()
    {
        core::Snapshot snapshot = snapshotWith(3);
        const auto renew = [&](std::size_t position, const core::ChildSnapshot& child) {
            snapshot.children[position] = std::make_shared<core::ChildSnapshot>(child);
        };
        renew(1, fullChild());
        for (int i = 0; i < 5; ++i)
        {
            core::ChildSnapshot changed = fullChild();
            changed.restarts = static_cast<std::uint32_t>(i);
            if (i % 2 == 1) renew(1, changed);
            const TimePoint now = kNow + Millis(i);
            ChildTexts none;
            CPPUNIT_ASSERT_EQUAL(statusEnd(snapshot, now, none), statusEnd(snapshot, now, _texts));
        }
        for (std::uint32_t i = 0; i < 100; ++i)  // ids that come and go
        {
            core::ChildSnapshot other = fullChild();
            other.id = ChildId{100 + i};
            renew(2, other);
            ChildTexts none;
            CPPUNIT_ASSERT_EQUAL(statusEnd(snapshot, kNow, none), statusEnd(snapshot, kNow, _texts));
        }
    }

    void sharesTheTextOfAMoment()
    {
        StatusTexts texts;
        const auto picture = std::make_shared<const core::Snapshot>(snapshotWith(3));
        ChildTexts none;
        const auto text = texts.end(picture, kNow);
        CPPUNIT_ASSERT_EQUAL(statusEnd(*picture, kNow, none), *text);
        CPPUNIT_ASSERT(texts.end(picture, kNow + StatusTexts::kMoment - Millis(1)) == text);
        const TimePoint later = kNow + StatusTexts::kMoment;
        CPPUNIT_ASSERT_EQUAL(statusEnd(*picture, later, none), *texts.end(picture, later));
        const auto other = std::make_shared<const core::Snapshot>(snapshotWith(2));
        CPPUNIT_ASSERT_EQUAL(statusEnd(*other, later, none), *texts.end(other, later));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StatusJsonTest);

}  // namespace clustermanager::control::test
