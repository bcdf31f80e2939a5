/* Transfers: an easy handle each, fed from libcurl's callbacks into an inbox, and from there into the stream.
 *
 *     start ──▶ waiting ── connected ──▶ receiving ──┬── libcurl is done ──▶ stream_finish ──▶ freed
 *                   │                        │       └── the stream is over first ──▶ draining ──▶ freed
 *                   └───── a deadline ───────┴──▶ stream_finish(ORCH_E_TIMEOUT) ──▶ freed
 *     cancel, close: from every state straight to freed
 *
 * Invariants
 *  1. libcurl's callbacks only store (inbox, status, headers). Streams are fed, and so sinks called, after libcurl has
 *     returned: a sink may start, cancel and close as it likes.
 *  2. A transfer is freed by retire() alone; never while it is `delivering`: then deliver() does it afterwards.
 *  3. A transfer in `ready` has an inbox to deliver or is finished.
 */
#include "transfer.h"

#include <ctype.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "curl_loop.h"
#include "orchd/assert.h"

#define READ_SIZE 4096 /* libcurl's buffer per transfer: a thousand of them are idle most of the time */
/* For the end of a body whose answer is complete, so that its connection can be used again. */
#define DRAIN_MS 500u
/* While transfers run, the sweep comes at least so often: one that is late by more than LATE_MS tells how long the process was
 * stopped. */
#define PULSE_MS 1000u
#define LATE_MS  1000u

typedef TAILQ_HEAD(transfer_list, orch_transfer) transfer_list;

struct orch_transfer {
    orch_transfers *owner;
    TAILQ_ENTRY(orch_transfer) link;
    TAILQ_ENTRY(orch_transfer) ready_link;
    CURL *easy;
    struct curl_slist *headers;
    orch_model_http http;
    orch_model_stream *stream;
    uint32_t timeout_ms;
    uint64_t deadline_ms;
    uint64_t touched_ms; /* the last byte, or when the request was sent; 0: not connected yet */
    char *inbox;         /* bytes of the body, not delivered yet */
    size_t inbox_len;
    size_t headers_len; /* bytes so far */
    size_t body_len;
    bool interim; /* reading the headers of a 1xx answer */
    bool ready;
    bool
        finished; /* libcurl has done with it, or a deadline passed; `failure` and `detail` say how it went */
    bool cancelled;
    int failure;
    char detail[512];
    char curl_words[CURL_ERROR_SIZE];
};

struct orch_transfers {
    orch_transfers_config config;
    orch__curl_loop curl;
    uv_timer_t sweep;  /* the next deadline */
    uint64_t sweep_ms; /* when it fires; UINT64_MAX: not */
    transfer_list all;
    transfer_list ready;
    orch_transfer *delivering;
    bool closing;
    unsigned closed_parts;
    void (*closed)(void *user);
    void *closed_user;
};

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

static void mark_ready(orch_transfer *transfer)
{
    if (transfer->ready)
        return;
    transfer->ready = true;
    TAILQ_INSERT_TAIL(&transfer->owner->ready, transfer, ready_link);
}

/* ---- deadlines ---- */

/* When a transfer is to be looked at again. */
static uint64_t due_ms(const orch_transfer *transfer)
{
    uint64_t due = transfer->deadline_ms;

    if (transfer->touched_ms > 0 && transfer->touched_ms + transfer->owner->config.idle_timeout_ms < due)
        due = transfer->touched_ms + transfer->owner->config.idle_timeout_ms;
    return due;
}

static void sweep_fired(uv_timer_t *timer);

static void arm_sweep(orch_transfers *transfers, uint64_t at_ms)
{
    uint64_t now = now_ms();

    if (at_ms > now + PULSE_MS)
        at_ms = now + PULSE_MS;
    if (at_ms >= transfers->sweep_ms)
        return;
    transfers->sweep_ms = at_ms;
    uv_update_time(transfers->config.loop);
    uv_timer_start(&transfers->sweep, sweep_fired, at_ms > now ? at_ms - now : 0, 0);
}

/* ---- what libcurl calls ---- */

static size_t take_body(char *bytes, size_t one, size_t size, void *user)
{
    orch_transfer *transfer = user;

    (void)one;
    transfer->touched_ms = now_ms();
    if (orch_model_stream_over(transfer->stream))
        return size;
    if (size > ORCH_TRANSFER_BODY_MAX - transfer->body_len) {
        transfer->failure = ORCH_E_TOO_LARGE;
        return 0;
    }

    char *grown = realloc(transfer->inbox, transfer->inbox_len + size);

    if (!grown) {
        transfer->failure = ORCH_E_NO_MEMORY;
        return 0;
    }
    memcpy(grown + transfer->inbox_len, bytes, size);
    transfer->inbox = grown;
    transfer->inbox_len += size;
    transfer->body_len += size;
    mark_ready(transfer);
    return size;
}

/* "HTTP/1.1 200 OK" */
static void take_status(orch_transfer *transfer, orch_str line)
{
    const char *space = memchr(line.ptr, ' ', line.len);
    int status = 0;

    if (space && line.len - (size_t)(space - line.ptr) >= 4)
        for (size_t i = 1; i <= 3; i++)
            status = status * 10 + (space[i] - '0');
    transfer->interim = status < 200;
    if (!transfer->interim)
        orch_model_stream_status(transfer->stream, status);
}

static orch_str trim(orch_str text)
{
    while (text.len > 0 && isspace((unsigned char)text.ptr[0]))
        text = (orch_str){text.ptr + 1, text.len - 1};
    while (text.len > 0 && isspace((unsigned char)text.ptr[text.len - 1]))
        text.len--;
    return text;
}

static size_t take_header(char *bytes, size_t one, size_t size, void *user)
{
    orch_transfer *transfer = user;
    const char *colon = memchr(bytes, ':', size);

    (void)one;
    transfer->touched_ms = now_ms();
    transfer->headers_len += size;
    if (transfer->headers_len > ORCH_TRANSFER_HEADERS_MAX) {
        transfer->failure = ORCH_E_TOO_LARGE;
        return 0;
    }
    if (transfer->body_len > 0) /* a trailer */
        return size;
    if (size > 5 && memcmp(bytes, "HTTP/", 5) == 0)
        take_status(transfer, (orch_str){bytes, size});
    else if (colon && !transfer->interim)
        orch_model_stream_header(transfer->stream, trim((orch_str){bytes, (size_t)(colon - bytes)}),
                                 trim((orch_str){colon + 1, size - (size_t)(colon + 1 - bytes)}));
    return size;
}

static int about_to_send(void *user, char *ip_remote, char *ip_local, int port_remote, int port_local)
{
    orch_transfer *transfer = user;

    (void)ip_remote;
    (void)ip_local;
    (void)port_remote;
    (void)port_local;
    transfer->touched_ms = now_ms();
    arm_sweep(transfer->owner, due_ms(transfer)); /* from now on silence counts */
    return CURL_PREREQFUNC_OK;
}

/* ---- how it went, in words ---- */

/* "host:port (VARIABLE)" */
static void describe_place(const orch_transfer *transfer, char *out, size_t size)
{
    const char *host = strstr(transfer->http.url, "://");

    host = host ? host + 3 : transfer->http.url;
    snprintf(out, size, "%.*s (%s)", (int)strcspn(host, "/"), host, transfer->http.place);
}

static void fail(orch_transfer *transfer, int failure, const char *format, ...) ORCH_PRINTF(3, 4);

static void fail(orch_transfer *transfer, int failure, const char *format, ...)
{
    va_list arguments;

    transfer->failure = failure;
    va_start(arguments, format);
    vsnprintf(transfer->detail, sizeof(transfer->detail), format, arguments);
    va_end(arguments);
}

static void fail_connect(orch_transfer *transfer, const char *place, const char *words)
{
    long code = 0;

    (void)orch__curl.easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &code);
    if (code)
        words = strerror((int)code);
    fail(transfer, ORCH_E_CONNECTION, "cannot connect to %s: %c%s", place, tolower((unsigned char)words[0]),
         words + 1);
}

/* By libcurl's code, where no callback of ours has ended the transfer. */
static void fail_code(orch_transfer *transfer, CURLcode code, const char *place)
{
    const char *words = transfer->curl_words[0] ? transfer->curl_words : orch__curl.easy_strerror(code);

    switch (code) {
    case CURLE_COULDNT_CONNECT:
        fail_connect(transfer, place, words);
        break;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        fail(transfer, ORCH_E_CONNECTION, "cannot connect to %s: %s", place, words);
        break;
    case CURLE_OPERATION_TIMEDOUT: /* libcurl only knows the one for connecting */
        fail(transfer, ORCH_E_TIMEOUT, "cannot connect to %s within %g s", place,
             transfer->owner->config.connect_timeout_ms / 1000.0);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        fail(transfer, ORCH_E_PROTOCOL, "no safe connection to %s: %s", place, words);
        break;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        fail(transfer, ORCH_E_PROTOCOL, "%s does not speak HTTP: %s", place, words);
        break;
    case CURLE_OUT_OF_MEMORY:
        fail(transfer, ORCH_E_NO_MEMORY, "out of memory while calling %s", place);
        break;
    default:
        fail(transfer, ORCH_E_CONNECTION, "the connection to %s was cut: %s", place, words);
        break;
    }
}

static void describe_failure(orch_transfer *transfer, CURLcode code)
{
    char place[200];

    describe_place(transfer, place, sizeof(place));
    if (transfer->failure == ORCH_E_TOO_LARGE)
        fail(transfer, ORCH_E_TOO_LARGE, "%s sent more than the %u bytes that are allowed", place,
             transfer->headers_len > ORCH_TRANSFER_HEADERS_MAX ? ORCH_TRANSFER_HEADERS_MAX
                                                               : ORCH_TRANSFER_BODY_MAX);
    else
        fail_code(transfer, transfer->failure == ORCH_E_NO_MEMORY ? CURLE_OUT_OF_MEMORY : code, place);
}

/* ---- the end of a transfer ---- */

static void detach(orch_transfer *transfer)
{
    if (!transfer->easy)
        return;
    (void)orch__curl.multi_remove_handle(transfer->owner->curl.multi, transfer->easy);
    orch__curl.easy_cleanup(transfer->easy);
    transfer->easy = NULL;
}

static void retire(orch_transfer *transfer)
{
    orch_transfers *owner = transfer->owner;

    ORCH_ASSERT(owner->delivering != transfer);
    detach(transfer);
    TAILQ_REMOVE(&owner->all, transfer, link);
    if (transfer->ready)
        TAILQ_REMOVE(&owner->ready, transfer, ready_link);
    if (transfer->headers)
        orch__curl.slist_free_all(transfer->headers);
    orch_model_http_fini(&transfer->http);
    orch_model_stream_free(transfer->stream);
    free(transfer->inbox);
    free(transfer);
}

/* The answer is complete; what is left of the body is read for a moment. */
static void drain(orch_transfer *transfer)
{
    uint64_t soon = now_ms() + DRAIN_MS;

    if (soon < transfer->deadline_ms)
        transfer->deadline_ms = soon;
    arm_sweep(transfer->owner, transfer->deadline_ms);
}

/* Feeds what came and tells the end. */
static void deliver(orch_transfer *transfer)
{
    orch_transfers *owner = transfer->owner;
    char *inbox = transfer->inbox;
    size_t len = transfer->inbox_len;

    owner->delivering = transfer;
    transfer->inbox = NULL;
    transfer->inbox_len = 0;
    if (len > 0)
        orch_model_stream_feed(transfer->stream, inbox, len);
    free(inbox);
    if (transfer->finished && !transfer->cancelled)
        orch_model_stream_finish(transfer->stream, transfer->failure,
                                 transfer->failure ? transfer->detail : NULL);
    owner->delivering = NULL;
    if (transfer->finished || transfer->cancelled)
        retire(transfer);
    else if (orch_model_stream_over(transfer->stream))
        drain(transfer);
}

static void deliver_ready(orch_transfers *transfers)
{
    orch_transfer *transfer;

    while ((transfer = TAILQ_FIRST(&transfers->ready)) != NULL) {
        TAILQ_REMOVE(&transfers->ready, transfer, ready_link);
        transfer->ready = false;
        deliver(transfer);
    }
}

static void progressed(void *user)
{
    orch_transfers *transfers = user;
    CURLMsg *message;
    int left;

    while ((message = orch__curl.multi_info_read(transfers->curl.multi, &left)) != NULL) {
        orch_transfer *transfer;
        CURLcode code = message->data.result;

        (void)orch__curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        if (code != CURLE_OK && !transfer->finished)
            describe_failure(transfer, code);
        transfer->finished = true;
        detach(transfer);
        mark_ready(transfer);
    }
    deliver_ready(transfers);
}

/* Nobody would notice what comes on its socket. It ends when libcurl has returned. */
static void end_unwatched(CURL *easy, int error, void *user)
{
    orch_transfer *transfer = NULL;
    char place[200];

    (void)user;
    (void)orch__curl.easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
    if (!transfer) /* one of libcurl's own, which closes a connection */
        return;
    describe_place(transfer, place, sizeof(place));
    transfer->finished = true;
    if (error == ORCH_E_NO_MEMORY)
        fail(transfer, error, "out of memory while calling %s", place);
    else
        fail(transfer, error, "the system does not watch the connection to %s", place);
    mark_ready(transfer);
}

/* libcurl is not to be trusted any more: all begin anew, over another multi handle. */
static void end_all(void *user)
{
    orch_transfers *transfers = user;
    orch_transfer *transfer;
    char place[200];

    TAILQ_FOREACH(transfer, &transfers->all, link)
    {
        detach(transfer);
        if (transfer->finished)
            continue;
        describe_place(transfer, place, sizeof(place));
        transfer->finished = true;
        fail(transfer, ORCH_E_NO_MEMORY, "out of memory while calling %s", place);
        mark_ready(transfer);
    }
    orch__curl_loop_reset(&transfers->curl);
    deliver_ready(transfers);
}

static void expire(orch_transfer *transfer, uint64_t now)
{
    char place[200];

    describe_place(transfer, place, sizeof(place));
    transfer->finished = true;
    if (now >= transfer->deadline_ms)
        fail(transfer, ORCH_E_TIMEOUT, "%s did not finish its answer within %g s", place,
             transfer->timeout_ms / 1000.0);
    else
        fail(transfer, ORCH_E_TIMEOUT, "%s sent nothing for %g s", place,
             transfer->owner->config.idle_timeout_ms / 1000.0);
    detach(transfer);
    mark_ready(transfer);
}

/* A sweep that is much later than it was due waited for the whole process, which was stopped: what came meanwhile is still
 * to be read, so that nobody's time has passed. */
static void forgive_pause(orch_transfers *transfers, uint64_t now)
{
    uint64_t late = now > transfers->sweep_ms ? now - transfers->sweep_ms : 0;
    orch_transfer *transfer;

    if (late < LATE_MS)
        return;
    TAILQ_FOREACH(transfer, &transfers->all, link)
    {
        transfer->deadline_ms += late;
        if (transfer->touched_ms > 0)
            transfer->touched_ms += late;
    }
}

static void sweep_fired(uv_timer_t *timer)
{
    orch_transfers *transfers = timer->data;
    uint64_t now = now_ms();
    uint64_t next = UINT64_MAX;
    orch_transfer *transfer;

    forgive_pause(transfers, now);
    TAILQ_FOREACH(transfer, &transfers->all, link)
    {
        uint64_t due = due_ms(transfer);

        if (due <= now)
            expire(transfer, now);
        else if (due < next)
            next = due;
    }
    transfers->sweep_ms = UINT64_MAX;
    if (next != UINT64_MAX)
        arm_sweep(transfers, next);
    deliver_ready(transfers);
}

/* ---- starting ---- */

static int set_headers(orch_transfer *transfer)
{
    /* No "Expect: 100-continue": it costs a round trip. */
    transfer->headers = orch__curl.slist_append(NULL, "Expect:");
    for (size_t i = 0; i < transfer->http.headers_count && transfer->headers; i++) {
        struct curl_slist *longer = orch__curl.slist_append(transfer->headers, transfer->http.headers[i]);

        if (!longer)
            orch__curl.slist_free_all(transfer->headers);
        transfer->headers = longer;
    }
    return transfer->headers ? 0 : ORCH_E_NO_MEMORY;
}

static int set_request(orch_transfer *transfer)
{
    CURL *easy = transfer->easy;
    int result = set_headers(transfer);

    if (result < 0)
        return result;
    orch__curl.easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    orch__curl.easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->http.body);
    orch__curl.easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)transfer->http.body_len);
    orch__curl.easy_setopt(easy, CURLOPT_USERAGENT, "orchd");
    if (orch__curl.easy_setopt(easy, CURLOPT_URL, transfer->http.url) != CURLE_OK)
        return ORCH_E_NO_MEMORY;
    return 0;
}

static int set_connection(const orch_transfer *transfer)
{
    CURL *easy = transfer->easy;
    const char *authorities = getenv("SSL_CERT_FILE");

    if (orch__curl.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK)
        return ORCH_E_NO_MEMORY;
    orch__curl.easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    /* Over TLS a new transfer waits to learn whether the connection under way can carry it too. */
    orch__curl.easy_setopt(easy, CURLOPT_PIPEWAIT,
                           strncasecmp(transfer->http.url, "https", 5) == 0 ? 1L : 0L);
    orch__curl.easy_setopt(easy, CURLOPT_CAPATH, NULL);
    /* Not remembered it would be the system's authorities that are believed. */
    if (authorities && orch__curl.easy_setopt(easy, CURLOPT_CAINFO, authorities) != CURLE_OK)
        return ORCH_E_NO_MEMORY;
    orch__curl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    orch__curl.easy_setopt(easy, CURLOPT_QUICK_EXIT,
                           1L); /* a cancel does not wait for the resolver's thread */
    orch__curl.easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    orch__curl.easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)READ_SIZE);
    orch__curl.easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    orch__curl.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)transfer->owner->config.connect_timeout_ms);
    return 0;
}

static void set_callbacks(orch_transfer *transfer)
{
    CURL *easy = transfer->easy;

    orch__curl.easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    orch__curl.easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->curl_words);
    orch__curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    orch__curl.easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    orch__curl.easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    orch__curl.easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    orch__curl.easy_setopt(easy, CURLOPT_PREREQFUNCTION, about_to_send);
    orch__curl.easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
}

static int attach(orch_transfer *transfer)
{
    orch_transfers *owner = transfer->owner;
    int result;

    transfer->easy = orch__curl.easy_init();
    if (!transfer->easy)
        return ORCH_E_NO_MEMORY;
    result = set_request(transfer);
    if (result == 0)
        result = set_connection(transfer);
    if (result < 0)
        return result;
    set_callbacks(transfer);
    return orch__curl.multi_add_handle(owner->curl.multi, transfer->easy) == CURLM_OK ? 0 : ORCH_E_NO_MEMORY;
}

static void ignore_broken_pipes(void)
{
    struct sigaction action;

    if (sigaction(SIGPIPE, NULL, &action) == 0 && !(action.sa_flags & SA_SIGINFO) &&
        action.sa_handler == SIG_DFL)
        signal(SIGPIPE, SIG_IGN);
}

static int open_curl(orch_transfers *transfers)
{
    bool fresh = !transfers->curl.multi;
    int result = orch__curl_loop_open(&transfers->curl);

    if (result < 0 || !fresh)
        return result;
    ignore_broken_pipes();

    CURLM *multi = transfers->curl.multi;

    orch__curl.multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)transfers->config.connections_max);
    orch__curl.multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)transfers->config.transfers_max);
    orch__curl.multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)transfers->config.connections_max);
    return 0;
}

int orch_transfer_start(orch_transfers *transfers, orch_model_http *http, orch_model_stream *stream,
                        uint32_t timeout_ms, orch_transfer **out_transfer)
{
    orch_transfer *transfer = calloc(1, sizeof(*transfer));
    int result;

    if (!transfer) {
        orch_model_http_fini(http);
        orch_model_stream_free(stream);
        return ORCH_E_NO_MEMORY;
    }
    transfer->owner = transfers;
    transfer->http = *http;
    *http = (orch_model_http){0};
    transfer->stream = stream;
    transfer->timeout_ms = timeout_ms;
    transfer->deadline_ms = now_ms() + timeout_ms;
    TAILQ_INSERT_TAIL(&transfers->all, transfer, link);
    result = transfers->closing ? ORCH_E_CLOSED : open_curl(transfers);
    if (result == 0)
        result = attach(transfer);
    if (result < 0) {
        retire(transfer);
        return result;
    }
    arm_sweep(transfers, due_ms(transfer));
    *out_transfer = transfer;
    return 0;
}

void orch_transfer_cancel(orch_transfer *transfer)
{
    orch_model_stream_stop(transfer->stream);
    detach(transfer);
    transfer->cancelled = true;
    if (transfer->owner->delivering != transfer)
        retire(transfer);
}

/* ---- life ---- */

void orch_transfers_config_init(orch_transfers_config *config)
{
    *config = (orch_transfers_config){
        .connect_timeout_ms = 10000,
        .idle_timeout_ms = 60000,
        .connections_max = 512,
        .transfers_max = 4096,
    };
}

int orch_transfers_new(const orch_transfers_config *config, orch_transfers **out_transfers)
{
    orch_transfers *transfers = calloc(1, sizeof(*transfers));

    if (!transfers)
        return ORCH_E_NO_MEMORY;
    transfers->config = *config;
    transfers->sweep_ms = UINT64_MAX;
    TAILQ_INIT(&transfers->all);
    TAILQ_INIT(&transfers->ready);
    orch__curl_loop_init(&transfers->curl, config->loop,
                         &(orch__curl_hooks){progressed, end_unwatched, end_all, transfers});
    uv_timer_init(config->loop, &transfers->sweep);
    transfers->sweep.data = transfers;
    *out_transfers = transfers;
    return 0;
}

static void part_closed(orch_transfers *transfers)
{
    void (*closed)(void *user) = transfers->closed;
    void *user = transfers->closed_user;

    transfers->closed_parts++;
    if (transfers->closed_parts < 2)
        return;
    free(transfers);
    if (closed)
        closed(user);
}

static void sweep_closed(uv_handle_t *handle)
{
    part_closed(handle->data);
}

static void curl_closed(void *user)
{
    part_closed(user);
}

void orch_transfers_close(orch_transfers *transfers, void (*closed)(void *user), void *user)
{
    orch_transfer *transfer;
    orch_transfer *next;

    ORCH_ASSERT(!transfers->closing);
    transfers->closing = true;
    transfers->closed = closed;
    transfers->closed_user = user;
    for (transfer = TAILQ_FIRST(&transfers->all); transfer; transfer = next) {
        next = TAILQ_NEXT(transfer, link);
        orch_transfer_cancel(transfer);
    }
    uv_close((uv_handle_t *)&transfers->sweep, sweep_closed);
    orch__curl_loop_close(&transfers->curl, curl_closed);
}
