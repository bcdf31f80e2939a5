/* Catching up: what happened since a cursor, page by page, before what happens now. */
#ifndef ORCHD_SERVER_REPLAY_H
#define ORCHD_SERVER_REPLAY_H

#include "exchange.h"
#include "websocket.h"

/* Reads on when the client has taken most of what was read so far. */
void orch__replay_continue(orch__socket *socket);

#endif
