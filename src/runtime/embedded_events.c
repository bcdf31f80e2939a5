/* What listeners are told.
 *
 *     effect EMIT, send_response, … ──▶ emission (a job: copies) ──▶ listeners of the daemon ──▶ listeners of the manager
 */
#include <stdio.h>
#include <stdlib.h>

#include "embedded.h"
#include "log.h"

orch__emission *orch__emission_new(orch_daemon *daemon, orch_daemon_event_type daemon_type,
                                   orch_manager_event_type manager_type)
{
    orch__emission *emission = calloc(1, sizeof *emission);

    if (!emission)
        return NULL;
    emission->daemon_type = daemon_type;
    emission->manager_type = manager_type;
    emission->daemon = orch__hosted_daemon_ref(daemon);
    emission->profile = orch__profile_ref(daemon->profile);
    if (daemon->manager)
        emission->manager = orch__hosted_manager_ref(daemon->manager);
    return emission;
}

void orch__emission_free(orch__emission *emission)
{
    if (!emission)
        return;
    for (size_t i = 0; i < sizeof emission->texts / sizeof *emission->texts; i++)
        free(emission->texts[i]);
    orch__heard_unref(emission->heard);
    orch__profile_unref(emission->profile);
    orch__hosted_daemon_unref(emission->daemon);
    orch__hosted_manager_unref(emission->manager);
    free(emission);
}

static orch_outgoing_message outgoing_of(const orch__emission *emission)
{
    return (orch_outgoing_message){emission->texts[0], emission->texts[1], emission->texts[2],
                                   emission->texts[3]};
}

static orch_daemon_health health_of(const orch__emission *emission)
{
    orch_daemon_health health = emission->health;

    health.errors = (const char *const *)emission->daemon->faults.texts;
    health.errors_count = emission->daemon->faults.count;
    return health;
}

static void fill_daemon_event(const orch__emission *emission, orch_daemon_event *event)
{
    orch_failure failure = {emission->code, emission->sentence};

    event->type = emission->daemon_type;
    event->daemon = emission->daemon;
    switch (emission->daemon_type) {
    case ORCH_DAEMON_STARTED:
    case ORCH_DAEMON_HEARTBEAT:
        event->health = health_of(emission);
        break;
    case ORCH_DAEMON_ERROR:
        event->error = failure;
        break;
    case ORCH_DAEMON_MESSAGE_PROCESSED:
        event->incoming = emission->heard->message;
        break;
    case ORCH_DAEMON_MESSAGE_SEND:
        event->outgoing = outgoing_of(emission);
        break;
    case ORCH_DAEMON_MESSAGE_ERROR:
        event->failed.message = emission->heard->message;
        event->failed.error = failure;
        break;
    case ORCH_DAEMON_ACTION_EXECUTE:
        event->action = (orch_action){emission->texts[0], emission->texts[1]};
        break;
    case ORCH_DAEMON_STATUS_CHANGED:
        event->status = emission->status;
        break;
    default: /* stopped: nothing more to say */
        break;
    }
}

static void fill_manager_event(const orch__emission *emission, orch_manager_event *event)
{
    orch_failure failure = {emission->code, emission->sentence};

    event->type = emission->manager_type;
    event->manager = emission->manager;
    event->orchestrator = &emission->profile->info;
    event->orchestrator_id = emission->profile->info.id;
    event->user_id = emission->profile->info.user.id;
    switch (emission->manager_type) {
    case ORCH_MANAGER_DAEMON_STARTED:
    case ORCH_MANAGER_DAEMON_STOPPED:
        break;
    case ORCH_MANAGER_DAEMON_RESTARTED:
        event->restart_count = emission->count;
        break;
    case ORCH_MANAGER_DAEMON_HEALTH:
    case ORCH_MANAGER_DAEMON_HEARTBEAT:
        event->health = health_of(emission);
        break;
    case ORCH_MANAGER_DAEMON_MESSAGE_PROCESSED:
        event->incoming = emission->heard->message;
        break;
    case ORCH_MANAGER_DAEMON_MESSAGE_SEND:
        event->outgoing = outgoing_of(emission);
        break;
    case ORCH_MANAGER_DAEMON_MESSAGE_ERROR:
        event->failed.message = emission->heard->message;
        event->failed.error = failure;
        break;
    case ORCH_MANAGER_DAEMON_ACTION:
        event->action = (orch_action){emission->texts[0], emission->texts[1]};
        break;
    case ORCH_MANAGER_DAEMON_STATUS_CHANGED:
        event->status = emission->status;
        break;
    default: /* all others are errors */
        event->error = failure;
        break;
    }
}

/* For `verbose`: the life of a daemon on standard error. Never the text of messages. */
static void tell_log(const orch__emission *emission)
{
    bool verbose = (emission->daemon && emission->daemon->settings.verbose) ||
                   (emission->manager && emission->manager->verbose);
    const orch_log_field fields[] = {
        {"orchestrator", emission->profile->info.id},
        {"message", emission->heard ? emission->heard->message.id : NULL},
        {"status",
         emission->daemon_type == ORCH_DAEMON_STATUS_CHANGED ? orch_status_name(emission->status) : NULL},
        {"error", emission->code ? emission->sentence : NULL},
    };
    const char *name = emission->daemon_type ? orch_daemon_event_name(emission->daemon_type)
                                             : orch_manager_event_name(emission->manager_type);

    if (verbose)
        orch_log(emission->code ? ORCH_LOG_WARN : ORCH_LOG_INFO, "daemon.event", name, fields,
                 sizeof fields / sizeof *fields);
}

/* ---- delivery ---- */

static void call_daemon_listener(orch__listener listener, const void *event)
{
    ((orch_daemon_listener_fn)listener.function)(event, listener.user);
}

static void call_manager_listener(orch__listener listener, const void *event)
{
    ((orch_manager_listener_fn)listener.function)(event, listener.user);
}

static void deliver(orch__job *job, bool call)
{
    orch__emission *emission = (orch__emission *)job;

    if (call)
        tell_log(emission);
    if (call && emission->daemon_type) { /* a freed one has no listeners */
        orch_daemon_event event = {0};

        fill_daemon_event(emission, &event);
        orch__listeners_call(&emission->daemon->listeners, (int)emission->daemon_type, call_daemon_listener,
                             &event);
    }
    if (call && emission->manager_type && emission->manager) {
        orch_manager_event event = {0};

        fill_manager_event(emission, &event);
        orch__listeners_call(&emission->manager->listeners, (int)emission->manager_type,
                             call_manager_listener, &event);
    }
    orch__emission_free(emission);
}

void orch__emission_push(orch__host *host, orch__emission *emission)
{
    emission->job.run = deliver;
    orch__host_push(host, &emission->job);
}

/* ---- what the core tells ---- */

typedef struct emit_row {
    orch_daemon_event_type daemon_type;
    orch_manager_event_type manager_type;
} emit_row;

static const emit_row emit_rows[] = {
    [ORCH_EMIT_STARTED] = {ORCH_DAEMON_STARTED, ORCH_MANAGER_DAEMON_STARTED},
    [ORCH_EMIT_STOPPED] = {ORCH_DAEMON_STOPPED, ORCH_MANAGER_DAEMON_STOPPED},
    [ORCH_EMIT_ERROR] = {ORCH_DAEMON_ERROR, ORCH_MANAGER_DAEMON_ERROR},
    [ORCH_EMIT_STATUS_CHANGED] = {ORCH_DAEMON_STATUS_CHANGED, ORCH_MANAGER_DAEMON_STATUS_CHANGED},
    [ORCH_EMIT_HEARTBEAT] = {ORCH_DAEMON_HEARTBEAT, ORCH_MANAGER_DAEMON_HEARTBEAT},
    [ORCH_EMIT_HEALTH] = {0, ORCH_MANAGER_DAEMON_HEALTH},
    [ORCH_EMIT_RESTARTED] = {0, ORCH_MANAGER_DAEMON_RESTARTED},
    [ORCH_EMIT_RESTART_SCHEDULED] = {0, 0},
    [ORCH_EMIT_START_ERROR] = {0, ORCH_MANAGER_DAEMON_START_ERROR},
    [ORCH_EMIT_STOP_ERROR] = {0, ORCH_MANAGER_DAEMON_STOP_ERROR},
    [ORCH_EMIT_RESTART_ERROR] = {0, ORCH_MANAGER_DAEMON_RESTART_ERROR},
    [ORCH_EMIT_HEALTH_ERROR] = {0, ORCH_MANAGER_DAEMON_HEALTH_ERROR},
    [ORCH_EMIT_AUTO_START_ERROR] = {0, ORCH_MANAGER_AUTO_START_ERROR},
    [ORCH_EMIT_MESSAGE_PROCESSED] = {ORCH_DAEMON_MESSAGE_PROCESSED, ORCH_MANAGER_DAEMON_MESSAGE_PROCESSED},
    [ORCH_EMIT_MESSAGE_SEND] = {ORCH_DAEMON_MESSAGE_SEND, ORCH_MANAGER_DAEMON_MESSAGE_SEND},
    [ORCH_EMIT_MESSAGE_ERROR] = {ORCH_DAEMON_MESSAGE_ERROR, ORCH_MANAGER_DAEMON_MESSAGE_ERROR},
    [ORCH_EMIT_TURN_RETRY] = {0, 0},
};

static bool is_wanted(const orch_daemon *daemon, emit_row row)
{
    if (daemon->settings.verbose || (daemon->manager && daemon->manager->verbose))
        return true;
    return orch__listeners_any(&daemon->listeners, (int)row.daemon_type) ||
           (daemon->manager && orch__listeners_any(&daemon->manager->listeners, (int)row.manager_type));
}

static void word_error(const orch_daemon *daemon, const orch__question *question, const orch_effect *effect,
                       char sentence[ORCH__SENTENCE_MAX])
{
    const char *words = orch_error_text(effect->error);

    if (effect->error == ORCH_E_MAX_RESTARTS) {
        snprintf(sentence, ORCH__SENTENCE_MAX, "Max restart attempts (%u) reached for orchestrator: %.256s",
                 effect->count, daemon->profile->info.id);
        return;
    }
    if (effect->emit == ORCH_EMIT_MESSAGE_ERROR) {
        if (question && question->error[0] && effect->error != ORCH_E_DEADLINE)
            words = question->error;
    } else if (daemon->fault[0]) {
        words = daemon->fault;
    }
    snprintf(sentence, ORCH__SENTENCE_MAX, "%s", words);
}

static void keep_error(orch_daemon *daemon, const orch_effect *effect, const char *sentence)
{
    if (effect->emit == ORCH_EMIT_START_ERROR || effect->emit == ORCH_EMIT_AUTO_START_ERROR ||
        effect->emit == ORCH_EMIT_HEALTH_ERROR)
        return; /* follow an ERROR that said the same */
    if (effect->emit == ORCH_EMIT_RESTART_ERROR && effect->error != ORCH_E_MAX_RESTARTS)
        return;
    orch__faults_add(&daemon->faults, sentence);
    if (effect->emit != ORCH_EMIT_MESSAGE_ERROR)
        snprintf(daemon->last_error, sizeof daemon->last_error, "%s", sentence);
}

static void fill_from_effect(orch__emission *emission, orch__question *question, const orch_effect *effect,
                             const char *sentence)
{
    if (question)
        emission->heard = orch__heard_ref(question->heard);
    if (effect->emit == ORCH_EMIT_STATUS_CHANGED)
        emission->status = effect->status;
    emission->count = effect->count;
    emission->code = effect->error;
    snprintf(emission->sentence, sizeof emission->sentence, "%s", sentence);
    orch__hosted_daemon_health(emission->daemon, &emission->health, NULL);
}

void orch__emit_effect(orch_daemon *daemon, const orch_effect *effect)
{
    emit_row row = emit_rows[effect->emit];
    orch__question *question = orch__question_find(daemon->host, daemon->handle, effect->message);
    char sentence[ORCH__SENTENCE_MAX] = "";
    orch__emission *emission;

    if (effect->error) {
        word_error(daemon, question, effect, sentence);
        keep_error(daemon, effect, sentence);
    }
    if (effect->emit == ORCH_EMIT_MESSAGE_SEND) {
        orch__emission_push(daemon->host, question->send);
        question->send = NULL;
        return;
    }
    if ((!row.daemon_type && !row.manager_type) || !is_wanted(daemon, row))
        return;
    emission = orch__emission_new(daemon, row.daemon_type, row.manager_type);
    if (!emission) {
        orch_log(ORCH_LOG_ERROR, "daemon.event_lost", "Out of memory: an event was not told", NULL, 0);
        return;
    }
    fill_from_effect(emission, question, effect, sentence);
    orch__emission_push(daemon->host, emission);
}

void orch__emit_not_made(orch_manager *manager, orch__profile *profile, orch_manager_event_type type,
                         int error, const char *sentence)
{
    orch__emission *emission = calloc(1, sizeof *emission);

    if (!emission)
        return;
    emission->manager_type = type;
    emission->manager = orch__hosted_manager_ref(manager);
    emission->profile = orch__profile_ref(profile);
    emission->code = error;
    snprintf(emission->sentence, sizeof emission->sentence, "%s", sentence);
    orch__emission_push(manager->host, emission);
}
