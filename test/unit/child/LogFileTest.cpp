/// Goal: a log file survives its disk, its folder and its writer: lines are whole, and what is lost is
/// counted. Method: real files; a disk that is full is played by RLIMIT_FSIZE, a writer that was killed by
/// half a line.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <thread>

#include "child/LogFile.h"
#include "unit/FullDisk.h"
#include "unit/TemporaryFolder.h"

using namespace clustermanager;
using namespace clustermanager::child;

namespace {

constexpr Millis kLookAlways{0};

void writeFile(const std::string& path, const std::string& content)
{
    std::ofstream(path, std::ios::binary) << content;
}

}  // namespace

class LogFileTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LogFileTest);
    CPPUNIT_TEST(linesAreAppended);
    CPPUNIT_TEST(theLastLinesSinceItsOpeningCanBeHad);
    CPPUNIT_TEST(anotherThreadMayHaveTheLastLines);
    CPPUNIT_TEST(theFileIsMadeWithItsFolderAndIsPrivate);
    CPPUNIT_TEST(aHalfLineOfAKilledWriterIsEnded);
    CPPUNIT_TEST(aFullDiskCostsCountedLinesAndNoHalfOnes);
    CPPUNIT_TEST(aLineThatDoesNotFitIsTakenBack);
    CPPUNIT_TEST(aDeletedFolderIsMadeAgain);
    CPPUNIT_TEST(aMovedFileIsLeftBehind);
    CPPUNIT_TEST(aMovedFileIsWrittenOnUntilTheNextLook);
    CPPUNIT_TEST(aTruncatedFileIsContinuedWithoutAHole);
    CPPUNIT_TEST(aMissingFolderThatCannotBeMadeIsCounted);
    CPPUNIT_TEST(whatIsNoRegularFileIsRefused);
    CPPUNIT_TEST(aForeignFileIsRefused);
    CPPUNIT_TEST(rotationKeepsTheNumberOfArchives);
    CPPUNIT_TEST(rotationWithoutArchivesStartsAnew);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;
    const std::string _path = _folder / "a.log";

    void expectLines(const std::vector<std::string>& expected, const std::string& path)
    {
        const std::vector<std::string> lines = linesOf(path);
        CPPUNIT_ASSERT_EQUAL(expected.size(), lines.size());
        for (std::size_t i = 0; i < lines.size(); ++i) CPPUNIT_ASSERT_EQUAL(expected[i], lines[i]);
    }

    void theLastLinesSinceItsOpeningCanBeHad()
    {
        const std::string path = _folder / "child.log";
        writeFile(path, "of the process before\n");
        LogFile log(path, {0, 3});
        std::array<char, 25> room{};
        const auto last = [&] { return std::string(room.data(), log.lastLines(room.data(), room.size())); };
        CPPUNIT_ASSERT_EQUAL(std::string(), last());
        CPPUNIT_ASSERT(log.writeLine("first line"));
        CPPUNIT_ASSERT_EQUAL(std::string("first line\n"), last());
        CPPUNIT_ASSERT(log.writeLine("second line"));
        CPPUNIT_ASSERT_EQUAL(std::string("first line\nsecond line\n"), last());
        CPPUNIT_ASSERT(log.writeLine("third line"));
        CPPUNIT_ASSERT_EQUAL(std::string("second line\nthird line\n"), last());
        CPPUNIT_ASSERT(log.writeLine(std::string(100, 'x')));
        CPPUNIT_ASSERT_EQUAL(std::string(), last());
        CPPUNIT_ASSERT_EQUAL(0, ::truncate(path.c_str(), 0));
        CPPUNIT_ASSERT_EQUAL(std::string(), last());
        log.reopen();
        CPPUNIT_ASSERT_EQUAL(std::string(), last());
    }

    /// As where a thread crashes while another logs.
    void anotherThreadMayHaveTheLastLines()
    {
        LogFile log(_path, {});
        std::thread writer([&log] { (void)log.writeLine("a line"); });
        std::array<char, 25> room{};
        std::size_t size = 0;
        const TimePoint deadline = Clock::now() + std::chrono::seconds(20);
        while (size == 0 && Clock::now() < deadline) size = log.lastLines(room.data(), room.size());
        writer.join();
        CPPUNIT_ASSERT_EQUAL(std::string("a line\n"), std::string(room.data(), size));
    }

    void linesAreAppended()
    {
        writeFile(_path, "old\n");
        LogFile log(_path, {});
        CPPUNIT_ASSERT(log.writeLine("one"));
        CPPUNIT_ASSERT(log.writeLine(""));
        expectLines({"old", "one", ""}, _path);
    }

    void theFileIsMadeWithItsFolderAndIsPrivate()
    {
        const std::string deep = _folder / "x/y/z.log";
        LogFile log(deep, {});
        CPPUNIT_ASSERT(!std::filesystem::exists(deep));  // only with the first line
        CPPUNIT_ASSERT(log.writeLine("one"));
        struct stat facts = {};
        CPPUNIT_ASSERT_EQUAL(0, ::stat(deep.c_str(), &facts));
        CPPUNIT_ASSERT_EQUAL(0u, facts.st_mode & 0137u);
    }

    void aHalfLineOfAKilledWriterIsEnded()
    {
        writeFile(_path, "whole\nhal");
        LogFile log(_path, {});
        CPPUNIT_ASSERT(log.writeLine("next"));
        CPPUNIT_ASSERT(log.writeLine("last"));
        expectLines({"whole", "hal", "next", "last"}, _path);
    }

    void aFullDiskCostsCountedLinesAndNoHalfOnes()
    {
        LogFile log(_path, {});
        int written = 0;
        {
            const FullDisk full(1000);
            for (int i = 0; i < 100; ++i)
                written += log.writeLine("line " + std::to_string(i) + std::string(20, '.'));
        }
        CPPUNIT_ASSERT(written > 0 && written < 100);
        CPPUNIT_ASSERT_EQUAL(static_cast<std::uint64_t>(100 - written), log.dropped());
        CPPUNIT_ASSERT(log.writeLine("space again"));

        const std::vector<std::string> lines = linesOf(_path);
        CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(written) + 2, lines.size());
        for (int i = 0; i < written; ++i)
            CPPUNIT_ASSERT_EQUAL("line " + std::to_string(i) + std::string(20, '.'),
                                 lines[static_cast<std::size_t>(i)]);
        const std::string& notice = lines[lines.size() - 2];
        CPPUNIT_ASSERT(notice.find("warn [log] " + std::to_string(100 - written) +
                                   " records dropped: write") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string("space again"), lines.back());
        CPPUNIT_ASSERT(log.writeLine("and no second notice"));
        CPPUNIT_ASSERT_EQUAL(lines.size() + 1, linesOf(_path).size());
    }

    void aLineThatDoesNotFitIsTakenBack()
    {
        LogFile log(_path, {});
        CPPUNIT_ASSERT(log.writeLine("first"));
        {
            const FullDisk full(10);
            CPPUNIT_ASSERT(!log.writeLine("0123456789"));  // four bytes of it fit
        }
        CPPUNIT_ASSERT_EQUAL(std::string("first\n"), contentOf(_path));
    }

    void aDeletedFolderIsMadeAgain()
    {
        const std::string path = _folder / "logs/a.log";
        LogFile log(path, {}, kLookAlways);
        CPPUNIT_ASSERT(log.writeLine("one"));
        std::filesystem::remove_all(_folder / "logs");
        CPPUNIT_ASSERT(log.writeLine("two"));
        expectLines({"two"}, path);
    }

    void aMovedFileIsLeftBehind()
    {
        LogFile log(_path, {}, kLookAlways);
        CPPUNIT_ASSERT(log.writeLine("one"));
        std::filesystem::rename(_path, _folder / "moved");
        CPPUNIT_ASSERT(log.writeLine("two"));
        expectLines({"one"}, _folder / "moved");
        expectLines({"two"}, _path);
    }

    void aMovedFileIsWrittenOnUntilTheNextLook()
    {
        LogFile log(_path, {}, std::chrono::hours(1));
        CPPUNIT_ASSERT(log.writeLine("one"));
        std::filesystem::rename(_path, _folder / "moved");
        CPPUNIT_ASSERT(log.writeLine("still there"));
        log.reopen();
        CPPUNIT_ASSERT(log.writeLine("two"));
        expectLines({"one", "still there"}, _folder / "moved");
        expectLines({"two"}, _path);
    }

    void aTruncatedFileIsContinuedWithoutAHole()
    {
        LogFile log(_path, {}, kLookAlways);
        CPPUNIT_ASSERT(log.writeLine("one"));
        std::filesystem::resize_file(_path, 0);
        CPPUNIT_ASSERT(log.writeLine("two"));
        CPPUNIT_ASSERT_EQUAL(std::string("two\n"), contentOf(_path));
    }

    void aMissingFolderThatCannotBeMadeIsCounted()
    {
        const std::string place = _folder / "place";
        writeFile(place, "a file where a folder is wanted");
        LogFile log(place + "/a.log", {});
        for (int i = 0; i < 5; ++i) CPPUNIT_ASSERT(!log.writeLine("lost"));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{5}, log.dropped());
        std::filesystem::remove(place);
        CPPUNIT_ASSERT(log.writeLine("found"));
        const std::vector<std::string> lines = linesOf(place + "/a.log");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, lines.size());
        CPPUNIT_ASSERT(lines[0].find("5 records dropped") != std::string::npos);
    }

    void whatIsNoRegularFileIsRefused()
    {
        CPPUNIT_ASSERT_EQUAL(0, ::mkfifo((_folder / "fifo").c_str(), 0600));
        std::filesystem::create_directory(_folder / "folder");
        writeFile(_folder / "target", "");
        std::filesystem::create_symlink(_folder / "target", _folder / "link");
        for (const std::string& path :
             {_folder / "fifo", _folder / "folder", _folder / "link", std::string("/dev/null")})
        {
            const Result<FileDescriptor> file = openForAppend(path);
            CPPUNIT_ASSERT_MESSAGE(path, !file);
            CPPUNIT_ASSERT_MESSAGE(file.error().text(),
                                   file.error().text().find("refused, as it is not a regular file") == 0);
            CPPUNIT_ASSERT(!LogFile(path, {}).writeLine("x"));
        }
        CPPUNIT_ASSERT_EQUAL(std::string(), contentOf(_folder / "target"));
    }

    void aForeignFileIsRefused()
    {
        if (::geteuid() != 0) return;  // only root can make one
        writeFile(_path, "");
        CPPUNIT_ASSERT_EQUAL(0, ::chown(_path.c_str(), 12345, 12345));
        const Result<FileDescriptor> file = openForAppend(_path);
        CPPUNIT_ASSERT(!file && file.error().text().find("belongs to another user") != std::string::npos);
    }

    void rotationKeepsTheNumberOfArchives()
    {
        writeFile(_path + ".3", "of a time with more archives\n");
        LogFile log(_path, {22, 3});
        for (int i = 0; i < 10; ++i) CPPUNIT_ASSERT(log.writeLine("line " + std::to_string(i) + " ..."));
        expectLines({"line 8 ...", "line 9 ..."}, _path);
        expectLines({"line 6 ...", "line 7 ..."}, _path + ".0");
        expectLines({"line 2 ...", "line 3 ..."}, _path + ".2");
        CPPUNIT_ASSERT(!std::filesystem::exists(_path + ".3"));
    }

    void rotationWithoutArchivesStartsAnew()
    {
        LogFile log(_path, {20, 0});
        for (int i = 0; i < 9; ++i) CPPUNIT_ASSERT(log.writeLine("12345678"));
        expectLines({"12345678"}, _path);
        CPPUNIT_ASSERT(!std::filesystem::exists(_path + ".0"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogFileTest);
