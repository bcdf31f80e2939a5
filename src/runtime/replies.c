/* The end of a turn: the reply (or the failure, or silence) is stored, then shown, then the core is told.
 *
 * A failed store is reported to the core, which asks again after a pause: so these functions may run many times for one
 * turn. The database lets only one of them count.
 */
#include "json_text.h"
#include "log.h"
#include "runtime_parts.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 700

/* A reply on its way into the database, with the turns that it starts. */
typedef struct reply {
    orch__live_turn *turn;
    size_t turns_count;
    orch_turn_new turns[];
} reply;

static void tell_core(orch__live_turn *turn, orch_event_kind kind, int error)
{
    orch_event event = {
        .kind = kind, .daemon = turn->orchestrator->daemon, .turn = turn->handle, .error = error};

    if (!turn->orphan)
        (void)orch_engine_send(turn->runtime->engine, &event);
}

/* Told once, as a fault, when the storage is to blame: here come as many as there are turns, each second. */
static void store_failed(orch__live_turn *turn, int error, const char *words)
{
    orch_log_field fields[] = {
        {"orchestrator", turn->orchestrator->id.text}, {"message", turn->message_id.text}, {"error", words}};

    orch_log(ORCH_LOG_DEBUG, "turn.store-failed", "The end of a turn could not be stored; it is tried again",
             fields, 3);
    orch__live_turn_set_state(turn, ORCH__LIVE_ANSWERED);
    tell_core(turn, ORCH_EV_TURN_STORE_FAILED, error);
}

/* ---- failures and silence ---- */

static void publish_failed(const orch__live_turn *turn, int64_t cursor, const char *words)
{
    orch_notice notice = {.kind = ORCH_NOTICE_TURN_FAILED,
                          .cursor = cursor,
                          .channel = turn->channel,
                          .orchestrator = turn->orchestrator,
                          .user = turn->orchestrator->user,
                          .message_id = turn->message_id,
                          .parent_id = turn->parent_id,
                          .turn = turn->row,
                          .text = {words, strlen(words)},
                          .error = turn->end_error,
                          .attempt = turn->attempt};

    orch__publish(turn->runtime, &notice);
}

static void failure_words(const orch__live_turn *turn, char *out_words, size_t size)
{
    bool known = turn->failure && turn->end_error != ORCH_E_DEADLINE && turn->end_error != ORCH_E_CANCELLED;

    if (turn->end_error == ORCH_E_STOPPED) {
        snprintf(out_words, size, "The answer of %s was stopped",
                 orch_user_shown_name(turn->orchestrator->user));
        return;
    }
    snprintf(out_words, size, "%s could not answer: %s", orch_user_shown_name(turn->orchestrator->user),
             known ? turn->failure : orch_error_text(turn->end_error));
}

static void ended(const orch_problem *problem, int64_t cursor, void *user)
{
    orch__live_turn *turn = user;
    orch_runtime_counters *counters = &turn->runtime->counters;
    char words[WORDS_MAX];

    if (problem && problem->error != ORCH_E_CONFLICT) {
        store_failed(turn, problem->error, problem->message);
        orch__live_turn_unref(turn);
        return;
    }
    if (!problem) {
        counters->turns_failed += turn->end == ORCH_TURN_FAILED;
        if (turn->end == ORCH_TURN_FAILED && turn->end_error != ORCH_E_STOPPED)
            orch__tallies_count(turn, false);
        counters->turns_skipped += turn->end == ORCH_TURN_SKIPPED;
    }
    if (!problem && turn->end == ORCH_TURN_FAILED) {
        failure_words(turn, words, sizeof words);
        publish_failed(turn, cursor, words);
    }
    tell_core(turn, problem || turn->unstorable ? ORCH_EV_TURN_DISCARDED : ORCH_EV_TURN_STORED, 0);
    orch__live_turn_remove(turn);
    orch__live_turn_unref(turn);
}

static orch_turn_ending ending_of(const orch__live_turn *turn)
{
    return (orch_turn_ending){.orchestrator = turn->orchestrator,
                              .turn = turn->row,
                              .epoch = turn->epoch,
                              .tokens_input = turn->tokens_input,
                              .tokens_output = turn->tokens_output};
}

static void end_turn(orch__live_turn *turn, orch_turn_end end, int code)
{
    orch_turn_ending what = ending_of(turn);
    char words[WORDS_MAX];
    int error;

    what.stopped = code == ORCH_E_STOPPED;
    turn->end = end;
    turn->end_error = code;
    failure_words(turn, words, sizeof words);
    orch__live_turn_set_state(turn, ORCH__LIVE_STORING);
    turn->refs++;
    error = orch_workspace_end_turn(turn->runtime->workspace, &what, end,
                                    end == ORCH_TURN_FAILED ? orch_error_name(code) : "",
                                    end == ORCH_TURN_FAILED ? words : "", ended, turn);
    if (error) {
        store_failed(turn, error, orch_error_text(error));
        orch__live_turn_unref(turn);
    }
}

void orch__live_turn_fail(orch__live_turn *turn, int error)
{
    end_turn(turn, ORCH_TURN_FAILED, error);
}

void orch__live_turn_skip(orch__live_turn *turn)
{
    end_turn(turn, ORCH_TURN_SKIPPED, 0);
}

/* ---- replies ---- */

/* The model's name as a JSON string: it comes from a configuration and may hold anything. NULL: no memory. */
static char *quoted_model(const orch__live_turn *turn)
{
    char model[160];
    json_t *name;
    char *text;
    int error;

    orch__runtime_model_name(turn->choice, model, sizeof model);
    name = json_string(model);
    error = orch_json_write(name, JSON_ENCODE_ANY, &text);
    json_decref(name);
    return error ? NULL : text;
}

/* {orchestratorId, replyToId, timestamp, …}; NULL: no memory. Freed by the caller. Ids are letters and digits. Written for
 * every reply, so not by way of a tree. */
static char *metadata_of(const orch__live_turn *turn)
{
    char time[ORCH__RUNTIME_TIME_MAX];
    char *text = NULL;
    char *model = NULL;
    int len;

    orch__runtime_time_text(orch_engine_wall(turn->runtime->engine), time);
    if (turn->reply_kind == ORCH_REPLY_OFFLINE) {
        len = asprintf(
            &text, "{\"orchestratorId\":\"%s\",\"replyToId\":\"%s\",\"timestamp\":\"%s\",\"offline\":true}",
            turn->orchestrator->id.text, turn->message_id.text, time);
        return len < 0 ? NULL : text;
    }
    model = quoted_model(turn);
    len =
        model
            ? asprintf(&text,
                       "{\"orchestratorId\":\"%s\",\"replyToId\":\"%s\",\"timestamp\":\"%s\",\"model\":%s,"
                       "\"usage\":{\"inputTokens\":%llu,\"outputTokens\":%llu}%s%s}",
                       turn->orchestrator->id.text, turn->message_id.text, time, model,
                       (unsigned long long)turn->usage.input_tokens,
                       (unsigned long long)turn->usage.output_tokens,
                       turn->reply_cut ? ",\"truncated\":true" : "", turn->stopped ? ",\"stopped\":true" : "")
            : -1;
    free(model);
    return len < 0 ? NULL : text;
}

/* Whom the reply addresses in its turn: only by an explicit '@', and not beyond the longest chain. Their queues are not
 * asked for room before: one that is full ends that turn visibly when the reply is stored. */
static reply *reply_new(orch__live_turn *turn)
{
    orch_runtime *runtime = turn->runtime;
    orch_daemon_id daemons[ORCH_TURNS_PER_MESSAGE_MAX];
    orch_incoming incoming = {.author = turn->orchestrator->user->handle,
                              .author_daemon = turn->orchestrator->daemon,
                              .hops = turn->hops + 1,
                              .direct = turn->channel->type == ORCH_CHANNEL_DM,
                              .members = turn->channel->daemons,
                              .members_count = turn->channel->daemons_count,
                              .content = {turn->reply, turn->reply_len}};
    size_t count = orch_engine_route(runtime->engine, &incoming, daemons, ORCH_TURNS_PER_MESSAGE_MAX);
    reply *made;

    if (count > ORCH_TURNS_PER_MESSAGE_MAX)
        count = ORCH_TURNS_PER_MESSAGE_MAX;
    made = malloc(sizeof *made + count * sizeof made->turns[0]);
    if (!made)
        return NULL;
    made->turn = turn;
    made->turns_count = 0;
    for (size_t i = 0; i < count; i++) {
        orch__live_daemon *daemon = orch__live_daemon_find(runtime, daemons[i]);

        if (daemon && daemon->registered)
            made->turns[made->turns_count++] =
                (orch_turn_new){.orchestrator = daemon->orchestrator, .hops = turn->hops + 1};
    }
    return made;
}

/* Errors that another try does not mend: the orchestrator left the channel, the channel was archived … */
static bool is_lasting(int error)
{
    return error == ORCH_E_INVALID || error == ORCH_E_TOO_LARGE || error == ORCH_E_FORBIDDEN ||
           error == ORCH_E_NOT_FOUND || error == ORCH_E_STATE;
}

static void refused(orch__live_turn *turn, const orch_problem *problem)
{
    if (!is_lasting(problem->error)) {
        store_failed(turn, problem->error, problem->message);
        return;
    }
    free(turn->failure);
    turn->failure = strdup(problem->message);
    turn->unstorable = true;
    end_turn(turn, ORCH_TURN_FAILED, problem->error);
}

static void publish_reply(const orch__live_turn *turn, const orch_posted *posted)
{
    orch_notice notice = {.kind = ORCH_NOTICE_MESSAGE_CREATED,
                          .cursor = posted->cursor,
                          .channel = turn->channel,
                          .message = posted->message,
                          .orchestrator = turn->orchestrator,
                          .user = turn->orchestrator->user,
                          .message_id = turn->message_id,
                          .parent_id = turn->parent_id,
                          .turn = turn->row};

    orch__publish(turn->runtime, &notice);
}

static void replied(const orch_problem *problem, const orch_posted *posted, void *user)
{
    reply *done = user;
    orch__live_turn *turn = done->turn;
    orch_runtime *runtime = turn->runtime;

    if (problem && problem->error != ORCH_E_CONFLICT) {
        refused(turn, problem);
    } else if (problem) {
        tell_core(turn, ORCH_EV_TURN_DISCARDED, 0);
        orch__live_turn_remove(turn);
    } else {
        runtime->counters.turns_answered++;
        orch__tallies_count(turn, true);
        orch__author_keep(runtime, posted->message);
        publish_reply(turn, posted);
        tell_core(turn, ORCH_EV_TURN_STORED, 0);
        orch__live_turn_remove(turn);
        orch__live_turns_accept(runtime, posted, done->turns, false);
    }
    orch__live_turn_unref(turn);
    free(done);
}

/* True when the reply must wait or must not be. */
static bool is_held_back(orch__live_turn *turn)
{
    if (turn->deleted) {
        turn->unstorable = true;
        end_turn(turn, ORCH_TURN_SKIPPED, 0);
        return true;
    }
    if (turn->deletions > 0) {
        store_failed(turn, ORCH_E_CONFLICT, "the message is being deleted");
        return true;
    }
    return false;
}

static void store_reply(orch__live_turn *turn)
{
    const orch_turn_ending ending = ending_of(turn);
    char *metadata = metadata_of(turn);
    reply *made = reply_new(turn);
    int error = ORCH_E_NO_MEMORY;

    orch__live_turn_set_state(turn, ORCH__LIVE_STORING);
    turn->refs++;
    if (metadata && made) {
        orch_post post = {.author = turn->orchestrator->user,
                          .channel = turn->channel,
                          .content = {turn->reply, turn->reply_len},
                          .parent_id = orch__runtime_id_text(&turn->parent_id),
                          .metadata = {metadata, strlen(metadata)},
                          .turns = made->turns,
                          .turns_count = made->turns_count};

        error =
            orch_workspace_reply(turn->runtime->workspace, &ending, turn->reply_kind, &post, replied, made);
    }
    free(metadata);
    if (error) {
        orch_problem problem = {.error = error};

        snprintf(problem.message, sizeof problem.message, "%s", orch_error_text(error));
        refused(turn, &problem);
        orch__live_turn_unref(turn);
        free(made);
    }
}

void orch__live_turn_reply(orch__live_turn *turn)
{
    if (!is_held_back(turn))
        store_reply(turn);
}
