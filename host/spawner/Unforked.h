#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace clustermanager::spawner {

/// Takes memory, by the page, that the processes we fork do not have. What this process writes to between two
/// forks would be copied otherwise, and each of its children would keep a page of it as it was.
///
/// For what no child looks at. Throws std::bad_alloc.
template <class T>
struct UnforkedAllocator
{
    using value_type = T;

    UnforkedAllocator() = default;
    template <class U>
    explicit UnforkedAllocator(const UnforkedAllocator<U>&) noexcept
    {}

    T* allocate(std::size_t count)
    {
        const std::size_t bytes = count * sizeof(T);
        void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        (void)::madvise(memory, bytes, MADV_DONTFORK);
        return static_cast<T*>(memory);
    }
    void deallocate(T* memory, std::size_t count) noexcept { (void)::munmap(memory, count * sizeof(T)); }

    template <class U>
    bool operator==(const UnforkedAllocator<U>&) const noexcept
    {
        return true;
    }
    template <class U>
    bool operator!=(const UnforkedAllocator<U>&) const noexcept
    {
        return false;
    }
};

}  // namespace clustermanager::spawner
