/// Goal: every byte of a log is read once, wherever reading begins and whatever happens to the file.
/// Method: files of a temporary folder that are written, rotated, moved, truncated and replaced between two
/// looks.
#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "control/LogReader.h"
#include "unit/control/RunningControl.h"

namespace clustermanager::control::test {

namespace {

void append(const std::string& path, const std::string& text)
{
    std::ofstream(path, std::ios::app) << text;
}

}  // namespace

class LogReaderTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LogReaderTest);
    CPPUNIT_TEST(findsTheLastLines);
    CPPUNIT_TEST(goesBackOverManyBlocks);
    CPPUNIT_TEST(goesBackSoFarOnly);
    CPPUNIT_TEST(refusesWhatIsNoRegularFile);
    CPPUNIT_TEST(readsWhatIsAppended);
    CPPUNIT_TEST(beginsAgainWhereTruncated);
    CPPUNIT_TEST(followsARotation);
    CPPUNIT_TEST(followsManyRotationsInTheirOrder);
    CPPUNIT_TEST(staysWithAMovedFileWhileItIsWrittenTo);
    CPPUNIT_TEST(waitsForAFileThatIsNotThere);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;
    std::string _path = _folder / "a.log";
    LogReader _reader{_path};

    std::string rest()
    {
        std::string all;
        std::array<char, 1000> block;
        while (const std::size_t count = _reader.read(block.data(), block.size()))
            all.append(block.data(), count);
        return all;
    }

    /// As a follower does, until there is nothing new; "|" where the file is another.
    std::string follow()
    {
        std::string all;
        for (;;)
        {
            all += rest();
            switch (_reader.look())
            {
            case LogReader::Look::Nothing: return all;
            case LogReader::Look::Again: break;
            case LogReader::Look::Other: all += '|'; break;
            }
        }
    }

    std::string tail(std::size_t lines)
    {
        CPPUNIT_ASSERT(_reader.open() == LogReader::Opened::Yes);
        (void)_reader.toTail(lines);
        return rest();
    }

    void rotate(unsigned archives)
    {
        for (unsigned i = archives; i-- > 0;)
            (void)std::rename((_path + '.' + std::to_string(i)).c_str(),
                              (_path + '.' + std::to_string(i + 1)).c_str());
        std::filesystem::rename(_path, _path + ".0");
    }

public:
    void findsTheLastLines()
    {
        append(_path, "");
        CPPUNIT_ASSERT_EQUAL(std::string(), tail(3));
        append(_path, "one\ntwo\n\nfour\n");
        CPPUNIT_ASSERT_EQUAL(std::string(), tail(0));
        CPPUNIT_ASSERT_EQUAL(std::string("four\n"), tail(1));
        CPPUNIT_ASSERT_EQUAL(std::string("\nfour\n"), tail(2));
        CPPUNIT_ASSERT_EQUAL(std::string("one\ntwo\n\nfour\n"), tail(4));
        CPPUNIT_ASSERT_EQUAL(std::string("one\ntwo\n\nfour\n"), tail(10'000));
        append(_path, "half");
        CPPUNIT_ASSERT_EQUAL(std::string("half"), tail(1));
        CPPUNIT_ASSERT_EQUAL(std::string("four\nhalf"), tail(2));
    }

    void goesBackOverManyBlocks()
    {
        std::string wanted;
        for (int i = 0; i < 30'000; ++i)
        {
            const std::string line = "line " + std::to_string(i) + '\n';
            append(_path, line);
            if (i >= 20'000) wanted += line;
        }
        CPPUNIT_ASSERT(tail(10'000) == wanted);
    }

    void goesBackSoFarOnly()
    {
        const std::string line = std::string(99'999, 'x') + '\n';
        for (int i = 0; i < 60; ++i) append(_path, line);
        const std::string some = tail(60);
        CPPUNIT_ASSERT_EQUAL(LogReader::kTailBytes / line.size() * line.size(), std::uint64_t(some.size()));
        append(_path, std::string(5'000'000, 'y'));
        CPPUNIT_ASSERT_EQUAL(LogReader::kTailBytes, std::uint64_t(tail(60).size()));
    }

    void refusesWhatIsNoRegularFile()
    {
        CPPUNIT_ASSERT(_reader.open() == LogReader::Opened::Missing);
        append(_folder / "other", "secret\n");
        std::filesystem::create_symlink(_folder / "other", _path);
        CPPUNIT_ASSERT(_reader.open() == LogReader::Opened::Refused);
        std::filesystem::remove(_path);
        CPPUNIT_ASSERT_EQUAL(0, ::mkfifo(_path.c_str(), 0600));
        CPPUNIT_ASSERT(_reader.open() == LogReader::Opened::Refused);
        std::filesystem::remove(_path);
        std::filesystem::create_directory(_path);
        CPPUNIT_ASSERT(_reader.open() == LogReader::Opened::Refused);
    }

    void readsWhatIsAppended()
    {
        append(_path, "one\n");
        CPPUNIT_ASSERT_EQUAL(std::string("one\n"), tail(5));
        CPPUNIT_ASSERT_EQUAL(std::string(), follow());
        append(_path, "two\n");
        CPPUNIT_ASSERT_EQUAL(std::string("two\n"), follow());
    }

    void beginsAgainWhereTruncated()
    {
        append(_path, "one\ntwo\n");
        (void)tail(0);
        CPPUNIT_ASSERT_EQUAL(0, ::truncate(_path.c_str(), 0));
        CPPUNIT_ASSERT_EQUAL(std::string("|"), follow());
        append(_path, "new\n");
        CPPUNIT_ASSERT_EQUAL(std::string("new\n"), follow());
    }

    void followsARotation()
    {
        append(_path, "one\n");
        (void)tail(0);
        append(_path, "two\n");
        rotate(0);
        CPPUNIT_ASSERT_EQUAL(std::string("two\n"), follow());
        append(_path, "three\n");
        CPPUNIT_ASSERT_EQUAL(std::string("|three\n"), follow());
    }

    void followsManyRotationsInTheirOrder()
    {
        append(_path, "0\n");
        (void)tail(0);
        for (unsigned i = 1; i <= 5; ++i)
        {
            rotate(i);
            append(_path, std::to_string(i) + '\n');
        }
        CPPUNIT_ASSERT_EQUAL(std::string("|1\n|2\n|3\n|4\n|5\n"), follow());
    }

    /// As logrotate with "create" does: the new file is there before its writer knows.
    void staysWithAMovedFileWhileItIsWrittenTo()
    {
        append(_path, "one\n");
        (void)tail(0);
        std::filesystem::rename(_path, _folder / "moved");
        CPPUNIT_ASSERT_EQUAL(std::string(), follow());
        append(_path, "");
        append(_folder / "moved", "two\n");
        CPPUNIT_ASSERT_EQUAL(std::string("two\n"), follow());
        append(_folder / "moved", "three\n");
        append(_path, "four\n");
        CPPUNIT_ASSERT_EQUAL(std::string("three\n|four\n"), follow());
    }

    void waitsForAFileThatIsNotThere()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(), follow());
        append(_path, "one\n");
        CPPUNIT_ASSERT_EQUAL(std::string("|one\n"), follow());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogReaderTest);

}  // namespace clustermanager::control::test
