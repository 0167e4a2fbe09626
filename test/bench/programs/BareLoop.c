/* The floor that every figure is compared with: fork as many children as asked, fork again whoever dies, and
 * nothing else. Built with BENCH_SECOND_THREAD each child starts a thread first, as one of ours does.
 *
 *     bench_bare_loop COUNT [replace]      replace: at SIGHUP ends each child and forks the next, one by one,
 *                                          and only then waits for who dies
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "Stamp.h"

enum
{
    CHILDREN_MAX = 4096
};

static pid_t children[CHILDREN_MAX];

static void stampBegin(void)
{
    const int64_t now = stamp_now();
    stamp_send(now, STAMP_BEGIN);
}

#ifdef BENCH_SECOND_THREAD
static void* sleepForever(void* nothing)
{
    for (;;) pause();
    return nothing;
}

static void startThread(void)
{
    pthread_t thread;
    (void)pthread_create(&thread, NULL, sleepForever, NULL);
}
#else
static void startThread(void) {}
#endif

static pid_t forkChild(void)
{
    const pid_t pid = fork();
    if (pid != 0) return pid;
    startThread();
    const int64_t now = stamp_now();
    stamp_send(now, STAMP_FIRST_CODE);
    for (;;) pause();
}

static void replaceAll(int count, const sigset_t* hangUp)
{
    int number = 0;
    (void)sigwait(hangUp, &number);
    stampBegin();
    for (int i = 0; i < count; ++i)
    {
        (void)kill(children[i], SIGKILL);
        (void)waitpid(children[i], NULL, 0);
        children[i] = forkChild();
    }
}

int main(int count, char** arguments)
{
    const int wanted = count > 1 ? atoi(arguments[1]) : 1;
    if (wanted < 1 || wanted > CHILDREN_MAX) return 1;
    sigset_t hangUp;
    (void)sigemptyset(&hangUp);
    (void)sigaddset(&hangUp, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &hangUp, NULL);

    stampBegin();
    for (int i = 0; i < wanted; ++i) children[i] = forkChild();
    if (count > 2 && strcmp(arguments[2], "replace") == 0) replaceAll(wanted, &hangUp);
    while (waitpid(-1, NULL, 0) > 0) (void)forkChild();
    return 1;
}
