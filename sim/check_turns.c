/* Checkers of a turn's life: when it starts, with which model, when it is tried again, how it ends and what is emitted.
 *
 *     queued ──start──▶ running ──done──▶ storing ──stored──▶ gone
 *       ▲                 │  ▲ error, pause  ▲ final error, deadline
 *       └────cancel───────┘  └── backoff ────┘
 */
#include "checkers.h"

static void back_to_queue(sim_case *known)
{
    known->view = SIM_VIEW_QUEUED;
    known->turn_past = known->turn;
    known->turn = 0;
}

/* ---- what the host reports ---- */

static uint32_t count_emits(const orch_effects *effects, orch_emit emit, uint64_t message)
{
    uint32_t count = 0;

    for (size_t i = 0; i < effects->count; i++) {
        const orch_effect *effect = &effects->items[i];

        count += effect->kind == ORCH_FX_EMIT && effect->emit == emit && effect->message.v == message;
    }
    return count;
}

/* A message that is dealt with is announced once, and as what it is. */
static void check_announced(sim_world *world, const sim_case *known, uint64_t message,
                            const orch_effects *effects)
{
    bool stored = world->record.event->kind == ORCH_EV_TURN_STORED;
    uint32_t sent = count_emits(effects, ORCH_EMIT_MESSAGE_SEND, message);
    uint32_t failed = count_emits(effects, ORCH_EMIT_MESSAGE_ERROR, message);
    uint32_t processed = count_emits(effects, ORCH_EMIT_MESSAGE_PROCESSED, message);

    if (sent != (stored && known->outcome == ORCH_FX_TURN_REPLY) ||
        failed != (stored && known->outcome == ORCH_FX_TURN_FAIL) || processed != (uint32_t)stored)
        sim_fail(world, "emits", "message %llu ends with %u sent, %u errors, %u processed",
                 (unsigned long long)message, sent, failed, processed);
}

static void note_offline(sim_world *world, uint32_t daemon, uint64_t channel, uint64_t thread, int64_t at_ms)
{
    sim_record *record = &world->record;

    record->offline[record->offline_count++ % SIM_OFFLINE_MAX] = (sim_offline_sent){
        .daemon = daemon, .channel = (uint32_t)channel, .thread = (uint32_t)thread, .at_ms = at_ms};
}

static void ended(sim_world *world, uint32_t row, const orch_effects *effects)
{
    const sim_row *stored = &world->store.rows[row];
    const sim_message *message = &world->store.messages[stored->message];
    sim_case *known = sim_case_of(world, row);

    check_announced(world, known, sim_store_number(&world->store, row), effects);
    if (world->record.event->kind == ORCH_EV_TURN_STORED && known->outcome == ORCH_FX_TURN_REPLY) {
        world->record.daemons[stored->daemon].answered++;
        if (known->offline)
            note_offline(world, stored->daemon, message->channel, message->thread, world->record.now_ms);
    }
    sim_case_leave(world, row);
}

static void check_accepted(sim_world *world, uint32_t row, bool expected)
{
    const sim_record *record = &world->record;

    if ((record->result == 0) != expected)
        sim_fail(world, "stale", "%s for turn %llx (row %u): %s", orch_event_kind_name(record->event->kind),
                 (unsigned long long)record->event->turn.v, row, orch_error_name(record->result));
}

static void on_abandon(sim_world *world)
{
    const orch_event *event = world->record.event;
    uint32_t row = event->turn.v ? sim_case_by_turn(world, event->turn.v)
                                 : sim_store_row(&world->store, event->message.message.v, event->daemon.v);

    if (row && sim_case_of(world, row)->view != SIM_VIEW_NONE)
        sim_case_of(world, row)->abandoned = true;
}

/* What is not being stored yet ends as a failure. What would end in silence does so all the same. */
static void on_stop(sim_world *world)
{
    const orch_event *event = world->record.event;
    uint32_t row = event->turn.v ? sim_case_by_turn(world, event->turn.v)
                                 : sim_store_row(&world->store, event->message.message.v, event->daemon.v);
    sim_case *known = row ? sim_case_of(world, row) : NULL;
    int32_t expected = !known || known->view == SIM_VIEW_NONE ? ORCH_E_NOT_FOUND
                       : known->view == SIM_VIEW_STORING      ? ORCH_E_STATE
                                                              : 0;

    if (world->record.result != expected)
        sim_fail(world, "stopped", "a stop of row %u: %s", row, orch_error_name(world->record.result));
    else if (expected == 0)
        known->stopped = true;
}

void sim_check_turn_event(sim_world *world, const orch_effects *effects)
{
    const sim_record *record = &world->record;
    const orch_event *event = record->event;
    uint32_t row = sim_case_by_turn(world, event->turn.v);
    sim_case *known = row ? sim_case_of(world, row) : NULL;

    switch (event->kind) {
    case ORCH_EV_TURN_DONE:
    case ORCH_EV_TURN_ERROR:
        check_accepted(world, row, known && known->view == SIM_VIEW_RUNNING);
        break;
    case ORCH_EV_TURN_STORED:
    case ORCH_EV_TURN_DISCARDED:
        check_accepted(world, row, known && known->view == SIM_VIEW_STORING && known->resume_ms == 0);
        if (known && record->result == 0)
            ended(world, row, effects);
        break;
    case ORCH_EV_TURN_STORE_FAILED:
        check_accepted(world, row, known && known->view == SIM_VIEW_STORING && known->resume_ms == 0);
        if (known && record->result == 0)
            known->resume_ms = record->now_ms + world->host.config.store_retry_ms;
        break;
    case ORCH_EV_TURN_ABANDON:
        on_abandon(world);
        break;
    case ORCH_EV_TURN_STOP:
        on_stop(world);
        break;
    case ORCH_EV_OFFLINE_SENT:
        if (record->result == 0)
            note_offline(world, event->daemon.v, event->channel.v, event->thread.v,
                         event->at_ms < record->now_ms ? event->at_ms : record->now_ms);
        break;
    default:
        break;
    }
}

/* One of its conversation is before it. */
static bool waits_for_another(sim_world *world, uint32_t row)
{
    const sim_record *record = &world->record;

    for (uint32_t i = 0; i < record->live_count; i++) {
        uint32_t other = record->live[i];

        if (other != row && sim_same_conversation(world, other, row) &&
            (record->cases[other].view != SIM_VIEW_QUEUED ||
             record->cases[other].place < record->cases[row].place))
            return true;
    }
    return false;
}

/* ---- starts ---- */

static bool offline_sent(sim_world *world, uint32_t row)
{
    const sim_record *record = &world->record;
    const sim_message *message = &world->store.messages[world->store.rows[row].message];
    uint64_t oldest = record->offline_count > SIM_OFFLINE_MAX ? record->offline_count - SIM_OFFLINE_MAX : 0;

    for (uint64_t i = record->offline_count; i > oldest; i--) {
        const sim_offline_sent *sent = &record->offline[(i - 1) % SIM_OFFLINE_MAX];

        if (sent->daemon == world->store.rows[row].daemon && sent->channel == message->channel &&
            sent->thread == message->thread &&
            record->now_ms - sent->at_ms < (int64_t)world->host.config.offline_repeat_ms)
            return true;
    }
    return false;
}

/* Its turn has come: nothing of the conversation is before it, and the daemon has room. */
static void check_place(sim_world *world, uint32_t row)
{
    const sim_record *record = &world->record;
    uint32_t daemon = world->store.rows[row].daemon;
    const sim_daemon_view *view = &record->daemons[daemon];

    if (view->status != ORCH_STATUS_RUNNING)
        sim_fail(world, "lifecycle", "row %u starts while daemon %u is %s", row, daemon,
                 orch_status_name(view->status));
    if (sim_active(world, daemon) >= view->running_max)
        sim_fail(world, "limit", "daemon %u runs more than %u conversations", daemon, view->running_max);
    for (uint32_t i = 0; i < record->live_count; i++) {
        uint32_t other = record->live[i];
        const sim_case *before = &record->cases[other];

        if (other == row || !sim_same_conversation(world, other, row))
            continue;
        if (before->view != SIM_VIEW_QUEUED)
            sim_fail(world, "limit", "rows %u and %u of one conversation run at once", other, row);
        if (before->place < record->cases[row].place)
            sim_fail(world, "order", "row %u overtakes row %u of its conversation", row, other);
    }
}

static void check_first_start(sim_world *world, uint32_t row, const orch_effect *effect)
{
    const sim_daemon_view *view = &world->record.daemons[effect->daemon.v];
    const sim_message *message = &world->store.messages[world->store.rows[row].message];
    sim_case *known = sim_case_of(world, row);
    bool open = sim_view_open(view, world->record.now_ms);

    check_place(world, row);
    if (effect->attempt != 1 || effect->model != 0)
        sim_fail(world, "retries", "row %u starts with attempt %u of model %u", row, effect->attempt,
                 effect->model);
    if (effect->turn.v == known->turn_past)
        sim_fail(world, "stale", "row %u starts again under the id of its cancelled turn", row);
    if (known->own || message->author == SIM_USER_OF(effect->daemon.v))
        sim_fail(world, "self", "daemon %u answers its own message %u", effect->daemon.v,
                 world->store.rows[row].message);
    if (!view->auto_respond)
        sim_fail(world, "silence", "row %u starts although daemon %u does not respond", row,
                 effect->daemon.v);
    if (open != (effect->kind == ORCH_FX_TURN_START))
        sim_fail(world, "hours", "row %u: %s while the daemon is %s work", row,
                 orch_effect_kind_name(effect->kind), open ? "at" : "off");
    if (effect->kind == ORCH_FX_TURN_OFFLINE && offline_sent(world, row) && !world->settings.bound_by_turns)
        sim_fail(world, "hours", "row %u gets a second offline message", row);
    known->deadline_ms = world->record.now_ms + world->host.config.turn_deadline_ms;
    known->model = 0;
    known->tries = 0;
    known->offline = effect->kind == ORCH_FX_TURN_OFFLINE;
}

/* The chain of models may have changed while it was tried. */
static bool chain_changed(const sim_world *world, uint32_t row)
{
    const sim_record *record = &world->record;

    return record->daemons[world->store.rows[row].daemon].spec_ms >=
           record->cases[row].deadline_ms - (int64_t)world->host.config.turn_deadline_ms;
}

/* What the last error asked for: how many models further the next attempt may go. */
static void check_further_start(sim_world *world, uint32_t row, const orch_effect *effect)
{
    const sim_record *record = &world->record;
    const sim_daemon_view *view = &record->daemons[effect->daemon.v];
    sim_case *known = sim_case_of(world, row);
    bool at_once = known->view == SIM_VIEW_RUNNING;

    if (effect->attempt != known->attempt + 1 || effect->turn.v != known->turn)
        sim_fail(world, "retries", "row %u: attempt %u follows %u", row, effect->attempt, known->attempt);
    if (at_once && record->event->kind != ORCH_EV_TURN_ERROR)
        sim_fail(world, "limit", "row %u starts while it runs", row);
    if (!at_once && record->now_ms < known->resume_ms)
        sim_fail(world, "retries", "row %u is tried again %lld ms too early", row,
                 (long long)(known->resume_ms - record->now_ms));
    if (record->now_ms >= known->deadline_ms)
        sim_fail(world, "deadline", "row %u is tried again %lld ms after its deadline", row,
                 (long long)(record->now_ms - known->deadline_ms));
    if (view->status != ORCH_STATUS_RUNNING)
        sim_fail(world, "lifecycle", "row %u is tried again while daemon %u is %s", row, effect->daemon.v,
                 orch_status_name(view->status));
    if (chain_changed(world, row))
        return;
    if (effect->model == known->model && known->tries >= world->host.config.attempts_per_model)
        sim_fail(world, "retries", "row %u: attempt %u with model %u", row, known->tries + 1, effect->model);
    if ((effect->model != known->model && effect->model != known->model + 1) ||
        effect->model >= view->models_count)
        sim_fail(world, "retries", "row %u: model %u follows %u of %u", row, effect->model, known->model,
                 view->models_count);
}

static void on_start(sim_world *world, uint32_t row, const orch_effect *effect)
{
    sim_case *known = sim_case_of(world, row);
    int64_t timeout_at_ms = world->record.now_ms + world->host.config.attempt_timeout_ms;

    if (known->view == SIM_VIEW_QUEUED)
        check_first_start(world, row, effect);
    else if (known->view == SIM_VIEW_BACKOFF || known->view == SIM_VIEW_RUNNING)
        check_further_start(world, row, effect);
    else
        sim_fail(world, "once", "row %u starts although it has ended", row);
    if (effect->deadline_ms != (timeout_at_ms < known->deadline_ms ? timeout_at_ms : known->deadline_ms))
        sim_fail(world, "deadline", "row %u is given until %lld", row, (long long)effect->deadline_ms);
    if (known->model != effect->model)
        known->tries = 0;
    known->tries++;
    known->model = effect->model;
    known->attempt = effect->attempt;
    known->turn = effect->turn.v;
    known->view = SIM_VIEW_RUNNING;
}

/* ---- ends ---- */

/* It may give up only when nothing is left to try. */
static bool exhausted(const sim_world *world, uint32_t row)
{
    const sim_record *record = &world->record;
    const orch_event *event = record->event;
    const sim_case *known = &record->cases[row];
    const sim_daemon_view *view = &record->daemons[world->store.rows[row].daemon];
    int64_t pause_ms = world->host.config.retry_cap_ms;

    if (record->now_ms >= known->deadline_ms)
        return true;
    if (event->kind != ORCH_EV_TURN_ERROR || event->turn.v != known->turn)
        return false;
    if (event->verdict == ORCH_VERDICT_FINAL || chain_changed(world, row))
        return true;
    if (event->verdict == ORCH_VERDICT_RETRY && known->tries < world->host.config.attempts_per_model) {
        if (pause_ms < event->retry_after_ms)
            pause_ms = event->retry_after_ms;
        return record->now_ms + pause_ms >= known->deadline_ms;
    }
    return known->model + 1 >= view->models_count;
}

static bool may_skip(sim_world *world, uint32_t row)
{
    uint32_t daemon = world->store.rows[row].daemon;
    const sim_case *known = sim_case_of(world, row);
    const sim_daemon_view *view = &world->record.daemons[daemon];

    return known->abandoned || known->own || !view->auto_respond ||
           (!sim_view_open(view, world->record.now_ms) && offline_sent(world, row));
}

static void check_new_outcome(sim_world *world, uint32_t row, const orch_effect *effect)
{
    const sim_case *known = sim_case_of(world, row);
    bool done =
        world->record.event->kind == ORCH_EV_TURN_DONE && world->record.event->turn.v == effect->turn.v;

    if (effect->kind == ORCH_FX_TURN_REPLY && (known->view != SIM_VIEW_RUNNING || !done))
        sim_fail(world, "turns", "a reply of row %u, which the model has not finished", row);
    if (effect->kind == ORCH_FX_TURN_REPLY && known->stopped)
        sim_fail(world, "stopped", "row %u was stopped and is answered", row);
    if ((effect->error == ORCH_E_STOPPED) != (effect->kind == ORCH_FX_TURN_FAIL && known->stopped))
        sim_fail(world, "stopped", "row %u ends with %s (%s)", row, orch_effect_kind_name(effect->kind),
                 orch_error_name(effect->error));
    if (effect->kind == ORCH_FX_TURN_FAIL && !known->stopped && !exhausted(world, row))
        sim_fail(world, "retries", "row %u fails (%s) although it may be tried again", row,
                 orch_error_name(effect->error));
    if (effect->error == ORCH_E_STOPPED && known->view == SIM_VIEW_QUEUED && waits_for_another(world, row))
        sim_fail(world, "order", "row %u was stopped and ends before one of its conversation", row);
    if (effect->kind == ORCH_FX_TURN_SKIP) {
        if (!may_skip(world, row))
            sim_fail(world, "silence", "row %u ends in silence without a reason", row);
        if (known->view == SIM_VIEW_QUEUED && known->turn_past != effect->turn.v)
            check_place(world, row); /* otherwise it ran and was cancelled a moment ago */
    }
}

static void on_outcome(sim_world *world, uint32_t row, const orch_effect *effect)
{
    sim_case *known = sim_case_of(world, row);

    if (known->view == SIM_VIEW_NONE) {
        sim_fail(world, "once", "%s of row %u, which has ended", orch_effect_kind_name(effect->kind), row);
        return;
    }
    if (known->view != SIM_VIEW_STORING) {
        check_new_outcome(world, row, effect);
    } else if (known->resume_ms == 0 || world->record.now_ms < known->resume_ms ||
               known->outcome != effect->kind || known->error != effect->error ||
               known->turn != effect->turn.v) {
        sim_fail(world, "once", "%s of row %u again, which the host is storing",
                 orch_effect_kind_name(effect->kind), row);
    }
    known->view = SIM_VIEW_STORING;
    known->turn = effect->turn.v;
    known->outcome = effect->kind;
    known->error = effect->error;
    known->resume_ms = 0;
}

static void on_retry_told(sim_world *world, uint32_t row, const orch_effect *effect)
{
    const orch_event *event = world->record.event;
    sim_case *known = sim_case_of(world, row);

    if (known->view != SIM_VIEW_RUNNING || event->kind != ORCH_EV_TURN_ERROR)
        sim_fail(world, "retries", "row %u: a retry for no reason", row);
    if (event->verdict == ORCH_VERDICT_FINAL)
        sim_fail(world, "retries", "row %u: a retry after a final error", row);
    if (event->verdict == ORCH_VERDICT_RETRY && effect->model == known->model &&
        effect->value < (int64_t)event->retry_after_ms)
        sim_fail(world, "retries", "row %u: %lld ms although the server asked for %u", row,
                 (long long)effect->value, event->retry_after_ms);
    if (world->record.now_ms + effect->value >= known->deadline_ms)
        sim_fail(world, "deadline", "row %u: a retry in %lld ms is planned, beyond the deadline", row,
                 (long long)effect->value);
    if (effect->value > 0) {
        known->view = SIM_VIEW_BACKOFF;
        known->resume_ms = world->record.now_ms + effect->value;
    }
}

static void on_cancel(sim_world *world, const orch_effect *effect)
{
    uint32_t row = sim_case_by_turn(world, effect->turn.v);

    if (world->record.event->kind == ORCH_EV_UNREGISTER)
        return; /* all of it went with the daemon */
    if (row == 0 || sim_case_of(world, row)->view != SIM_VIEW_RUNNING) {
        sim_fail(world, "turns", "turn %llx is cancelled, which does not run",
                 (unsigned long long)effect->turn.v);
        return;
    }
    back_to_queue(sim_case_of(world, row));
}

void sim_check_turn_effect(sim_world *world, const orch_effect *effect)
{
    uint32_t row = sim_store_row(&world->store, effect->message.v, effect->daemon.v);

    switch (effect->kind) {
    case ORCH_FX_TURN_START:
    case ORCH_FX_TURN_OFFLINE:
        if (row)
            on_start(world, row, effect);
        break;
    case ORCH_FX_TURN_REPLY:
    case ORCH_FX_TURN_FAIL:
    case ORCH_FX_TURN_SKIP:
        if (row)
            on_outcome(world, row, effect);
        break;
    case ORCH_FX_TURN_CANCEL:
        on_cancel(world, effect);
        break;
    case ORCH_FX_EMIT:
        if (effect->emit == ORCH_EMIT_TURN_RETRY && row)
            on_retry_told(world, row, effect);
        break;
    default:
        break;
    }
}

/* ---- when nothing is due ---- */

/* A turn that waits though it could run, or end. */
static void check_idle(sim_world *world, uint32_t row, uint32_t active)
{
    uint32_t daemon = world->store.rows[row].daemon;
    const sim_daemon_view *view = &world->record.daemons[daemon];
    const sim_case *known = &world->record.cases[row];
    bool may_run = view->status == ORCH_STATUS_RUNNING && active < view->running_max;
    bool may_end = known->stopped && !known->abandoned && !known->own;

    if ((!may_run && !may_end) || waits_for_another(world, row))
        return;
    if (may_end)
        sim_fail(world, "stopped", "row %u was stopped and waits for nothing", row);
    else
        sim_fail(world, "idle", "row %u waits although daemon %u runs only %u of %u conversations", row,
                 daemon, active, view->running_max);
}

/* Errors of a turn in a daemon that stops or stands still send it back to the queue without a word. */
static void requeue_silent(sim_world *world, uint32_t row)
{
    const sim_record *record = &world->record;
    sim_case *known = sim_case_of(world, row);
    const sim_daemon_view *view = &record->daemons[world->store.rows[row].daemon];
    bool erred = known->view == SIM_VIEW_RUNNING && record->event->kind == ORCH_EV_TURN_ERROR &&
                 record->event->turn.v == known->turn && record->result == 0;

    if (view->status != ORCH_STATUS_RUNNING && (known->view == SIM_VIEW_BACKOFF || erred))
        back_to_queue(known);
}

void sim_check_turns_requeued(sim_world *world)
{
    for (uint32_t i = 0; i < world->record.live_count; i++)
        requeue_silent(world, world->record.live[i]);
}

/* What is being stored goes on whatever the daemon does. */
static bool may_run(const sim_world *world, uint32_t row)
{
    orch_status status = world->record.daemons[world->store.rows[row].daemon].status;
    sim_view view = world->record.cases[row].view;

    return view == SIM_VIEW_STORING || status == ORCH_STATUS_RUNNING ||
           (view == SIM_VIEW_RUNNING && status == ORCH_STATUS_STOPPING);
}

void sim_check_turns_settled(sim_world *world)
{
    const sim_record *record = &world->record;
    bool starved = record->refused_ms && record->now_ms - record->refused_ms <= 200;
    uint32_t active[SIM_SPEAKERS_MAX + 1] = {0};

    for (uint32_t i = 0; i < record->live_count; i++)
        active[world->store.rows[record->live[i]].daemon] +=
            record->cases[record->live[i]].view != SIM_VIEW_QUEUED;
    for (uint32_t i = 0; i < record->live_count && !starved; i++) {
        uint32_t row = record->live[i];
        const sim_case *known = &record->cases[row];

        if (known->view == SIM_VIEW_QUEUED)
            check_idle(world, row, active[world->store.rows[row].daemon]);
        else if (!may_run(world, row))
            sim_fail(world, "stop", "row %u goes on although its daemon does not run", row);
        else if (known->view == SIM_VIEW_RUNNING && record->now_ms >= known->deadline_ms)
            sim_fail(world, "deadline", "row %u runs %lld ms after its deadline", row,
                     (long long)(record->now_ms - known->deadline_ms));
        else if (known->view == SIM_VIEW_BACKOFF && record->now_ms >= known->resume_ms)
            sim_fail(world, "retries", "row %u is not tried again", row);
        else if (known->view == SIM_VIEW_STORING && known->resume_ms && record->now_ms >= known->resume_ms)
            sim_fail(world, "store", "row %u: the store is not tried again", row);
    }
}
