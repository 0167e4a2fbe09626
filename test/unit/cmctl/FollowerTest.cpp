/// Goal: a stream is followed across lost connections, with no event twice and none left out.
/// Method: a fake control port that hangs up, is away, and looks at what it is asked to go on with.

#include <atomic>
#include <thread>

#include <Poco/Event.h>

#include <cppunit/extensions/HelperMacros.h>

#include "cmctl/Follower.h"
#include "cmctl/LogStreams.h"
#include "unit/cmctl/FakeControl.h"

namespace clustermanager::cmctl {

using test::FakeControl;

class FollowerTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(FollowerTest);
    CPPUNIT_TEST(aLostConnectionGoesOnAfterTheLastEvent);
    CPPUNIT_TEST(aStreamThatIsNotThereIsAFailure);
    CPPUNIT_TEST(aHostThatIsBusyLaterIsTriedAgain);
    CPPUNIT_TEST(noHostAtTheBeginningIsUnreachable);
    CPPUNIT_TEST(stopEndsAWaitForTheHost);
    CPPUNIT_TEST(logsOfSeveralChildrenComeOutOfOneQueue);
    CPPUNIT_TEST(aLogThatIsFollowedAgainShowsNoLineTwice);
    CPPUNIT_TEST_SUITE_END();

    /// Follows until `enough` events have come: "kind:data" of each, and what was told of the connection.
    struct Followed
    {
        std::vector<std::string> events;
        unsigned lost = 0;
        unsigned back = 0;
    };
    static Followed follow(const FakeControl& control, std::size_t enough)
    {
        Followed seen;
        const Client client = control.client();
        Follower follower(client, "/events");
        Follower::Told told;
        told.event = [&](const StreamEvent& event) {
            seen.events.push_back(event.kind + ":" + event.data);
            if (seen.events.size() == enough) follower.stop();
        };
        told.lost = [&](const std::string&) { ++seen.lost; };
        told.back = [&] { ++seen.back; };
        follower.follow(told);
        return seen;
    }

public:
    void aLostConnectionGoesOnAfterTheLastEvent()
    {
        std::vector<std::string> after;
        const FakeControl control([&](auto& request, auto& response) {
            after.push_back(request.get("Last-Event-ID", ""));
            std::ostream& body = test::stream(response);
            body << "retry: 100\n\n: hello\n" << std::flush;
            if (after.size() == 1)
                body << "id: 1\nevent: child\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: ha";
            if (after.size() == 2) body << "id: 3\ndata: half\n\n";
        });
        const Followed seen = follow(control, 3);
        const std::vector<std::string> expected{"child:a", "message:b", "message:half"};
        CPPUNIT_ASSERT(expected == seen.events);
        CPPUNIT_ASSERT_EQUAL(std::string(), after.at(0));
        // The event with the id 3 did not end, so it has not been seen: the stream's rule and ours.
        CPPUNIT_ASSERT_EQUAL(std::string("2"), after.at(1));
        CPPUNIT_ASSERT_EQUAL(1U, seen.lost);
        CPPUNIT_ASSERT_EQUAL(1U, seen.back);
    }

    void aStreamThatIsNotThereIsAFailure()
    {
        const FakeControl control([](auto&, auto& response) {
            test::answer(response, 404, "application/problem+json", R"({"detail":"no such child"})");
        });
        test::assertHas(test::failureOf(ExitCode::Refused, [&] { (void)follow(control, 1); }),
                        "no such child");
        const FakeControl old([](auto&, auto& response) { test::answerJson(response, "{}"); });
        test::assertHas(test::failureOf(ExitCode::Refused, [&] { (void)follow(old, 1); }), "too old");
    }

    void aHostThatIsBusyLaterIsTriedAgain()
    {
        std::atomic<int> asked{0};
        const FakeControl control([&](auto&, auto& response) {
            if (++asked == 2) return test::answer(response, 503, "text/plain", "later");
            test::stream(response) << "retry: 100\ndata: " << asked << "\n\n";
        });
        const Followed seen = follow(control, 2);
        CPPUNIT_ASSERT_EQUAL(std::string("message:3"), seen.events.at(1));
        CPPUNIT_ASSERT_EQUAL(2U, seen.lost);
        CPPUNIT_ASSERT_EQUAL(1U, seen.back);
    }

    void noHostAtTheBeginningIsUnreachable()
    {
        Target target;
        target.path = "/nowhere/at/all.sock";
        const Client client(target, Millis(1000));
        Follower follower(client, "/events");
        test::failureOf(ExitCode::Unreachable, [&] { follower.follow({[](const StreamEvent&) {}}); });
    }

    void stopEndsAWaitForTheHost()
    {
        Poco::Event connected;
        Poco::Event enough;
        const FakeControl control([&](auto&, auto& response) {
            test::stream(response) << ": hello\n" << std::flush;
            connected.set();
            (void)enough.tryWait(20'000);
        });
        const Client client = control.client();
        Follower follower(client, "/events");
        std::thread stopper([&] {
            connected.wait();
            follower.stop();
        });
        follower.follow({[](const StreamEvent&) {}});
        stopper.join();
        enough.set();
    }

    void logsOfSeveralChildrenComeOutOfOneQueue()
    {
        Poco::Event enough{Poco::Event::EVENT_MANUALRESET};
        const FakeControl control([&](auto& request, auto& response) {
            test::stream(response) << "data: " << request.getURI() << "\x1b[2J\n\n" << std::flush;
            (void)enough.tryWait(20'000);
        });
        const Client client = control.client();
        std::set<std::string> lines;
        {
            LogStreams streams(client);
            for (const int child : {1, 2}) streams.add(child, 5);
            while (lines.size() < 2)
                if (const auto line = streams.next(Millis(100)))
                    lines.insert(std::to_string(line->child) + " " + line->text);
            enough.set();
        }
        const std::set<std::string> expected{"1 /children/1/log?tail=5&follow=1\\x1b[2J",
                                             "2 /children/2/log?tail=5&follow=1\\x1b[2J"};
        CPPUNIT_ASSERT(expected == lines);
    }

    void aLogThatIsFollowedAgainShowsNoLineTwice()
    {
        std::atomic<int> asked{0};
        const FakeControl control([&](auto&, auto& response) {
            std::ostream& body = test::stream(response);
            const bool again = ++asked > 1;
            body << "retry: 100\n\n";
            for (const char* second : {"1", "2", "3"})
                if (again || *second < '3')
                    body << "data: 2026-01-02T03:04:0" << second << ".000000Z info [x] " << second << "\n\n";
        });
        const Client client = control.client();
        LogStreams streams(client);
        streams.add(1, 5);
        std::string seen;
        while (seen.size() < 3)
            if (const auto line = streams.next(Millis(100)); line && !line->isRemark)
                seen += line->text.back();
        CPPUNIT_ASSERT_EQUAL(std::string("123"), seen);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FollowerTest);

}  // namespace clustermanager::cmctl
