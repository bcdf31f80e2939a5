/* libcurl's multi interface on a libuv loop: sockets as uv_poll handles, its timeout as a uv_timer (libcurl-multi(3),
 * "MULTI_SOCKET"). Knows nothing of models. The loop's thread only. */
#ifndef ORCHD_CURL_LOOP_H
#define ORCHD_CURL_LOOP_H

#include <stdbool.h>
#include <sys/queue.h>
#include <uv.h>

#include "curl_library.h"
#include "orchd/types.h"

typedef struct orch__curl_socket orch__curl_socket;

typedef struct orch__curl_hooks {
    /* libcurl was given time, and has returned: its messages may be read, and every call of libcurl is allowed. */
    void (*progressed)(void *user);
    /* A socket of this handle cannot be watched (ORCH_E_NO_MEMORY, or the system gives no more watches): what happens on it is
     * not seen. From inside libcurl, of which nothing may be called; `progressed` follows. */
    void (*unwatched)(CURL *easy, int error, void *user);
    /* libcurl had no memory in the middle of its work: what it knows of its sockets is not whole. Every easy handle is to be
     * removed, and orch__curl_loop_reset called. It has returned. */
    void (*stumbled)(void *user);
    void *user;
} orch__curl_hooks;

typedef struct orch__curl_loop {
    uv_loop_t *loop;
    CURLM *multi; /* NULL before orch__curl_loop_open */
    uv_timer_t timer;
    LIST_HEAD(, orch__curl_socket) sockets;
    unsigned handles; /* of libuv, not closed yet */
    bool closing;
    orch__curl_hooks hooks;
    void (*closed)(void *user);
} orch__curl_loop;

void orch__curl_loop_init(orch__curl_loop *curl, uv_loop_t *loop, const orch__curl_hooks *hooks);
/* Makes the multi handle, once: libcurl's global state and, with the first TLS connection, the CA bundle cost tens of
 * milliseconds and megabytes. ORCH_E_NO_MEMORY; ORCH_E_UNSUPPORTED: there is no libcurl, orch__curl_problem() says more. */
ORCH_MUST_USE int orch__curl_loop_open(orch__curl_loop *curl);
/* Without the multi handle, and its connections; opening makes another one. Every easy handle must have been removed. */
void orch__curl_loop_reset(orch__curl_loop *curl);
/* Every easy handle must have been removed. Not from inside a callback of libcurl. `closed` comes from the loop. */
void orch__curl_loop_close(orch__curl_loop *curl, void (*closed)(void *user));

#endif
