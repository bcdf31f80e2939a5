#include "conversations.h"

#include <stdlib.h>

#include "statements.h"

static const char sql_conversations[] =
    "SELECT channel_id, parent_id, COUNT(*), MAX(updated_at) FROM "
    "(SELECT vp_id, channel_id, parent_id, state, updated_at FROM orchd_turns ORDER BY id DESC LIMIT $2) "
    "AS newest WHERE vp_id = $1 AND state = 1 GROUP BY channel_id, parent_id "
    "ORDER BY MAX(updated_at) DESC LIMIT $3";

typedef struct reading {
    orch_workspace *workspace;
    orch_conversations_fn done;
    void *user;
} reading;

/* False: its channel is gone. */
static bool read_one(const orch_workspace *workspace, const orch_result *result, size_t row,
                     orch_conversation *out_conversation)
{
    orch_str parent_id = orch_result_text(result, 0, row, 1);
    orch_conversation read = {
        .channel = orch_directory_channel(workspace->directory, orch_result_text(result, 0, row, 0)),
        .answered = (uint64_t)orch_result_integer(result, 0, row, 2),
        .last_answered_ms = orch__time_read(orch_result_text(result, 0, row, 3)),
    };

    if (!read.channel || (parent_id.len > 0 && !orch__id_set(&read.parent_id, parent_id)))
        return false;
    *out_conversation = read;
    return true;
}

static void conversations_read(int error, const orch_result *result, void *user)
{
    reading *kept = user;
    size_t rows = error ? 0 : orch_result_rows(result, 0);
    orch_conversation *items = malloc((rows + 1) * sizeof *items);
    orch_problem problem = {0};
    size_t count = 0;

    if (error || !items)
        (void)orch__database_problem(&problem, error ? error : ORCH_E_NO_MEMORY, result);
    for (size_t i = 0; i < rows && items; i++)
        count += read_one(kept->workspace, result, i, &items[count]);
    kept->done(problem.error ? &problem : NULL, items, count, kept->user);
    free(items);
    free(kept);
}

int orch_workspace_conversations(orch_workspace *workspace, const orch_orchestrator *orchestrator,
                                 orch_conversations_fn done, void *user)
{
    orch__statements statements = orch__statements_new();
    reading *kept = malloc(sizeof *kept);
    int error;

    if (kept)
        *kept = (reading){workspace, done, user};
    else
        statements.error = ORCH_E_NO_MEMORY;
    ORCH__ADD(&statements, sql_conversations, orch__id(&orchestrator->id),
              orch__integer(ORCH_CONVERSATIONS_TURNS), orch__integer(ORCH_CONVERSATIONS_MAX));
    error = orch__statements_submit(&statements, workspace, ORCH_BATCH_READ, conversations_read, kept);
    if (error)
        free(kept);
    return error;
}
