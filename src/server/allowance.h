/* What one client, one user, one address and everybody together may take of the server, where it can be chosen.
 *
 * `orchd serve --limit NAME=VALUE` sets one; docs/limits.md has all limits with their errors, also those that are
 * constants. The table in allowance.c is the help as well.
 *
 * On this machine (loopback and UNIX sockets, not through a proxy) only `connections`, `completions` and the times are limits, unless
 * `near` is 1: who is on the machine has other means, and programs there work at full speed.
 */
#ifndef ORCHD_SERVER_ALLOWANCE_H
#define ORCHD_SERVER_ALLOWANCE_H

#include "orchd/error.h"
#include "orchd/types.h"

typedef struct orch_server_limits {
    uint32_t near; /* 1: clients on this machine are limited as others are */
    uint32_t connections;
    uint32_t connections_per_address; /* 0: as many as there are connections, here and below */
    uint32_t sockets_per_user;
    uint32_t requests_per_s; /* of one user, requests and calls; 0: any number */
    uint32_t requests_burst;
    uint32_t anonymous_per_s; /* of one address, before it is known who asks; 0: any number */
    uint32_t anonymous_burst;
    uint32_t head_ms; /* from the first byte of a request (or the connection) to the end of its headers */
    uint32_t body_ms; /* from there to the end of the body */
    uint32_t answer_ms;
    uint32_t idle_ms;              /* between two requests */
    uint32_t quiet_ms;             /* a WebSocket from which nothing came is asked for a sign of life */
    uint32_t pong_ms;              /* and has this long to give it */
    uint32_t completions;          /* being answered at once (completions.h) */
    uint32_t completions_per_user; /* 0: as many as there are */
    uint32_t waiting_mb;           /* of memory that all clients together make the server hold (burden.h) */
} orch_server_limits;

void orch_server_limits_init(orch_server_limits *limits);

/* Reads "NAME=VALUE". ORCH_E_INVALID; `out_message` then says what is allowed. */
ORCH_MUST_USE int orch_server_limits_set(orch_server_limits *limits, const char *text, char *out_message,
                                         size_t message_size);

/* One line of the help: name, default and meaning. False: there is no such row. */
bool orch_server_limits_describe(size_t row, char *out_line, size_t line_size);

#endif
