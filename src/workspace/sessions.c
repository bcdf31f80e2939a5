#include "sessions.h"

#include <stdlib.h>

#define USED_EXACT_MS (5 * 60 * 1000)

static const char sql_expire[] = "DELETE FROM sessions WHERE user_id = $1 AND expires <= $2";
static const char sql_place[] =
    "INSERT INTO orchd_sessions (session_id, created_at, last_used_at, client, address) "
    "VALUES ($1, $2, $2, $3, $4)";
static const char sql_used[] = "INSERT INTO orchd_sessions (session_id, last_used_at) VALUES ($1, $2) "
                               "ON CONFLICT (session_id) DO UPDATE SET last_used_at = excluded.last_used_at";
static const char sql_list[] =
    "SELECT s.id, o.created_at, o.last_used_at, s.expires, o.client, o.address FROM sessions s "
    "LEFT JOIN orchd_sessions o ON o.session_id = s.id WHERE s.user_id = $1 AND s.expires > $2 "
    "ORDER BY s.expires DESC, s.id DESC LIMIT $3";

/* Cut where it is too long, not within a character. */
static orch_value words(orch_str text)
{
    if (text.len > ORCH__SESSION_WORDS_MAX) {
        text.len = ORCH__SESSION_WORDS_MAX;
        while (text.len > 0 && ((unsigned char)text.ptr[text.len] & 0xc0) == 0x80)
            text.len--;
    }
    return orch__optional(orch__text_valid(text) ? text : ORCH_STR_NONE);
}

void orch__add_session_ends(orch__statements *statements, const orch_id *user_id, const orch__time_text *now)
{
    ORCH__ADD(statements, sql_expire, orch__id(user_id), orch__time(now));
}

void orch__add_session_place(orch__statements *statements, const orch_id *session_id,
                             const orch_token_new *token_new, const orch__time_text *now)
{
    ORCH__ADD(statements, sql_place, orch__id(session_id), orch__time(now), words(token_new->client),
              words(token_new->address));
}

void orch__session_used(orch_workspace *workspace, const orch_id *session_id, int64_t used_ms)
{
    int64_t now = orch__now(workspace);
    orch__time_text time;

    if (now - used_ms < USED_EXACT_MS)
        return;
    orch__statements statements = orch__statements_new();

    orch__time_write(now, &time);
    ORCH__ADD(&statements, sql_used, orch__id(session_id), orch__time(&time));
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_WRITE, NULL, NULL);

    (void)error; /* only to be looked at: the next use writes it again */
}

/* ---- listing ---- */

typedef struct listing {
    orch_sessions_fn done;
    void *user;
} listing;

static void read_rows(const orch_result *result, orch_session_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)orch__id_set(&rows[i].id, orch_result_text(result, 0, i, 0));
        rows[i].created_ms = orch__time_read(orch_result_text(result, 0, i, 1));
        rows[i].used_ms = orch__time_read(orch_result_text(result, 0, i, 2));
        rows[i].expires_ms = orch__time_read(orch_result_text(result, 0, i, 3));
        rows[i].client = orch_result_text(result, 0, i, 4);
        rows[i].address = orch_result_text(result, 0, i, 5);
    }
}

static void sessions_read(int error, const orch_result *result, void *user)
{
    listing *kept = user;
    orch_problem problem = {0};
    size_t count = error ? 0 : orch_result_rows(result, 0);
    orch_session_row *rows = calloc(count ? count : 1, sizeof *rows);

    if (error || !rows) {
        (void)orch__database_problem(&problem, error ? error : ORCH_E_NO_MEMORY, result);
        kept->done(&problem, NULL, 0, kept->user);
    } else {
        read_rows(result, rows, count);
        kept->done(NULL, rows, count, kept->user);
    }
    free(rows);
    free(kept);
}

int orch_workspace_list_sessions(orch_workspace *workspace, const orch_user *owner, orch_sessions_fn done,
                                 void *user)
{
    orch__statements statements = orch__statements_new();
    listing *kept = malloc(sizeof *kept);
    orch__time_text now;

    if (kept)
        *kept = (listing){done, user};
    else
        statements.error = ORCH_E_NO_MEMORY;
    orch__time_write(orch__now(workspace), &now);
    ORCH__ADD(&statements, sql_list, orch__id(&owner->id), orch__time(&now),
              orch__integer(ORCH_SESSIONS_LISTED_MAX));
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_READ, sessions_read, kept);

    if (error)
        free(kept);
    return error;
}
