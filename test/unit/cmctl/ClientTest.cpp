/// Goal: every answer is bounded in time, a bad one is told in words, and no host at all is exit code 69.
/// Method: a fake control port that is silent, slow, rude, or says no.

#include <Poco/Event.h>

#include <cppunit/extensions/HelperMacros.h>

#include "unit/cmctl/FakeControl.h"

namespace clustermanager::cmctl {

using test::assertHas;
using test::FakeControl;

class ClientTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ClientTest);
    CPPUNIT_TEST(aGoodAnswerIsRead);
    CPPUNIT_TEST(aRefusalIsToldInTheHostsWords);
    CPPUNIT_TEST(whatOneCanDoIsSaid);
    CPPUNIT_TEST(anOlderHostIsToldAsOne);
    CPPUNIT_TEST(noHostIsUnreachable);
    CPPUNIT_TEST(aSilentHostIsLeft);
    CPPUNIT_TEST(aHostThatDripsIsLeft);
    CPPUNIT_TEST(anAnswerCutShortIsNoAnswer);
    CPPUNIT_TEST(wordsAreEncoded);
    CPPUNIT_TEST_SUITE_END();

    static std::string told(int status, const std::string& body)
    {
        const FakeControl control(
            [&](auto&, auto& response) { test::answer(response, status, "application/problem+json", body); });
        return test::failureOf(ExitCode::Refused, [&] { (void)control.client().post("/x"); });
    }

    Poco::Event _enough{Poco::Event::EVENT_MANUALRESET};

public:
    void aGoodAnswerIsRead()
    {
        const FakeControl control([](auto& request, auto& response) {
            test::answerJson(response, "{\"host\":\"" + request.getHost() + "\",\"token\":\"" +
                                           request.get("Authorization", "none") + "\"}");
        });
        const JsonObject answer = control.client().getJson("/a?b=c");
        CPPUNIT_ASSERT_EQUAL(std::string("localhost"), answer.text("host"));
        CPPUNIT_ASSERT_EQUAL(std::string("none"), answer.text("token"));
        CPPUNIT_ASSERT_EQUAL(std::string("GET /a?b=c"), control.asked().at(0));
        Target target = control.client().target();
        target.token = "sesame";
        CPPUNIT_ASSERT_EQUAL(std::string("Bearer sesame"),
                             Client(target, Millis(5000)).getJson("/").text("token"));
    }

    void aRefusalIsToldInTheHostsWords()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("8 children are more than 4"),
                             told(409, R"({"detail":"8 children are more than 4"})"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("nothing was changed\n  a: wrong\n  b: \\x1b[2J"),
            told(422, R"({"detail":"nothing was changed","problems":["a: wrong","b: \u001b[2J"]})"));
        assertHas(told(500, "{}"), "status 500");
    }

    void whatOneCanDoIsSaid()
    {
        assertHas(told(401, R"({"detail":"no token."})"), "no token. Give the token by --token-file.");
        assertHas(told(403, R"({"detail":"no."})"), "one that may operate");
        assertHas(told(404, R"({"detail":"no."})"), "`cmctl status` shows");
        assertHas(told(503, R"({"detail":"no."})"), "Try again");
    }

    void anOlderHostIsToldAsOne()
    {
        assertHas(told(404, R"({"detail":"There is no such route; the routes are / and many more."})"),
                  "of another version than cmctl");
    }

    void noHostIsUnreachable()
    {
        std::string path;
        {
            const FakeControl gone([](auto&, auto&) {});
            path = gone.path();
        }
        Target target;
        target.path = path;
        target.foundBy = "--socket";
        const std::string why =
            test::failureOf(ExitCode::Unreachable, [&] { (void)Client(target, Millis(1000)).get("/"); });
        assertHas(why, path + " (by --socket): No such file or directory");
        assertHas(why, "CM_CONTROL_SOCKET");
    }

    void aSilentHostIsLeft()
    {
        const FakeControl control([this](auto&, auto&) { (void)_enough.tryWait(20'000); });
        const std::string why =
            test::failureOf(ExitCode::Unreachable, [&] { (void)control.client(Millis(100)).get("/"); });
        _enough.set();
        assertHas(why, "it did not come within 100ms");
    }

    void aHostThatDripsIsLeft()
    {
        const FakeControl control([this](auto&, auto& response) {
            std::ostream& body = test::stream(response);
            while (body << "." << std::flush)
                if (_enough.tryWait(10)) return;
        });
        const std::string why =
            test::failureOf(ExitCode::Unreachable, [&] { (void)control.client(Millis(200)).get("/"); });
        _enough.set();
        assertHas(why, "it did not come within 200ms");
    }

    void anAnswerCutShortIsNoAnswer()
    {
        const FakeControl control([](auto&, auto& response) {
            response.setContentType("application/json");
            response.setContentLength(1000);
            response.send() << "{\"a\":";
        });
        (void)test::failureOf(ExitCode::Unreachable, [&] { (void)control.client().getJson("/"); });
    }

    void wordsAreEncoded()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("a%2Fb%3Fc%26d%20e%25"), encoded("a/b?c&d e%"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ClientTest);

}  // namespace clustermanager::cmctl
