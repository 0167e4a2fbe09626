/// Goal: the file keeps what it is given, within its bounds, for its owner alone, and finds it again.
/// Method: real database files: filters, limits, files that are none, and a second opening.
#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>
#include <unistd.h>

#include <Poco/Exception.h>

#include <fstream>

#include "historian/HistoryStore.h"
#include "unit/history/Past.h"

namespace clustermanager::historian::test {

namespace {

link::HistoryRow row(const std::string& kind, const std::string& group, std::uint32_t child, int second,
                     const std::string& text)
{
    return {WallTime(std::chrono::seconds(1'000'000 + second)), kind, group, ChildId{child},
            "{\"text\":\"" + text + "\"}"};
}

link::HistoryRow exitOf(std::uint32_t child, const std::string& group = "web", int second = 0)
{
    return row("exit", group, child, second, "exit of " + std::to_string(child));
}

link::HistoryRow command(const std::string& text, int second)
{
    return row("command", "", 0, second, text);
}

}  // namespace

class HistoryStoreTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HistoryStoreTest);
    CPPUNIT_TEST(findsWhatItWasGiven);
    CPPUNIT_TEST(givesTheNewest);
    CPPUNIT_TEST(keepsItOverAnOpening);
    CPPUNIT_TEST(prunesByRowsAndByAge);
    CPPUNIT_TEST(isForItsOwnerAlone);
    CPPUNIT_TEST(refusesWhatIsNoFileOfOurs);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;
    std::string _path = _folder / "history.db";

    static std::size_t count(HistoryStore& store, const link::HistoryFind& filter)
    {
        return store.find(filter).size();
    }

    void findsWhatItWasGiven()
    {
        HistoryStore store(_path, {});
        store.append({exitOf(1, "web", 0), exitOf(2, "web", 1), exitOf(1, "api", 2),
                      command("it's \"; DROP TABLE history; --", 3)});
        const auto at = [](int second) { return WallTime(std::chrono::seconds(1'000'000 + second)); };
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, count(store, {}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, count(store, {at(1), std::nullopt, "", std::nullopt, {}}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, count(store, {std::nullopt, at(1), "", std::nullopt, {}}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2},
                             count(store, {std::nullopt, std::nullopt, "web", std::nullopt, {}}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0},
                             count(store, {std::nullopt, std::nullopt, "' OR 1=1 --", std::nullopt, {}}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, count(store, {std::nullopt, std::nullopt, "", ChildId{1}, {}}));
        CPPUNIT_ASSERT_EQUAL(
            std::size_t{1},
            count(store, {std::nullopt, std::nullopt, "", std::nullopt, {"host", "command"}}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, count(store, {at(0), at(2), "web", ChildId{2}, {"exit"}}));
        const std::string text =
            store.find({std::nullopt, std::nullopt, "", std::nullopt, {"command"}}).at(0);
        CPPUNIT_ASSERT(text.find("DROP TABLE history; --\"") != std::string::npos);
    }

    void givesTheNewest()
    {
        HistoryStore store(_path, {});
        for (std::uint32_t i = 1; i <= 5; ++i) store.append({exitOf(i)});
        link::HistoryFind filter;
        filter.limit = 2;
        const std::vector<std::string> rows = store.find(filter);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, rows.size());
        CPPUNIT_ASSERT(rows[0].find("exit of 4") != std::string::npos);
        CPPUNIT_ASSERT(rows[1].find("exit of 5") != std::string::npos);
    }

    void keepsItOverAnOpening()
    {
        HistoryStore(_path, {}).append({exitOf(1)});
        HistoryStore again(_path, {});
        again.append({exitOf(2)});
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, count(again, {}));
    }

    void prunesByRowsAndByAge()
    {
        const WallTime start(std::chrono::seconds(1'000'000));
        HistoryStore store(_path, {3, Millis(10'000)});
        for (int i = 0; i < 5; ++i) store.append({exitOf(1, "web", i)});
        store.prune(start);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, count(store, {}));
        store.prune(start + std::chrono::milliseconds(13'500));  // of 2, 3 and 4 s the last is young enough
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, count(store, {}));
        store.prune(start + std::chrono::hours(1));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, count(store, {}));
    }

    void isForItsOwnerAlone()
    {
        HistoryStore store(_path, {});
        store.append({exitOf(1)});
        for (const char* suffix : {"", "-wal", "-shm"})
        {
            struct stat facts = {};
            CPPUNIT_ASSERT_EQUAL_MESSAGE(suffix, 0, ::stat((_path + suffix).c_str(), &facts));
            CPPUNIT_ASSERT_EQUAL(mode_t{0600}, facts.st_mode & 0777);
        }
    }

    void refusesWhatIsNoFileOfOurs()
    {
        std::ofstream(_path) << std::string(8'192, 'x');
        CPPUNIT_ASSERT_THROW(HistoryStore(_path, {}), Poco::Exception);
        CPPUNIT_ASSERT_EQUAL(0, ::symlink("history.db", (_folder / "link").c_str()));
        CPPUNIT_ASSERT_THROW(HistoryStore(_folder / "link", {}), Poco::FileException);
        CPPUNIT_ASSERT_EQUAL(0, ::mkfifo((_folder / "fifo").c_str(), 0600));
        CPPUNIT_ASSERT_THROW(HistoryStore(_folder / "fifo", {}), Poco::FileException);
        CPPUNIT_ASSERT_THROW(HistoryStore(_folder / "none/history.db", {}), Poco::FileException);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HistoryStoreTest);

}  // namespace clustermanager::historian::test
