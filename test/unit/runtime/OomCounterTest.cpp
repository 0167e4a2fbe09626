/// Goal: the kernel's count of out-of-memory kills is read in both of its formats, and a machine without one
/// does no harm.
/// Method: files of the test's own in the kernel's format.
#include <cppunit/extensions/HelperMacros.h>

#include "runtime/OomCounter.h"
#include "unit/TemporaryFolder.h"

namespace clustermanager::runtime::test {

class OomCounterTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(OomCounterTest);
    CPPUNIT_TEST(tellsEachAdvanceOnce);
    CPPUNIT_TEST(readsTheOlderFormat);
    CPPUNIT_TEST(knowsNothingWithoutAFile);
    CPPUNIT_TEST(survivesAFileThatGoes);
    CPPUNIT_TEST_SUITE_END();

    TemporaryFolder _folder;
    const std::string _path = _folder / "counter";

    void count(const std::string& content) const { std::ofstream(_path) << content; }

    void tellsEachAdvanceOnce()
    {
        count("low 0\nhigh 0\nmax 3\noom 7\noom_kill 2\n");
        OomCounter counter(_path);
        CPPUNIT_ASSERT(!counter.advanced());
        count("low 0\nhigh 0\nmax 3\noom 9\noom_kill 2\n");
        CPPUNIT_ASSERT(!counter.advanced());
        count("low 0\nhigh 0\nmax 3\noom 9\noom_kill 3\noom_group_kill 0\n");
        CPPUNIT_ASSERT(counter.advanced());
        CPPUNIT_ASSERT(!counter.advanced());
    }

    void readsTheOlderFormat()
    {
        count("oom_kill_disable 0\nunder_oom 0\noom_kill 0\n");
        OomCounter counter(_path);
        count("oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
        CPPUNIT_ASSERT(counter.advanced());
    }

    void knowsNothingWithoutAFile()
    {
        OomCounter none("");
        CPPUNIT_ASSERT(!none.advanced());
        OomCounter missing(_folder / "missing");
        CPPUNIT_ASSERT(!missing.advanced());
    }

    void survivesAFileThatGoes()
    {
        count("oom_kill 5\n");
        OomCounter counter(_path);
        std::filesystem::remove(_path);
        CPPUNIT_ASSERT(!counter.advanced());
        count("no such thing\n");
        CPPUNIT_ASSERT(!counter.advanced());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OomCounterTest);

}  // namespace clustermanager::runtime::test
