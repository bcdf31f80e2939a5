/* Fetches: an easy handle each. libcurl's callbacks only store; answers are given after libcurl has returned, so that whoever
 * gets one may start the next or close them all.
 *
 *     start ──▶ running ──▶ finished (libcurl is done) ──▶ answered ──▶ freed
 *                  └── close ──────────────────────────────▲
 */
#include "fetch.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "curl_loop.h"
#include "orchd/assert.h"

#define CONNECT_MS  5000L
#define HEADERS_MAX (32u * 1024)

typedef struct fetch fetch;
typedef TAILQ_HEAD(fetch_list, fetch) fetch_list;

struct fetch {
    orch_fetches *owner;
    TAILQ_ENTRY(fetch) link;
    CURL *easy;
    orch_fetch_fn done;
    void *user;
    char *body;
    size_t body_len;
    size_t body_max;
    size_t headers_len;
    int error;
    bool unwatched;  /* it would only end by its deadline */
    char place[160]; /* the host, for messages */
    char words[CURL_ERROR_SIZE];
};

struct orch_fetches {
    orch__curl_loop curl;
    fetch_list running;
    size_t running_count;
    bool closing;
    void (*closed)(void *user);
    void *closed_user;
};

/* ---- addresses ---- */

size_t orch_fetch_origin_length(const char *url)
{
    const char *authority = strstr(url, "://");

    return authority ? (size_t)(authority + 3 - url) + strcspn(authority + 3, "/?#") : 0;
}

/* Nothing, or a colon and a number. */
static bool is_port(orch_str text)
{
    if (text.len == 0)
        return true;
    if (text.ptr[0] != ':' || text.len < 2 || text.len > 6)
        return false;
    for (size_t i = 1; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return true;
}

bool orch_fetch_is_here(orch_str authority)
{
    static const char *const names[] = {"127.0.0.1", "[::1]", "localhost"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t len = strlen(names[i]);

        if (authority.len >= len && strncasecmp(authority.ptr, names[i], len) == 0 &&
            is_port((orch_str){authority.ptr + len, authority.len - len}))
            return true;
    }
    return false;
}

bool orch_fetch_allows(const char *url)
{
    bool https = strncasecmp(url, "https://", 8) == 0;
    size_t scheme = https ? 8 : 7, authority;

    if (!https && strncasecmp(url, "http://", 7) != 0)
        return false;
    for (const char *c = url; *c; c++)
        if (*c <= 0x20 || *c >= 0x7f || strchr("\"<>\\^`{|}#", *c))
            return false;
    authority = orch_fetch_origin_length(url) - scheme;
    if (memchr(url + scheme, '@', authority) || authority == 0 || url[scheme] == ':')
        return false;
    return https || orch_fetch_is_here((orch_str){url + scheme, authority});
}

/* ---- what libcurl calls ---- */

static size_t take_body(char *bytes, size_t one, size_t size, void *user)
{
    fetch *kept = user;
    char *grown;

    (void)one;
    if (size > kept->body_max - kept->body_len) {
        kept->error = ORCH_E_TOO_LARGE;
        return 0;
    }
    grown = realloc(kept->body, kept->body_len + size + 1);
    if (!grown) {
        kept->error = ORCH_E_NO_MEMORY;
        return 0;
    }
    memcpy(grown + kept->body_len, bytes, size);
    kept->body = grown;
    kept->body_len += size;
    grown[kept->body_len] = '\0';
    return size;
}

static size_t take_header(char *bytes, size_t one, size_t size, void *user)
{
    fetch *kept = user;

    (void)bytes;
    (void)one;
    kept->headers_len += size;
    if (kept->headers_len <= HEADERS_MAX)
        return size;
    kept->error = ORCH_E_TOO_LARGE;
    return 0;
}

/* ---- the end of one ---- */

static void free_fetch(fetch *kept)
{
    if (kept->easy)
        orch__curl.easy_cleanup(kept->easy);
    free(kept->body);
    free(kept);
}

static int error_of(CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return 0;
    case CURLE_OPERATION_TIMEDOUT:
        return ORCH_E_TIMEOUT;
    case CURLE_OUT_OF_MEMORY:
        return ORCH_E_NO_MEMORY;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return ORCH_E_PROTOCOL;
    default:
        return ORCH_E_CONNECTION;
    }
}

/* Tells how it went and frees it. */
static void answer(fetch *kept, CURLcode code)
{
    orch_fetches *owner = kept->owner;
    char words[sizeof(kept->place) + CURL_ERROR_SIZE + 64];
    orch_fetch_answer given = {.words = words, .body = {kept->body ? kept->body : "", kept->body_len}};
    long status = 0;

    given.error = kept->error ? kept->error : error_of(code);
    (void)orch__curl.easy_getinfo(kept->easy, CURLINFO_RESPONSE_CODE, &status);
    given.status = (int)status;
    if (given.error == ORCH_E_TOO_LARGE)
        snprintf(words, sizeof(words), "%s sent more than the %zu bytes that are allowed", kept->place,
                 kept->headers_len > HEADERS_MAX ? (size_t)HEADERS_MAX : kept->body_max);
    else
        snprintf(words, sizeof(words), "%s: %s", kept->place,
                 kept->words[0] ? kept->words : orch__curl.easy_strerror(code));
    (void)orch__curl.multi_remove_handle(owner->curl.multi, kept->easy);
    TAILQ_REMOVE(&owner->running, kept, link);
    owner->running_count--;
    kept->done(&given, kept->user);
    free_fetch(kept);
}

static void unwatched(CURL *easy, int error, void *user)
{
    fetch *kept;

    (void)user;
    (void)orch__curl.easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&kept);
    kept->error = error;
    kept->unwatched = true;
}

static fetch *first_unwatched(const orch_fetches *fetches)
{
    fetch *kept;

    TAILQ_FOREACH(kept, &fetches->running, link)
    {
        if (kept->unwatched)
            break;
    }
    return kept;
}

static void progressed(void *user)
{
    orch_fetches *fetches = user;
    CURLMsg *message;
    fetch *blind;
    int left;

    while (!fetches->closing && (message = orch__curl.multi_info_read(fetches->curl.multi, &left)) != NULL) {
        CURLcode code = message->data.result;
        fetch *kept;

        (void)orch__curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&kept);
        answer(kept, code);
    }
    while (!fetches->closing && (blind = first_unwatched(fetches)) != NULL)
        answer(blind, CURLE_OK);
}

/* ---- starting ---- */

/* False: no memory. */
static bool set_connection(CURL *easy, const orch_fetch_request *request)
{
    const char *authorities = getenv("SSL_CERT_FILE");
    /* Plain HTTP stays on this machine: it does not go to a proxy, either. */
    bool plain = strncasecmp(request->url, "https", 5) != 0;

    if (orch__curl.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, plain ? "http" : "https") != CURLE_OK ||
        (plain && orch__curl.easy_setopt(easy, CURLOPT_NOPROXY, "*") != CURLE_OK))
        return false;
    orch__curl.easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    orch__curl.easy_setopt(easy, CURLOPT_CAPATH, NULL);
    orch__curl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    orch__curl.easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    orch__curl.easy_setopt(easy, CURLOPT_USERAGENT, "orchd");
    orch__curl.easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    orch__curl.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    orch__curl.easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    /* Not remembered it would be the system's authorities that are believed. */
    return !authorities || orch__curl.easy_setopt(easy, CURLOPT_CAINFO, authorities) == CURLE_OK;
}

static void set_callbacks(fetch *kept)
{
    CURL *easy = kept->easy;

    orch__curl.easy_setopt(easy, CURLOPT_PRIVATE, kept);
    orch__curl.easy_setopt(easy, CURLOPT_ERRORBUFFER, kept->words);
    orch__curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    orch__curl.easy_setopt(easy, CURLOPT_WRITEDATA, kept);
    orch__curl.easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    orch__curl.easy_setopt(easy, CURLOPT_HEADERDATA, kept);
}

/* libcurl copies all of it. */
static bool set_request(CURL *easy, const orch_fetch_request *request)
{
    bool set = orch__curl.easy_setopt(easy, CURLOPT_URL, request->url) == CURLE_OK;

    if (set && request->user_password)
        set = orch__curl.easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC) == CURLE_OK &&
              orch__curl.easy_setopt(easy, CURLOPT_USERPWD, request->user_password) == CURLE_OK;
    if (set && request->form)
        set = orch__curl.easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->form) == CURLE_OK;
    return set;
}

static fetch *new_fetch(orch_fetches *fetches, const orch_fetch_request *request)
{
    fetch *kept = calloc(1, sizeof(*kept));
    const char *host = strstr(request->url, "://");

    if (!kept)
        return NULL;
    kept->owner = fetches;
    kept->body_max = request->body_max;
    host = host ? host + 3 : request->url;
    snprintf(kept->place, sizeof(kept->place), "%.*s", (int)strcspn(host, "/?#"), host);
    kept->easy = orch__curl.easy_init();
    if (kept->easy && set_request(kept->easy, request) && set_connection(kept->easy, request)) {
        set_callbacks(kept);
        return kept;
    }
    free_fetch(kept);
    return NULL;
}

int orch_fetch(orch_fetches *fetches, const orch_fetch_request *request, orch_fetch_fn done, void *user)
{
    fetch *kept;
    int result;

    ORCH_ASSERT(orch_fetch_allows(request->url));
    if (fetches->closing)
        return ORCH_E_CLOSED;
    if (fetches->running_count >= ORCH_FETCHES_MAX)
        return ORCH_E_BUSY;
    result = orch__curl_loop_open(&fetches->curl);
    if (result < 0)
        return result;
    kept = new_fetch(fetches, request);
    if (!kept)
        return ORCH_E_NO_MEMORY;
    kept->done = done;
    kept->user = user;
    if (orch__curl.multi_add_handle(fetches->curl.multi, kept->easy) != CURLM_OK) {
        free_fetch(kept);
        return ORCH_E_NO_MEMORY;
    }
    TAILQ_INSERT_TAIL(&fetches->running, kept, link);
    fetches->running_count++;
    return 0;
}

/* ---- life ---- */

int orch_fetches_new(uv_loop_t *loop, orch_fetches **out_fetches)
{
    orch_fetches *fetches = calloc(1, sizeof(*fetches));

    if (!fetches)
        return ORCH_E_NO_MEMORY;
    TAILQ_INIT(&fetches->running);
    orch__curl_loop_init(
        &fetches->curl, loop,
        &(orch__curl_hooks){.progressed = progressed, .unwatched = unwatched, .user = fetches});
    *out_fetches = fetches;
    return 0;
}

static void on_closed(void *user)
{
    orch_fetches *fetches = user;
    void (*closed)(void *user) = fetches->closed;
    void *closed_user = fetches->closed_user;

    free(fetches);
    if (closed)
        closed(closed_user);
}

void orch_fetches_close(orch_fetches *fetches, void (*closed)(void *user), void *user)
{
    fetch *kept;

    ORCH_ASSERT(!fetches->closing);
    fetches->closing = true;
    fetches->closed = closed;
    fetches->closed_user = user;
    while ((kept = TAILQ_FIRST(&fetches->running)) != NULL) {
        kept->error = ORCH_E_CLOSED;
        answer(kept, CURLE_OK);
    }
    orch__curl_loop_close(&fetches->curl, on_closed);
}
