/* The feed: what happened, in order. Each entry is a row with its cursor; the message is read in its present state.
 *
 * A cursor that was given out is that of a row (or of the beginning of this life, which has a row as well unless it could
 * not be written). A cursor without one is too old, of another database, or made up: what came after it is not known.
 */
#include "message_rows.h"
#include "turn_rows.h"

#include <stdlib.h>

#define PAGE_MAX  500
#define TRIM_ROWS 500 /* of one transaction: a trim must not keep writers waiting */

static const char sql_page[] = "SELECT f.cursor, f.kind, f.channel_id, f.details, " ORCH__MESSAGE_COLUMNS
                               " FROM orchd_feed f JOIN messages m ON m.id = f.message_id "
                               "LEFT JOIN orchd_client_ids c ON c.message_id = m.id "
                               "WHERE f.cursor > $1 AND f.cursor <= $2 ORDER BY f.cursor LIMIT $3";
static const char sql_known[] = "SELECT 1 FROM orchd_feed WHERE cursor = $1";
static const char sql_border[] = "SELECT cursor FROM orchd_feed ORDER BY cursor DESC LIMIT 1 OFFSET $1";
static const char sql_trim[] = "DELETE FROM orchd_feed WHERE cursor IN "
                               "(SELECT cursor FROM orchd_feed WHERE cursor <= $1 ORDER BY cursor LIMIT $2)";
#define COLUMNS_BEFORE_MESSAGE 4

typedef struct reading {
    orch_workspace *workspace;
    orch_user *reader;
    orch_feed_fn done;
    void *user;
    int64_t since;
    int64_t until; /* what is newer is told live */
} reading;

static bool read_entry(const reading *kept, const orch_result *result, size_t row, orch_feed_entry *out_entry)
{
    const orch_workspace *workspace = kept->workspace;
    orch_feed_entry entry = {
        .cursor = orch_result_integer(result, 1, row, 0),
        .kind = (orch_feed_entry_kind)orch_result_integer(result, 1, row, 1),
        .channel = orch_directory_channel(workspace->directory, orch_result_text(result, 1, row, 2)),
        .details = orch_result_text(result, 1, row, 3),
    };

    if (!entry.channel || (kept->reader && !orch_channel_has_member(entry.channel, kept->reader)) ||
        !orch__message_read(workspace, result, 1, row, COLUMNS_BEFORE_MESSAGE, &entry.message))
        return false;
    *out_entry = entry;
    return true;
}

static void page_read(int error, const orch_result *result, void *user)
{
    reading *kept = user;
    bool gap = !error && orch_result_rows(result, 0) == 0 && kept->since != kept->workspace->cursor_born;
    size_t rows = error || gap ? 0 : orch_result_rows(result, 1);
    size_t used = rows > PAGE_MAX ? PAGE_MAX : rows;
    orch_feed_entry *items = malloc((used + 1) * sizeof *items);
    orch_problem problem = {0};
    orch_feed_page page = {.items = items, .cursor = kept->until, .more = rows > PAGE_MAX, .gap = gap};

    if (error || !items)
        (void)orch__database_problem(&problem, error ? error : ORCH_E_NO_MEMORY, result);
    for (size_t i = 0; i < used && items; i++)
        page.count += read_entry(kept, result, i, &items[page.count]);
    if (page.more)
        page.cursor = orch_result_integer(result, 1, used - 1, 0);
    kept->done(problem.error ? &problem : NULL, problem.error ? NULL : &page, kept->user);
    free(items);
    free(kept);
}

int orch_workspace_feed(orch_workspace *workspace, orch_user *reader, int64_t since, orch_feed_fn done,
                        void *user)
{
    orch__statements statements = orch__statements_new();
    reading *kept = malloc(sizeof *kept);

    if (kept)
        *kept = (reading){workspace, reader, done, user, since, workspace->cursor_committed};
    else
        statements.error = ORCH_E_NO_MEMORY;
    ORCH__ADD(&statements, sql_known, orch__integer(since));
    ORCH__ADD(&statements, sql_page, orch__integer(since), orch__integer(workspace->cursor_committed),
              orch__integer(PAGE_MAX + 1));
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_READ, page_read, kept);

    if (error)
        free(kept);
    return error;
}

int64_t orch_workspace_cursor(const orch_workspace *workspace)
{
    return workspace->cursor_committed;
}

/* ---- trimming ---- */

typedef struct trimming {
    orch_workspace *workspace;
    orch_trimmed_fn piece;
    void *user;
    int64_t until; /* this one and older ones go */
} trimming;

/* Ends it, unless a further piece is wanted. */
static void trimmed(trimming *kept, int error, const orch_result *result, uint64_t rows);

static void piece_deleted(int error, const orch_result *result, void *user)
{
    trimmed(user, error, result, error ? 0 : orch_result_changes(result, 0));
}

static void delete_piece(trimming *kept)
{
    orch__statements statements = orch__statements_new();

    ORCH__ADD(&statements, sql_trim, orch__integer(kept->until), orch__integer(TRIM_ROWS));
    int error = orch__statements_submit(&statements, kept->workspace, ORCH_BATCH_WRITE, piece_deleted, kept);

    if (error)
        trimmed(kept, error, NULL, 0);
}

static void trimmed(trimming *kept, int error, const orch_result *result, uint64_t rows)
{
    orch_problem problem = {0};

    if (error)
        (void)orch__database_problem(&problem, error, result);
    if (kept->piece(error ? &problem : NULL, rows, kept->user) && rows > 0)
        delete_piece(kept);
    else
        free(kept);
}

static void border_read(int error, const orch_result *result, void *user)
{
    trimming *kept = user;

    if (error || orch_result_rows(result, 0) == 0) {
        trimmed(kept, error, result, 0);
        return;
    }
    kept->until = orch_result_integer(result, 0, 0, 0);
    if (kept->until >= kept->workspace->cursor_born)
        kept->workspace->cursor_born = -1;
    delete_piece(kept);
}

int orch_workspace_feed_trim(orch_workspace *workspace, int64_t keep, orch_trimmed_fn piece, void *user)
{
    orch__statements statements = orch__statements_new();
    trimming *kept = malloc(sizeof *kept);

    if (kept)
        *kept = (trimming){.workspace = workspace, .piece = piece, .user = user};
    else
        statements.error = ORCH_E_NO_MEMORY;
    ORCH__ADD(&statements, sql_border, orch__integer(keep < 1 ? 1 : keep));
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_READ, border_read, kept);

    if (error)
        free(kept);
    return error;
}
