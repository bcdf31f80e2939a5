/* orch_daemon: what the program asks of a daemon, and what the core says of it.
 *
 * Whoever waits for a start or a restart is told at `running` (0), at `error` (why), or when a stop was asked for
 * meanwhile (ORCH_E_CANCELLED); whoever waits for a stop is told at `stopped`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "embedded.h"
#include "orchd/assert.h"
#include "zone.h"

/* ---- life ---- */

orch_daemon *orch__hosted_daemon_ref(orch_daemon *daemon)
{
    daemon->refs++;
    return daemon;
}

void orch__hosted_daemon_unref(orch_daemon *daemon)
{
    if (!daemon || --daemon->refs > 0)
        return;
    orch__faults_fini(&daemon->faults);
    orch__listeners_fini(&daemon->listeners);
    orch__profile_unref(daemon->profile);
    free(daemon);
}

static orch_str str(const char *text)
{
    return text ? (orch_str){text, strlen(text)} : ORCH_STR_NONE;
}

/* The charter's hours with the changes of its time zone. */
static int read_hours(const orch_daemon *daemon, orch_hours *out_hours)
{
    const orch_charter_document *document = daemon->profile->document;
    orch__zone zone;
    int error = 0;

    *out_hours = (orch_hours){.limited = false};
    if (!document || !document->hours_given || !document->hours.limited)
        return 0;
    *out_hours = document->hours;
    error = orch__zone_read(document->timezone, orch_engine_wall(daemon->host->engine), &zone);
    if (error)
        return orch__refuse(error, "charter: operational.workHours.timezone is \"%s\"; there is no such zone",
                            document->timezone);
    orch__zone_apply(&zone, orch_engine_skew(daemon->host->engine), out_hours);
    return 0;
}

int orch__hosted_daemon_register(orch_daemon *daemon)
{
    const orch__profile *profile = daemon->profile;
    const orch_user_info *user = &profile->info.user;
    uint32_t charter_max = profile->document ? profile->document->conversations_running_max : 0;
    bool built_in = !daemon->settings.generate && daemon->host->models_known;
    orch_hours hours;
    orch_daemon_spec spec = {
        .daemon = daemon->handle,
        .user = profile->user,
        .name = str(user->name),
        .display_name = str(user->display_name),
        .slug = str(profile->slug),
        .email = str(user->email),
        .role = str(profile->info.role),
        .auto_respond = daemon->settings.auto_respond,
        .heartbeat_ms = daemon->settings.heartbeat_ms,
        .conversations_running_max = charter_max ? charter_max : daemon->settings.conversations_max,
        .models_count = built_in ? (uint32_t)daemon->host->models.chain.count : 1,
        .hours = &hours,
    };
    orch_event event = {.kind = ORCH_EV_REGISTER, .daemon = daemon->handle, .spec = &spec};
    int error = read_hours(daemon, &hours);

    if (error)
        return error;
    error = orch_engine_send(daemon->host->engine, &event);
    return error ? orch__refuse(error, "%s", orch_error_text(error)) : 0;
}

orch_daemon *orch__hosted_daemon_make(orch__host *host, orch_manager *manager, orch__profile *profile,
                                      const orch__settings *settings)
{
    orch_daemon *daemon = calloc(1, sizeof *daemon);

    if (!daemon) {
        (void)orch__refuse(ORCH_E_NO_MEMORY, "%s", orch_error_text(ORCH_E_NO_MEMORY));
        return NULL;
    }
    daemon->refs = 1;
    daemon->host = host;
    daemon->manager = manager;
    daemon->profile = orch__profile_ref(profile);
    daemon->settings = *settings;
    daemon->windows = manager ? manager->windows : orch__windows_new();
    if (!daemon->windows || orch__host_add(host, daemon) != 0) {
        if (!manager)
            orch__windows_free(daemon->windows);
        orch__hosted_daemon_unref(daemon);
        return NULL;
    }
    if (orch__hosted_daemon_register(daemon) != 0) {
        orch__hosted_daemon_end(daemon, false);
        return NULL;
    }
    return daemon;
}

orch_daemon *orch_daemon_new(const orch_daemon_config *config)
{
    orch__settings settings;
    orch_orchestrator_info info;
    orch__profile *profile = NULL;
    orch_daemon *daemon = NULL;
    uv_loop_t *loop;
    orch__host *host;

    if (orch__settings_read(&settings, config) != 0)
        return NULL;
    if (!config->orchestrator) {
        (void)orch__refuse(ORCH_E_INVALID, "orchestrator is not given");
        return NULL;
    }
    info = *config->orchestrator;
    if (config->orchestrator_id)
        info.id = config->orchestrator_id;
    if (orch__profile_new(&info, &profile) != 0)
        return NULL;
    loop = config->loop ? config->loop : orch_loop();
    host = orch__profile_read_charter(profile) == 0 && loop ? orch__host_get(loop) : NULL;
    if (host) {
        daemon = orch__hosted_daemon_make(host, NULL, profile, &settings);
        orch__host_settle(host);
    }
    orch__profile_unref(profile);
    return daemon;
}

static bool is_alive(const orch_daemon *daemon)
{
    return daemon->restart_due ||
           (daemon->status != ORCH_STATUS_STOPPED && daemon->status != ORCH_STATUS_ERROR);
}

static void set_life(orch_daemon *daemon, orch_status status, bool restart_due)
{
    daemon->host->daemons_alive -= is_alive(daemon);
    daemon->status = status;
    daemon->restart_due = restart_due;
    daemon->host->daemons_alive += is_alive(daemon);
}

static void end_asked(orch_daemon *daemon, orch__askeds *askeds, bool call)
{
    if (call)
        orch__askeds_end(daemon->host, askeds, ORCH_E_CANCELLED, "the daemon was freed");
    else
        orch__askeds_drop(askeds);
}

void orch__hosted_daemon_end(orch_daemon *daemon, bool call)
{
    orch__host *host = daemon->host;

    daemon->freed = true;
    orch__questions_drop(daemon, call);
    (void)orch__host_send(host, ORCH_EV_UNREGISTER, daemon->handle);
    end_asked(daemon, &daemon->starts, call);
    end_asked(daemon, &daemon->restarts, call);
    end_asked(daemon, &daemon->stops, call);
    set_life(daemon, ORCH_STATUS_STOPPED, false);
    orch__listeners_fini(&daemon->listeners);
    orch__host_remove(host, daemon);
    if (!daemon->manager)
        orch__windows_free(daemon->windows);
    daemon->windows = NULL;
    orch__hosted_daemon_unref(daemon);
}

void orch_daemon_free(orch_daemon *daemon)
{
    orch__host *host;

    if (!daemon)
        return;
    ORCH_ASSERT(!daemon->manager && !daemon->freed);
    host = daemon->host;
    orch__hosted_daemon_end(daemon, true);
    orch__host_settle(host);
}

int orch__hosted_daemon_update(orch_daemon *daemon, orch__profile *profile)
{
    orch__profile *old = daemon->profile;

    if (profile->user.v != old->user.v)
        return orch__refuse(ORCH_E_CONFLICT, "orchestrator %s belongs to user %s, not to %s", old->info.id,
                            old->info.user.id, profile->info.user.id);
    daemon->profile = orch__profile_ref(profile);
    if (orch__hosted_daemon_register(daemon) != 0) {
        daemon->profile = old;
        orch__profile_unref(profile);
        return ORCH_E_INVALID;
    }
    orch__profile_unref(old);
    return 0;
}

/* ---- what the core says ---- */

void orch__hosted_daemon_set_restart_due(orch_daemon *daemon, bool due)
{
    set_life(daemon, daemon->status, due);
}

void orch__hosted_daemon_status(orch_daemon *daemon, orch_status status)
{
    set_life(daemon, status, false);
    if (status == ORCH_STATUS_STOPPED || status == ORCH_STATUS_ERROR)
        orch__questions_release(daemon);
}

void orch__hosted_daemon_started(orch_daemon *daemon)
{
    orch__askeds_end(daemon->host, &daemon->starts, 0, NULL);
    orch__askeds_end(daemon->host, &daemon->restarts, 0, NULL);
}

void orch__hosted_daemon_stopped(orch_daemon *daemon)
{
    orch__askeds_end(daemon->host, &daemon->stops, 0, NULL);
}

void orch__hosted_daemon_failed(orch_daemon *daemon, int error)
{
    if (daemon->status == ORCH_STATUS_STOPPING)
        return; /* the stop ends all the same, and a restart that waits for it goes on */
    orch__askeds_end(daemon->host, &daemon->starts, error, daemon->last_error);
    orch__askeds_end(daemon->host, &daemon->restarts, error, daemon->last_error);
}

typedef struct opening {
    orch__job job;
    orch_daemon *daemon;
} opening;

static int make_ready(orch_daemon *daemon)
{
    int error = 0;

    daemon->fault[0] = '\0';
    if (!daemon->settings.generate)
        error = orch__host_models(daemon->host, daemon->fault, sizeof daemon->fault);
    if (!error && orch__hosted_daemon_register(daemon) != 0) {
        error = ORCH_E_INVALID;
        snprintf(daemon->fault, sizeof daemon->fault, "%s", orch_last_error());
    }
    return error;
}

static void run_opening(orch__job *job, bool call)
{
    orch_daemon *daemon = ((opening *)job)->daemon;
    orch_event event = {.kind = ORCH_EV_OPENED, .daemon = daemon->handle};

    if (call && !daemon->freed) {
        event.error = make_ready(daemon);
        if (event.error)
            event.kind = ORCH_EV_OPEN_FAILED;
        (void)orch_engine_send(daemon->host->engine, &event);
    }
    orch__hosted_daemon_unref(daemon);
    free(job);
}

void orch__hosted_daemon_opening(orch_daemon *daemon)
{
    orch_event no_memory = {.kind = ORCH_EV_OPEN_FAILED, .daemon = daemon->handle, .error = ORCH_E_NO_MEMORY};
    opening *job = calloc(1, sizeof *job);

    if (!job) {
        (void)orch_engine_send(daemon->host->engine, &no_memory);
        return;
    }
    job->job.run = run_opening;
    job->daemon = orch__hosted_daemon_ref(daemon);
    orch__host_push(daemon->host, &job->job);
}

/* ---- what the program asks ---- */

void orch__hosted_daemon_start(orch_daemon *daemon, bool login, orch__asked *asked)
{
    orch_event event = {.kind = login ? ORCH_EV_LOGIN : ORCH_EV_START,
                        .daemon = daemon->handle,
                        .managed = daemon->manager != NULL};
    int error;

    orch__askeds_add(&daemon->starts, asked);
    error = orch_engine_send(daemon->host->engine, &event);
    if (error == ORCH_E_ALREADY_RUNNING && daemon->manager)
        error = 0;
    if (error || daemon->status == ORCH_STATUS_RUNNING)
        orch__askeds_end(daemon->host, &daemon->starts, error, NULL);
}

void orch__hosted_daemon_stop(orch_daemon *daemon, orch__asked *asked)
{
    static const char sentence[] = "stopped before it was running";

    orch__askeds_add(&daemon->stops, asked);
    orch__askeds_end(daemon->host, &daemon->starts, ORCH_E_CANCELLED, sentence);
    orch__askeds_end(daemon->host, &daemon->restarts, ORCH_E_CANCELLED, sentence);
    (void)orch__host_send(daemon->host, ORCH_EV_STOP, daemon->handle);
    if (daemon->status == ORCH_STATUS_STOPPED)
        orch__hosted_daemon_stopped(daemon);
}

void orch__hosted_daemon_restart(orch_daemon *daemon, orch__asked *asked)
{
    orch_event event = {
        .kind = ORCH_EV_RESTART, .daemon = daemon->handle, .managed = daemon->manager != NULL};
    int error;

    orch__askeds_add(&daemon->restarts, asked);
    error = orch_engine_send(daemon->host->engine, &event);
    if (error)
        orch__askeds_end(daemon->host, &daemon->restarts, error, NULL);
}

void orch_daemon_start(orch_daemon *daemon, orch_finished_fn finished, void *user)
{
    orch__asked *asked;

    if (orch__asked_new(finished, user, &asked))
        orch__hosted_daemon_start(daemon, false, asked);
}

void orch_daemon_stop(orch_daemon *daemon, orch_finished_fn finished, void *user)
{
    orch__asked *asked;

    if (orch__asked_new(finished, user, &asked))
        orch__hosted_daemon_stop(daemon, asked);
}

void orch_daemon_restart(orch_daemon *daemon, orch_finished_fn finished, void *user)
{
    orch__asked *asked;

    if (orch__asked_new(finished, user, &asked))
        orch__hosted_daemon_restart(daemon, asked);
}

void orch_daemon_handle_message(orch_daemon *daemon, const orch_incoming_message *message,
                                orch_finished_fn finished, void *user)
{
    orch__heard *heard = NULL;
    orch_daemon_id addressed;
    orch__asked *asked;
    int error;

    if (!orch__asked_new(finished, user, &asked))
        return;
    error = orch__heard_new(message, orch_engine_wall(daemon->host->engine), &heard);
    if (!error)
        error = orch__windows_hear(daemon->windows, heard);
    if (error) {
        orch__asked_end(daemon->host, asked, error, error == ORCH_E_NO_MEMORY ? NULL : orch_last_error());
    } else {
        size_t count =
            orch__question_route(daemon->host, daemon->windows, heard, &daemon->handle, 1, &addressed);

        orch__question_ask(daemon, heard, count > 0, asked);
    }
    orch__heard_unref(heard);
}

static int check_running(const orch_daemon *daemon)
{
    return daemon->status == ORCH_STATUS_RUNNING
               ? 0
               : orch__refuse(ORCH_E_NOT_RUNNING, "%s", orch_error_text(ORCH_E_NOT_RUNNING));
}

static int emit_texts(orch_daemon *daemon, orch_daemon_event_type daemon_type,
                      orch_manager_event_type manager_type, const char *const texts[4])
{
    orch__emission *emission = orch__emission_new(daemon, daemon_type, manager_type);
    bool complete = emission != NULL;

    for (size_t i = 0; i < 4 && complete; i++) {
        emission->texts[i] = texts[i] ? strdup(texts[i]) : NULL;
        complete = emission->texts[i] || !texts[i];
    }
    if (!complete) {
        orch__emission_free(emission);
        return orch__refuse(ORCH_E_NO_MEMORY, "%s", orch_error_text(ORCH_E_NO_MEMORY));
    }
    orch__emission_push(daemon->host, emission);
    return 0;
}

int orch_daemon_send_response(orch_daemon *daemon, const orch_outgoing_message *message)
{
    const char *const texts[4] = {message->content, message->channel_id, message->reply_to_id,
                                  message->metadata_json};
    int error = check_running(daemon);

    if (!error)
        error = orch__check_text("message.content", message->content, true, ORCH_MESSAGE_CONTENT_MAX);
    if (!error)
        error = orch__check_text("message.channel_id", message->channel_id, true, ORCH_NAME_LEN_MAX);
    if (!error)
        error = orch__check_text("message.reply_to_id", message->reply_to_id, false, ORCH_NAME_LEN_MAX);
    if (!error)
        error = orch__check_object("message.metadata_json", message->metadata_json);
    if (!error)
        error = orch__windows_say(daemon->windows, orch__handle(message->channel_id), 0, daemon->profile,
                                  message->content, 1);
    if (error)
        return error;
    return emit_texts(daemon, ORCH_DAEMON_MESSAGE_SEND, ORCH_MANAGER_DAEMON_MESSAGE_SEND, texts);
}

const char *const orch_action_types[] = {"send_message", "react",         "update_status",
                                         "join_channel", "leave_channel", NULL};

static int check_action_type(const char *type)
{
    char list[128] = "";

    for (size_t i = 0; orch_action_types[i]; i++) {
        size_t len = strlen(list);

        if (type && strcmp(type, orch_action_types[i]) == 0)
            return 0;
        snprintf(list + len, sizeof list - len, "%s%s", i ? ", " : "", orch_action_types[i]);
    }
    return orch__refuse(ORCH_E_UNSUPPORTED, "Unknown action type: %.64s; allowed are %s",
                        type ? type : "(none)", list);
}

int orch_daemon_execute_action(orch_daemon *daemon, const orch_action *action)
{
    const char *const texts[4] = {action->type, action->payload_json};
    int error = check_action_type(action->type);

    if (!error)
        error = check_running(daemon);
    if (!error)
        error = orch__check_object("action.payload_json", action->payload_json);
    if (error)
        return error;
    return emit_texts(daemon, ORCH_DAEMON_ACTION_EXECUTE, ORCH_MANAGER_DAEMON_ACTION, texts);
}

/* ---- what the program may know ---- */

void orch__hosted_daemon_health(const orch_daemon *daemon, orch_daemon_health *out_health,
                                orch_health *out_core)
{
    orch_health health = {0};
    int error = orch_engine_health(daemon->host->engine, daemon->handle, &health);

    ORCH_ASSERT(error == 0);
    *out_health = (orch_daemon_health){
        .status = health.status,
        .uptime_ms = health.uptime_ms,
        .active_conversations = health.conversations_active,
        .total_messages_processed = health.answered,
        .last_heartbeat_ms = health.last_heartbeat_ms,
        .errors = (const char *const *)daemon->faults.texts,
        .errors_count = daemon->faults.count,
    };
    if (out_core)
        *out_core = health;
}

orch_status orch_daemon_get_status(const orch_daemon *daemon)
{
    return daemon->status;
}

void orch_daemon_get_health_status(const orch_daemon *daemon, orch_daemon_health *out_health)
{
    orch__hosted_daemon_health(daemon, out_health, NULL);
}

bool orch_daemon_is_running(const orch_daemon *daemon)
{
    return daemon->status == ORCH_STATUS_RUNNING;
}

const orch_orchestrator_info *orch_daemon_orchestrator(const orch_daemon *daemon)
{
    return &daemon->profile->info;
}
