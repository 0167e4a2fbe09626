#pragma once

#include <cppunit/TestAssert.h>
#include <sys/wait.h>
#include <unistd.h>

namespace clustermanager::test {

constexpr int kThrew = 126;

/// Runs `body` in a process of its own, so that limits, signals and filters it sets concern nobody else. The
/// number from 0 to 255 that it returned, kThrew where it threw, -1 where it crashed.
template <class Body>
int inForkedProcess(Body body)
{
    const pid_t pid = ::fork();
    CPPUNIT_ASSERT(pid >= 0);
    if (pid == 0)
    {
        try
        {
            ::_exit(static_cast<int>(body()));
        }
        catch (...)  // an assertion that failed must not go on with the other tests in here
        {
            ::_exit(kThrew);
        }
    }
    int status = 0;
    CPPUNIT_ASSERT_EQUAL(pid, ::waitpid(pid, &status, 0));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// The same without the rights of root, which may read and write everything.
template <class Body>
int asNobody(Body body)
{
    return inForkedProcess([&] {
        constexpr uid_t kNobody = 65534;
        if (::geteuid() == 0 &&
            (::setresgid(kNobody, kNobody, kNobody) != 0 || ::setresuid(kNobody, kNobody, kNobody) != 0))
            return 125;
        return static_cast<int>(body());
    });
}

}  // namespace clustermanager::test
