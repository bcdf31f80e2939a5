/* The simulated model: how one attempt ends, and when. */
#include "world.h"

/* What the model says to this row. */
static sim_text word(sim_world *world, uint32_t row)
{
    uint32_t daemon = world->store.rows[row].daemon;
    const sim_message *asked = &world->store.messages[world->store.rows[row].message];
    uint32_t permille = 0;

    /* Gossip grows like a tree: a run of it stays bounded. */
    if (sim_fault_on(world, SIM_FAULT_GOSSIP) && world->store.messages_count < 300)
        permille = world->settings.gossip_permille;
    return sim_cast_orchestrator(&world->random, world->channels[asked->channel].members, daemon, permille);
}

static int64_t answer_time(sim_world *world)
{
    if (sim_strikes(world, SIM_FAULT_MODEL_SLOW))
        return sim_spread(&world->random, 1000, 200000);
    return sim_between(&world->random, 0, world->settings.answer_ms);
}

void sim_model_ask(sim_world *world, uint32_t row, const orch_effect *effect)
{
    sim_work *work = sim_work_of(world, row);
    int64_t left_ms = effect->deadline_ms - sim_host_now(world);
    int64_t in_ms = answer_time(world);

    work->serial++;
    work->turn = effect->turn.v;
    work->producing = true;
    work->offline = effect->kind == ORCH_FX_TURN_OFFLINE;
    work->worded = false;
    if (sim_strikes(world, SIM_FAULT_MODEL_DEAF))
        return;
    if (left_ms < 0)
        left_ms = 0;
    if (sim_strikes(world, SIM_FAULT_MODEL_HANGS) || in_ms > left_ms)
        in_ms = left_ms;
    sim_plan_host(world, in_ms, SIM_MODEL_RESULT, row, work->serial);
}

static orch_event error_event(uint64_t turn, int32_t error, orch_verdict verdict, int64_t retry_after_ms)
{
    return (orch_event){.kind = ORCH_EV_TURN_ERROR,
                        .turn = {turn},
                        .error = error,
                        .verdict = verdict,
                        .retry_after_ms = (uint32_t)retry_after_ms};
}

/* The attempt's end, if it is a failure: what the host tells the core. */
static bool failure(sim_world *world, const sim_work *work, orch_event *out_event)
{
    sim_random *random = &world->random;
    uint64_t turn = work->turn;

    if (work->offline) /* made without a model */
        return false;
    if (sim_strikes(world, SIM_FAULT_MODEL_LIMITED)) {
        int64_t hint = sim_chance(random, 500) ? sim_spread(random, 1, 700000) : 0;

        *out_event = error_event(turn, ORCH_E_RATE_LIMITED, ORCH_VERDICT_RETRY, hint);
    } else if (sim_strikes(world, SIM_FAULT_MODEL_BROKEN)) {
        *out_event = error_event(turn, ORCH_E_OVERLOADED, ORCH_VERDICT_RETRY, 0);
    } else if (sim_strikes(world, SIM_FAULT_MODEL_CUT)) {
        *out_event = error_event(turn, ORCH_E_CONNECTION, ORCH_VERDICT_RETRY, 0);
    } else if (sim_strikes(world, SIM_FAULT_MODEL_REFUSES)) {
        *out_event = error_event(turn, ORCH_E_REFUSED, ORCH_VERDICT_FINAL, 0);
    } else if (sim_strikes(world, SIM_FAULT_MODEL_UNFIT)) {
        *out_event = error_event(turn, ORCH_E_MODEL, ORCH_VERDICT_NEXT_MODEL, 0);
    } else if (sim_strikes(world, SIM_FAULT_MODEL_HANGS)) {
        *out_event = error_event(turn, ORCH_E_TIMEOUT, ORCH_VERDICT_RETRY, 0);
    } else {
        return false;
    }
    return true;
}

void sim_model_result(sim_world *world, uint32_t row, uint32_t serial)
{
    sim_work *work = sim_work_of(world, row);
    orch_event event = {.kind = ORCH_EV_TURN_DONE, .turn = {work->turn}};

    if (!work->producing || work->serial != serial)
        return;
    work->producing = false;
    if (!failure(world, work, &event)) {
        work->text = work->offline ? (sim_text){0} : word(world, row);
        work->worded = true;
    }
    if (event.kind == ORCH_EV_TURN_DONE && sim_strikes(world, SIM_FAULT_RESULT_TWICE))
        sim_plan_host(world, sim_between(&world->random, 0, 2000), SIM_MODEL_TWICE, row, work->turn);
    (void)sim_step(world, &event, NULL);
}

bool sim_model_cut_short(sim_world *world, uint32_t row)
{
    sim_work *work = sim_work_of(world, row);
    const orch_event event = {.kind = ORCH_EV_TURN_DONE, .turn = {work->turn}};

    work->producing = false;
    work->serial++;
    work->text = work->offline ? (sim_text){0} : word(world, row);
    work->worded = true;
    return sim_step(world, &event, NULL);
}
