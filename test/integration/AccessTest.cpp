/// Goal: on the control port of a real host other users of the machine may do what they may and no more.
/// Method: clients in processes of other users, over the socket with each mode and group, while it starts,
/// and over TCP. (What needs root to become another user is left out where the tests are not root.)
#include "AccessFixture.h"

namespace {

using namespace clustermanager::integration;
using clustermanager::FileDescriptor;

constexpr uid_t kStranger = 65'533;
constexpr gid_t kGroup = 54'321;

class AccessTest : public AccessFixture
{
    CPPUNIT_TEST_SUITE(AccessTest);
    CPPUNIT_TEST(othersCannotConnect);
    CPPUNIT_TEST(othersWhoCanConnectMayRead);
    CPPUNIT_TEST(membersOfTheGroupMayOperate);
    CPPUNIT_TEST(nobodySlipsInWhileItStarts);
    CPPUNIT_TEST(anotherUserNeedsTheTokenOnTcp);
    CPPUNIT_TEST_SUITE_END();

public:
    void othersCannotConnect()
    {
        if (!isRoot()) return;
        actors(1);
        startReady();
        openFolders();
        CPPUNIT_ASSERT_EQUAL(-1, askAs(kStranger, {}, "GET /"));
        CPPUNIT_ASSERT_EQUAL(200, askAs(0, {}, "GET /"));
    }

    void othersWhoCanConnectMayRead()
    {
        if (!isRoot()) return;
        actors(1);
        set("cluster.controlSocketMode", "0666");
        allowProblem("refused: ");
        startReady();
        openFolders();
        for (const char* target :
             {"/", "/children", "/children/1", "/groups", "/groups/actor", "/operations"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 200, askAs(kStranger, {}, "GET " + std::string(target)));
        for (const char* request :
             {"POST /children/exit", "GET /children/exit", "POST /children/1/exit", "POST /reload",
              "POST /config/reload", "POST /upgrade", "POST /groups/actor/stop", "POST /groups/actor/scale/0",
              "GET /logLevel/trace"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(request, 403, askAs(kStranger, {kGroup}, request));
        assertNothingHappened();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(output(), std::size_t{1}, occurrences("control port: refused: "));
        assertHas("control port: refused: POST /children/exit by uid 65533: 403");
    }

    void membersOfTheGroupMayOperate()
    {
        if (!isRoot()) return;
        actors(1);
        set("cluster.controlSocketGroup", std::to_string(kGroup));
        startReady();
        openFolders();
        struct stat facts = {};
        CPPUNIT_ASSERT_EQUAL(0, ::stat(path("run/control.sock").c_str(), &facts));
        CPPUNIT_ASSERT_EQUAL(mode_t{0660}, static_cast<mode_t>(facts.st_mode & 07777));
        CPPUNIT_ASSERT_EQUAL(kGroup, facts.st_gid);
        CPPUNIT_ASSERT_EQUAL(-1, askAs(kStranger, {}, "GET /"));
        std::vector<gid_t> many;  // as the last of more groups than fit at first
        for (gid_t other = 60'000; other < 60'200; ++other) many.push_back(other);
        many.push_back(kGroup);
        CPPUNIT_ASSERT_EQUAL(200, askAs(kStranger, many, "POST /logLevel/info"));
        assertHas("command: POST /logLevel/info by uid 65533: 200");
        // Taken away while it serves.
        set("cluster.controlSocketGroup", "0");
        writeConfig();
        CPPUNIT_ASSERT_EQUAL(200, post("/config/reload?wait=10s").status);
        CPPUNIT_ASSERT_EQUAL(-1, askAs(kStranger, many, "POST /logLevel/info"));
    }

    void nobodySlipsInWhileItStarts()
    {
        if (!isRoot()) return;
        actors(1);
        allowProblem("the control socket's file was removed");
        openFolders();
        int stop[2];
        CPPUNIT_ASSERT_EQUAL(0, ::pipe2(stop, O_CLOEXEC | O_NONBLOCK));
        const FileDescriptor reading(stop[0]);
        const std::string socket = path("run/control.sock");
        const pid_t child = ::fork();
        if (child == 0)
        {
            ::close(stop[1]);
            bool inside = ::setgroups(0, nullptr) != 0 || ::setresgid(kStranger, kStranger, kStranger) != 0 ||
                          ::setresuid(kStranger, kStranger, kStranger) != 0;
            char byte = 0;
            while (!inside && ::read(reading.get(), &byte, 1) != 0)
                inside = statusByRawSocket(socket, "GET /") != -1;
            ::_exit(inside ? 1 : 0);
        }
        Reaped stranger(child);
        FileDescriptor writing(stop[1]);  // closed first: the stranger ends then
        startReady();
        for (int i = 0; i < 20; ++i)
        {
            CPPUNIT_ASSERT_EQUAL(0, ::unlink(socket.c_str()));
            CPPUNIT_ASSERT(waitFor([&] { return statusByRawSocket(socket, "GET /") == 200; }));
        }
        writing.reset();
        CPPUNIT_ASSERT_EQUAL(0, stranger.status());
        descriptorsMayGrow();
    }

    void anotherUserNeedsTheTokenOnTcp()
    {
        allowProblem("refused: ");
        startWithTokens();
        for (const char* method : {"GET", "POST"})
            for (const char* target :
                 {"/", "/children", "/children/exit", "/reload", "/logLevel/trace", "/nowhere"})
                for (const char* wrong : {"", "secret-of-ops-on", "secret-of-ops-one1", "SECRET-OF-OPS-ONE"})
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 401, statusWith(wrong, method, target));
        CPPUNIT_ASSERT_EQUAL(403, statusWith("secret-of-view-1", "POST", "/children/exit"));
        CPPUNIT_ASSERT_EQUAL(403, statusWith("secret-of-view-1", "GET", "/children/exit"));
        CPPUNIT_ASSERT_EQUAL(200, statusWith("secret-of-view-1", "GET", "/"));
        assertNothingHappened();
        CPPUNIT_ASSERT_EQUAL(200, statusWith("secret-of-ops-one", "POST", "/children/exit"));
        waitRestarts(1, 1);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AccessTest);

}  // namespace
