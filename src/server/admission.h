/* Who is let in, and how often: asked at the door, before a request is read, and when it is known who asks.
 *
 * Until it is known who asks, a request costs a token of its address; a good login gives it back and costs one of the
 * user's instead. So a person is limited as a person, wherever they are, and strangers share what their address has.
 * The machine's owner and, unless --limit near=1, everybody on this machine is not limited.
 */
#ifndef ORCHD_SERVER_ADMISSION_H
#define ORCHD_SERVER_ADMISSION_H

#include "exchange.h"

extern const char orch__too_fast[]; /* the words of the refusal */

/* A request whose headers are here: 0, or the milliseconds to wait. */
uint64_t orch__admit_request(orch__connection *connection);
/* The connection becomes a WebSocket: false when its client's address has too many. */
bool orch__admit_upgrade(orch__connection *connection);
/* It is known who asks, as far as it will be: 0, or the milliseconds to wait. */
uint64_t orch__admit_exchange(orch__exchange *exchange);
/* A frame that is no call costs as much as one. */
uint64_t orch__admit_junk(orch__socket *socket);
/* The socket's login is good: false when the user has too many. */
bool orch__admit_socket(orch__socket *socket, const orch_user *user);

#endif
