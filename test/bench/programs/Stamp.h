/* What the measured processes tell the bench: a moment, written to the pipe named by BENCH_STAMPS. C, because
 * the bare loop is. */
#pragma once

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum stamp_kind
{
    STAMP_BEGIN = 1,     /* before the first fork: the bare loop's main, the plugin's constructor */
    STAMP_FIRST_CODE = 2 /* the first statement of a child's own code */
};

/* Smaller than PIPE_BUF, so a write is whole. */
struct stamp
{
    int64_t ns; /* CLOCK_MONOTONIC */
    int32_t pid;
    int32_t kind;
};

static inline int64_t stamp_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The moment is taken by the caller, so that nothing of the way to the bench is measured. */
static inline void stamp_send(int64_t ns, int32_t kind)
{
    const char* path = getenv("BENCH_STAMPS");
    const int pipe = !path ? -1 : open(path, O_WRONLY | O_CLOEXEC);
    if (pipe < 0) return;
    const struct stamp moment = {ns, (int32_t)getpid(), kind};
    if (write(pipe, &moment, sizeof moment) < 0)
    {}
    (void)close(pipe);
}
