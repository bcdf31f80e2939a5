/* From the runtime's feed to the sockets that may see it: serialised once, shared by all. Membership is looked at for each
 * notice.
 */
#ifndef ORCHD_SERVER_FANOUT_H
#define ORCHD_SERVER_FANOUT_H

#include "exchange.h"

/* ORCH_E_NO_MEMORY. */
ORCH_MUST_USE int orch__fanout_open(orch_server *server);
void orch__fanout_close(orch_server *server);

/* A notice that is the server's own. */
void orch__fanout_tell(orch_server *server, const orch_notice *notice);
/* To the other sockets of who asks: this channel was read. */
void orch__fanout_read(const orch__exchange *exchange, const orch_channel_state *state);

#endif
