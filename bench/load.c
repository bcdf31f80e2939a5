/* A load generator: people who write to orchestrators over WebSockets and wait for the replies.
 *
 *   load flood  HOST PORT TARGETS SECONDS IN_FLIGHT   each conversation has IN_FLIGHT messages under way: the most that goes
 *   load rate   HOST PORT TARGETS SECONDS A_SECOND    messages at random times of the given mean rate, whatever the server
 *                                                     does: latency counts from when a message was due (no coordinated
 *                                                     omission); with a sixth argument, a line of CSV each so many seconds
 *   load each   HOST PORT TARGETS SECONDS             one message to each, and its reply
 *   load stream HOST PORT TARGETS SECONDS             one message to each; the deltas carry the time at which they were
 *                                                     written, in nanoseconds of the monotonic clock
 *   load idle   HOST PORT TARGETS COUNT               COUNT subscribed connections of the first target, until standard input ends
 *
 * TARGETS is a file with a line for each conversation: "token channelId mention". A connection is opened for each token. A
 * conversation is answered in order, so the n-th reply in a channel belongs to the n-th message.
 *
 * Prints one JSON object.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "histogram.h"
#include "socket.h"

#define TARGETS_MAX   2048
#define EVENTS_MAX    256
#define WAITING_MAX   4096u /* messages of a conversation without a reply */
#define WARM_UP       0.2   /* of the time: not counted */
#define GRACE_SECONDS 20    /* for the last replies */

typedef struct target {
    char token[96];
    char channel[40];
    char mention[64];
    socket_client *client;
    uint64_t *due; /* ring of WAITING_MAX: when each message that waits was due */
    unsigned first, waiting;
} target;

typedef struct counts {
    uint64_t sent, acknowledged, replies, failed, refused, deltas;
} counts;

static target targets[TARGETS_MAX];
static size_t targets_count;
static socket_client clients[TARGETS_MAX];
static size_t clients_count;
static int epoll;
static counts all;
static histogram latency;  /* µs, of the whole run but the warm-up */
static histogram interval; /* µs, since the last line of CSV */
static uint64_t counted_from;
static uint64_t counted_replies; /* since then */
static uint64_t random_state = 0x9E3779B97F4A7C15u;

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* ---- what comes ---- */

static bool contains(const char *text, size_t len, const char *part)
{
    return memmem(text, len, part, strlen(part)) != NULL;
}

/* The channel's target on this connection. */
static target *target_of(const socket_client *client, const char *text, size_t len)
{
    static const char key[] = "\"channelId\":\"";
    const char *at = memmem(text, len, key, sizeof key - 1);

    for (size_t i = 0; at && i < targets_count; i++)
        if (targets[i].client == client &&
            strncmp(at + sizeof key - 1, targets[i].channel, strlen(targets[i].channel)) == 0)
            return &targets[i];
    return NULL;
}

static void count_latency(uint64_t due, uint64_t now)
{
    uint64_t took_us = (now > due ? now - due : 0) / 1000;

    if (now < counted_from)
        return;
    histogram_add(&latency, took_us);
    histogram_add(&interval, took_us);
    counted_replies++;
}

static void take_reply(socket_client *client, const char *text, size_t len)
{
    target *of = target_of(client, text, len);

    if (!of || of->waiting == 0)
        return;
    if (all.deltas == 0)
        count_latency(of->due[of->first], now_ns());
    of->first = (of->first + 1) % WAITING_MAX;
    of->waiting--;
    all.replies++;
}

/* Each delta is "NANOSECONDS "; the server may have put several into one notice. */
static void take_delta(const char *text, size_t len)
{
    static const char key[] = "\"text\":\"";
    const char *at = memmem(text, len, key, sizeof key - 1);
    uint64_t now = now_ns();

    if (!at)
        return;
    at += sizeof key - 1;
    while (*at >= '0' && *at <= '9') {
        char *end;

        count_latency(strtoull(at, &end, 10), now);
        all.deltas++;
        at = *end == ' ' ? end + 1 : end;
    }
}

static void take(socket_client *client, const char *text, size_t len)
{
    size_t head = len < 60 ? len : 60;

    if (contains(text, head, "\"message.delta\"")) {
        take_delta(text, len);
    } else if (contains(text, head, "\"message.created\"")) {
        if (contains(text, len, "\"replyToId\""))
            take_reply(client, text, len);
    } else if (contains(text, head, "\"turn.failed\"")) {
        all.failed++;
    } else if (contains(text, len, "\"error\":{") && !contains(text, head, "\"method\"")) {
        if (all.refused++ == 0)
            fprintf(stderr, "load: refused: %.*s\n", (int)(len < 300 ? len : 300), text);
    } else if (contains(text, head, "\"id\":")) {
        all.acknowledged++;
    }
}

/* ---- what goes ---- */

static bool send_message(target *to, uint64_t due)
{
    char text[512];
    struct timespec now;

    if (to->waiting == WAITING_MAX)
        return false;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    /* A UUID of version 7. */
    int len = snprintf(
        text, sizeof text,
        "{\"jsonrpc\":\"2.0\",\"id\":%llu,\"method\":\"message.send\",\"params\":{\"channelId\":\"%s\","
        "\"content\":\"%s please look at shelf %llu and tell me what is there\",\"clientId\":"
        "\"%08llx-%04llx-7%03llx-8%03llx-%012llx\"}}",
        (unsigned long long)all.sent + 1, to->channel, to->mention, (unsigned long long)all.sent % 1000,
        (unsigned long long)ms >> 16, (unsigned long long)ms & 0xffff,
        (unsigned long long)next_random() & 0xfff, (unsigned long long)next_random() & 0xfff,
        (unsigned long long)next_random() & 0xffffffffffff);

    socket_send(to->client, text, (size_t)len);
    to->due[(to->first + to->waiting++) % WAITING_MAX] = due;
    all.sent++;
    return true;
}

static void flush_all(void)
{
    for (size_t i = 0; i < clients_count; i++)
        socket_flush(&clients[i]);
}

/* Waits until something comes, at the latest until `until`. */
static void round_until(uint64_t until)
{
    struct epoll_event events[EVENTS_MAX];
    uint64_t now = now_ns();
    uint64_t left = until > now ? until - now : 0;
    const struct timespec wait = {(time_t)(left / 1000000000u), (long)(left % 1000000000u)};
    int ready = epoll_pwait2(epoll, events, EVENTS_MAX, &wait, NULL);

    for (int i = 0; i < ready; i++)
        socket_receive(events[i].data.ptr, take);
}

/* ---- the kinds of load ---- */

static void flood(uint64_t until, unsigned in_flight)
{
    for (uint64_t now = now_ns(); now < until; now = now_ns()) {
        for (size_t i = 0; i < targets_count; i++)
            while (targets[i].waiting < in_flight && send_message(&targets[i], now))
                ;
        flush_all();
        round_until(now + 50000000);
    }
}

static void print_interval(uint64_t started, uint64_t now, double seconds)
{
    fprintf(stderr, "%.0f,%.1f,%.3f,%.3f,%.3f,%.3f\n", (double)(now - started) / 1e9,
            (double)interval.count / seconds, (double)histogram_part(&interval, 0.5) / 1e3,
            (double)histogram_part(&interval, 0.99) / 1e3, (double)histogram_part(&interval, 0.999) / 1e3,
            (double)interval.most / 1e3);
    fflush(stderr);
    interval = (histogram){0};
}

static void rate(uint64_t until, double a_second, double csv_seconds)
{
    uint64_t started = now_ns(), line = started, due = started;

    for (uint64_t now = started; now < until; now = now_ns()) {
        while (due <= now) {
            if (!send_message(&targets[all.sent % targets_count], due))
                all.refused++;
            due +=
                (uint64_t)(-log(((double)(next_random() >> 11) + 1) / 9007199254740993.0) / a_second * 1e9);
        }
        flush_all();
        round_until(due);
        if (csv_seconds > 0 && (double)(now - line) / 1e9 >= csv_seconds) {
            print_interval(started, now, (double)(now - line) / 1e9);
            line = now;
        }
    }
}

static void send_each(void)
{
    for (size_t i = 0; i < targets_count; i++) {
        (void)send_message(&targets[i], now_ns());
        flush_all();
        if (i % 16 == 15)
            round_until(now_ns() + 10000000);
    }
}

static uint64_t waiting_replies(void)
{
    uint64_t waiting = 0;

    for (size_t i = 0; i < targets_count; i++)
        waiting += targets[i].waiting;
    return waiting;
}

static void settle(void)
{
    uint64_t until = now_ns() + GRACE_SECONDS * 1000000000ull;

    while (waiting_replies() > 0 && all.failed + all.refused == 0 && now_ns() < until)
        round_until(now_ns() + 50000000);
}

/* ---- setting up ---- */

static void subscribe(socket_client *client)
{
    static const char call[] = "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"subscribe\",\"params\":{}}";
    uint64_t before = all.acknowledged;

    socket_send(client, call, sizeof call - 1);
    socket_flush(client);
    while (all.acknowledged == before)
        round_until(now_ns() + 1000000000);
}

static void read_targets(const char *path)
{
    FILE *file = fopen(path, "r");

    while (file && targets_count < TARGETS_MAX) {
        target *one = &targets[targets_count];

        if (fscanf(file, "%95s %39s %63s", one->token, one->channel, one->mention) != 3)
            break;
        one->due = calloc(WAITING_MAX, sizeof *one->due);
        targets_count++;
    }
    if (!file || targets_count == 0) {
        fprintf(stderr, "load: no targets in %s\n", path);
        exit(1);
    }
    fclose(file);
}

static void connect_all(const char *host, int port)
{
    for (size_t i = 0; i < targets_count; i++) {
        for (size_t j = 0; j < i && !targets[i].client; j++)
            if (strcmp(targets[j].token, targets[i].token) == 0)
                targets[i].client = targets[j].client;
        if (targets[i].client)
            continue;
        targets[i].client = &clients[clients_count++];
        socket_open(targets[i].client, epoll, host, port, targets[i].token);
        subscribe(targets[i].client);
    }
}

static int idle(const char *host, int port, size_t count)
{
    char byte;
    socket_client *many = calloc(count, sizeof *many);

    for (size_t i = 0; i < count; i++) {
        socket_open(&many[i], epoll, host, port, targets[0].token);
        subscribe(&many[i]);
    }
    printf("{\"open\": %zu}\n", count);
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    for (size_t i = 0; i < count; i++)
        socket_close(&many[i]);
    free(many);
    return 0;
}

static void print_result(double seconds)
{
    struct timespec used;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    printf("{\"sent\": %llu, \"acknowledged\": %llu, \"replies\": %llu, \"failed\": %llu, \"refused\": %llu, "
           "\"unanswered\": %llu, \"deltas\": %llu, \"a_second\": %.1f, \"p50_ms\": %.3f, \"p90_ms\": %.3f, "
           "\"p99_ms\": %.3f, \"p999_ms\": %.3f, \"max_ms\": %.3f, \"cpu_seconds\": %.3f, \"connections\": "
           "%zu}\n",
           (unsigned long long)all.sent, (unsigned long long)(all.acknowledged - clients_count),
           (unsigned long long)all.replies, (unsigned long long)all.failed, (unsigned long long)all.refused,
           (unsigned long long)waiting_replies(), (unsigned long long)all.deltas,
           (double)counted_replies / seconds, (double)histogram_part(&latency, 0.5) / 1e3,
           (double)histogram_part(&latency, 0.9) / 1e3, (double)histogram_part(&latency, 0.99) / 1e3,
           (double)histogram_part(&latency, 0.999) / 1e3, (double)latency.most / 1e3,
           (double)used.tv_sec + (double)used.tv_nsec / 1e9, clients_count);
}

int main(int count, char **words)
{
    if (count < 6) {
        fprintf(stderr, "usage: load flood|rate|each|stream|idle HOST PORT TARGETS SECONDS|COUNT [NUMBER] "
                        "[CSV_SECONDS]\n");
        return 2;
    }
    const char *kind = words[1];
    const char *host = words[2];
    int port = atoi(words[3]);
    double seconds = atof(words[5]);
    double number = count > 6 ? atof(words[6]) : 0;

    (void)getrandom(&random_state, sizeof random_state, 0);
    random_state |= 1;
    epoll = epoll_create1(EPOLL_CLOEXEC);
    read_targets(words[4]);
    if (strcmp(kind, "idle") == 0)
        return idle(host, port, (size_t)seconds);
    connect_all(host, port);

    uint64_t started = now_ns();
    uint64_t until = started + (uint64_t)(seconds * 1e9);

    counted_from = started + (uint64_t)(seconds * WARM_UP * 1e9);
    if (strcmp(kind, "flood") == 0)
        flood(until, (unsigned)number);
    else if (strcmp(kind, "rate") == 0)
        rate(until, number, count > 7 ? atof(words[7]) : 0);
    else
        send_each();
    while (strcmp(kind, "stream") == 0 && now_ns() < until)
        round_until(now_ns() + 50000000);
    uint64_t counted_until = now_ns();

    uint64_t replies = counted_replies;

    settle();
    counted_replies = replies;
    print_result((double)(counted_until - counted_from) / 1e9);
    return all.failed + all.refused > 0;
}
