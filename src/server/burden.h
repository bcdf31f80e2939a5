/* Memory that clients make the server hold: what came from them in part, and what waits because they do not read.
 *
 * Each client has limits of its own; all of them together have `waiting-mb`. Beyond it those give way that hold more than
 * an equal share: first their notices are dropped (`resync`), then they are cut. So a crowd of slow or hostile clients
 * costs a known amount, and the others notice nothing.
 *
 * Counted: blocks once, however many clients wait for them; for a connection its queue, messages and bodies that are not
 * complete, its answer, and what the library keeps of the last write.
 */
#ifndef ORCHD_SERVER_BURDEN_H
#define ORCHD_SERVER_BURDEN_H

#include "connection.h"

/* A buffer of the connection had `old` bytes and has `now`. All of them are forgotten when the connection is gone. */
void orch__burden(orch__connection *connection, size_t old, size_t now);

/* Makes room when there is too much. Once in a turn of the loop. */
void orch__burden_relieve(orch_server *server);
/* Gives memory back to the system after a time of much burden. Now and then. */
void orch__burden_return(orch_server *server);

#endif
