/* A WebSocket client on a libuv loop, for the command line. The loop's thread only.
 */
#ifndef ORCHD_SOCKET_CLIENT_H
#define ORCHD_SOCKET_CLIENT_H

#include <uv.h>

#include "orchd/error.h"
#include "orchd/types.h"

typedef struct orch_socket_client orch_socket_client;

typedef struct orch_socket_client_config {
    uv_loop_t *loop;
    const char *address; /* "http://HOST:PORT", "https://…" or "unix:PATH"; the path is /ws */
    const char *token;   /* sent as Authorization: Bearer */
    const char *pin; /* "sha256//…": the certificate must have this key, whoever signed it; NULL: the system's
                          * authorities, or those of SSL_CERT_FILE, decide */
    void (*opened)(void *user);
    void (*received)(orch_str text, void *user); /* one whole message */
    /* The connection could not be made or has ended; the client is to be closed by the caller. Once. */
    void (*ended)(const char *reason, void *user);
    void *user;
} orch_socket_client_config;

#define ORCH_SOCKET_MESSAGE_MAX (4u * 1024 * 1024)

/* Starts to connect. `ended` may be called before this returns; *out_client is set by then. ORCH_E_INVALID (the address),
 * ORCH_E_NO_MEMORY. */
ORCH_MUST_USE int orch_socket_client_open(const orch_socket_client_config *config,
                                          orch_socket_client **out_client);

/* Queues one text message. ORCH_E_CLOSED before `opened` and after `ended`, ORCH_E_NO_MEMORY. */
ORCH_MUST_USE int orch_socket_client_send(orch_socket_client *client, orch_str text);

/* No callback of the configuration comes any more; frees itself, then calls `closed` from the loop. */
void orch_socket_client_close(orch_socket_client *client, void (*closed)(void *user), void *user);

#endif
