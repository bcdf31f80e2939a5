/* Turns: what a former life left unfinished, and the ends that are no reply. Replies are in post.c. */
#include "totals.h"
#include "turn_rows.h"

#include <stdlib.h>

#define UNFINISHED_PAGE 1000
#define OFFLINE_MAX     100000

static const char sql_unfinished[] = "SELECT t.id, t.epoch, t.vp_id, t.channel_id, t.message_id, "
                                     "t.parent_id, t.hops, m.author_id, t.created_at "
                                     "FROM orchd_turns t LEFT JOIN messages m ON m.id = t.message_id "
                                     "WHERE t.state = 0 AND t.id > $1 ORDER BY t.id LIMIT $2";
static const char sql_end[] =
    "UPDATE orchd_turns SET state = $1, error_code = $2, error_message = $3, updated_at = $4 "
    "WHERE id = $5 AND state = 0 AND epoch = $6";
static const char sql_offline[] =
    "SELECT vp_id, channel_id, parent_id, updated_at FROM orchd_turns "
    "WHERE kind = 1 AND state = 1 AND updated_at >= $1 ORDER BY updated_at LIMIT $2";

/* ---- unfinished ---- */

typedef struct recovery {
    orch_workspace *workspace;
    orch_turns_fn done;
    void *user;
} recovery;

/* False: its orchestrator or channel is gone. */
static bool read_turn(const orch_workspace *workspace, const orch_result *result, size_t row,
                      orch_turn_row *out_turn)
{
    orch_str parent_id = orch_result_text(result, 0, row, 5);
    orch_turn_row turn = {
        .id = orch_result_integer(result, 0, row, 0),
        .epoch = (uint32_t)orch_result_integer(result, 0, row, 1),
        .orchestrator =
            orch_directory_orchestrator(workspace->directory, orch_result_text(result, 0, row, 2)),
        .channel = orch_directory_channel(workspace->directory, orch_result_text(result, 0, row, 3)),
        .hops = (uint32_t)orch_result_integer(result, 0, row, 6),
        .author = orch_directory_user(workspace->directory, orch_result_text(result, 0, row, 7)),
        .created_ms = orch__time_read(orch_result_text(result, 0, row, 8)),
    };

    if (!turn.orchestrator || !turn.channel ||
        !orch__id_set(&turn.message_id, orch_result_text(result, 0, row, 4)))
        return false;
    if (parent_id.len > 0 && !orch__id_set(&turn.parent_id, parent_id))
        return false;
    *out_turn = turn;
    return true;
}

static void unfinished_read(int error, const orch_result *result, void *user)
{
    recovery *kept = user;
    size_t rows = error ? 0 : orch_result_rows(result, 0);
    orch_turn_row *turns = malloc((rows + 1) * sizeof *turns);
    orch_problem problem = {0};
    size_t count = 0;

    if (error || !turns)
        (void)orch__database_problem(&problem, error ? error : ORCH_E_NO_MEMORY, result);
    for (size_t i = 0; i < rows && turns; i++)
        count += read_turn(kept->workspace, result, i, &turns[count]);
    kept->done(problem.error ? &problem : NULL, turns, count, kept->user);
    free(turns);
    free(kept);
}

int orch_workspace_unfinished(orch_workspace *workspace, int64_t after, orch_turns_fn done, void *user)
{
    recovery *kept = malloc(sizeof *kept);
    orch__statements statements = orch__statements_new();

    if (kept)
        *kept = (recovery){workspace, done, user};
    else
        statements.error = ORCH_E_NO_MEMORY;
    ORCH__ADD(&statements, sql_unfinished, orch__integer(after), orch__integer(UNFINISHED_PAGE));
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_READ, unfinished_read, kept);

    if (error)
        free(kept);
    return error;
}

/* ---- ending without a reply ---- */

typedef struct ending {
    orch_workspace *workspace;
    orch_turn_ended_fn done;
    void *user;
    int64_t cursor; /* 0: nothing to see */
    orch_orchestrator *orchestrator;
    orch_totals totals;
} ending;

static void ended(int error, const orch_result *result, void *user)
{
    ending *kept = user;
    orch_problem problem = {0};

    if (error == ORCH_E_CONFLICT)
        (void)orch__problem(&problem, error, "", "the turn had ended before");
    else if (error)
        (void)orch__database_problem(&problem, error, result);
    else
        orch__feed_committed(kept->workspace, kept->cursor);
    if (!error)
        orch__totals_committed(kept->orchestrator, &kept->totals);
    kept->done(error ? &problem : NULL, error ? 0 : kept->cursor, kept->user);
    free(kept);
}

int orch_workspace_end_turn(orch_workspace *workspace, const orch_turn_ending *what, orch_turn_end end,
                            const char *code, const char *message, orch_turn_ended_fn done, void *user)
{
    ending *kept = malloc(sizeof *kept);
    orch__time_text time;

    if (!kept)
        return ORCH_E_NO_MEMORY;
    *kept = (ending){.workspace = workspace,
                     .done = done,
                     .user = user,
                     .orchestrator = what->orchestrator,
                     .totals = {.failed = end == ORCH_TURN_FAILED && !what->stopped,
                                .tokens_input = what->tokens_input,
                                .tokens_output = what->tokens_output}};
    orch__statements statements = orch__statements_new();

    orch__time_write(orch__now(workspace), &time);
    ORCH__ADD(&statements, sql_end,
              orch__integer(end == ORCH_TURN_FAILED ? ORCH__TURN_STATE_FAILED : ORCH__TURN_STATE_SKIPPED),
              orch__optional(orch__text_of(code)), orch__optional(orch__text_of(message)), orch__time(&time),
              orch__integer(what->turn), orch__integer(what->epoch));
    orch__statements_expect(&statements, 1);
    orch__totals_add(&statements, what->orchestrator, &kept->totals);
    if (end == ORCH_TURN_FAILED)
        kept->cursor = orch__feed_add_failure(workspace, &statements, what->turn, code ? code : "failed",
                                              message ? message : "the turn failed");
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_WRITE, ended, kept);

    if (error)
        free(kept);
    return error;
}

/* ---- offline messages ---- */

typedef struct looking_back {
    orch_workspace *workspace;
    orch_offline_fn done;
    void *user;
} looking_back;

static bool read_offline(const orch_workspace *workspace, const orch_result *result, size_t row,
                         orch_offline_sent *out_sent)
{
    orch_str parent_id = orch_result_text(result, 0, row, 2);
    orch_offline_sent sent = {
        .orchestrator =
            orch_directory_orchestrator(workspace->directory, orch_result_text(result, 0, row, 0)),
        .channel = orch_directory_channel(workspace->directory, orch_result_text(result, 0, row, 1)),
        .at_ms = orch__time_read(orch_result_text(result, 0, row, 3)),
    };

    if (!sent.orchestrator || !sent.channel ||
        (parent_id.len > 0 && !orch__id_set(&sent.parent_id, parent_id)))
        return false;
    *out_sent = sent;
    return true;
}

static void offline_read(int error, const orch_result *result, void *user)
{
    looking_back *kept = user;
    size_t rows = error ? 0 : orch_result_rows(result, 0);
    orch_offline_sent *items = malloc((rows + 1) * sizeof *items);
    orch_problem problem = {0};
    size_t count = 0;

    if (error || !items)
        (void)orch__database_problem(&problem, error ? error : ORCH_E_NO_MEMORY, result);
    for (size_t i = 0; i < rows && items; i++)
        count += read_offline(kept->workspace, result, i, &items[count]);
    kept->done(problem.error ? &problem : NULL, items, count, kept->user);
    free(items);
    free(kept);
}

int orch_workspace_offline_since(orch_workspace *workspace, int64_t since_ms, orch_offline_fn done,
                                 void *user)
{
    looking_back *kept = malloc(sizeof *kept);
    orch__statements statements = orch__statements_new();
    orch__time_text since;

    if (kept)
        *kept = (looking_back){workspace, done, user};
    else
        statements.error = ORCH_E_NO_MEMORY;
    orch__time_write(since_ms, &since);
    ORCH__ADD(&statements, sql_offline, orch__time(&since), orch__integer(OFFLINE_MAX));
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_READ, offline_read, kept);

    if (error)
        free(kept);
    return error;
}
