/// Goal: each frame gets its file, build id, offset and function, but nothing of a file that is another one
/// than the process had mapped, or that is no file. Method: what a crashed process could say of this program.
#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "crash/ElfNames.h"
#include "crash/StackNames.h"
#include "unit/TemporaryFolder.h"
#include "unit/crash/OwnProgram.h"

namespace clustermanager::crash::test {

class StackNamesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(StackNamesTest);
    CPPUNIT_TEST(namesAFunctionOfTheProgram);
    CPPUNIT_TEST(namesAFunctionOfTheSealedCopy);
    CPPUNIT_TEST(namesAFunctionOfALibrary);
    CPPUNIT_TEST(anotherBuildIdNamesNothing);
    CPPUNIT_TEST(whatIsNoRegularFileIsNotOpened);
    CPPUNIT_TEST(numbersOfNoModuleDoNoHarm);
    CPPUNIT_TEST_SUITE_END();

    const std::string _name = "ownprogram::wellKnown(int)";
    FileDescriptor _file = ownprogram::file();

    link::Crashed crashed(const std::string& path) const
    {
        link::Crashed result;
        result.modules = {{path, ElfNames(_file.get()).buildId(), ownprogram::base()}};
        result.frames = {{ownprogram::address(), true, 0}};
        return result;
    }

    static NamedFrame only(const link::Crashed& crashed, const CrashFiles& files)
    {
        const auto frames = nameFrames(crashed, files, Clock::now() + std::chrono::minutes(1));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, frames.size());
        return frames[0];
    }

    void namesAFunctionOfTheProgram()
    {
        const NamedFrame frame = only(crashed(""), {-1, "", "/usr/bin/host"});
        CPPUNIT_ASSERT_EQUAL(_name, frame.function);
        CPPUNIT_ASSERT_EQUAL(std::string("/usr/bin/host"), frame.module);
        CPPUNIT_ASSERT_EQUAL(std::size_t{40}, frame.buildId.size());
        CPPUNIT_ASSERT_EQUAL(ownprogram::address() - ownprogram::base(), frame.offset);
        CPPUNIT_ASSERT_MESSAGE("it is its own plugin", frame.inPlugin);
    }

    void namesAFunctionOfTheSealedCopy()
    {
        const NamedFrame frame = only(crashed("/proc/self/fd/999"), {_file.get(), "plugins/hello.so", ""});
        CPPUNIT_ASSERT_EQUAL(_name, frame.function);
        CPPUNIT_ASSERT_EQUAL(std::string("plugins/hello.so"), frame.module);
        CPPUNIT_ASSERT(frame.inPlugin);
    }

    void namesAFunctionOfALibrary()
    {
        const std::string path = std::filesystem::read_symlink("/proc/self/exe").string();
        const NamedFrame frame = only(crashed(path), {_file.get(), "", ""});
        CPPUNIT_ASSERT_EQUAL(_name, frame.function);
        CPPUNIT_ASSERT_EQUAL(path, frame.module);
        CPPUNIT_ASSERT(!frame.inPlugin);
    }

    void anotherBuildIdNamesNothing()
    {
        link::Crashed other = crashed("/proc/self/fd/999");
        other.modules[0].buildId[0] = static_cast<char>(~other.modules[0].buildId[0]);
        const NamedFrame frame = only(other, {_file.get(), "plugins/hello.so", ""});
        CPPUNIT_ASSERT_EQUAL(std::string(), frame.function);
        CPPUNIT_ASSERT_EQUAL(ownprogram::address() - ownprogram::base(), frame.offset);
    }

    void whatIsNoRegularFileIsNotOpened()
    {
        const TemporaryFolder folder;
        CPPUNIT_ASSERT_EQUAL(0, ::mkfifo((folder / "fifo").c_str(), 0600));
        for (const std::string& path :
             {folder / "fifo", folder.path(), std::string("/dev/null"), folder / "missing",
              std::string("linux-vdso.so.1"), std::string("../../etc/passwd")})
            CPPUNIT_ASSERT_EQUAL(std::string(), only(crashed(path), {}).function);
    }

    void numbersOfNoModuleDoNoHarm()
    {
        link::Crashed wild = crashed("");
        wild.frames = {{0, true, 7}, {0, false, link::CrashFrame::kNoModule}, {~0ULL, false, 0}};
        const auto frames = nameFrames(wild, {}, Clock::now() + std::chrono::minutes(1));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, frames.size());
        for (const NamedFrame& frame : frames) CPPUNIT_ASSERT_EQUAL(std::string(), frame.function);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StackNamesTest);

}  // namespace clustermanager::crash::test
