/* What the server holds. Only files of this folder see it.
 *
 *   open ── drain ──▶ draining ── close ──▶ closing ── no connections, or 1 s ──▶ ending ── handles closed ──▶ gone
 *     └────────────────── close ───────────────▲
 *
 *   open → draining      orch_server_drain: stops listening, new requests get 503
 *   … → closing          orch_server_close: WebSockets get 1001, idle connections are cut
 *   closing → ending     the context of libwebsockets is destroyed for the first time: it closes its handles
 *   ending → gone        its handles are gone; it is destroyed for the second time, which frees it
 *
 * Memory: an exchange outlives its connection when its answer is still awaited, so it holds a reference to the server.
 */
#ifndef ORCHD_SERVER_STATE_H
#define ORCHD_SERVER_STATE_H

#include <libwebsockets.h>
#include <uv.h>

#include "completions.h"
#include "deadline.h"
#include "head.h"
#include "json.h"
#include "listen.h"
#include "login_link.h"
#include "owner_token.h"
#include "password_check.h"
#include "peers.h"
#include "presence.h"
#include "rate.h"
#include "runtime.h"
#include "server.h"
#include "throttle.h"
#include "tls.h"

#define ORCH_BODY_MAX        (1024 * 1024)
#define ORCH_DESCRIPTORS_MAX 65536 /* the library's table grows with the limit of the process */
#define ORCH_CLOSE_WITHIN_MS 1000
#define ORCH_PART_WITHIN_MS  2000 /* for a client's answer to our close frame */
#define ORCH_SWEEP_MS                                                                                        \
    15000 /* how late a suspended user may be noticed on an open WebSocket; an expired session is at once */
#define ORCH_REPLY_BYTES_MAX (1024 * 1024) /* a page of messages is cut here */

typedef struct orch__arrival orch__arrival;
typedef struct orch__connection orch__connection;
typedef struct orch__socket orch__socket;

typedef enum orch__server_phase {
    ORCH__SERVER_OPEN,
    ORCH__SERVER_DRAINING,
    ORCH__SERVER_CLOSING,
    ORCH__SERVER_ENDING,
    ORCH__SERVER_GONE,
} orch__server_phase;

typedef struct orch__server_counters {
    uint64_t connections;
    uint64_t requests[6]; /* by hundreds of the status */
    uint64_t calls;
    uint64_t calls_failed;
    uint64_t notices;
    uint64_t notices_sent; /* over all sockets */
    uint64_t resyncs;
    uint64_t silent;       /* WebSockets cut because nothing came any more */
    uint64_t rate_limited; /* requests and calls refused because they came too fast */
    uint64_t cut;          /* connections that held too much */
    uint64_t bytes_sent;
    uint64_t logins;
    uint64_t logins_failed;
} orch__server_counters;

#define ORCH__PEOPLE_BUCKETS 1024

typedef struct orch__adoption {
    const orch__peer *peer;
    orch__peer_count *counted; /* NULL: taken over, or not counted */
} orch__adoption;

struct orch_server {
    uv_loop_t *loop;
    orch_runtime *runtime;
    orch_workspace *workspace;
    orch_directory *directory;
    orch_server_limits limits;
    orch__server_phase phase;
    unsigned refs;

    struct lws_context *context;
    struct lws_vhost *vhost;
    orch__listener listener;
    orch__adoption adoption; /* while a connection is handed to the library */
    orch__arrival *arrivals;
    size_t arrivals_count;
    orch__connection *connections;
    size_t connections_count;
    size_t burden; /* bytes that clients make it hold (burden.h) */
    size_t burden_most;

    orch__socket *sockets;
    size_t sockets_count;
    size_t owners;                              /* sockets of the machine's owner */
    orch__socket *people[ORCH__PEOPLE_BUCKETS]; /* sockets by their user's handle */
    orch__socket *dirty;                        /* sockets with something to send */
    orch_subscription *subscription;
    orch__presence presence;

    orch__writer reply;  /* the answer being worded */
    orch__writer notice; /* the notice being worded */
    char *scratch;       /* frames on their way into one write */

    orch__owner_token owner_token;
    orch__throttle throttle;
    orch__login_links login_links;
    orch__peers peers;
    orch__rate user_rate;
    orch__rate anonymous_rate;
    orch__deadlines deadlines;
    orch__completions completions;
    orch__password_checks passwords;
    char setup_code[24];         /* empty: nobody was shown one */
    bool founding;               /* the first user is being stored */
    struct orch__openid *openid; /* NULL: no provider is configured */
    char *public_url;            /* or NULL */
    char *origins[ORCH_SERVER_ORIGINS_MAX];
    size_t origins_count;
    orch__tls tls;
    orch__server_counters counters;
    int64_t opened_ms;

    uv_prepare_t before_poll;
    uv_timer_t sweep;
    uv_timer_t deadline;
    bool deadline_passed;
    unsigned
        handles; /* of the three above, the deadlines', the presence's and the completions' that are open */
    void (*closed)(void *user);
    void *closed_user;
};

/* Of wall time, ms. */
int64_t orch__server_now(void);
/* Looks at the sessions of open WebSockets no later than at `expires_ms` (0: never). */
void orch__server_sweep_within(orch_server *server, int64_t expires_ms);
orch_server *orch__server_ref(orch_server *server);
void orch__server_unref(orch_server *server);

static inline bool orch__server_speaks_tls(const orch_server *server)
{
    return server->tls.certificate_path != NULL;
}

/* The library has made its context for TLS. */
int orch__server_arm(orch_server *server, struct ssl_ctx_st *context);

/* Hands a connection to the library. Takes over the descriptor and the count. */
void orch__server_adopt(orch_server *server, int fd, const orch__peer *peer, orch__peer_count *counted);

#endif
