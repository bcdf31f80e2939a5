/* History: a page of messages of a channel, of a thread or of the messages that begin one, with what hangs on them.
 *
 * A page and what hangs on it are one batch, so that all of it is of one state of the database. What is asked is in history_sql.h.
 */
#include "history_sql.h"
#include "message_rows.h"
#include "statements.h"
#include "turn_rows.h"

#include <stdlib.h>
#include <string.h>

#define ROOTS_SCAN 4

/* Above every id: what sorts behind all printable ASCII. */
#define ID_MAX ORCH_STR("~")

/* ---- asking ---- */

/* What is read in one direction. */
typedef struct stretch {
    uint32_t limit;
    bool newer;      /* than its edge; else older, and then the newest come first */
    size_t first;    /* its statements in the batch are PARTS ones from here on */
    orch_str edge;   /* exclusive */
    orch_str beyond; /* when it is read: from here on there are more */
} stretch;

typedef struct reading {
    orch_workspace *workspace;
    orch_messages_fn done;
    void *user;
    orch__history_kind kind;
    orch_id around; /* empty: none */
    size_t stretches_count;
    stretch stretches[2];
    char edge[ORCH_ID_MAX + 1];
} reading;

static void ask(orch__statements *statements, const reading *kept, stretch *asked,
                const orch_history *history)
{
    const char *const *page = orch__history_sql[kept->kind][asked->newer];
    orch_str group =
        kept->kind == ORCH__HISTORY_THREAD ? history->thread : orch__text_of(history->channel->id.text);
    int64_t looked_at = (int64_t)ROOTS_SCAN * (asked->limit + 1);
    const orch_value values[] = {
        orch__text(group),
        orch__text(asked->edge),
        orch__integer((int64_t)asked->limit + 1),
        kept->kind == ORCH__HISTORY_ROOTS ? orch__integer(looked_at) : orch__id(&history->channel->id),
    };
    size_t ids_count = kept->kind == ORCH__HISTORY_ROOTS ? 4 : 3;

    asked->first = orch__statements_add(statements, page[ORCH__HISTORY_MESSAGES], values,
                                        kept->kind == ORCH__HISTORY_THREAD ? 4 : ids_count);
    for (orch__history_part part = ORCH__HISTORY_REPLIES; part <= ORCH__HISTORY_TURNS; part++)
        orch__statements_add(statements, page[part], values, ids_count);
    if (kept->kind == ORCH__HISTORY_ROOTS)
        ORCH__ADD(statements, page[ORCH__HISTORY_LOOKED], values[0], values[1], orch__integer(looked_at - 1));
}

static int check(const orch_history *history, orch_problem *problem)
{
    int edges = (history->before.len > 0) + (history->after.len > 0) + (history->around.len > 0);

    if (history->reader && !orch_channel_has_member(history->channel, history->reader))
        return orch__problem(problem, ORCH_E_FORBIDDEN, "channelId", "you are not a member of %s",
                             history->channel->name);
    if (history->limit < 1 || history->limit > ORCH_HISTORY_PAGE_MAX)
        return orch__problem(problem, ORCH_E_INVALID, "limit", "limit is %u; 1 to %d are allowed",
                             history->limit, ORCH_HISTORY_PAGE_MAX);
    if (edges > 1)
        return orch__problem(problem, ORCH_E_INVALID, history->after.len > 0 ? "after" : "around",
                             "only one of before, after and around is allowed");
    if (history->roots && history->thread.len > 0)
        return orch__problem(problem, ORCH_E_INVALID, "roots", "a thread is no list of those that begin one");
    if (history->thread.len >= ORCH_ID_MAX || history->before.len >= ORCH_ID_MAX ||
        history->after.len >= ORCH_ID_MAX || history->around.len >= ORCH_ID_MAX)
        return orch__problem(problem, ORCH_E_INVALID, "id", "an id has at most %d characters",
                             ORCH_ID_MAX - 1);
    return 0;
}

/* What is older than `around` with a space behind it is older or that one: no id has a space. */
static void read_around(reading *kept, const orch_history *history)
{
    uint32_t older = history->limit / 2 + 1;

    memcpy(kept->around.text, history->around.ptr, history->around.len);
    memcpy(kept->edge, history->around.ptr, history->around.len);
    kept->edge[history->around.len] = ' ';
    kept->stretches[0] = (stretch){.limit = older, .edge = {kept->edge, history->around.len + 1}};
    kept->stretches[1] =
        (stretch){.limit = history->limit - older, .newer = true, .edge = {kept->edge, history->around.len}};
    kept->stretches_count = history->limit == 1 ? 1 : 2;
}

static void plan(reading *kept, const orch_history *history)
{
    if (history->around.len > 0) {
        read_around(kept, history);
        return;
    }
    kept->stretches_count = 1;
    kept->stretches[0] = (stretch){.limit = history->limit,
                                   .newer = history->after.len > 0,
                                   .edge = history->after.len > 0    ? history->after
                                           : history->before.len > 0 ? history->before
                                                                     : ID_MAX};
}

/* ---- the answer ---- */

typedef struct page {
    orch_message *items;
    orch_message_ties *ties; /* as many */
    size_t count;
    orch_reaction *reactions;
    size_t reactions_count;
    orch_message_turn *turns;
    size_t turns_count;
} page;

static size_t rows_of(const reading *kept, const orch_result *result, orch__history_part part)
{
    size_t rows = 0;

    for (size_t i = 0; i < kept->stretches_count; i++)
        rows += orch_result_rows(result, kept->stretches[i].first + part);
    return rows;
}

static bool make_room(page *out, const reading *kept, const orch_result *result)
{
    size_t messages = rows_of(kept, result, ORCH__HISTORY_MESSAGES) + 1;

    *out = (page){.items = malloc(messages * sizeof *out->items),
                  .ties = calloc(messages, sizeof *out->ties),
                  .reactions =
                      malloc((rows_of(kept, result, ORCH__HISTORY_REACTIONS) + 1) * sizeof *out->reactions),
                  .turns = malloc((rows_of(kept, result, ORCH__HISTORY_TURNS) + 1) * sizeof *out->turns)};
    return out->items && out->ties && out->reactions && out->turns;
}

static void free_page(page *read)
{
    free(read->items);
    free(read->ties);
    free(read->reactions);
    free(read->turns);
}

/* In time order, whatever the order of the rows. Notes where there are more. */
static void read_messages(page *out, const reading *kept, const orch_result *result, stretch *from)
{
    size_t statement = from->first + ORCH__HISTORY_MESSAGES;
    size_t rows = orch_result_rows(result, statement);
    size_t used = rows > from->limit ? from->limit : rows;

    for (size_t i = 0; i < used; i++)
        out->count += orch__message_read(kept->workspace, result, statement, from->newer ? i : used - 1 - i,
                                         0, &out->items[out->count]);
    if (rows > from->limit)
        from->beyond = used > 0 ? orch_result_text(result, statement, used - 1, 0) : from->edge;
    else if (kept->kind == ORCH__HISTORY_ROOTS &&
             orch_result_rows(result, from->first + ORCH__HISTORY_LOOKED) == 1)
        from->beyond = orch_result_text(result, from->first + ORCH__HISTORY_LOOKED, 0, 0);
}

/* NULL: its message is not on the page. */
static orch_message_ties *ties_of(const page *read, orch_str id)
{
    size_t low = 0, high = read->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        orch_str found = orch__text_of(read->items[middle].id.text);
        size_t len = found.len < id.len ? found.len : id.len;
        int order = memcmp(found.ptr, id.ptr, len);

        if (order == 0 && found.len == id.len)
            return &read->ties[middle];
        if (order < 0 || (order == 0 && found.len < id.len))
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void read_replies(page *out, const orch_result *result, size_t statement)
{
    for (size_t i = 0; i < orch_result_rows(result, statement); i++) {
        orch_message_ties *ties = ties_of(out, orch_result_text(result, statement, i, 0));

        if (!ties)
            continue;
        ties->replies = (uint32_t)orch_result_integer(result, statement, i, 1);
        ties->last_reply_ms = ties->replies ? orch__time_read(orch_result_text(result, statement, i, 2)) : 0;
    }
}

/* The rows of a message stand beside each other, so what is taken of them does as well. */
static void read_reactions(page *out, const orch_result *result, size_t statement)
{
    for (size_t i = 0; i < orch_result_rows(result, statement); i++) {
        orch_message_ties *ties = ties_of(out, orch_result_text(result, statement, i, 0));
        orch_reaction *reaction = &out->reactions[out->reactions_count];

        if (!ties)
            continue;
        *reaction = (orch_reaction){orch_result_text(result, statement, i, 1),
                                    orch_result_text(result, statement, i, 2)};
        if (ties->reactions_count++ == 0)
            ties->reactions = reaction;
        out->reactions_count++;
    }
}

static void read_turns(page *out, const reading *kept, const orch_result *result, size_t statement)
{
    for (size_t i = 0; i < orch_result_rows(result, statement); i++) {
        orch_message_ties *ties = ties_of(out, orch_result_text(result, statement, i, 0));
        orch_message_turn *turn = &out->turns[out->turns_count];
        orch_message_turn read = {
            .id = orch_result_integer(result, statement, i, 1),
            .orchestrator = orch_directory_orchestrator(kept->workspace->directory,
                                                        orch_result_text(result, statement, i, 2)),
            .failed = orch_result_integer(result, statement, i, 3) == ORCH__TURN_STATE_FAILED,
            .code = orch_result_text(result, statement, i, 4),
            .words = orch_result_text(result, statement, i, 5)};

        if (!ties || !read.orchestrator)
            continue;
        *turn = read;
        if (ties->turns_count++ == 0)
            ties->turns = turn;
        out->turns_count++;
    }
}

static void read_page(page *out, reading *kept, const orch_result *result)
{
    for (size_t i = 0; i < kept->stretches_count; i++)
        read_messages(out, kept, result, &kept->stretches[i]);
    for (size_t i = 0; i < kept->stretches_count; i++) {
        size_t first = kept->stretches[i].first;

        read_replies(out, result, first + ORCH__HISTORY_REPLIES);
        read_reactions(out, result, first + ORCH__HISTORY_REACTIONS);
        read_turns(out, kept, result, first + ORCH__HISTORY_TURNS);
    }
}

/* Among roots its place is enough: it may be a reply. */
static bool has_its_middle(const reading *kept, const page *read)
{
    return !kept->around.text[0] || kept->kind == ORCH__HISTORY_ROOTS ||
           ties_of(read, orch__text_of(kept->around.text)) != NULL;
}

static void give(reading *kept, const page *read)
{
    orch_message_list list = {.items = read->items, .ties = read->ties, .count = read->count};

    for (size_t i = 0; i < kept->stretches_count; i++) {
        const stretch *from = &kept->stretches[i];

        *(from->newer ? &list.later : &list.earlier) = from->beyond;
        list.more = list.more || from->beyond.len > 0;
    }
    kept->done(NULL, &list, kept->user);
}

static void page_read(int error, const orch_result *result, void *user)
{
    reading *kept = user;
    orch_problem problem = {0};
    page read = {0};

    if (!error && !make_room(&read, kept, result))
        error = ORCH_E_NO_MEMORY;
    if (error) {
        (void)orch__database_problem(&problem, error, result);
    } else {
        read_page(&read, kept, result);
        if (!has_its_middle(kept, &read))
            (void)orch__problem(&problem, ORCH_E_NOT_FOUND, "around",
                                "there is no message with this id in this channel");
    }
    if (problem.error)
        kept->done(&problem, NULL, kept->user);
    else
        give(kept, &read);
    free_page(&read);
    free(kept);
}

int orch_workspace_history(orch_workspace *workspace, const orch_history *history, orch_messages_fn done,
                           void *user, orch_problem *problem)
{
    int error = check(history, problem);

    if (error)
        return error;
    orch__statements statements = orch__statements_new();
    reading *kept = calloc(1, sizeof *kept);

    if (kept) {
        kept->workspace = workspace;
        kept->done = done;
        kept->user = user;
        kept->kind = history->thread.len > 0 ? ORCH__HISTORY_THREAD
                     : history->roots        ? ORCH__HISTORY_ROOTS
                                             : ORCH__HISTORY_ALL;
        plan(kept, history);
        for (size_t i = 0; i < kept->stretches_count; i++)
            ask(&statements, kept, &kept->stretches[i], history);
    } else {
        statements.error = ORCH_E_NO_MEMORY;
    }
    error = orch__statements_submit(&statements, workspace, ORCH_BATCH_READ, page_read, kept);
    if (!error)
        return 0;
    free(kept);
    return orch__database_problem(problem, error, NULL);
}
