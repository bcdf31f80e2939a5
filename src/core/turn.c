/* The turn's state machine
 *
 *               start                  done                    stored, discarded
 *     queued ───────────▶ running ───────────────▶ storing ───────────────────────▶ free
 *       ▲  │               │  │ ▲                   ▲  │ ▲
 *       │  │ skip, stop    │  │ │ timer             │  └─┘ store failed: again after a pause
 *       │  └───────────────┼──┼─┼───────────────────┤
 *       │ withdraw         │  │ │   no attempt left,│
 *       ├──────────────────┘  ▼ │   deadline        │
 *       │                  backoff ─────────────────┤
 *       └─────────────────────┘                     │
 *          withdraw: stop, error                    │ abandon, stop
 *
 *   set_state            assigns the state
 *   start                queued → running, or → storing where nothing shall be said
 *   end                  → storing
 *   stored               storing → free; running → free where the host has nothing to store
 *   requeue              running, backoff → queued, under a new id
 *   orch__turn_free      the end
 */
#include "turn.h"

#include "assertion.h"
#include "conversation.h"
#include "daemon.h"
#include "effects.h"
#include "plant.h"
#include "seen.h"
#include "splitmix.h"

#define START_RETRY_MS 100 /* when there is no memory for the effects of one more running turn */

static orch__daemon *daemon_of(const orch_core *core, const orch__turn *turn)
{
    return orch__daemon_at(core, turn->daemon);
}

static void set_state(orch__daemon *daemon, orch__turn *turn, orch__turn_state state)
{
    daemon->queued -= turn->state == ORCH__TURN_QUEUED;
    daemon->running -= turn->state == ORCH__TURN_RUNNING;
    turn->state = (uint8_t)state;
    daemon->queued += state == ORCH__TURN_QUEUED;
    daemon->running += state == ORCH__TURN_RUNNING;
}

static void change_id(orch__turn *turn)
{
    if (++turn->generation == 0)
        turn->generation = 1;
}

static orch_turn_id id_of(const orch__turn *turn)
{
    return (orch_turn_id){(uint64_t)turn->generation << 32 | turn->slot};
}

/* NULL: no turn has this id any more. */
static orch__turn *find(const orch_core *core, orch_turn_id id)
{
    uint32_t slot = (uint32_t)id.v;
    orch__turn *turn;

    if (slot == 0 || slot > core->turns.used)
        return NULL;
    turn = orch__turn_at(core, slot);
#if ORCH_PLANT == 8
    return turn->state != ORCH__TURN_FREE ? turn : NULL;
#endif
    return turn->state != ORCH__TURN_FREE && turn->generation == id.v >> 32 ? turn : NULL;
}

/* Fills in what every effect about a turn tells. */
static orch_effect *about(const orch_core *core, const orch__turn *turn, orch_effect *effect)
{
    const orch__conversation *c = orch__conversation_at(core, turn->conversation);

    effect->turn = id_of(turn);
    effect->message.v = turn->message;
    effect->channel.v = c->channel;
    effect->thread.v = c->thread;
    effect->author.v = turn->author;
    return effect;
}

static orch_effect *turn_effect(orch_core *core, orch_effect_kind kind, const orch__turn *turn)
{
    return about(core, turn, orch__effect(core, kind, turn->daemon));
}

static orch_effect *turn_emit(orch_core *core, orch_emit emit, const orch__turn *turn)
{
    return about(core, turn, orch__emit(core, emit, turn->daemon));
}

/* ---- life ---- */

int orch__turn_reserve(orch_core *core)
{
    if (orch__wheel_reserve(&core->wheel, 1 + core->reserved) != 0)
        return ORCH_E_NO_MEMORY;
    return orch__pool_reserve(&core->turns, 1 + core->reserved);
}

orch__turn *orch__turn_new(orch_core *core, orch__daemon *daemon, uint32_t conversation, uint32_t seen,
                           const orch_event_message *message)
{
    uint32_t slot = orch__pool_take(&core->turns);
    orch__turn *turn = orch__turn_at(core, slot);

    *turn = (orch__turn){.generation = turn->generation,
                         .slot = slot,
                         .daemon = daemon->id,
                         .conversation = conversation,
                         .seen = seen,
                         .timer = turn->timer ? turn->timer
                                              : orch__timer_new(&core->wheel, ORCH__TIMER_TURN, slot),
                         .message = message->message.v,
                         .author = message->author.v};
#if ORCH_PLANT != 4
    if (daemon->user && message->author.v == daemon->user)
        turn->fate = ORCH__OUTCOME_SKIP;
#endif
    change_id(turn);
    set_state(daemon, turn, ORCH__TURN_QUEUED);
    orch__seen_at(core, seen)->link = ORCH__SEEN_LIVE | slot;
    orch__conversation_push(core, conversation, slot);
    return turn;
}

void orch__turn_free(orch_core *core, orch__turn *turn)
{
    ORCH_ASSERT(orch__conversation_at(core, turn->conversation)->first_turn == turn->slot);
    orch__timer_disarm(&core->wheel, turn->timer);
    orch__seen_end(core, turn->seen);
    set_state(daemon_of(core, turn), turn, ORCH__TURN_FREE);
    orch__conversation_pop(core, turn->conversation);
    orch__pool_give(&core->turns, turn->slot);
}

static void tell_store(orch_core *core, const orch__turn *turn)
{
    static const orch_effect_kind kinds[] = {
        [ORCH__OUTCOME_REPLY] = ORCH_FX_TURN_REPLY,
        [ORCH__OUTCOME_FAIL] = ORCH_FX_TURN_FAIL,
        [ORCH__OUTCOME_SKIP] = ORCH_FX_TURN_SKIP,
    };

    turn_effect(core, kinds[turn->outcome], turn)->error = turn->error;
}

/* The answer is decided: the host makes it durable. */
static void end(orch_core *core, orch__turn *turn, orch__outcome outcome, int32_t error)
{
    orch__timer_disarm(&core->wheel, turn->timer);
    set_state(daemon_of(core, turn), turn, ORCH__TURN_STORING);
    turn->outcome = (uint8_t)outcome;
    turn->error = error;
    tell_store(core, turn);
}

static void end_stopped(orch_core *core, orch__turn *turn)
{
    end(core, turn, ORCH__OUTCOME_FAIL, ORCH_E_STOPPED);
}

/* ---- attempts ---- */

static void attempt(orch_core *core, orch__daemon *daemon, orch__turn *turn)
{
    int64_t timeout_at = core->now_ms + core->config.attempt_timeout_ms;
    orch_effect *effect;

    if (turn->model >= daemon->models_count)
        turn->model = daemon->models_count - 1; /* the chain has become shorter */
    turn->attempt++;
    turn->tries++;
    set_state(daemon, turn, ORCH__TURN_RUNNING);
    orch__timer_arm(&core->wheel, turn->timer, turn->deadline_ms);
    effect = turn_effect(core, turn->offline ? ORCH_FX_TURN_OFFLINE : ORCH_FX_TURN_START, turn);
    effect->attempt = turn->attempt;
    effect->model = turn->model;
    effect->deadline_ms = timeout_at < turn->deadline_ms ? timeout_at : turn->deadline_ms;
}

static void start(orch_core *core, orch__daemon *daemon, orch__turn *turn)
{
    const orch__conversation *c = orch__conversation_at(core, turn->conversation);
    bool closed =
        daemon->hours && !orch_hours_open(&orch__hours_at(core, daemon->hours)->value, core->now_ms);

    turn->attempt = turn->tries = turn->model = 0;
    turn->deadline_ms = core->now_ms + core->config.turn_deadline_ms;
    turn->offline = closed;
    if (turn->fate == ORCH__OUTCOME_SKIP || !daemon->auto_respond ||
        (closed && orch__conversation_offline_sent(core, c)))
        end(core, turn, ORCH__OUTCOME_SKIP, 0);
    else
        attempt(core, daemon, turn);
    orch__conversation_settle(core, turn->conversation, false);
}

static bool may_start(const orch__daemon *daemon)
{
    return daemon->status == ORCH_STATUS_RUNNING && !daemon->stop_asked &&
           daemon->active < daemon->running_max;
}

void orch__turn_dispatch(orch_core *core, orch__daemon *daemon)
{
    uint32_t started = 0;

    while (may_start(daemon) && daemon->lists[ORCH__LIST_READY].first) {
        uint32_t conversation = daemon->lists[ORCH__LIST_READY].first;

        if (started++ == ORCH__STARTS_MAX) {
            orch__timer_arm(&core->wheel, daemon->phase_timer, core->now_ms);
            return;
        }
        if (orch__effects_reserve(core, daemon->running + 1) != 0) {
            orch__timer_arm(&core->wheel, daemon->phase_timer, core->now_ms + START_RETRY_MS);
            return;
        }
        start(core, daemon, orch__turn_at(core, orch__conversation_at(core, conversation)->first_turn));
    }
}

/* Nearly always nobody waits: then the turn need not go through the list of those who do. */
void orch__turn_enqueue(orch_core *core, orch__daemon *daemon, orch__turn *turn)
{
    bool alone = orch__conversation_at(core, turn->conversation)->first_turn == turn->slot &&
                 daemon->lists[ORCH__LIST_READY].first == 0;

    if (alone && may_start(daemon) && orch__effects_reserve(core, daemon->running + 1) == 0) {
        start(core, daemon, turn);
        return;
    }
    orch__conversation_settle(core, turn->conversation, false);
    orch__turn_dispatch(core, daemon);
}

static void requeue(orch_core *core, orch__turn *turn)
{
    orch__timer_disarm(&core->wheel, turn->timer);
    change_id(turn);
    set_state(daemon_of(core, turn), turn, ORCH__TURN_QUEUED);
    orch__conversation_settle(core, turn->conversation, true);
}

void orch__turn_withdraw(orch_core *core, orch__daemon *daemon, bool running_too)
{
    uint32_t conversation = daemon->lists[ORCH__LIST_ACTIVE].last;

    while (conversation) { /* from the last to the first, as each goes to the front of the ready ones */
        const orch__conversation *c = orch__conversation_at(core, conversation);
        orch__turn *turn = orch__turn_at(core, c->first_turn);

        conversation = c->prev;
        if (turn->state == ORCH__TURN_RUNNING && running_too) {
            turn_effect(core, ORCH_FX_TURN_CANCEL, turn);
#if ORCH_PLANT == 5
            uint32_t left = turn->conversation;

            orch__turn_free(core, turn);
            orch__conversation_settle(core, left, true);
            continue;
#endif
            requeue(core, turn);
        } else if (turn->state == ORCH__TURN_BACKOFF) {
            requeue(core, turn);
        }
    }
}

/* After a turn has ended or was taken back: what comes next for its daemon. */
static void go_on(orch_core *core, orch__daemon *daemon)
{
    orch__turn_dispatch(core, daemon);
    orch__daemon_turn_ended(core, daemon);
}

/* The pause before attempt `tries` + 1 of the same model: doubling to the cap, less up to a quarter, but never
 * less than the server asked for. */
static int64_t pause_before_retry(orch_core *core, uint32_t tries, uint32_t retry_after_ms)
{
    uint64_t pause = (uint64_t)core->config.retry_base_ms << (tries < 32 ? tries - 1 : 31);

    if (pause > core->config.retry_cap_ms)
        pause = core->config.retry_cap_ms;
    pause -= orch__random(&core->random) % (pause / 4 + 1);
    return (int64_t)(pause > retry_after_ms ? pause : retry_after_ms);
}

/* Which model the next attempt takes, and after which pause. False: no attempt is left. */
static bool plan_next(orch_core *core, const orch__daemon *daemon, orch__turn *turn, const orch_event *event,
                      int64_t *out_pause_ms)
{
    if (event->verdict == ORCH_VERDICT_RETRY && turn->tries < core->config.attempts_per_model) {
        *out_pause_ms = pause_before_retry(core, turn->tries, event->retry_after_ms);
    } else if (event->verdict != ORCH_VERDICT_FINAL && !turn->offline &&
               turn->model + 1 < daemon->models_count) {
        turn->model++;
        turn->tries = 0;
        *out_pause_ms = 0;
    } else {
        return false;
    }
    return core->now_ms + *out_pause_ms < turn->deadline_ms;
}

static void try_again(orch_core *core, orch__daemon *daemon, orch__turn *turn, int32_t error,
                      int64_t pause_ms)
{
    orch_effect *effect = turn_emit(core, ORCH_EMIT_TURN_RETRY, turn);

    effect->error = error;
    effect->attempt = turn->attempt + 1;
    effect->model = turn->model;
    effect->value = pause_ms;
    if (pause_ms == 0) {
        attempt(core, daemon, turn);
        return;
    }
    set_state(daemon, turn, ORCH__TURN_BACKOFF);
    orch__timer_arm(&core->wheel, turn->timer, core->now_ms + pause_ms);
}

int orch__turn_error(orch_core *core, const orch_event *event)
{
    orch__turn *turn = find(core, event->turn);
    orch__daemon *daemon;
    int64_t pause_ms;

    if (!turn || turn->state != ORCH__TURN_RUNNING)
        return ORCH_E_NOT_FOUND;
    daemon = daemon_of(core, turn);
    if (!plan_next(core, daemon, turn, event, &pause_ms)) {
        end(core, turn, ORCH__OUTCOME_FAIL, event->error);
    } else if (daemon->status != ORCH_STATUS_RUNNING || daemon->stop_asked) {
        requeue(core, turn);
        go_on(core, daemon);
    } else {
        try_again(core, daemon, turn, event->error, pause_ms);
    }
    return 0;
}

/* A turn that hangs is the daemon's fault: the turn ends as a visible failure, the daemon is in error. */
static void pass_deadline(orch_core *core, orch__turn *turn)
{
    turn_effect(core, ORCH_FX_TURN_CANCEL, turn);
    end(core, turn, ORCH__OUTCOME_FAIL, ORCH_E_DEADLINE);
    orch__daemon_fail(core, daemon_of(core, turn), ORCH_E_DEADLINE);
}

void orch__turn_timer(orch_core *core, uint32_t slot)
{
    orch__turn *turn = orch__turn_at(core, slot);
    orch__daemon *daemon = daemon_of(core, turn);

    orch__timer_disarm(&core->wheel, turn->timer);
    switch (turn->state) {
    case ORCH__TURN_RUNNING:
        pass_deadline(core, turn);
        break;
    case ORCH__TURN_BACKOFF:
        if (core->now_ms >= turn->deadline_ms) /* the host came back too late for another attempt */
            end(core, turn, ORCH__OUTCOME_FAIL, ORCH_E_DEADLINE);
        else if (orch__effects_reserve(core, daemon->running + 1) != 0)
            orch__timer_arm(&core->wheel, turn->timer, core->now_ms + START_RETRY_MS);
        else
            attempt(core, daemon, turn);
        break;
    case ORCH__TURN_STORING:
        tell_store(core, turn);
        break;
    default:
        ORCH_ASSERT(false);
    }
}

/* ---- what the host reports ---- */

int orch__turn_done(orch_core *core, const orch_event *event)
{
    orch__turn *turn = find(core, event->turn);

    if (!turn || turn->state != ORCH__TURN_RUNNING)
        return ORCH_E_NOT_FOUND;
    end(core, turn, ORCH__OUTCOME_REPLY, 0);
    return 0;
}

/* A stopped turn waits for nothing but those before it. */
static void end_next_if_stopped(orch_core *core, uint32_t conversation)
{
    uint32_t first = orch__conversation_at(core, conversation)->first_turn;

    if (first && orch__turn_at(core, first)->fate == ORCH__OUTCOME_FAIL && ORCH_PLANT != 10)
        end_stopped(core, orch__turn_at(core, first));
}

static void free_and_go_on(orch_core *core, orch__turn *turn)
{
    uint32_t conversation = turn->conversation;
    orch__daemon *daemon = daemon_of(core, turn);

#if ORCH_PLANT == 2
    daemon->active += turn->outcome == ORCH__OUTCOME_FAIL;
#endif
    orch__turn_free(core, turn);
    end_next_if_stopped(core, conversation);
    orch__conversation_settle(core, conversation, false);
    go_on(core, daemon);
}

static void count_reply(orch_core *core, const orch__turn *turn)
{
    daemon_of(core, turn)->answered++;
    if (turn->offline && core->now_ms > 0)
        orch__conversation_remember(core, turn->conversation, core->now_ms);
}

static void stored(orch_core *core, orch__turn *turn)
{
    if (turn->outcome == ORCH__OUTCOME_REPLY) {
        turn_emit(core, ORCH_EMIT_MESSAGE_SEND, turn);
        count_reply(core, turn);
    } else if (turn->outcome == ORCH__OUTCOME_FAIL) {
        turn_emit(core, ORCH_EMIT_MESSAGE_ERROR, turn)->error = turn->error;
    }
    turn_emit(core, ORCH_EMIT_MESSAGE_PROCESSED, turn);
    free_and_go_on(core, turn);
}

int orch__turn_stored(orch_core *core, const orch_event *event)
{
    orch__turn *turn = find(core, event->turn);

    if (!turn || turn->state != ORCH__TURN_STORING)
        return ORCH_E_NOT_FOUND;
    stored(core, turn);
    return 0;
}

int orch__turn_done_and_stored(orch_core *core, orch_turn_id id)
{
    orch__turn *turn = find(core, id);

    if (!turn || turn->state != ORCH__TURN_RUNNING)
        return ORCH_E_NOT_FOUND;
    count_reply(core, turn);
    free_and_go_on(core, turn);
    return 0;
}

int orch__turn_store_failed(orch_core *core, const orch_event *event)
{
    const orch__turn *turn = find(core, event->turn);

    if (!turn || turn->state != ORCH__TURN_STORING || orch__timer_armed(&core->wheel, turn->timer))
        return ORCH_E_NOT_FOUND;
    orch__timer_arm(&core->wheel, turn->timer, core->now_ms + core->config.store_retry_ms);
    return 0;
}

int orch__turn_discarded(orch_core *core, const orch_event *event)
{
    orch__turn *turn = find(core, event->turn);

    if (!turn || turn->state == ORCH__TURN_QUEUED)
        return ORCH_E_NOT_FOUND;
    free_and_go_on(core, turn);
    return 0;
}

static orch__turn *find_by_message(const orch_core *core, orch_daemon_id id, uint64_t message)
{
    const orch__daemon *daemon = orch__daemon_find(core, id);
    uint32_t seen = daemon ? orch__seen_find(core, daemon, message) : 0;
    uint32_t slot = seen ? orch__seen_turn(orch__seen_at(core, seen)) : 0;

    return slot ? orch__turn_at(core, slot) : NULL;
}

/* By its id, or by its daemon and message. */
static orch__turn *find_named(const orch_core *core, const orch_event *event)
{
    orch_daemon_id daemon = event->message.daemon.v ? event->message.daemon : event->daemon;

    return event->turn.v ? find(core, event->turn) : find_by_message(core, daemon, event->message.message.v);
}

orch_turn_id orch_core_turn(const orch_core *core, orch_daemon_id daemon, orch_message_id message)
{
    const orch__turn *turn = find_by_message(core, daemon, message.v);

    return turn ? id_of(turn) : (orch_turn_id){0};
}

/* The turn of a deleted message. A queued one ends in silence when it is its conversation's turn. */
int orch__turn_abandon(orch_core *core, const orch_event *event)
{
    orch__turn *turn = find_named(core, event);

    if (!turn)
        return ORCH_E_NOT_FOUND;
    if (turn->state == ORCH__TURN_RUNNING)
        turn_effect(core, ORCH_FX_TURN_CANCEL, turn);
    if (turn->state == ORCH__TURN_RUNNING || turn->state == ORCH__TURN_BACKOFF)
        end(core, turn, ORCH__OUTCOME_SKIP, 0);
    else if (turn->state == ORCH__TURN_QUEUED)
        turn->fate = ORCH__OUTCOME_SKIP;
    return 0;
}

static void stop_queued(orch_core *core, orch__turn *turn)
{
    if (turn->fate == ORCH__OUTCOME_SKIP)
        return; /* nothing will be said anyway */
    turn->fate = ORCH__OUTCOME_FAIL;
    if (orch__conversation_at(core, turn->conversation)->first_turn != turn->slot)
        return;
    end_stopped(core, turn);
    orch__conversation_settle(core, turn->conversation, false);
}

int orch__turn_stop(orch_core *core, const orch_event *event)
{
    orch__turn *turn = find_named(core, event);

    if (!turn)
        return ORCH_E_NOT_FOUND;
    switch (turn->state) {
    case ORCH__TURN_STORING:
        return ORCH_E_STATE;
    case ORCH__TURN_QUEUED:
        stop_queued(core, turn);
        break;
    case ORCH__TURN_RUNNING:
        turn_effect(core, ORCH_FX_TURN_CANCEL, turn);
        end_stopped(core, turn);
        break;
    default:
        end_stopped(core, turn);
    }
    return 0;
}
