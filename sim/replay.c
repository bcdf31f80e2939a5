/* The event log of a life, replayed on a new core: the same results, the same effects, the same state. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkers.h"

#define DUMP_MAX (1u << 20)

static uint64_t mix(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *byte = bytes;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ byte[i]) * 0x100000001b3u;
    return hash ^ size;
}

static uint64_t mix_step(uint64_t hash, int32_t result, const orch_effects *effects)
{
    char line[256];

    hash = mix(hash, &result, sizeof result);
    for (size_t i = 0; i < effects->count; i++) {
        size_t length = orch_effect_describe(&effects->items[i], line, sizeof line);

        hash = mix(hash, line, length < sizeof line ? length : sizeof line - 1);
    }
    return hash;
}

void sim_log_event(sim_world *world, const orch_event *event, int64_t now_ms)
{
    sim_record *record = &world->record;
    size_t room = SIM_LOG_MAX - record->log_size;
    size_t size;

    if (!record->log_whole)
        return;
    size = orch_event_encode(event, now_ms, record->log + record->log_size, room);
    record->log_whole = size <= room;
    if (record->log_whole)
        record->log_size += size;
}

void sim_log_effects(sim_world *world, int32_t result, const orch_effects *effects)
{
    sim_record *record = &world->record;

    if (!record->log_whole)
        return;
    if (world->allocator.refused != record->refused_before)
        record->log_whole = false; /* chance of the machine, not of the events */
    record->log_hash = mix_step(record->log_hash, result, effects);
}

static bool replay(sim_world *world, orch_core *core, uint64_t *out_hash)
{
    const sim_record *record = &world->record;
    orch_event_storage storage;
    orch_effects effects;
    orch_event event;
    int64_t now_ms;

    *out_hash = 0;
    for (size_t at = 0; at < record->log_size;) {
        int64_t size = orch_event_decode(record->log + at, record->log_size - at, &storage, &event, &now_ms);
        int32_t result;

        if (size <= 0) {
            sim_fail(world, "replay", "byte %zu of the log is no event", at);
            return false;
        }
        at += (size_t)size;
        result = orch_step(core, &event, now_ms, &effects);
        *out_hash = mix_step(*out_hash, result, &effects);
    }
    return true;
}

static void compare_dumps(sim_world *world, const orch_core *replayed)
{
    char *dumps = malloc(2 * (size_t)DUMP_MAX);

    if (!dumps) {
        perror("orchd-sim");
        exit(2);
    }
    orch_core_dump(world->host.core, dumps, DUMP_MAX);
    orch_core_dump(replayed, dumps + DUMP_MAX, DUMP_MAX);
    if (strcmp(dumps, dumps + DUMP_MAX) != 0)
        sim_fail(world, "replay", "the replayed core has another state");
    free(dumps);
}

void sim_check_replay(sim_world *world)
{
    orch_core_config config = world->record.log_config;
    sim_allocator allocator;
    orch_core *core = NULL;
    uint64_t hash;

    if (!world->record.log_whole || sim_failed(world))
        return;
    sim_allocator_init(&allocator, 0);
    config.allocator = sim_allocator_hand(&allocator);
    if (orch_core_new(&config, &core) != 0) {
        sim_fail(world, "replay", "no core for the replay");
        return;
    }
    if (replay(world, core, &hash)) {
        if (hash != world->record.log_hash)
            sim_fail(world, "replay", "the replayed events lead to other effects");
        else
            compare_dumps(world, core);
    }
    orch_core_free(core);
}
