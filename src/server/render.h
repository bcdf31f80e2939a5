/* How people, channels, messages, daemons and orchestrators look on the wire: the same in HTTP answers, RPC results and
 * notices. Each writes one value; `key` as in json.h.
 */
#ifndef ORCHD_SERVER_RENDER_H
#define ORCHD_SERVER_RENDER_H

#include "json.h"
#include "runtime.h"

struct orch_server;
struct orch__exchange;

/* With the presence that `server` knows. */
void orch__render_user(orch__writer *json, const char *key, const orch_user *user,
                       const struct orch_server *server);
/* The whole answer of operations that made or changed one: {"user"}. */
void orch__answer_user(struct orch__exchange *exchange, int status, const orch_user *user);
/* `reader` NULL: for everybody alike. `state` NULL: not told. */
void orch__render_channel(orch__writer *json, const char *key, const orch_channel *channel,
                          const orch_user *reader, const orch_channel_state *state);
/* Fields of an object: a channel's mark and what is behind it. */
void orch__render_read(orch__writer *json, const orch_channel_state *state);
/* As somebody sees it who might join. */
void orch__render_offer(orch__writer *json, const orch_channel *channel, const orch_user *reader);
void orch__render_message(orch__writer *json, const char *key, const orch_message *message);
/* With what hangs on it, where it is not empty. */
void orch__render_message_with(orch__writer *json, const char *key, const orch_message *message,
                               const orch_message_ties *ties, const orch_runtime *runtime);
/* `inside`: with the charter, for those who may see it. */
void orch__render_orchestrator(orch__writer *json, const char *key, const orch_orchestrator *orchestrator,
                               bool inside);
void orch__render_daemon(orch__writer *json, const char *key, const orch_daemon_info *info);
void orch__render_health(orch__writer *json, const char *key, const orch_daemon_info *info);

#endif
