/* Whether messages can be accepted, for /readyz: asked of the database itself, and answered when it has answered or when it is
 * known not to. */
#include "runtime_parts.h"

#include <stdlib.h>

struct orch__asked_ready {
    orch__asked_ready *next;
    orch_ready_fn done;
    void *user;
};

static int state_of(const orch_runtime *runtime, char *out_message, size_t message_size)
{
    static const orch_fault_kind kinds[] = {ORCH_FAULT_DATABASE_ANSWER, ORCH_FAULT_DATABASE_WRITE};

    if (runtime->closing) {
        snprintf(out_message, message_size, "shutting down");
        return ORCH_E_CLOSED;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const orch_fault *fault = &runtime->faults.faults[kinds[i]];

        if (!fault->open)
            continue;
        snprintf(out_message, message_size, "messages cannot be accepted: %s (%s)",
                 orch_error_text(fault->error), fault->words);
        return fault->error;
    }
    return 0;
}

void orch__ready_settle(orch_runtime *runtime)
{
    orch__asked_ready *asked = runtime->asked_ready;
    char message[ORCH__READY_WORDS_MAX] = "";
    int error = state_of(runtime, message, sizeof message);

    runtime->asked_ready = NULL;
    while (asked) {
        orch__asked_ready *next = asked->next;

        asked->done(error, message, asked->user);
        free(asked);
        asked = next;
    }
}

int orch_runtime_ready(orch_runtime *runtime, orch_ready_fn done, void *user)
{
    orch__asked_ready *asked = malloc(sizeof *asked);

    if (!asked)
        return ORCH_E_NO_MEMORY;
    *asked = (orch__asked_ready){.next = runtime->asked_ready, .done = done, .user = user};
    runtime->asked_ready = asked;
    orch__live_heartbeat_probe(runtime);
    orch__storage_room(runtime);
    if (runtime->closing || !runtime->heartbeats.probing ||
        orch_fault_is_open(&runtime->faults, ORCH_FAULT_DATABASE_ANSWER))
        orch__ready_settle(runtime);
    return 0;
}
