#include "registry.h"

#include "assertion.h"
#include "conversation.h"
#include "daemon.h"
#include "effects.h"
#include "hours.h"
#include "manager.h"
#include "turn.h"

#define TIMERS_A_DAEMON 3

/* ---- what a spec may say ---- */

static int text_check(orch_str text)
{
    if (text.len > ORCH_NAME_LEN_MAX)
        return ORCH_E_TOO_LARGE;
    return text.len > 0 && !text.ptr ? ORCH_E_INVALID : 0;
}

static int texts_check(const orch_daemon_spec *spec)
{
    const orch_str texts[] = {spec->name, spec->display_name, spec->slug, spec->email, spec->role};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (text_check(texts[i]) != 0)
            return text_check(texts[i]);
    if (spec->keywords_count > ORCH_NAMES_MAX)
        return ORCH_E_TOO_LARGE;
    if (spec->keywords_count > 0 && !spec->keywords)
        return ORCH_E_INVALID;
    for (size_t i = 0; i < spec->keywords_count; i++)
        if (text_check(spec->keywords[i]) != 0)
            return text_check(spec->keywords[i]);
    return 0;
}

int orch__spec_check(const orch_daemon_spec *spec)
{
    if (!spec || spec->daemon.v == 0)
        return ORCH_E_INVALID;
    if (spec->heartbeat_ms < 100 || spec->heartbeat_ms > 86400000)
        return ORCH_E_INVALID;
    if (spec->conversations_running_max < 1 || spec->conversations_running_max > 100000)
        return ORCH_E_INVALID;
    if (spec->models_count < 1 || (spec->hours && !orch__hours_valid(spec->hours)))
        return ORCH_E_INVALID;
    return texts_check(spec);
}

/* ---- coming ---- */

static void take_timers(orch_core *core, orch__daemon *daemon)
{
    daemon->phase_timer = orch__timer_new(&core->wheel, ORCH__TIMER_PHASE, daemon->id);
    daemon->heartbeat_timer = orch__timer_new(&core->wheel, ORCH__TIMER_HEARTBEAT, daemon->id);
    daemon->health_timer = orch__timer_new(&core->wheel, ORCH__TIMER_HEALTH, daemon->id);
}

static void apply(orch__daemon *daemon, const orch_daemon_spec *spec, uint32_t hours)
{
    daemon->user = spec->user.v;
    daemon->heartbeat_ms = spec->heartbeat_ms;
    daemon->running_max = spec->conversations_running_max;
    daemon->models_count = spec->models_count;
    daemon->auto_respond = spec->auto_respond;
    daemon->hours = hours;
}

static void update(orch_core *core, orch__daemon *daemon, const orch_daemon_spec *spec, uint32_t hours)
{
    bool other_interval = daemon->heartbeat_ms != spec->heartbeat_ms;

    orch__hours_give(core, daemon->hours);
    apply(daemon, spec, hours);
    if (other_interval)
        orch__daemon_rearm_heartbeat(core, daemon);
    orch__turn_dispatch(core, daemon);
}

static void add(orch_core *core, const orch_daemon_spec *spec, uint32_t hours)
{
    orch__daemon *daemon = orch__daemon_at(core, spec->daemon.v);

    *daemon = (orch__daemon){.id = spec->daemon.v, .life = ++core->lives, .registered = true};
    take_timers(core, daemon);
    apply(daemon, spec, hours);
    core->daemons_count++;
    if (core->daemons_top < daemon->id)
        core->daemons_top = daemon->id;
}

static int make_room(orch_core *core, const orch_daemon_spec *spec)
{
    if (spec->daemon.v > core->config.daemons_max)
        return ORCH_E_FULL;
    if (orch__pool_open(&core->daemons, spec->daemon.v) != 0)
        return ORCH_E_NO_MEMORY;
    return orch__wheel_reserve(&core->wheel, TIMERS_A_DAEMON + core->reserved);
}

int orch__registry_on_register(orch_core *core, const orch_event *event)
{
    const orch_daemon_spec *spec = event->spec;
    orch__daemon *known = orch__daemon_find(core, spec->daemon);
    uint32_t hours;
    int status;

    if (!known) {
        status = make_room(core, spec);
        if (status != 0)
            return status;
    }
    status = orch__hours_take(core, spec->hours, &hours);
    if (status != 0)
        return status;
    status = orch__mentions_set(core->mentions, spec);
    if (status != 0) {
        orch__hours_give(core, hours);
        return status;
    }
    if (known)
        update(core, known, spec, hours);
    else
        add(core, spec, hours);
    return 0;
}

/* ---- going ---- */

static void drop_conversation(orch_core *core, uint32_t conversation)
{
    const orch__conversation *c = orch__conversation_at(core, conversation);
    uint32_t turn;

    while ((turn = c->first_turn) != 0) {
        orch__turn_free(core, orch__turn_at(core, turn));
    }
    orch__conversation_drop(core, conversation);
}

int orch__registry_on_unregister(orch_core *core, const orch_event *event)
{
    orch__daemon *daemon = orch__daemon_find(core, event->daemon);

    if (!daemon)
        return ORCH_E_NOT_FOUND;
    orch__manager_settle(core, daemon);
    orch__turn_withdraw(core, daemon, true);
    for (int list = ORCH__LIST_READY; list < ORCH__LIST_COUNT; list++)
        while (daemon->lists[list].first)
            drop_conversation(core, daemon->lists[list].first);
    orch__daemon_stop(core, daemon);
    orch__daemon_turn_ended(core, daemon); /* a stop that was under way has nothing to wait for any more */
    ORCH_ASSERT(daemon->status == ORCH_STATUS_STOPPED);

    orch__mentions_remove(core->mentions, event->daemon);
    orch__hours_give(core, daemon->hours);
    orch__timer_free(&core->wheel, daemon->phase_timer);
    orch__timer_free(&core->wheel, daemon->heartbeat_timer);
    orch__timer_free(&core->wheel, daemon->health_timer);
    core->reserved -= daemon->reserved;
    core->daemons_count--;
    daemon->registered = false;
    return 0;
}

/* ---- what a former life of the host knew ---- */

int orch__registry_on_offline_sent(orch_core *core, const orch_event *event)
{
    const orch__daemon *daemon = orch__daemon_find(core, event->daemon);
    int64_t at_ms = event->at_ms < core->now_ms ? event->at_ms : core->now_ms;
    uint32_t conversation;
    int status;

    if (!daemon)
        return ORCH_E_NOT_FOUND;
    if (at_ms <= 0 || core->now_ms - at_ms >= (int64_t)core->config.offline_repeat_ms)
        return 0;
    conversation = orch__conversation_find(core, daemon->id, event->channel.v, event->thread.v);
    if (!conversation) {
        status = orch__conversation_reserve(core);
        if (status != 0)
            return status;
        conversation = orch__conversation_new(core, daemon->id, event->channel.v, event->thread.v);
    }
    orch__conversation_remember(core, conversation, at_ms);
    orch__conversation_settle(core, conversation, false);
    return 0;
}
