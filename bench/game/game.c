/*
 * The game of the bench. It is so small that a measurement shows what is around it.
 *
 *   bench-game --stamps FILE --id ID
 *
 * stdout  {"event":"started"} at its start, and what `chat` and `join` order; nothing else.
 * stdin   stop                             ends with exit code 0, as TERM and INT do
 *         chat text|event RATE SECONDS     RATE lines a second in slices of a millisecond, one write() each
 *         join NAME                        says that this player has connected
 *         anything else                    is stamped
 * FILE    appended, one write() per line; times are CLOCK_MONOTONIC, nanoseconds (process.hrtime of Node):
 *         start TIME PID ID
 *         line TIME PID ID TEXT            when a line of stdin was read
 *         chat TIME PID ID SENT WANTED ELAPSED IN_WRITE LONGEST_WRITE
 *         exit TIME PID ID                 as the last thing before the end
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 120 /* of a chat line, its newline included: as the peers are measured */

static volatile sig_atomic_t ended;
static const char *id = "?";
static int stamps = -1;

static struct {
    int is_event, is_on;
    double rate, seconds;
    uint64_t begun, sent, wanted, in_write, longest;
} chat;

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static void stamp(const char *what, uint64_t time, const char *rest) {
    char line[5000];
    int n = snprintf(line, sizeof line, "%s %llu %d %s%s%s\n", what, (unsigned long long)time, (int)getpid(), id,
                     *rest ? " " : "", rest);
    if (n > (int)sizeof line - 1) return;
    if (write(stamps, line, (size_t)n) < 0) perror("bench-game: stamps");
}

/* Writes all bytes, however long that blocks. A signal that ends the game ends the wait. */
static void put(const char *bytes, size_t size) {
    while (size > 0 && !ended) {
        ssize_t n = write(1, bytes, size);
        if (n < 0) {
            struct pollfd out = {.fd = 1, .events = POLLOUT};
            if (errno == EAGAIN) poll(&out, 1, 50);
            else if (errno != EINTR) return;
            continue;
        }
        bytes += n;
        size -= (size_t)n;
    }
}

static void chat_line(void) {
    char line[LINE_BYTES + 1];
    const char *as_event = "{\"event\":\"info\",\"bench\":\"chat\",\"seq\":%llu,\"message\":\"";
    const char *format = chat.is_event ? as_event : "bench chat %llu ";
    int n = snprintf(line, sizeof line, format, (unsigned long long)chat.sent);
    int tail = chat.is_event ? 3 : 1;
    while (n < LINE_BYTES - tail) {
        line[n] = (char)('a' + (n * 7 + (int)(chat.sent % 26)) % 26);
        n++;
    }
    memcpy(line + n, chat.is_event ? "\"}\n" : "\n", (size_t)tail);
    uint64_t before = now();
    put(line, LINE_BYTES);
    uint64_t took = now() - before;
    chat.in_write += took;
    if (took > chat.longest) chat.longest = took;
    chat.sent++;
}

/* Says the lines that are due by now. After the last one it stamps what they cost the game. */
static void chat_on(void) {
    uint64_t due = (uint64_t)((double)(now() - chat.begun) / 1e9 * chat.rate);
    if (due > chat.wanted) due = chat.wanted;
    while (chat.sent < due && !ended) chat_line();
    if (chat.sent < chat.wanted) return;
    chat.is_on = 0;
    char rest[200];
    uint64_t end = now();
    snprintf(rest, sizeof rest, "%llu %llu %llu %llu %llu", (unsigned long long)chat.sent,
             (unsigned long long)chat.wanted, (unsigned long long)(end - chat.begun),
             (unsigned long long)chat.in_write, (unsigned long long)chat.longest);
    stamp("chat", end, rest);
}

static void take_order(const char *line, uint64_t read_at) {
    char kind[16], name[33], event[100];
    double rate, seconds;
    if (!strcmp(line, "stop")) {
        ended = 1;
    } else if (sscanf(line, "chat %15s %lf %lf", kind, &rate, &seconds) == 3 && rate > 0 && seconds > 0) {
        memset(&chat, 0, sizeof chat);
        chat.is_event = !strcmp(kind, "event");
        chat.rate = rate;
        chat.wanted = (uint64_t)(rate * seconds);
        chat.is_on = 1;
        chat.begun = now();
    } else if (sscanf(line, "join %32[a-z]", name) == 1) {
        put(event, (size_t)sprintf(event, "{\"event\":\"player_connected\",\"user\":\"%s\"}\n", name));
    } else {
        stamp("line", read_at, line);
    }
}

/* Answers 0 at the end of stdin. */
static int read_orders(void) {
    static char in[8192];
    static size_t have;
    ssize_t n = read(0, in + have, sizeof in - 1 - have);
    uint64_t read_at = now();
    if (n == 0) return 0;
    if (n < 0) return errno == EINTR || errno == EAGAIN;
    have += (size_t)n;
    in[have] = 0;
    char *line = in, *end;
    while ((end = strchr(line, '\n'))) {
        *end = 0;
        take_order(line, read_at);
        line = end + 1;
    }
    have = (size_t)(in + have - line);
    memmove(in, line, have);
    if (have == sizeof in - 1) have = 0; /* no measurement writes a line that long */
    return 1;
}

static void end(int signal) { (void)signal; ended = 1; }

int main(int argc, char **argv) {
    uint64_t begun = now();
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--stamps")) stamps = open(argv[i + 1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
        else if (!strcmp(argv[i], "--id")) id = argv[i + 1];
    }
    if (stamps < 0) {
        fprintf(stderr, "bench-game: --stamps FILE is missing or cannot be written\n");
        return 64;
    }
    struct sigaction on_end = {.sa_handler = end}; /* no SA_RESTART, so that a blocked write() returns */
    sigaction(SIGTERM, &on_end, NULL);
    sigaction(SIGINT, &on_end, NULL);
    signal(SIGPIPE, SIG_IGN);
    stamp("start", begun, "");
    const char *started = "{\"event\":\"started\"}\n";
    put(started, strlen(started));

    sigset_t ends, none; /* blocked except in ppoll(), so that no signal falls between look and wait */
    sigemptyset(&none);
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    int has_stdin = 1;
    for (;;) {
        sigprocmask(SIG_BLOCK, &ends, NULL);
        if (ended) break;
        struct pollfd in = {.fd = has_stdin ? 0 : -1, .events = POLLIN};
        struct timespec slice = {.tv_sec = 0, .tv_nsec = 1000000};
        int ready = ppoll(&in, 1, chat.is_on ? &slice : NULL, &none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        if (ready > 0 && in.revents) has_stdin = read_orders();
        if (chat.is_on) chat_on();
    }
    stamp("exit", now(), "");
    return 0;
}
