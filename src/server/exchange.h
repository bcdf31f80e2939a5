/* One question and its answer, whether it came as an HTTP request or as a JSON-RPC call.
 *
 * An operation is written once: it reads its inputs by name (path, query and body, or params), does its work, perhaps
 * much later, and answers exactly once. What differs between HTTP and RPC is decided here.
 *
 *   made ── authenticate ──▶ allowed ── inputs fit ── operation->run ──▶ … ── an orch__exchange_ answer ──▶ freed
 *
 * A client that goes away meanwhile leaves the exchange without a connection; its answer is then dropped.
 */
#ifndef ORCHD_SERVER_EXCHANGE_H
#define ORCHD_SERVER_EXCHANGE_H

#include <jansson.h>

#include "input.h"
#include "json.h"
#include "route.h"
#include "server_state.h"

typedef enum orch__face { ORCH__FACE_HTTP, ORCH__FACE_RPC } orch__face;

typedef struct orch__exchange orch__exchange;

struct orch__exchange {
    orch_server *server;
    orch__connection *connection; /* NULL: the client is gone */
    orch__exchange *next;         /* of the connection */
    orch__face face;
    orch__operation operation;
    bool from_cookie;
    bool openai;             /* a path of OpenAI's API: errors have that shape */
    int status;              /* of the answer being worded */
    uint64_t retry_after_ms; /* told with a refusal; 0: not */

    /* Who asks. All empty: nobody in particular. */
    orch_user *user;
    bool owner; /* of the machine */
    orch_id token_id;
    orch_token_kind token_kind;
    int64_t expires_ms;

    json_t *input; /* an object, owned */
    char *rpc_id;  /* the call's id as JSON; NULL: a notification, not answered */
    char *headers; /* further ones of an HTTP answer, each with its line end */

    void *work; /* an operation's own, freed (free()) with the exchange */
};

/* Takes `input`. NULL: no memory; `input` is then released. */
orch__exchange *orch__exchange_new(orch__connection *connection, orch__face face, orch__operation operation,
                                   json_t *input);

/* Runs the operation if who asks may and the inputs are as described; answers otherwise. */
void orch__exchange_run(orch__exchange *exchange);

/* The actor for workspace and runtime: NULL is the machine's owner. */
orch_user *orch__exchange_actor(const orch__exchange *exchange);

/* ---- answers: each ends the exchange, which is freed ---- */

/* The value of a successful answer is written into what `begin` returns, up to `end`. Nothing else may happen between. */
orch__writer *orch__exchange_begin(orch__exchange *exchange, int status);
void orch__exchange_end(orch__exchange *exchange);
/* 204, or an empty result. */
void orch__exchange_done(orch__exchange *exchange);
/* HTTP only: something that is not JSON. */
void orch__exchange_text(orch__exchange *exchange, const char *content_type, orch_str text);
/* HTTP only: the browser goes to `location`, which has nothing in it that a header must not have. */
void orch__exchange_redirect(orch__exchange *exchange, const char *location);
void orch__exchange_problem(orch__exchange *exchange, const orch_problem *problem);
/* `field` may be NULL. */
void orch__exchange_refuse(orch__exchange *exchange, int status, const char *code, const char *field,
                           const char *format, ...) ORCH_PRINTF(5, 6);

/* 429, and when it is worth while to try again. */
void orch__exchange_refuse_for(orch__exchange *exchange, uint64_t wait_ms, const char *message);

/* HTTP only: an answer in pieces, of which each is sent when it comes. What a slow client leaves unread is bounded: beyond it the
 * connection is cut. Nothing is refused any more. */
void orch__exchange_stream(orch__exchange *exchange, const char *content_type);
void orch__exchange_piece(orch__exchange *exchange, orch_str piece);
/* Ends the exchange. */
void orch__exchange_stream_end(orch__exchange *exchange);

/* Adds a header to an HTTP answer; RPC ignores it. */
void orch__exchange_header(orch__exchange *exchange, const char *name, const char *value);

/* The status that an orch_error means. */
int orch__status_of(int error);

/* The error object {"code", "message", "field"?, "retryAfterMs"?} as HTTP has it. */
void orch__error_write(orch__writer *json, const char *code, const char *message, const char *field,
                       uint64_t retry_after_ms);
/* The same and {"type", "param"}, of which clients of OpenAI's API make their errors. */
void orch__error_write_openai(orch__writer *json, int status, const char *code, const char *message,
                              const char *field, uint64_t retry_after_ms);

#endif
