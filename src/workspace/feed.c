/* The feed: what happened, in order. Each entry is a row with its cursor; the message is read in its present state. */
#include "message_rows.h"
#include "turn_rows.h"

#include <stdlib.h>

#define PAGE_MAX      500
#define TRIM_ROWS_MAX 2000 /* a trim must not keep writers waiting */

static const char sql_page[] = "SELECT f.cursor, f.kind, f.channel_id, f.details, " ORCH__MESSAGE_COLUMNS
                               " FROM orchd_feed f JOIN messages m ON m.id = f.message_id "
                               "LEFT JOIN orchd_client_ids c ON c.message_id = m.id "
                               "WHERE f.cursor > $1 AND f.cursor <= $2 ORDER BY f.cursor LIMIT $3";
static const char sql_trim[] = "DELETE FROM orchd_feed WHERE cursor <= $1";
#define COLUMNS_BEFORE_MESSAGE 4

typedef struct reading {
    orch_workspace *workspace;
    orch_user *reader;
    orch_feed_fn done;
    void *user;
    int64_t until; /* what is newer is told live */
} reading;

static bool read_entry(const reading *kept, const orch_result *result, size_t row, orch_feed_entry *out_entry)
{
    const orch_workspace *workspace = kept->workspace;
    orch_feed_entry entry = {
        .cursor = orch_result_integer(result, 0, row, 0),
        .kind = (orch_feed_entry_kind)orch_result_integer(result, 0, row, 1),
        .channel = orch_directory_channel(workspace->directory, orch_result_text(result, 0, row, 2)),
        .details = orch_result_text(result, 0, row, 3),
    };

    if (!entry.channel || (kept->reader && !orch_channel_has_member(entry.channel, kept->reader)) ||
        !orch__message_read(workspace, result, 0, row, COLUMNS_BEFORE_MESSAGE, &entry.message))
        return false;
    *out_entry = entry;
    return true;
}

static void page_read(int error, const orch_result *result, void *user)
{
    reading *kept = user;
    size_t rows = error ? 0 : orch_result_rows(result, 0);
    size_t used = rows > PAGE_MAX ? PAGE_MAX : rows;
    orch_feed_entry *items = malloc((used + 1) * sizeof *items);
    orch_problem problem = {0};
    orch_feed_page page = {.items = items, .cursor = kept->until, .more = rows > PAGE_MAX};

    if (error || !items)
        (void)orch__database_problem(&problem, error ? error : ORCH_E_NO_MEMORY, result);
    for (size_t i = 0; i < used && items; i++)
        page.count += read_entry(kept, result, i, &items[page.count]);
    if (page.more)
        page.cursor = orch_result_integer(result, 0, used - 1, 0);
    kept->done(problem.error ? &problem : NULL, problem.error ? NULL : &page, kept->user);
    free(items);
    free(kept);
}

/* A gap needs no query; it is told in the way of any answer, from the next delivery on. */
static void gap_found(int error, const orch_result *result, void *user)
{
    reading *kept = user;
    orch_feed_page page = {.cursor = kept->until, .gap = true};
    orch_problem problem = {0};

    if (error)
        (void)orch__database_problem(&problem, error, result);
    kept->done(error ? &problem : NULL, error ? NULL : &page, kept->user);
    free(kept);
}

int orch_workspace_feed(orch_workspace *workspace, orch_user *reader, int64_t since, orch_feed_fn done,
                        void *user)
{
    bool gap = since < workspace->cursor_trimmed || since > workspace->cursor_committed;
    orch__statements statements = orch__statements_new();
    reading *kept = malloc(sizeof *kept);

    if (kept)
        *kept = (reading){workspace, reader, done, user, workspace->cursor_committed};
    else
        statements.error = ORCH_E_NO_MEMORY;
    if (!gap)
        ORCH__ADD(&statements, sql_page, orch__integer(since), orch__integer(workspace->cursor_committed),
                  orch__integer(PAGE_MAX + 1));
    int error =
        orch__statements_submit(&statements, workspace, ORCH_BATCH_READ, gap ? gap_found : page_read, kept);

    if (error)
        free(kept);
    return error;
}

int64_t orch_workspace_cursor(const orch_workspace *workspace)
{
    return workspace->cursor_committed;
}

/* The newest entry stays in any case: it tells the next start where the cursors are. */
int orch_workspace_feed_trim(orch_workspace *workspace, int64_t keep)
{
    int64_t until = workspace->cursor_committed - (keep < 1 ? 1 : keep);
    orch__statements statements;

    if (until <= workspace->cursor_trimmed)
        return 0;
    if (until > workspace->cursor_trimmed + TRIM_ROWS_MAX)
        until = workspace->cursor_trimmed + TRIM_ROWS_MAX;
    statements = orch__statements_new();
    ORCH__ADD(&statements, sql_trim, orch__integer(until));
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_WRITE, NULL, NULL);

    if (!error)
        workspace->cursor_trimmed = until;
    return error;
}
