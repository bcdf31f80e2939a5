/* The core alone, after the run: message after message, each in a conversation of its own, and no byte more.
 *
 * A slot that is lost at each message cannot be seen in a short run; here it makes the core grow.
 */
#include "checkers.h"

#define CYCLES_WARM 600
#define CYCLES      1200
#define MESSAGE     0x4000000000000000u /* beyond all messages of the run */
#define AUTHOR      1

typedef enum ending { ENDING_REPLY, ENDING_FAILURE, ENDING_SILENCE, ENDING_ABANDONED, ENDING_COUNT } ending;

static bool step(sim_world *world, const orch_event *event, orch_effects *out_effects)
{
    int32_t result = orch_step(world->host.core, event, world->host.core_now_ms, out_effects);

    if (result != 0)
        sim_fail(world, "soak", "%s: %s", orch_event_kind_name(event->kind), orch_error_name(result));
    return result == 0;
}

/* The turn of the effect that is expected. */
static uint64_t expect(sim_world *world, const orch_effects *effects, orch_effect_kind kind)
{
    for (size_t i = 0; i < effects->count; i++) {
        if (effects->items[i].kind == kind)
            return effects->items[i].turn.v;
    }
    sim_fail(world, "soak", "%s does not come", orch_effect_kind_name(kind));
    return 0;
}

static bool begin(sim_world *world)
{
    orch_daemon_spec spec = {
        .auto_respond = true, .heartbeat_ms = 86400000, .conversations_running_max = 2, .models_count = 1};
    orch_event event = {.kind = ORCH_EV_REGISTER, .daemon = {1}, .spec = &spec};
    orch_effects effects;
    orch_str keyword;

    sim_cast_name(1, &spec, &keyword);
    if (!step(world, &event, &effects))
        return false;
    event = (orch_event){.kind = ORCH_EV_START, .daemon = {1}};
    if (!step(world, &event, &effects))
        return false;
    event.kind = ORCH_EV_OPENED;
    return step(world, &event, &effects);
}

static void cycle(sim_world *world, uint64_t number)
{
    ending how = (ending)(number % ENDING_COUNT);
    orch_event message = {.kind = ORCH_EV_MESSAGE,
                          .message = {.daemon = {1},
                                      .message = {MESSAGE + number},
                                      .channel = {1},
                                      .thread = {MESSAGE + number},
                                      .author = {how == ENDING_SILENCE ? SIM_USER_OF(1) : AUTHOR},
                                      .addressed = true}};
    orch_event event = {.error = ORCH_E_REFUSED, .verdict = ORCH_VERDICT_FINAL};
    orch_effect_kind outcome = ORCH_FX_TURN_SKIP;
    orch_effects effects;

    if (!step(world, &message, &effects))
        return;
    if (how != ENDING_SILENCE) {
        static const orch_event_kind reports[] = {[ENDING_REPLY] = ORCH_EV_TURN_DONE,
                                                  [ENDING_FAILURE] = ORCH_EV_TURN_ERROR,
                                                  [ENDING_ABANDONED] = ORCH_EV_TURN_ABANDON};
        static const orch_effect_kind outcomes[] = {[ENDING_REPLY] = ORCH_FX_TURN_REPLY,
                                                    [ENDING_FAILURE] = ORCH_FX_TURN_FAIL,
                                                    [ENDING_ABANDONED] = ORCH_FX_TURN_SKIP};

        event.turn.v = expect(world, &effects, ORCH_FX_TURN_START);
        event.kind = reports[how];
        outcome = outcomes[how];
        if (!step(world, &event, &effects))
            return;
    }
    event = (orch_event){.kind = ORCH_EV_TURN_STORED, .turn = {expect(world, &effects, outcome)}};
    (void)step(world, &event, &effects);
}

void sim_check_soak(sim_world *world)
{
    size_t bytes = 0;

    if (sim_failed(world) || !begin(world))
        return;
    for (uint64_t i = 0; i < CYCLES_WARM + CYCLES && !sim_failed(world); i++) {
        if (i == CYCLES_WARM)
            bytes = orch_core_memory(world->host.core);
        cycle(world, i);
    }
    if (orch_core_memory(world->host.core) != bytes)
        sim_fail(world, "soak", "%d messages leave %lld bytes behind", CYCLES,
                 (long long)orch_core_memory(world->host.core) - (long long)bytes);
}
