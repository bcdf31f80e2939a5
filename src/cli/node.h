/* One orchd: environment, models, runtime and server wired together on a loop. Used by `orchd serve`, and by commands that
 * find no server running and bring one up for the moment.
 */
#ifndef ORCHD_NODE_H
#define ORCHD_NODE_H

#include <uv.h>

#include "data_directory.h"
#include "model.h"
#include "orchd/environment.h"
#include "server.h"

typedef struct orch__node_config {
    const orch__data_directory *directory; /* locked by the caller */
    const char *listen;
    bool allow_remote;
    const char *tls_certificate;
    const char *tls_key;
    bool momentary; /* starts no daemons by itself and answers nothing */
    const char *record_path;
    uint32_t attempt_timeout_ms; /* 0: the default, as the next ones */
    uint32_t attempts_per_model;
    uint32_t turn_deadline_ms;
    uint32_t feed_keep;
    const char *const *origins;
    size_t origins_count;
    const char *const *proxies;
    size_t proxies_count;
    orch_server_limits limits;
    const char *public_url; /* --public-url; NULL: ORCHD_PUBLIC_URL, if any */
} orch__node_config;

void orch__node_config_init(orch__node_config *config);

typedef struct orch__node {
    uv_loop_t loop;
    orch_environment environment;
    orch_model_config models;
    orch_openid_config openid;
    orch_runtime *runtime;
    orch_server *server;
} orch__node;

/* Everything up to listening; `out_message` is a terminated sentence on failure, and nothing is left open. */
ORCH_MUST_USE int orch__node_open(orch__node *node, const orch__node_config *config, char *out_message,
                                  size_t message_size);
/* From the loop's thread: ends politely; a second call does not wait for turns in flight. orch__node_run returns then. */
void orch__node_end(orch__node *node);
/* Runs the loop until the node has ended, and frees it. */
void orch__node_run(orch__node *node);

#endif
