#include "child/ThreadStack.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

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

int ThreadStack::start(void* (*function)(void*), void* argument) const
{
    if (_mapped == nullptr) return ENOMEM;
    pthread_attr_t attributes;
    (void)::pthread_attr_init(&attributes);
    (void)::pthread_attr_setstack(&attributes, static_cast<char*>(_mapped) + _guard, _bytes - _guard);
    (void)::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigset_t all;
    sigset_t before;
    (void)::sigfillset(&all);
    for (const int fault : {SIGSEGV, SIGBUS, SIGILL, SIGFPE}) (void)::sigdelset(&all, fault);
    (void)::pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread{};
    const int problem = ::pthread_create(&thread, &attributes, function, argument);
    (void)::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    (void)::pthread_attr_destroy(&attributes);
    return problem;
}

}  // namespace clustermanager::child
