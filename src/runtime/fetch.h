/* Single HTTP requests beside those to models: a request, and its answer as a whole. On the loop, one libcurl multi handle, made
 * with the first request. Knows nothing of what it carries. The loop's thread only.
 *
 * Redirections are not followed: a 3xx is an answer like any other. Only https; http to this machine alone (loopback), also when
 * a name leads there by accident. The proxy of the environment and the authorities of SSL_CERT_FILE count, as in transfer.h.
 */
#ifndef ORCHD_FETCH_H
#define ORCHD_FETCH_H

#include <uv.h>

#include "orchd/error.h"
#include "orchd/types.h"

typedef struct orch_fetches orch_fetches;

#define ORCH_FETCHES_MAX 64 /* at once; beyond it ORCH_E_BUSY */

typedef struct orch_fetch_request {
    const char *url;
    const char
        *user_password;  /* for HTTP Basic, "user:password", both percent-encoded where needed; NULL: none */
    const char *form;    /* application/x-www-form-urlencoded: a POST; NULL: a GET */
    uint32_t body_max;   /* bytes of the answer; more is ORCH_E_TOO_LARGE */
    uint32_t timeout_ms; /* for the whole of it */
} orch_fetch_request;

/* All borrowed for the call. */
typedef struct orch_fetch_answer {
    int error;         /* 0; or ORCH_E_CONNECTION, _TIMEOUT, _TOO_LARGE, _PROTOCOL, _NO_MEMORY, _CLOSED */
    const char *words; /* what went wrong, for the log: names the host, holds no secret */
    int status;        /* HTTP */
    orch_str body;
} orch_fetch_answer;
typedef void (*orch_fetch_fn)(const orch_fetch_answer *answer, void *user);

ORCH_MUST_USE int orch_fetches_new(uv_loop_t *loop, orch_fetches **out_fetches);
/* What runs ends with ORCH_E_CLOSED, from inside this call. `closed` comes from the loop. */
void orch_fetches_close(orch_fetches *fetches, void (*closed)(void *user), void *user);

/* `done` comes once, from the loop, never from inside this call. ORCH_E_BUSY, ORCH_E_NO_MEMORY, ORCH_E_CLOSED. The request is
 * copied. */
ORCH_MUST_USE int orch_fetch(orch_fetches *fetches, const orch_fetch_request *request, orch_fetch_fn done,
                             void *user);

/* "https://…", or "http://" and a host that is this machine: 127.0.0.1, [::1], localhost. No user, no fragment, no spaces. */
bool orch_fetch_allows(const char *url);
/* "127.0.0.1", "[::1]" or "localhost", with or without a port. */
bool orch_fetch_is_here(orch_str authority);
/* The length of "scheme://host:port" at the beginning of a URL. */
size_t orch_fetch_origin_length(const char *url);

#endif
