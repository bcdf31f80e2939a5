#include "arrival.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "head.h"
#include "response.h"

#define LOOKED_AT      (ORCH_HEADERS_MAX + 1)
#define THROWN_AT_ONCE (256 * 1024)
#define TLS_HANDSHAKE  0x16 /* the first byte of a TLS connection (RFC 8446, 5.1) */

struct orch__arrival {
    orch__deadline deadline; /* first: on_late() casts */
    uv_poll_t poll;
    orch_server *server;
    struct orch__arrival *next;
    struct orch__arrival **previous;
    orch__peer peer;
    orch__peer_count *counted;
    int fd;
    size_t seen;
    bool refused;
};

/* ---- ways out ---- */

static void on_poll_closed(uv_handle_t *handle)
{
    orch__arrival *arrival = handle->data;
    orch_server *server = arrival->server;

    free(arrival);
    orch__server_unref(server);
}

/* The descriptor is somebody else's from here on. */
static void leave(orch__arrival *arrival)
{
    orch_server *server = arrival->server;

    orch__deadline_end(&server->deadlines, &arrival->deadline);
    *arrival->previous = arrival->next;
    if (arrival->next)
        arrival->next->previous = arrival->previous;
    server->arrivals_count--;
    uv_close((uv_handle_t *)&arrival->poll, on_poll_closed);
}

/* What was not read would make the end a reset. */
static void drop(orch__arrival *arrival)
{
    (void)recv(arrival->fd, NULL, THROWN_AT_ONCE, MSG_TRUNC | MSG_DONTWAIT);
    orch__peers_leave(&arrival->server->peers, arrival->counted);
    leave(arrival);
    (void)close(arrival->fd);
}

static void hand_over(orch__arrival *arrival)
{
    int any = 1;

    (void)setsockopt(arrival->fd, SOL_SOCKET, SO_RCVLOWAT, &any, sizeof(any));
    leave(arrival); /* first: two watchers of one descriptor are an error of the loop */
    orch__server_adopt(arrival->server, arrival->fd, &arrival->peer, arrival->counted);
}

static void refuse(orch__arrival *arrival, const orch__refusal *refusal)
{
    char text[ORCH__REFUSAL_MAX];
    size_t len = orch__refusal_write(arrival->server, text, refusal);
    int any = 1;

    if (send(arrival->fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)len ||
        shutdown(arrival->fd, SHUT_WR) != 0) {
        drop(arrival);
        return;
    }
    arrival->refused = true;
    (void)setsockopt(arrival->fd, SOL_SOCKET, SO_RCVLOWAT, &any, sizeof(any));
    orch__deadline_begin(&arrival->server->deadlines, &arrival->deadline, ORCH__WAIT_PART);
}

/* ---- looking ---- */

/* True: more must come. */
static bool look_at_http(orch__arrival *arrival, orch_str bytes)
{
    static const orch__refusal not_http = {.status = 400,
                                           .code = "bad_request",
                                           .message =
                                               "no HTTP/1.1 request: METHOD TARGET HTTP/1.1 is expected"};
    static const orch__refusal target_long = {
        .status = 414, .code = "too_large", .message = "path and query have at most 4096 bytes"};
    static const orch__refusal head_long = {
        .status = 431, .code = "too_large", .message = "headers have at most 8192 bytes and 100 lines"};
    int more = (int)bytes.len + 1;

    switch (orch__head_judge(bytes)) {
    case ORCH__HEAD_WHOLE:
        hand_over(arrival);
        return false;
    case ORCH__HEAD_NOT_HTTP:
        refuse(arrival, &not_http);
        return false;
    case ORCH__HEAD_TARGET_LONG:
        refuse(arrival, &target_long);
        return false;
    case ORCH__HEAD_LONG:
        refuse(arrival, &head_long);
        return false;
    default:
        arrival->seen = bytes.len;
        (void)setsockopt(arrival->fd, SOL_SOCKET, SO_RCVLOWAT, &more, sizeof(more));
        return true;
    }
}

static void look_at_tls(orch__arrival *arrival, unsigned char first)
{
    static const orch__refusal tls_spoken = {.status = 400,
                                             .code = "tls_required",
                                             .message = "TLS is spoken on this port: use https:// or wss://"};

    if (first == TLS_HANDSHAKE)
        hand_over(arrival);
    else
        refuse(arrival, &tls_spoken);
}

/* True: more must come. */
static bool look(orch__arrival *arrival)
{
    bool tls = orch__server_speaks_tls(arrival->server);
    char *bytes = arrival->server->scratch;
    ssize_t len = recv(arrival->fd, bytes, tls ? 1 : LOOKED_AT, MSG_PEEK | MSG_DONTWAIT);

    if (len < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (len <= 0) {
        drop(arrival);
        return false;
    }
    if (!tls)
        return look_at_http(arrival, (orch_str){bytes, (size_t)len});
    look_at_tls(arrival, (unsigned char)bytes[0]);
    return false;
}

/* Woken although no more bytes are there: the client has ended. */
static void look_again(orch__arrival *arrival)
{
    size_t seen = arrival->seen;

    if (look(arrival) && seen && arrival->seen == seen)
        drop(arrival);
}

/* What a refused client still sends. */
static void throw_away(orch__arrival *arrival)
{
    ssize_t len = recv(arrival->fd, NULL, THROWN_AT_ONCE, MSG_TRUNC | MSG_DONTWAIT);

    if (len == 0 || (len < 0 && errno != EAGAIN && errno != EINTR))
        drop(arrival);
}

static void on_event(uv_poll_t *poll, int status, int events)
{
    orch__arrival *arrival = poll->data;

    (void)events;
    if (status < 0)
        drop(arrival);
    else if (arrival->refused)
        throw_away(arrival);
    else
        look_again(arrival);
}

static void on_late(orch__deadline *deadline)
{
    static const orch__refusal late = {
        .status = 408, .code = "timeout", .message = "the headers of the request did not come in time"};
    orch__arrival *arrival = (orch__arrival *)deadline;

    if (arrival->refused) {
        drop(arrival);
        return;
    }
    if (!look(arrival)) /* perhaps it is the server that was late */
        return;
    if (arrival->seen)
        refuse(arrival, &late);
    else
        drop(arrival);
}

/* ---- coming ---- */

/* A connection too many: told in one piece, which the kernel takes; over TLS it is only closed. */
static void turn_away(orch_server *server, int fd, const orch__refusal *refusal)
{
    char text[ORCH__REFUSAL_MAX];
    size_t len = orch__refusal_write(server, text, refusal);

    if (!orch__server_speaks_tls(server))
        (void)send(fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)close(fd);
}

static bool is_counted(const orch_server *server, const orch__peer *peer)
{
    return (server->limits.near || !peer->near) && !orch__peers_trusts(&server->peers, &peer->address);
}

static bool admit(orch_server *server, int fd, const orch__peer *peer, orch__peer_count **out_counted)
{
    static const orch__refusal full = {.status = 503,
                                       .code = "full",
                                       .message = "too many connections; try again in a moment",
                                       .retry_after_ms = 5000};
    static const orch__refusal too_many = {.status = 429,
                                           .code = "rate_limited",
                                           .message = "too many connections from that address",
                                           .retry_after_ms = 5000};
    orch__address group = orch__address_group(&peer->address);

    *out_counted = NULL;
    if (server->connections_count + server->arrivals_count >= server->limits.connections) {
        turn_away(server, fd, &full);
        return false;
    }
    if (is_counted(server, peer)) {
        *out_counted = orch__peers_enter(&server->peers, &group, server->limits.connections_per_address);
        if (!*out_counted)
            turn_away(server, fd, &too_many);
        return *out_counted != NULL;
    }
    return true;
}

static void begin(orch__arrival *arrival)
{
    orch_server *server = arrival->server;

    arrival->deadline.passed = on_late;
    arrival->next = server->arrivals;
    arrival->previous = &server->arrivals;
    if (arrival->next)
        arrival->next->previous = &arrival->next;
    server->arrivals = arrival;
    server->arrivals_count++;
    orch__server_ref(server);
    arrival->poll.data = arrival;
    orch__deadline_begin(&server->deadlines, &arrival->deadline, ORCH__WAIT_HEAD);
    uv_poll_start(&arrival->poll, UV_READABLE, on_event);
    (void)look(arrival);
}

void orch__arrive(orch_server *server, int fd, const orch__peer *peer)
{
    orch__peer_count *counted;
    orch__arrival *arrival;

    if (!admit(server, fd, peer, &counted))
        return;
    if (server->listener.at_path) {
        orch__server_adopt(server, fd, peer, counted);
        return;
    }
    arrival = calloc(1, sizeof(*arrival));
    if (!arrival || uv_poll_init(server->loop, &arrival->poll, fd) != 0) {
        free(arrival);
        orch__peers_leave(&server->peers, counted);
        (void)close(fd);
        return;
    }
    arrival->server = server;
    arrival->peer = *peer;
    arrival->counted = counted;
    arrival->fd = fd;
    begin(arrival);
}

void orch__arrivals_close(orch_server *server)
{
    while (server->arrivals)
        drop(server->arrivals);
}
