/* The simulated host between network, core and store: reserve, store, tell the core, acknowledge. */
#include "checkers.h"
#include "world.h"

#define POSTS_OPEN_MAX                                                                                       \
    500 /* operations of the store that are open; beyond it people are asked to come back */

static void answer(sim_world *world, uint32_t post, int32_t error, uint32_t message)
{
    if (sim_strikes(world, SIM_FAULT_DISCONNECT))
        return;
    sim_plan(world, sim_between(&world->random, 0, 50), SIM_POST_ANSWER, post,
             (uint64_t)message << 32 | (uint32_t)error);
}

static bool step_daemon(sim_world *world, orch_event_kind kind, uint32_t daemon, int32_t *out_result)
{
    orch_event event = {.kind = kind, .daemon = {daemon}};

    return sim_step(world, &event, out_result);
}

static sim_mask members_of(const sim_world *world, uint32_t channel, orch_daemon_id *out_members,
                           size_t *out_count)
{
    sim_mask members = 0;

    *out_count = 0;
    for (uint32_t d = 1; d <= world->settings.speakers; d++) {
        if (!(world->channels[channel].members & SIM_BIT(d)))
            continue;
        out_members[(*out_count)++].v = d;
        if (world->host.registered[d])
            members |= SIM_BIT(d);
    }
    return members;
}

static size_t mentioned(sim_mask mask, orch_daemon_id *out_daemons)
{
    size_t count = 0;

    for (uint32_t d = 1; d <= SIM_SPEAKERS_MAX; d++) {
        if (mask & SIM_BIT(d))
            out_daemons[count++].v = d;
    }
    return count;
}

/* Asks the core who is addressed; the checkers know it already. */
static void route(sim_world *world, sim_op *op, orch_incoming incoming, uint32_t channel,
                  const sim_text *text)
{
    orch_daemon_id members[SIM_SPEAKERS_MAX];
    orch_daemon_id mentions[SIM_SPEAKERS_MAX];
    orch_daemon_id found[SIM_SPEAKERS_MAX];
    char content[SIM_WORDS_MAX];
    sim_mask reachable = members_of(world, channel, members, &incoming.members_count);
    sim_mask addressed = 0;
    size_t count;

    incoming.direct = world->channels[channel].direct;
    incoming.members = members;
    incoming.mentions = mentions;
    incoming.mentions_count = mentioned(text->mentions, mentions);
    incoming.content = (orch_str){content, sim_cast_write(text, content, sizeof content)};
    count = orch_route(world->host.core, &incoming, found, SIM_SPEAKERS_MAX);
    op->targets_count = 0;
    for (size_t i = 0; i < count && i < SIM_SPEAKERS_MAX; i++) {
        addressed |= SIM_BIT(found[i].v);
        op->targets[op->targets_count++] =
            (sim_target){.daemon = found[i].v, .registration = world->host.registered[found[i].v]};
    }
    sim_check_route(world, &incoming, text, reachable, addressed);
}

/* ---- a person's message ---- */

static bool release(sim_world *world, const sim_op *op, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (world->host.registered[op->targets[i].daemon] != op->targets[i].registration)
            continue; /* its reservations went with it */
        if (!op->targets[i].refused && !step_daemon(world, ORCH_EV_RELEASE, op->targets[i].daemon, NULL))
            return false;
    }
    return true;
}

/* The author's own orchestrator is told as well, by a host that does not look. */
static void add_careless(sim_world *world, sim_op *op, const sim_post *post)
{
    uint32_t own = post->author_daemon;

    if (own && world->host.registered[own] && op->targets_count < SIM_SPEAKERS_MAX &&
        sim_strikes(world, SIM_FAULT_CARELESS))
        op->targets[op->targets_count++] =
            (sim_target){.daemon = own, .registration = world->host.registered[own]};
}

void sim_host_post(sim_world *world, uint32_t number)
{
    sim_post *post = &world->posts[number];
    sim_op op = {.kind = SIM_OP_POST, .post = number};
    orch_incoming incoming = {
        .author = {post->author}, .author_daemon = {post->author_daemon}, .reply_to = {post->reply_to}};

    if (!world->host.core || world->host.exiting || world->closing) {
        answer(world, number, ORCH_E_CONNECTION, 0);
        return;
    }
    if (world->store.submitted - world->store.done > POSTS_OPEN_MAX) {
        answer(world, number, ORCH_E_TIMEOUT, 0);
        return;
    }
    route(world, &op, incoming, post->channel, &post->text);
    add_careless(world, &op, post);
    for (uint32_t i = 0; i < op.targets_count; i++) {
        int32_t result = 0;

        if (!step_daemon(world, ORCH_EV_RESERVE, op.targets[i].daemon, &result))
            return;
        if (result != 0) {
            if (release(world, &op, i))
                answer(world, number, result, 0);
            return;
        }
    }
    sim_store_add(world, op);
}

/* ---- telling the core ---- */

/* The core cannot take a stored turn: it ends visibly all the same. */
static void end_without_core(sim_world *world, uint32_t row)
{
    sim_case *ended = sim_case_of(world, row);

    ended->disordered = true;
    sim_plan_host(world, 0, SIM_END_AGAIN, row, 0);
}

bool sim_message_event(sim_world *world, uint32_t row, bool reserved, bool recovered)
{
    const sim_row *stored = &world->store.rows[row];
    const sim_message *message = &world->store.messages[stored->message];
    orch_event event = {.kind = ORCH_EV_MESSAGE,
                        .message = {.daemon = {stored->daemon},
                                    .message = {sim_store_number(&world->store, row)},
                                    .channel = {message->channel},
                                    .thread = {message->thread},
                                    .author = {message->author},
                                    .addressed = true,
                                    .reserved = reserved,
                                    .recovered = recovered}};
    int32_t result = 0;

    if (!sim_step(world, &event, &result))
        return false;
    if (result == ORCH_E_BUSY || result == ORCH_E_FULL || result == ORCH_E_NO_MEMORY ||
        (result == ORCH_E_NOT_FOUND && recovered))
        end_without_core(world, row);
    if (result == 0 && sim_strikes(world, SIM_FAULT_DUPLICATE))
        sim_plan_host(world, sim_spread(&world->random, 1, 30000), SIM_DUPLICATE, row, 0);
    return true;
}

void sim_host_duplicate(sim_world *world, uint32_t row)
{
    const sim_row *stored = &world->store.rows[row];
    const sim_message *message = &world->store.messages[stored->message];
    orch_event event = {.kind = ORCH_EV_MESSAGE,
                        .message = {.daemon = {stored->daemon},
                                    .message = {sim_store_number(&world->store, row)},
                                    .channel = {message->channel},
                                    .thread = {message->thread},
                                    .author = {message->author},
                                    .addressed = true}};

    if (!world->host.registered[stored->daemon] || world->closing)
        return;
    /* Beyond what the core promises to remember it is taken again, and the store says that it has ended. */
    if (sim_case_of(world, row)->view == SIM_VIEW_NONE && !sim_case_remembered(world, row) &&
        stored->state == SIM_UNFINISHED)
        return;
    (void)sim_step(world, &event, NULL);
}

static bool tell_messages(sim_world *world, const sim_op *op)
{
    for (uint32_t i = 0; i < op->targets_count; i++) {
        const sim_target *target = &op->targets[i];
        bool same = world->host.registered[target->daemon] == target->registration;

        if (target->refused)
            continue;
        if (target->row && world->store.rows[target->row].state == SIM_UNFINISHED) {
            if (!sim_message_event(world, target->row, same, false))
                return false;
        } else if (same && !step_daemon(world, ORCH_EV_RELEASE, target->daemon, NULL)) {
            return false;
        }
    }
    return true;
}

/* Members that are not addressed hear of it too. */
static bool tell_others(sim_world *world, const sim_op *op)
{
    const sim_message *message = &world->store.messages[op->message];
    uint32_t daemon = 1 + sim_below(&world->random, world->settings.speakers);
    orch_event event = {.kind = ORCH_EV_MESSAGE,
                        .message = {.daemon = {daemon},
                                    .message = {op->message},
                                    .channel = {message->channel},
                                    .thread = {message->thread},
                                    .author = {message->author}}};

    if (!world->host.registered[daemon] || sim_store_row(&world->store, op->message, daemon) ||
        sim_chance(&world->random, 700))
        return true;
    return sim_step(world, &event, NULL);
}

static void post_stored(sim_world *world, const sim_op *op)
{
    if (op->result != 0 || op->repeated) {
        if (release(world, op, op->targets_count))
            answer(world, op->post, op->result, op->message);
        return;
    }
    if (world->host.ack_first)
        answer(world, op->post, 0, op->message);
    if (sim_crash_point(world) || !tell_messages(world, op) || !tell_others(world, op))
        return;
    if (!world->host.ack_first)
        answer(world, op->post, 0, op->message);
}

/* ---- an orchestrator's message ---- */

void sim_host_reply(sim_world *world, uint32_t row, uint64_t turn)
{
    const sim_row *stored = &world->store.rows[row];
    const sim_message *asked = &world->store.messages[stored->message];
    const sim_work *work = sim_work_of(world, row);
    sim_op op = {.kind = SIM_OP_REPLY, .row = row, .turn = turn, .offline = work->offline};
    orch_incoming incoming = {
        .author = {SIM_USER_OF(stored->daemon)}, .author_daemon = {stored->daemon}, .hops = asked->hops + 1};

    if (work->turn != turn || !work->worded) {
        sim_fail(world, "turns", "turn-reply for row %u, for which the model has said nothing", row);
        return;
    }
    route(world, &op, incoming, asked->channel, &work->text);
    for (uint32_t i = 0; i < op.targets_count; i++) {
        if (!step_daemon(world, ORCH_EV_RESERVE, op.targets[i].daemon, &op.targets[i].refused))
            return;
    }
    sim_store_add(world, op);
}

static void tell_outcome(sim_world *world, const sim_op *op)
{
    orch_event event = {.kind = ORCH_EV_TURN_STORED, .turn = {op->turn}, .error = op->result};

    if (op->result == ORCH_E_CONFLICT)
        event.kind = ORCH_EV_TURN_DISCARDED;
    else if (op->result != 0)
        event.kind = ORCH_EV_TURN_STORE_FAILED;
    if (!sim_step(world, &event, NULL) || op->kind != SIM_OP_REPLY)
        return;
    if (op->result != 0)
        (void)release(world, op, op->targets_count);
    else if (tell_messages(world, op))
        (void)tell_others(world, op);
}

/* ---- completions ---- */

static void deleted(sim_world *world, const sim_op *op)
{
    const sim_message message = world->store.messages[op->message];

    for (uint32_t i = 0; i < message.rows && op->result == 0; i++) {
        uint32_t row = message.first_row + i;
        orch_event event = {.kind = ORCH_EV_TURN_ABANDON, .daemon = {world->store.rows[row].daemon}};
        const sim_case *known = sim_case_of(world, row);

        if (world->store.rows[row].state != SIM_UNFINISHED)
            continue;
        event.message.message.v = sim_store_number(&world->store, row);
        if (known->turn && sim_chance(&world->random, 300))
            event.turn.v = known->turn;
        if (!sim_step(world, &event, NULL))
            return;
    }
}

static void orchestrator_changed(sim_world *world, const sim_op *op)
{
    uint32_t daemon = op->daemon;

    if (op->result != 0)
        return;
    if (op->kind != SIM_OP_REMOVE) {
        (void)sim_register(world, daemon);
        return;
    }
    world->host.registered[daemon] = 0;
    world->host.openings[daemon]++;
    (void)step_daemon(world, ORCH_EV_UNREGISTER, daemon, NULL);
}

void sim_host_stored(sim_world *world, sim_op *slot)
{
    sim_op op = *slot;

    world->store.done++;
    switch (op.kind) {
    case SIM_OP_POST:
        post_stored(world, &op);
        break;
    case SIM_OP_REPLY:
        tell_outcome(world, &op);
        break;
    case SIM_OP_END:
        if (op.turn)
            tell_outcome(world, &op);
        else if (op.result != 0 && op.result != ORCH_E_CONFLICT)
            sim_plan_host(world, 1000, SIM_END_AGAIN, op.row, 0);
        break;
    case SIM_OP_DELETE:
        deleted(world, &op);
        break;
    case SIM_OP_RETRY:
        sim_host_retried(world, &op);
        break;
    case SIM_OP_UPDATE:
    case SIM_OP_ADD:
    case SIM_OP_REMOVE:
        orchestrator_changed(world, &op);
        break;
    default:
        break;
    }
}
