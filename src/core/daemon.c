/* The daemon's state machine
 *
 *     stopped, error ── orch__daemon_open ──▶ initializing ── on_opened ──▶ running
 *     initializing, running ── orch__daemon_stop ──▶ stopping ── end_stop ──▶ stopped (──▶ initializing, if wanted)
 *     initializing, running ── orch__daemon_fail ──▶ error ── orch__daemon_stop ──▶ stopped
 *
 *   set_status assigns the status.
 *
 * Invariants
 *  1. Every ORCH_FX_DAEMON_OPEN is followed by OPEN_FAILED or by ORCH_FX_DAEMON_CLOSE before the next one.
 *  2. The phase timer: initializing: the opening takes too long · stopping: the grace is over · error: restart ·
 *     running: more turns can start than fitted into one step.
 *  3. Turns run only while running or stopping, and are in backoff only while running.
 */
#include "daemon.h"

#include "assertion.h"
#include "effects.h"
#include "manager.h"
#include "plant.h"
#include "turn.h"

static void set_status(orch_core *core, orch__daemon *daemon, orch_status status)
{
    daemon->status = (uint8_t)status;
    orch__timer_disarm(&core->wheel, daemon->phase_timer);
    orch__timer_disarm(&core->wheel, daemon->heartbeat_timer);
    daemon->beat_asked = false;
    daemon->missed = 0;
    if (status == ORCH_STATUS_RUNNING) {
        daemon->started_ms = core->now_ms;
        daemon->last_heartbeat_ms = core->now_ms;
        orch__daemon_rearm_heartbeat(core, daemon);
    } else if (status != ORCH_STATUS_STOPPING) {
        daemon->started_ms = 0;
    }
    if (status != ORCH_STATUS_INITIALIZING)
        daemon->restarting = daemon->from_login = false;
    if (status != ORCH_STATUS_STOPPING)
        daemon->wanted = false;
    orch__emit(core, ORCH_EMIT_STATUS_CHANGED, daemon->id)->status = status;
}

/* ---- start ---- */

void orch__daemon_open(orch_core *core, orch__daemon *daemon, bool restarting)
{
    ORCH_ASSERT(daemon->status == ORCH_STATUS_STOPPED || daemon->status == ORCH_STATUS_ERROR);
    set_status(core, daemon, ORCH_STATUS_INITIALIZING);
    daemon->restarting = restarting;
    orch__timer_arm(&core->wheel, daemon->phase_timer, core->now_ms + core->config.open_timeout_ms);
    orch__manager_watch(core, daemon);
    orch__effect(core, ORCH_FX_DAEMON_OPEN, daemon->id);
}

/* From now on the manager cares for it, if it did not before. */
static void manage(orch_core *core, orch__daemon *daemon, bool managed)
{
    daemon->managed = daemon->managed || managed;
    orch__manager_watch(core, daemon);
}

int orch__daemon_start(orch_core *core, orch__daemon *daemon, bool managed)
{
    switch (daemon->status) {
    case ORCH_STATUS_RUNNING:
        return ORCH_E_ALREADY_RUNNING;
    case ORCH_STATUS_INITIALIZING:
        manage(core, daemon, managed);
        return 0;
    case ORCH_STATUS_STOPPING:
        manage(core, daemon, managed);
        daemon->wanted = true;
        return 0;
    case ORCH_STATUS_STOPPED:
        daemon->managed = managed;
        break;
    default: /* in error: what the manager planned is off */
        manage(core, daemon, managed);
    }
    daemon->restarts = 0;
    orch__daemon_open(core, daemon, false);
    return 0;
}

int orch__daemon_on_start(orch_core *core, orch__daemon *daemon, const orch_event *event)
{
    return orch__daemon_start(core, daemon, event->managed);
}

int orch__daemon_on_opened(orch_core *core, orch__daemon *daemon, const orch_event *event)
{
    bool restarted = daemon->restarting;

    (void)event;
    if (daemon->status != ORCH_STATUS_INITIALIZING)
        return ORCH_E_STATE;
    set_status(core, daemon, ORCH_STATUS_RUNNING);
    orch__emit(core, ORCH_EMIT_STARTED, daemon->id);
    if (restarted)
        orch__emit(core, ORCH_EMIT_RESTARTED, daemon->id)->count = daemon->restarts;
#if ORCH_PLANT != 1
    orch__turn_dispatch(core, daemon);
#endif
    return 0;
}

/* ---- stop ---- */

static void end_stop(orch_core *core, orch__daemon *daemon)
{
    bool wanted = daemon->wanted;

    orch__turn_withdraw(core, daemon, true);
    orch__effect(core, ORCH_FX_DAEMON_CLOSE, daemon->id);
    set_status(core, daemon, ORCH_STATUS_STOPPED);
    orch__emit(core, ORCH_EMIT_STOPPED, daemon->id);
    daemon->restarts = 0;
    if (wanted)
        orch__daemon_open(core, daemon, false);
    else
        orch__manager_unwatch(core, daemon);
}

void orch__daemon_stop(orch_core *core, orch__daemon *daemon)
{
    switch (daemon->status) {
    case ORCH_STATUS_STOPPED:
        return;
    case ORCH_STATUS_STOPPING:
        daemon->wanted = false;
        return;
    case ORCH_STATUS_ERROR:
        set_status(core, daemon, ORCH_STATUS_STOPPED);
        orch__emit(core, ORCH_EMIT_STOPPED, daemon->id);
        daemon->restarts = 0;
        orch__manager_unwatch(core, daemon);
        return;
    default:
        set_status(core, daemon, ORCH_STATUS_STOPPING);
        orch__timer_arm(&core->wheel, daemon->phase_timer, core->now_ms + core->config.stop_grace_ms);
        orch__turn_withdraw(core, daemon, false);
        orch__daemon_turn_ended(core, daemon);
    }
}

void orch__daemon_turn_ended(orch_core *core, orch__daemon *daemon)
{
    if (daemon->status == ORCH_STATUS_STOPPING && daemon->active == 0)
        end_stop(core, daemon);
}

int orch__daemon_on_stop(orch_core *core, orch__daemon *daemon, const orch_event *event)
{
    (void)event;
    orch__daemon_stop(core, daemon);
    return 0;
}

int orch__daemon_on_restart(orch_core *core, orch__daemon *daemon, const orch_event *event)
{
    if (daemon->status != ORCH_STATUS_RUNNING)
        return orch__daemon_start(core, daemon, daemon->managed || event->managed);
    manage(core, daemon, event->managed);
    set_status(core, daemon, ORCH_STATUS_STOPPING);
    daemon->wanted = true;
    orch__timer_arm(&core->wheel, daemon->phase_timer, core->now_ms + core->config.stop_grace_ms);
    orch__turn_withdraw(core, daemon, false);
    orch__daemon_turn_ended(core, daemon);
    return 0;
}

/* ---- failure ---- */

static void fail(orch_core *core, orch__daemon *daemon, int32_t error, bool close)
{
    bool opening = daemon->status == ORCH_STATUS_INITIALIZING;
    bool restarting = daemon->restarting;
    bool from_login = daemon->from_login;

    daemon->error = error;
    daemon->restarts = orch__manager_restarts(core, daemon, core->now_ms);
    orch__turn_withdraw(core, daemon, true);
    if (close)
        orch__effect(core, ORCH_FX_DAEMON_CLOSE, daemon->id);
    set_status(core, daemon, ORCH_STATUS_ERROR);
    orch__emit_error(core, ORCH_EMIT_ERROR, daemon->id, error);
    if (opening)
        orch__emit_error(core, restarting ? ORCH_EMIT_RESTART_ERROR : ORCH_EMIT_START_ERROR, daemon->id,
                         error);
    if (from_login)
        orch__emit_error(core, ORCH_EMIT_AUTO_START_ERROR, daemon->id, error);
    orch__manager_failed(core, daemon);
}

/* Turns that did not end in time, or a fault: the stop ends all the same. */
static void cut_stop(orch_core *core, orch__daemon *daemon, int32_t error)
{
    orch__emit_error(core, ORCH_EMIT_STOP_ERROR, daemon->id, error);
    end_stop(core, daemon);
}

void orch__daemon_fail(orch_core *core, orch__daemon *daemon, int32_t error)
{
    switch (daemon->status) {
    case ORCH_STATUS_INITIALIZING:
    case ORCH_STATUS_RUNNING:
        fail(core, daemon, error, true);
        break;
    case ORCH_STATUS_STOPPING:
        daemon->error = error;
        orch__emit_error(core, ORCH_EMIT_ERROR, daemon->id, error);
        cut_stop(core, daemon, error);
        break;
    default:
        break;
    }
}

int orch__daemon_on_open_failed(orch_core *core, orch__daemon *daemon, const orch_event *event)
{
    if (daemon->status != ORCH_STATUS_INITIALIZING)
        return ORCH_E_STATE;
    fail(core, daemon, event->error, false);
    return 0;
}

int orch__daemon_on_failed(orch_core *core, orch__daemon *daemon, const orch_event *event)
{
    if (daemon->status == ORCH_STATUS_STOPPED || daemon->status == ORCH_STATUS_ERROR)
        return ORCH_E_NOT_RUNNING;
    orch__daemon_fail(core, daemon, event->error);
    return 0;
}

/* ---- heartbeat ---- */

void orch__daemon_rearm_heartbeat(orch_core *core, orch__daemon *daemon)
{
    if (daemon->status == ORCH_STATUS_RUNNING)
        orch__timer_arm(&core->wheel, daemon->heartbeat_timer, core->now_ms + daemon->heartbeat_ms);
}

/* Misses are counted tick by tick, never from the clock: after a pause of the whole process the daemon is asked again
 * before it is blamed. */
void orch__daemon_heartbeat_timer(orch_core *core, orch__daemon *daemon)
{
    if (daemon->beat_asked && ++daemon->missed == ORCH__MISSES_MAX) {
        orch__daemon_fail(core, daemon, ORCH_E_HEARTBEAT);
        return;
    }
    daemon->beat_asked = true;
    orch__daemon_rearm_heartbeat(core, daemon);
    orch__effect(core, ORCH_FX_HEARTBEAT, daemon->id);
}

int orch__daemon_on_heartbeat(orch_core *core, orch__daemon *daemon, const orch_event *event)
{
    (void)event;
    if (daemon->status != ORCH_STATUS_RUNNING)
        return ORCH_E_NOT_RUNNING;
    daemon->beat_asked = false;
    daemon->missed = 0;
    daemon->last_heartbeat_ms = core->now_ms;
    orch__emit(core, ORCH_EMIT_HEARTBEAT, daemon->id);
    return 0;
}

void orch__daemon_phase_timer(orch_core *core, orch__daemon *daemon)
{
    orch__timer_disarm(&core->wheel, daemon->phase_timer);
    switch (daemon->status) {
    case ORCH_STATUS_INITIALIZING:
        orch__daemon_fail(core, daemon, ORCH_E_TIMEOUT);
        break;
    case ORCH_STATUS_RUNNING:
        orch__turn_dispatch(core, daemon);
        break;
    case ORCH_STATUS_STOPPING:
        cut_stop(core, daemon, ORCH_E_TIMEOUT);
        break;
    case ORCH_STATUS_ERROR:
        orch__manager_restart(core, daemon);
        break;
    default:
        ORCH_ASSERT(false);
    }
}
