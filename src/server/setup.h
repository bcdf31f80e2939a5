/* The code by which the first user sets the server up in a browser, while there is none.
 *
 * It is made when it is asked for, shown by who starts the server, and never written anywhere else. It is gone with the first
 * user, however that one came to be.
 */
#ifndef ORCHD_SERVER_SETUP_H
#define ORCHD_SERVER_SETUP_H

#include "server_state.h"

/* Whether there is nobody yet. */
bool orch__setup_open(const orch_server *server);

#endif
