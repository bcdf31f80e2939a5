/* Answers that people stop, and failures that they want to be tried again.
 *
 *     stop ──▶ something was said ──▶ TURN_DONE: that is the reply, marked as stopped
 *         └──▶ nothing yet ─────────▶ TURN_STOP: a visible failure
 *
 *     retry ──▶ may they? ──▶ room in the queue? ──▶ the failed row becomes a pending one with a new number ──▶ MESSAGE
 *
 * The new number makes it a new message for the core, which takes each once. The row is still the one of its message and orchestrator,
 * so that there is one reply at most, however often it is stopped and tried again, also over a crash.
 */
#include "runtime_parts.h"

#include <stdlib.h>

/* ---- stopping ---- */

static bool says_something(const orch__live_turn *turn)
{
    return turn->state == ORCH__LIVE_ANSWERING && turn->reply_len > 0 && !orch__attempt_is_blank(turn);
}

static int refuse_stop(int error, orch_problem *problem)
{
    if (error == ORCH_E_STATE)
        return orch__runtime_problem(problem, error, "turnId", "it is too late: the answer is complete");
    return orch__runtime_problem(problem, ORCH_E_NOT_FOUND, "turnId",
                                 "there is no answer with this number that could be stopped");
}

static int stop_silent(orch__live_turn *turn, orch_problem *problem)
{
    orch_event event = {.kind = ORCH_EV_TURN_STOP, .daemon = turn->orchestrator->daemon};
    int error;

    event.message.daemon = turn->orchestrator->daemon;
    event.message.message.v = (uint64_t)turn->row;
    error = orch_engine_send(turn->runtime->engine, &event);
    return error ? refuse_stop(error, problem) : 0;
}

int orch_runtime_stop_turn(orch_runtime *runtime, const orch_user *actor, int64_t turn_id,
                           orch_problem *problem)
{
    orch__live_turn *turn = orch__live_turn_find(runtime, turn_id);

    if (runtime->closing)
        return orch__runtime_problem(problem, ORCH_E_CLOSED, "", "the server is shutting down");
    if (!turn || (actor && !orch_channel_has_member(turn->channel, actor)))
        return refuse_stop(ORCH_E_NOT_FOUND, problem);
    if (turn->orphan || turn->state == ORCH__LIVE_ANSWERED || turn->state == ORCH__LIVE_STORING)
        return refuse_stop(ORCH_E_STATE, problem);
    if (!says_something(turn))
        return stop_silent(turn, problem);
    orch__attempt_cut_short(turn);
    return 0;
}

/* ---- trying again ---- */

typedef struct retrying {
    orch_runtime *runtime;
    orch_retried_fn done;
    void *user;
    orch_user *actor; /* NULL: the machine's owner */
    orch_turn_row row;
} retrying;

static void finish(retrying *kept, const orch_problem *problem, int64_t turn)
{
    kept->done(problem, turn, kept->user);
    free(kept);
}

static void pending(const orch_problem *problem, const orch_turn_row *row, void *user)
{
    retrying *kept = user;
    orch_runtime *runtime = kept->runtime;
    orch__live_turn_accept accept = {.reserved = true};

    if (problem) {
        (void)orch__live_daemon_send(runtime, ORCH_EV_RELEASE, kept->row.orchestrator->daemon);
        finish(kept, problem, 0);
        return;
    }
    accept.row = *row;
    finish(kept, NULL, row->id);
    orch__live_turn_accept_row(runtime, &accept);
}

static int make_pending(retrying *kept, orch_problem *problem)
{
    orch_runtime *runtime = kept->runtime;
    const orch_orchestrator *orchestrator = kept->row.orchestrator;
    const orch__live_daemon *daemon = orch__live_daemon_find(runtime, orchestrator->daemon);
    int error;

    if (runtime->closing)
        return orch__runtime_problem(problem, ORCH_E_CLOSED, "", "the server is shutting down");
    if (!daemon || !daemon->registered)
        return orch__runtime_problem(problem, ORCH_E_STATE, "turnId",
                                     "its orchestrator is not there any more");
    error = orch__live_daemon_send(runtime, ORCH_EV_RESERVE, orchestrator->daemon);
    if (error)
        return orch__refuse_busy(runtime, orchestrator, error, problem);
    error = orch_workspace_retry_turn(runtime->workspace, &kept->row, pending, kept);
    if (!error)
        return 0;
    (void)orch__live_daemon_send(runtime, ORCH_EV_RELEASE, orchestrator->daemon);
    return orch__runtime_problem(problem, error, "", "%s", orch_error_text(error));
}

static void failed_read(const orch_problem *problem, const orch_turn_row *row, void *user)
{
    retrying *kept = user;
    orch_problem refused = {0};

    if (problem) {
        finish(kept, problem, 0);
        return;
    }
    kept->row = *row;
    if (make_pending(kept, &refused))
        finish(kept, &refused, 0);
}

int orch_runtime_retry_turn(orch_runtime *runtime, orch_user *actor, int64_t turn_id, orch_retried_fn done,
                            void *user, orch_problem *problem)
{
    retrying *kept = malloc(sizeof *kept);
    int error = kept ? 0 : ORCH_E_NO_MEMORY;

    if (runtime->closing)
        error = ORCH_E_CLOSED;
    if (!error) {
        *kept = (retrying){.runtime = runtime, .done = done, .user = user, .actor = actor};
        error = orch_workspace_failed_turn(runtime->workspace, actor, turn_id, failed_read, kept);
    }
    if (!error)
        return 0;
    free(kept);
    return orch__runtime_problem(problem, error, "", "%s", orch_error_text(error));
}
