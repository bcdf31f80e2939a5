/* One event in, effects out. A row of the table below is what an event leads to.
 *
 * Only ORCH_EV_TICK fires timers: an answer that arrives late, but before the host ticks, still counts.
 */
#include "step.h"
#include "assertion.h"
#include "conversation.h"
#include "daemon.h"
#include "effects.h"
#include "event.h"
#include "manager.h"
#include "message.h"
#include "registry.h"
#include "turn.h"

/* ---- timers ---- */

/* The daemon that a due timer belongs to; NULL: the core itself. */
static orch__daemon *owner_of(const orch_core *core, const orch__timer *timer)
{
    switch (timer->kind) {
    case ORCH__TIMER_MEMORY:
        return NULL;
    case ORCH__TIMER_TURN:
        return orch__daemon_at(core, orch__turn_at(core, timer->owner)->daemon);
    default:
        return orch__daemon_at(core, timer->owner);
    }
}

static void fire(orch_core *core, const orch__timer *timer, orch__daemon *owner)
{
    switch (timer->kind) {
    case ORCH__TIMER_PHASE:
        orch__daemon_phase_timer(core, owner);
        break;
    case ORCH__TIMER_HEARTBEAT:
        orch__daemon_heartbeat_timer(core, owner);
        break;
    case ORCH__TIMER_HEALTH:
        orch__manager_health_timer(core, owner);
        break;
    case ORCH__TIMER_TURN:
        orch__turn_timer(core, timer->owner);
        break;
    case ORCH__TIMER_MEMORY:
        orch__conversation_forget_old(core);
        break;
    default:
        ORCH_ASSERT(false);
    }
}

/* The next due timer's daemon is likely one that nobody looked at for a while. */
static void look_ahead(const orch_core *core, const orch__timer *timer)
{
    const orch__timer *next = orch__timer_at(&core->wheel, timer->next);

    if (next->kind == ORCH__TIMER_HEARTBEAT || next->kind == ORCH__TIMER_HEALTH)
        orch__daemon_prefetch(orch__daemon_at(core, next->owner));
}

static int on_tick(orch_core *core, const orch_event *event)
{
    uint32_t due;

    (void)event;
    for (uint32_t i = 0; i < ORCH__TIMERS_MAX && (due = orch__wheel_due(&core->wheel)) != 0; i++) {
        const orch__timer *timer = orch__timer_at(&core->wheel, due);
        orch__daemon *owner = owner_of(core, timer);

        if (ORCH__LOOKS_AHEAD)
            look_ahead(core, timer);
        if (orch__effects_room(core) < ORCH__PIECE_EFFECTS + (owner ? owner->running : 0))
            break;
        if (owner && owner->stop_asked)
            orch__manager_settle(core, owner);
        else
            fire(core, timer, owner);
    }
    orch__manager_stop_more(core);
    return 0;
}

/* ---- events ---- */

typedef int (*daemon_handler)(orch_core *core, orch__daemon *daemon, const orch_event *event);
typedef int (*handler)(orch_core *core, const orch_event *event);

/* A row has one of the two. `on_daemon` is for events that read or change a daemon's status. */
static const struct row {
    daemon_handler on_daemon;
    handler on_core;
} rows[ORCH_EV_COUNT] = {
    [ORCH_EV_TICK] = {.on_core = on_tick},
    [ORCH_EV_CONFIGURE] = {.on_core = orch__manager_on_configure},
    [ORCH_EV_REGISTER] = {.on_core = orch__registry_on_register},
    [ORCH_EV_UNREGISTER] = {.on_core = orch__registry_on_unregister},
    [ORCH_EV_LOGIN] = {.on_core = orch__manager_on_login},
    [ORCH_EV_LOGOUT] = {.on_daemon = orch__daemon_on_stop},
    [ORCH_EV_START] = {.on_daemon = orch__daemon_on_start},
    [ORCH_EV_STOP] = {.on_daemon = orch__daemon_on_stop},
    [ORCH_EV_RESTART] = {.on_daemon = orch__daemon_on_restart},
    [ORCH_EV_STOP_ALL] = {.on_core = orch__manager_on_stop_all},
    [ORCH_EV_OPENED] = {.on_daemon = orch__daemon_on_opened},
    [ORCH_EV_OPEN_FAILED] = {.on_daemon = orch__daemon_on_open_failed},
    [ORCH_EV_FAILED] = {.on_daemon = orch__daemon_on_failed},
    [ORCH_EV_HEARTBEAT] = {.on_daemon = orch__daemon_on_heartbeat},
    [ORCH_EV_RESERVE] = {.on_core = orch__message_on_reserve},
    [ORCH_EV_RELEASE] = {.on_core = orch__message_on_release},
    [ORCH_EV_MESSAGE] = {.on_core = orch__message_on_message},
    [ORCH_EV_TURN_DONE] = {.on_core = orch__turn_done},
    [ORCH_EV_TURN_ERROR] = {.on_core = orch__turn_error},
    [ORCH_EV_TURN_STORED] = {.on_core = orch__turn_stored},
    [ORCH_EV_TURN_STORE_FAILED] = {.on_core = orch__turn_store_failed},
    [ORCH_EV_TURN_DISCARDED] = {.on_core = orch__turn_discarded},
    [ORCH_EV_TURN_ABANDON] = {.on_core = orch__turn_abandon},
    [ORCH_EV_OFFLINE_SENT] = {.on_core = orch__registry_on_offline_sent},
    [ORCH_EV_TURN_STOP] = {.on_core = orch__turn_stop},
};

static int handle(orch_core *core, const orch_event *event)
{
    const struct row *row = &rows[event->kind];
    orch__daemon *daemon;

    if (row->on_core)
        return row->on_core(core, event);
    daemon = orch__daemon_find(core, event->daemon);
    if (!daemon)
        return ORCH_E_NOT_FOUND;
    orch__manager_settle(core, daemon);
    return row->on_daemon(core, daemon, event);
}

static void advance(orch_core *core, int64_t now_ms)
{
    if (core->now_ms >= now_ms)
        return;
    core->now_ms = now_ms;
    orch__wheel_advance(&core->wheel, now_ms);
}

int orch_step(orch_core *core, const orch_event *event, int64_t now_ms, orch_effects *out_effects)
{
    int status;

    core->effects_count = 0;
    status = now_ms < ORCH__TIME_MAX ? orch__event_check(event) : ORCH_E_INVALID;
    if (status == 0) {
        advance(core, now_ms);
        status = handle(core, event);
    }
    *out_effects = (orch_effects){core->effects, core->effects_count};
    return status;
}

int orch__step_message(orch_core *core, const orch_event_message *message, int64_t now_ms,
                       orch_effects *out_effects)
{
    int status = ORCH_E_INVALID;

    core->effects_count = 0;
    if (now_ms < ORCH__TIME_MAX && message->message.v != 0) {
        advance(core, now_ms);
        status = orch__message_take(core, message);
    }
    *out_effects = (orch_effects){core->effects, core->effects_count};
    return status;
}

int orch__step_answered(orch_core *core, orch_turn_id turn, int64_t now_ms, orch_effects *out_effects)
{
    int status;

    core->effects_count = 0;
    if (now_ms >= ORCH__TIME_MAX)
        return ORCH_E_INVALID;
    advance(core, now_ms);
    status = orch__turn_done_and_stored(core, turn);
    *out_effects = (orch_effects){core->effects, core->effects_count};
    return status;
}

int64_t orch_next_deadline(const orch_core *core)
{
    return core->stops_asked ? core->now_ms : orch__wheel_next(&core->wheel);
}
