/* One client on a WebSocket: what it sends, what waits to be sent to it, and what it is subscribed to.
 *
 * The subscription
 *
 *                       subscribe without since
 *   none ──────────────────────────────────────────────────▶ live ◀───────┐
 *     │  subscribe with since           last page, nothing missing        │
 *     └──────────────────────────▶ replaying ─────────────────────────────┘
 *                                      ▲   live ── more than ORCH_QUEUE_MAX waits ──▶ behind
 *                                      └────────────────── subscribe ────────────────────┘
 *
 * Invariants
 *  1. `cursor` is the newest one handed over. A notice with a cursor not above it is not sent again, so that replay and
 *     live notices meet without a gap and without a duplicate.
 *  2. While replaying, notices with a cursor are kept in `held` (bounded; if it overflows, one more page is read).
 *  3. A client that is too slow loses what waits (its notices, never its answers), is told `resync` with the cursor that
 *     it has for sure, and gets nothing more until it subscribes again.
 *  4. What waits is bounded, for all of them by burden.h, and for each: ORCH_QUEUE_MAX of notices; answers are bounded because nothing more is read from a client
 *     that has ORCH_CALLS_MAX calls under way or ORCH_QUEUE_MAX bytes waiting.
 */
#ifndef ORCHD_SERVER_WEBSOCKET_H
#define ORCHD_SERVER_WEBSOCKET_H

#include "auth.h"
#include "block.h"
#include "chosen.h"
#include "exchange.h"

#define ORCH_MESSAGE_MAX (256 * 1024) /* bytes of one message from a client */
#define ORCH_QUEUE_MAX   (1024 * 1024)
#define ORCH_CALLS_MAX   32
#define ORCH_REFUSED_MAX 1000 /* calls refused in a row: the client does not listen */
#define ORCH_HELD_MAX    1024
#define ORCH_FILTER_MAX  256
#define ORCH_READ_SIZE   1024 /* held by the library for each connection */
#define ORCH_WRITE_SIZE  65536

typedef struct orch__queued {
    orch__block *block;
    int64_t cursor; /* 0: none */
    bool notice;    /* may be dropped, to be caught up with by cursor */
} orch__queued;

typedef enum orch__feed_state {
    ORCH__FEED_NONE,
    ORCH__FEED_REPLAYING,
    ORCH__FEED_LIVE,
    ORCH__FEED_BEHIND,
} orch__feed_state;

struct orch__socket {
    orch__connection *connection;
    orch_server *server;
    orch__socket *next; /* all of the server */
    orch__socket **previous;
    orch__socket *person_next; /* of the same bucket of users */
    orch__socket **person_previous;
    orch__socket *dirty_next;
    bool dirty;
    bool paused;      /* nothing is read from it */
    unsigned refused; /* calls and junk in a row that came too fast */

    /* Who it is; known when the connection's state is TALKING. */
    orch__credentials credentials; /* wiped then */
    orch_user *user;
    bool owner;
    orch_id token_id;
    int64_t expires_ms;

    char *message; /* fragments so far */
    size_t message_len;
    size_t message_capacity;

    orch__queued *queue; /* ring */
    size_t queue_first;
    size_t queue_count;
    size_t queue_capacity;
    size_t queue_bytes;
    size_t unsent;            /* bytes of the last write that the library keeps, at most */
    uint64_t written;         /* bytes given to the kernel */
    uint64_t written_at_ping; /* as it was when a sign of life was asked for */
    uint64_t pinged_ms;       /* when that was, by the loop's clock */
    bool pinged;              /* with a frame, not by waiting for the queue to move */
    int close_code;           /* 0: open */
    bool close_sent;
    const char *close_reason;

    orch__feed_state feed;
    int64_t cursor;
    int64_t cursor_written; /* given to the kernel, as far as we know */
    orch_channel **filter;  /* NULL: every channel */
    size_t filter_count;
    orch__chosen daemons;  /* whose daemon.* notices it wants */
    orch__chosen presence; /* whose presence.changed */
    orch__queued *held;
    size_t held_count;
    size_t held_bytes;
    bool held_overflow;
    orch__exchange *subscribing; /* answered when the replay is over */
    struct orch__try *tries;     /* of charters, under way (tries.h) */
    bool reading;                /* a page of the replay is on its way; its callback holds `subscribing` */
};

/* Events of the library. 0, or -1 to close. */
orch__socket *orch__socket_new(orch__connection *connection, const orch__credentials *credentials);
void orch__socket_free(orch__socket *socket);
int orch__socket_open(orch__connection *connection);
int orch__socket_receive(orch__socket *socket, orch_str bytes);
int orch__socket_writable(orch__socket *socket);
/* The library closes: the client is told what for, if nobody has. */
void orch__socket_dropped(orch__socket *socket);
/* The client answered a ping. */
void orch__socket_heard(orch__socket *socket);
/* Nothing came for a while: asks for a sign of life. Nothing came then, either: cuts the connection, unless the client
 * reads, be it slowly, what waits for it. */
void orch__socket_quiet(orch__socket *socket);
void orch__socket_silent(orch__socket *socket);
/* The library answers with a close frame where this returns 0. */
int orch__socket_peer_parts(orch__socket *socket);

/* The answer of a call. */
void orch__socket_answer(orch__socket *socket, orch_str text);
/* A notice. Takes a reference of its own. */
void orch__socket_notify(orch__socket *socket, orch__block *block, int64_t cursor);
/* The same, whatever the state of the feed: for replay. */
void orch__socket_replay(orch__socket *socket, orch__block *block, int64_t cursor);
bool orch__socket_wants(const orch__socket *socket, const orch_channel *channel);
/* What was queued last tells the client of everything up to `cursor`. */
void orch__socket_mark(orch__socket *socket, int64_t cursor);
/* Its notices are dropped, to be caught up with by cursor. */
void orch__socket_fall_behind(orch__socket *socket);
void orch__socket_clear(orch__socket *socket);
/* Ends the replay: what was held is sent, the feed is live. */
void orch__socket_go_live(orch__socket *socket, int64_t cursor);
void orch__socket_drop_held(orch__socket *socket);

/* Says good-bye with a close frame. */
void orch__socket_part(orch__socket *socket, int code, const char *reason);
/* Reads on, or stops reading, as invariant 4 asks. */
void orch__socket_regulate(orch__socket *socket);

/* Writes what waits, for every socket that has something. Before the loop polls: an answer that is made in the
 * iteration after the one that took its message leaves with its acknowledgement, and nothing waits while the loop sleeps. */
void orch__sockets_flush(orch_server *server);
/* Closes those whose session ended. Returns how long until the next one may, at most `within_ms`. */
int64_t orch__sockets_sweep(orch_server *server, int64_t now_ms, int64_t within_ms);
void orch__sockets_revoked(orch_server *server, const orch_id *token_id);

/* The next socket of `user` behind `after`; NULL: the first one. NULL when there is no further one. */
orch__socket *orch__sockets_of(const orch_server *server, const orch_user *user, const orch__socket *after);

#endif
