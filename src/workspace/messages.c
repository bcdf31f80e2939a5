/* Reading messages: one message, the context of a turn. Pages of them are read in history.c. */
#include "message_rows.h"
#include "statements.h"

#include <stdlib.h>
#include <string.h>

#define SELECT_MESSAGES "SELECT " ORCH__MESSAGE_COLUMNS ORCH__MESSAGE_FROM
#define OLDER           " ORDER BY m.id DESC LIMIT "

/* A thread is found by its first message, not among all messages of its channel: its ids come first (CROSS JOIN keeps SQLite
 * from turning that round), at most a page of them. */
#define SELECT_THREAD(beyond, order)                                                                         \
    "SELECT " ORCH__MESSAGE_COLUMNS                                                                          \
    " FROM (SELECT id FROM (SELECT t.id FROM messages t WHERE t.parent_id = $4 AND t.id " beyond             \
    " $2 ORDER BY t.id" order " LIMIT $3) AS replies UNION ALL SELECT r.id FROM messages r "                 \
    "WHERE r.id = $4 AND r.id " beyond " $2) AS thread CROSS JOIN messages m "                               \
    "LEFT JOIN orchd_client_ids c ON c.message_id = m.id WHERE m.id = thread.id AND m.channel_id = $1"

/* $1 channel, $2 id, $3 limit, $4 thread */
static const char sql_one[] = SELECT_MESSAGES "WHERE m.id = $1";
static const char sql_context[] =
    SELECT_MESSAGES "WHERE m.channel_id = $1 AND m.parent_id IS NULL AND m.id <= $2" OLDER "$3";
static const char sql_thread_context[] = SELECT_THREAD("<=", " DESC") OLDER "$3";
/* What its author ($4, in threads $5) has said since. */
static const char sql_own_since[] = SELECT_MESSAGES
    "WHERE m.channel_id = $1 AND m.parent_id IS NULL AND m.id > $2 AND m.author_id = $4" OLDER "$3";
static const char sql_thread_own_since[] = SELECT_MESSAGES
    "WHERE m.channel_id = $1 AND m.parent_id = $4 AND m.id > $2 AND m.author_id = $5" OLDER "$3";

typedef struct reading {
    orch_workspace *workspace;
    orch_user *reader;
    orch_messages_fn done;
    void *user;
    uint32_t limit;
    bool newest_first;
} reading;

static void give(reading *kept, orch_problem *problem, const orch_message_list *list)
{
    kept->done(problem, list, kept->user);
    free(kept);
}

static void give_problem(reading *kept, int error, const orch_result *result)
{
    orch_problem problem = {0};

    (void)orch__database_problem(&problem, error, result);
    give(kept, &problem, NULL);
}

/* Rows that came newest first are turned round. */
static size_t read_list(const reading *kept, const orch_result *result, size_t statement, orch_message *items)
{
    size_t rows = orch_result_rows(result, statement);
    size_t used = rows > kept->limit ? kept->limit : rows;
    size_t count = 0;

    for (size_t i = 0; i < used; i++) {
        size_t row = kept->newest_first ? used - 1 - i : i;

        count += orch__message_read(kept->workspace, result, statement, row, 0, &items[count]);
    }
    return count;
}

/* Both lists, with the message to be answered moved behind what was said since. */
static void context_read(int error, const orch_result *result, void *user)
{
    reading *kept = user;

    if (error) {
        give_problem(kept, error, result);
        return;
    }
    size_t rows = orch_result_rows(result, 0);
    orch_message *items = malloc((rows + orch_result_rows(result, 1) + 1) * sizeof *items);

    if (!items) {
        give_problem(kept, ORCH_E_NO_MEMORY, NULL);
        return;
    }
    size_t before = read_list(kept, result, 0, items);
    size_t since = read_list(kept, result, 1, items + before);

    if (before > 0 && since > 0) {
        orch_message last = items[before - 1];

        memmove(&items[before - 1], &items[before], since * sizeof *items);
        items[before + since - 1] = last;
    }
    give(kept, NULL,
         &(orch_message_list){.items = items, .count = before + since, .more = rows > kept->limit});
    free(items);
}

static void message_read(int error, const orch_result *result, void *user)
{
    reading *kept = user;
    orch_problem problem = {0};
    orch_message message;

    if (error) {
        give_problem(kept, error, result);
        return;
    }
    bool seen = orch_result_rows(result, 0) == 1 &&
                orch__message_read(kept->workspace, result, 0, 0, 0, &message) &&
                (!kept->reader || orch_channel_has_member(message.channel, kept->reader));

    if (!seen) {
        (void)orch__problem(&problem, ORCH_E_NOT_FOUND, "id",
                            "there is no such message in a channel of yours");
        give(kept, &problem, NULL);
        return;
    }
    give(kept, NULL, &(orch_message_list){.items = &message, .count = 1});
}

static int submit(orch__statements *statements, const reading *wanted, orch_batch_done read)
{
    reading *kept = malloc(sizeof *kept);

    if (kept)
        *kept = *wanted;
    else
        statements->error = ORCH_E_NO_MEMORY;
    int error = orch__statements_submit(statements, wanted->workspace, ORCH_BATCH_READ, read, kept);

    if (error)
        free(kept);
    return error;
}

int orch_workspace_message(orch_workspace *workspace, orch_user *reader, orch_str id, orch_messages_fn done,
                           void *user)
{
    orch__statements statements = orch__statements_new();
    const reading wanted = {.workspace = workspace, .reader = reader, .done = done, .user = user};

    ORCH__ADD(&statements, sql_one, orch__text(id));
    return submit(&statements, &wanted, message_read);
}

int orch_workspace_context(orch_workspace *workspace, const orch_user *self, orch_channel *channel,
                           orch_str parent_id, orch_str message_id, uint32_t limit, orch_messages_fn done,
                           void *user)
{
    orch__statements statements = orch__statements_new();
    const reading wanted = {
        .workspace = workspace, .done = done, .user = user, .limit = limit, .newest_first = true};
    const orch_value values[] = {orch__id(&channel->id), orch__text(message_id),
                                 orch__integer((int64_t)limit + 1), orch__text(parent_id),
                                 orch__id(&self->id)};

    if (parent_id.len > 0) {
        orch__statements_add(&statements, sql_thread_context, values, 4);
        orch__statements_add(&statements, sql_thread_own_since, values, 5);
    } else {
        ORCH__ADD(&statements, sql_context, values[0], values[1], values[2]);
        ORCH__ADD(&statements, sql_own_since, values[0], values[1], values[2], values[4]);
    }
    return submit(&statements, &wanted, context_read);
}
