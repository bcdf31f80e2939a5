/* A connection of a client, and the translation of libwebsockets' callback reasons into what happens on it.
 *
 *              headers                       Upgrade: websocket
 *   waiting ───────────▶ reading ◀─ waiting ────────────────────▶ greeting ── login known ──▶ talking
 *      ▲                    │ body complete                           │ login refused            │ close from here
 *      │ answer written     ▼                                         ▼                          ▼ or from there
 *      └─ responding ◀─ handling                                   parting ◀────────────────────┘
 *
 *   any state → gone: libwebsockets has closed it. The memory lives until the library is done with it as well.
 *
 * Only orch__connection_enter() assigns the state.
 */
#ifndef ORCHD_SERVER_CONNECTION_H
#define ORCHD_SERVER_CONNECTION_H

#include "exchange.h"
#include "http.h"
#include "server_state.h"
#include "websocket.h"

typedef enum orch__connection_state {
    ORCH__CONNECTION_WAITING,
    ORCH__CONNECTION_READING,
    ORCH__CONNECTION_HANDLING,
    ORCH__CONNECTION_RESPONDING,
    ORCH__CONNECTION_GREETING,
    ORCH__CONNECTION_TALKING,
    ORCH__CONNECTION_PARTING,
    ORCH__CONNECTION_GONE,
} orch__connection_state;

struct orch__connection {
    orch__deadline deadline; /* first: its callback casts */
    orch_server *server;
    struct lws *wsi; /* valid until the state is GONE */
    orch__connection *next;
    orch__connection **previous;
    orch__connection_state state;
    orch__peer peer;
    orch__address client;      /* whom to count requests for: the peer, or whom a trusted proxy names */
    orch__peer_count *counted; /* NULL: does not count for an address */
    bool forwarded;            /* by a proxy: being near proves nothing */
    bool cut;                  /* it ends without a close frame */
    size_t burden;             /* bytes of its own that it makes the server hold */
    orch__exchange *exchanges;
    unsigned exchanges_count;
    orch__request *http;  /* of the present request; NULL while none is read or answered */
    orch__socket *socket; /* once it is a WebSocket */
};

extern const struct lws_protocols orch__protocols[];

void orch__connection_enter(orch__connection *connection, orch__connection_state state);

orch_server *orch__connection_server(const orch__connection *connection);
/* On this machine, as far as that can be known. */
bool orch__connection_near(const orch__connection *connection);
/* The other end is a proxy whose word is taken (--trusted-proxy). */
bool orch__connection_by_proxy(const orch__connection *connection);
/* The other end, as it counts (peers.h). */
orch__address orch__connection_group(const orch__connection *connection);

/* Begins a wait; the one before ends. */
void orch__connection_wait(orch__connection *connection, orch__wait wait);
void orch__connection_wait_no_more(orch__connection *connection);
/* Whether something came from there in the last `ms`, or waits to be read: the kernel knows better than the library,
 * which keeps pings and pieces of frames for itself. */
bool orch__connection_heard_within(const orch__connection *connection, uint64_t ms);

/* Exchanges under way; detaching is what the exchange does when it is answered. */
void orch__connection_attach(orch__connection *connection, orch__exchange *exchange);
void orch__connection_detach(orch__connection *connection, orch__exchange *exchange);

/* The answer to the present HTTP request. */
void orch__connection_respond(orch__connection *connection, int status, const char *content_type,
                              const char *headers, orch_str body);
/* One text frame. */
void orch__connection_send(orch__connection *connection, orch_str text);
/* Cuts the connection without a word. */
void orch__connection_abort(orch__connection *connection);
/* The same, and what the client has not read is thrown away. */
void orch__connection_cut(orch__connection *connection);

/* Where it stands in the server's life: idle connections are cut, WebSockets told good-bye. */
void orch__connection_goodbye(orch__connection *connection);

#endif
