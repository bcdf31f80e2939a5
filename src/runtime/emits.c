/* What the core tells: as notices for subscribers, in the daemon's errors, in the log and in the counters. */
#include "log.h"
#include "runtime_parts.h"

#include <string.h>

/* ---- presence ---- */

static const char *presence_of(orch_runtime *runtime, const orch__live_daemon *daemon)
{
    int64_t now_ms = orch_engine_now(runtime->engine);
    orch_health health;

    if (daemon->status != ORCH_STATUS_RUNNING)
        return daemon->status == ORCH_STATUS_ERROR ? "error" : "offline";
    if (daemon->hours && !orch_hours_open(daemon->hours, now_ms))
        return "away";
    if (orch_core_health(orch_engine_core(runtime->engine), daemon->orchestrator->daemon, now_ms, &health))
        return "offline";
    return health.conversations_active >= daemon->running_max ? "busy" : "online";
}

static const char *stored_presence(const char *presence)
{
    static const char *const names[][2] = {
        {"online", "ONLINE"}, {"offline", "OFFLINE"}, {"busy", "BUSY"}, {"away", "AWAY"}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i][0], presence) == 0)
            return names[i][1];
    return "OFFLINE";
}

const char *orch_runtime_presence(const orch_runtime *runtime, const orch_orchestrator *orchestrator)
{
    const orch__live_daemon *daemon = orch__live_daemon_find(runtime, orchestrator->daemon);

    return daemon ? daemon->presence : "offline";
}

void orch__presence_taken(orch_runtime *runtime, orch__live_daemon *daemon)
{
    if (strcmp(daemon->presence, "online") == 0)
        orch__presence_update(runtime, daemon);
}

void orch__presence_update(orch_runtime *runtime, orch__live_daemon *daemon)
{
    const char *presence = presence_of(runtime, daemon);
    orch_notice notice = {.kind = ORCH_NOTICE_PRESENCE,
                          .orchestrator = daemon->orchestrator,
                          .user = daemon->orchestrator->user,
                          .presence = presence};

    if (strcmp(presence, daemon->presence) == 0)
        return;
    daemon->presence = presence;
    orch_workspace_set_presence(runtime->workspace, daemon->orchestrator, stored_presence(presence));
    orch__publish(runtime, &notice);
}

/* ---- status ---- */

static bool is_live(orch_status status)
{
    return status == ORCH_STATUS_INITIALIZING || status == ORCH_STATUS_RUNNING ||
           status == ORCH_STATUS_STOPPING;
}

static void count_status(orch_runtime *runtime, orch_status status, int by)
{
    if (is_live(status))
        runtime->daemons_live += (size_t)by;
    if (status == ORCH_STATUS_RUNNING)
        runtime->counters.daemons_running += (uint32_t)by;
    if (status == ORCH_STATUS_ERROR)
        runtime->counters.daemons_error += (uint32_t)by;
}

static void status_changed(orch_runtime *runtime, orch__live_daemon *daemon, orch_status status)
{
    count_status(runtime, daemon->status, -1);
    count_status(runtime, status, 1);
    daemon->status = status;
    orch__presence_update(runtime, daemon);
}

/* ---- errors ---- */

static bool is_error(orch_emit emit)
{
    return emit == ORCH_EMIT_ERROR || emit == ORCH_EMIT_START_ERROR || emit == ORCH_EMIT_STOP_ERROR ||
           emit == ORCH_EMIT_RESTART_ERROR || emit == ORCH_EMIT_HEALTH_ERROR ||
           emit == ORCH_EMIT_AUTO_START_ERROR || emit == ORCH_EMIT_MESSAGE_ERROR;
}

/* The best words there are for the error of an effect. */
static const char *words_of(const orch__live_daemon *daemon, const orch__live_turn *turn,
                            const orch_effect *effect)
{
    if (effect->emit == ORCH_EMIT_MESSAGE_ERROR && turn && turn->failure && effect->error != ORCH_E_DEADLINE)
        return turn->failure;
    if (effect->emit != ORCH_EMIT_MESSAGE_ERROR && daemon->fault && daemon->persona == NULL)
        return daemon->fault;
    return orch_error_text(effect->error);
}

/* One fault is told by several events ("error" and "start-error"): it is kept once. False: it was. */
static bool keep_error(orch_runtime *runtime, orch__live_daemon *daemon, const char *words)
{
    const orch__errors *errors = daemon->errors;
    const char *last = errors ? errors->texts[errors->count - 1] : NULL;
    int64_t at_ms = orch_engine_now(runtime->engine) + orch_engine_skew(runtime->engine);
    char time[ORCH__RUNTIME_TIME_MAX];
    size_t time_len;

    orch__runtime_time_text(at_ms, time);
    time_len = strlen(time);
    if (last && strncmp(last, time, time_len) == 0 && strcmp(last + time_len + 1, words) == 0)
        return false;
    orch__errors_add(&daemon->errors, at_ms, words);
    return true;
}

static void log_emit(const orch_runtime *runtime, const orch__live_daemon *daemon, const orch_effect *effect,
                     const char *words)
{
    orch_log_level level = is_error(effect->emit) ? ORCH_LOG_WARN : ORCH_LOG_INFO;
    orch_log_field fields[] = {
        {"orchestrator", daemon->orchestrator->id.text},
        {"slug", daemon->orchestrator->slug},
        {"status", effect->emit == ORCH_EMIT_STATUS_CHANGED ? orch_status_name(effect->status) : NULL},
        {"code", words ? orch_error_name(effect->error) : NULL}};

    switch (effect->emit) {
    case ORCH_EMIT_STARTED:
    case ORCH_EMIT_STOPPED:
    case ORCH_EMIT_RESTARTED:
        break;
    default:
        if (!words && !runtime->environment.verbose)
            level = ORCH_LOG_DEBUG;
        break;
    }
    orch_log(level, orch_emit_name(effect->emit),
             words ? words : orch_user_shown_name(daemon->orchestrator->user), fields,
             sizeof fields / sizeof fields[0]);
}

/* ---- the journal ---- */

/* A failed turn is told in the words of its code: those of a model may repeat what it was asked. */
static void note_error(orch_runtime *runtime, const orch__live_daemon *daemon, const orch_effect *effect,
                       const char *words)
{
    bool of_turn = effect->emit == ORCH_EMIT_MESSAGE_ERROR;
    char details[128];

    snprintf(details, sizeof details, "\"code\":\"%s\"", orch_error_name(effect->error));
    orch_runtime_note(runtime, daemon->orchestrator, of_turn ? "turn-failed" : "error",
                      of_turn ? orch_error_text(effect->error) : words, details);
}

static void note_life(orch_runtime *runtime, const orch__live_daemon *daemon, const orch_effect *effect)
{
    orch_orchestrator *orchestrator = daemon->orchestrator;
    char details[96];

    snprintf(details, sizeof details, "\"restartCount\":%u", effect->count);
    switch (effect->emit) {
    case ORCH_EMIT_STARTED:
        orch_runtime_note(runtime, orchestrator, "started", "It runs", NULL);
        break;
    case ORCH_EMIT_STOPPED:
        orch_runtime_note(runtime, orchestrator, "stopped", "It does not run any more", NULL);
        break;
    case ORCH_EMIT_RESTARTED:
        orch_runtime_note(runtime, orchestrator, "restarted", "It was restarted after an error", details);
        break;
    case ORCH_EMIT_RESTART_SCHEDULED:
        snprintf(details, sizeof details, "\"restartCount\":%u,\"delayMs\":%lld", effect->count,
                 (long long)effect->value);
        orch_runtime_note(runtime, orchestrator, "restart-scheduled", "It will be restarted", details);
        break;
    default:
        break;
    }
}

/* ---- the emit itself ---- */

static void tell(orch_runtime *runtime, const orch__live_daemon *daemon, const orch__live_turn *turn,
                 const orch_effect *effect, const char *words)
{
    orch_notice notice = {.kind = ORCH_NOTICE_DAEMON,
                          .orchestrator = daemon->orchestrator,
                          .user = daemon->orchestrator->user,
                          .emit = effect->emit,
                          .status = daemon->status,
                          .error = effect->error,
                          .count = effect->count,
                          .attempt = effect->attempt};

    if (words)
        notice.text = (orch_str){words, strlen(words)};
    if (turn) {
        notice.turn = turn->row;
        notice.channel = turn->channel;
        notice.message_id = turn->message_id;
        notice.parent_id = turn->parent_id;
    }
    orch__publish(runtime, &notice);
}

void orch__live_emit(orch_runtime *runtime, const orch_effect *effect)
{
    orch__live_daemon *daemon = orch__live_daemon_find(runtime, effect->daemon);
    orch__live_turn *turn =
        effect->message.v ? orch__live_turn_find(runtime, (int64_t)effect->message.v) : NULL;
    const char *words = NULL;

    if (!daemon)
        return;
    if (effect->emit == ORCH_EMIT_TURN_RETRY)
        runtime->counters.retries++;
    if (effect->emit == ORCH_EMIT_STATUS_CHANGED)
        status_changed(runtime, daemon, effect->status);
    if (effect->emit == ORCH_EMIT_HEARTBEAT)
        orch__presence_update(runtime, daemon);
    if (effect->emit == ORCH_EMIT_ERROR)
        daemon->failure = effect->error;
    if (is_error(effect->emit) && effect->error != ORCH_E_STOPPED) { /* that is nobody's fault */
        words = words_of(daemon, turn, effect);
        if (keep_error(runtime, daemon, words) && !runtime->closing)
            note_error(runtime, daemon, effect, words);
    }
    log_emit(runtime, daemon, effect, words);
    if (!words && !runtime->closing) /* the end of the server itself is no event of each daemon */
        note_life(runtime, daemon, effect);
    tell(runtime, daemon, turn, effect, words);
}
