/* Names of everything that a trace or a wire shows. */
#include "format.h"
#include "orchd/core.h"

static const char *name_of(const char *const *names, size_t count, int value)
{
    return value >= 0 && (size_t)value < count && names[value] ? names[value] : "unknown";
}

#define NAME_OF(names, value) name_of(names, sizeof(names) / sizeof *(names), (int)(value))

const char *orch_status_name(orch_status status)
{
    static const char *const names[] = {
        [ORCH_STATUS_STOPPED] = "stopped",   [ORCH_STATUS_INITIALIZING] = "initializing",
        [ORCH_STATUS_RUNNING] = "running",   [ORCH_STATUS_ERROR] = "error",
        [ORCH_STATUS_STOPPING] = "stopping",
    };

    return NAME_OF(names, status);
}

const char *orch_event_kind_name(orch_event_kind kind)
{
    static const char *const names[] = {
        [ORCH_EV_TICK] = "tick",
        [ORCH_EV_CONFIGURE] = "configure",
        [ORCH_EV_REGISTER] = "register",
        [ORCH_EV_UNREGISTER] = "unregister",
        [ORCH_EV_LOGIN] = "login",
        [ORCH_EV_LOGOUT] = "logout",
        [ORCH_EV_START] = "start",
        [ORCH_EV_STOP] = "stop",
        [ORCH_EV_RESTART] = "restart",
        [ORCH_EV_STOP_ALL] = "stop-all",
        [ORCH_EV_OPENED] = "opened",
        [ORCH_EV_OPEN_FAILED] = "open-failed",
        [ORCH_EV_FAILED] = "failed",
        [ORCH_EV_HEARTBEAT] = "heartbeat",
        [ORCH_EV_RESERVE] = "reserve",
        [ORCH_EV_RELEASE] = "release",
        [ORCH_EV_MESSAGE] = "message",
        [ORCH_EV_TURN_DONE] = "turn-done",
        [ORCH_EV_TURN_ERROR] = "turn-error",
        [ORCH_EV_TURN_STORED] = "turn-stored",
        [ORCH_EV_TURN_STORE_FAILED] = "turn-store-failed",
        [ORCH_EV_TURN_DISCARDED] = "turn-discarded",
        [ORCH_EV_TURN_ABANDON] = "turn-abandon",
        [ORCH_EV_OFFLINE_SENT] = "offline-sent",
        [ORCH_EV_TURN_STOP] = "turn-stop",
    };

    return NAME_OF(names, kind);
}

const char *orch_effect_kind_name(orch_effect_kind kind)
{
    static const char *const names[] = {
        [ORCH_FX_EMIT] = "emit",
        [ORCH_FX_DAEMON_OPEN] = "daemon-open",
        [ORCH_FX_DAEMON_CLOSE] = "daemon-close",
        [ORCH_FX_HEARTBEAT] = "heartbeat",
        [ORCH_FX_TURN_START] = "turn-start",
        [ORCH_FX_TURN_OFFLINE] = "turn-offline",
        [ORCH_FX_TURN_CANCEL] = "turn-cancel",
        [ORCH_FX_TURN_REPLY] = "turn-reply",
        [ORCH_FX_TURN_FAIL] = "turn-fail",
        [ORCH_FX_TURN_SKIP] = "turn-skip",
    };

    return NAME_OF(names, kind);
}

const char *orch_emit_name(orch_emit emit)
{
    static const char *const names[] = {
        [ORCH_EMIT_STARTED] = "daemon:started",
        [ORCH_EMIT_STOPPED] = "daemon:stopped",
        [ORCH_EMIT_ERROR] = "daemon:error",
        [ORCH_EMIT_STATUS_CHANGED] = "daemon:status-changed",
        [ORCH_EMIT_HEARTBEAT] = "daemon:heartbeat",
        [ORCH_EMIT_HEALTH] = "daemon:health",
        [ORCH_EMIT_RESTARTED] = "daemon:restarted",
        [ORCH_EMIT_RESTART_SCHEDULED] = "daemon:restart-scheduled",
        [ORCH_EMIT_START_ERROR] = "daemon:start-error",
        [ORCH_EMIT_STOP_ERROR] = "daemon:stop-error",
        [ORCH_EMIT_RESTART_ERROR] = "daemon:restart-error",
        [ORCH_EMIT_HEALTH_ERROR] = "daemon:health-error",
        [ORCH_EMIT_AUTO_START_ERROR] = "auto-start-error",
        [ORCH_EMIT_MESSAGE_PROCESSED] = "message:processed",
        [ORCH_EMIT_MESSAGE_SEND] = "message:send",
        [ORCH_EMIT_MESSAGE_ERROR] = "message:error",
        [ORCH_EMIT_TURN_RETRY] = "turn:retry",
    };

    return NAME_OF(names, emit);
}

static void put_turn(orch__format *out, orch_turn_id turn)
{
    uint32_t slot = (uint32_t)turn.v;
    uint32_t generation = (uint32_t)(turn.v >> 32);

    orch__format_text(out, " t");
    orch__format_unsigned(out, slot);
    if (generation > 1) {
        orch__format_char(out, '.');
        orch__format_unsigned(out, generation);
    }
}

static void put_details(orch__format *out, const orch_effect *effect)
{
    bool attempts = effect->kind == ORCH_FX_TURN_START || effect->kind == ORCH_FX_TURN_OFFLINE;
    bool retry = effect->kind == ORCH_FX_EMIT && effect->emit == ORCH_EMIT_TURN_RETRY;

    if (effect->kind == ORCH_FX_EMIT &&
        (effect->emit == ORCH_EMIT_STATUS_CHANGED || effect->emit == ORCH_EMIT_HEALTH)) {
        orch__format_char(out, ' ');
        orch__format_text(out, orch_status_name(effect->status));
    }
    if (effect->error) {
        orch__format_char(out, ' ');
        orch__format_text(out, orch_error_name(effect->error));
    }
    if (attempts || retry) {
        orch__format_field(out, "attempt", effect->attempt);
        orch__format_field(out, "model", effect->model);
    }
    if (effect->count)
        orch__format_field(out, "count", effect->count);
    if (effect->value || retry)
        orch__format_field(out, "delay", effect->value);
}

size_t orch_effect_describe(const orch_effect *effect, char *buffer, size_t size)
{
    orch__format out = {.buffer = buffer, .size = size};

    orch__format_text(&out, orch_effect_kind_name(effect->kind));
    if (effect->kind == ORCH_FX_EMIT) {
        orch__format_char(&out, ' ');
        orch__format_text(&out, orch_emit_name(effect->emit));
    }
    orch__format_text(&out, " d");
    orch__format_unsigned(&out, effect->daemon.v);
    if (effect->turn.v)
        put_turn(&out, effect->turn);
    if (effect->message.v) {
        orch__format_text(&out, " m");
        orch__format_unsigned(&out, effect->message.v);
    }
    put_details(&out, effect);
    return orch__format_end(&out);
}
