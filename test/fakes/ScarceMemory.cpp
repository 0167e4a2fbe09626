#include "fakes/ScarceMemory.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace clustermanager::test {

namespace {

constexpr long kNever = -1;

std::atomic<long> left{kNever};  // that succeed
std::atomic<bool> failed{false};
std::atomic<ScarceMemory::Counts> countsHere{nullptr};
thread_local bool exempt = false;

bool counts()
{
    const ScarceMemory::Counts here = countsHere;
    if (here == nullptr) return true;
    exempt = true;
    const bool counted = here();
    exempt = false;
    return counted;
}

bool isToFail()
{
    if (exempt || left.load(std::memory_order_relaxed) == kNever || !counts()) return false;
    if (left.fetch_sub(1) != 0) return false;
    failed = true;
    return true;
}

void* allocate(std::size_t size)
{
    void* memory = isToFail() ? nullptr : std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

}  // namespace

ScarceMemory::ScarceMemory(std::size_t after, Counts counts)
{
    exempt = true;
    failed = false;
    countsHere = counts;
    left = static_cast<long>(after);
}

ScarceMemory::~ScarceMemory()
{
    left = kNever;
    exempt = false;
}

bool ScarceMemory::hasFailed()
{
    return failed;
}

}  // namespace clustermanager::test

void* operator new(std::size_t size)
{
    return clustermanager::test::allocate(size);
}

void* operator new[](std::size_t size)
{
    return clustermanager::test::allocate(size);
}

void operator delete(void* memory) noexcept
{
    std::free(memory);
}

void operator delete[](void* memory) noexcept
{
    std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}

void operator delete[](void* memory, std::size_t) noexcept
{
    std::free(memory);
}
