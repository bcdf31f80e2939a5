/* The simulated database: one writer that carries out one operation after the other, each atomic. What is committed
 * survives; what is under way at a crash was either committed or never happened.
 */
#include "checkers.h"
#include "world.h"

sim_op *sim_store_add(sim_world *world, sim_op op)
{
    sim_store *store = &world->store;
    sim_op *slot = &store->ops[store->submitted % SIM_OPS_MAX];

    if (store->submitted - store->done >= SIM_OPS_MAX) {
        sim_fail(world, "store", "more than %d operations are open", SIM_OPS_MAX);
        return slot;
    }
    op.epoch = world->host.life;
    *slot = op;
    store->submitted++;
    if (!store->writing) {
        store->writing = true;
        sim_plan_host(world, sim_between(&world->random, 0, world->settings.commit_ms), SIM_STORE_COMMIT, 0,
                      0);
    }
    return slot;
}

uint64_t sim_store_number(const sim_store *store, uint32_t row)
{
    return (uint64_t)store->rows[row].retries << 32 | store->rows[row].message;
}

uint32_t sim_store_row(const sim_store *store, uint64_t number, uint32_t daemon)
{
    uint32_t message = (uint32_t)number;

    if (message == 0 || message >= store->messages_count)
        return 0;
    const sim_message *stored = &store->messages[message];

    for (uint32_t i = 0; i < stored->rows; i++) {
        if (store->rows[stored->first_row + i].daemon == daemon)
            return stored->first_row + i;
    }
    return 0;
}

static void insert_rows(sim_world *world, sim_op *op)
{
    sim_store *store = &world->store;
    sim_message *message = &store->messages[op->message];

    message->first_row = store->rows_count;
    for (uint32_t i = 0; i < op->targets_count; i++) {
        sim_target *target = &op->targets[i];
        const sim_orchestrator *orchestrator = &store->orchestrators[target->daemon];

        target->row = 0;
        if (!orchestrator->exists || orchestrator->registration != target->registration)
            continue;
        target->row = store->rows_count++;
        store->rows[target->row] = (sim_row){.message = op->message,
                                             .daemon = target->daemon,
                                             .epoch = op->epoch,
                                             .state = target->refused ? SIM_FAILED : SIM_UNFINISHED,
                                             .error = target->refused,
                                             .ended_ms = sim_host_now(world)};
        message->rows++;
    }
}

static int32_t insert_message(sim_world *world, sim_op *op, sim_message message)
{
    sim_store *store = &world->store;

    if (store->messages_count >= SIM_MESSAGES_MAX || store->rows_count + SIM_SPEAKERS_MAX >= SIM_ROWS_MAX) {
        sim_fail(world, "store", "the simulated store is full: the run is too large");
        return ORCH_E_FULL;
    }
    op->message = store->messages_count++;
    store->messages[op->message] = message;
    insert_rows(world, op);
    return 0;
}

static int32_t commit_post(sim_world *world, sim_op *op)
{
    sim_post *post = &world->posts[op->post];
    int32_t result;

    if (post->stored) { /* the clientId is unique */
        op->repeated = true;
        op->message = post->stored;
        return 0;
    }
    result = insert_message(world, op,
                            (sim_message){.channel = post->channel,
                                          .thread = post->thread,
                                          .author = post->author,
                                          .author_daemon = post->author_daemon});
    if (result == 0)
        post->stored = op->message;
    return result;
}

/* The row allows its end once: state and epoch are part of the statement. */
static bool may_end(const sim_world *world, const sim_op *op)
{
    const sim_row *row = &world->store.rows[op->row];

    return row->state == SIM_UNFINISHED && row->epoch == op->epoch;
}

static int32_t commit_reply(sim_world *world, sim_op *op)
{
    sim_row *row = &world->store.rows[op->row];
    const sim_message *asked = &world->store.messages[row->message];
    int32_t result;

    if (!may_end(world, op))
        return ORCH_E_CONFLICT;
    result = insert_message(world, op,
                            (sim_message){.channel = asked->channel,
                                          .thread = asked->thread,
                                          .author = SIM_USER_OF(row->daemon),
                                          .author_daemon = row->daemon,
                                          .hops = asked->hops + 1,
                                          .answers = op->row});
    if (result != 0)
        return result;
    row->state = SIM_ANSWERED;
    row->offline = op->offline;
    row->ended_ms = sim_host_now(world);
    return 0;
}

static int32_t commit_end(sim_world *world, const sim_op *op)
{
    sim_row *row = &world->store.rows[op->row];

    if (!may_end(world, op))
        return ORCH_E_CONFLICT;
    row->state = op->end;
    row->error = op->error;
    row->ended_ms = sim_host_now(world);
    return 0;
}

/* It was not answered, so it may be: as a new turn of the same row. */
static int32_t commit_retry(sim_world *world, const sim_op *op)
{
    sim_row *row = &world->store.rows[op->row];

    const sim_orchestrator *orchestrator = &world->store.orchestrators[row->daemon];

    if (row->state != SIM_FAILED || row->retries != op->retries ||
        world->store.messages[row->message].deleted || !orchestrator->exists ||
        orchestrator->registration != op->targets[0].registration)
        return ORCH_E_CONFLICT;
    row->state = SIM_UNFINISHED;
    row->error = 0;
    row->epoch = op->epoch;
    row->retries++;
    return 0;
}

/* Two changes may be on their way at once: what each means is decided here, in order. */
static int32_t commit_orchestrator(sim_world *world, const sim_op *op)
{
    sim_orchestrator *stored = &world->store.orchestrators[op->daemon];
    sim_orchestrator changed = op->orchestrator;

    if (stored->exists == (op->kind == SIM_OP_ADD))
        return ORCH_E_CONFLICT;
    changed.exists = true;
    changed.logged_in = stored->logged_in;
    changed.registration = stored->registration + (op->kind == SIM_OP_ADD);
    *stored = changed;
    return 0;
}

/* Its turns end with it. */
static int32_t commit_removal(sim_world *world, uint32_t daemon)
{
    sim_store *store = &world->store;

    if (!store->orchestrators[daemon].exists)
        return ORCH_E_CONFLICT;
    store->orchestrators[daemon].exists = false;
    for (uint32_t i = 1; i < store->rows_count; i++) {
        sim_row *row = &store->rows[i];

        if (row->daemon == daemon && row->state == SIM_UNFINISHED) {
            row->state = SIM_SKIPPED;
            row->removed = true;
        }
    }
    return 0;
}

static int32_t apply(sim_world *world, sim_op *op)
{
    switch (op->kind) {
    case SIM_OP_POST:
        return commit_post(world, op);
    case SIM_OP_REPLY:
        return commit_reply(world, op);
    case SIM_OP_END:
        return commit_end(world, op);
    case SIM_OP_RETRY:
        return commit_retry(world, op);
    case SIM_OP_DELETE:
        world->store.messages[op->message].deleted = true;
        return 0;
    case SIM_OP_LOGGED_IN:
        world->store.orchestrators[op->daemon].logged_in = op->orchestrator.logged_in;
        return 0;
    case SIM_OP_REMOVE:
        return commit_removal(world, op->daemon);
    default:
        return commit_orchestrator(world, op);
    }
}

void sim_store_commit(sim_world *world)
{
    sim_store *store = &world->store;
    sim_op *op = &store->ops[store->committed % SIM_OPS_MAX];
    int64_t pause = sim_between(&world->random, 0, world->settings.commit_ms);

    if (sim_crash_point(world))
        return;
    if (sim_fault_on(world, SIM_FAULT_DISK_FULL)) {
        op->result = ORCH_E_DISK_FULL;
    } else if (sim_strikes(world, SIM_FAULT_STORE_FAILS)) {
        op->result = ORCH_E_IO;
    } else {
        op->result = apply(world, op);
        if (op->result == 0)
            sim_check_commit(world, op);
    }
    if (sim_crash_point(world))
        return;
    sim_plan_host(world, 0, SIM_STORE_DONE, 0, store->committed);
    store->committed++;
    store->writing = store->committed < store->submitted;
    if (sim_strikes(world, SIM_FAULT_STORE_SLOW))
        pause += sim_spread(&world->random, 10, 3000);
    if (store->writing)
        sim_plan_host(world, pause, SIM_STORE_COMMIT, 0, 0);
}

void sim_store_crash(sim_world *world)
{
    sim_store *store = &world->store;

    store->done = store->committed = store->submitted;
    store->writing = false;
}
