/// Goal: what happened can be asked for, also after a restart and an upgrade of the host; a broken file costs
/// the
///       history alone.
/// Method: real hosts one after the other in one folder; files that are none in the database's place.
#include "HostFixture.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <sys/stat.h>

#include <algorithm>

namespace {

using namespace clustermanager::integration;

class HistoryTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(HistoryTest);
    CPPUNIT_TEST(keepsExitsAndOperations);
    CPPUNIT_TEST(keepsThemOverARestartAndAnUpgrade);
    CPPUNIT_TEST(aBrokenFileCostsTheHistoryAlone);
    CPPUNIT_TEST(offIsOff);
    CPPUNIT_TEST_SUITE_END();

    /// "KIND TEXT" of each row.
    std::vector<std::string> rows(const std::string& query = "")
    {
        const HttpAnswer answer = control("/history" + query);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.body, 200, answer.status);
        std::vector<std::string> lines;
        const auto all =
            Poco::JSON::Parser().parse(answer.body).extract<Poco::JSON::Object::Ptr>()->getArray("history");
        for (std::size_t i = 0; i < all->size(); ++i)
        {
            const auto row = all->getObject(static_cast<unsigned>(i));
            lines.push_back(row->getValue<std::string>("kind") + " " + row->getValue<std::string>("text"));
        }
        return lines;
    }

    bool has(const std::string& part, const std::string& query = "")
    {
        const auto all = rows(query);
        return std::any_of(all.begin(), all.end(),
                           [&](const std::string& row) { return row.find(part) != std::string::npos; });
    }

public:
    void keepsExitsAndOperations()
    {
        actors(2);
        restartFast();
        startReady();
        signalChild(1, SIGKILL);
        CPPUNIT_ASSERT(waitFor([this] { return has("exit child 1 (actor): ended by signal SIGKILL"); }));
        CPPUNIT_ASSERT_EQUAL(200, control("/groups/actor/reload?wait=10s", "POST").status);
        CPPUNIT_ASSERT(
            waitFor([this] { return has("reload of actor (operation 1): done, 2 of 2 children"); }));
        CPPUNIT_ASSERT_EQUAL(200, control("/config/reload?wait=10s", "POST").status);
        CPPUNIT_ASSERT(waitFor([this] { return has("config configuration: nothing has changed"); }));
        CPPUNIT_ASSERT(has("host the host has started", "?kind=host"));
        CPPUNIT_ASSERT(!has("exit", "?kind=host"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, rows("?kind=exit&child=1&since=1h").size());
        CPPUNIT_ASSERT(rows("?group=other").empty());
        struct stat facts = {};
        CPPUNIT_ASSERT_EQUAL(0, ::stat(path("run/history.db").c_str(), &facts));
        CPPUNIT_ASSERT_EQUAL(mode_t{0600}, facts.st_mode & 0777);
    }

    void keepsThemOverARestartAndAnUpgrade()
    {
        actors(1);
        startReady();
        CPPUNIT_ASSERT_EQUAL(0, stop());
        startReady();
        CPPUNIT_ASSERT(waitFor([this] { return rows("?kind=host").size() == 3; }));
        CPPUNIT_ASSERT(has("the host stops"));
        CPPUNIT_ASSERT_EQUAL(202, control("/upgrade", "POST").status);
        waitStatus([](const StatusView& s) { return s.master()->getValue<int>("upgrades") == 1; },
                   "the host should be upgraded");
        CPPUNIT_ASSERT(waitFor([this] { return has("host the host goes on as version"); }));
        CPPUNIT_ASSERT(has("upgrade (operation 1): done"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, rows("?kind=host").size());
    }

    void aBrokenFileCostsTheHistoryAlone()
    {
        writeFile(path("run/history.db"), std::string(10'000, 'x'));
        actors(1);
        restartFast();
        startReady();
        for (int round = 0; round < 3; ++round) CPPUNIT_ASSERT_EQUAL(503, control("/history").status);
        const pid_t before = signalChild(1);
        waitStatus([&](const StatusView& s) { return s.countOf("ready") == 1 && s.child(1).pid != before; },
                   "the child should come back");
        const std::string text = output();
        const std::size_t first = text.find("history: ");
        CPPUNIT_ASSERT_MESSAGE(text, first != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(text, text.find("history: ", first + 1) == std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string(10'000, 'x'), readFile(path("run/history.db")));
    }

    void offIsOff()
    {
        set("cluster.history", "off");
        actors(1);
        startReady();
        CPPUNIT_ASSERT_EQUAL(404, control("/history").status);
        CPPUNIT_ASSERT(!exists(path("run/history.db")));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HistoryTest);

}  // namespace
