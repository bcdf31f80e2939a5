/* The chat's connection: JSON-RPC over a WebSocket that comes back by itself, and an outbox of what was not acknowledged.
 *
 * A message that was typed is sent until the server has acknowledged it, always with the same clientId, so that it stands in the
 * channel once, however often the connection breaks.
 */
#ifndef ORCHD_CHAT_LINK_H
#define ORCHD_CHAT_LINK_H

#include <jansson.h>
#include <uv.h>

#include "orchd/types.h"

typedef struct orch__chat_link orch__chat_link;

typedef struct orch__chat_link_config {
    uv_loop_t *loop;
    const char *address;
    const char *token;
    const char *pin; /* of the server's TLS certificate; NULL: the system's authorities decide */
    /* Connected, also again: `again` is true from the second time on. */
    void (*opened)(bool again, void *user);
    void (*lost)(const char *reason, void *user); /* it tries again by itself */
    void (*notified)(const char *method, json_t *params, void *user);
    /* A message of the outbox was taken (`result` {message, …}) or refused for good (`error` {code, message}). */
    void (*posted)(json_t *result, json_t *error, void *user);
    void *user;
} orch__chat_link_config;

typedef void (*orch__chat_answered)(json_t *result, json_t *error, void *user);

/* NULL: no memory. */
orch__chat_link *orch__chat_link_new(const orch__chat_link_config *config);
/* `params` is taken. `answered` comes once, unless the connection breaks first. False: it was not sent, there is none. */
bool orch__chat_link_call(orch__chat_link *link, const char *method, json_t *params,
                          orch__chat_answered answered, void *user);
/* Calls `subscribe`, wanted once for each connection: only behind it the outbox is sent, so that no answer is missed. */
void orch__chat_link_follow(orch__chat_link *link, json_t *params, orch__chat_answered answered, void *user);
/* False: no memory. */
bool orch__chat_link_post(orch__chat_link *link, const char *channel_id, orch_str content);
bool orch__chat_link_is_open(const orch__chat_link *link);
/* Messages that are not acknowledged and calls that are not answered. */
size_t orch__chat_link_waiting(const orch__chat_link *link);
/* Ends what keeps the loop alive; free it when the loop has run out. */
void orch__chat_link_close(orch__chat_link *link);
void orch__chat_link_free(orch__chat_link *link);

#endif
