/// Goal: what a child prints is archived like its log, and what its plugin has sent elsewhere stays there.
/// Method: real files as the standard output of a forked process, which returns the number of what was wrong.
#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "child/OutputFile.h"
#include "unit/TemporaryFolder.h"
#include "unit/base/InForkedProcess.h"

using namespace clustermanager;
using namespace clustermanager::child;
using clustermanager::test::inForkedProcess;

class OutputFileTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(OutputFileTest);
    CPPUNIT_TEST(bothOutputsGoToItAndOnInANewOne);
    CPPUNIT_TEST(itIsLeftAloneUntilItIsFull);
    CPPUNIT_TEST(whatThePluginHasSentElsewhereStaysThere);
    CPPUNIT_TEST(oneThatWasMovedAwayIsNotArchived);
    CPPUNIT_TEST(oneThatCannotBeArchivedIsWrittenOn);
    CPPUNIT_TEST(oneThatCannotBeOpenedLeavesAllAsItWas);
    CPPUNIT_TEST(withoutADescriptorForANewOneItIsLeftAlone);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;
    const std::string _path = _folder / "a.out";

    static void print(int output, std::size_t bytes)
    {
        const std::string text(bytes, 'x');
        (void)!::write(output, text.data(), text.size());
    }

    std::uintmax_t size(const std::string& ending = "") const
    {
        std::error_code absent;
        const std::uintmax_t bytes = std::filesystem::file_size(_path + ending, absent);
        return absent ? 9'999 : bytes;
    }

public:
    void bothOutputsGoToItAndOnInANewOne()
    {
        CPPUNIT_ASSERT_EQUAL(0, inForkedProcess([this] {
                                 OutputFile file;
                                 if (!file.open(_path, {10, 2}).empty()) return 1;
                                 print(STDOUT_FILENO, 7);
                                 print(STDERR_FILENO, 4);
                                 if (size() != 11 || !file.rotateWhenFull().empty()) return 2;
                                 print(STDOUT_FILENO, 1);
                                 print(STDERR_FILENO, 2);
                                 return size() == 3 && size(".0") == 11 ? 0 : 3;
                             }));
    }

    void itIsLeftAloneUntilItIsFull()
    {
        CPPUNIT_ASSERT_EQUAL(0, inForkedProcess([this] {
                                 OutputFile file;
                                 if (!file.rotateWhenFull().empty() || !file.reopen().empty()) return 1;
                                 (void)file.open(_path, {10, 2});
                                 print(STDOUT_FILENO, 10);
                                 (void)file.rotateWhenFull();
                                 if (size() != 10) return 2;
                                 (void)file.open(_path, {0, 2});  // never
                                 print(STDOUT_FILENO, 90);
                                 (void)file.rotateWhenFull();
                                 return size() == 100 ? 0 : 3;
                             }));
    }

    void whatThePluginHasSentElsewhereStaysThere()
    {
        CPPUNIT_ASSERT_EQUAL(0, inForkedProcess([this] {
                                 OutputFile file;
                                 (void)file.open(_path, {10, 2});
                                 const FileDescriptor other(
                                     ::open((_folder / "own").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
                                 if (::dup2(other.get(), STDOUT_FILENO) < 0) return 1;
                                 print(STDERR_FILENO, 11);
                                 (void)file.rotateWhenFull();
                                 print(STDOUT_FILENO, 5);
                                 print(STDERR_FILENO, 2);
                                 if (size() != 2 || size(".0") != 11) return 2;
                                 if (::dup2(other.get(), STDERR_FILENO) < 0) return 3;
                                 print(STDERR_FILENO, 50);
                                 (void)file.rotateWhenFull();
                                 (void)file.reopen();
                                 print(STDERR_FILENO, 50);
                                 return size() == 2 && std::filesystem::file_size(_folder / "own") == 105 ? 0
                                                                                                          : 4;
                             }));
    }

    void oneThatWasMovedAwayIsNotArchived()
    {
        CPPUNIT_ASSERT_EQUAL(0, inForkedProcess([this] {
                                 OutputFile file;
                                 (void)file.open(_path, {10, 2});
                                 print(STDOUT_FILENO, 11);
                                 std::filesystem::rename(_path, _path + ".moved");
                                 std::ofstream(_path) << "of somebody else";
                                 (void)file.rotateWhenFull();
                                 print(STDOUT_FILENO, 4);
                                 return size() == 20 && size(".0") == 9'999 && size(".moved") == 11 ? 0 : 1;
                             }));
    }

    void oneThatCannotBeArchivedIsWrittenOn()
    {
        CPPUNIT_ASSERT_EQUAL(0, inForkedProcess([this] {
                                 OutputFile file;
                                 (void)file.open(_path, {10, 2});
                                 print(STDOUT_FILENO, 11);
                                 std::filesystem::create_directories(_path + ".0/full");
                                 std::filesystem::create_directories(_path + ".1/full");
                                 if (!file.rotateWhenFull().empty()) return 1;
                                 print(STDOUT_FILENO, 4);
                                 return size() == 15 ? 0 : 2;
                             }));
    }

    void oneThatCannotBeOpenedLeavesAllAsItWas()
    {
        CPPUNIT_ASSERT_EQUAL(0, inForkedProcess([this] {
                                 OutputFile file;
                                 (void)file.open(_path, {10, 2});
                                 std::filesystem::rename(_path, _path + ".moved");
                                 std::filesystem::create_directory(_path);
                                 if (file.reopen().find("not a regular file") == std::string::npos) return 1;
                                 print(STDOUT_FILENO, 4);
                                 return size(".moved") == 4 ? 0 : 2;
                             }));
    }

    void withoutADescriptorForANewOneItIsLeftAlone()
    {
        CPPUNIT_ASSERT_EQUAL(0, inForkedProcess([this] {
                                 OutputFile file;
                                 (void)file.open(_path, {10, 2});
                                 print(STDOUT_FILENO, 11);
                                 rlimit usual = {};
                                 (void)::getrlimit(RLIMIT_NOFILE, &usual);
                                 const rlimit none = {0, usual.rlim_max};
                                 (void)::setrlimit(RLIMIT_NOFILE, &none);
                                 if (!file.rotateWhenFull().empty()) return 1;
                                 (void)::setrlimit(RLIMIT_NOFILE, &usual);
                                 print(STDOUT_FILENO, 4);
                                 if (size() != 15 || size(".0") != 9'999) return 2;
                                 (void)file.rotateWhenFull();
                                 return size() == 0 && size(".0") == 15 ? 0 : 3;
                             }));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OutputFileTest);
