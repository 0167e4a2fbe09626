/// Goal: the crash reports are listed and shown as they were made, and an id is nothing but an id.
/// Method: the router in front of a fake host with two reports.
#include <cppunit/extensions/HelperMacros.h>

#include "control/Router.h"
#include "control/Streams.h"
#include "unit/control/FakeHost.h"

namespace clustermanager::control::test {

class CrashRoutesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CrashRoutesTest);
    CPPUNIT_TEST(listsThem);
    CPPUNIT_TEST(showsOne);
    CPPUNIT_TEST(anIdIsNoPath);
    CPPUNIT_TEST(thereMayBeNone);
    CPPUNIT_TEST_SUITE_END();

    FakeHost _host;
    Streams _streams{_host.journal};
    StreamSeats _seats{{}};
    Router _router{_host, _host, _host.journal, _streams};
    WaitingRoom _room{1};

    Reply get(const std::string& target) { return _router.answer("GET", target, {_room, _seats}); }

    void showTwo()
    {
        auto crashes = std::make_shared<core::CrashReports>();
        crashes->push_back(std::make_shared<core::CrashReport>(core::CrashReport{
            "web-3-7", "2026-11-25T10:00:00.000000Z", "web", ChildId{3}, "SIGSEGV", "{\"id\":\"web-3-7\"}"}));
        crashes->push_back(std::make_shared<core::CrashReport>(
            core::CrashReport{"web-master-8", "2026-11-25T10:00:01.000000Z", "web", std::nullopt, "SIGABRT",
                              "{\"id\":\"web-master-8\"}"}));
        core::Snapshot snapshot = snapshotWith(1);
        snapshot.crashes = std::move(crashes);
        _host.show(std::move(snapshot));
    }

    void listsThem()
    {
        showTwo();
        CPPUNIT_ASSERT_EQUAL(
            std::string("{\"crashes\":[{\"id\":\"web-3-7\",\"time\":\"2026-11-25T10:00:00.000000Z\","
                        "\"group\":\"web\",\"child\":3,\"signal\":\"SIGSEGV\"},"
                        "{\"id\":\"web-master-8\",\"time\":\"2026-11-25T10:00:01.000000Z\","
                        "\"group\":\"web\",\"child\":null,\"signal\":\"SIGABRT\"}]}"),
            get("/crashes").body);
        CPPUNIT_ASSERT_EQUAL(405, _router.answer("POST", "/crashes", {_room, _seats}).status);
    }

    void showsOne()
    {
        showTwo();
        const Reply reply = get("/crashes/web-3-7");
        CPPUNIT_ASSERT_EQUAL(200, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::string("{\"id\":\"web-3-7\"}"), reply.body);
        CPPUNIT_ASSERT_EQUAL(std::string("application/json"), reply.contentType);
    }

    void anIdIsNoPath()
    {
        showTwo();
        for (const char* id : {"web-3-8", "web-3-7.json", "..", "%2e%2e", "passwd", "web-3"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(id, 404, get(std::string("/crashes/") + id).status);
        for (const char* id : {"%2fetc%2fpasswd", "..%2f..%2fetc%2fpasswd", "%00"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(id, 400, get(std::string("/crashes/") + id).status);
        CPPUNIT_ASSERT_EQUAL(404, get("/crashes/../../etc/passwd").status);
    }

    void thereMayBeNone()
    {
        _host.show(snapshotWith(1));
        CPPUNIT_ASSERT_EQUAL(std::string("{\"crashes\":[]}"), get("/crashes").body);
        CPPUNIT_ASSERT_EQUAL(404, get("/crashes/web-3-7").status);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CrashRoutesTest);

}  // namespace clustermanager::control::test
