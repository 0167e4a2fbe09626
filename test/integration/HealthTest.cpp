/// Goal: probes are told what really is: ready only when a group has what it needs, alive while the loop
/// turns. Method: children that hold back, a group that loses one, a limit that is changed live.
#include "HostFixture.h"

namespace {

using namespace clustermanager::integration;

class HealthTest : public HostFixture
{
    CPPUNIT_TEST_SUITE(HealthTest);
    CPPUNIT_TEST(isReadyWhenItsGroupsAre);
    CPPUNIT_TEST(isNotReadyBelowMinReady);
    CPPUNIT_TEST(minReadyIsTakenUpLive);
    CPPUNIT_TEST(namesTheFirst);
    CPPUNIT_TEST_SUITE_END();

    int ready() { return control("/readyz").status; }

public:
    void isReadyWhenItsGroupsAre()
    {
        actors(2);
        set("plugin.actor.start", "late");
        set("plugin.actor.gate", path("gate"));
        start();
        waitStatus([](const StatusView& s) { return s.countOf("starting") == 2; }, "both should start");
        CPPUNIT_ASSERT_EQUAL(std::string("not ready\ngroup actor: 0 of 2 children ready, 1 needed\n"),
                             control("/readyz").body);
        CPPUNIT_ASSERT_EQUAL(std::string("ok\n"), control("/healthz").body);
        writeFile(path("gate"), "");
        CPPUNIT_ASSERT(waitFor([this] { return ready() == 200; }));
        CPPUNIT_ASSERT_EQUAL(200, control("/readyz?verbose").status);
    }

    void isNotReadyBelowMinReady()
    {
        actors(2);
        set("plugin.actor.minReady", "2");
        set("cluster.autoRestart", "false");
        startReady();
        CPPUNIT_ASSERT_EQUAL(200, ready());
        signalChild(1);
        CPPUNIT_ASSERT(waitFor([this] { return ready() == 503; }));
        CPPUNIT_ASSERT_EQUAL(std::string("not ready\ngroup actor: 1 of 2 children ready, 2 needed\n"),
                             control("/readyz").body);
        CPPUNIT_ASSERT_EQUAL(200, control("/healthz").status);
    }

    void minReadyIsTakenUpLive()
    {
        actors(2);
        set("cluster.autoRestart", "false");
        startReady();
        signalChild(2);
        waitStatus([](const StatusView& s) { return s.countOf("stopped") == 1; }, "one should be gone");
        CPPUNIT_ASSERT_EQUAL(200, ready());
        set("plugin.actor.minReady", "2");
        writeConfig();
        CPPUNIT_ASSERT_EQUAL(200, control("/config/reload?wait=10s", "POST").status);
        CPPUNIT_ASSERT_EQUAL(503, ready());
    }

    /// At most one at any instant: its slot is replaced under its id, however often.
    void namesTheFirst()
    {
        actors(2);
        actors(2, "overseer");
        startReady();
        const auto firstOf = [this](const std::string& group) {
            const StatusView view = status();
            const int id = view.group(group)->getValue<int>("first");
            CPPUNIT_ASSERT_EQUAL(0, view.child(id).json->getValue<int>("index"));
            CPPUNIT_ASSERT_EQUAL(group, view.child(id).group);
            return id;
        };
        const int first = firstOf("actor");
        CPPUNIT_ASSERT(first != firstOf("overseer"));
        CPPUNIT_ASSERT_EQUAL(200, control("/groups/actor/reload?wait=10s", "POST").status);
        CPPUNIT_ASSERT_EQUAL(first, firstOf("actor"));
        CPPUNIT_ASSERT_EQUAL(200, control("/groups/actor/scale/0?wait=10s", "POST").status);
        CPPUNIT_ASSERT(status().group("actor")->isNull("first"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HealthTest);

}  // namespace
