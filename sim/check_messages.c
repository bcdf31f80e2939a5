/* Checkers of what is accepted: routing, reservations, "busy", messages taken, replies and ends stored. */
#include "checkers.h"

static uint32_t count_emits(const orch_effects *effects, orch_emit emit, int32_t error)
{
    uint32_t count = 0;

    for (size_t i = 0; i < effects->count; i++) {
        const orch_effect *effect = &effects->items[i];

        count += effect->kind == ORCH_FX_EMIT && effect->emit == emit && effect->error == error;
    }
    return count;
}

/* Conversations of all daemons that have a turn. */
static uint32_t busy_conversations(sim_world *world)
{
    const sim_record *record = &world->record;
    uint32_t count = 0;

    for (uint32_t i = 0; i < record->live_count; i++) {
        bool first = true;

        for (uint32_t j = 0; j < i && first; j++)
            first = !sim_same_conversation(world, record->live[i], record->live[j]);
        count += first;
    }
    return count;
}

static bool shared_full(sim_world *world)
{
    const orch_core_config *config = &world->host.config;
    const sim_record *record = &world->record;

    if (record->live_count + record->reserved >= config->turns_max)
        return true;
    return record->live_count + record->reserved >=
               config->conversations_max && /* else there is no need to count */
           busy_conversations(world) + record->reserved >= config->conversations_max;
}

static bool queue_full(sim_world *world, uint32_t daemon)
{
    return sim_queued(world, daemon) + world->record.daemons[daemon].reserved >= world->host.config.queue_max;
}

/* "busy" exactly when it is full, and told, never silence. */
static void check_refusal(sim_world *world, uint32_t daemon, const orch_effects *effects)
{
    const sim_record *record = &world->record;
    int32_t result = record->result;

    if (result == ORCH_E_BUSY && !queue_full(world, daemon))
        sim_fail(world, "busy", "daemon %u is busy with %u queued and %u reserved of %u", daemon,
                 sim_queued(world, daemon), record->daemons[daemon].reserved, world->host.config.queue_max);
    if (result == ORCH_E_FULL && !shared_full(world))
        sim_fail(world, "busy", "full with %u turns and %u reservations of %u", record->live_count,
                 record->reserved, world->host.config.turns_max);
    if ((result == ORCH_E_BUSY || result == ORCH_E_FULL || result == ORCH_E_NO_MEMORY) &&
        count_emits(effects, ORCH_EMIT_MESSAGE_ERROR, result) != 1)
        sim_fail(world, "busy", "daemon %u: %s, and message-error is not emitted once", daemon,
                 orch_error_name(result));
}

void sim_check_reserve(sim_world *world, const orch_effects *effects)
{
    sim_record *record = &world->record;
    uint32_t daemon = record->event->daemon.v;
    sim_daemon_view *view = &record->daemons[daemon <= SIM_DAEMONS_MAX ? daemon : 0];

    if (record->event->kind == ORCH_EV_RESERVE) {
        if (record->result == 0 && (!view->registered || queue_full(world, daemon) || shared_full(world)))
            sim_fail(world, "busy", "daemon %u has no room and yet reserves it", daemon);
        check_refusal(world, daemon, effects);
        if (record->result == 0) {
            view->reserved++;
            record->reserved++;
        }
    } else if (record->event->kind == ORCH_EV_RELEASE) {
        if ((record->result == 0) != (view->registered && view->reserved > 0))
            sim_fail(world, "busy", "release of daemon %u with %u reserved: %s", daemon, view->reserved,
                     orch_error_name(record->result));
        if (record->result == 0) {
            view->reserved--;
            record->reserved--;
        }
    }
}

/* ---- messages that the core is given ---- */

static void check_unaddressed(sim_world *world, const orch_effects *effects)
{
    if (world->record.result == 0 && (effects->count != 1 || effects->items[0].kind != ORCH_FX_EMIT ||
                                      effects->items[0].emit != ORCH_EMIT_MESSAGE_PROCESSED))
        sim_fail(world, "messages", "a message for somebody else is not just processed");
    if (world->record.result == 0)
        world->record.ended++;
}

static void check_known(sim_world *world, uint32_t row)
{
    const sim_case *known = sim_case_of(world, row);
    bool must = known->view != SIM_VIEW_NONE || sim_case_remembered(world, row);

    if (must && world->record.result != ORCH_E_EXISTS)
        sim_fail(world, "twice", "row %u is taken a second time: %s", row,
                 orch_error_name(world->record.result));
    if (world->record.result == ORCH_E_EXISTS && known->view == SIM_VIEW_NONE && !known->ended_no)
        sim_fail(world, "twice", "row %u is new and yet exists", row);
}

void sim_check_message(sim_world *world, const orch_effects *effects)
{
    sim_record *record = &world->record;
    const orch_event_message *message = &record->event->message;
    sim_daemon_view *view;
    uint32_t row;
    bool promised;

    if (record->event->kind != ORCH_EV_MESSAGE)
        return;
    if (!message->addressed) {
        check_unaddressed(world, effects);
        return;
    }
    view = &record->daemons[message->daemon.v];
    row = sim_store_row(&world->store, message->message.v, message->daemon.v);
    check_known(world, row);
    promised = message->reserved && view->reserved > 0;
    if (promised && record->result != 0 && record->result != ORCH_E_EXISTS)
        sim_fail(world, "promise", "row %u was reserved and is refused: %s", row,
                 orch_error_name(record->result));
    if (!message->recovered && !promised && record->result == 0 && queue_full(world, message->daemon.v))
        sim_fail(world, "busy", "row %u is taken into a full queue", row);
    if (!promised)
        check_refusal(world, message->daemon.v, effects);
    if (message->recovered && record->result == ORCH_E_BUSY)
        sim_fail(world, "promise", "row %u is of a former life and is refused", row);
    if (record->result != 0)
        return;
    if (promised) {
        view->reserved--;
        record->reserved--;
    }
    sim_case_enter(world, row);
}

/* ---- who is addressed ---- */

static sim_mask expected(const sim_world *world, const orch_incoming *incoming, const sim_text *text,
                         sim_mask members)
{
    sim_mask wanted = text->at;

    for (uint32_t d = 1; d <= SIM_SPEAKERS_MAX; d++) {
        if (text->everyone)
            wanted |= SIM_BIT(d);
        if (incoming->author_daemon.v)
            continue;
        if ((text->bare & SIM_BIT(d)) && !world->record.daemons[d].mention_only)
            wanted |= SIM_BIT(d);
        if ((text->mentions & SIM_BIT(d)) || incoming->direct || incoming->reply_to.v == d)
            wanted |= SIM_BIT(d);
    }
    if (incoming->author_daemon.v) {
        wanted &= ~SIM_BIT(incoming->author_daemon.v);
        if (incoming->hops >= world->host.config.hops_max)
            wanted = 0;
    }
    return wanted & members;
}

void sim_check_route(sim_world *world, const orch_incoming *incoming, const sim_text *text, sim_mask members,
                     sim_mask addressed)
{
    sim_mask wanted = expected(world, incoming, text, members);
    uint32_t self = incoming->author_daemon.v;

    if (self && (addressed & SIM_BIT(self)))
        sim_fail(world, "self", "daemon %u is addressed by itself", self);
    else if (self && incoming->hops >= world->host.config.hops_max && addressed)
        sim_fail(world, "chains", "a chain of %u hops goes on, the limit is %u", incoming->hops,
                 world->host.config.hops_max);
    else if (addressed != wanted)
        sim_fail(world, "addressing", "\"%.*s\" addresses %x and should address %x",
                 (int)incoming->content.len, incoming->content.ptr, addressed, wanted);
}

/* ---- what the store has ---- */

static void check_order(sim_world *world, uint32_t row)
{
    for (uint32_t earlier = 1; earlier < row; earlier++) {
        if (world->store.rows[earlier].state != SIM_UNFINISHED || world->record.cases[earlier].disordered)
            continue;
        if (sim_same_conversation(world, earlier, row))
            sim_fail(world, "order", "row %u ends before row %u of the same conversation", row, earlier);
    }
}

static void check_reply(sim_world *world, const sim_op *op)
{
    const sim_message *reply = &world->store.messages[op->message];
    const sim_message *asked = &world->store.messages[world->store.rows[op->row].message];
    sim_case *known = sim_case_of(world, op->row);

    if (++known->replies > 1)
        sim_fail(world, "once", "row %u is answered %u times", op->row, known->replies);
    if (reply->hops > world->host.config.hops_max)
        sim_fail(world, "chains", "message %u ends a chain of %u replies, the limit is %u", op->message,
                 reply->hops, world->host.config.hops_max);
    if (asked->author == reply->author)
        sim_fail(world, "self", "message %u answers its own author", op->message);
}

/* A new turn for the core, behind those that came meanwhile. */
static void note_retry(sim_world *world, uint32_t row)
{
    sim_case *known = sim_case_of(world, row);

    if (known->view != SIM_VIEW_NONE || known->replies > 0)
        sim_fail(world, "once", "row %u is tried again although it %s", row,
                 known->replies ? "was answered" : "has not ended");
    known->ended_no = 0;
    known->abandoned = known->stopped = false;
    known->disordered = true;
}

void sim_check_commit(sim_world *world, const sim_op *op)
{
    if (op->kind == SIM_OP_POST && !op->repeated) {
        const sim_post *post = &world->posts[op->post];

        for (uint32_t i = 0; i < op->targets_count; i++) {
            if (op->targets[i].row && op->targets[i].daemon == post->author_daemon)
                sim_case_of(world, op->targets[i].row)->own = true;
        }
    }
    if (op->kind == SIM_OP_REPLY)
        check_reply(world, op);
    if (op->kind == SIM_OP_RETRY)
        note_retry(world, op->row);
    if ((op->kind == SIM_OP_REPLY || op->kind == SIM_OP_END) && op->turn)
        check_order(world, op->row);
}
