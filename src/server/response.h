/* The bytes of an HTTP/1.1 answer. Every answer has the headers that protect a browser; none tells a version. */
#ifndef ORCHD_SERVER_RESPONSE_H
#define ORCHD_SERVER_RESPONSE_H

#include "json.h"
#include "server_state.h"

typedef struct orch__response_head {
    int status;
    const char *content_type;
    const char *headers; /* further ones, each with its line end; NULL: none */
    const char *origin;  /* that may read it; NULL: none */
    bool close;
    bool tls;      /* the connection is */
    size_t length; /* ORCH__LENGTH_UNKNOWN: not told, since the body is chunked or ends with the connection */
    bool chunked;
    const char *cache;  /* NULL: not to be stored */
    const char *policy; /* what a browser may do with it; NULL: nothing */
} orch__response_head;

#define ORCH__LENGTH_UNKNOWN SIZE_MAX

/* Like snprintf. */
int orch__response_head_write(char *out, size_t size, const orch__response_head *head);

/* Words {"error": …} into the server's buffer. Borrowed until the next answer is worded. `retry_after_ms` 0: not told. */
orch_str orch__response_error(orch_server *server, const char *code, const char *message,
                              uint64_t retry_after_ms);

/* The same with {"type", "param"} added, as clients of OpenAI's API read them. */
orch_str orch__response_error_openai(orch_server *server, int status, const char *code, const char *message,
                                     uint64_t retry_after_ms);

typedef struct orch__refusal {
    int status;
    const char *code;
    const char *message;
    const char *headers; /* NULL: none */
    uint64_t retry_after_ms;
    bool tls;
} orch__refusal;

#define ORCH__REFUSAL_MAX 2048
/* A whole answer that ends the connection. Returns its length. */
size_t orch__refusal_write(orch_server *server, char out[ORCH__REFUSAL_MAX], const orch__refusal *refusal);

#define ORCH__RETRY_AFTER_MAX 48
/* "Retry-After: 3\r\n": whole seconds, rounded up. */
const char *orch__retry_after(char out[ORCH__RETRY_AFTER_MAX], uint64_t wait_ms);

void orch__response_count(orch_server *server, int status);

#endif
