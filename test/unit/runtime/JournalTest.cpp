/// Goal: readers see what has happened in order, without a gap they are not told of, and are woken for it.
/// Method: a journal, real eventfds, and writers on threads of their own.
#include <cppunit/extensions/HelperMacros.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <thread>

#include "base/FileDescriptor.h"
#include "runtime/Journal.h"
#include "unit/Notice.h"

namespace clustermanager::runtime::test {

using clustermanager::test::notice;

namespace {

/// How often it was written to since the last call.
std::uint64_t wakes(const FileDescriptor& eventFd)
{
    std::uint64_t count = 0;
    return ::read(eventFd.get(), &count, sizeof count) == sizeof count ? count : 0;
}

}  // namespace

class JournalTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(JournalTest);
    CPPUNIT_TEST(numbersWhatItIsTold);
    CPPUNIT_TEST(goesOnAfterAnotherImage);
    CPPUNIT_TEST(forgetsTheOldest);
    CPPUNIT_TEST(wakesItsReadersOnce);
    CPPUNIT_TEST(takesFromManyThreads);
    CPPUNIT_TEST_SUITE_END();

    void numbersWhatItIsTold()
    {
        Journal journal;
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, journal.last());
        for (const char* text : {"a", "b", "c"}) journal.add(notice(text));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, journal.last());
        const core::Occurrences two = journal.after(1, 10);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, two.size());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, two[0]->number);
        CPPUNIT_ASSERT_EQUAL(std::string("c"), two[1]->text);
        CPPUNIT_ASSERT_EQUAL(std::string("b"), journal.after(1, 1).back()->text);
        CPPUNIT_ASSERT(journal.after(3, 10).empty());
        CPPUNIT_ASSERT(journal.after(99, 10).empty());
    }

    void goesOnAfterAnotherImage()
    {
        Journal journal(40);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{40}, journal.last());
        CPPUNIT_ASSERT(journal.after(0, 10).empty());
        journal.add(notice("a"));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{41}, journal.after(0, 10).at(0)->number);
    }

    void forgetsTheOldest()
    {
        Journal journal;
        for (std::size_t i = 0; i < Journal::kKept + 5; ++i) journal.add(notice(std::to_string(i)));
        const core::Occurrences all = journal.after(0, 2 * Journal::kKept);
        CPPUNIT_ASSERT_EQUAL(Journal::kKept, all.size());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{6}, all.front()->number);
        CPPUNIT_ASSERT_EQUAL(journal.last(), all.back()->number);
    }

    void wakesItsReadersOnce()
    {
        const FileDescriptor reader(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        Journal journal;
        journal.addReader(reader.get());
        journal.add(notice("a"));
        journal.add(notice("b"));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, wakes(reader));
        journal.wakeReaders();
        journal.wakeReaders();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, wakes(reader));
        journal.record(notice("c"));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, wakes(reader));
        journal.removeReader(reader.get());
        journal.record(notice("d"));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, wakes(reader));
    }

    void takesFromManyThreads()
    {
        Journal journal;
        std::vector<std::thread> writers;
        for (int writer = 0; writer < 4; ++writer)
            writers.emplace_back([&] {
                for (int i = 0; i < 500; ++i) journal.record(notice("x"));
            });
        for (std::thread& writer : writers) writer.join();
        const core::Occurrences all = journal.after(0, 5'000);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2'000}, all.size());
        for (std::size_t i = 0; i < all.size(); ++i)
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{i + 1}, all[i]->number);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JournalTest);

}  // namespace clustermanager::runtime::test
