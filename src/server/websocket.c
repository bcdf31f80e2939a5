#include "websocket.h"

#include <sodium.h>
#include <stdio.h>

#include "admission.h"
#include "burden.h"
#include "connection.h"
#include "orchd/assert.h"
#include "replay.h"
#include "rpc.h"
#include "tries.h"

#define QUEUE_FIRST    8
#define WRITES_A_FLUSH 8
/* Of private use (RFC 6455, 7.4.2). */
#define CLOSE_UNKNOWN  4401 /* the credentials are not, or no longer, good */
#define CLOSE_LATER    1013 /* too many requests, or the database is busy (IANA, close codes) */
#define CLOSE_TOO_MANY 4429

/* ---- life ---- */

static orch__socket **bucket_of(const orch_server *server, const orch_user *user)
{
    return (orch__socket **)&server->people[user->handle.v % ORCH__PEOPLE_BUCKETS];
}

orch__socket *orch__sockets_of(const orch_server *server, const orch_user *user, const orch__socket *after)
{
    orch__socket *socket = after ? after->person_next : *bucket_of(server, user);

    while (socket && socket->user != user)
        socket = socket->person_next;
    return socket;
}

orch__socket *orch__socket_new(orch__connection *connection, const orch__credentials *credentials)
{
    orch_server *server = connection->server;
    orch__socket *socket = calloc(1, sizeof(*socket));

    if (!socket)
        return NULL;
    socket->connection = connection;
    socket->server = server;
    socket->credentials = *credentials;
    socket->next = server->sockets;
    socket->previous = &server->sockets;
    if (socket->next)
        socket->next->previous = &socket->next;
    server->sockets = socket;
    server->sockets_count++;
    orch__connection_enter(connection, ORCH__CONNECTION_GREETING);
    return socket;
}

static void index_person(orch__socket *socket, orch_user *user)
{
    orch__socket **bucket = bucket_of(socket->server, user);

    socket->user = user;
    orch__presence_touch(socket->server, user);
    socket->person_next = *bucket;
    socket->person_previous = bucket;
    if (socket->person_next)
        socket->person_next->person_previous = &socket->person_next;
    *bucket = socket;
}

static size_t ring_size(size_t capacity)
{
    return capacity * sizeof(orch__queued);
}

static void free_ring(orch__socket *socket)
{
    orch__burden(socket->connection, ring_size(socket->queue_capacity), 0);
    free(socket->queue);
    socket->queue = NULL;
    socket->queue_capacity = socket->queue_first = 0;
}

void orch__socket_clear(orch__socket *socket)
{
    for (size_t i = 0; i < socket->queue_count; i++)
        orch__block_unref(socket->queue[(socket->queue_first + i) % socket->queue_capacity].block);
    socket->queue_count = socket->queue_bytes = 0;
    free_ring(socket);
}

static void make_clean(orch__socket *socket)
{
    orch__socket **link = &socket->server->dirty;

    while (*link && *link != socket)
        link = &(*link)->dirty_next;
    if (*link)
        *link = socket->dirty_next;
    socket->dirty = false;
}

void orch__socket_free(orch__socket *socket)
{
    *socket->previous = socket->next;
    if (socket->next)
        socket->next->previous = socket->previous;
    if (socket->user) {
        orch__presence_touch(socket->server, socket->user);
        *socket->person_previous = socket->person_next;
        if (socket->person_next)
            socket->person_next->person_previous = socket->person_previous;
    }
    if (socket->dirty)
        make_clean(socket);
    socket->server->sockets_count--;
    socket->server->owners -= socket->owner;
    orch__socket_clear(socket);
    orch__socket_drop_held(socket);
    free(socket->held);
    free(socket->filter);
    orch__chosen_fini(&socket->daemons);
    orch__chosen_fini(&socket->presence);
    free(socket->message);
    sodium_memzero(&socket->credentials, sizeof(socket->credentials));
    socket->connection->socket = NULL;
    orch__tries_drop(socket);
    if (socket->subscribing && !socket->reading)
        orch__exchange_done(socket->subscribing);
    free(socket);
}

/* ---- the greeting: who is it? ---- */

static void on_known(orch__exchange *exchange)
{
    orch__socket *socket = exchange->connection->socket;

    sodium_memzero(&socket->credentials, sizeof(socket->credentials));
    if (!exchange->user && !exchange->owner) {
        orch__socket_part(socket, CLOSE_UNKNOWN, "unauthorized");
    } else if (exchange->user && !orch__admit_socket(socket, exchange->user)) {
        orch__socket_part(socket, CLOSE_TOO_MANY, "too many connections of this user");
    } else {
        socket->owner = exchange->owner;
        socket->server->owners += exchange->owner;
        socket->token_id = exchange->token_id;
        socket->expires_ms = exchange->expires_ms;
        if (exchange->user)
            index_person(socket, exchange->user);
        orch__server_sweep_within(socket->server, socket->expires_ms);
        orch__connection_enter(socket->connection, ORCH__CONNECTION_TALKING);
    }
    orch__exchange_done(exchange);
}

/* Nothing is read until it is known who sends. */
int orch__socket_open(orch__connection *connection)
{
    static const orch__operation greeting = {on_known, ORCH__ACCESS_OPEN};
    orch__socket *socket = connection->socket;
    orch__exchange *exchange;

    socket->paused = true;
    (void)lws_rx_flow_control(connection->wsi, 0);
    orch__connection_wait(connection, ORCH__WAIT_QUIET);
    exchange = orch__exchange_new(connection, ORCH__FACE_RPC, greeting, json_object());
    if (!exchange)
        return -1;
    orch__authenticate(exchange, &socket->credentials);
    return 0;
}

/* ---- receiving ---- */

void orch__socket_regulate(orch__socket *socket)
{
    orch__connection *connection = socket->connection;
    unsigned calls_max = socket->paused ? ORCH_CALLS_MAX / 2 : ORCH_CALLS_MAX;
    size_t bytes_max = socket->paused ? ORCH_QUEUE_MAX / 2 : ORCH_QUEUE_MAX;
    bool pause;

    if (connection->state == ORCH__CONNECTION_GREETING && !connection->exchanges) {
        orch__socket_part(socket, CLOSE_LATER, "the login could not be checked; try again in a moment");
        return;
    }
    if (connection->state != ORCH__CONNECTION_TALKING)
        return;
    pause = connection->exchanges_count >= calls_max || socket->queue_bytes >= bytes_max;
    if (pause == socket->paused)
        return;
    socket->paused = pause;
    (void)lws_rx_flow_control(connection->wsi, !pause);
    if (!pause)
        lws_callback_on_writable(
            connection->wsi); /* so that the library looks at what it kept back meanwhile */
}

static bool keep_fragment(orch__socket *socket, orch_str bytes)
{
    size_t needed = socket->message_len + bytes.len;

    if (needed > socket->message_capacity) {
        size_t capacity = needed < 2 * socket->message_capacity ? 2 * socket->message_capacity : needed;
        char *message = realloc(socket->message, capacity);

        if (!message)
            return false;
        orch__burden(socket->connection, socket->message_capacity, capacity);
        socket->message = message;
        socket->message_capacity = capacity;
    }
    if (bytes.len)
        memcpy(socket->message + socket->message_len, bytes.ptr, bytes.len);
    socket->message_len = needed;
    return true;
}

int orch__socket_receive(orch__socket *socket, orch_str bytes)
{
    orch__connection *connection = socket->connection;
    bool whole = lws_is_final_fragment(connection->wsi);

    if (connection->state != ORCH__CONNECTION_TALKING)
        return 0;
    orch__connection_wait(connection, ORCH__WAIT_QUIET);
    if (lws_frame_is_binary(connection->wsi)) {
        orch__socket_part(socket, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, "text frames are spoken here");
        return 0;
    }
    if (socket->message_len + bytes.len + lws_remaining_packet_payload(connection->wsi) > ORCH_MESSAGE_MAX) {
        orch__socket_part(socket, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "a message has at most 262144 bytes");
        return 0;
    }
    if (whole && !socket->message_len) {
        orch__rpc_receive(socket, bytes);
        return 0;
    }
    if (!keep_fragment(socket, bytes)) {
        orch_runtime_fault(socket->server->runtime, ORCH_FAULT_MEMORY, ORCH_E_NO_MEMORY, "a frame");
        orch__socket_part(socket, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION, "the server is short of memory");
        return 0;
    }
    if (whole) {
        orch_str message = {socket->message, socket->message_len};
        char *memory = socket->message;

        orch__burden(connection, socket->message_capacity, 0);
        socket->message = NULL;
        socket->message_len = socket->message_capacity = 0;
        orch__rpc_receive(socket, message);
        free(memory);
    }
    return 0;
}

/* ---- the queue ---- */

static bool grow_queue(orch__socket *socket)
{
    size_t capacity = socket->queue_capacity ? 2 * socket->queue_capacity : QUEUE_FIRST;
    orch__queued *queue = malloc(capacity * sizeof(*queue));

    if (!queue)
        return false;
    for (size_t i = 0; i < socket->queue_count; i++)
        queue[i] = socket->queue[(socket->queue_first + i) % socket->queue_capacity];
    orch__burden(socket->connection, ring_size(socket->queue_capacity), ring_size(capacity));
    free(socket->queue);
    socket->queue = queue;
    socket->queue_capacity = capacity;
    socket->queue_first = 0;
    return true;
}

/* Takes over one reference. */
static void enqueue(orch__socket *socket, orch__block *block, int64_t cursor, bool notice)
{
    if (!block || (socket->queue_count == socket->queue_capacity && !grow_queue(socket))) {
        orch__block_unref(block);
        orch__connection_abort(
            socket->connection); /* out of memory: a gap would be worse than a new connection */
        return;
    }
    socket->queue[(socket->queue_first + socket->queue_count++) % socket->queue_capacity] =
        (orch__queued){block, cursor, notice};
    socket->queue_bytes += block->size;
    if (!socket->dirty) {
        socket->dirty = true;
        socket->dirty_next = socket->server->dirty;
        socket->server->dirty = socket;
    }
}

void orch__socket_answer(orch__socket *socket, orch_str text)
{
    enqueue(socket, orch__block_new(text, &socket->server->burden), 0, false);
    orch__socket_regulate(socket);
}

void orch__socket_mark(orch__socket *socket, int64_t cursor)
{
    if (socket->queue_count)
        socket->queue[(socket->queue_first + socket->queue_count - 1) % socket->queue_capacity].cursor =
            cursor;
}

/* ---- notices ---- */

bool orch__socket_wants(const orch__socket *socket, const orch_channel *channel)
{
    if (!socket->filter)
        return true;
    for (size_t i = 0; i < socket->filter_count; i++) {
        if (socket->filter[i] == channel)
            return true;
    }
    return false;
}

/* Too slow: what can be had again by cursor is dropped. */
void orch__socket_fall_behind(orch__socket *socket)
{
    char text[160];
    size_t kept = 0;
    int len;

    if (socket->feed != ORCH__FEED_LIVE)
        return;
    for (size_t i = 0; i < socket->queue_count; i++) {
        orch__queued item = socket->queue[(socket->queue_first + i) % socket->queue_capacity];

        if (item.notice) {
            socket->queue_bytes -= item.block->size;
            orch__block_unref(item.block);
        } else {
            socket->queue[(socket->queue_first + kept++) % socket->queue_capacity] = item;
        }
    }
    socket->queue_count = kept;
    if (!kept)
        free_ring(socket);
    socket->feed = ORCH__FEED_BEHIND;
    socket->server->counters.resyncs++;
    len = snprintf(text, sizeof(text),
                   "{\"jsonrpc\":\"2.0\",\"method\":\"resync\",\"params\":{\"cursor\":%lld}}",
                   (long long)socket->cursor_written);
    enqueue(socket, orch__block_new((orch_str){text, (size_t)len}, &socket->server->burden), 0, false);
}

static void hold(orch__socket *socket, orch__block *block, int64_t cursor)
{
    if (cursor == 0 || socket->held_overflow)
        return;
    if (!socket->held) {
        socket->held = malloc(ORCH_HELD_MAX * sizeof(*socket->held));
        orch__burden(socket->connection, 0, socket->held ? ring_size(ORCH_HELD_MAX) : 0);
    }
    if (!socket->held || socket->held_count == ORCH_HELD_MAX ||
        socket->held_bytes + block->size > ORCH_QUEUE_MAX) {
        orch__socket_drop_held(socket);
        socket->held_overflow = true;
        return;
    }
    block->refs++;
    socket->held_bytes += block->size;
    socket->held[socket->held_count++] = (orch__queued){block, cursor, true};
}

void orch__socket_drop_held(orch__socket *socket)
{
    for (size_t i = 0; i < socket->held_count; i++)
        orch__block_unref(socket->held[i].block);
    socket->held_count = socket->held_bytes = 0;
    socket->held_overflow = false;
}

void orch__socket_replay(orch__socket *socket, orch__block *block, int64_t cursor)
{
    if (cursor)
        socket->cursor = cursor;
    socket->server->counters.notices_sent++;
    block->refs++;
    enqueue(socket, block, cursor, true);
}

void orch__socket_notify(orch__socket *socket, orch__block *block, int64_t cursor)
{
    if (socket->feed == ORCH__FEED_REPLAYING)
        hold(socket, block, cursor);
    if (socket->feed != ORCH__FEED_LIVE || (cursor && cursor <= socket->cursor))
        return;
    if (socket->queue_bytes + block->size > ORCH_QUEUE_MAX)
        orch__socket_fall_behind(socket);
    else
        orch__socket_replay(socket, block, cursor);
}

void orch__socket_go_live(orch__socket *socket, int64_t cursor)
{
    socket->feed = ORCH__FEED_LIVE;
    if (cursor > socket->cursor)
        socket->cursor = cursor;
    if (!socket->queue_count)
        socket->cursor_written = socket->cursor;
    for (size_t i = 0; i < socket->held_count; i++)
        orch__socket_notify(socket, socket->held[i].block, socket->held[i].cursor);
    orch__socket_drop_held(socket);
    if (socket->held)
        orch__burden(socket->connection, ring_size(ORCH_HELD_MAX), 0);
    free(socket->held);
    socket->held = NULL;
}

/* ---- writing ---- */

/* Takes the first entry off the queue; it is on its way. */
static void pop(orch__socket *socket)
{
    orch__queued *item = &socket->queue[socket->queue_first];

    if (item->cursor)
        socket->cursor_written = item->cursor;
    socket->queue_bytes -= item->block->size;
    socket->written += item->block->size;
    orch__block_unref(item->block);
    socket->queue_first = (socket->queue_first + 1) % socket->queue_capacity;
    if (--socket->queue_count == 0 && socket->queue_capacity > 64)
        free_ring(socket);
}

/* The library keeps what the kernel did not take; how much, it does not tell. */
static void note_unsent(orch__socket *socket, size_t size)
{
    size_t unsent = lws_partial_buffered(socket->connection->wsi) ? size : 0;

    orch__burden(socket->connection, socket->unsent, unsent);
    socket->unsent = unsent;
}

/* One write of as many frames as fit. Frames are complete as they are: the library passes bytes of kind HTTP through
 * unchanged, so many frames cost one system call. What the kernel does not take is kept by the library. */
static bool write_some(orch__socket *socket)
{
    unsigned char *scratch = (unsigned char *)socket->server->scratch;
    struct lws *wsi = socket->connection->wsi;
    size_t size = 0;
    int written;

    if (socket->queue[socket->queue_first].block->size > ORCH_WRITE_SIZE) {
        orch__block *block = socket->queue[socket->queue_first].block;

        size = block->size;
        written = lws_write(wsi, block->bytes, size, LWS_WRITE_HTTP);
        pop(socket);
    } else {
        while (socket->queue_count &&
               size + socket->queue[socket->queue_first].block->size <= ORCH_WRITE_SIZE) {
            orch__block *block = socket->queue[socket->queue_first].block;

            memcpy(scratch + size, block->bytes, block->size);
            size += block->size;
            pop(socket);
        }
        written = lws_write(wsi, scratch, size, LWS_WRITE_HTTP);
    }
    socket->server->counters.bytes_sent += size;
    note_unsent(socket, size);
    return written >= 0;
}

static void flush(orch__socket *socket)
{
    orch__connection *connection = socket->connection;
    bool talks = connection->state == ORCH__CONNECTION_TALKING ||
                 (connection->state == ORCH__CONNECTION_PARTING && socket->close_code && !socket->close_sent);

    if (socket->unsent)
        note_unsent(socket, socket->unsent);
    for (int i = 0; talks && i < WRITES_A_FLUSH && socket->queue_count; i++) {
        if (lws_partial_buffered(connection->wsi))
            break;
        if (!write_some(socket)) {
            orch__socket_clear(socket);
            orch__connection_abort(connection);
            return;
        }
    }
    if (socket->queue_count || lws_partial_buffered(connection->wsi))
        lws_callback_on_writable(connection->wsi);
    orch__socket_regulate(socket);
    orch__replay_continue(socket);
}

void orch__sockets_flush(orch_server *server)
{
    while (server->dirty) {
        orch__socket *socket = server->dirty;

        server->dirty = socket->dirty_next;
        socket->dirty = false;
        flush(socket);
    }
}

/* The close frame is ours as well: libwebsockets 4.1 of Debian, on libuv, closes without one when a callback asks it to
 * close (a repeated call, meant as a self-test of debug builds, is compiled in). */
static int write_close(orch__socket *socket)
{
    struct lws *wsi = socket->connection->wsi;
    unsigned char frame[4 + 123] = {0x88};
    size_t len = strlen(socket->close_reason);

    len = len < 123 ? len : 123;
    frame[1] = (unsigned char)(2 + len);
    frame[2] = (unsigned char)(socket->close_code >> 8);
    frame[3] = (unsigned char)socket->close_code;
    memcpy(frame + 4, socket->close_reason, len);
    socket->close_sent = true;
    orch__connection_wait(socket->connection, ORCH__WAIT_PART);
    return lws_write(wsi, frame, 4 + len, LWS_WRITE_HTTP) < 0 ? -1 : 0;
}

int orch__socket_writable(orch__socket *socket)
{
    flush(socket);
    if (socket->connection->state != ORCH__CONNECTION_PARTING || !socket->close_code || socket->close_sent ||
        socket->queue_count || lws_partial_buffered(socket->connection->wsi))
        return 0;
    return write_close(socket);
}

/* ---- signs of life ---- */

void orch__socket_heard(orch__socket *socket)
{
    if (socket->connection->state == ORCH__CONNECTION_TALKING)
        orch__connection_wait(socket->connection, ORCH__WAIT_QUIET);
}

/* With a text: the library keeps pongs without one for itself. Behind frames that wait it is not sent: for them to
 * move is a sign as well, and a slow reader would come to it too late. */
static bool ping(orch__socket *socket)
{
    static const unsigned char frame[] = {0x89, 1, '?'}; /* RFC 6455, 5.5.2 */
    orch__block *block;

    if (socket->queue_count)
        return false;
    block = orch__block_of_size(sizeof(frame), &socket->server->burden);
    if (block)
        memcpy(block->bytes, frame, sizeof(frame));
    enqueue(socket, block, 0, false);
    return true;
}

void orch__socket_quiet(orch__socket *socket)
{
    orch__connection *connection = socket->connection;

    if (connection->state != ORCH__CONNECTION_TALKING ||
        orch__connection_heard_within(connection, socket->server->limits.quiet_ms / 2)) {
        orch__connection_wait(connection, ORCH__WAIT_QUIET);
        return;
    }
    socket->written_at_ping = socket->written;
    socket->pinged_ms = uv_now(socket->server->loop);
    orch__connection_wait(connection, ORCH__WAIT_PONG);
    socket->pinged = ping(socket);
}

void orch__socket_silent(orch__socket *socket)
{
    orch__connection *connection = socket->connection;
    bool waits = socket->queue_count || lws_partial_buffered(connection->wsi);
    bool reads = socket->written != socket->written_at_ping && (waits || !socket->pinged);
    uint64_t since_ping_ms = uv_now(socket->server->loop) - socket->pinged_ms;

    /* Nothing had come for half of quiet_ms before the ping, so a quarter more makes no difference. */
    if (reads ||
        orch__connection_heard_within(connection, since_ping_ms + socket->server->limits.quiet_ms / 4)) {
        orch__connection_wait(connection, ORCH__WAIT_QUIET);
        return;
    }
    socket->server->counters.silent++;
    orch__connection_cut(connection);
}

/* ---- parting ---- */

void orch__socket_part(orch__socket *socket, int code, const char *reason)
{
    if (socket->connection->state == ORCH__CONNECTION_PARTING)
        return;
    orch__connection_enter(socket->connection, ORCH__CONNECTION_PARTING);
    socket->feed = ORCH__FEED_NONE;
    socket->close_code = code;
    socket->close_reason = reason;
    if (code == CLOSE_UNKNOWN)
        orch__socket_clear(socket); /* whoever it is, they are told nothing more */
    orch__connection_wait(socket->connection, ORCH__WAIT_PART);
    if (socket->paused) /* the client's answer is waited for, which stands behind what was not read */
        (void)lws_rx_flow_control(socket->connection->wsi, 1);
    socket->paused = false;
    lws_callback_on_writable(socket->connection->wsi);
}

int orch__socket_peer_parts(orch__socket *socket)
{
    if (socket->close_sent)
        return -1; /* its answer to ours: done */
    if (socket->connection->state != ORCH__CONNECTION_PARTING)
        orch__connection_enter(socket->connection, ORCH__CONNECTION_PARTING);
    orch__connection_wait(socket->connection, ORCH__WAIT_PART);
    socket->feed = ORCH__FEED_NONE;
    socket->close_code = 0;
    orch__socket_clear(socket);
    return 0;
}

/* Some errors of framing it closes without a word, and does not say which. When the client is gone already, this goes
 * nowhere. */
void orch__socket_dropped(orch__socket *socket)
{
    if (socket->connection->state == ORCH__CONNECTION_TALKING && !socket->connection->cut)
        lws_close_reason(socket->connection->wsi, LWS_CLOSE_STATUS_PROTOCOL_ERR, NULL, 0);
}

int64_t orch__sockets_sweep(orch_server *server, int64_t now_ms, int64_t within_ms)
{
    for (orch__socket *socket = server->sockets; socket; socket = socket->next) {
        if (socket->connection->state != ORCH__CONNECTION_TALKING)
            continue;
        if ((socket->expires_ms && socket->expires_ms <= now_ms) ||
            (socket->user && !orch__user_is_welcome(socket->user)))
            orch__socket_part(socket, CLOSE_UNKNOWN, "the session has ended");
        else if (socket->expires_ms && socket->expires_ms - now_ms < within_ms)
            within_ms = socket->expires_ms - now_ms;
    }
    return within_ms;
}

void orch__sockets_revoked(orch_server *server, const orch_id *token_id)
{
    for (orch__socket *socket = server->sockets; socket; socket = socket->next) {
        if (strcmp(socket->token_id.text, token_id->text) == 0 &&
            socket->connection->state == ORCH__CONNECTION_TALKING)
            orch__socket_part(socket, CLOSE_UNKNOWN, "the session has ended");
    }
}
