/* The restart policy: after each failure of a managed daemon a pause, restart_base_ms doubling to restart_cap_ms, at most
 * restarts_max in a row, then it stays in error until somebody starts it. Running for restart_reset_ms clears the count.
 *
 * ORCH_EV_STOP_ALL marks every daemon at once and stops them a portion a step: an event for a marked daemon stops it
 * first, so that nobody can tell the difference, but for the size of the steps.
 */
#include "manager.h"

#include "config.h"
#include "daemon.h"
#include "effects.h"
#include "plant.h"

/* ---- health checks ---- */

void orch__manager_watch(orch_core *core, orch__daemon *daemon)
{
    if (daemon->managed && !orch__timer_armed(&core->wheel, daemon->health_timer))
        orch__timer_arm(&core->wheel, daemon->health_timer, core->now_ms + core->config.health_check_ms);
}

void orch__manager_unwatch(orch_core *core, orch__daemon *daemon)
{
    orch__timer_disarm(&core->wheel, daemon->health_timer);
}

void orch__manager_health_timer(orch_core *core, orch__daemon *daemon)
{
    orch__timer_arm(&core->wheel, daemon->health_timer, core->now_ms + core->config.health_check_ms);
    orch__emit(core, ORCH_EMIT_HEALTH, daemon->id)->status = (orch_status)daemon->status;
    if (daemon->status == ORCH_STATUS_ERROR)
        orch__emit_error(core, ORCH_EMIT_HEALTH_ERROR, daemon->id, daemon->error);
}

/* ---- restarts ---- */

uint32_t orch__manager_restarts(const orch_core *core, const orch__daemon *daemon, int64_t now_ms)
{
#if ORCH_PLANT == 7
    now_ms = daemon->started_ms;
#endif
    if (daemon->status == ORCH_STATUS_RUNNING &&
        now_ms - daemon->started_ms >= (int64_t)core->config.restart_reset_ms)
        return 0;
    return daemon->restarts;
}

static int64_t pause_before_restart(const orch_core *core, uint32_t restarts)
{
    uint64_t pause = (uint64_t)core->config.restart_base_ms << (restarts < 31 ? restarts : 31);

    return (int64_t)(pause < core->config.restart_cap_ms ? pause : core->config.restart_cap_ms);
}

static void give_up(orch_core *core, orch__daemon *daemon)
{
    orch__emit_error(core, ORCH_EMIT_RESTART_ERROR, daemon->id, ORCH_E_MAX_RESTARTS)->count =
        core->config.restarts_max;
}

void orch__manager_failed(orch_core *core, orch__daemon *daemon)
{
    orch_effect *effect;

    if (!daemon->managed || !core->config.auto_restart)
        return;
    if (daemon->restarts >= core->config.restarts_max) {
        give_up(core, daemon);
        return;
    }
    effect = orch__emit(core, ORCH_EMIT_RESTART_SCHEDULED, daemon->id);
    effect->count = daemon->restarts + 1;
    effect->value = pause_before_restart(core, daemon->restarts);
    orch__timer_arm(&core->wheel, daemon->phase_timer, core->now_ms + effect->value);
}

void orch__manager_restart(orch_core *core, orch__daemon *daemon)
{
    if (!core->config.auto_restart)
        return;
    if (daemon->restarts >= core->config.restarts_max) {
        give_up(core, daemon); /* the limit was lowered meanwhile */
        return;
    }
    daemon->restarts++;
    orch__daemon_open(core, daemon, true);
}

/* ---- logins ---- */

int orch__manager_on_login(orch_core *core, const orch_event *event)
{
    orch__daemon *daemon = orch__daemon_find(core, event->daemon);

    if (!daemon) {
        orch__emit_error(core, ORCH_EMIT_AUTO_START_ERROR, event->daemon.v, ORCH_E_NOT_FOUND);
        return ORCH_E_NOT_FOUND;
    }
    if (!core->config.auto_start)
        return 0;
    orch__manager_settle(core, daemon);
    if (daemon->status == ORCH_STATUS_RUNNING) {
        daemon->managed = true;
        orch__manager_watch(core, daemon);
        return 0;
    }
    (void)orch__daemon_start(core, daemon, true); /* fails only for a running one */
    daemon->from_login = daemon->status == ORCH_STATUS_INITIALIZING;
    return 0;
}

/* ---- stop of all ---- */

void orch__manager_settle(orch_core *core, orch__daemon *daemon)
{
    if (!daemon->stop_asked)
        return;
    daemon->stop_asked = false;
    core->stops_asked--;
    orch__daemon_stop(core, daemon);
}

void orch__manager_stop_more(orch_core *core)
{
    while (core->stops_asked && orch__effects_room(core) >= ORCH__PIECE_EFFECTS) {
        orch__daemon *daemon = orch__daemon_find(core, (orch_daemon_id){core->stops_cursor});

        core->stops_cursor++;
        if (daemon)
            orch__manager_settle(core, daemon);
    }
}

int orch__manager_on_stop_all(orch_core *core, const orch_event *event)
{
    (void)event;
    for (uint32_t id = 1; id <= core->daemons_top; id++) {
        orch__daemon *daemon = orch__daemon_find(core, (orch_daemon_id){id});

        if (daemon && !daemon->stop_asked && daemon->status != ORCH_STATUS_STOPPED) {
            daemon->stop_asked = true;
            core->stops_asked++;
        }
    }
    core->stops_cursor = 1;
    orch__manager_stop_more(core);
#if ORCH_PLANT == 9
    for (uint32_t id = 1; id <= core->daemons_top; id++)
        if (orch__daemon_find(core, (orch_daemon_id){id}))
            orch__daemon_at(core, id)->stop_asked = false;
    core->stops_asked = 0;
#endif
    return 0;
}

/* ---- configuration ---- */

/* Each check comes at another point of the new interval: no herd. */
static void respread_health_checks(orch_core *core)
{
    for (uint32_t id = 1; id <= core->daemons_top; id++) {
        orch__daemon *daemon = orch__daemon_find(core, (orch_daemon_id){id});

        if (daemon && orch__timer_armed(&core->wheel, daemon->health_timer))
            orch__timer_arm(&core->wheel, daemon->health_timer,
                            core->now_ms + 1 + (int64_t)(orch__mix(0, id) % core->config.health_check_ms));
    }
}

int orch__manager_on_configure(orch_core *core, const orch_event *event)
{
    const orch_core_config *changed = event->configure;
    bool respread = changed->health_check_ms != core->config.health_check_ms;

    core->config.auto_start = changed->auto_start;
    core->config.auto_restart = changed->auto_restart;
    core->config.restarts_max = changed->restarts_max;
    core->config.health_check_ms = changed->health_check_ms;
    core->config.restart_base_ms = changed->restart_base_ms;
    core->config.restart_cap_ms = changed->restart_cap_ms;
    core->config.restart_reset_ms = changed->restart_reset_ms;
    if (respread)
        respread_health_checks(core);
    return 0;
}
