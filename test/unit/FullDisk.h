#pragma once

#include <signal.h>
#include <sys/resource.h>

/// No file of this process, or of what it starts meanwhile, can grow beyond `bytes` while it lives: to a
/// writer that is a disk which is full.
class FullDisk
{
public:
    explicit FullDisk(rlim_t bytes)
    {
        (void)::signal(SIGXFSZ, SIG_IGN);
        (void)::getrlimit(RLIMIT_FSIZE, &_before);
        const rlimit limit{bytes, _before.rlim_max};
        (void)::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FullDisk() { (void)::setrlimit(RLIMIT_FSIZE, &_before); }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;

private:
    rlimit _before{};
};
