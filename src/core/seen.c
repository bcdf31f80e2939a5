#include "seen.h"

#include "plant.h"

#define LOOK_AHEAD 8u /* messages */

static uint32_t hash_of(uint32_t life, uint64_t message)
{
    return (uint32_t)orch__mix(message, life * 0x9e3779b97f4a7c15u); /* both are small and grow together */
}

uint32_t orch__seen_hash(const orch__seen *seen)
{
    return hash_of(seen->life, seen->message);
}

uint32_t orch__seen_hash_of(const void *core, uint32_t seen)
{
    return orch__seen_hash(orch__seen_at(core, seen));
}

int orch__seen_reserve(orch_core *core)
{
    if (orch__pool_reserve(&core->seen, 1 + core->reserved) != 0)
        return ORCH_E_NO_MEMORY;
    return orch__table_reserve(&core->seen_by_key, 1 + core->reserved);
}

void orch__seen_prefetch(const orch_core *core, const orch__daemon *daemon, uint64_t message)
{
    orch__table_prefetch(&core->seen_by_key, hash_of(daemon->life, message));
}

uint32_t orch__seen_find(const orch_core *core, const orch__daemon *daemon, uint64_t message)
{
    uint32_t hash = hash_of(daemon->life, message);

    for (orch__probe p = orch__table_first(&core->seen_by_key, hash); p.index;
         p = orch__table_next(&core->seen_by_key, p)) {
        const orch__seen *seen = orch__seen_at(core, p.index);

        if (seen->message == message && seen->life == daemon->life)
            return p.index;
    }
    return 0;
}

uint32_t orch__seen_add(orch_core *core, const orch__daemon *daemon, uint64_t message)
{
    uint32_t index = orch__pool_take(&core->seen);
    orch__seen *seen = orch__seen_at(core, index);

    *seen = (orch__seen){.message = message, .life = daemon->life, .link = ORCH__SEEN_LIVE};
    orch__table_insert(&core->seen_by_key, orch__seen_hash(seen), index);
    return index;
}

/* Where the next ones to be forgotten stand in the table is anywhere in the memory: fetched early enough. */
static void look_ahead(orch_core *core)
{
    uint32_t *scout = &core->seen_scout;

    if (core->seen_scout_ahead == 0)
        *scout = core->seen_ended.first;
    else
        core->seen_scout_ahead--;
    while (core->seen_scout_ahead < LOOK_AHEAD && orch__seen_at(core, *scout)->link) {
        *scout = orch__seen_at(core, *scout)->link;
        core->seen_scout_ahead++;
        orch__table_prefetch(&core->seen_by_key, orch__seen_hash(orch__seen_at(core, *scout)));
    }
}

static void forget_oldest(orch_core *core)
{
    uint32_t index = core->seen_ended.first;
    orch__seen *seen = orch__seen_at(core, index);

    orch__table_remove(&core->seen_by_key, orch__seen_hash(seen), index);
    core->seen_ended.first = seen->link;
    if (!core->seen_ended.first)
        core->seen_ended.last = core->seen_scout_ahead = 0;
    else if (ORCH__LOOKS_AHEAD)
        look_ahead(core);
    core->seen_ended_count--;
    orch__pool_give(&core->seen, index);
}

void orch__seen_end(orch_core *core, uint32_t seen)
{
    orch__seen_at(core, seen)->link = 0;
    if (core->seen_ended.last)
        orch__seen_at(core, core->seen_ended.last)->link = seen;
    else
        core->seen_ended.first = seen;
    core->seen_ended.last = seen;
    if (++core->seen_ended_count > core->config.seen_max)
        forget_oldest(core);
#if ORCH_PLANT == 3
    if (core->seen_ended_count == core->config.seen_max)
        while (core->seen_ended.first != seen)
            forget_oldest(core);
#endif
}
