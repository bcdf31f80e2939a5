#include "search_index.h"

#include <stdlib.h>

#define PIECE_ROWS  256
#define PIECE_CHARS 262144 /* a message more may be in it */

/* ---- schema ---- */

#define NOTE                                                                                                 \
    " WHEN EXISTS (SELECT 1 FROM orchd_search_range r WHERE old.rowid > r.low AND old.rowid <= r.high) "     \
    "BEGIN INSERT OR IGNORE INTO orchd_search_changes (message_row, content) "                               \
    "VALUES (old.rowid, CASE WHEN old.is_deleted THEN NULL ELSE old.content END); END"

/* The content is not kept a second time, so that it is needed once more to take a message out. Prefixes of two and three letters are those
 * that many words have. A trigger may not touch FTS5 itself where the schema is not trusted (trusted_schema in sqlite_connection.c). */
const char *const orch__search_schema[] = {
    "CREATE VIRTUAL TABLE orchd_search USING fts5 (content, content='', prefix='2 3', "
    "tokenize='unicode61 remove_diacritics 2')",
    "CREATE TABLE orchd_search_range (id INTEGER PRIMARY KEY, low INTEGER NOT NULL, high INTEGER NOT NULL, "
    "high_message_id TEXT NOT NULL)",
    "CREATE TABLE orchd_search_changes (message_row INTEGER PRIMARY KEY, content TEXT)",
    "CREATE TRIGGER orchd_search_changing BEFORE UPDATE OF content, is_deleted ON messages" NOTE,
    "CREATE TRIGGER orchd_search_removing BEFORE DELETE ON messages" NOTE,
    NULL,
};

/* ---- statements ---- */

/* `known` is false when rowids are others than they were: SQLite may number them anew in a VACUUM. */
static const char sql_range[] = "SELECT r.low, r.high, EXISTS (SELECT 1 FROM messages m WHERE m.rowid = "
                                "r.high AND m.id = r.high_message_id), "
                                "EXISTS (SELECT 1 FROM messages m WHERE m.rowid > r.high), EXISTS (SELECT 1 "
                                "FROM messages m WHERE m.rowid <= r.low), "
                                "EXISTS (SELECT 1 FROM orchd_search_changes) "
                                "FROM orchd_search_range r WHERE r.id = 1";
/* The end of the next piece: PIECE_ROWS ($2) messages, and no further once $3 characters are together. */
#define PIECE(border, beyond, order)                                                                         \
    "SELECT " border " FROM (SELECT n.row, SUM(n.size) OVER (ORDER BY n.row" order                           \
    ") - n.size AS before FROM "                                                                             \
    "(SELECT m.rowid AS row, length(m.content) AS size FROM messages m WHERE m.rowid " beyond                \
    " $1 ORDER BY m.rowid" order " LIMIT $2) AS n) AS w WHERE w.before < $3"
static const char sql_newer_end[] = PIECE("max(w.row)", ">", "");
static const char sql_older_end[] = PIECE("min(w.row) - 1", "<=", " DESC");

static const char sql_any[] = "SELECT 1 FROM messages LIMIT 1";
static const char sql_begin[] =
    "INSERT INTO orchd_search_range (id, low, high, high_message_id) "
    "SELECT 1, m.rowid, m.rowid, m.id FROM messages m WHERE true ORDER BY m.rowid DESC LIMIT 1 "
    "ON CONFLICT (id) DO NOTHING";
static const char sql_put_in[] =
    "INSERT INTO orchd_search (rowid, content) SELECT m.rowid, m.content FROM messages m "
    "WHERE m.rowid > $1 AND m.rowid <= $2 AND m.is_deleted = false";
static const char sql_grow_newer[] = "UPDATE orchd_search_range SET high = $2, high_message_id = (SELECT "
                                     "m.id FROM messages m WHERE m.rowid = $2) "
                                     "WHERE id = 1 AND high = $1";
static const char sql_grow_older[] = "UPDATE orchd_search_range SET low = $1 WHERE id = 1 AND low = $2";
static const char sql_empty[] = "INSERT INTO orchd_search (orchd_search) VALUES ('delete-all')";
static const char sql_end[] = "DELETE FROM orchd_search_range";
static const char sql_forget_changes[] = "DELETE FROM orchd_search_changes";

/* What was changed within the range, a bounded number of messages. */
#define CHANGES "(SELECT c.message_row FROM orchd_search_changes c ORDER BY c.message_row LIMIT 256)"
static const char sql_take_out[] =
    "INSERT INTO orchd_search (orchd_search, rowid, content) SELECT 'delete', n.message_row, n.content "
    "FROM orchd_search_changes n WHERE n.content IS NOT NULL AND n.message_row IN " CHANGES;
static const char sql_put_back[] =
    "INSERT INTO orchd_search (rowid, content) SELECT m.rowid, m.content FROM messages m "
    "WHERE m.is_deleted = false AND m.rowid IN " CHANGES;
static const char sql_changes_done[] = "DELETE FROM orchd_search_changes WHERE message_row IN " CHANGES;

void orch__search_follow(orch__statements *statements)
{
    orch__statements_add(statements, sql_take_out, NULL, 0);
    orch__statements_add(statements, sql_put_back, NULL, 0);
    orch__statements_add(statements, sql_changes_done, NULL, 0);
}

/* ---- a piece ---- */

typedef struct indexing {
    orch_workspace *workspace;
    bool begin; /* the index, if nobody has */
    orch_indexed_fn done;
    void *user;
    int64_t low;
    int64_t high;
    orch_indexed outcome;
} indexing;

static void finish(indexing *kept, int error, const orch_result *result)
{
    orch_problem problem = {0};

    if (error)
        (void)orch__database_problem(&problem, error, result);
    kept->done(error ? &problem : NULL, error ? NULL : &kept->outcome, kept->user);
    free(kept);
}

static void submit(indexing *kept, orch__statements *statements, orch_batch_kind kind, orch_batch_done done)
{
    int error = orch__statements_submit(statements, kept->workspace, kind, done, kept);

    if (error)
        finish(kept, error, NULL);
}

/* Somebody else did the same piece at the same time: then it is done. */
static void written(int error, const orch_result *result, void *user)
{
    indexing *kept = user;

    kept->outcome.worked = true;
    finish(kept, error == ORCH_E_CONFLICT ? 0 : error, result);
}

static void write_piece(indexing *kept, int64_t end)
{
    orch__statements statements = orch__statements_new();
    bool newer = kept->outcome.newer_left;
    int64_t from = newer ? kept->high : end;
    int64_t to = newer ? end : kept->low;

    ORCH__ADD(&statements, newer ? sql_grow_newer : sql_grow_older, orch__integer(from), orch__integer(to));
    orch__statements_expect(&statements, 1);
    ORCH__ADD(&statements, sql_put_in, orch__integer(from), orch__integer(to));
    submit(kept, &statements, ORCH_BATCH_WRITE, written);
}

static void end_read(int error, const orch_result *result, void *user)
{
    indexing *kept = user;

    if (error || orch_result_value(result, 0, 0, 0).kind != ORCH_VALUE_INTEGER)
        finish(kept, error, result);
    else
        write_piece(kept, orch_result_integer(result, 0, 0, 0));
}

static void read_end(indexing *kept)
{
    orch__statements statements = orch__statements_new();
    bool newer = kept->outcome.newer_left;

    ORCH__ADD(&statements, newer ? sql_newer_end : sql_older_end,
              orch__integer(newer ? kept->high : kept->low), orch__integer(PIECE_ROWS),
              orch__integer(PIECE_CHARS));
    submit(kept, &statements, ORCH_BATCH_READ, end_read);
}

/* Begins the range, or ends one that does not fit any more: the next piece begins it anew. */
static void write_range(indexing *kept, bool begin)
{
    orch__statements statements = orch__statements_new();

    if (begin) {
        orch__statements_add(&statements, sql_begin, NULL, 0);
    } else {
        orch__statements_add(&statements, sql_end, NULL, 0);
        orch__statements_add(&statements, sql_forget_changes, NULL, 0);
        orch__statements_add(&statements, sql_empty, NULL, 0);
    }
    kept->outcome.newer_left = true;
    submit(kept, &statements, ORCH_BATCH_WRITE, written);
}

static void write_changes(indexing *kept)
{
    orch__statements statements = orch__statements_new();

    orch__search_follow(&statements);
    kept->outcome.newer_left = true;
    submit(kept, &statements, ORCH_BATCH_WRITE, written);
}

static void range_read(int error, const orch_result *result, void *user)
{
    indexing *kept = user;

    if (error) {
        finish(kept, error, result);
        return;
    }
    kept->outcome.begun = orch_result_rows(result, 0) == 1;
    if (!kept->outcome.begun) {
        if (kept->begin && orch_result_rows(result, 1) == 1)
            write_range(kept, true);
        else
            finish(kept, 0, NULL);
        return;
    }
    kept->low = orch_result_integer(result, 0, 0, 0);
    kept->high = orch_result_integer(result, 0, 0, 1);
    kept->outcome.newer_left = orch_result_integer(result, 0, 0, 3) != 0;
    kept->outcome.older_left = orch_result_integer(result, 0, 0, 4) != 0;
    if (orch_result_integer(result, 0, 0, 2) == 0)
        write_range(kept, false);
    else if (orch_result_integer(result, 0, 0, 5) != 0)
        write_changes(kept);
    else if (kept->outcome.newer_left || kept->outcome.older_left)
        read_end(kept);
    else
        finish(kept, 0, NULL);
}

int orch_workspace_index(orch_workspace *workspace, bool begin, orch_indexed_fn done, void *user)
{
    orch__statements statements = orch__statements_new();
    indexing *kept = malloc(sizeof *kept);

    if (kept)
        *kept = (indexing){.workspace = workspace, .begin = begin, .done = done, .user = user};
    else
        statements.error = ORCH_E_NO_MEMORY;
    orch__statements_add(&statements, sql_range, NULL, 0);
    orch__statements_add(&statements, sql_any, NULL, 0);
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_READ, range_read, kept);

    if (error)
        free(kept);
    return error;
}
