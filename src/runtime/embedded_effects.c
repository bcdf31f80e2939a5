/* The core's effects, carried out. There is no database: what is to be stored is told to the listeners, which is as much as the
 * program can be given, and counts as stored.
 */
#include <stdlib.h>

#include "embedded.h"

static void send_turn(orch__host *host, orch_event_kind kind, orch_turn_id turn, int error)
{
    orch_event event = {.kind = kind, .turn = turn, .error = error};

    (void)orch_engine_send(host->engine, &event);
}

/* A heartbeat proves that the loop still comes round to the jobs. */
typedef struct heartbeat {
    orch__job job;
    orch_daemon *daemon;
} heartbeat;

static void beat(orch__job *job, bool call)
{
    orch_daemon *daemon = ((heartbeat *)job)->daemon;

    if (call && !daemon->freed)
        (void)orch__host_send(daemon->host, ORCH_EV_HEARTBEAT, daemon->handle);
    orch__hosted_daemon_unref(daemon);
    free(job);
}

static void begin_heartbeat(orch_daemon *daemon)
{
    heartbeat *proof = calloc(1, sizeof *proof);

    if (!proof)
        return; /* a missed heartbeat, as it is one */
    proof->job.run = beat;
    proof->daemon = orch__hosted_daemon_ref(daemon);
    orch__host_push(daemon->host, &proof->job);
}

/* Who waits is told after the listeners. */
static void carry_out_emit(orch_daemon *daemon, const orch_effect *effect)
{
    orch__question *question = orch__question_find(daemon->host, daemon->handle, effect->message);

    if (effect->emit == ORCH_EMIT_STATUS_CHANGED)
        orch__hosted_daemon_status(daemon, effect->status);
    orch__emit_effect(daemon, effect);
    switch (effect->emit) {
    case ORCH_EMIT_STARTED:
        orch__hosted_daemon_started(daemon);
        break;
    case ORCH_EMIT_STOPPED:
        orch__hosted_daemon_stopped(daemon);
        break;
    case ORCH_EMIT_ERROR:
        orch__hosted_daemon_failed(daemon, effect->error);
        break;
    case ORCH_EMIT_RESTART_SCHEDULED:
        orch__hosted_daemon_set_restart_due(daemon, true);
        break;
    case ORCH_EMIT_RESTART_ERROR:
        if (effect->error == ORCH_E_MAX_RESTARTS)
            orch__hosted_daemon_set_restart_due(daemon, false);
        break;
    case ORCH_EMIT_MESSAGE_PROCESSED:
        if (question)
            orch__question_end(question);
        break;
    default: /* only told */
        break;
    }
}

static void carry_out_turn(orch_daemon *daemon, orch__question *question, const orch_effect *effect)
{
    switch (effect->kind) {
    case ORCH_FX_TURN_START:
        orch__answer_begin(question, effect);
        break;
    case ORCH_FX_TURN_OFFLINE:
        orch__answer_offline(question, effect);
        break;
    case ORCH_FX_TURN_CANCEL:
        orch__answer_cancel(question);
        break;
    case ORCH_FX_TURN_REPLY:
        if (orch__answer_store(question) == 0)
            send_turn(daemon->host, ORCH_EV_TURN_STORED, effect->turn, 0);
        else
            send_turn(daemon->host, ORCH_EV_TURN_STORE_FAILED, effect->turn, ORCH_E_NO_MEMORY);
        break;
    default: /* a failure or silence: nothing to keep */
        send_turn(daemon->host, ORCH_EV_TURN_STORED, effect->turn, 0);
        break;
    }
}

void orch__effect_carry_out(const orch_effect *effect, void *user)
{
    orch__host *host = user;
    orch_daemon *daemon = orch__host_daemon(host, effect->daemon);
    orch__question *question;

    if (!daemon || daemon->freed)
        return;
    switch (effect->kind) {
    case ORCH_FX_EMIT:
        carry_out_emit(daemon, effect);
        break;
    case ORCH_FX_DAEMON_OPEN:
        orch__hosted_daemon_opening(daemon);
        break;
    case ORCH_FX_DAEMON_CLOSE: /* it holds nothing but memory */
        break;
    case ORCH_FX_HEARTBEAT:
        begin_heartbeat(daemon);
        break;
    default:
        question = orch__question_find(host, effect->daemon, effect->message);
        if (question)
            carry_out_turn(daemon, question, effect);
        break;
    }
}
