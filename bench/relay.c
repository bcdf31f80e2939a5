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
    int running = 1;

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
    for (int i = 0; i < atoi(words[2]); i++)
        add_stream(multi, words[1], headers);
    while (running > 0 && (double)now_ns() < until) {
        curl_multi_perform(multi, &running);
        if (running > 0)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    close(ends[0]);
    pthread_join(reader, NULL);
    printf("{\"deltas\": %llu, \"p50_ms\": %.3f, \"p90_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}\n",
           (unsigned long long)deltas, (double)histogram_part(&delays, 0.5) / 1e3,
           (double)histogram_part(&delays, 0.9) / 1e3, (double)histogram_part(&delays, 0.99) / 1e3,
           (double)delays.most / 1e3);
    return running > 0;
}
