/// Goal: the number of children is what was written, else the least of the environment's and the CPUs.
/// Method: every combination of key, environment and CPUs, with the reason that is given.

#include "unit/config/Loading.h"

namespace clustermanager::config {

using test::assertHas;
using test::good;
using test::Keys;
using test::wrong;

class CountTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(CountTest);
    CPPUNIT_TEST(anExplicitCountIsTakenAsItIs);
    CPPUNIT_TEST(anUnsetCountIsTheLeastOf32AndTheCpus);
    CPPUNIT_TEST(theEnvironmentReplaces32InItsOrder);
    CPPUNIT_TEST(aWrongVariableIsNamed);
    CPPUNIT_TEST(aGroupsOwnCountWins);
    CPPUNIT_TEST(allGroupsTogetherAreBounded);
    CPPUNIT_TEST_SUITE_END();

    static Surroundings with(const Keys& environment, unsigned cpus)
    {
        Surroundings surroundings = test::embedded();
        surroundings.environment = environment;
        surroundings.usableCpus = cpus;
        surroundings.usableCpusReason = std::to_string(cpus) + " CPUs by the affinity mask";
        return surroundings;
    }

    static void expect(unsigned count, const std::string& reason, const HostConfig& host)
    {
        CPPUNIT_ASSERT_EQUAL(count, host.groups.at(0).policy.count);
        CPPUNIT_ASSERT_EQUAL(reason, host.countReason);
    }

public:
    void anExplicitCountIsTakenAsItIs()
    {
        expect(0, "0: cluster.count", good({{"cluster.count", "0"}}, with({}, 2)));
        expect(500, "500: cluster.count",
               good({{"cluster.count", "500"}}, with({{"CM_MAX_CHILD_PROCESSES", "not even read"}}, 2)));
    }

    void anUnsetCountIsTheLeastOf32AndTheCpus()
    {
        expect(2, "2: min(32 by default, 2 CPUs by the affinity mask)", good({}, with({}, 2)));
        expect(32, "32: min(32 by default, 64 CPUs by the affinity mask)", good({}, with({}, 64)));
    }

    void theEnvironmentReplaces32InItsOrder()
    {
        const Keys both{{"CM_MAX_CHILD_PROCESSES", "3"}, {"MAX_CHILD_PROCESSES", "5"}};
        expect(3, "3: min(3 by CM_MAX_CHILD_PROCESSES, 64 CPUs by the affinity mask)",
               good({}, with(both, 64)));
        expect(5, "5: min(5 by MAX_CHILD_PROCESSES, 64 CPUs by the affinity mask)",
               good({}, with({{"CM_MAX_CHILD_PROCESSES", ""}, {"MAX_CHILD_PROCESSES", "5"}}, 64)));
        expect(2, "2: min(5 by MAX_CHILD_PROCESSES, 2 CPUs by the affinity mask)",
               good({}, with({{"MAX_CHILD_PROCESSES", "5"}}, 2)));
    }

    void aWrongVariableIsNamed()
    {
        for (const char* name : {"CM_MAX_CHILD_PROCESSES", "MAX_CHILD_PROCESSES"})
            for (const char* value : {"many", "-1", "10001", "1.5"})
                assertHas(wrong({}, with({{name, value}}, 2)),
                          std::string(name) + ": the environment variable is wrong: '" + value + "' is not");
    }

    void aGroupsOwnCountWins()
    {
        expect(7, "1: cluster.count", good({{"cluster.count", "1"}, {"plugin.hello.count", "7"}}));
        expect(0, "4: min(32 by default, 4 CPUs by the affinity mask)", good({{"plugin.hello.count", "0"}}));
    }

    void allGroupsTogetherAreBounded()
    {
        const TemporaryFolder folder;
        folder.write("plugins/a.so", "");
        folder.write("plugins/b.so", "");
        good({{"cluster.count", "5000"}, {"cluster.maxCount", "10000"}}, test::startedIn(folder));
        assertHas(wrong({{"cluster.count", "5001"}, {"cluster.maxCount", "10000"}}, test::startedIn(folder)),
                  "cluster.count: all groups together have 10002 children, 10000 are allowed");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CountTest);

}  // namespace clustermanager::config
