/// Goal: who changed what is in the log and cannot be forged there; nothing secret is ever shown; a request
/// reaches nothing beyond what its route is for. Method: secrets planted everywhere and looked for in every
/// answer and line, file names in every part of a request.
#include <sys/inotify.h>

#include "AccessFixture.h"
#include "unit/access/MadeCertificates.h"

namespace {

using namespace clustermanager::integration;
using clustermanager::FileDescriptor;
using clustermanager::access::test::Made;
using clustermanager::access::test::makeAuthority;
using clustermanager::access::test::makeCertificate;

class SecretTest : public AccessFixture
{
    CPPUNIT_TEST_SUITE(SecretTest);
    CPPUNIT_TEST(everyChangeIsInTheLog);
    CPPUNIT_TEST(nothingShowsASecret);
    CPPUNIT_TEST(noRequestOpensAFile);
    CPPUNIT_TEST_SUITE_END();

public:
    void everyChangeIsInTheLog()
    {
        allowProblem("refused: ");
        startWithTokens();
        CPPUNIT_ASSERT_EQUAL(202, statusWith("secret-of-ops-one", "POST", "/groups/actor/reload"));
        CPPUNIT_ASSERT_EQUAL(404, statusWith("secret-of-ops-one", "POST", "/groups/x%20y/reload"));
        CPPUNIT_ASSERT_EQUAL(400, statusWith("secret-of-ops-one", "POST", "/groups/x%0a2026%1b[2J/reload"));
        CPPUNIT_ASSERT_EQUAL(200, statusWith("secret-of-ops-one", "GET", "/logLevel/info"));
        CPPUNIT_ASSERT_EQUAL(200, post("/logLevel/info?group=actor").status);
        assertHas("command: POST /groups/actor/reload by 127.0.0.1 token ops: 202");
        assertHas("command: POST /groups/x%20y/reload by 127.0.0.1 token ops: 404");
        assertHas("command: GET /logLevel/info by 127.0.0.1 token ops: 200");
        assertHas("command: POST /logLevel/info?group=actor by uid " + std::to_string(::geteuid()));
        CPPUNIT_ASSERT(output().find('\x1b') == std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, occurrences("command: "));
    }

    void nothingShowsASecret()
    {
        allowProblem("refused: ");
        const Made authority = makeAuthority("CA");
        const Made own = makeCertificate("one", authority);
        writeFile(path("files/cert.pem"), own.certificate);
        writePrivate("files/key.pem", own.key);
        writeTokens({token("ops", "operate", "unguessable-ops-token")});
        environment("SOME_SECRET", "unguessable-environment");
        set("cluster.webServerToken", "unguessable-one-token");
        set("cluster.webServerTokensFile", path("files/tokens"));
        set("cluster.webServerCertificate", path("files/cert.pem"));
        set("cluster.webServerKey", path("files/key.pem"));
        set("cluster.webServerPort", "0");
        set("plugin.actor.password", "unguessable-setting");
        actors(2);
        startReady();
        set("plugin.actor.password", "unguessable-setting-too");
        set("cluster.webServerToken", "unguessable-second-token");
        writeConfig();
        std::string all = post("/config/reload?wait=10s").body;
        const std::string keyLine = own.key.substr(own.key.find('\n') + 1, 40);
        const std::string routes = control("/nowhere").body;
        for (std::size_t at = routes.find('/'); at != std::string::npos; at = routes.find('/', at + 1))
        {
            std::string target = routes.substr(at, routes.find_first_of(",. \"", at) - at);
            for (const auto& [name, value] : std::map<std::string, std::string>{
                     {":id", "1"}, {":name", "actor"}, {":level", "unguessable"}, {":count", "x"}})
                if (const std::size_t found = target.find(name); found != std::string::npos)
                    target.replace(found, name.size(), value);
            if (target.find("exit") != std::string::npos) continue;
            if (target == "/events")  // else it has no end
                all += control("/events?follow=0").body;
            else
                all += control(target).body + control(target + "?verbose").body;
        }
        all += output();
        for (const std::string& file : filesBelow(path("log"))) all += readFile(path("log/" + file));
        for (const std::string& secret :
             {std::string("unguessable-"), keyLine, std::string("PRIVATE KEY"), std::string("SOME_SECRET")})
            CPPUNIT_ASSERT_MESSAGE(secret, all.find(secret) == std::string::npos);
        for (const char* shown : {"\"children\"", "webServerKey", "\"operations\""})
            CPPUNIT_ASSERT_MESSAGE(shown, all.find(shown) != std::string::npos);
        // Nor do the command lines and environments of our processes hold one that was not there.
        const std::string environ = readFile("/proc/" + std::to_string(status().child(1).pid) + "/environ");
        CPPUNIT_ASSERT(environ.find("token") == std::string::npos);
    }

    void noRequestOpensAFile()
    {
        actors(1);
        startReady();
        const std::string folder = path("canary");
        CPPUNIT_ASSERT_EQUAL(0, ::mkdir(folder.c_str(), 0755));
        for (const char* name : {"a.so", "a", "a.properties"}) writeFile(folder + "/" + name, "canary");
        const FileDescriptor notify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
        CPPUNIT_ASSERT(::inotify_add_watch(notify.get(), folder.c_str(),
                                           IN_OPEN | IN_ACCESS | IN_CREATE | IN_DELETE) > 0);
        std::string encoded;
        for (const char c : folder) encoded += c == '/' ? std::string("%2f") : std::string(1, c);
        for (const std::string& prefix :
             {folder, encoded, "%2e%2e%2f" + encoded, ".." + folder, std::string("../canary")})
            for (const char* file : {"/a.so", "/a", "%2fa.so"})
                for (const std::string& target :
                     {"/groups/" + prefix + file, "/groups/" + prefix + file + "/reload", prefix + file,
                      "/children/" + prefix + file, "/logLevel/info?logger=" + prefix + file,
                      "/logLevel/info?group=" + prefix + file, "/reload?path=" + prefix + file,
                      "/upgrade?program=" + prefix + file, "/config/reload?file=" + prefix + file})
                    for (const char* method : {"GET", "POST"})
                        if (target.front() == '/')
                            CPPUNIT_ASSERT_MESSAGE(target, control(target, method).status != 0);
        char event[4096];
        CPPUNIT_ASSERT_MESSAGE("a file that a request named was opened",
                               ::read(notify.get(), event, sizeof event) < 0);
        assertNothingHappened();
        mayLeaveFiles();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SecretTest);

}  // namespace
