/* The floor that every figure is compared with: fork as many children as asked, fork again whoever dies, and
 * nothing else. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "Stamp.h"

static void forkChild(void)
{
    if (fork() != 0) return;
    const int64_t now = stamp_now();
    stamp_send(now, STAMP_FIRST_CODE);
    for (;;) pause();
}

int main(int count, char** arguments)
{
    const int64_t now = stamp_now();
    stamp_send(now, STAMP_BEGIN);
    for (int left = count > 1 ? atoi(arguments[1]) : 1; left > 0; --left) forkChild();
    while (waitpid(-1, NULL, 0) > 0) forkChild();
    return 1;
}
