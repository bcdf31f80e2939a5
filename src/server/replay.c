#include "replay.h"

#include "connection.h"
#include "notice.h"
#include "operations.h"

#define READ_ON_BELOW (ORCH_QUEUE_MAX / 4)

static void read_page(orch__socket *socket);

/* ---- the end of it ---- */

static void answer(orch__socket *socket, bool gap)
{
    orch__exchange *exchange = socket->subscribing;
    orch__writer *json = orch__exchange_begin(exchange, 200);

    socket->subscribing = NULL;
    orch__writer_open(json, NULL, '{');
    orch__writer_integer(json, "cursor", socket->cursor);
    if (gap)
        orch__writer_boolean(json, "gap", true);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
    orch__socket_mark(socket, socket->cursor);
}

/* The answer stands between what was missed and what happens from now on. */
static void finish(orch__socket *socket, int64_t cursor, bool gap)
{
    socket->cursor = cursor;
    answer(socket, gap);
    orch__socket_go_live(socket, cursor);
}

static void fail(orch__socket *socket, const orch_problem *problem)
{
    orch__exchange *exchange = socket->subscribing;

    socket->subscribing = NULL;
    socket->feed = ORCH__FEED_NONE;
    orch__socket_drop_held(socket);
    orch__exchange_problem(exchange, problem);
}

/* ---- pages ---- */

/* False: the client takes it too slowly; it goes on from the socket's cursor later. */
static bool send_entries(orch__socket *socket, const orch_feed_page *page)
{
    orch__writer *json = &socket->server->notice;

    for (size_t i = 0; i < page->count; i++) {
        const orch_feed_entry *entry = &page->items[i];
        orch__block *block;

        if (socket->queue_bytes >= ORCH_QUEUE_MAX)
            return false;
        if (!orch__socket_wants(socket, entry->channel) || !orch__notice_write_entry(json, entry)) {
            socket->cursor = entry->cursor;
            continue;
        }
        block = orch__block_new((orch_str){json->ptr, json->len}, &socket->server->burden);
        if (!block)
            return false;
        orch__socket_replay(socket, block, entry->cursor);
        orch__block_unref(block);
    }
    if (page->cursor > socket->cursor)
        socket->cursor = page->cursor;
    return true;
}

static void on_page(const orch_problem *problem, const orch_feed_page *page, void *user)
{
    orch__exchange *exchange = user;
    orch__socket *socket = exchange->connection ? exchange->connection->socket : NULL;
    bool all;

    if (!socket) {
        orch__exchange_done(exchange);
        return;
    }
    socket->reading = false;
    if (socket->connection->state != ORCH__CONNECTION_TALKING) {
        socket->subscribing = NULL; /* its session has ended meanwhile: nothing more is told */
        orch__exchange_done(exchange);
        return;
    }
    if (problem) {
        fail(socket, problem);
        return;
    }
    if (page->gap) {
        orch__socket_drop_held(socket);
        finish(socket, orch_workspace_cursor(socket->server->workspace), true);
        return;
    }
    all = send_entries(socket, page);
    if (all && !page->more && !socket->held_overflow) {
        finish(socket, socket->cursor, false);
        return;
    }
    if (all && !page->more)
        orch__socket_drop_held(
            socket); /* more happened meanwhile than could be held: it is in the next page */
    orch__replay_continue(socket);
}

static void read_page(orch__socket *socket)
{
    int error = orch_workspace_feed(socket->server->workspace, socket->user, socket->cursor, on_page,
                                    socket->subscribing);

    if (error) {
        orch_problem problem = {.error = error};

        fail(socket, &problem);
        return;
    }
    socket->reading = true;
}

void orch__replay_continue(orch__socket *socket)
{
    if (socket->subscribing && !socket->reading && socket->queue_bytes < READ_ON_BELOW)
        read_page(socket);
}

/* ---- the call: answered when the replay is over ---- */

/* NULL filter: every channel. */
static int read_filter(const orch__exchange *exchange, orch_channel ***out_filter, size_t *out_count,
                       orch_problem *problem)
{
    orch_str ids[ORCH_FILTER_MAX];
    orch_channel **filter;
    size_t count = orch__input_texts(exchange->input, "channels", ids);

    if (!count)
        return 0;
    filter = calloc(count, sizeof(orch_channel *));
    if (!filter)
        return orch__input_problem(problem, ORCH_E_NO_MEMORY, "", "out of memory");
    for (size_t i = 0; i < count; i++) {
        filter[i] = orch_directory_channel(exchange->server->directory, ids[i]);
        if (!filter[i] || filter[i]->removed || !exchange->user ||
            !orch_channel_has_member(filter[i], exchange->user)) {
            free(filter);
            return orch__input_problem(problem, ORCH_E_NOT_FOUND, "channels",
                                       "there is no channel %.*s that you are in", (int)ids[i].len,
                                       ids[i].ptr);
        }
    }
    *out_filter = filter;
    *out_count = count;
    return 0;
}

void orch__do_subscribe(orch__exchange *exchange)
{
    orch__socket *socket = exchange->connection->socket;
    orch_channel **filter = NULL;
    size_t filter_count = 0;
    orch__chosen daemons = {0}, presence = {0};
    orch_problem problem = {0};
    int64_t since = orch__input_integer(exchange->input, "since", -1);

    if (socket->subscribing) {
        orch__exchange_refuse(exchange, 409, "conflict", NULL, "a subscription is under way already");
        return;
    }
    if (read_filter(exchange, &filter, &filter_count, &problem) ||
        orch__chosen_daemons(exchange, &daemons, &problem) ||
        orch__chosen_users(exchange, &presence, &problem)) {
        free(filter);
        orch__chosen_fini(&daemons);
        orch__exchange_problem(exchange, &problem);
        return;
    }
    free(socket->filter);
    orch__chosen_fini(&socket->daemons);
    orch__chosen_fini(&socket->presence);
    socket->daemons = daemons;
    socket->presence = presence;
    socket->filter = filter;
    socket->filter_count = filter_count;
    socket->subscribing = exchange;
    orch__socket_drop_held(socket);
    if (since < 0 || !socket->user) {
        finish(socket, orch_workspace_cursor(socket->server->workspace), false);
        return;
    }
    socket->feed = ORCH__FEED_REPLAYING;
    socket->cursor = socket->cursor_written = since;
    read_page(socket);
}
