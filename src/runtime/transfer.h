/* Model calls over HTTP: one long-lived libcurl multi handle on the loop (HTTP/2 multiplexed, CAPATH NULL, TLS set up on
 * first use). Each transfer feeds one orch_model_stream. The loop's thread only.
 *
 * Redirections are not followed; the proxy of the environment (HTTPS_PROXY …, NO_PROXY) is used, and the authorities of
 * SSL_CERT_FILE, as OpenSSL's own programs do, instead of the system's. SIGPIPE is ignored from the
 * first transfer on, where the program left it at its default: a server that closes must not end the program.
 */
#ifndef ORCHD_TRANSFER_H
#define ORCHD_TRANSFER_H

#include <uv.h>

#include "model.h"

typedef struct orch_transfers orch_transfers;
typedef struct orch_transfer orch_transfer;

#define ORCH_TRANSFER_HEADERS_MAX (64u * 1024)        /* bytes of an answer's headers */
#define ORCH_TRANSFER_BODY_MAX    (32u * 1024 * 1024) /* bytes of an answer */

typedef struct orch_transfers_config {
    uv_loop_t *loop;
    uint32_t connect_timeout_ms; /* default 10000 */
    uint32_t idle_timeout_ms;    /* no byte for this long, once connected: ORCH_E_TIMEOUT; default 60000 */
    uint32_t connections_max;    /* to one host; default 512. HTTP/2 carries many transfers on one */
    uint32_t transfers_max;      /* connections at once; beyond it they wait inside libcurl; default 4096 */
} orch_transfers_config;

void orch_transfers_config_init(orch_transfers_config *config);
ORCH_MUST_USE int orch_transfers_new(const orch_transfers_config *config, orch_transfers **out_transfers);
/* Cancels what runs (without calling their sinks). Also from inside a sink. */
void orch_transfers_close(orch_transfers *transfers, void (*closed)(void *user), void *user);

/* Takes `http` and the stream, also when it fails (ORCH_E_NO_MEMORY, ORCH_E_CLOSED, ORCH_E_UNSUPPORTED: no libcurl). The stream's sink gets its end or error
 * from the loop, never from inside this call; afterwards the transfer frees itself and the stream. `timeout_ms` is for the
 * whole of it, waiting for a connection included. */
ORCH_MUST_USE int orch_transfer_start(orch_transfers *transfers, orch_model_http *http,
                                      orch_model_stream *stream, uint32_t timeout_ms,
                                      orch_transfer **out_transfer);
/* No further call of the sink. Also from inside its delta; not after its end or error. */
void orch_transfer_cancel(orch_transfer *transfer);

#endif
