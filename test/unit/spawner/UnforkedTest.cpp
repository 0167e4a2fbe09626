/// Goal: what the spawner writes down for itself is no page of any child's.
/// Method: a forked process asks the kernel whether it has the memory.

#include <cppunit/extensions/HelperMacros.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "spawner/Unforked.h"

namespace clustermanager::spawner {

namespace {

bool isMapped(int* address)
{
    char* page = reinterpret_cast<char*>(address);
    page -= reinterpret_cast<std::uintptr_t>(page) % static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    return ::msync(page, 1, MS_ASYNC) == 0 || errno != ENOMEM;
}

}  // namespace

class UnforkedTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(UnforkedTest);
    CPPUNIT_TEST(keepsWhatItHoldsAsItGrows);
    CPPUNIT_TEST(isNotInAProcessThatIsForked);
    CPPUNIT_TEST_SUITE_END();

    std::vector<int, UnforkedAllocator<int>> _numbers;

    void keepsWhatItHoldsAsItGrows()
    {
        for (int i = 0; i < 5'000; ++i) _numbers.push_back(i);
        for (int i = 0; i < 5'000; ++i) CPPUNIT_ASSERT_EQUAL(i, _numbers[static_cast<std::size_t>(i)]);
    }

    void isNotInAProcessThatIsForked()
    {
        _numbers.assign(2'000, 7);
        int onTheStack = 0;
        CPPUNIT_ASSERT(isMapped(&_numbers.front()) && isMapped(&onTheStack));
        const pid_t child = ::fork();
        if (child == 0)
            ::_exit(isMapped(&_numbers.front()) || isMapped(&_numbers.back()) || !isMapped(&onTheStack) ? 1
                                                                                                        : 0);
        int status = -1;
        CPPUNIT_ASSERT_EQUAL(child, ::waitpid(child, &status, 0));
        CPPUNIT_ASSERT_EQUAL(0, status);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UnforkedTest);

}  // namespace clustermanager::spawner
