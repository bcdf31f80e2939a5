/* What can be asked of the server. Each is one function, reached by a row in routes.c, in methods.c, or in both. */
#ifndef ORCHD_SERVER_OPERATIONS_H
#define ORCHD_SERVER_OPERATIONS_H

#include "exchange.h"

/* login.c */
void orch__do_login(orch__exchange *exchange);
void orch__do_logout(orch__exchange *exchange);
void orch__do_me(orch__exchange *exchange);
/* tokens.c */
void orch__do_token_create(orch__exchange *exchange);
void orch__do_token_revoke(orch__exchange *exchange);
void orch__do_owner_session(orch__exchange *exchange);
/* people.c */
void orch__do_setup(orch__exchange *exchange);
void orch__do_user_create(orch__exchange *exchange);
void orch__do_user_list(orch__exchange *exchange);
/* channels.c */
void orch__do_channel_list(orch__exchange *exchange);
void orch__do_channel_create(orch__exchange *exchange);
void orch__do_channel_direct(orch__exchange *exchange);
void orch__do_member_list(orch__exchange *exchange);
void orch__do_member_add(orch__exchange *exchange);
void orch__do_member_remove(orch__exchange *exchange);
/* messages.c */
void orch__do_message_history(orch__exchange *exchange);
void orch__do_message_send(orch__exchange *exchange);
void orch__do_message_edit(orch__exchange *exchange);
void orch__do_message_delete(orch__exchange *exchange);
void orch__do_typing(orch__exchange *exchange);
/* reactions.c */
void orch__do_reaction_add(orch__exchange *exchange);
void orch__do_reaction_remove(orch__exchange *exchange);
void orch__do_reaction_list(orch__exchange *exchange);
/* daemons.c */
void orch__do_daemon_list(orch__exchange *exchange);
void orch__do_daemon_get(orch__exchange *exchange);
void orch__do_daemon_start(orch__exchange *exchange);
void orch__do_daemon_stop(orch__exchange *exchange);
void orch__do_daemon_restart(orch__exchange *exchange);
/* orchestrators.c */
void orch__do_orchestrator_list(orch__exchange *exchange);
void orch__do_orchestrator_get(orch__exchange *exchange);
void orch__do_orchestrator_create(orch__exchange *exchange);
void orch__do_orchestrator_change(orch__exchange *exchange);
void orch__do_orchestrator_login(orch__exchange *exchange);
void orch__do_orchestrator_logout(orch__exchange *exchange);
/* health.c, metrics.c */
void orch__do_healthz(orch__exchange *exchange);
void orch__do_readyz(orch__exchange *exchange);
void orch__do_metrics(orch__exchange *exchange);
void orch__do_ping(orch__exchange *exchange);

#endif
