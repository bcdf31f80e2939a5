/* From the runtime's feed to the sockets that may see it: serialised once, shared by all. Membership is looked at for each
 * notice.
 */
#ifndef ORCHD_SERVER_FANOUT_H
#define ORCHD_SERVER_FANOUT_H

#include "server_state.h"

/* ORCH_E_NO_MEMORY. */
ORCH_MUST_USE int orch__fanout_open(orch_server *server);
void orch__fanout_close(orch_server *server);

#endif
