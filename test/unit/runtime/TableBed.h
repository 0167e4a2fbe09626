#pragma once

#include <cppunit/TestAssert.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/ChildTable.h"

namespace clustermanager::runtime::test {

/// The other end of a link: says what a child would say, and hears what it is told.
class Peer
{
public:
    explicit Peer(FileDescriptor end) : _link(std::move(end)) {}

    template <class Message>
    void say(const Message& message)
    {
        CPPUNIT_ASSERT(_link.sendMessage(link::FromChild(message)) == link::Link::SendResult::Taken);
        CPPUNIT_ASSERT(!_link.wantsWrite());
    }
    void sayBytes(link::Bytes bytes)
    {
        CPPUNIT_ASSERT(_link.send(std::move(bytes)) == link::Link::SendResult::Taken);
    }
    void close() { _link.close(); }
    int fd() const { return _link.fd(); }

    /// Everything that was told and is waiting here, of this kind.
    template <class Message>
    std::vector<Message> heard()
    {
        std::vector<Message> all;
        for (;;)
        {
            link::Link::Received received = _link.receive();
            const auto* packet = std::get_if<link::Link::Packet>(&received);
            if (packet == nullptr) return all;
            auto decoded = link::decode<link::ToChild>(packet->bytes.data(), packet->bytes.size());
            const auto* message = std::get_if<link::ToChild>(&decoded);
            CPPUNIT_ASSERT(message != nullptr);
            if (const auto* wanted = std::get_if<Message>(message)) all.push_back(*wanted);
        }
    }

private:
    link::Link _link;
};

/// A table in a loop of its own, and what it has told.
struct TableBed
{
    static constexpr GenerationId kGeneration{1};

    EventLoop loop;
    std::vector<core::Event> events;
    std::vector<std::pair<ChildId, std::string>> messages;
    std::vector<std::pair<StartNumber, std::uint64_t>> levels;
    std::vector<std::string> warnings;
    std::vector<StartNumber> beats;
    std::vector<link::Crashed> crashes;
    std::vector<std::pair<StartNumber, std::uint64_t>> reports;
    std::vector<metrics::Growth> grown;
    std::vector<std::pair<StartNumber, std::string>> metricsNamed;
    std::vector<std::pair<StartNumber, std::size_t>> metricsReported;
    std::set<ChildId> changed;
    std::set<pid_t> spawners;
    std::set<pid_t> foreign;  // of another user
    ChildTable table{loop, sinks()};

    ChildTable::Sinks sinks()
    {
        ChildTable::Sinks sinks;
        sinks.event = [this](core::Event event) { events.push_back(std::move(event)); };
        sinks.message = [this](const ChildProcess& from, link::PluginMessage message) {
            messages.emplace_back(from.order.child, std::move(message.data));
        };
        sinks.logsReopened = [](StartNumber, std::uint64_t) {};
        sinks.levelSet = [this](StartNumber start, std::uint64_t ticket) {
            levels.emplace_back(start, ticket);
        };
        sinks.grew = [this](const ChildProcess&, const metrics::Growth& growth) { grown.push_back(growth); };
        sinks.metricDefined = [this](const ChildProcess& from, const link::MetricDefined& metric) {
            metricsNamed.emplace_back(from.order.start, metric.name);
        };
        sinks.metricsReported = [this](const ChildProcess& from, const link::MetricReport& report) {
            metricsReported.emplace_back(from.order.start, report.samples.size());
        };
        sinks.warning = [this](const ChildProcess&, const std::string& text) { warnings.push_back(text); };
        sinks.beat = [this](StartNumber start) { beats.push_back(start); };
        sinks.reported = [this](StartNumber start, std::uint64_t rssKiB) {
            reports.emplace_back(start, rssKiB);
        };
        sinks.changed = [this](ChildId child) { changed.insert(child); };
        sinks.isSpawner = [this](pid_t pid) { return spawners.count(pid) != 0; };
        sinks.mayBe = [this](const ChildProcess& process) { return foreign.count(process.pid) == 0; };
        sinks.crashed = [this](ChildProcess& process, const core::LastExit&) {
            if (process.crashed) crashes.push_back(*process.crashed);
            return std::string("a-report");
        };
        return sinks;
    }

    static core::Spawn order(std::uint64_t start, std::uint32_t child)
    {
        return {StartNumber{start}, ChildId{child}, GroupId{1}, child - 1, kGeneration, 0};
    }
    Peer open(std::uint64_t start, std::uint32_t child) { return Peer(table.open(order(start, child))); }

    /// Lets the table take what has been said.
    void turn()
    {
        CPPUNIT_ASSERT(!loop.wait(Clock::now() + std::chrono::seconds(20)).idle);
        loop.dispatch();
    }

    template <class Event>
    std::vector<Event> told() const
    {
        std::vector<Event> all;
        for (const core::Event& event : events)
            if (const auto* wanted = std::get_if<Event>(&event)) all.push_back(*wanted);
        return all;
    }

    template <class Event>
    Event toldOnce() const
    {
        const std::vector<Event> all = told<Event>();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, all.size());
        return all.front();
    }
};

}  // namespace clustermanager::runtime::test
