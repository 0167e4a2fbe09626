#pragma once

#include <cstddef>

namespace clustermanager::test {

/// While it lives, `operator new` fails once in this program, after so many that succeed: in any thread but
/// the one that made it, or in those alone of which `counts` says so (it may allocate). There is one at a
/// time. ScarceMemory.cpp replaces the operators of the test that it is linked to.
class ScarceMemory
{
public:
    using Counts = bool (*)();

    explicit ScarceMemory(std::size_t after, Counts counts = nullptr);
    ~ScarceMemory();
    ScarceMemory(const ScarceMemory&) = delete;
    ScarceMemory& operator=(const ScarceMemory&) = delete;

    /// Whether it has come to that.
    static bool hasFailed();
};

}  // namespace clustermanager::test
