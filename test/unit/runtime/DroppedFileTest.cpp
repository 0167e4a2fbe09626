/// Goal: whether a file has come or changed since a moment is seen, also where its time of writing is older.
/// Method: moments an hour around now.
#include "runtime/DroppedFile.h"

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "unit/TemporaryFolder.h"

namespace {

using namespace clustermanager;
using namespace clustermanager::runtime;

class DroppedFileTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DroppedFileTest);
    CPPUNIT_TEST(aFileIsLaterThanAMomentBeforeIt);
    CPPUNIT_TEST(aLinkIsLateItself);
    CPPUNIT_TEST(whatIsNotThereHasNotChanged);
    CPPUNIT_TEST_SUITE_END();

    using Moment = std::chrono::system_clock::time_point;
    const TemporaryFolder _folder;
    const Moment _now = std::chrono::system_clock::now();
    const Moment _before = _now - std::chrono::hours(1);
    const Moment _after = _now + std::chrono::hours(1);

    void aFileIsLaterThanAMomentBeforeIt()
    {
        const std::string file = _folder / "a.so";
        std::ofstream(file) << "x";
        // What cp -p and rsync leave does not count: it says when the content was made, not when it came.
        std::filesystem::last_write_time(file, {});
        CPPUNIT_ASSERT(changedSince(file, _before));
        CPPUNIT_ASSERT(!changedSince(file, _after));
    }

    void aLinkIsLateItself()
    {
        std::filesystem::create_symlink("nothing", _folder / "broken.so");
        CPPUNIT_ASSERT(changedSince(_folder / "broken.so", _before));
        CPPUNIT_ASSERT(!changedSince(_folder / "broken.so", _after));
    }

    void whatIsNotThereHasNotChanged() { CPPUNIT_ASSERT(!changedSince(_folder / "none.so", _before)); }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DroppedFileTest);

}  // namespace
