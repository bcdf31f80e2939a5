/* Answers with a charter that is not saved, made for one WebSocket: charter.try, its deltas, charter.stop. */
#ifndef ORCHD_SERVER_TRIES_H
#define ORCHD_SERVER_TRIES_H

#include "websocket.h"

#define ORCH__TRIES_A_SOCKET 4
#define ORCH_TRY_ID_MAX      64
#define ORCH_TRY_TALK_MAX    100 /* messages */

/* The socket is gone, or is about to be: nobody waits for its answers any more. */
void orch__tries_drop(orch__socket *socket);

#endif
