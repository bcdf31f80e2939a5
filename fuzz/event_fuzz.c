/* Any bytes as an event log: decoding fails or gives events that the core can be stepped with in any order. */
#include <stdlib.h>

#include "fuzz.h"
#include "orchd/core.h"

static void *resize(void *user, void *block, size_t size_old, size_t size_new)
{
    (void)user;
    (void)size_old;
    if (size_new)
        return realloc(block, size_new);
    free(block);
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    orch_core_config config;
    orch_event_storage *storage = malloc(sizeof(*storage));
    orch_core *core;
    const char *broken = NULL;
    size_t at = 0, refused = 0;

    orch_core_config_init(&config);
    config.allocator.resize = resize;
    config.daemons_max = 64;
    config.turns_max = 256;
    config.conversations_max = 256;
    config.seen_max = 64;
    config.queue_max = 8;
    if (!storage || orch_core_new(&config, &core))
        abort();
    while (at < size) {
        orch_event event;
        orch_effects effects;
        int64_t now, used = orch_event_decode(bytes + at, size - at, storage, &event, &now);

        if (used <= 0)
            break;
        at += (size_t)used;
        /* Refusals are ordinary: what must not happen is a broken invariant. */
        refused += orch_step(core, &event, now, &effects) != 0;
    }
    if (orch_core_validate(core, &broken))
        abort();
    orch_core_free(core);
    (void)refused;
    free(storage);
    return 0;
}
