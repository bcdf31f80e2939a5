/* Looks at each step from outside: what went in, what came out, and what is due. */
#include "checkers.h"

#define TICKS_SAME_TIME_MAX 200 /* ticks without a millisecond passing */

void sim_check_before(sim_world *world, const orch_event *event)
{
    sim_record *record = &world->record;

    record->event = event;
    record->now_ms = world->host.core_now_ms;
    record->refused_before = world->allocator.refused;
    record->due = orch_next_deadline(world->host.core) <= record->now_ms;
}

/* No memory is an answer only where memory is needed, and only when there is none. */
static void check_result(sim_world *world)
{
    const sim_record *record = &world->record;
    orch_event_kind kind = record->event->kind;

    if (record->result == ORCH_E_NO_MEMORY) {
        bool may = kind == ORCH_EV_REGISTER || kind == ORCH_EV_RESERVE || kind == ORCH_EV_OFFLINE_SENT ||
                   (kind == ORCH_EV_MESSAGE && !record->event->message.reserved);

        if (!may)
            sim_fail(world, "promise", "%s found no memory", orch_event_kind_name(kind));
        if (world->allocator.refused == record->refused_before)
            sim_fail(world, "memory", "%s found no memory while there was some", orch_event_kind_name(kind));
    }
    if (record->result == ORCH_E_INVALID || record->result == ORCH_E_INTERNAL)
        sim_fail(world, "result", "%s: %s", orch_event_kind_name(kind), orch_error_name(record->result));
}

/* Where no row of a table says something else, a refused event changes nothing and says nothing. */
static void check_silence(sim_world *world, const orch_effects *effects)
{
    const sim_record *record = &world->record;
    orch_event_kind kind = record->event->kind;
    bool speaks = kind == ORCH_EV_RESERVE || kind == ORCH_EV_MESSAGE || kind == ORCH_EV_LOGIN;

    if (record->result == ORCH_E_EXISTS && effects->count > 0)
        sim_fail(world, "twice", "a message that the core has already leads to %zu effects", effects->count);
    if (record->result == ORCH_E_NOT_FOUND && effects->count > 0 && !speaks)
        sim_fail(world, "stale", "%s: not_found, and yet %zu effects", orch_event_kind_name(kind),
                 effects->count);
}

static void check_ticks(sim_world *world, const orch_effects *effects, int64_t next_ms)
{
    sim_record *record = &world->record;

    if (record->event->kind != ORCH_EV_TICK) {
        record->ticks_same_time = 0;
        return;
    }
    record->ticks++;
    record->ticks_idle += record->due && effects->count == 0;
    record->ticks_same_time = next_ms <= record->now_ms ? record->ticks_same_time + 1 : 0;
    if (record->ticks_same_time > TICKS_SAME_TIME_MAX)
        sim_fail(world, "ticks", "%u ticks at one instant and still something is due",
                 record->ticks_same_time);
    if (record->ticks_idle > 2000 + 10 * record->effects)
        sim_fail(world, "ticks", "%llu of %llu ticks were for nothing",
                 (unsigned long long)record->ticks_idle, (unsigned long long)record->ticks);
}

/* What the core may hold at most: it grows in steps and never gives back. */
static size_t memory_bound(const sim_world *world)
{
    const orch_core_config *config = &world->host.config;
    size_t turns = 2 * (world->record.live_most + 512);
    size_t seen = 4 * ((config->seen_max < world->store.rows_count + world->store.messages_count
                            ? config->seen_max
                            : world->store.rows_count + world->store.messages_count) +
                       512);

    return 262144 + turns * 400 + seen * 48;
}

static void check_memory(sim_world *world)
{
    size_t bytes = orch_core_memory(world->host.core);

    if (bytes != world->allocator.bytes)
        sim_fail(world, "memory", "the core counts %zu bytes and has %zu", bytes, world->allocator.bytes);
    if (bytes > memory_bound(world))
        sim_fail(world, "memory", "%zu bytes for at most %u turns at once, %zu are plenty", bytes,
                 world->record.live_most, memory_bound(world));
    if (world->allocator.bad_frees)
        sim_fail(world, "memory", "a block was resized with a wrong size");
}

static void check_invariants(sim_world *world)
{
    const char *broken = NULL;

    if (world->options.blind || world->events % world->settings.validate_every != 0)
        return;
    if (orch_core_validate(world->host.core, &broken) != 0)
        sim_fail(world, "invariants", "%s", broken);
}

void sim_check_step(sim_world *world, int32_t result, const orch_effects *effects)
{
    sim_record *record = &world->record;
    int64_t next_ms = orch_next_deadline(world->host.core);

    record->result = result;
    record->effects += effects->count;
    if (world->allocator.refused != record->refused_before)
        record->refused_ms = record->now_ms;
    check_result(world);
    check_silence(world, effects);
    sim_check_reserve(world, effects);
    sim_check_message(world, effects);
    sim_check_turn_event(world, effects);
    sim_check_daemon_event(world);
    for (size_t i = 0; i < effects->count; i++) {
        sim_check_daemon_effect(world, &effects->items[i]);
        sim_check_turn_effect(world, &effects->items[i]);
    }
    sim_check_daemon_gone(world);
    sim_check_turns_requeued(world);
    /* Once the core says that nothing is due, everything due must have been done. */
    if (next_ms > record->now_ms) {
        sim_check_daemons_settled(world);
        sim_check_turns_settled(world);
    }
    check_ticks(world, effects, next_ms);
    check_memory(world);
    check_invariants(world);
    record->event = NULL;
}
