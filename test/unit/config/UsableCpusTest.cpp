/// Goal: the count is the least of affinity mask and all cgroup quotas above us, and a broken tree does no
/// harm. Method: made-up /proc/self/cgroup and /sys/fs/cgroup trees of both versions; once the real machine.

#include "config/UsableCpus.h"
#include "unit/config/Loading.h"

namespace clustermanager::config {

class UsableCpusTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(UsableCpusTest);
    CPPUNIT_TEST(withoutCgroupsTheAffinityMaskCounts);
    CPPUNIT_TEST(aQuotaIsRoundedUp);
    CPPUNIT_TEST(theSmallestQuotaOfAllAncestorsCounts);
    CPPUNIT_TEST(aQuotaAboveTheAffinityMaskDoesNotMatter);
    CPPUNIT_TEST(noQuotaIsNoLimit);
    CPPUNIT_TEST(inAContainerOnlyTheTopIsMounted);
    CPPUNIT_TEST(versionOneIsRead);
    CPPUNIT_TEST(versionOneWithSharedControllersIsRead);
    CPPUNIT_TEST(brokenTreesCountAsNoQuota);
    CPPUNIT_TEST(thisMachineHasAtLeastOneCpu);
    CPPUNIT_TEST_SUITE_END();

    const TemporaryFolder _root;

    void group(const std::string& lines) const { _root.write("proc/self/cgroup", lines); }
    void quota(const std::string& name, const std::string& text) const
    {
        _root.write("sys/fs/cgroup/" + name, text);
    }
    unsigned count(unsigned affinity) const { return usableCpus(affinity, _root.path()).count; }
    std::string reason(unsigned affinity) const { return usableCpus(affinity, _root.path()).reason; }

public:
    void withoutCgroupsTheAffinityMaskCounts()
    {
        CPPUNIT_ASSERT_EQUAL(8U, count(8));
        CPPUNIT_ASSERT_EQUAL(std::string("8 CPUs by the affinity mask"), reason(8));
        CPPUNIT_ASSERT_EQUAL(std::string("1 CPU by the affinity mask"), reason(1));
        CPPUNIT_ASSERT_EQUAL(1U, count(0));
    }

    void aQuotaIsRoundedUp()
    {
        group("0::/app\n");
        for (const auto& [text, expected] : std::map<std::string, unsigned>{{"1000 100000\n", 1},
                                                                            {"100000 100000\n", 1},
                                                                            {"100001 100000\n", 2},
                                                                            {"250000 100000\n", 3}})
        {
            quota("app/cpu.max", text);
            CPPUNIT_ASSERT_EQUAL(expected, count(8));
        }
        CPPUNIT_ASSERT_EQUAL(std::string("3 CPUs by the cgroup quota in /sys/fs/cgroup/app/cpu.max"),
                             reason(8));
    }

    void theSmallestQuotaOfAllAncestorsCounts()
    {
        group("0::/a/b/c\n");
        quota("a/b/c/cpu.max", "600000 100000\n");
        quota("a/b/cpu.max", "200000 100000\n");
        quota("a/cpu.max", "400000 100000\n");
        CPPUNIT_ASSERT_EQUAL(2U, count(8));
        CPPUNIT_ASSERT_EQUAL(std::string("2 CPUs by the cgroup quota in /sys/fs/cgroup/a/b/cpu.max"),
                             reason(8));
    }

    void aQuotaAboveTheAffinityMaskDoesNotMatter()
    {
        group("0::/a\n");
        quota("a/cpu.max", "600000 100000\n");
        CPPUNIT_ASSERT_EQUAL(std::string("4 CPUs by the affinity mask"), reason(4));
    }

    void noQuotaIsNoLimit()
    {
        group("4:cpu:/a\n0::/a\n");
        quota("a/cpu.max", "max 100000\n");
        quota("cpu/a/cpu.cfs_quota_us", "-1\n");
        quota("cpu/a/cpu.cfs_period_us", "100000\n");
        CPPUNIT_ASSERT_EQUAL(4U, count(4));
    }

    void inAContainerOnlyTheTopIsMounted()
    {
        quota("cpu.max", "150000 100000\n");
        for (const char* line : {"0::/\n", "0::/docker/1234\n", "0::/../..\n"})
        {
            group(line);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(line, 2U, count(8));
        }
    }

    void versionOneIsRead()
    {
        group("7:memory:/x\n4:cpu:/a/b\n1:name=systemd:/a\n");
        quota("cpu/a/cpu.cfs_quota_us", "50000\n");
        quota("cpu/a/cpu.cfs_period_us", "20000\n");
        CPPUNIT_ASSERT_EQUAL(3U, count(8));
        CPPUNIT_ASSERT_EQUAL(
            std::string("3 CPUs by the cgroup quota in /sys/fs/cgroup/cpu/a/cpu.cfs_quota_us"), reason(8));
    }

    void versionOneWithSharedControllersIsRead()
    {
        group("4:cpu,cpuacct:/a\n9:cpuset:/other\n");
        quota("cpu,cpuacct/a/cpu.cfs_quota_us", "100000\n");
        quota("cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
        quota("cpuset/other/cpu.cfs_quota_us", "1\n");
        quota("cpuset/other/cpu.cfs_period_us", "1\n");
        CPPUNIT_ASSERT_EQUAL(1U, count(8));
    }

    void brokenTreesCountAsNoQuota()
    {
        for (const char* lines : {"", "garbage\n", "0:\n", ":::\n", "0::a\n", "\n\n0::/a\n"})
        {
            group(lines);
            for (const char* text :
                 {"", "max", "abc def", "0 100000", "100000 0", "-5 -5", "100000", "99999999999999999999 1"})
            {
                quota("a/cpu.max", text);
                CPPUNIT_ASSERT_EQUAL(8U, count(8));
            }
        }
    }

    void thisMachineHasAtLeastOneCpu()
    {
        const UsableCpus real = usableCpus();
        CPPUNIT_ASSERT(real.count >= 1);
        test::assertHas(real.reason, std::to_string(real.count) + " CPU");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UsableCpusTest);

}  // namespace clustermanager::config
