/* The turns that have not ended, from the commit that made them to the commit that ended them. */
#include "log.h"
#include "runtime_parts.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS_FIRST 256

/* ---- the table ---- */

static orch__live_turn **bucket_of(const orch__live_turns *turns, int64_t row)
{
    return &turns->buckets[((uint64_t)row * 0x9e3779b97f4a7c15u >> 20) & (turns->buckets_count - 1)];
}

static bool grow(orch__live_turns *turns)
{
    orch__live_turns grown = {.buckets_count =
                                  turns->buckets_count ? turns->buckets_count * 2 : BUCKETS_FIRST};

    grown.buckets = calloc(grown.buckets_count, sizeof(orch__live_turn *));
    if (!grown.buckets)
        return turns->buckets_count > 0; /* longer chains are slower, not wrong */
    for (size_t i = 0; i < turns->buckets_count; i++) {
        while (turns->buckets[i]) {
            orch__live_turn *turn = turns->buckets[i];
            orch__live_turn **bucket = bucket_of(&grown, turn->row);

            turns->buckets[i] = turn->next;
            turn->next = *bucket;
            *bucket = turn;
        }
    }
    free(turns->buckets);
    turns->buckets = grown.buckets;
    turns->buckets_count = grown.buckets_count;
    return true;
}

orch__live_turn *orch__live_turn_find(const orch_runtime *runtime, int64_t row)
{
    orch__live_turn *turn = runtime->turns.buckets ? *bucket_of(&runtime->turns, row) : NULL;

    while (turn && turn->row != row)
        turn = turn->next;
    return turn;
}

bool orch_runtime_answers(const orch_runtime *runtime, int64_t turn)
{
    const orch__live_turn *found = orch__live_turn_find(runtime, turn);

    return found && found->state != ORCH__LIVE_WAITING;
}

static orch__live_turn *add(orch_runtime *runtime, const orch_turn_row *row)
{
    orch__live_turns *turns = &runtime->turns;
    orch__live_turn *turn = calloc(1, sizeof *turn);

    if (!turn || (turns->count >= turns->buckets_count && !grow(turns))) {
        free(turn);
        return NULL;
    }
    turn->runtime = runtime;
    turn->refs = 1;
    turn->row = row->id;
    turn->epoch = row->epoch;
    turn->hops = row->hops;
    turn->orchestrator = row->orchestrator;
    turn->channel = row->channel;
    turn->author = row->author;
    turn->message_id = row->message_id;
    turn->parent_id = row->parent_id;
    turn->asked_ms = orch_engine_now(runtime->engine);
    if (row->created_ms) /* of a former life */
        turn->asked_ms -= orch_engine_wall(runtime->engine) - row->created_ms;
    turn->next = *bucket_of(turns, turn->row);
    *bucket_of(turns, turn->row) = turn;
    turns->count++;
    return turn;
}

static void forget_text(orch__live_turn *turn)
{
    turn->runtime->turns.text_bytes -= turn->text_len;
    free(turn->text);
    turn->text = NULL;
    turn->text_len = 0;
}

void orch__live_turn_unref(orch__live_turn *turn)
{
    if (--turn->refs > 0)
        return;
    orch__attempt_reset(turn);
    free(turn->failure);
    free(turn);
}

void orch__live_turn_remove(orch__live_turn *turn)
{
    orch__live_turn **link;

    if (turn->removed)
        return;
    turn->removed = true;
    link = bucket_of(&turn->runtime->turns, turn->row);
    while (*link != turn)
        link = &(*link)->next;
    *link = turn->next;
    turn->runtime->turns.count--;
    forget_text(turn);
    orch__live_turn_unref(turn);
}

/* Calls `each` for every turn; it may remove the turn it is given. */
static void for_each(orch_runtime *runtime, void (*each)(orch__live_turn *turn, const void *user),
                     const void *user)
{
    for (size_t i = 0; i < runtime->turns.buckets_count; i++) {
        orch__live_turn *turn = runtime->turns.buckets[i];

        while (turn) {
            orch__live_turn *next = turn->next;

            each(turn, user);
            turn = next;
        }
    }
}

/* ---- taking a stored turn ---- */

static void keep_text(orch_runtime *runtime, orch__live_turn *turn, orch_str content)
{
    const orch__live_daemon *daemon = orch__live_daemon_find(runtime, turn->orchestrator->daemon);
    const orch_model_chain *chain = daemon ? orch__live_daemon_chain(runtime, daemon) : NULL;

    if (!chain || chain->count == 0 || !chain->items[0].provider->local ||
        runtime->turns.text_bytes + content.len > ORCH__KEPT_TEXT_MAX)
        return;
    turn->text = malloc(content.len + 1);
    if (!turn->text)
        return;
    memcpy(turn->text, content.ptr, content.len);
    turn->text_len = (uint32_t)content.len;
    runtime->turns.text_bytes += content.len;
}

static int give_to_core(orch_runtime *runtime, const orch__live_turn *turn,
                        const orch__live_turn_accept *accept)
{
    orch_str parent = orch__runtime_id_text(&turn->parent_id);
    orch_event event = {.kind = ORCH_EV_MESSAGE, .daemon = turn->orchestrator->daemon};

    event.message = (orch_event_message){
        .daemon = turn->orchestrator->daemon,
        .message = {(uint64_t)turn->row},
        .channel = turn->channel->handle,
        .thread = {parent.len > 0 ? orch__runtime_hash(runtime, parent) : 0},
        .author = {turn->author ? turn->author->handle.v : 0},
        .addressed = true,
        .reserved = accept->reserved,
        .recovered = accept->recovered,
    };
    return orch_engine_send(runtime->engine, &event);
}

void orch__live_turn_accept_row(orch_runtime *runtime, const orch__live_turn_accept *accept)
{
    orch__live_turn *turn = add(runtime, &accept->row);
    int64_t row = accept->row.id;
    int error;

    if (!turn) {
        orch_log(ORCH_LOG_ERROR, "turn.memory", "No memory for a turn: it waits for the next start", NULL, 0);
        return;
    }
    if (accept->message)
        keep_text(runtime, turn, accept->message->content);
    error = give_to_core(runtime, turn, accept);
    if (!error)
        return;
    turn = orch__live_turn_find(runtime, row);
    if (!turn)
        return;
    if (error == ORCH_E_EXISTS) {
        orch__live_turn_remove(turn);
        return;
    }
    turn->orphan = true;
    orch__live_turn_fail(turn, error);
}

void orch__live_turns_accept(orch_runtime *runtime, const orch_posted *posted, const orch_turn_new *turns,
                             bool reserved)
{
    const orch_message *message = posted->message;

    for (size_t i = 0; i < posted->turns_count; i++) {
        orch__live_turn_accept accept = {
            .row = {.id = posted->turns[i],
                    .epoch = ORCH_TURN_EPOCH_FIRST,
                    .orchestrator = turns[i].orchestrator,
                    .channel = message->channel,
                    .message_id = message->id,
                    .parent_id = message->parent_id,
                    .author = message->author,
                    .hops = turns[i].hops},
            .message = message,
            .reserved = reserved,
        };

        if (turns[i].refused)
            orch__tallies_count_refused(runtime, turns[i].orchestrator);
        else
            orch__live_turn_accept_row(runtime, &accept);
    }
}

static void retry_orphan(orch__live_turn *turn, const void *user)
{
    (void)user;
    if (turn->orphan && turn->state != ORCH__LIVE_STORING)
        orch__live_turn_fail(turn, turn->end_error);
}

void orch__live_turns_retry_orphans(orch_runtime *runtime)
{
    for_each(runtime, retry_orphan, NULL);
}

void orch__live_turn_set_state(orch__live_turn *turn, orch__live_turn_state state)
{
    turn->state = state;
}

/* By its message: the core's id of a turn that waits again is another than the one we were told. */
void orch__live_turn_abandon(orch__live_turn *turn)
{
    orch_event event = {.kind = ORCH_EV_TURN_ABANDON, .daemon = turn->orchestrator->daemon};

    event.message.daemon = turn->orchestrator->daemon;
    event.message.message.v = (uint64_t)turn->row;
    (void)orch_engine_send(turn->runtime->engine, &event);
}

/* ---- many at once ---- */

static bool is_about(const orch__live_turn *turn, const orch_str *message_id)
{
    return strlen(turn->message_id.text) == message_id->len &&
           memcmp(turn->message_id.text, message_id->ptr, message_id->len) == 0;
}

static void forget_edited(orch__live_turn *turn, const void *user)
{
    if (is_about(turn, user))
        forget_text(turn);
}

void orch__live_turns_forget_text(orch_runtime *runtime, orch_str message_id)
{
    for_each(runtime, forget_edited, &message_id);
}

static void deletion_sent(orch__live_turn *turn, const void *user)
{
    if (is_about(turn, user))
        turn->deletions++;
}

void orch__live_turns_deletion_sent(orch_runtime *runtime, orch_str message_id)
{
    for_each(runtime, deletion_sent, &message_id);
}

static void deletion_failed(orch__live_turn *turn, const void *user)
{
    if (is_about(turn, user) && turn->deletions > 0)
        turn->deletions--;
}

void orch__live_turns_deletion_failed(orch_runtime *runtime, orch_str message_id)
{
    for_each(runtime, deletion_failed, &message_id);
}

/* The core hands the rest of the work to the database: no turn leaves the table meanwhile. */
static void deleted(orch__live_turn *turn, const void *user)
{
    if (!is_about(turn, user))
        return;
    turn->deleted = true;
    if (!turn->orphan)
        orch__live_turn_abandon(turn);
}

void orch__live_turns_deleted(orch_runtime *runtime, orch_str message_id)
{
    for_each(runtime, deleted, &message_id);
}

static void drop(orch__live_turn *turn, const void *user)
{
    if (!user || turn->orchestrator == user)
        orch__live_turn_remove(turn);
}

void orch__live_turns_drop(orch_runtime *runtime, const orch_orchestrator *orchestrator)
{
    for_each(runtime, drop, orchestrator);
    if (!orchestrator) {
        free(runtime->turns.buckets);
        runtime->turns = (orch__live_turns){0};
    }
}

void orch__live_turns_visit(orch_runtime *runtime, void (*visit)(orch__live_turn *turn, void *user),
                            void *user)
{
    for (size_t i = 0; i < runtime->turns.buckets_count; i++)
        for (orch__live_turn *turn = runtime->turns.buckets[i]; turn; turn = turn->next)
            visit(turn, user);
}

static void halt(orch__live_turn *turn, const void *user)
{
    (void)user;
    orch__attempt_cancel(turn);
}

void orch__live_turns_halt(orch_runtime *runtime)
{
    for_each(runtime, halt, NULL);
}
