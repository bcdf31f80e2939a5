/* What a former life left: which conversations were told of the work hours, and the turns that have not ended. Read before
 * any daemon starts, so that nobody is answered twice and the oldest turn of a conversation is the first.
 */
#include "log.h"
#include "runtime_parts.h"

#include <string.h>

/* One question to the workspace, asked and waited for. */
typedef struct page {
    orch_runtime *runtime;
    orch_problem problem;
    size_t count;
    int64_t last; /* row id of the page's last turn */
} page;

static int result_of(const page *read, char *out_message, size_t message_size)
{
    if (read->problem.error)
        snprintf(out_message, message_size, "%s", read->problem.message);
    return read->problem.error;
}

static void offline_read(const orch_problem *problem, const orch_offline_sent *items, size_t count,
                         void *user)
{
    page *read = user;

    if (problem) {
        read->problem = *problem;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        orch_str parent = orch__runtime_id_text(&items[i].parent_id);
        orch_event event = {
            .kind = ORCH_EV_OFFLINE_SENT,
            .daemon = items[i].orchestrator->daemon,
            .at_ms = items[i].at_ms,
            .channel = items[i].channel->handle,
            .thread = {parent.len > 0 ? orch__runtime_hash(read->runtime, parent) : 0},
        };

        (void)orch_engine_send(read->runtime->engine, &event);
    }
}

static int recover_offline(orch_runtime *runtime, uint32_t repeat_ms, char *out_message, size_t message_size)
{
    page read = {.runtime = runtime};
    int64_t since_ms = orch_engine_wall(runtime->engine) - repeat_ms;
    int error = orch_workspace_offline_since(runtime->workspace, since_ms, offline_read, &read);

    if (error)
        return error;
    orch_database_drain(runtime->database);
    return result_of(&read, out_message, message_size);
}

static void turns_read(const orch_problem *problem, const orch_turn_row *rows, size_t count, void *user)
{
    page *read = user;

    if (problem) {
        read->problem = *problem;
        return;
    }
    read->count = count;
    for (size_t i = 0; i < count; i++) {
        orch__live_turn_accept accept = {.row = rows[i], .recovered = true};

        orch__live_turn_accept_row(read->runtime, &accept);
        read->last = rows[i].id;
    }
}

static int recover_turns(orch_runtime *runtime, char *out_message, size_t message_size)
{
    page read = {.runtime = runtime};
    size_t total = 0;
    int error;

    do {
        read.count = 0;
        error = orch_workspace_unfinished(runtime->workspace, read.last, turns_read, &read);
        if (error)
            return error;
        orch_database_drain(runtime->database);
        if (read.problem.error)
            return result_of(&read, out_message, message_size);
        total += read.count;
    } while (read.count > 0);
    if (total > 0) {
        char number[32];
        orch_log_field fields[] = {{"turns", number}};

        snprintf(number, sizeof number, "%zu", total);
        orch_log(ORCH_LOG_INFO, "runtime.recovered", "Turns of the last run are taken up again", fields, 1);
    }
    return 0;
}

static int register_all(orch_runtime *runtime, char *out_message, size_t message_size)
{
    orch_orchestrator *const *items;
    size_t count = orch_directory_orchestrators(orch_workspace_directory(runtime->workspace), &items);

    for (size_t i = 0; i < count; i++) {
        int error = items[i]->user->removed ? 0 : orch__live_daemon_register(runtime, items[i]);

        if (error) {
            snprintf(out_message, message_size, "orchestrator %s cannot be taken: %s", items[i]->id.text,
                     orch_error_text(error));
            return error;
        }
    }
    return 0;
}

static void log_in_all(orch_runtime *runtime)
{
    orch_orchestrator *const *items;
    size_t count = orch_directory_orchestrators(orch_workspace_directory(runtime->workspace), &items);

    for (size_t i = 0; i < count; i++)
        if (!items[i]->user->removed && items[i]->logged_in)
            (void)orch__live_daemon_send(runtime, ORCH_EV_LOGIN, items[i]->daemon);
}

int orch__recover(orch_runtime *runtime, uint32_t offline_repeat_ms, char *out_message, size_t message_size)
{
    int error = register_all(runtime, out_message, message_size);

    if (!error)
        error = recover_offline(runtime, offline_repeat_ms, out_message, message_size);
    if (!error)
        error = recover_turns(runtime, out_message, message_size);
    if (!error)
        log_in_all(runtime);
    return error;
}
