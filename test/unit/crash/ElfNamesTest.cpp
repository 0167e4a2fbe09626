/// Goal: the function that has an address is found, and no file does harm.
/// Method: this program itself, whole, cut off at every place that matters, and garbled.
#include <cppunit/extensions/HelperMacros.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "base/SealedFile.h"
#include "crash/ElfNames.h"
#include "unit/crash/OwnProgram.h"

int ownprogram::wellKnown(int number)
{
    return number + 1;
}

namespace clustermanager::crash::test {

class ElfNamesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ElfNamesTest);
    CPPUNIT_TEST(findsTheFunction);
    CPPUNIT_TEST(knowsTheBuildId);
    CPPUNIT_TEST(knowsNothingOfWhatIsNoElfFile);
    CPPUNIT_TEST(aFileThatIsCutOffDoesNoHarm);
    CPPUNIT_TEST(stopsAtTheDeadline);
    CPPUNIT_TEST_SUITE_END();

    static TimePoint later() { return Clock::now() + std::chrono::minutes(1); }

    static std::string nameAt(int fd, std::uint64_t address, TimePoint deadline = later())
    {
        std::vector<WantedName> wanted{{address, ""}};
        ElfNames(fd).find(wanted, deadline);
        return wanted[0].name;
    }

    static std::uint64_t known() { return ownprogram::address() - ownprogram::base(); }

    void findsTheFunction()
    {
        const FileDescriptor file = ownprogram::file();
        std::vector<WantedName> wanted{{~0ULL, ""}, {known(), ""}, {0, ""}, {known(), ""}};
        ElfNames(file.get()).find(wanted, later());
        const std::string name = "_ZN10ownprogram9wellKnownEi";
        CPPUNIT_ASSERT_EQUAL(name, wanted[1].name);
        CPPUNIT_ASSERT_EQUAL(name, wanted[3].name);
        CPPUNIT_ASSERT_EQUAL(std::string(), wanted[0].name);
        CPPUNIT_ASSERT_EQUAL(std::string(), wanted[2].name);
    }

    void knowsTheBuildId()
    {
        const FileDescriptor file = ownprogram::file();
        CPPUNIT_ASSERT_EQUAL(std::size_t{20}, ElfNames(file.get()).buildId().size());
    }

    void knowsNothingOfWhatIsNoElfFile()
    {
        const FileDescriptor text(::open("/proc/self/maps", O_RDONLY | O_CLOEXEC));
        for (const int fd : {text.get(), -1})
        {
            CPPUNIT_ASSERT_EQUAL(std::string(), ElfNames(fd).buildId());
            CPPUNIT_ASSERT_EQUAL(std::string(), nameAt(fd, known()));
        }
    }

    void aFileThatIsCutOffDoesNoHarm()
    {
        const auto whole = readWhole(ownprogram::file(), std::size_t{512} * 1024 * 1024);
        CPPUNIT_ASSERT(whole.ok());
        const FileDescriptor file(::memfd_create("cut", MFD_CLOEXEC));
        for (std::size_t size = whole.value().size(); size > 0; size /= 2)
        {
            CPPUNIT_ASSERT_EQUAL(0, ::ftruncate(file.get(), 0));
            CPPUNIT_ASSERT_EQUAL(static_cast<ssize_t>(size),
                                 ::pwrite(file.get(), whole.value().data(), size, 0));
            const std::string name = nameAt(file.get(), known());
            CPPUNIT_ASSERT_EQUAL(size == whole.value().size(), !name.empty());
        }
    }

    void stopsAtTheDeadline()
    {
        const FileDescriptor file = ownprogram::file();
        CPPUNIT_ASSERT_EQUAL(std::string(), nameAt(file.get(), known(), TimePoint{}));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ElfNamesTest);

}  // namespace clustermanager::crash::test
