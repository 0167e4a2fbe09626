/// Goal: who follows the events gets each one once, in order, and knows where some are lost; who is slow is
/// cut
///       off, and is nobody else's concern; thousands cost little.
/// Method: a running control port before a journal that the test writes, with clients that read, read slowly
/// or
///       not at all, and come again.
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

#include "control/EventTexts.h"
#include "unit/control/EventReader.h"

namespace clustermanager::control::test {

using clustermanager::test::notice;

namespace {

Poco::JSON::Object::Ptr parse(const std::string& text)
{
    return Poco::JSON::Parser().parse(text).extract<Poco::JSON::Object::Ptr>();
}

core::Occurrence ofChild(std::uint32_t child, const std::string& group)
{
    core::Occurrence occurrence = notice("a child", group);
    occurrence.what = core::ChildStateChanged{{ChildId{child}}, {}, {}, ""};
    return occurrence;
}

/// Of so many occurrences, of which it forgets some while it is read.
struct Forgetful : core::OccurrenceSource
{
    std::uint64_t count = 0;
    mutable std::uint64_t forgotten = 0;
    std::uint64_t forgets = 0;  // after each reading
    mutable std::size_t most = 0;

    core::Occurrences after(std::uint64_t number, std::size_t limit) const override
    {
        most = std::max(most, limit);
        core::Occurrences some;
        for (std::uint64_t next = std::max(number, forgotten) + 1; next <= count && some.size() < limit;
             ++next)
        {
            some.push_back(std::make_shared<core::Occurrence>());
            std::const_pointer_cast<core::Occurrence>(some.back())->number = next;
        }
        if (forgets > 0) forgotten = std::min(forgotten + forgets, count - 10);
        return some;
    }
    std::uint64_t last() const override { return count; }
    void addReader(int) override {}
    void removeReader(int) override {}
};

}  // namespace

class EventStreamTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(EventStreamTest);
    CPPUNIT_TEST(sendsWhatHappensAsItHappens);
    CPPUNIT_TEST(resumesWhereTheReaderWas);
    CPPUNIT_TEST(countsWhatABrowserHasSeenMoreThanItsTarget);
    CPPUNIT_TEST(tellsOfWhatIsLost);
    CPPUNIT_TEST(tellsOfWhatIsLostAtOnceAfterAnUpgrade);
    CPPUNIT_TEST(tellsThatTheNumbersBeganAgain);
    CPPUNIT_TEST(narrows);
    CPPUNIT_TEST(beginsSoManyBeforeTheEnd);
    CPPUNIT_TEST(answersAtOnceWhereNotFollowed);
    CPPUNIT_TEST(refusesMalformedParameters);
    CPPUNIT_TEST(answersHead);
    CPPUNIT_TEST(isAskedForAToken);
    CPPUNIT_TEST(copiesAllInPieces);
    CPPUNIT_TEST_SUITE_END();

    static std::vector<std::uint64_t> ids(StreamClient client, std::size_t count)
    {
        std::vector<std::uint64_t> all;
        while (all.size() < count) all.push_back(client.next().id);
        return all;
    }

    static Poco::JSON::Array::Ptr now(const RunningControl& control, const std::string& query)
    {
        const std::string answer = control.ask("GET", "/events?follow=0" + query);
        CPPUNIT_ASSERT_EQUAL(200, statusOf(answer));
        CPPUNIT_ASSERT_EQUAL(std::string("application/json"), headerOf(answer, "Content-Type"));
        return parse(bodyOf(answer))->getArray("events");
    }

public:
    void sendsWhatHappensAsItHappens()
    {
        RunningControl control;
        record(control, 3);
        StreamClient client = follow(control);
        CPPUNIT_ASSERT_EQUAL(200, statusOf(client.head()));
        CPPUNIT_ASSERT_EQUAL(std::string("text/event-stream"), headerOf(client.head(), "Content-Type"));
        CPPUNIT_ASSERT_EQUAL(std::string("no-store"), headerOf(client.head(), "Cache-Control"));
        CPPUNIT_ASSERT_EQUAL(std::string("close"), headerOf(client.head(), "Connection"));
        for (const char* none : {"Content-Length", "Transfer-Encoding", "Access-Control-Allow-Origin"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(none, std::string(), headerOf(client.head(), none));
        CPPUNIT_ASSERT_EQUAL(std::string("retry: 1000"), client.line());
        control.host.journal.record(notice("two\nlines\r\n\r\ndata: x", "web"));
        CPPUNIT_ASSERT_EQUAL(std::string("id: 4"), client.line());
        CPPUNIT_ASSERT_EQUAL(std::string("event: notice"), client.line());
        const std::string data = client.line();
        CPPUNIT_ASSERT_EQUAL(std::string("data: {"), data.substr(0, 7));
        CPPUNIT_ASSERT_EQUAL(std::string("two\nlines\r\n\r\ndata: x"),
                             parse(data.substr(6))->getValue<std::string>("text"));
        control.host.journal.record(ofChild(3, "web"));
        CPPUNIT_ASSERT_EQUAL(std::string("child"), client.next().kind);
    }

    void resumesWhereTheReaderWas()
    {
        RunningControl control;
        record(control, 10);
        const std::vector<std::uint64_t> rest{8, 9, 10};
        CPPUNIT_ASSERT(rest == ids(follow(control, "", "Last-Event-ID: 7\r\n"), 3));
        CPPUNIT_ASSERT(rest == ids(follow(control, "?after=7"), 3));
        StreamClient client = follow(control, "?after=10");
        control.host.journal.record(notice("new"));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(11), client.next().id);
    }

    void countsWhatABrowserHasSeenMoreThanItsTarget()
    {
        RunningControl control;
        record(control, 10);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(9), follow(control, "?after=2", "Last-Event-ID: 8\r\n").next().id);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(9), follow(control, "?tail=7", "Last-Event-ID: 8\r\n").next().id);
    }

    void tellsOfWhatIsLost()
    {
        RunningControl control;
        record(control, static_cast<int>(runtime::Journal::kKept) + 100);
        StreamClient client = follow(control, "?after=10&kind=notice");
        const StreamClient::Event gap = client.next();
        CPPUNIT_ASSERT_EQUAL(std::string("gap"), gap.kind);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"from":11,"to":100})"), gap.data);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(100), gap.id);
        for (std::uint64_t id = 101; id <= runtime::Journal::kKept + 100; ++id)
            CPPUNIT_ASSERT_EQUAL(id, client.next().id);
    }

    /// Nothing that happened before the upgrade is known, but its number is.
    void tellsOfWhatIsLostAtOnceAfterAnUpgrade()
    {
        runtime::Journal journal(50);
        EventTexts texts(journal);
        texts.refresh();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(50), texts.last());
        EventFeed feed(texts, "head", {40, false}, {}, nullptr);
        std::string text;
        feed.next(text);
        feed.taken(text.size());
        text.clear();
        feed.next(text);
        CPPUNIT_ASSERT_EQUAL(std::string("id: 50\nevent: gap\ndata: {\"from\":41,\"to\":50}\n\n"), text);
    }

    void tellsThatTheNumbersBeganAgain()
    {
        RunningControl control;
        record(control, 3);
        StreamClient client = follow(control, "", "Last-Event-ID: 999\r\n");
        const StreamClient::Event gap = client.next();
        CPPUNIT_ASSERT_EQUAL(std::string("gap"), gap.kind);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"from":1,"to":0,"restarted":true})"), gap.data);
        for (std::uint64_t id = 1; id <= 3; ++id) CPPUNIT_ASSERT_EQUAL(id, client.next().id);
    }

    void narrows()
    {
        RunningControl control;
        auto& journal = control.host.journal;
        journal.record(ofChild(1, "web"));
        journal.record(ofChild(2, "web"));
        journal.record(ofChild(3, "db"));
        journal.record(notice("of db", "db"));
        journal.record(notice("of the host"));
        using Ids = std::vector<std::uint64_t>;
        CPPUNIT_ASSERT(Ids({1, 2}) == ids(follow(control, "?after=0&group=web"), 2));
        CPPUNIT_ASSERT(Ids({3, 4}) == ids(follow(control, "?after=0&group=db"), 2));
        CPPUNIT_ASSERT(Ids({2}) == ids(follow(control, "?after=0&child=2"), 1));
        CPPUNIT_ASSERT(Ids({4, 5}) == ids(follow(control, "?after=0&kind=notice"), 2));
        CPPUNIT_ASSERT(Ids({1, 2, 3, 4, 5}) == ids(follow(control, "?after=0&kind=notice,child"), 5));
        CPPUNIT_ASSERT(Ids({4}) == ids(follow(control, "?after=0&kind=notice&group=db"), 1));
        StreamClient live = follow(control, "?kind=child&group=db");
        (void)live.head();
        journal.record(notice("no", "db"));
        journal.record(ofChild(3, "db"));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(7), live.next().id);
    }

    void beginsSoManyBeforeTheEnd()
    {
        RunningControl control;
        record(control, 5);
        control.host.journal.record(ofChild(1, "web"));
        using Ids = std::vector<std::uint64_t>;
        CPPUNIT_ASSERT(Ids({5, 6}) == ids(follow(control, "?tail=2"), 2));
        CPPUNIT_ASSERT(Ids({4, 5}) == ids(follow(control, "?tail=2&kind=notice"), 2));
        CPPUNIT_ASSERT(Ids({1, 2, 3, 4, 5, 6}) == ids(follow(control, "?tail=100"), 6));
        StreamClient none = follow(control, "?tail=0");
        CPPUNIT_ASSERT_EQUAL(std::string("retry: 1000"), none.line());
        control.host.journal.record(notice("new"));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(7), none.next().id);
    }

    void answersAtOnceWhereNotFollowed()
    {
        RunningControl control;
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), now(control, "")->size());
        record(control, 5);
        control.host.journal.record(ofChild(1, "web"));
        CPPUNIT_ASSERT_EQUAL(std::size_t(6), now(control, "")->size());
        CPPUNIT_ASSERT_EQUAL(5, now(control, "&tail=2")->getObject(0)->getValue<int>("id"));
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), now(control, "&after=4")->size());
        CPPUNIT_ASSERT_EQUAL(6, now(control, "&child=1")->getObject(0)->getValue<int>("id"));
        CPPUNIT_ASSERT_EQUAL(4, now(control, "&kind=notice&tail=2")->getObject(0)->getValue<int>("id"));
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), now(control, "&after=999")->size());
    }

    void refusesMalformedParameters()
    {
        const RunningControl control;
        for (const char* query :
             {"?after=-1", "?after=x", "?after=99999999999999999999", "?tail=4097", "?tail=-1",
              "?after=1&tail=1", "?follow=2", "?follow=yes", "?kind=nothing", "?kind=child,", "?kind=Child",
              "?child=0", "?child=x", "?nothing=1", "?group=", "?kind=child,gap"})
        {
            const std::string answer = control.ask("GET", std::string("/events") + query);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(query, 400, statusOf(answer));
            CPPUNIT_ASSERT_EQUAL(std::string("application/problem+json"), headerOf(answer, "Content-Type"));
        }
        for (const char* id : {"x", "-1", "1 2", "99999999999999999999"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                id, 400,
                statusOf(control.ask("GET", "/events", "Last-Event-ID: " + std::string(id) + "\r\n")));
        CPPUNIT_ASSERT_EQUAL(405, statusOf(control.ask("POST", "/events")));
        const std::string kinds = control.ask("GET", "/events?kind=nothing");
        CPPUNIT_ASSERT(kinds.find("child, exit, group, operation, config, command, host, notice") !=
                       std::string::npos);
    }

    void answersHead()
    {
        ControlOptions options;
        options.streams.events = 1;
        const RunningControl control(options);
        for (int i = 0; i < 3; ++i)
        {
            const std::string answer = control.ask("HEAD", "/events");
            CPPUNIT_ASSERT_EQUAL(200, statusOf(answer));
            CPPUNIT_ASSERT_EQUAL(std::string("text/event-stream"), headerOf(answer, "Content-Type"));
            CPPUNIT_ASSERT_EQUAL(std::string(), bodyOf(answer));
        }
    }

    void isAskedForAToken()
    {
        ControlOptions options;
        options.tokens = {access::hashed("ops", access::Role::Operate, "s3cret")};
        const RunningControl control(options);
        CPPUNIT_ASSERT_EQUAL(401, statusOf(control.ask("GET", "/events")));
        CPPUNIT_ASSERT_EQUAL(401, statusOf(control.ask("GET", "/children/1/log")));
    }

    void copiesAllInPieces()
    {
        Forgetful source;
        CPPUNIT_ASSERT(allAfter(source, 0).empty());
        source.count = 1000;
        for (const std::uint64_t after : {0U, 1U, 872U, 999U, 1000U, 2000U})
        {
            const core::Occurrences all = allAfter(source, after);
            CPPUNIT_ASSERT_EQUAL(std::size_t(1000 - std::min<std::uint64_t>(after, 1000)), all.size());
            for (std::size_t i = 0; i < all.size(); ++i) CPPUNIT_ASSERT_EQUAL(after + i + 1, all[i]->number);
        }
        CPPUNIT_ASSERT(source.most <= 64);  // at once, under its lock
        source.count = 1'000'000;
        CPPUNIT_ASSERT(allAfter(source, 0).size() <= EventTexts::kKept);
        // Where it forgets faster than it is read, what has come has no gap, and is the last.
        source.count = 2000;
        source.forgets = 100;
        const core::Occurrences rest = allAfter(source, 0);
        CPPUNIT_ASSERT(!rest.empty());
        for (std::size_t i = 0; i < rest.size(); ++i)
            CPPUNIT_ASSERT_EQUAL(rest.front()->number + i, rest[i]->number);
        CPPUNIT_ASSERT_EQUAL(source.count, rest.back()->number);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EventStreamTest);

}  // namespace clustermanager::control::test
