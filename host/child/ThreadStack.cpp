#include "child/ThreadStack.h"

#include <sys/mman.h>
#include <unistd.h>

namespace clustermanager::child {

namespace {

std::size_t pageBytes()
{
    return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

ThreadStack::ThreadStack(std::size_t bytes) : _guard(pageBytes()), _bytes(bytes + _guard)
{
    void* mapped = ::mmap(nullptr, _bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (mapped == MAP_FAILED) return;
    _mapped = mapped;
    (void)::mprotect(_mapped, _guard, PROT_NONE);
}

ThreadStack::~ThreadStack()
{
    if (_mapped != nullptr) (void)::munmap(_mapped, _bytes);
}

void* ThreadStack::usable() const
{
    return static_cast<char*>(_mapped) + _guard;
}

}  // namespace clustermanager::child
