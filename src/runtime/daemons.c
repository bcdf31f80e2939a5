/* Orchestrators as the core knows them: registered, opened, closed. */
#include "log.h"
#include "runtime_parts.h"
#include "zone.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX   512
#define SKEW_MAX_MS 1000 /* as far as work hours may be off */

orch__live_daemon *orch__live_daemon_find(const orch_runtime *runtime, orch_daemon_id daemon)
{
    return daemon.v < runtime->daemons_size ? runtime->daemons[daemon.v] : NULL;
}

int orch__live_daemon_send(orch_runtime *runtime, orch_event_kind kind, orch_daemon_id daemon)
{
    orch_event event = {.kind = kind, .daemon = daemon, .managed = true};

    return orch_engine_send(runtime->engine, &event);
}

const orch_model_chain *orch__live_daemon_chain(const orch_runtime *runtime, const orch__live_daemon *daemon)
{
    if (daemon->persona && daemon->persona->chain)
        return daemon->persona->chain;
    return &runtime->config.models->chain;
}

static orch__live_daemon *find_or_add(orch_runtime *runtime, orch_orchestrator *orchestrator)
{
    size_t index = orchestrator->daemon.v;
    orch__live_daemon *daemon;

    if (index >= runtime->daemons_size) {
        size_t size = index < 32 ? 64 : index * 2;
        orch__live_daemon **daemons = realloc(runtime->daemons, size * sizeof daemons[0]);

        if (!daemons)
            return NULL;
        memset(daemons + runtime->daemons_size, 0, (size - runtime->daemons_size) * sizeof *daemons);
        runtime->daemons = daemons;
        runtime->daemons_size = size;
    }
    if (runtime->daemons[index])
        return runtime->daemons[index];
    daemon = calloc(1, sizeof *daemon);
    if (!daemon)
        return NULL;
    daemon->orchestrator = orchestrator;
    daemon->presence = "offline";
    daemon->hours_until_ms = INT64_MAX;
    runtime->daemons[index] = daemon;
    return daemon;
}

/* ---- registering ---- */

static orch_str text_of(const char *text)
{
    return text ? (orch_str){text, strlen(text)} : ORCH_STR_NONE;
}

/* A zone that is unknown is found again, and reported, when the daemon opens. */
static int read_hours(orch_runtime *runtime, orch__live_daemon *daemon)
{
    const orch_charter_document *charter = daemon->orchestrator->charter;
    orch__zone zone;

    daemon->hours_until_ms = INT64_MAX;
    if (!charter->hours_given) {
        free(daemon->hours);
        daemon->hours = NULL;
        return 0;
    }
    if (!daemon->hours)
        daemon->hours = malloc(sizeof *daemon->hours);
    if (!daemon->hours)
        return ORCH_E_NO_MEMORY;
    *daemon->hours = charter->hours;
    if (orch__zone_read(charter->timezone, orch_engine_wall(runtime->engine), &zone))
        return 0;
    orch__zone_apply(&zone, runtime->hours_skew_ms, daemon->hours);
    daemon->hours_until_ms = zone.until_ms;
    return 0;
}

static uint32_t chain_length(const orch_runtime *runtime, const orch_orchestrator *orchestrator)
{
    orch_model_chain chain;
    char message[WORDS_MAX];

    if (!orchestrator->model_chain ||
        orch_model_chain_parse(text_of(orchestrator->model_chain), &chain, message, sizeof message))
        return (uint32_t)runtime->config.models->chain.count;
    return (uint32_t)chain.count;
}

static uint32_t running_max(const orch_runtime *runtime, const orch_charter_document *charter)
{
    uint32_t max = charter->conversations_running_max ? charter->conversations_running_max
                                                      : runtime->environment.conversations_running_max;

    return max < 100000 ? max : 100000;
}

static int send_spec(orch_runtime *runtime, orch__live_daemon *daemon)
{
    orch_orchestrator *orchestrator = daemon->orchestrator;
    orch_user *user = orchestrator->user;
    int error = read_hours(runtime, daemon);
    orch_daemon_spec spec = {
        .daemon = orchestrator->daemon,
        .user = user->handle,
        .name = text_of(user->name),
        .display_name = text_of(user->display_name),
        .slug = text_of(orchestrator->slug),
        .email = text_of(user->email),
        .role = text_of(orchestrator->role),
        .keywords = orchestrator->keywords,
        .keywords_count =
            orchestrator->keywords_count < ORCH_NAMES_MAX ? orchestrator->keywords_count : ORCH_NAMES_MAX,
        .mention_only = orchestrator->mention_only,
        .auto_respond = orchestrator->auto_reply,
        .heartbeat_ms = runtime->environment.heartbeat_interval_ms,
        .conversations_running_max = running_max(runtime, orchestrator->charter),
        .models_count = chain_length(runtime, orchestrator),
        .hours = daemon->hours,
    };
    orch_event event = {.kind = ORCH_EV_REGISTER, .spec = &spec};

    if (error)
        return error;
    daemon->running_max = spec.conversations_running_max;
    return orch_engine_send(runtime->engine, &event);
}

int orch__live_daemon_register(orch_runtime *runtime, orch_orchestrator *orchestrator)
{
    orch__live_daemon *daemon = find_or_add(runtime, orchestrator);
    int error;

    if (!daemon)
        return ORCH_E_NO_MEMORY;
    if (orch_engine_busy(runtime->engine)) {
        daemon->refresh_due = true;
        runtime->refresh_due = true;
        return 0;
    }
    error = send_spec(runtime, daemon);
    if (!error)
        daemon->registered = true;
    return error;
}

static void unregister(orch_runtime *runtime, orch__live_daemon *daemon)
{
    (void)orch__live_daemon_send(runtime, ORCH_EV_UNREGISTER, daemon->orchestrator->daemon);
    orch__live_turns_drop(runtime, daemon->orchestrator);
    orch__live_daemon_close(daemon);
    daemon->registered = false;
}

int orch_runtime_refresh(orch_runtime *runtime, orch_orchestrator *orchestrator)
{
    orch__live_daemon *daemon = orch__live_daemon_find(runtime, orchestrator->daemon);
    bool known = daemon && daemon->registered;
    int error;

    if (runtime->closing)
        return ORCH_E_CLOSED;
    if (orchestrator->user->removed) {
        if (known)
            unregister(runtime, daemon);
        return 0;
    }
    error = orch__live_daemon_register(runtime, orchestrator);
    if (error)
        return error;
    if (known && daemon->persona)
        orch__live_daemon_open(runtime, daemon);
    else if (!known && orchestrator->logged_in)
        (void)orch__live_daemon_send(runtime, ORCH_EV_LOGIN, orchestrator->daemon);
    return 0;
}

void orch__live_daemons_refresh_due(orch_runtime *runtime)
{
    if (!runtime->refresh_due)
        return;
    runtime->refresh_due = false;
    for (size_t i = 0; i < runtime->daemons_size; i++) {
        orch__live_daemon *daemon = runtime->daemons[i];

        if (!daemon || !daemon->refresh_due)
            continue;
        daemon->refresh_due = false;
        if (orch__live_daemon_register(runtime, daemon->orchestrator))
            orch_log(ORCH_LOG_ERROR, "daemon.refresh", "An orchestrator's change could not be taken", NULL,
                     0);
    }
}

void orch__live_daemons_refresh_zones(orch_runtime *runtime)
{
    int64_t now_ms = orch_engine_wall(runtime->engine);
    int64_t skew_ms = orch_engine_skew(runtime->engine);
    int64_t moved_ms = skew_ms - runtime->hours_skew_ms;
    bool all = moved_ms < -SKEW_MAX_MS || moved_ms > SKEW_MAX_MS;

    if (all)
        runtime->hours_skew_ms = skew_ms;
    for (size_t i = 0; i < runtime->daemons_size; i++) {
        orch__live_daemon *daemon = runtime->daemons[i];
        bool due = daemon && daemon->hours && (all || daemon->hours_until_ms <= now_ms);

        if (due && daemon->registered)
            (void)send_spec(runtime, daemon);
    }
}

/* ---- opening ---- */

/* Opens, or opens anew after a change: then the old persona answers until the new one is fit. */
void orch__live_daemon_open(orch_runtime *runtime, orch__live_daemon *daemon)
{
    orch_daemon_id id = daemon->orchestrator->daemon;
    char words[WORDS_MAX];
    orch__persona *persona;
    bool was_open = daemon->persona != NULL;
    int error = orch__persona_new(runtime, daemon->orchestrator, &persona, words, sizeof words);
    orch_event failed = {
        .kind = was_open ? ORCH_EV_FAILED : ORCH_EV_OPEN_FAILED, .daemon = id, .error = error};

    free(daemon->fault);
    daemon->fault = error ? strdup(words) : NULL;
    if (error) {
        (void)orch_engine_send(runtime->engine, &failed);
        return;
    }
    orch__persona_unref(daemon->persona);
    daemon->persona = persona;
    if (!was_open)
        (void)orch__live_daemon_send(runtime, ORCH_EV_OPENED, id);
}

/* Answers under way hold the persona themselves. */
void orch__live_daemon_close(orch__live_daemon *daemon)
{
    orch__persona_unref(daemon->persona);
    daemon->persona = NULL;
}

void orch__live_daemons_free(orch_runtime *runtime)
{
    for (size_t i = 0; i < runtime->daemons_size; i++) {
        orch__live_daemon *daemon = runtime->daemons[i];

        if (!daemon)
            continue;
        orch__live_daemon_close(daemon);
        orch__errors_free(daemon->errors);
        free(daemon->fault);
        free(daemon->hours);
        free(daemon);
    }
    free(runtime->daemons);
    runtime->daemons = NULL;
    runtime->daemons_size = 0;
}

/* ---- questions, logins ---- */

int orch_runtime_daemon(orch_runtime *runtime, orch_orchestrator *orchestrator, orch_daemon_info *out_info)
{
    orch__live_daemon *daemon = orch__live_daemon_find(runtime, orchestrator->daemon);
    orch_daemon_info info = {.orchestrator = orchestrator};
    const orch_model_chain *chain;
    int error;

    if (!daemon)
        return ORCH_E_NOT_FOUND;
    info.presence = orch_runtime_presence(runtime, orchestrator);
    error = orch_engine_health(runtime->engine, orchestrator->daemon, &info.health);
    if (error)
        return error;
    if (daemon->errors) {
        info.errors = daemon->errors->texts;
        info.errors_count = daemon->errors->count;
        info.last_error = daemon->errors->texts[daemon->errors->count - 1];
    }
    chain = orch__live_daemon_chain(runtime, daemon);
    if (!daemon->persona && orchestrator->model_chain)
        snprintf(info.model, sizeof info.model, "%.*s", (int)strcspn(orchestrator->model_chain, ","),
                 orchestrator->model_chain);
    else if (chain->count > 0)
        orch__runtime_model_name(&chain->items[0], info.model, sizeof info.model);
    *out_info = info;
    return 0;
}

int orch_runtime_health(const orch_runtime *runtime, const orch_orchestrator *orchestrator,
                        orch_health *out_health)
{
    return orch_engine_health(runtime->engine, orchestrator->daemon, out_health);
}

static void not_waited_for(const orch_problem *problem, const orch_done *result, void *user)
{
    orch_log_field fields[] = {{"error", problem ? problem->message : NULL}};

    (void)result;
    (void)user;
    if (problem)
        orch_log(ORCH_LOG_WARN, "daemon.login", "A login or logout could not be stored", fields, 1);
}

static void log_in(orch_runtime *runtime, orch_orchestrator *orchestrator, bool logged_in)
{
    if (runtime->closing)
        return;
    if (orchestrator->logged_in != logged_in)
        orch_runtime_note(runtime, orchestrator, logged_in ? "login" : "logout",
                          logged_in ? "It was logged in" : "It was logged out", NULL);
    if (orchestrator->logged_in != logged_in &&
        orch_workspace_set_logged_in(runtime->workspace, orchestrator, logged_in, not_waited_for, NULL))
        orch_log(ORCH_LOG_WARN, "daemon.login", "A login or logout could not be stored", NULL, 0);
    (void)orch__live_daemon_send(runtime, logged_in ? ORCH_EV_LOGIN : ORCH_EV_LOGOUT, orchestrator->daemon);
}

void orch_runtime_login(orch_runtime *runtime, orch_orchestrator *orchestrator)
{
    log_in(runtime, orchestrator, true);
}

void orch_runtime_logout(orch_runtime *runtime, orch_orchestrator *orchestrator)
{
    log_in(runtime, orchestrator, false);
}
