/* What somebody has read of a channel, and what is new to them.
 *
 *     marks of some channels ──▶ counts behind them ──▶ the next channels … ──▶ done
 *
 * The work for a channel is bounded: what is new is looked for among its newest LOOKED_AT messages. A batch is of CHUNK channels,
 * so that others' questions are answered between.
 */
#include "mentioned.h"
#include "statements.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK     256
#define LOOKED_AT "300"
#define COUNTED   "100"

_Static_assert(ORCH_UNREAD_COUNTED_MAX == 100, "the statements below count up to it");

#define NEWEST                                                                                               \
    "(SELECT m.author_id, m.is_deleted, m.content, m.metadata FROM messages m WHERE m.channel_id = $1 "      \
    "AND m.id > $2 AND m.id <= $4 ORDER BY m.id DESC LIMIT " LOOKED_AT ") AS newest "                        \
    "WHERE newest.author_id <> $3 AND newest.is_deleted = false"

static const char sql_mark[] =
    "SELECT (SELECT k.message_id FROM orchd_read_marks k WHERE k.user_id = $2 AND k.channel_id = $1), "
    "m.last_read_at, m.joined_at, "
    "n.created_at, n.id FROM channel_members m "
    "LEFT JOIN messages n ON n.id = (SELECT max(o.id) FROM messages o WHERE o.channel_id = $1) "
    "WHERE m.channel_id = $1 AND m.user_id = $2 AND m.left_at IS NULL";
static const char sql_unread[] =
    "SELECT count(*) FROM (SELECT 1 FROM " NEWEST " LIMIT " COUNTED ") AS counted";
/* Those that may mention the reader: the words are looked at here, not in the database. */
static const char sql_mentioning[] =
    "SELECT newest.content, newest.metadata FROM " NEWEST
    " AND (newest.metadata LIKE $5 OR lower(newest.content) LIKE $6 ESCAPE '\\' "
    "OR lower(newest.content) LIKE $7 ESCAPE '\\' "
    "OR lower(newest.content) LIKE $8 ESCAPE '\\') LIMIT " COUNTED;
static const char sql_known[] = "SELECT created_at FROM messages WHERE id = $1 AND channel_id = $2";
static const char sql_set[] =
    "INSERT INTO orchd_read_marks (user_id, channel_id, message_id, updated_at) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (user_id, channel_id) DO UPDATE SET message_id = excluded.message_id, "
    "updated_at = excluded.updated_at WHERE excluded.message_id > orchd_read_marks.message_id";
/* For other programs on the same database. */
static const char sql_tell[] =
    "UPDATE channel_members SET last_read_at = (SELECT m.created_at FROM messages m WHERE m.id = $3) "
    "WHERE user_id = $1 AND channel_id = $2";

typedef struct looking {
    orch_workspace *workspace;
    orch_user *reader;
    orch_channel_states_fn done;
    void *user;
    size_t count;   /* channels that were asked about */
    size_t at;      /* the first one of the present chunk */
    size_t found;   /* states so far: the reader is in those */
    size_t counted; /* states before the present chunk */
    char patterns[ORCH__MENTION_PATTERNS][ORCH__PATTERN_MAX];
    char id_pattern[ORCH_ID_MAX + 4];
    orch_id *edges; /* of the states: what is behind it is new */
    orch_channel_state *states;
    orch_channel *channels[];
} looking;

static void looking_free(looking *kept)
{
    if (!kept)
        return;
    free(kept->edges);
    free(kept->states);
    free(kept);
}

static void finish(looking *kept, int error, const orch_result *result)
{
    orch_problem problem = {0};

    if (error)
        (void)orch__database_problem(&problem, error, result);
    kept->done(error ? &problem : NULL, error ? NULL : kept->states, error ? 0 : kept->found, kept->user);
    looking_free(kept);
}

static void read_marks(looking *kept);

/* ---- counts ---- */

static bool mentions(const looking *kept, orch_str content, orch_str metadata)
{
    const char *id = kept->reader->id.text;

    return orch__mentions_person(content, kept->reader) ||
           (metadata.len > 0 && memmem(metadata.ptr, metadata.len, id, strlen(id)));
}

static void counts_read(int error, const orch_result *result, void *user)
{
    looking *kept = user;

    if (error) {
        finish(kept, error, result);
        return;
    }
    for (size_t i = kept->counted; i < kept->found; i++) {
        size_t statement = 2 * (i - kept->counted);
        orch_channel_state *state = &kept->states[i];

        state->unread = (uint32_t)orch_result_integer(result, statement, 0, 0);
        for (size_t row = 0; row < orch_result_rows(result, statement + 1); row++)
            state->mentions += mentions(kept, orch_result_text(result, statement + 1, row, 0),
                                        orch_result_text(result, statement + 1, row, 1));
    }
    kept->at += CHUNK;
    kept->counted = kept->found;
    read_marks(kept);
}

static void read_counts(looking *kept)
{
    orch__statements statements = orch__statements_new();

    for (size_t i = kept->counted; i < kept->found; i++) {
        const orch_value values[] = {orch__id(&kept->states[i].channel->id),
                                     orch__id(&kept->edges[i]),
                                     orch__id(&kept->reader->id),
                                     orch__id(&kept->states[i].last_message_id),
                                     orch__text(orch__text_of(kept->id_pattern)),
                                     orch__text(orch__text_of(kept->patterns[0])),
                                     orch__text(orch__text_of(kept->patterns[1])),
                                     orch__text(orch__text_of(kept->patterns[2]))};

        orch__statements_add(&statements, sql_unread, values, 4);
        orch__statements_add(&statements, sql_mentioning, values, 8);
    }
    int error = orch__statements_submit(&statements, kept->workspace, ORCH_BATCH_READ, counts_read, kept);

    if (error)
        finish(kept, error, NULL);
}

/* ---- marks ---- */

/* Where there is no mark: what another program noted, or the time of joining. */
static void find_edge(const orch_channel_state *state, const orch_result *result, size_t statement,
                      orch_id *out_edge)
{
    orch_str noted = orch_result_text(result, statement, 0, 1);

    if (state->last_read_id.text[0])
        *out_edge = state->last_read_id;
    else if (noted.len > 0)
        orch__id_of_time(orch__time_read(noted) + 1, out_edge);
    else
        orch__id_of_time(orch__time_read(orch_result_text(result, statement, 0, 2)), out_edge);
}

static void marks_read(int error, const orch_result *result, void *user)
{
    looking *kept = user;

    if (error) {
        finish(kept, error, result);
        return;
    }
    for (size_t i = 0; i < orch_result_statements(result); i++) {
        orch_channel_state *state = &kept->states[kept->found];

        if (orch_result_rows(result, i) == 0)
            continue;
        *state = (orch_channel_state){
            .channel = kept->channels[kept->at + i],
            .last_message_ms = orch__time_read(orch_result_text(result, i, 0, 3)),
        };
        (void)orch__id_set(&state->last_read_id, orch_result_text(result, i, 0, 0));
        (void)orch__id_set(&state->last_message_id, orch_result_text(result, i, 0, 4));
        find_edge(state, result, i, &kept->edges[kept->found++]);
    }
    read_counts(kept);
}

static void read_marks(looking *kept)
{
    orch__statements statements = orch__statements_new();
    size_t end = kept->at + CHUNK < kept->count ? kept->at + CHUNK : kept->count;

    if (kept->at >= kept->count) {
        orch_batch_free(statements.batch);
        finish(kept, 0, NULL);
        return;
    }
    for (size_t i = kept->at; i < end; i++)
        ORCH__ADD(&statements, sql_mark, orch__id(&kept->channels[i]->id), orch__id(&kept->reader->id));
    int error = orch__statements_submit(&statements, kept->workspace, ORCH_BATCH_READ, marks_read, kept);

    if (error)
        finish(kept, error, NULL);
}

static looking *looking_new(orch_workspace *workspace, orch_user *reader, orch_channel *const *channels,
                            size_t count, orch_channel_states_fn done, void *user)
{
    looking *kept = calloc(1, sizeof *kept + count * sizeof kept->channels[0]);

    if (!kept)
        return NULL;
    kept->workspace = workspace;
    kept->reader = reader;
    kept->done = done;
    kept->user = user;
    kept->count = count;
    kept->edges = calloc(count + 1, sizeof *kept->edges);
    kept->states = calloc(count + 1, sizeof *kept->states);
    if (count > 0)
        memcpy(kept->channels, channels, count * sizeof kept->channels[0]);
    orch__mention_patterns(reader, kept->patterns);
    snprintf(kept->id_pattern, sizeof kept->id_pattern, "%%%s%%", reader->id.text);
    if (kept->edges && kept->states)
        return kept;
    looking_free(kept);
    return NULL;
}

int orch_workspace_channel_states(orch_workspace *workspace, orch_user *reader, orch_channel *const *channels,
                                  size_t count, orch_channel_states_fn done, void *user)
{
    looking *kept = looking_new(workspace, reader, channels, count, done, user);

    if (!kept)
        return ORCH_E_NO_MEMORY;
    read_marks(kept);
    return 0;
}

/* ---- setting one ---- */

static void marked(int error, const orch_result *result, void *user)
{
    looking *kept = user;
    orch_problem problem = {0};

    if (error != ORCH_E_CONFLICT) {
        if (error)
            finish(kept, error, result);
        else
            read_marks(kept);
        return;
    }
    (void)orch__problem(&problem, ORCH_E_NOT_FOUND, "messageId",
                        "there is no message with this id in this channel");
    kept->done(&problem, NULL, 0, kept->user);
    looking_free(kept);
}

int orch_workspace_mark_read(orch_workspace *workspace, orch_user *reader, orch_channel *channel,
                             orch_str message_id, orch_channel_states_fn done, void *user,
                             orch_problem *problem)
{
    orch__statements statements = orch__statements_new();
    looking *kept = looking_new(workspace, reader, &channel, 1, done, user);
    orch__time_text time;

    if (!kept)
        statements.error = ORCH_E_NO_MEMORY;
    orch__time_write(orch__now(workspace), &time);
    ORCH__ADD(&statements, sql_known, orch__text(message_id), orch__id(&channel->id));
    orch__statements_expect(&statements, 1);
    ORCH__ADD(&statements, sql_set, orch__id(&reader->id), orch__id(&channel->id), orch__text(message_id),
              orch__time(&time));
    ORCH__ADD(&statements, sql_tell, orch__id(&reader->id), orch__id(&channel->id), orch__text(message_id));
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_WRITE, marked, kept);

    if (!error)
        return 0;
    looking_free(kept);
    return orch__database_problem(problem, error, NULL);
}
