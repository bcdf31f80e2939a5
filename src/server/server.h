/* The network's face of the runtime: HTTP, WebSocket (JSON-RPC 2.0), logins, metrics. The only libwebsockets code.
 *
 * Everything runs on the thread of the given loop; only passwords are checked on libuv's thread pool. The server owns
 * its sockets and connections, never the runtime: the runtime must be alive until `closed` has come.
 */
#ifndef ORCHD_SERVER_H
#define ORCHD_SERVER_H

#include <uv.h>

#include "allowance.h"
#include "openid_config.h"
#include "runtime.h"

typedef struct orch_server orch_server;

typedef struct orch_server_config {
    uv_loop_t *loop;
    orch_runtime *runtime;
    const char *listen;          /* "ADDR:PORT" ("[::1]:7717", PORT 0 picks one) or "unix:PATH" */
    bool allow_remote;           /* listening beyond loopback is refused without it, or TLS */
    const char *tls_certificate; /* PEM files; both or none */
    const char *tls_key;
    const char *const
        *origins; /* "https://chat.example.com": pages beside the server's own that may use it; copied */
    size_t origins_count; /* at most ORCH_SERVER_ORIGINS_MAX */
    /* Proxies whose X-Forwarded-For and -Proto are believed: "203.0.113.7", "2001:db8::/32", "unix"; copied. */
    const char *const *proxies;
    size_t proxies_count;
    const char
        *owner_token_path; /* DATA/owner.token, written at start, removed at the end; NULL: no local owner */
    orch_server_limits limits;
    const orch_openid_config
        *openid; /* providers and the public URL; borrowed, outlives the server; or NULL */
} orch_server_config;

#define ORCH_SERVER_ORIGINS_MAX 32

void orch_server_config_init(orch_server_config *config);

/* What can go wrong before anything is started: reads the configuration with its certificates, and takes the address, where who
 * connects is still refused. `runtime` need not be there yet. ORCH_E_INVALID, ORCH_E_FORBIDDEN (not loopback), ORCH_E_EXISTS (in
 * use), ORCH_E_IO, ORCH_E_NO_MEMORY; `out_message` is then a terminated sentence. */
ORCH_MUST_USE int orch_server_prepare(const orch_server_config *config, orch_server **out_server,
                                      char *out_message, size_t message_size);
/* Listens, for a server prepared with the same configuration, which now has a runtime. The loop need not run yet. On failure, told
 * as above, the server is gone once the loop has run. */
ORCH_MUST_USE int orch_server_open(orch_server *server, const orch_server_config *config, char *out_message,
                                   size_t message_size);
/* Instead of orch_server_open. */
void orch_server_discard(orch_server *server);

/* Whether this program was built with the page. */
bool orch_server_has_page(void);

/* What was bound: "http://127.0.0.1:40123" or "unix:/run/orchd.sock". Borrowed. */
const char *orch_server_address(const orch_server *server);

/* Whether the server has been set up. */
bool orch_server_has_users(const orch_server *server);
/* The code for the page that sets the server up, made at the first call; NULL: there are users already. A secret: to be shown, not
 * to be stored. Borrowed, until there is a user. */
const char *orch_server_setup_code(orch_server *server);

#define ORCH_LOGIN_URL_MAX 512

/* An address that logs the first owner of an organization in, once and within ten minutes. A secret: to be shown, not to be stored.
 * False: nobody is there to log in, or no browser reaches this server. `out_email` is borrowed. */
ORCH_MUST_USE bool orch_server_login_link(orch_server *server, char out_url[ORCH_LOGIN_URL_MAX],
                                          const char **out_email);

/* The pin of the TLS certificate, "sha256//…" as curl has it; NULL without TLS. Borrowed, until the next reload. */
const char *orch_server_pin(const orch_server *server);

/* Reads certificate and key again, for connections from now on; nothing without TLS. On failure the old ones stay in
 * use, and `out_message` says why. */
ORCH_MUST_USE int orch_server_reload(orch_server *server, char *out_message, size_t message_size);

/* Stops listening and answers new requests on open connections with 503; WebSockets still see what the runtime
 * publishes while it ends. Optional before orch_server_close; a second call does nothing. */
void orch_server_drain(orch_server *server);

/* Stops listening, ends requests and WebSockets (close code 1001) within one second. `closed` is called once, from the
 * loop, when the server is gone and freed. */
void orch_server_close(orch_server *server, void (*closed)(void *user), void *user);

#endif
