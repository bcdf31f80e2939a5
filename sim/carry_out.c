/* What the simulated host does about each effect, with a place to die before and after it. */
#include "checkers.h"
#include "world.h"

static uint32_t row_of(sim_world *world, const orch_effect *effect)
{
    uint32_t row = sim_store_row(&world->store, effect->message.v, effect->daemon.v);

    if (row == 0)
        sim_fail(world, "turns", "%s for message %llu, which was never given to daemon %u",
                 orch_effect_kind_name(effect->kind), (unsigned long long)effect->message.v,
                 effect->daemon.v);
    return row;
}

static void cancel(sim_world *world, const orch_effect *effect)
{
    sim_host *host = &world->host;

    for (uint32_t row = world->store.rows_count - 1; row > 0; row--) {
        sim_work *work = &host->work[row];

        if (work->life != host->life || work->turn != effect->turn.v)
            continue;
        work->serial++;
        work->producing = false;
        if (sim_strikes(world, SIM_FAULT_RESULT_LATE))
            sim_plan_host(world, sim_spread(&world->random, 1, 20000), SIM_MODEL_LATE, row, effect->turn.v);
        return;
    }
}

static void open_daemon(sim_world *world, uint32_t daemon)
{
    uint32_t opening = ++world->host.openings[daemon];

    if (!sim_strikes(world, SIM_FAULT_OPEN_SILENT))
        sim_plan_host(world, sim_between(&world->random, 0, 500), SIM_OPENED, daemon, opening);
}

static void end_row(sim_world *world, uint32_t row, const orch_effect *effect)
{
    sim_store_add(world, (sim_op){.kind = SIM_OP_END,
                                  .row = row,
                                  .turn = effect->turn.v,
                                  .end = effect->kind == ORCH_FX_TURN_FAIL ? SIM_FAILED : SIM_SKIPPED,
                                  .error = effect->error});
}

static void carry_out(sim_world *world, const orch_effect *effect)
{
    uint32_t row;

    switch (effect->kind) {
    case ORCH_FX_TURN_START:
    case ORCH_FX_TURN_OFFLINE:
        row = row_of(world, effect);
        if (row)
            sim_model_ask(world, row, effect);
        break;
    case ORCH_FX_TURN_CANCEL:
        cancel(world, effect);
        break;
    case ORCH_FX_TURN_REPLY:
        row = row_of(world, effect);
        if (row)
            sim_plan_host(world, 0, SIM_REPLY, row, effect->turn.v);
        break;
    case ORCH_FX_TURN_FAIL:
    case ORCH_FX_TURN_SKIP:
        row = row_of(world, effect);
        if (row)
            end_row(world, row, effect);
        break;
    case ORCH_FX_DAEMON_OPEN:
        open_daemon(world, effect->daemon.v);
        break;
    case ORCH_FX_DAEMON_CLOSE:
        world->host.openings[effect->daemon.v]++;
        break;
    case ORCH_FX_HEARTBEAT:
        if (!sim_strikes(world, SIM_FAULT_HEARTBEAT_LOST))
            sim_plan_host(world, sim_between(&world->random, 0, 50), SIM_HEARTBEAT, effect->daemon.v, 0);
        break;
    default:
        break; /* an emit: nobody listens but the checkers */
    }
}

bool sim_carry_out(sim_world *world, const orch_effects *effects)
{
    for (size_t i = 0; i < effects->count; i++) {
        if (sim_crash_point(world))
            return false;
        carry_out(world, &effects->items[i]);
        if (sim_crash_point(world))
            return false;
        if (sim_failed(world))
            return false;
    }
    return true;
}
