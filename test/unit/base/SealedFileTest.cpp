#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <numeric>

#include "base/SealedFile.h"
#include "fakes/Forbid.h"
#include "unit/base/InForkedProcess.h"

namespace clustermanager {

namespace {

using Content = std::vector<std::uint8_t>;

Content someContent(std::size_t size)
{
    Content content(size);
    std::iota(content.begin(), content.end(), std::uint8_t{0});
    return content;
}

bool cannotBeChanged(const FileDescriptor& file, std::size_t size)
{
    const char byte = 'x';
    const bool written = ::pwrite(file.get(), &byte, 1, 0) >= 0;
    const bool cut =
        ::ftruncate(file.get(), 0) == 0 || ::ftruncate(file.get(), static_cast<off_t>(size) + 1) == 0;
    const bool mapped = ::mmap(nullptr, 1, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0) != MAP_FAILED;
    return !written && !cut && !mapped;
}

/// Of the memfd with that name.
std::string pathOf(const std::string& memfd)
{
    for (const auto& descriptor : std::filesystem::directory_iterator("/proc/self/fd"))
    {
        std::error_code gone;
        const std::string target = std::filesystem::read_symlink(descriptor.path(), gone).string();
        if (target.rfind("/memfd:" + memfd, 0) == 0) return descriptor.path().string();
    }
    return "";
}

}  // namespace

/// Goal: a sealed file holds what was given, and nobody can change it any more.
/// Method: both ways, the memfd and the one without it (a filter refuses memfd_create in a forked process).
class SealedFileTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SealedFileTest);
    CPPUNIT_TEST(bytesAreSealed);
    CPPUNIT_TEST(theJournalGetsTheSealItAsksFor);
    CPPUNIT_TEST(aPageThatSomebodyLooksAtHoldsUpNothing);
    CPPUNIT_TEST(anEmptyFileIsAFileToo);
    CPPUNIT_TEST(aCopyIsTakenFromTheStartAndDoesNotFollowTheOriginal);
    CPPUNIT_TEST(whatIsTooLongIsRefused);
    CPPUNIT_TEST(whatIsNoFileIsRefused);
    CPPUNIT_TEST(withoutMemfdAnUnlinkedFileDoesTheSame);
    CPPUNIT_TEST(anotherFailureOfMemfdIsReported);
    CPPUNIT_TEST_SUITE_END();

public:
    void bytesAreSealed()
    {
        const Content content = someContent(200'000);
        const Result<FileDescriptor> file = sealBytes("sample", content.data(), content.size());
        CPPUNIT_ASSERT(file.ok());
        CPPUNIT_ASSERT_EQUAL(FD_CLOEXEC, ::fcntl(file.value().get(), F_GETFD));
        CPPUNIT_ASSERT_EQUAL(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE,
                             ::fcntl(file.value().get(), F_GET_SEALS));
        CPPUNIT_ASSERT(cannotBeChanged(file.value(), content.size()));
        const Result<Content> again = readWhole(file.value(), content.size());
        CPPUNIT_ASSERT(again.ok() && again.value() == content);
    }

    void theJournalGetsTheSealItAsksFor()
    {
        const Content content = someContent(100);
        const Result<FileDescriptor> file =
            sealBytes("record", content.data(), content.size(), Seals::Journal);
        CPPUNIT_ASSERT(file.ok() && cannotBeChanged(file.value(), content.size()));
        CPPUNIT_ASSERT_EQUAL(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE,
                             ::fcntl(file.value().get(), F_GET_SEALS));
    }

    void aPageThatSomebodyLooksAtHoldsUpNothing()
    {
        const Content content = someContent(4'096);
        Result<SealedDraft> draft = SealedDraft::open("looked-at");
        CPPUNIT_ASSERT(draft.ok() && !draft.value().append(content.data(), content.size()));
        // A pipe that it was spliced into holds the page itself.
        int pipe[2] = {};
        CPPUNIT_ASSERT_EQUAL(0, ::pipe2(pipe, O_CLOEXEC));
        const FileDescriptor end(pipe[0]);
        const FileDescriptor way(pipe[1]);
        const FileDescriptor looked(::open(pathOf("looked-at").c_str(), O_RDONLY | O_CLOEXEC));
        CPPUNIT_ASSERT(::splice(looked.get(), nullptr, way.get(), nullptr, content.size(), 0) > 0);
        const Result<FileDescriptor> file = std::move(draft.value()).seal();
        CPPUNIT_ASSERT_MESSAGE(file.ok() ? "" : file.error().text(), file.ok());
        CPPUNIT_ASSERT(cannotBeChanged(file.value(), content.size()));
    }

    void anEmptyFileIsAFileToo()
    {
        const Result<FileDescriptor> file = sealBytes("empty", nullptr, 0);
        CPPUNIT_ASSERT(file.ok());
        const Result<Content> again = readWhole(file.value(), 0);
        CPPUNIT_ASSERT(again.ok() && again.value().empty());
    }

    void aCopyIsTakenFromTheStartAndDoesNotFollowTheOriginal()
    {
        const Content content = someContent(100'000);
        const FileDescriptor original = writable(content);
        CPPUNIT_ASSERT_EQUAL(off_t{500}, ::lseek(original.get(), 500, SEEK_SET));
        const Result<FileDescriptor> copy = sealCopy("copy", original, content.size());
        CPPUNIT_ASSERT(copy.ok());
        CPPUNIT_ASSERT_EQUAL(0, ::ftruncate(original.get(), 0));
        const Result<Content> again = readWhole(copy.value(), content.size());
        CPPUNIT_ASSERT(again.ok() && again.value() == content);
    }

    void whatIsTooLongIsRefused()
    {
        const FileDescriptor original = writable(someContent(70'000));
        const Result<FileDescriptor> copy = sealCopy("copy", original, 69'999);
        CPPUNIT_ASSERT(!copy && copy.error().code == EFBIG);
        const Result<Content> content = readWhole(original, 69'999);
        CPPUNIT_ASSERT(!content && content.error().code == EFBIG);
    }

    void whatIsNoFileIsRefused()
    {
        int ends[2] = {-1, -1};
        CPPUNIT_ASSERT_EQUAL(0, ::pipe2(ends, O_CLOEXEC));
        const FileDescriptor reading(ends[0]);
        const FileDescriptor writing(ends[1]);
        const Result<FileDescriptor> copy = sealCopy("copy", reading, 100);
        CPPUNIT_ASSERT(!copy && copy.error().code == ESPIPE);
    }

    void withoutMemfdAnUnlinkedFileDoesTheSame()
    {
        for (const int error : {ENOSYS, EPERM, EACCES})
            CPPUNIT_ASSERT_EQUAL(0, test::inForkedProcess([error] {
                                     const Content content = someContent(100'000);
                                     test::forbid(SYS_memfd_create, static_cast<unsigned>(error));
                                     const Result<FileDescriptor> file =
                                         sealBytes("sample", content.data(), content.size());
                                     if (!file) return 2;
                                     if (!cannotBeChanged(file.value(), content.size())) return 3;
                                     if (::fcntl(file.value().get(), F_GETFD) != FD_CLOEXEC) return 4;
                                     struct stat facts = {};  // the loader may be another user by then
                                     if (::fstat(file.value().get(), &facts) != 0) return 6;
                                     if ((facts.st_mode & 0777U) != 0444U) return 7;
                                     const Result<Content> again = readWhole(file.value(), content.size());
                                     return again.ok() && again.value() == content ? 0 : 5;
                                 }));
    }

    void anotherFailureOfMemfdIsReported()
    {
        CPPUNIT_ASSERT_EQUAL(0, test::inForkedProcess([] {
                                 test::forbid(SYS_memfd_create, EMFILE);
                                 const Result<FileDescriptor> file = sealBytes("sample", nullptr, 0);
                                 return !file && file.error().code == EMFILE ? 0 : 2;
                             }));
    }

private:
    static FileDescriptor writable(const Content& content)
    {
        FileDescriptor file(::memfd_create("original", MFD_CLOEXEC));
        CPPUNIT_ASSERT_EQUAL(static_cast<ssize_t>(content.size()),
                             ::write(file.get(), content.data(), content.size()));
        return file;
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SealedFileTest);

}  // namespace clustermanager
