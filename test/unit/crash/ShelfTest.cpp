/// Goal: reports outlive the host, bounded in number and size; nobody else reads them; a folder that cannot
/// be used costs no report. Method: a folder of the test's own.
#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "crash/Report.h"
#include "crash/Shelf.h"
#include "unit/TemporaryFolder.h"

namespace clustermanager::crash::test {

class ShelfTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ShelfTest);
    CPPUNIT_TEST(keepsAFileThatOnlyItsOwnerReads);
    CPPUNIT_TEST(theOldestOfTheGroupGoes);
    CPPUNIT_TEST(allTogetherAreBounded);
    CPPUNIT_TEST(whatAnEarlierHostLeftIsThere);
    CPPUNIT_TEST(whatIsNoReportIsLeftAlone);
    CPPUNIT_TEST(anEarlierOneOfTheSameIdIsNotLost);
    CPPUNIT_TEST(aFolderThatCannotBeUsedCostsNoReport);
    CPPUNIT_TEST(aFolderThatOthersMayUseIsRefused);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;
    const std::string _path = _folder / "crash";

    static core::CrashReport report(const std::string& group, unsigned start)
    {
        CrashKnown known;
        known.slot = ChildId{1};
        known.group = group;
        known.start = StartNumber{start};
        known.at = WallTime(std::chrono::seconds(1'000'000 + start));
        return makeReport(known, std::nullopt, {});
    }

    static std::string idsOf(const Shelf& shelf)
    {
        std::string ids;
        for (const auto& one : *shelf.reports()) ids += (ids.empty() ? "" : " ") + one->id;
        return ids;
    }

    bool hasFile(const std::string& id) const { return std::filesystem::exists(_path + "/" + id + ".json"); }

    static mode_t modeOf(const std::string& path)
    {
        struct stat facts = {};
        CPPUNIT_ASSERT_EQUAL(0, ::stat(path.c_str(), &facts));
        return facts.st_mode & 0777U;
    }

    void keepsAFileThatOnlyItsOwnerReads()
    {
        Shelf shelf(_path);
        CPPUNIT_ASSERT_EQUAL(std::string(), shelf.add(report("hello", 7), 20));
        CPPUNIT_ASSERT_EQUAL(shelf.reports()->at(0)->json, contentOf(_path + "/hello-1-7.json"));
        CPPUNIT_ASSERT_EQUAL(mode_t{0700}, modeOf(_path));
        CPPUNIT_ASSERT_EQUAL(mode_t{0600}, modeOf(_path + "/hello-1-7.json"));
    }

    void theOldestOfTheGroupGoes()
    {
        Shelf shelf(_path);
        (void)shelf.add(report("other", 1), 2);
        for (unsigned start = 2; start <= 5; ++start) (void)shelf.add(report("hello", start), 2);
        CPPUNIT_ASSERT_EQUAL(std::string("other-1-1 hello-1-4 hello-1-5"), idsOf(shelf));
        CPPUNIT_ASSERT(!hasFile("hello-1-3") && hasFile("hello-1-4") && hasFile("other-1-1"));
    }

    void allTogetherAreBounded()
    {
        Shelf shelf(_path, 1'000);
        for (unsigned start = 1; start <= 50; ++start) (void)shelf.add(report("hello", start), 100);
        std::size_t bytes = 0;
        for (const auto& one : *shelf.reports()) bytes += one->json.size();
        CPPUNIT_ASSERT(bytes <= 1'000 && !shelf.reports()->empty());
        CPPUNIT_ASSERT(hasFile("hello-1-50") && !hasFile("hello-1-1"));
    }

    void whatAnEarlierHostLeftIsThere()
    {
        Shelf before(_path);
        for (unsigned start = 9; start <= 11; ++start) (void)before.add(report("hello", start), 20);
        Shelf shelf(_path);
        shelf.load();
        CPPUNIT_ASSERT_EQUAL(std::string("hello-1-9 hello-1-10 hello-1-11"), idsOf(shelf));
        CPPUNIT_ASSERT_EQUAL(before.reports()->at(2)->json, shelf.reports()->at(2)->json);
    }

    void whatIsNoReportIsLeftAlone()
    {
        Shelf shelf(_path);
        (void)shelf.add(report("hello", 1), 20);
        std::filesystem::copy_file(_path + "/hello-1-1.json", _path + "/another.json");
        std::filesystem::create_symlink("hello-1-1.json", _path + "/link.json");
        CPPUNIT_ASSERT_EQUAL(0, ::mkfifo((_path + "/fifo.json").c_str(), 0600));
        std::ofstream(_path + "/garbage.json") << "{";
        std::ofstream(_path + "/note.txt") << "mine";
        std::ofstream(_path + "/hello-1-2.json.new") << "half";
        shelf.load();
        CPPUNIT_ASSERT_EQUAL(std::string("hello-1-1"), idsOf(shelf));
        CPPUNIT_ASSERT(hasFile("garbage") && std::filesystem::exists(_path + "/note.txt"));
        CPPUNIT_ASSERT(!std::filesystem::exists(_path + "/hello-1-2.json.new"));
    }

    void anEarlierOneOfTheSameIdIsNotLost()
    {
        Shelf before(_path);
        (void)before.add(report("hello", 1), 20);
        Shelf shelf(_path);
        shelf.load();
        core::CrashReport again = report("hello", 1);
        (void)shelf.add(again, 20);
        CPPUNIT_ASSERT_EQUAL(std::string("hello-1-1-19700112134641000000 hello-1-1"), idsOf(shelf));
        shelf.load();
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, shelf.reports()->size());
    }

    void aFolderThatCannotBeUsedCostsNoReport()
    {
        std::ofstream{_path} << "a file";
        Shelf shelf(_path);
        shelf.load();
        CPPUNIT_ASSERT(shelf.add(report("hello", 1), 1).find(_path) != std::string::npos);
        CPPUNIT_ASSERT(!shelf.add(report("hello", 2), 1).empty());
        CPPUNIT_ASSERT_EQUAL(std::string("hello-1-2"), idsOf(shelf));
        CPPUNIT_ASSERT(!Shelf(_folder / "no/such").add(report("hello", 1), 1).empty());
    }

    void aFolderThatOthersMayUseIsRefused()
    {
        CPPUNIT_ASSERT_EQUAL(0, ::mkdir(_path.c_str(), 0700));
        CPPUNIT_ASSERT_EQUAL(0, ::chmod(_path.c_str(), 0777));
        Shelf shelf(_path);
        CPPUNIT_ASSERT(shelf.add(report("hello", 1), 20).find("chmod 700") != std::string::npos);
        CPPUNIT_ASSERT(!hasFile("hello-1-1"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ShelfTest);

}  // namespace clustermanager::crash::test
