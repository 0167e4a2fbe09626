/// Goal: what lies in a folder of plugins is seen as it is, each NAME with its files, and nothing else.
/// Method: a folder with files of ours, of others, links and none.
#include "base/DroppedFile.h"

#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
#include <fstream>

#include "unit/TemporaryFolder.h"

namespace {

using namespace clustermanager;

class DroppedFileTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DroppedFileTest);
    CPPUNIT_TEST(eachNameHasItsFiles);
    CPPUNIT_TEST(whatIsWrittenInPlaceIsAnother);
    CPPUNIT_TEST(aFolderThatIsNotThereHasNothing);
    CPPUNIT_TEST_SUITE_END();

    const TemporaryFolder _folder;

    void write(const std::string& file, const std::string& text) const
    {
        std::ofstream(_folder / file) << text;
    }
    DroppedStates seen() const { return droppedIn(_folder / ""); }

    void eachNameHasItsFiles()
    {
        for (const char* file : {"a.so", "a.properties", "b.ini", ".c.so", "d.so.new", "e.txt"})
            write(file, "x");
        std::filesystem::create_symlink("nothing", _folder / "l.so");
        const DroppedStates states = seen();
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, states.size());
        CPPUNIT_ASSERT(!states.at("a")[DroppedName::Plugin].absent());
        CPPUNIT_ASSERT(!states.at("a")[DroppedName::Properties].absent());
        CPPUNIT_ASSERT(states.at("a")[DroppedName::Ini].absent());
        CPPUNIT_ASSERT(states.at("b")[DroppedName::Plugin].absent());
        CPPUNIT_ASSERT(!states.at("b")[DroppedName::Ini].absent());
        CPPUNIT_ASSERT(states.at("l")[DroppedName::Plugin].link &&
                       !states.at("l")[DroppedName::Plugin].absent());
    }

    void whatIsWrittenInPlaceIsAnother()
    {
        write("a.so", "x");
        const DroppedStates before = seen();
        CPPUNIT_ASSERT(before == seen());
        write("a.so", "xy");
        CPPUNIT_ASSERT(before != seen());
    }

    void aFolderThatIsNotThereHasNothing() { CPPUNIT_ASSERT(droppedIn(_folder / "none").empty()); }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DroppedFileTest);

}  // namespace
