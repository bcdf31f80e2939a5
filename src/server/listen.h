/* A listening socket on the loop: TCP or a UNIX socket. The library adopts what is accepted, so that addresses, errors and
 * the end of listening are ours.
 */
#ifndef ORCHD_SERVER_LISTEN_H
#define ORCHD_SERVER_LISTEN_H

#include <uv.h>

#include "orchd/error.h"
#include "orchd/types.h"
#include "peers.h"

/* Who is at the other end. */
typedef struct orch__peer {
    orch__address address;
    bool near; /* the same machine */
} orch__peer;

typedef struct orch__listener {
    uv_poll_t poll;
    uv_timer_t pause; /* out of descriptors: accepts again a little later */
    /* No descriptor or memory to accept with: the errno. Then 0, when there is again. */
    void (*starved)(int number, void *user);
    int fd;       /* -1: closed */
    bool at_path; /* a UNIX socket, removed at the end */
    char path[108];
    char address[160];
    unsigned handles; /* open ones of the two */
    void (*accepted)(int fd, const orch__peer *peer, void *user);
    void (*closed)(void *user);
    void *user;
} orch__listener;

typedef struct orch__listen_wish {
    const char *text; /* "ADDR:PORT", "[ADDR]:PORT" or "unix:PATH" */
    bool tls;
    bool allow_remote; /* without TLS */
} orch__listen_wish;

/* Takes the address; who connects is still refused. ORCH_E_INVALID, ORCH_E_FORBIDDEN, ORCH_E_EXISTS (taken), ORCH_E_IO: nothing is
 * left open, and `out_message` says why. */
ORCH_MUST_USE int orch__listener_bind(orch__listener *listener, const orch__listen_wish *wish,
                                      char *out_message, size_t message_size);
/* Lets clients in at the address that was taken; `accepted` takes over the descriptor. On failure the address is given back. */
ORCH_MUST_USE int orch__listener_start(orch__listener *listener, uv_loop_t *loop,
                                       void (*accepted)(int fd, const orch__peer *peer, void *user),
                                       void *user, char *out_message, size_t message_size);
/* Stops listening at once. `closed` comes from the loop, where it was started; a second call does nothing. */
void orch__listener_close(orch__listener *listener, void (*closed)(void *user));

#endif
