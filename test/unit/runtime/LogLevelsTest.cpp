/// Goal: the level in force is the one that was asked for last, for children that live and for those that
/// come; a change is answered when all concerned have confirmed it, have ended, or are late. Method: real
/// links, with the test as the children.
#include <cppunit/extensions/HelperMacros.h>

#include "runtime/LogLevels.h"
#include "unit/runtime/TableBed.h"

namespace clustermanager::runtime::test {

using namespace std::chrono_literals;
using core::LogLevel;
using Outcome = core::CommandReply::Outcome;

class LogLevelsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LogLevelsTest);
    CPPUNIT_TEST(levelForAllIsForAll);
    CPPUNIT_TEST(readersAreShownBeforeAnybodyIsTold);
    CPPUNIT_TEST(narrowerLevelHoldsForThoseItNames);
    CPPUNIT_TEST(laterCommandGoesBeforeEarlierOnesThatItCovers);
    CPPUNIT_TEST(newChildIsToldOfSingleLoggersInTheirOrder);
    CPPUNIT_TEST(newChildIsNotToldOfLoggersThatALaterLevelCovers);
    CPPUNIT_TEST(loggersAreBounded);
    CPPUNIT_TEST(isAnsweredWhenAllHaveConfirmed);
    CPPUNIT_TEST(childThatEndsIsNotWaitedFor);
    CPPUNIT_TEST(childWithoutAProcessIsNotWaitedFor);
    CPPUNIT_TEST(isAnsweredWhenTheTimeIsOver);
    CPPUNIT_TEST(anotherImageSetsWhatWasSetAndLeavesWhatKeysGave);
    CPPUNIT_TEST_SUITE_END();

    static constexpr ChildId kOne{1};
    static constexpr ChildId kTwo{2};
    static constexpr ChildId kThree{3};

    TableBed _bed;
    std::vector<std::pair<std::string, LogLevel>> _here;
    std::function<void()> _beforeAnswer = [] {};
    LogLevels _levels{
        LogLevel::Info, _bed.table,
        [this](const std::string& logger, LogLevel level) { _here.emplace_back(logger, level); },
        [this] { _beforeAnswer(); }};
    const std::map<ChildId, std::string> _all{{kOne, "a"}, {kTwo, "a"}, {kThree, "b"}};
    TimePoint _now = Clock::now();

    std::future<core::CommandReply> set(LogLevel level, const std::string& logger = "",
                                        const std::string& group = "",
                                        std::optional<ChildId> child = std::nullopt)
    {
        std::promise<core::CommandReply> promise;
        std::future<core::CommandReply> reply = promise.get_future();
        _levels.set({level, logger, group, child}, _all, std::move(promise), _now);
        return reply;
    }
    static bool isReady(const std::future<core::CommandReply>& reply)
    {
        return reply.wait_for(0s) == std::future_status::ready;
    }
    std::vector<std::string> greeting(std::uint32_t child)
    {
        Peer peer = _bed.open(100 + child, child);
        _levels.greet(*_bed.table.find(StartNumber{100 + child}), _all.at(ChildId{child}));
        std::vector<std::string> loggers;
        for (const link::SetLogLevel& told : peer.heard<link::SetLogLevel>()) loggers.push_back(told.logger);
        _bed.table.spawnFailed(StartNumber{100 + child}, "");
        return loggers;
    }

    void readersAreShownBeforeAnybodyIsTold()
    {
        const Peer peer = _bed.open(1, 1);
        const std::future<core::CommandReply> reply = set(LogLevel::Debug);
        unsigned shown = 0;
        _beforeAnswer = [&] {
            CPPUNIT_ASSERT(!isReady(reply) && _levels.of("a", kOne) == LogLevel::Debug);
            ++shown;
        };
        _levels.confirmations().confirmed(StartNumber{1}, 1);
        CPPUNIT_ASSERT(shown == 1 && isReady(reply));
    }

    void levelForAllIsForAll()
    {
        CPPUNIT_ASSERT(_levels.of("a", kOne) == LogLevel::Info);
        set(LogLevel::Debug);
        CPPUNIT_ASSERT(_levels.master() == LogLevel::Debug && _levels.of("b", kThree) == LogLevel::Debug);
        CPPUNIT_ASSERT(_here.size() == 1 && _here[0] == std::make_pair(std::string(), LogLevel::Debug));
    }

    void narrowerLevelHoldsForThoseItNames()
    {
        set(LogLevel::Debug, "", "a");
        set(LogLevel::Trace, "", "", kTwo);
        CPPUNIT_ASSERT(_levels.of("a", kOne) == LogLevel::Debug);
        CPPUNIT_ASSERT(_levels.of("a", kTwo) == LogLevel::Trace);
        CPPUNIT_ASSERT(_levels.of("b", kThree) == LogLevel::Info);
        CPPUNIT_ASSERT(_levels.master() == LogLevel::Info && _here.empty());
    }

    void laterCommandGoesBeforeEarlierOnesThatItCovers()
    {
        set(LogLevel::Trace, "", "", kTwo);
        set(LogLevel::Trace, "", "", kThree);
        set(LogLevel::Error, "", "a");
        CPPUNIT_ASSERT(_levels.of("a", kTwo) == LogLevel::Error);
        CPPUNIT_ASSERT_MESSAGE("of another group", _levels.of("b", kThree) == LogLevel::Trace);
        set(LogLevel::Warn, "", "", kTwo);
        CPPUNIT_ASSERT(_levels.of("a", kTwo) == LogLevel::Warn);
        set(LogLevel::Info);
        for (const auto& [child, group] : _all) CPPUNIT_ASSERT(_levels.of(group, child) == LogLevel::Info);
    }

    void newChildIsToldOfSingleLoggersInTheirOrder()
    {
        set(LogLevel::Trace, "net.http");
        set(LogLevel::Debug, "sql", "a");
        set(LogLevel::Debug, "own", "", kTwo);
        set(LogLevel::Error, "net.http");  // now the last
        CPPUNIT_ASSERT(greeting(1) == (std::vector<std::string>{"sql", "net.http"}));
        CPPUNIT_ASSERT(greeting(2) == (std::vector<std::string>{"sql", "own", "net.http"}));
        CPPUNIT_ASSERT(greeting(3) == (std::vector<std::string>{"net.http"}));
        CPPUNIT_ASSERT(_levels.of("a", kOne) == LogLevel::Info && _levels.master() == LogLevel::Info);
        CPPUNIT_ASSERT(_here.size() == 2 && _here[1].first == "net.http");
    }

    void newChildIsNotToldOfLoggersThatALaterLevelCovers()
    {
        set(LogLevel::Trace, "net");
        set(LogLevel::Info, "", "a");
        set(LogLevel::Trace, "sql");
        set(LogLevel::Info, "", "", kTwo);
        CPPUNIT_ASSERT(greeting(1) == (std::vector<std::string>{"sql"}));
        CPPUNIT_ASSERT(greeting(2).empty());
        CPPUNIT_ASSERT(greeting(3) == (std::vector<std::string>{"net", "sql"}));
        set(LogLevel::Info);
        CPPUNIT_ASSERT(greeting(3).empty());
    }

    void loggersAreBounded()
    {
        for (std::size_t i = 0; i <= LogLevels::kLoggersMax; ++i)
            set(LogLevel::Debug, "logger" + std::to_string(i));
        Peer peer = _bed.open(7, 1);
        _levels.greet(*_bed.table.find(StartNumber{7}), "a");
        const auto told = peer.heard<link::SetLogLevel>();
        // Poco keeps each name for ever, so one too many is refused.
        CPPUNIT_ASSERT(!told.empty() && told.size() <= LogLevels::kLoggersMax);
        CPPUNIT_ASSERT_EQUAL(std::string("logger0"), told.front().logger);
        for (const link::SetLogLevel& one : told)
            CPPUNIT_ASSERT(one.logger != "logger" + std::to_string(LogLevels::kLoggersMax));
    }

    void isAnsweredWhenAllHaveConfirmed()
    {
        Peer one = _bed.open(11, 1);
        Peer two = _bed.open(12, 2);
        Peer three = _bed.open(13, 3);
        std::future<core::CommandReply> reply = set(LogLevel::Debug, "", "a");
        CPPUNIT_ASSERT(three.heard<link::SetLogLevel>().empty());
        const auto told = one.heard<link::SetLogLevel>();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, told.size());
        CPPUNIT_ASSERT_EQUAL(static_cast<std::uint8_t>(LogLevel::Debug), told[0].level);

        _levels.confirmations().confirmed(StartNumber{11}, told[0].ticket);
        _levels.confirmations().confirmed(StartNumber{11}, told[0].ticket);
        _levels.confirmations().confirmed(StartNumber{13}, told[0].ticket);
        _levels.confirmations().confirmed(StartNumber{12}, told[0].ticket + 1);
        CPPUNIT_ASSERT(!isReady(reply));
        _levels.confirmations().confirmed(StartNumber{12}, told[0].ticket);
        CPPUNIT_ASSERT(isReady(reply));
        const core::CommandReply answer = reply.get();
        CPPUNIT_ASSERT(answer.outcome == Outcome::Done);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, answer.confirmed);
        CPPUNIT_ASSERT(answer.children == (std::vector<ChildId>{kOne, kTwo}));
        CPPUNIT_ASSERT(!_levels.confirmations().deadline().has_value());
    }

    void childThatEndsIsNotWaitedFor()
    {
        Peer one = _bed.open(11, 1);
        Peer two = _bed.open(12, 2);
        std::future<core::CommandReply> reply = set(LogLevel::Debug);
        _levels.confirmations().ended(StartNumber{11});
        CPPUNIT_ASSERT(!isReady(reply));
        _levels.confirmations().confirmed(StartNumber{12}, two.heard<link::SetLogLevel>().at(0).ticket);
        const core::CommandReply answer = reply.get();
        CPPUNIT_ASSERT(answer.outcome == Outcome::Done);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, answer.confirmed);
    }

    void childWithoutAProcessIsNotWaitedFor()
    {
        Peer one = _bed.open(11, 1);
        one.close();
        const core::CommandReply answer = set(LogLevel::Debug).get();
        CPPUNIT_ASSERT(answer.outcome == Outcome::Done);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, answer.children.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, answer.confirmed);
    }

    void isAnsweredWhenTheTimeIsOver()
    {
        Peer one = _bed.open(11, 1);
        std::future<core::CommandReply> first = set(LogLevel::Debug);
        _now += 10ms;
        std::future<core::CommandReply> second = set(LogLevel::Trace);
        const TimePoint due = *_levels.confirmations().deadline();
        _levels.confirmations().passTime(due - 1ms);
        CPPUNIT_ASSERT(!isReady(first));
        _levels.confirmations().passTime(due);
        CPPUNIT_ASSERT(first.get().outcome == Outcome::TimedOut);
        CPPUNIT_ASSERT(!isReady(second));
        CPPUNIT_ASSERT(*_levels.confirmations().deadline() == due + 10ms);
        _levels.confirmations().confirmed(StartNumber{11},
                                          one.heard<link::SetLogLevel>().at(0).ticket);  // too late
        CPPUNIT_ASSERT(!isReady(second));
        _levels.confirmations().passTime(due + 1h);
        CPPUNIT_ASSERT(second.get().outcome == Outcome::TimedOut);
    }

    void anotherImageSetsWhatWasSetAndLeavesWhatKeysGave()
    {
        set(LogLevel::Debug);
        set(LogLevel::Trace, "sql");
        const LogLevels::State set = _levels.state();
        _levels.masterConfigured(LogLevel::Error);
        CPPUNIT_ASSERT(_levels.master() == LogLevel::Error);
        const LogLevels::State configured = _levels.state();
        _here.clear();
        _levels.resume(set);
        CPPUNIT_ASSERT(_here == (std::vector<std::pair<std::string, LogLevel>>{{"", LogLevel::Debug},
                                                                               {"sql", LogLevel::Trace}}));
        _here.clear();
        _levels.resume(configured);
        CPPUNIT_ASSERT(_levels.master() == LogLevel::Error);
        CPPUNIT_ASSERT(_here == (std::vector<std::pair<std::string, LogLevel>>{{"sql", LogLevel::Trace}}));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogLevelsTest);

}  // namespace clustermanager::runtime::test
