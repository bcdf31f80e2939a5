/* The least that a relay of streams costs, beside which the server's delay is measured: the same model server, the same number
 * of streams over TLS with libcurl; what comes is written to a socket as it is, and read on the other end by another thread,
 * which looks at the times in it. No parsing, no JSON, no WebSocket.
 *
 *   relay URL STREAMS SECONDS          (SSL_CERT_FILE names the authorities)
 *
 * Prints one JSON object.
 */
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "histogram.h"

#define BODY                                                                                                 \
    "{\"model\":\"bench\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"tell me of the "    \
    "shelf\"}]}"
#define KEY "\"content\":\""

static int ends[2]; /* what the relay writes, and where it is read */
static histogram delays;
static uint64_t deltas;

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The whole times in `text`; returns how much of it is done with. */
static size_t take(const char *text, size_t len)
{
    uint64_t now = now_ns();
    const char *at = text, *found;

    while ((found = memmem(at, len - (size_t)(at - text), KEY, sizeof KEY - 1))) {
        const char *number = found + sizeof KEY - 1;
        const char *space = memchr(number, '"', len - (size_t)(number - text));

        if (!space)
            return (size_t)(found - text);
        uint64_t written = strtoull(number, NULL, 10);

        if (written > 0) {
            histogram_add(&delays, (now - written) / 1000);
            deltas++;
        }
        at = space;
    }
    size_t rest = len - (size_t)(at - text);

    return rest > sizeof KEY ? len - sizeof KEY : (size_t)(at - text);
}

static void *read_end(void *unused)
{
    static char text[1 << 20];
    size_t len = 0;
    ssize_t got;

    (void)unused;
    while ((got = read(ends[1], text + len, sizeof text - len)) > 0) {
        len += (size_t)got;
        size_t done = take(text, len);

        /* What is kept is shorter than a key, or begins with one. */
        memmove(text, text + done, len - done);
        len -= done;
    }
    return NULL;
}

static size_t relay(char *bytes, size_t one, size_t len, void *user)
{
    (void)one;
    (void)user;
    return write(ends[0], bytes, len) == (ssize_t)len ? len : 0;
}

/* ---- libcurl on epoll ---- */

static int epoll;
static long timeout_ms = -1;

static int watch(CURL *easy, curl_socket_t fd, int what, void *user, void *known)
{
    struct epoll_event event = {.data.fd = fd};

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        (void)epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    (void)epoll_ctl(epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
    curl_multi_assign(user, fd, &epoll);
    return 0;
}

static int set_timeout(CURLM *multi, long ms, void *user)
{
    (void)multi;
    (void)user;
    timeout_ms = ms;
    return 0;
}

static void run(CURLM *multi, double until)
{
    struct epoll_event events[64];
    int running = 1;

    curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
    while (running > 0 && (double)now_ns() < until) {
        int ready = epoll_wait(epoll, events, 64, timeout_ms < 0 || timeout_ms > 100 ? 100 : (int)timeout_ms);

        if (ready == 0)
            curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
        for (int i = 0; i < ready; i++)
            curl_multi_socket_action(multi, events[i].data.fd,
                                     (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                                         (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                                         (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0),
                                     &running);
    }
}

static void add_stream(CURLM *multi, const char *url, struct curl_slist *headers)
{
    CURL *easy = curl_easy_init();

    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, BODY);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_CAINFO, getenv("SSL_CERT_FILE"));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, relay);
    curl_multi_add_handle(multi, easy);
}

int main(int count, char **words)
{
    pthread_t reader;

    if (count != 4 || !getenv("SSL_CERT_FILE")) {
        fprintf(stderr, "usage: SSL_CERT_FILE=… relay URL STREAMS SECONDS\n");
        return 2;
    }
    double until = (double)now_ns() + atof(words[3]) * 1e9;
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    CURLM *multi;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi = curl_multi_init();
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 || pthread_create(&reader, NULL, read_end, NULL) != 0)
        return 1;
    epoll = epoll_create1(EPOLL_CLOEXEC);
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, multi);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timeout);
    for (int i = 0; i < atoi(words[2]); i++)
        add_stream(multi, words[1], headers);
    run(multi, until);
    close(ends[0]);
    pthread_join(reader, NULL);
    printf("{\"deltas\": %llu, \"p50_ms\": %.3f, \"p90_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}\n",
           (unsigned long long)deltas, (double)histogram_part(&delays, 0.5) / 1e3,
           (double)histogram_part(&delays, 0.9) / 1e3, (double)histogram_part(&delays, 0.99) / 1e3,
           (double)delays.most / 1e3);
    return deltas == 0;
}
