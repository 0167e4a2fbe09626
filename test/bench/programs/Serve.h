/* What every worker of the reload phase does, ours and the bare server's: the same code, so that what differs
 * is the host around it. Needs _GNU_SOURCE. */
#ifndef BENCH_SERVE_H
#define BENCH_SERVE_H

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void answer(int connection)
{
    static const char kAnswer[] = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nHello\n";
    char request[4096];
    size_t size = 0;
    while (size < sizeof request - 1)
    {
        const ssize_t got = read(connection, request + size, sizeof request - 1 - size);
        if (got <= 0) break;
        size += (size_t)got;
        request[size] = '\0';
        if (strstr(request, "\r\n\r\n") == NULL) continue;
        if (send(connection, kAnswer, sizeof kAnswer - 1, MSG_NOSIGNAL) < 0) break;
        break;
    }
    (void)close(connection);
}

/* Answers one connection after the other, until `stop` is readable. */
static void serveUntil(int listener, int stop)
{
    for (;;)
    {
        struct pollfd events[2] = {{listener, POLLIN, 0}, {stop, POLLIN, 0}};
        (void)poll(events, 2, -1);
        if (events[1].revents != 0) return;
        const int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection >= 0) answer(connection);
    }
}

#endif
