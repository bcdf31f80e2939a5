/* The state as text: a line for the core, one for each daemon with its conversations and turns below it. */
#include "format.h"
#include "manager.h"
#include "turn.h"

static void put_flag(orch__format *out, bool set, const char *name)
{
    if (!set)
        return;
    orch__format_char(out, ' ');
    orch__format_text(out, name);
}

static void put_timer(orch__format *out, const orch_core *core, uint32_t timer, const char *name)
{
    if (orch__timer_armed(&core->wheel, timer))
        orch__format_field(out, name, orch__timer_at(&core->wheel, timer)->deadline_ms);
}

static const char *turn_state_name(uint8_t state)
{
    static const char *const names[] = {"free", "queued", "running", "backoff", "storing"};

    return names[state];
}

static void put_turn(orch__format *out, const orch_core *core, uint32_t index)
{
    static const char *const outcomes[] = {"", "reply", "fail", "skip"};
    const orch__turn *turn = orch__turn_at(core, index);

    orch__format_text(out, "    turn ");
    orch__format_unsigned(out, index);
    orch__format_char(out, ' ');
    orch__format_text(out, turn_state_name(turn->state));
    orch__format_field(out, "generation", turn->generation);
    orch__format_field(out, "message", (int64_t)turn->message);
    orch__format_field(out, "author", (int64_t)turn->author);
    if (turn->state != ORCH__TURN_QUEUED) {
        orch__format_field(out, "attempt", turn->attempt);
        orch__format_field(out, "tries", turn->tries);
        orch__format_field(out, "model", turn->model);
        orch__format_field(out, "deadline", turn->deadline_ms);
    }
    put_flag(out, turn->state == ORCH__TURN_STORING, outcomes[turn->outcome]);
    put_flag(out, turn->error != 0, orch_error_name(turn->error));
    put_flag(out, turn->offline, "offline");
    put_flag(out, turn->fate == ORCH__OUTCOME_SKIP, "silent");
    put_flag(out, turn->fate == ORCH__OUTCOME_FAIL, "stopped");
    put_timer(out, core, turn->timer, "timer");
    orch__format_char(out, '\n');
}

static void put_conversation(orch__format *out, const orch_core *core, uint32_t index)
{
    static const char *const lists[] = {"ready", "active", "idle", "none"};
    const orch__conversation *c = orch__conversation_at(core, index);

    orch__format_text(out, "  conversation ");
    orch__format_unsigned(out, index);
    orch__format_char(out, ' ');
    orch__format_text(out, lists[c->list]);
    orch__format_field(out, "channel", (int64_t)c->channel);
    orch__format_field(out, "thread", (int64_t)c->thread);
    if (c->offline_ms)
        orch__format_field(out, "offline", c->offline_ms);
    orch__format_char(out, '\n');
    for (uint32_t turn = c->first_turn; turn; turn = orch__turn_at(core, turn)->next)
        put_turn(out, core, turn);
}

static void put_daemon(orch__format *out, const orch_core *core, const orch__daemon *d)
{
    orch__format_text(out, "daemon ");
    orch__format_unsigned(out, d->id);
    orch__format_char(out, ' ');
    orch__format_text(out, orch_status_name((orch_status)d->status));
    orch__format_field(out, "user", (int64_t)d->user);
    orch__format_field(out, "started", d->started_ms);
    orch__format_field(out, "beat", d->last_heartbeat_ms);
    orch__format_field(out, "missed", d->missed);
    orch__format_field(out, "answered", (int64_t)d->answered);
    orch__format_field(out, "queued", d->queued);
    orch__format_field(out, "running", d->running);
    orch__format_field(out, "active", d->active);
    orch__format_field(out, "reserved", d->reserved);
    orch__format_field(out, "restarts", d->restarts);
    put_flag(out, d->error != 0, orch_error_name(d->error));
    put_flag(out, d->managed, "managed");
    put_flag(out, d->auto_respond, "auto-respond");
    put_flag(out, d->beat_asked, "beat-asked");
    put_flag(out, d->wanted, "wanted");
    put_flag(out, d->restarting, "restarting");
    put_flag(out, d->from_login, "from-login");
    put_flag(out, d->stop_asked, "stop-asked");
    put_timer(out, core, d->phase_timer, "phase-timer");
    put_timer(out, core, d->heartbeat_timer, "heartbeat-timer");
    put_timer(out, core, d->health_timer, "health-timer");
    orch__format_char(out, '\n');
    for (int list = ORCH__LIST_READY; list < ORCH__LIST_COUNT; list++)
        for (uint32_t c = d->lists[list].first; c; c = orch__conversation_at(core, c)->next)
            put_conversation(out, core, c);
}

size_t orch_core_dump(const orch_core *core, char *buffer, size_t size)
{
    orch__format out = {.buffer = buffer, .size = size};

    orch__format_text(&out, "core");
    orch__format_field(&out, "now", core->now_ms);
    orch__format_field(&out, "random", (int64_t)core->random);
    orch__format_field(&out, "daemons", core->daemons_count);
    orch__format_field(&out, "conversations", core->conversations.live);
    orch__format_field(&out, "turns", core->turns.live);
    orch__format_field(&out, "seen", core->seen.live);
    orch__format_field(&out, "reserved", core->reserved);
    orch__format_field(&out, "timers", core->wheel.armed);
    orch__format_field(&out, "stops", core->stops_asked);
    orch__format_char(&out, '\n');
    for (uint32_t id = 1; id <= core->daemons_top; id++) {
        const orch__daemon *daemon = orch__daemon_find(core, (orch_daemon_id){id});

        if (daemon)
            put_daemon(&out, core, daemon);
    }
    return orch__format_end(&out);
}
