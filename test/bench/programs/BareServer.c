/* The floor for serving: forks as many workers as asked that answer every request of a shared listener, one
 * at a time, and forks again whoever dies. SIGHUP: as many new ones first, then the old ones finish and
 * leave.
 *
 *     bench_bare_server PORT WORKERS
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "Serve.h"

enum
{
    WORKERS_MAX = 256
};

static volatile sig_atomic_t leaving;
static volatile sig_atomic_t renewing;

static void onTerm(int number)
{
    (void)number;
    leaving = 1;
}

static void onHangUp(int number)
{
    (void)number;
    renewing = 1;
}

static void onChild(int number)
{
    (void)number;
}

/* Signals arrive only in ppoll(), which they interrupt. */
static void catchSignal(int number, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    (void)sigaction(number, &action, NULL);
}

static int listenOn(int port)
{
    const int yes = 1;
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr*)&address, sizeof address) != 0 || listen(listener, 1024) != 0)
        exit(1);
    return listener;
}

static void work(int listener)
{
    sigset_t term;
    (void)sigemptyset(&term);
    (void)sigaddset(&term, SIGTERM);
    serveUntil(listener, signalfd(-1, &term, SFD_CLOEXEC));
    _exit(0);
}

static pid_t forkWorker(int listener)
{
    const pid_t pid = fork();
    if (pid == 0) work(listener);
    return pid;
}

int main(int count, char** arguments)
{
    const int workers = count == 3 ? atoi(arguments[2]) : 0;
    if (workers < 1 || workers > WORKERS_MAX) return 1;
    const int listener = listenOn(atoi(arguments[1]));
    sigset_t blocked;
    sigset_t open;
    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGTERM);
    (void)sigaddset(&blocked, SIGHUP);
    (void)sigaddset(&blocked, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &blocked, &open);
    catchSignal(SIGTERM, onTerm);
    catchSignal(SIGHUP, onHangUp);
    catchSignal(SIGCHLD, onChild);

    pid_t current[WORKERS_MAX];
    for (int i = 0; i < workers; ++i) current[i] = forkWorker(listener);
    for (;;)
    {
        (void)ppoll(NULL, 0, NULL, &open);
        if (leaving) return 0; /* whoever started it ends the process group */
        if (renewing)
        {
            pid_t old[WORKERS_MAX];
            renewing = 0;
            memcpy(old, current, sizeof old);
            for (int i = 0; i < workers; ++i) current[i] = forkWorker(listener);
            for (int i = 0; i < workers; ++i) (void)kill(old[i], SIGTERM);
        }
        for (pid_t ended; (ended = waitpid(-1, NULL, WNOHANG)) > 0;)
            for (int i = 0; i < workers; ++i)
                if (current[i] == ended) current[i] = forkWorker(listener);
    }
}
