#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <unistd.h>

#include <cppunit/BriefTestProgressListener.h>
#include <cppunit/CompilerOutputter.h>
#include <cppunit/Test.h>
#include <cppunit/TestListener.h>
#include <cppunit/TestResult.h>
#include <cppunit/TestResultCollector.h>
#include <cppunit/extensions/TestFactoryRegistry.h>

namespace {

/// Ends the program when one test hangs, and names that test. An alarm, because a thread would be seen by
/// the tests of code that must stay single-threaded, and because a fork does not inherit it.
class Deadline : public CppUnit::TestListener
{
public:
    explicit Deadline(unsigned seconds) : _seconds(seconds) { std::signal(SIGALRM, onAlarm); }

    void startTest(CppUnit::Test* test) override
    {
        const std::string message = "\nhangs: " + test->getName() + '\n';
        messageSize = std::min(message.size(), sizeof(messageText));
        std::memcpy(messageText, message.data(), messageSize);
        alarm(_seconds);
    }

    void endTest(CppUnit::Test*) override { alarm(0); }

private:
    static void onAlarm(int)
    {
        if (write(STDERR_FILENO, messageText, messageSize) < 0) _exit(1);
        std::abort();
    }

    // What the signal handler may touch is prepared before the alarm is set.
    static inline char messageText[512];
    static inline std::size_t messageSize = 0;

    unsigned _seconds;
};

bool isCalled(const CppUnit::Test& test, const std::string& name)
{
    const std::string full = "::" + test.getName();
    const std::string end = "::" + name;
    return full.size() >= end.size() && full.compare(full.size() - end.size(), end.size(), end) == 0;
}

/// The suite or single test of that name, whatever namespace it is in; null where there is none.
CppUnit::Test* find(CppUnit::Test& test, const std::string& name)
{
    if (isCalled(test, name)) return &test;
    for (int i = 0; i < test.getChildTestCount(); ++i)
        if (CppUnit::Test* found = find(*test.getChildTestAt(i), name)) return found;
    return nullptr;
}

}  // namespace

/// Runs every registered suite, or the one suite or test that is named ("ChildMachineTest" or
/// "ChildMachineTest::stops"). Ends with its own count, and fails where nothing ran.
int main(int argc, char** argv)
{
    CppUnit::TestResult controller;
    CppUnit::TestResultCollector collector;
    CppUnit::BriefTestProgressListener progress;
    Deadline deadline(CM_TEST_DEADLINE_S);
    controller.addListener(&collector);
    controller.addListener(&progress);
    controller.addListener(&deadline);

    const std::unique_ptr<CppUnit::Test> all(CppUnit::TestFactoryRegistry::getRegistry().makeTest());
    CppUnit::Test* wanted = argc > 1 ? find(*all, argv[1]) : all.get();
    if (!wanted)
    {
        std::cerr << "no such test: " << argv[1] << '\n';
        return 2;
    }
    controller.runTest(wanted);

    CppUnit::CompilerOutputter(&collector, std::cerr).write();
    const int failed = static_cast<int>(collector.testFailuresTotal());
    const int ran = collector.runTests();
    std::cout << "count: " << ran - failed << " passed, " << failed << " failed" << std::endl;
    return failed == 0 && ran > 0 ? 0 : 1;
}
