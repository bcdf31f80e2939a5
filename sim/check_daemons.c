/* Checkers of a daemon's life: transitions, reasons for errors, heartbeats, the restart policy, the end of stops. */
#include "checkers.h"

static sim_daemon_view *view_of(sim_world *world, uint32_t daemon)
{
    return &world->record.daemons[daemon <= SIM_DAEMONS_MAX ? daemon : 0];
}

/* Each local day from start to end, past midnight when end is smaller, closed when equal. */
bool sim_view_open(const sim_daemon_view *view, int64_t now_ms)
{
    int64_t minute = (now_ms + 1000LL * view->offset_s) / 60000 % 1440;

    if (!view->limited)
        return true;
    if (view->start_min <= view->end_min)
        return minute >= view->start_min && minute < view->end_min;
    return minute >= view->start_min || minute < view->end_min;
}

/* ---- events ---- */

static void on_register(sim_world *world)
{
    sim_record *record = &world->record;
    uint32_t daemon = record->event->spec->daemon.v;
    const sim_orchestrator *spec = &world->store.orchestrators[daemon];
    sim_daemon_view *view = view_of(world, daemon);

    if (record->result != 0)
        return;
    if (view->heartbeat_ms != spec->heartbeat_ms)
        view->beat_due_ms = record->now_ms + spec->heartbeat_ms;
    view->registered = true;
    view->mention_only = spec->mention_only;
    view->auto_respond = spec->auto_respond;
    view->limited = spec->limited;
    view->offset_s = spec->offset_s;
    view->start_min = spec->start_min;
    view->end_min = spec->end_min;
    view->heartbeat_ms = spec->heartbeat_ms;
    view->running_max = spec->running_max;
    view->models_count = spec->models_count;
    view->spec_ms = record->now_ms;
}

static void managed_from_now(sim_world *world, sim_daemon_view *view, bool managed)
{
    if (managed && !view->managed)
        view->health_ms = world->record.now_ms;
    view->managed = managed;
}

static void on_start(sim_world *world, sim_daemon_view *view, bool managed)
{
    view->stop_due = false;
    if (world->record.result != 0 && world->record.result != ORCH_E_ALREADY_RUNNING)
        return;
    if (world->record.result == ORCH_E_ALREADY_RUNNING) {
        if (view->status != ORCH_STATUS_RUNNING)
            sim_fail(world, "lifecycle", "a daemon that is %s runs already", orch_status_name(view->status));
        return;
    }
    if (view->status == ORCH_STATUS_STOPPED)
        managed_from_now(world, view, managed);
    else
        managed_from_now(world, view, view->managed || managed);
    if (view->status == ORCH_STATUS_STOPPED || view->status == ORCH_STATUS_ERROR) {
        view->restarts = 0;
        view->restart_ms = 0;
    } else
        view->wanted = true; /* should a stop be under way or still to be carried out */
}

static void on_login(sim_world *world, sim_daemon_view *view)
{
    if (view->status == ORCH_STATUS_RUNNING) {
        view->stop_due = false;
        managed_from_now(world, view, true);
        view->wanted = true;
    } else {
        on_start(world, view, true);
    }
}

static void on_restart(sim_world *world, sim_daemon_view *view, const orch_event *event)
{
    if (world->record.result != 0)
        return;
    if (view->status == ORCH_STATUS_RUNNING) {
        view->stop_due = false;
        managed_from_now(world, view, view->managed || event->managed);
        view->wanted = true;
    } else {
        on_start(world, view, view->managed || event->managed);
    }
}

void sim_check_daemon_event(sim_world *world)
{
    sim_record *record = &world->record;
    const orch_event *event = record->event;
    sim_daemon_view *view = view_of(world, event->daemon.v);

    switch (event->kind) {
    case ORCH_EV_REGISTER:
        on_register(world);
        break;
    case ORCH_EV_START:
        on_start(world, view, event->managed);
        break;
    case ORCH_EV_RESTART:
        on_restart(world, view, event);
        break;
    case ORCH_EV_LOGIN:
        if (record->result == 0 && record->manager.auto_start) {
            on_login(world, view);
        }
        break;
    case ORCH_EV_STOP:
    case ORCH_EV_LOGOUT:
        view->wanted = false;
        view->stop_due = view->registered;
        break;
    case ORCH_EV_STOP_ALL:
        for (uint32_t d = 1; d <= SIM_DAEMONS_MAX; d++) {
            record->daemons[d].wanted = false;
            record->daemons[d].stop_due = record->daemons[d].registered;
        }
        break;
    case ORCH_EV_HEARTBEAT:
        if (record->result == 0) {
            view->beat_asked = false;
            view->missed = 0;
        }
        break;
    case ORCH_EV_CONFIGURE:
        record->manager = *event->configure;
        for (uint32_t d = 1; d <= SIM_DAEMONS_MAX; d++)
            record->daemons[d].health_ms = record->now_ms;
        break;
    default:
        break;
    }
}

/* ---- effects ---- */

static void on_running(sim_world *world, uint32_t daemon, sim_daemon_view *view)
{
    const orch_event *event = world->record.event;

    if (view->status != ORCH_STATUS_INITIALIZING || event->kind != ORCH_EV_OPENED ||
        event->daemon.v != daemon)
        sim_fail(world, "lifecycle", "daemon %u runs after it was %s", daemon,
                 orch_status_name(view->status));
    view->wanted = false;
    view->beat_asked = false;
    view->missed = 0;
    view->beat_due_ms = world->record.now_ms + view->heartbeat_ms;
}

/* Whose doing is it that the daemon opens? */
static void on_opening(sim_world *world, uint32_t daemon, sim_daemon_view *view)
{
    const sim_record *record = &world->record;
    const orch_event *event = record->event;
    bool asked =
        event->daemon.v == daemon &&
        (event->kind == ORCH_EV_START || event->kind == ORCH_EV_RESTART || event->kind == ORCH_EV_LOGIN);

    if (view->status == ORCH_STATUS_STOPPED) {
        if (!asked && !view->wanted)
            sim_fail(world, "lifecycle", "daemon %u starts and nobody wants it", daemon);
        view->wanted = false;
    } else if (view->status != ORCH_STATUS_ERROR) {
        sim_fail(world, "lifecycle", "daemon %u starts while it is %s", daemon,
                 orch_status_name(view->status));
    } else if (!asked) {
        if (!view->managed || !record->manager.auto_restart || view->restart_ms == 0)
            sim_fail(world, "restarts", "daemon %u restarts and nobody planned it", daemon);
        if (record->now_ms < view->restart_ms)
            sim_fail(world, "restarts", "daemon %u restarts %lld ms too early", daemon,
                     (long long)(view->restart_ms - record->now_ms));
        if (++view->restarts > record->manager.restarts_max)
            sim_fail(world, "restarts", "daemon %u restarts for the %u. time, the limit is %u", daemon,
                     view->restarts, record->manager.restarts_max);
    }
    view->restart_ms = 0;
    view->health_ms = record->now_ms;
}

static bool turn_overdue(sim_world *world, uint32_t daemon)
{
    const sim_record *record = &world->record;

    for (uint32_t i = 0; i < record->live_count; i++) {
        const sim_case *known = &record->cases[record->live[i]];

        if (world->store.rows[record->live[i]].daemon == daemon && known->deadline_ms &&
            record->now_ms >= known->deadline_ms && known->view == SIM_VIEW_STORING &&
            known->error == ORCH_E_DEADLINE)
            return true;
    }
    return false;
}

static void check_reason(sim_world *world, uint32_t daemon, const sim_daemon_view *view)
{
    const sim_record *record = &world->record;
    const orch_event *event = record->event;
    bool told =
        event->daemon.v == daemon && (event->kind == ORCH_EV_OPEN_FAILED || event->kind == ORCH_EV_FAILED);
    bool opening = view->status == ORCH_STATUS_INITIALIZING &&
                   record->now_ms >= view->status_ms + world->host.config.open_timeout_ms;
    bool silent = view->status == ORCH_STATUS_RUNNING && view->beat_asked && view->missed == 2 &&
                  record->now_ms >= view->beat_due_ms;

    if (!told && !opening && !silent && !turn_overdue(world, daemon))
        sim_fail(world, "health", "daemon %u, %s, is in error without a reason", daemon,
                 orch_status_name(view->status));
}

static void on_error(sim_world *world, uint32_t daemon, sim_daemon_view *view)
{
    const sim_record *record = &world->record;

    if (view->status != ORCH_STATUS_INITIALIZING && view->status != ORCH_STATUS_RUNNING)
        sim_fail(world, "lifecycle", "daemon %u, %s, is in error", daemon, orch_status_name(view->status));
    check_reason(world, daemon, view);
    view->wanted = false;
    if (view->status == ORCH_STATUS_RUNNING &&
        record->now_ms - view->status_ms >= (int64_t)record->manager.restart_reset_ms)
        view->restarts = 0;
    /* A restart is due at once, unless RESTART_SCHEDULED or its refusal says more. */
    view->restart_ms = view->managed && record->manager.auto_restart ? record->now_ms : 0;
}

/* A stop waits for what is being stored, until the grace is over or something fails. */
static void check_patience(sim_world *world, uint32_t daemon, const sim_daemon_view *view)
{
    const sim_record *record = &world->record;
    bool failed = record->event->kind == ORCH_EV_FAILED || turn_overdue(world, daemon);

    if (view->status != ORCH_STATUS_STOPPING || failed ||
        record->now_ms >= view->status_ms + world->host.config.stop_grace_ms)
        return;
    for (uint32_t i = 0; i < record->live_count; i++) {
        uint32_t row = record->live[i];

        if (world->store.rows[row].daemon == daemon && record->cases[row].view == SIM_VIEW_STORING &&
            record->event->kind != ORCH_EV_UNREGISTER)
            sim_fail(world, "stop", "daemon %u did not wait for row %u to be stored", daemon, row);
    }
}

static void on_status(sim_world *world, const orch_effect *effect)
{
    uint32_t daemon = effect->daemon.v;
    sim_daemon_view *view = view_of(world, daemon);

    switch (effect->status) {
    case ORCH_STATUS_RUNNING:
        on_running(world, daemon, view);
        break;
    case ORCH_STATUS_INITIALIZING:
        on_opening(world, daemon, view);
        break;
    case ORCH_STATUS_ERROR:
        on_error(world, daemon, view);
        break;
    case ORCH_STATUS_STOPPING:
        if (view->status != ORCH_STATUS_RUNNING && view->status != ORCH_STATUS_INITIALIZING)
            sim_fail(world, "lifecycle", "daemon %u stops while it is %s", daemon,
                     orch_status_name(view->status));
        break;
    default:
        if (view->status != ORCH_STATUS_STOPPING && view->status != ORCH_STATUS_ERROR)
            sim_fail(world, "lifecycle", "daemon %u is stopped after it was %s", daemon,
                     orch_status_name(view->status));
        check_patience(world, daemon, view);
        view->restarts = 0;
        view->restart_ms = 0;
        break;
    }
    view->status = effect->status;
    view->status_ms = world->record.now_ms;
}

static void on_scheduled(sim_world *world, const orch_effect *effect)
{
    const orch_core_config *manager = &world->record.manager;
    sim_daemon_view *view = view_of(world, effect->daemon.v);
    uint64_t pause = manager->restart_base_ms;

    for (uint32_t i = 0; i < view->restarts && pause < manager->restart_cap_ms; i++)
        pause *= 2;
    if (pause > manager->restart_cap_ms)
        pause = manager->restart_cap_ms;
    if (view->status != ORCH_STATUS_ERROR || !view->managed || !manager->auto_restart ||
        view->restarts >= manager->restarts_max)
        sim_fail(world, "restarts", "daemon %u shall restart after %u restarts, the limit is %u",
                 effect->daemon.v, view->restarts, manager->restarts_max);
    if (effect->count != view->restarts + 1 || effect->value != (int64_t)pause)
        sim_fail(world, "restarts", "daemon %u: restart %u after %lld ms; it should be %u after %llu",
                 effect->daemon.v, effect->count, (long long)effect->value, view->restarts + 1,
                 (unsigned long long)pause);
    view->restart_ms = world->record.now_ms + effect->value;
}

static void on_emit(sim_world *world, const orch_effect *effect)
{
    sim_daemon_view *view = view_of(world, effect->daemon.v);

    switch (effect->emit) {
    case ORCH_EMIT_STATUS_CHANGED:
        on_status(world, effect);
        break;
    case ORCH_EMIT_RESTART_SCHEDULED:
        on_scheduled(world, effect);
        break;
    case ORCH_EMIT_RESTART_ERROR:
        if (effect->error != ORCH_E_MAX_RESTARTS)
            break;
        if (view->restarts < world->record.manager.restarts_max)
            sim_fail(world, "restarts", "daemon %u is given up after %u restarts, the limit is %u",
                     effect->daemon.v, view->restarts, world->record.manager.restarts_max);
        view->restart_ms = 0;
        break;
    case ORCH_EMIT_RESTARTED:
        if (effect->count != view->restarts)
            sim_fail(world, "restarts", "daemon %u: restart %u is told as the %u.", effect->daemon.v,
                     view->restarts, effect->count);
        break;
    case ORCH_EMIT_HEALTH:
        if (effect->status != view->status)
            sim_fail(world, "health", "daemon %u is %s and is told to be %s", effect->daemon.v,
                     orch_status_name(view->status), orch_status_name(effect->status));
        view->health_ms = world->record.now_ms;
        break;
    default:
        break;
    }
}

void sim_check_daemon_effect(sim_world *world, const orch_effect *effect)
{
    sim_daemon_view *view = view_of(world, effect->daemon.v);

    if (effect->kind == ORCH_FX_EMIT) {
        on_emit(world, effect);
    } else if (effect->kind == ORCH_FX_HEARTBEAT) {
        if (view->status != ORCH_STATUS_RUNNING || world->record.now_ms < view->beat_due_ms)
            sim_fail(world, "health", "daemon %u is asked for a heartbeat too early", effect->daemon.v);
        if (view->beat_asked && ++view->missed == 3)
            sim_fail(world, "health", "daemon %u missed 3 heartbeats and is not in error", effect->daemon.v);
        view->beat_asked = true;
        view->beat_due_ms = world->record.now_ms + view->heartbeat_ms;
        world->record.heartbeats++;
    }
}

/* Everything of it is forgotten, its reservations and its past included. */
void sim_check_daemon_gone(sim_world *world)
{
    sim_record *record = &world->record;
    uint32_t daemon = record->event->daemon.v;
    sim_daemon_view *view = view_of(world, daemon);

    if (record->event->kind != ORCH_EV_UNREGISTER || record->result != 0)
        return;
    if (view->status != ORCH_STATUS_STOPPED)
        sim_fail(world, "stop", "daemon %u is gone and still %s", daemon, orch_status_name(view->status));
    for (uint32_t i = record->live_count; i > 0; i--) {
        if (world->store.rows[record->live[i - 1]].daemon == daemon)
            sim_case_leave(world, record->live[i - 1]);
    }
    for (uint32_t row = 1; row < world->store.rows_count; row++) {
        if (world->store.rows[row].daemon == daemon)
            sim_case_of(world, row)->ended_no = 0;
    }
    for (size_t i = 0; i < SIM_OFFLINE_MAX; i++) {
        if (record->offline[i].daemon == daemon)
            record->offline[i].daemon = 0;
    }
    record->reserved -= view->reserved;
    *view = (sim_daemon_view){0};
}

/* ---- when nothing is due ---- */

static void check_timers(sim_world *world, uint32_t daemon, sim_daemon_view *view)
{
    const sim_record *record = &world->record;
    int64_t now_ms = record->now_ms;

    if (view->status == ORCH_STATUS_STOPPING && now_ms >= view->status_ms + world->host.config.stop_grace_ms)
        sim_fail(world, "stop", "daemon %u is stopping for %lld ms, the grace is %u", daemon,
                 (long long)(now_ms - view->status_ms), world->host.config.stop_grace_ms);
    if (view->status == ORCH_STATUS_STOPPED && view->wanted)
        sim_fail(world, "lifecycle", "daemon %u was to start after its stop", daemon);
    if (view->status == ORCH_STATUS_STOPPING && sim_active(world, daemon) == 0)
        sim_fail(world, "stop", "daemon %u is stopping and nothing runs", daemon);
    if (view->status == ORCH_STATUS_INITIALIZING &&
        now_ms >= view->status_ms + world->host.config.open_timeout_ms)
        sim_fail(world, "lifecycle", "daemon %u opens for ever", daemon);
    if (view->status == ORCH_STATUS_RUNNING && now_ms >= view->beat_due_ms)
        sim_fail(world, "health", "daemon %u is not asked for a heartbeat", daemon);
    if (view->status == ORCH_STATUS_ERROR && view->restart_ms && now_ms >= view->restart_ms) {
        if (record->manager.auto_restart)
            sim_fail(world, "restarts", "daemon %u is not restarted", daemon);
        view->restart_ms = 0; /* switched off when the time came: it stays in error */
    }
    if (view->managed && view->status != ORCH_STATUS_STOPPED && view->status != ORCH_STATUS_STOPPING &&
        now_ms > view->health_ms + record->manager.health_check_ms)
        sim_fail(world, "health", "daemon %u is not checked", daemon);
}

static void check_asked_stop(sim_world *world, uint32_t daemon, sim_daemon_view *view)
{
    if (view->stop_due && view->status != ORCH_STATUS_STOPPED && view->status != ORCH_STATUS_STOPPING)
        sim_fail(world, "stop", "daemon %u is %s although it was told to stop", daemon,
                 orch_status_name(view->status));
    view->stop_due = false;
}

/* The answer to somebody who asks. */
static void check_health(sim_world *world, uint32_t daemon, const sim_daemon_view *view)
{
    orch_health health;
    bool up = view->status == ORCH_STATUS_RUNNING || view->status == ORCH_STATUS_STOPPING;

    if (orch_core_health(world->host.core, (orch_daemon_id){daemon}, world->record.now_ms, &health) != 0) {
        sim_fail(world, "health", "daemon %u is not known", daemon);
        return;
    }
    if (health.status != view->status || health.answered != view->answered ||
        health.queued != sim_queued(world, daemon) ||
        health.conversations_active != sim_active(world, daemon) || (health.uptime_ms > 0 && !up))
        sim_fail(world, "health",
                 "daemon %u is %s, answered %llu, queued %u, active %u; it should be %s, %llu, %u, %u",
                 daemon, orch_status_name(health.status), (unsigned long long)health.answered, health.queued,
                 health.conversations_active, orch_status_name(view->status),
                 (unsigned long long)view->answered, sim_queued(world, daemon), sim_active(world, daemon));
}

void sim_check_daemons_settled(sim_world *world)
{
    for (uint32_t d = 1; d <= world->settings.daemons; d++) {
        sim_daemon_view *view = &world->record.daemons[d];

        if (!view->registered)
            continue;
        check_asked_stop(world, d, view);
        check_timers(world, d, view);
        if (world->events % 8 == d)
            check_health(world, d, view);
    }
}
