/* A TCP connection until the headers of its first request are here in full.
 *
 *   accepted ──▶ arriving ── the head is here ──▶ handed to the library, which reads it
 *                   │ too long, too late, no HTTP, plain HTTP where TLS is spoken
 *                   ▼
 *                refused ── the client ends, or ORCH__WAIT_PART ──▶ closed
 *
 * The library closes without a word what it cannot read, and holds memory for who sends slowly. Here the bytes are only
 * looked at; they stay with the kernel, so a connection that arrives costs its descriptor and little more. A refused
 * client is told why; what it sends meanwhile is thrown away, so that the answer is not lost by a reset.
 *
 * Over TLS only the first byte can be looked at. Then, and for further requests of a connection, the library's own way
 * remains: a head that is too long is not answered. UNIX sockets are handed over at once.
 */
#ifndef ORCHD_SERVER_ARRIVAL_H
#define ORCHD_SERVER_ARRIVAL_H

#include "server_state.h"

/* Takes over the descriptor. */
void orch__arrive(orch_server *server, int fd, const orch__peer *peer);
/* Closes all that arrive. */
void orch__arrivals_close(orch_server *server);

#endif
