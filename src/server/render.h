/* How people, channels, messages, daemons and orchestrators look on the wire: the same in HTTP answers, RPC results and
 * notices. Each writes one value; `key` as in json.h.
 */
#ifndef ORCHD_SERVER_RENDER_H
#define ORCHD_SERVER_RENDER_H

#include "json.h"
#include "runtime.h"

void orch__render_user(orch__writer *json, const char *key, const orch_user *user);
void orch__render_channel(orch__writer *json, const char *key, const orch_channel *channel);
void orch__render_message(orch__writer *json, const char *key, const orch_message *message);
/* `inside`: with the charter, for those who may see it. */
void orch__render_orchestrator(orch__writer *json, const char *key, const orch_orchestrator *orchestrator,
                               bool inside);
void orch__render_daemon(orch__writer *json, const char *key, const orch_daemon_info *info);
void orch__render_health(orch__writer *json, const char *key, const orch_daemon_info *info);

#endif
