/* HTTP/1.1 requests: from headers and body to an exchange, and from its answer to bytes (http_stream.c: one that comes in pieces).
 *
 * Invariants
 *  1. While an answer is awaited, nothing is read from the connection (rx flow control): the library would take a
 *     pipelined request for more of the body. It must be off again before the answer is written.
 *  2. An answer is written from the library's writable callback, in one piece unless it is a stream, so that keep-alive goes on
 *     from there.
 */
#ifndef ORCHD_SERVER_HTTP_H
#define ORCHD_SERVER_HTTP_H

#include "auth.h"
#include "exchange.h"
#include "response.h"

typedef struct orch__request {
    orch__credentials credentials;
    orch__operation operation; /* run NULL: the answer is there already */
    orch__method method;
    json_t *input;    /* from path and query; then with the body's fields */
    bool head;        /* HEAD: the answer without its body */
    bool json_body;   /* Content-Type is JSON */
    bool foreign;     /* Origin is another one */
    bool wants_page;  /* a browser that goes somewhere, not a program: it would show what it gets */
    bool secure;      /* the browser came by TLS, perhaps to a proxy before us */
    bool paused;      /* nothing is read meanwhile */
    bool close_after; /* the body's end is not known */
    char host[264];   /* as the browser wrote it; empty where it is longer than any */
    char agent[256];  /* User-Agent; empty where it is longer than any */
    char openid[64];  /* the cookie of a login by OpenID that is under way; empty: none */
    bool of_1_0;      /* HTTP/1.0, which knows no chunks */
    bool openai;      /* a path of OpenAI's API: errors have that shape */
    bool streaming;   /* the answer comes in pieces; `response` has those that are not written */
    bool stream_over; /* … and no further one comes */
    char *origin;     /* an allowed one, to be named in the answer */
    char *body;
    size_t body_len;
    size_t body_expected;
    unsigned early_reads;
    char *response;
    size_t response_len;
    orch_str rest; /* of the answer's body, behind `response`: of the program itself, sent piece by piece */
    size_t response_size; /* while it is streaming: what is allocated */
} orch__request;

void orch__request_free(orch__request *http);

/* Events of the library. 0, or -1 to close. */
int orch__request_begin(orch__connection *connection, orch_str path);
int orch__request_body(orch__connection *connection, orch_str bytes);
int orch__request_body_complete(orch__connection *connection);
int orch__request_writable(orch__connection *connection);
/* Before a request becomes a WebSocket: 0 it may, 1 it was answered. */
int orch__request_upgrade(orch__connection *connection, const char *protocol);
/* CONNECT, of which the library makes a connection of bytes: refused, and cut. */
void orch__request_tunnel(orch__connection *connection);

/* http_stream.c: the writable callback of an answer that comes in pieces. */
int orch__request_stream_writable(orch__connection *connection);
/* http.c: the answer was written. 0, or -1 to close. */
int orch__request_finish(orch__connection *connection);

/* The body did not come in time. */
void orch__request_body_late(orch__connection *connection);

/* An answer of 200 in pieces: each is written as soon as the client takes it. Where more than ORCH_REPLY_BYTES_MAX wait for it, or
 * there is no memory for one, the connection is cut. */
void orch__request_stream(orch__connection *connection, const char *content_type, const char *headers);
void orch__request_piece(orch__connection *connection, orch_str piece);
void orch__request_stream_end(orch__connection *connection);

void orch__request_respond(orch__connection *connection, int status, const char *content_type,
                           const char *headers, orch_str body);
/* The same with a body that lives as long as the program. Origin, TLS and the end of the connection are filled in. */
void orch__request_respond_file(orch__connection *connection, const orch__response_head *head, orch_str body);

#endif
