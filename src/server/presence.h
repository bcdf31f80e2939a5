/* Whether somebody is there. Of an orchestrator the runtime knows; a person is there while one of their WebSockets is open.
 *
 * What changes of a person is told a moment later, so that a page that is loaded anew does not flicker, and a bounded number of
 * changes at a time: each goes to everybody of the organization who listens, so a crowd that comes at once would cost the square of it.
 */
#ifndef ORCHD_SERVER_PRESENCE_H
#define ORCHD_SERVER_PRESENCE_H

#include <uv.h>

#include "directory.h"

typedef struct orch_server orch_server;

typedef struct orch__presence {
    uint8_t *seen; /* by the user's handle: what was told, and whether it is to be looked at */
    size_t seen_size;
    orch_user **changed; /* those to look at, oldest first; each once */
    size_t changed_count;
    size_t changed_room;
    uv_timer_t timer;
} orch__presence;

/* "online", "busy", "away", "error", "offline"; static. */
const char *orch__presence_of(const orch_server *server, const orch_user *user);

void orch__presence_init(orch_server *server);
void orch__presence_fini(orch__presence *presence);
/* A WebSocket of theirs was opened or is gone. */
void orch__presence_touch(orch_server *server, orch_user *user);

#endif
