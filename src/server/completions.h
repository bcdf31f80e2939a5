/* Chat completions: answers in an orchestrator's voice for clients that keep their conversation themselves, as OpenAI's API has
 * them. Nothing of them is stored. A client that goes away ends its answer.
 */
#ifndef ORCHD_SERVER_COMPLETIONS_H
#define ORCHD_SERVER_COMPLETIONS_H

#include <uv.h>

#include "server.h"

typedef struct orch__completion orch__completion;

typedef struct orch__completions {
    orch__completion *first;
    size_t count;
    uv_timer_t watch; /* looks for clients that went away. The owner closes it, and has its `data` */
} orch__completions;

void orch__completions_init(orch_server *server);
/* All of them end: 503 where nothing was sent yet. */
void orch__completions_close(orch_server *server);

#endif
