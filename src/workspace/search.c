/* Searching: the newest messages that have all the words, in channels that the reader is in.
 *
 *     what was written since is indexed, piece by piece ──▶ the words are looked up ──▶ done
 *
 * The work of one search is bounded: so many pieces, and so many messages with the words that are looked at, whoever may read them.
 */
#include "message_rows.h"
#include "search_match.h"
#include "statements.h"

#include <stdlib.h>
#include <string.h>

#define NEWER_PIECES_MAX 40 /* before the answer; further ones follow in the background */
#define OLDER_PIECES_MAX 8
#define LOOKED_AT        1000

/* $1 match, $2 the message before which it is looked, $3 how many */
#define HITS(limit)                                                                                          \
    "(SELECT s.rowid AS hit FROM orchd_search s WHERE s.orchd_search MATCH $1 AND "                          \
    "s.rowid < COALESCE((SELECT b.rowid FROM messages b WHERE b.id = $2), 9223372036854775807) "             \
    "ORDER BY s.rowid DESC LIMIT " limit ") AS hits CROSS JOIN messages m "
#define FOUND(where)                                                                                         \
    "SELECT " ORCH__MESSAGE_COLUMNS                                                                          \
    " FROM " HITS("$3") "LEFT JOIN orchd_client_ids c ON c.message_id = m.id "                               \
                        "WHERE m.rowid = hits.hit AND m.is_deleted = false AND " where                       \
                        " ORDER BY hits.hit DESC LIMIT $4"

static const char sql_in_channel[] = FOUND("m.channel_id = $5");
static const char sql_in_own[] =
    FOUND("EXISTS (SELECT 1 FROM channel_members o WHERE o.channel_id = m.channel_id "
          "AND o.user_id = $5 AND o.left_at IS NULL)");
/* The last one that was looked at, if there were so many. */
static const char sql_looked[] = "SELECT m.id FROM " HITS("1 OFFSET $3") "WHERE m.rowid = hits.hit";
static const char sql_known[] = "SELECT 1 FROM messages WHERE id = $1";

typedef struct searching {
    orch_workspace *workspace;
    orch_user *reader;
    orch_channel *channel; /* NULL: all that the reader is in */
    orch_id before;        /* empty: none */
    uint32_t limit;
    orch_found_fn done;
    void *user;
    unsigned newer_pieces;
    unsigned older_pieces;
    bool incomplete;
    char match[ORCH__MATCH_MAX];
} searching;

static void finish(searching *kept, const orch_problem *problem, const orch_found *found)
{
    kept->done(problem, found, kept->user);
    free(kept);
}

static void fail(searching *kept, int error, const orch_result *result)
{
    orch_problem problem = {0};

    (void)orch__database_problem(&problem, error, result);
    finish(kept, &problem, NULL);
}

/* ---- the words ---- */

static void give_found(searching *kept, const orch_result *result)
{
    size_t rows = orch_result_rows(result, 0);
    size_t used = rows > kept->limit ? kept->limit : rows;
    orch_message *items = malloc((used + 1) * sizeof *items);
    orch_found found = {.items = items, .incomplete = kept->incomplete};

    if (!items) {
        fail(kept, ORCH_E_NO_MEMORY, NULL);
        return;
    }
    for (size_t i = 0; i < used; i++)
        found.count += orch__message_read(kept->workspace, result, 0, i, 0, &items[found.count]) &&
                       orch_channel_has_member(items[found.count].channel, kept->reader);
    if (rows > kept->limit)
        found.next = orch_result_text(result, 0, used - 1, 0);
    else if (orch_result_rows(result, 1) == 1)
        found.next = orch_result_text(result, 1, 0, 0);
    finish(kept, NULL, &found);
    free(items);
}

static void words_read(int error, const orch_result *result, void *user)
{
    searching *kept = user;
    orch_problem problem = {0};

    if (error) {
        fail(kept, error, result);
    } else if (kept->before.text[0] && orch_result_rows(result, 2) == 0) {
        (void)orch__problem(&problem, ORCH_E_NOT_FOUND, "before", "there is no message with this id");
        finish(kept, &problem, NULL);
    } else {
        give_found(kept, result);
    }
}

static void look_up(searching *kept)
{
    orch__statements statements = orch__statements_new();
    const orch_value match = orch__text(orch__text_of(kept->match));
    const orch_value before = orch__id(&kept->before);

    ORCH__ADD(&statements, kept->channel ? sql_in_channel : sql_in_own, match, before,
              orch__integer(LOOKED_AT), orch__integer((int64_t)kept->limit + 1),
              orch__id(kept->channel ? &kept->channel->id : &kept->reader->id));
    ORCH__ADD(&statements, sql_looked, match, before, orch__integer(LOOKED_AT - 1));
    ORCH__ADD(&statements, sql_known, before);
    int error = orch__statements_submit(&statements, kept->workspace, ORCH_BATCH_READ, words_read, kept);

    if (error)
        fail(kept, error, NULL);
}

/* ---- what was written since ---- */

static void catch_up(searching *kept);

static void indexed(const orch_problem *problem, const orch_indexed *outcome, void *user)
{
    searching *kept = user;

    if (problem) {
        finish(kept, problem, NULL);
        return;
    }
    kept->incomplete = outcome->worked;
    if (outcome->worked && outcome->newer_left)
        kept->newer_pieces++;
    else
        kept->older_pieces++;
    if (outcome->worked && kept->newer_pieces < NEWER_PIECES_MAX && kept->older_pieces < OLDER_PIECES_MAX)
        catch_up(kept);
    else
        look_up(kept);
}

static void catch_up(searching *kept)
{
    int error = orch_workspace_index(kept->workspace, true, indexed, kept);

    if (error)
        fail(kept, error, NULL);
}

static int check(const orch_search *search, searching *kept, orch_problem *problem)
{
    int error = orch__search_match(search->query, kept->match, problem);

    if (!error && search->channel && !orch_channel_has_member(search->channel, search->reader))
        error = orch__problem(problem, ORCH_E_FORBIDDEN, "channelId", "you are not a member of %s",
                              search->channel->name);
    if (!error && search->before.len > 0 && !orch__id_set(&kept->before, search->before))
        error = orch__problem(problem, ORCH_E_INVALID, "before", "before must be the id of a message");
    if (!error && (search->limit < 1 || search->limit > ORCH_SEARCH_PAGE_MAX))
        error = orch__problem(problem, ORCH_E_INVALID, "limit", "limit is %u; 1 to %d are allowed",
                              search->limit, ORCH_SEARCH_PAGE_MAX);
    return error;
}

int orch_workspace_search(orch_workspace *workspace, const orch_search *search, orch_found_fn done,
                          void *user, orch_problem *problem)
{
    searching *kept = malloc(sizeof *kept);
    int error;

    if (!kept)
        return orch__problem(problem, ORCH_E_NO_MEMORY, "", "out of memory");
    *kept = (searching){.workspace = workspace,
                        .reader = search->reader,
                        .channel = search->channel,
                        .limit = search->limit,
                        .done = done,
                        .user = user};
    error = check(search, kept, problem);
    if (error) {
        free(kept);
        return error;
    }
    catch_up(kept);
    return 0;
}
