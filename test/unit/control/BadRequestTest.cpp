/// Goal: bad input changes nothing, gets one clear answer, and never makes the server read one request as
/// two. Method: raw bytes over both transports to a running control port: a collection of bad requests with
/// the
///       expected status, a good one cut at every byte, one hidden in the body of another, many in a row.
#include <Poco/JSON/Parser.h>
#include <cppunit/extensions/HelperMacros.h>

#include "unit/control/BadRequests.h"
#include "unit/control/RunningControl.h"

namespace clustermanager::control::test {

class BadRequestTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BadRequestTest);
    CPPUNIT_TEST(answersEachBadRequestAndDoesNothing);
    CPPUNIT_TEST(refusesTheSameInSinglePieces);
    CPPUNIT_TEST(doesNothingForARequestCutAtAnyByte);
    CPPUNIT_TEST(doesNotReadABodyAsARequest);
    CPPUNIT_TEST(answersOnlyTheFirstOfManyRequests);
    CPPUNIT_TEST(takesARequestAtEveryLimit);
    CPPUNIT_TEST(takesARequestInSinglePieces);
    CPPUNIT_TEST_SUITE_END();

    void answersEachBadRequestAndDoesNothing()
    {
        RunningControl control;
        const auto requests = badRequests(control.endpoint());
        CPPUNIT_ASSERT(requests.size() >= 140);
        for (const BadRequest& request : requests)
        {
            const std::string answer = exchange(control.toTcp(), request.bytes);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(request.name + " -> " + answer, request.status, statusOf(answer));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(request.name, request.status == 0 ? 0 : 1, answersIn(answer));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(request.name, std::size_t(0), control.host.commandCount());
            if (request.status != 0 && request.bytes.compare(0, 4, "HEAD") != 0)
                checkProblem(answer, request);
        }
    }

    static void checkProblem(const std::string& answer, const BadRequest& request)
    {
        CPPUNIT_ASSERT_EQUAL_MESSAGE(request.name, std::string("application/problem+json"),
                                     headerOf(answer, "Content-Type"));
        const auto body = Poco::JSON::Parser().parse(bodyOf(answer)).extract<Poco::JSON::Object::Ptr>();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(request.name, request.status, body->getValue<int>("status"));
        CPPUNIT_ASSERT_MESSAGE(request.name, !body->getValue<std::string>("detail").empty());
        CPPUNIT_ASSERT_MESSAGE(request.name, request.status != 405 || !headerOf(answer, "Allow").empty());
    }

    /// However the bytes are cut into packets, the verdict is the same.
    void refusesTheSameInSinglePieces()
    {
        for (const BadRequest& request : badRequests("127.0.0.1:5111"))
        {
            RequestReader whole;
            RequestReader pieces;
            const auto expected = whole.feed(request.bytes);
            auto progress = RequestReader::Progress::NeedsMore;
            for (std::size_t i = 0;
                 i < request.bytes.size() && progress == RequestReader::Progress::NeedsMore; ++i)
                progress = pieces.feed(request.bytes.substr(i, 1));
            CPPUNIT_ASSERT_MESSAGE(request.name, expected == progress);
            if (progress == RequestReader::Progress::Refused)
                CPPUNIT_ASSERT_EQUAL_MESSAGE(request.name, whole.refusal().body, pieces.refusal().body);
        }
    }

    void doesNothingForARequestCutAtAnyByte()
    {
        RunningControl control;
        const std::string request = "POST /children/exit HTTP/1.1\r\nHost: " + control.endpoint() +
                                    "\r\nContent-Length: 10\r\n\r\n0123456789";
        for (std::size_t length = 0; length < request.size(); ++length)
        {
            const bool unixSocket = length % 2 == 0;
            const std::string answer =
                exchange(unixSocket ? control.toSocket() : control.toTcp(), request.substr(0, length));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(request.substr(0, length), length == 0 ? 0 : 400, statusOf(answer));
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), control.host.commandCount());
        CPPUNIT_ASSERT_EQUAL(200, statusOf(exchange(control.toTcp(), request)));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), control.host.commandCount());
    }

    void doesNotReadABodyAsARequest()
    {
        RunningControl control;
        const std::string hidden = "POST /children/exit HTTP/1.1\r\nHost: " + control.endpoint() + "\r\n\r\n";
        for (const std::string method : {"GET", "POST"})
            for (const std::string target : {"/", "/children", "/nowhere"})
                for (const std::string connection : {"", "Connection: keep-alive\r\n"})
                {
                    const std::string request =
                        method + ' ' + target + " HTTP/1.1\r\nHost: " + control.endpoint() + "\r\n" +
                        connection + "Content-Length: " + std::to_string(hidden.size()) + "\r\n\r\n" + hidden;
                    CPPUNIT_ASSERT_EQUAL(1, answersIn(exchange(control.toTcp(), request)));
                    CPPUNIT_ASSERT_EQUAL(1, answersIn(exchange(control.toSocket(), request)));
                }
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), control.host.commandCount());
    }

    void answersOnlyTheFirstOfManyRequests()
    {
        RunningControl control;
        const std::string request =
            "POST /children/exit HTTP/1.1\r\nHost: " + control.endpoint() + "\r\n\r\n";
        std::string hundred;
        for (int i = 0; i < 100; ++i) hundred += request;
        CPPUNIT_ASSERT_EQUAL(1, answersIn(exchange(control.toTcp(), hundred)));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), control.host.commandCount());
    }

    void takesARequestAtEveryLimit()
    {
        RunningControl control;
        const std::string host = "Host: " + control.endpoint() + "\r\n";
        std::string fields;
        for (int i = 0; i < 60; ++i) fields += "X-" + std::to_string(i) + ": 1\r\n";
        fields += std::string(64, 'n') + ": " + std::string(4096, 'v') + "\r\n";
        fields += "Y-1: " + std::string(4096, 'v') + "\r\nContent-Length: 16384\r\n";
        const std::string request =
            "POST /children/exit HTTP/1.1\r\n" + host + fields + "\r\n" + std::string(16384, '\0');
        CPPUNIT_ASSERT_EQUAL(200, statusOf(exchange(control.toTcp(), request)));

        std::string head = "GET / HTTP/1.1\r\n" + host;
        while (head.size() + 4200 < kMaxHead) head += "Z: " + std::string(4000, 'z') + "\r\n";
        head += "Z: " + std::string(kMaxHead - head.size() - 7, 'z') + "\r\n\r\n";
        CPPUNIT_ASSERT_EQUAL(kMaxHead, head.size());
        CPPUNIT_ASSERT_EQUAL(200, statusOf(exchange(control.toTcp(), head)));
        head.insert(head.size() - 4, "z");
        CPPUNIT_ASSERT_EQUAL(431, statusOf(exchange(control.toTcp(), head)));
    }

    void takesARequestInSinglePieces()
    {
        RunningControl control;
        RawClient client = control.toTcp();
        for (const char c : "GET /children HTTP/1.1\r\nHost: " + control.endpoint() + "\r\n\r\n")
            CPPUNIT_ASSERT(client.send({&c, 1}));
        CPPUNIT_ASSERT_EQUAL(200, statusOf(client.readAll()));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BadRequestTest);

}  // namespace clustermanager::control::test
