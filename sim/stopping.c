/* People who do not want an answer any more, and people who want one after a failure. */
#include "checkers.h"
#include "world.h"

#define SOME_MAX  3
#define LOOKED_AT 64

/* ---- stops ---- */

static bool stop(sim_world *world, uint32_t row)
{
    const sim_case *known = sim_case_of(world, row);
    orch_event event = {.kind = ORCH_EV_TURN_STOP, .daemon = {world->store.rows[row].daemon}};

    if (known->turn && sim_chance(&world->random, 300))
        event.turn.v = known->turn;
    event.message.message.v = sim_store_number(&world->store, row);
    return sim_step(world, &event, NULL);
}

/* A host that has a part of the answer keeps it: then it is done. */
void sim_stop_some(sim_world *world)
{
    uint32_t times = 1 + sim_below(&world->random, SOME_MAX);

    while (times-- > 0 && world->record.live_count > 0) {
        uint32_t row = world->record.live[sim_below(&world->random, world->record.live_count)];
        bool spoken = sim_work_of(world, row)->producing && sim_chance(&world->random, 400);

        if (!(spoken ? sim_model_cut_short(world, row) : stop(world, row)))
            return;
    }
}

/* ---- retries ---- */

/* 0: none is found. */
static uint32_t some_failure(sim_world *world)
{
    const sim_store *store = &world->store;
    uint32_t first = sim_below(&world->random, store->rows_count);

    for (uint32_t i = 0; i < LOOKED_AT; i++) {
        uint32_t row = (first + i) % store->rows_count;

        if (row > 0 && store->rows[row].state == SIM_FAILED)
            return row;
    }
    return 0;
}

static bool retry(sim_world *world, uint32_t row)
{
    const sim_row *failed = &world->store.rows[row];
    uint32_t registration = world->host.registered[failed->daemon];
    orch_event reserve = {.kind = ORCH_EV_RESERVE, .daemon = {failed->daemon}};
    int32_t result = 0;

    if (!registration)
        return true;
    if (!sim_step(world, &reserve, &result))
        return false;
    if (result == 0)
        sim_store_add(world, (sim_op){.kind = SIM_OP_RETRY,
                                      .row = row,
                                      .retries = failed->retries,
                                      .targets_count = 1,
                                      .targets = {{.daemon = failed->daemon, .registration = registration}}});
    return true;
}

/* Sometimes two at once: only one of them may count. */
void sim_retry_some(sim_world *world)
{
    uint32_t times = 1 + sim_below(&world->random, SOME_MAX);
    uint32_t row = some_failure(world);

    while (times-- > 0 && row) {
        if (!retry(world, row))
            return;
        if (sim_chance(&world->random, 700))
            row = some_failure(world);
    }
}

void sim_host_retried(sim_world *world, const sim_op *op)
{
    const sim_target *target = &op->targets[0];
    bool same = world->host.registered[target->daemon] == target->registration;
    orch_event release = {.kind = ORCH_EV_RELEASE, .daemon = {target->daemon}};

    if (op->result == 0 && world->store.rows[op->row].state == SIM_UNFINISHED)
        (void)sim_message_event(world, op->row, same, false);
    else if (same)
        (void)sim_step(world, &release, NULL);
}
