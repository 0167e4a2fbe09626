/// Goal: what happens gets to the disk without anybody waiting for it; a broken disk costs the history alone,
///       with one warning, and is left as soon as it works again.
/// Method: a history in front of a source that the test fills; a folder that is not there, and then is.
#include <cppunit/extensions/HelperMacros.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "history/History.h"
#include "history/Rows.h"
#include "unit/FullDisk.h"
#include "unit/history/Past.h"

namespace clustermanager::history::test {

namespace {

constexpr Millis kPatience{20'000};

core::Occurrence recent(std::uint32_t child)
{
    core::Occurrence occurrence = exitOf(child);
    occurrence.at = std::chrono::system_clock::now();
    return occurrence;
}

/// Stands for the journal.
class FakeJournal : public core::OccurrenceSource
{
public:
    void add(core::Occurrence occurrence)
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        occurrence.number = _all.size() + 1;
        _all.push_back(shared(std::move(occurrence)));
        const std::uint64_t one = 1;
        if (_reader >= 0) (void)!::write(_reader, &one, sizeof one);
    }

    core::Occurrences after(std::uint64_t number, std::size_t most) const override
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        core::Occurrences news;
        for (const auto& one : _all)
            if (one->number > number && news.size() < most) news.push_back(one);
        return news;
    }
    std::uint64_t last() const override
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        ++_looks;
        return _all.size();
    }
    /// How often it was asked for the last one.
    unsigned looks() const
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        return _looks;
    }
    void addReader(int eventFd) override
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        _reader = eventFd;
    }
    void removeReader(int) override
    {
        const std::lock_guard<std::mutex> lock(_mutex);
        _reader = -1;
    }

private:
    mutable std::mutex _mutex;
    core::Occurrences _all;
    int _reader = -1;
    mutable unsigned _looks = 0;
};

}  // namespace

class HistoryTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HistoryTest);
    CPPUNIT_TEST(writesWhatHappens);
    CPPUNIT_TEST(writesTheRestWhenItStops);
    CPPUNIT_TEST(goesOnAfterAStop);
    CPPUNIT_TEST(costsItselfAloneWhereItIsBroken);
    CPPUNIT_TEST(costsItselfAloneWhereTheDiskIsFull);
    CPPUNIT_TEST(answersNothingWhereItIsStopped);
    CPPUNIT_TEST(waitsUntilItIsOver);
    CPPUNIT_TEST(butNotForGood);
    CPPUNIT_TEST(waitsForNoneOfThoseWhoAsk);
    CPPUNIT_TEST(writesMuchAtOnce);
    CPPUNIT_TEST(letsItsProcessGo);
    CPPUNIT_TEST(goesOnWhenItsProcessIsKilled);
    CPPUNIT_TEST(whatCouldNotBeWrittenIsWrittenLater);
    CPPUNIT_TEST(keepsOnlyWhatBelongsThere);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;
    FakeJournal _journal;
    std::atomic<int> _warnings{0};
    std::atomic<int> _news{0};

    History::Options options(const std::string& file = "history.db")
    {
        History::Options options;
        options.path = _folder / file;
        options.warn = [this](const std::string&) { ++_warnings; };
        options.inform = [this](const std::string&) { ++_news; };
        options.retry = Millis(1);
        return options;
    }

    /// Questions come behind what has happened before.
    static std::size_t rows(History& history)
    {
        const core::HistoryAnswer answer = history.ask({}, kPatience);
        CPPUNIT_ASSERT_EQUAL(std::string(), answer.problem);
        return answer.rows.size();
    }

    void writesWhatHappens()
    {
        _journal.add(recent(1));  // before it starts
        History history(options(), _journal);
        history.start();
        for (std::uint32_t i = 1; i < 600; ++i) _journal.add(recent(i + 1));
        _journal.add({0, {}, core::Announce::Severity::Info, "", "", core::Notice{}});
        core::HistoryFilter all;
        all.limit = 1'000;
        CPPUNIT_ASSERT_EQUAL(std::size_t{600}, history.ask(all, kPatience).rows.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{100}, rows(history));
        CPPUNIT_ASSERT_EQUAL(0, _warnings.load());
    }

    void writesTheRestWhenItStops()
    {
        {
            History history(options(), _journal);
            history.start();
            for (std::uint32_t i = 0; i < 10; ++i) _journal.add(recent(i + 1));
        }
        HistoryProgram program;
        HistoryProcess process(program, _folder / "history.db", {});
        CPPUNIT_ASSERT_EQUAL(std::size_t{10}, process.find({}).size());
    }

    void goesOnAfterAStop()
    {
        History history(options(), _journal);
        history.start();
        _journal.add(recent(1));
        history.stop();
        _journal.add(recent(2));
        history.start();
        _journal.add(recent(3));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, rows(history));
    }

    void costsItselfAloneWhereItIsBroken()
    {
        History history(options("later/history.db"), _journal);
        history.start();
        for (std::uint32_t i = 0; i < 3; ++i)
        {
            _journal.add(recent(1));
            CPPUNIT_ASSERT(!history.ask({}, kPatience).problem.empty());
        }
        CPPUNIT_ASSERT_EQUAL(1, _warnings.load());
        std::filesystem::create_directory(_folder / "later");
        const TimePoint deadline = Clock::now() + kPatience;
        do _journal.add(recent(2));
        while (!history.ask({}, kPatience).problem.empty() && Clock::now() < deadline);
        CPPUNIT_ASSERT(rows(history) >= 1);
        CPPUNIT_ASSERT_EQUAL(1, _news.load());
        CPPUNIT_ASSERT_EQUAL(1, _warnings.load());
    }

    void costsItselfAloneWhereTheDiskIsFull()
    {
        History history(options(), _journal);
        {
            const FullDisk full(20'000);
            history.start();
            for (std::uint32_t i = 0; _warnings.load() == 0 && i < 100'000; ++i) _journal.add(recent(i + 1));
            const TimePoint deadline = Clock::now() + kPatience;
            while (_warnings.load() == 0 && Clock::now() < deadline) (void)history.ask({}, kPatience);
            CPPUNIT_ASSERT_EQUAL(1, _warnings.load());
        }
        const TimePoint deadline = Clock::now() + kPatience;
        do _journal.add(recent(1));
        while (_news.load() == 0 && Clock::now() < deadline);
        CPPUNIT_ASSERT_EQUAL(1, _news.load());
        CPPUNIT_ASSERT(rows(history) >= 1);
        CPPUNIT_ASSERT_EQUAL(1, _warnings.load());
    }

    void answersNothingWhereItIsStopped()
    {
        History history(options(), _journal);
        CPPUNIT_ASSERT_EQUAL(std::string("the host stops"), history.ask({}, kPatience).problem);
    }

    /// The one this process has; 0: it has none.
    static pid_t process()
    {
        for (const auto& task : std::filesystem::directory_iterator("/proc/self/task"))
        {
            std::ifstream list(task.path() / "children");
            for (pid_t pid = 0; list >> pid;) return pid;
        }
        return 0;
    }

    template <class Condition>
    static bool waitFor(Condition condition)
    {
        const TimePoint deadline = Clock::now() + kPatience;
        while (!condition() && Clock::now() < deadline) (void)::poll(nullptr, 0, 5);
        return condition();
    }

    /// It waits for longer than any test does.
    History::Options slow()
    {
        History::Options slow = options();
        slow.settle = 10 * kPatience;
        return slow;
    }

    void waitsUntilItIsOver()
    {
        History history(slow(), _journal);
        history.start();
        _journal.add(recent(1));
        CPPUNIT_ASSERT(waitFor([&] { return _journal.looks() > 0; }));
        CPPUNIT_ASSERT_EQUAL(0, process());
    }

    void butNotForGood()
    {
        History::Options patient = options();
        patient.idle = kPatience;
        patient.settle = Millis(1);
        History history(std::move(patient), _journal);
        history.start();
        _journal.add(recent(1));
        CPPUNIT_ASSERT(waitFor([] { return process() != 0; }));
    }

    void waitsForNoneOfThoseWhoAsk()
    {
        History history(slow(), _journal);
        history.start();
        _journal.add(recent(1));
        CPPUNIT_ASSERT(waitFor([&] { return _journal.looks() > 0; }));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, rows(history));
        _journal.add(recent(2));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, rows(history));
    }

    void writesMuchAtOnce()
    {
        History history(slow(), _journal);
        history.start();
        for (std::uint32_t i = 1; i <= 1'100; ++i) _journal.add(recent(i));
        CPPUNIT_ASSERT(waitFor([] { return process() != 0; }));
    }

    void letsItsProcessGo()
    {
        History::Options brief = options();
        brief.idle = Millis(20);
        History history(std::move(brief), _journal);
        history.start();
        for (std::uint32_t i = 1; i <= 3; ++i)
        {
            _journal.add(recent(i));
            CPPUNIT_ASSERT_EQUAL(std::size_t{i}, rows(history));
            CPPUNIT_ASSERT(waitFor([] { return process() == 0; }));
        }
        CPPUNIT_ASSERT_EQUAL(0, _warnings.load());
    }

    void goesOnWhenItsProcessIsKilled()
    {
        History::Options patient = options();
        patient.idle = kPatience;
        History history(std::move(patient), _journal);
        history.start();
        _journal.add(recent(1));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, rows(history));
        const pid_t victim = process();
        CPPUNIT_ASSERT(victim != 0);
        CPPUNIT_ASSERT_EQUAL(0, ::kill(victim, SIGKILL));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, rows(history));
        CPPUNIT_ASSERT_EQUAL(0, ::kill(process(), SIGKILL));
        _journal.add(recent(2));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, rows(history));
        CPPUNIT_ASSERT_EQUAL(0, _warnings.load());
        CPPUNIT_ASSERT_EQUAL(2, _news.load());
    }

    void whatCouldNotBeWrittenIsWrittenLater()
    {
        History history(options("later/history.db"), _journal);
        history.start();
        for (std::uint32_t i = 1; i <= 300; ++i) _journal.add(recent(i));
        CPPUNIT_ASSERT(!history.ask({}, kPatience).problem.empty());
        std::filesystem::create_directory(_folder / "later");
        CPPUNIT_ASSERT(waitFor([&] { return history.ask({}, kPatience).problem.empty(); }));
        core::HistoryFilter all;
        all.limit = 1'000;
        CPPUNIT_ASSERT_EQUAL(std::size_t{300}, history.ask(all, kPatience).rows.size());
    }

    void keepsOnlyWhatBelongsThere()
    {
        const auto kept = [](decltype(core::Occurrence::what) what) {
            core::Occurrence occurrence;
            occurrence.what = std::move(what);
            return isKept(occurrence);
        };
        core::OperationChanged operation;
        operation.state = core::OperationState::Running;
        CPPUNIT_ASSERT(!kept(operation));
        operation.state = core::OperationState::Failed;
        CPPUNIT_ASSERT(kept(operation));
        CPPUNIT_ASSERT(kept(core::ProcessEnded{}) && kept(core::CommandAsked{}) &&
                       kept(core::HostChanged{}) && kept(core::ConfigurationRead{}));
        CPPUNIT_ASSERT(!kept(core::ChildStateChanged{}) && !kept(core::GroupChanged{}) &&
                       !kept(core::Notice{}));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HistoryTest);

}  // namespace clustermanager::history::test
