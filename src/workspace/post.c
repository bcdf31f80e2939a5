/* Posting: the message, the turns that it starts and its feed entry are one transaction; a reply ends its turn in the same one.
 *
 *     post ──▶ batch ──▶ committed ───────────────────────────▶ done(posted)
 *                  ├──▶ clientId was used ──▶ read that message ──▶ done(posted, repeated)
 *                  ├──▶ no such parent ───────────────────────▶ done(NOT_FOUND)
 *                  └──▶ the turn had ended before ────────────▶ done(CONFLICT)
 *
 * Threads are one level deep: a reply to a reply hangs on the message that the thread hangs on, so that a thread is found
 * by one id. A thread goes on when the message that it hangs on was deleted.
 */
#include "post.h"
#include "json_object.h"
#include "json_text.h"
#include "making.h"
#include "message_rows.h"
#include "totals.h"
#include "turn_rows.h"

#include <stdlib.h>
#include <string.h>

#include "orchd/assert.h"

#define METADATA_DEPTH_MAX 16
#define MENTIONS_MAX       256

static const char sql_client_id[] =
    "INSERT INTO orchd_client_ids (message_id, author_id, client_id) VALUES ($1, $2, $3)";
static const char sql_message[] =
    "INSERT INTO messages (id, content, metadata, channel_id, author_id, created_at, "
    "updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)";
static const char sql_message_in_thread[] =
    "INSERT INTO messages (id, content, metadata, channel_id, author_id, created_at, updated_at, parent_id) "
    "SELECT $1, $2, $3, $4, $5, $6, $6, COALESCE(p.parent_id, p.id) FROM messages p "
    "WHERE p.id = $7 AND p.channel_id = $4 RETURNING parent_id";
static const char sql_turn[] = "INSERT INTO orchd_turns (id, vp_id, message_id, channel_id, hops, state, "
                               "error_code, error_message, created_at, "
                               "updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)";
static const char sql_turn_in_thread[] =
    "INSERT INTO orchd_turns (id, vp_id, message_id, channel_id, hops, state, error_code, error_message, "
    "created_at, "
    "updated_at, parent_id) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $9, m.parent_id FROM messages m "
    "WHERE m.id = $3";
static const char sql_answered[] =
    "UPDATE orchd_turns SET state = 1, kind = $1, reply_id = $2, updated_at = $3 "
    "WHERE id = $4 AND state = 0 AND epoch = $5";
static const char sql_repeated[] =
    "SELECT " ORCH__MESSAGE_COLUMNS " FROM orchd_client_ids c JOIN messages m ON m.id = c.message_id "
    "WHERE c.author_id = $1 AND c.client_id = $2";

#define NO_STATEMENT SIZE_MAX

typedef struct posting {
    orch_workspace *workspace;
    orch_posted_fn done;
    void *user;
    orch_message message; /* its texts are behind the turns and the refused */
    int64_t cursor;       /* of message.created */
    int64_t cursor_last;  /* of the batch */
    size_t statement_client_id;
    size_t statement_message;
    size_t statement_answered;
    orch_orchestrator *answering; /* of a reply; NULL: it is none */
    orch_totals answered;         /* what the reply adds to its totals */
    size_t refused_count;
    orch_orchestrator **refused; /* whose turns end at once; behind the turns */
    size_t turns_count;
    int64_t turns[];
} posting;

/* ---- checks ---- */

static int check_metadata(orch_str metadata, orch_problem *problem)
{
    if (metadata.len == 0)
        return 0;
    if (metadata.len > ORCH_METADATA_MAX)
        return orch__problem(problem, ORCH_E_TOO_LARGE, "metadata",
                             "metadata has %zu bytes; at most %d are allowed", metadata.len,
                             ORCH_METADATA_MAX);
    json_t *root = orch__json_object_read(metadata, METADATA_DEPTH_MAX, "metadata", problem);

    json_decref(root);
    return root ? 0 : problem->error;
}

int orch__check_content(orch_str content, orch_problem *problem)
{
    if (content.len > ORCH_CONTENT_MAX)
        return orch__problem(problem, ORCH_E_TOO_LARGE, "content",
                             "content has %zu bytes; 1 to %d are allowed", content.len, ORCH_CONTENT_MAX);
    if (!orch__text_valid(content))
        return orch__problem(problem, ORCH_E_INVALID, "content", "content must be valid UTF-8 without NUL");
    if (orch__text_blank(content))
        return orch__problem(problem, ORCH_E_INVALID, "content",
                             "content is empty; at least one character that is not white space is needed");
    return 0;
}

static int check_ids(const orch_post *post, orch_problem *problem)
{
    orch_id id;

    if (post->client_id.len > ORCH_CLIENT_ID_MAX)
        return orch__problem(problem, ORCH_E_TOO_LARGE, "clientId",
                             "clientId has %zu bytes; at most %d are allowed", post->client_id.len,
                             ORCH_CLIENT_ID_MAX);
    if (!orch__text_valid(post->client_id))
        return orch__problem(problem, ORCH_E_INVALID, "clientId", "clientId must be valid UTF-8 without NUL");
    if (post->parent_id.len > 0 && !orch__id_set(&id, post->parent_id))
        return orch__problem(problem, ORCH_E_INVALID, "parentId", "parentId must be the id of a message");
    return 0;
}

static int check_membership(const orch_user *author, const orch_channel *channel, orch_problem *problem)
{
    if (channel->removed)
        return orch__problem(problem, ORCH_E_NOT_FOUND, "channelId", "there is no such channel");
    if (author->removed || author->status != ORCH_USER_ACTIVE)
        return orch__problem(problem, ORCH_E_FORBIDDEN, "", "the user %s is not active", author->email);
    if (!orch_channel_has_member(channel, author))
        return orch__problem(problem, ORCH_E_FORBIDDEN, "channelId", "you are not a member of %s",
                             channel->name);
    return 0;
}

/* All but the metadata: those of a reply are written by the program itself. */
static int check_reply(const orch_post *post, orch_problem *problem)
{
    int error = check_membership(post->author, post->channel, problem);

    if (!error && post->channel->archived)
        error = orch__problem(problem, ORCH_E_STATE, "channelId",
                              "%s is archived: nothing can be posted there", post->channel->name);
    if (!error && post->turns_count > ORCH_TURNS_PER_MESSAGE_MAX)
        error = orch__problem(problem, ORCH_E_TOO_LARGE, "content",
                              "the message addresses %zu orchestrators; at most %d are allowed",
                              post->turns_count, ORCH_TURNS_PER_MESSAGE_MAX);
    if (!error)
        error = orch__check_content(post->content, problem);
    return error ? error : check_ids(post, problem);
}

int orch_workspace_check_post(orch_workspace *workspace, const orch_post *post, orch_problem *problem)
{
    int error = check_reply(post, problem);

    (void)workspace;
    return error ? error : check_metadata(post->metadata, problem);
}

/* ---- mentions ---- */

static orch_orchestrator *named(const orch_workspace *workspace, const json_t *id)
{
    orch_str text = {json_string_value(id), json_string_length(id)};
    orch_orchestrator *orchestrator = orch_directory_orchestrator(workspace->directory, text);
    orch_user *user = orchestrator ? NULL : orch_directory_user(workspace->directory, text);

    return user ? user->orchestrator : orchestrator;
}

int orch_workspace_mentions(orch_workspace *workspace, orch_str metadata, orch_daemon_id *out_daemons,
                            size_t max, size_t *out_count)
{
    static const char key[] = "\"mentions\"";
    size_t count = 0;

    *out_count = 0;
    if (metadata.len == 0 || !memmem(metadata.ptr, metadata.len, key, sizeof key - 1))
        return 0;
    json_t *root = NULL;

    if (orch_json_read(metadata, JSON_REJECT_DUPLICATES, &root, NULL) == ORCH_E_NO_MEMORY)
        return ORCH_E_NO_MEMORY;
    const json_t *mentions = json_object_get(root, "mentions");

    for (size_t i = 0; i < json_array_size(mentions) && i < MENTIONS_MAX && count < max; i++) {
        const orch_orchestrator *orchestrator = named(workspace, json_array_get(mentions, i));

        if (orchestrator)
            out_daemons[count++] = orchestrator->daemon;
    }
    json_decref(root);
    *out_count = count;
    return 0;
}

/* ---- the batch ---- */

static size_t count_refused(const orch_post *post)
{
    size_t count = 0;

    for (size_t i = 0; i < post->turns_count; i++)
        count += post->turns[i].refused != 0;
    return count;
}

static posting *keep(orch_workspace *workspace, const orch_post *post, orch_posted_fn done, void *user)
{
    orch_str metadata = post->metadata.len > 0 ? post->metadata : ORCH_STR("{}");
    size_t refused = count_refused(post);
    posting *kept = malloc(sizeof *kept + post->turns_count * sizeof kept->turns[0] +
                           refused * sizeof(orch_orchestrator *) + post->content.len + post->client_id.len +
                           metadata.len);

    if (!kept)
        return NULL;
    orch_orchestrator **places = (orch_orchestrator **)(kept->turns + post->turns_count);
    char *texts = (char *)(places + refused);
    int64_t now = orch__now(workspace);

    *kept = (posting){.workspace = workspace,
                      .done = done,
                      .user = user,
                      .message = {.channel = post->channel,
                                  .author = post->author,
                                  .content = orch__keep_text(&texts, post->content),
                                  .type = "TEXT",
                                  .client_id = orch__keep_text(&texts, post->client_id),
                                  .metadata = orch__keep_text(&texts, metadata),
                                  .created_ms = now,
                                  .updated_ms = now},
                      .statement_client_id = NO_STATEMENT,
                      .statement_answered = NO_STATEMENT,
                      .refused = places,
                      .turns_count = post->turns_count};
    orch__ids_make(&workspace->ids, now, &kept->message.id);
    return kept;
}

static void add_message(orch__statements *statements, posting *kept, orch_str parent_id,
                        const orch__time_text *time)
{
    const orch_message *message = &kept->message;
    const orch_value values[] = {orch__id(&message->id),         orch__text(message->content),
                                 orch__text(message->metadata),  orch__id(&message->channel->id),
                                 orch__id(&message->author->id), orch__time(time),
                                 orch__text(parent_id)};

    if (parent_id.len == 0) {
        kept->statement_message = orch__statements_add(statements, sql_message, values, 6);
        return;
    }
    kept->statement_message = orch__statements_add(statements, sql_message_in_thread, values, 7);
    orch__statements_expect(statements, 1);
}

static void add_turn(orch__statements *statements, const posting *kept, const orch_turn_new *turn, int64_t id,
                     bool in_thread, const orch__time_text *time)
{
    const char *code = turn->refused ? orch_error_name(turn->refused) : NULL;
    const char *words = turn->refused ? orch_error_text(turn->refused) : NULL;

    ORCH__ADD(statements, in_thread ? sql_turn_in_thread : sql_turn, orch__integer(id),
              orch__id(&turn->orchestrator->id), orch__id(&kept->message.id),
              orch__id(&kept->message.channel->id), orch__integer(turn->hops),
              orch__integer(turn->refused ? ORCH__TURN_STATE_FAILED : ORCH__TURN_PENDING),
              orch__optional(orch__text_of(code)), orch__optional(orch__text_of(words)), orch__time(time));
}

static const orch_totals one_failure = {.failed = 1};

static void add_refusal(orch__statements *statements, posting *kept, const orch_turn_new *turn, int64_t id)
{
    kept->cursor_last = orch__feed_add_failure(
        kept->workspace, statements, id, orch_error_name(turn->refused), orch_error_text(turn->refused));
    orch__totals_add(statements, turn->orchestrator, &one_failure);
    kept->refused[kept->refused_count++] = turn->orchestrator;
}

static void add_post(orch__statements *statements, posting *kept, const orch_post *post,
                     const orch__time_text *time)
{
    orch_workspace *workspace = kept->workspace;
    const orch_message *message = &kept->message;

    if (message->client_id.len > 0)
        kept->statement_client_id = ORCH__ADD(statements, sql_client_id, orch__id(&message->id),
                                              orch__id(&message->author->id), orch__text(message->client_id));
    add_message(statements, kept, post->parent_id, time);
    kept->cursor = orch__feed_add(workspace, statements, ORCH_FEED_MESSAGE_CREATED, &message->channel->id,
                                  &message->id, ORCH_STR_NONE);
    kept->cursor_last = kept->cursor;
    for (size_t i = 0; i < post->turns_count; i++) {
        const orch_turn_new *turn = &post->turns[i];

        kept->turns[i] = ++workspace->turn_last;
        add_turn(statements, kept, turn, kept->turns[i], post->parent_id.len > 0, time);
        if (turn->refused)
            add_refusal(statements, kept, turn, kept->turns[i]);
    }
}

/* ---- the answer ---- */

static void give_problem(posting *kept, int error, const orch_result *result)
{
    orch_problem problem = {0};

    (void)orch__database_problem(&problem, error, result);
    kept->done(&problem, NULL, kept->user);
    free(kept);
}

static void repeated_read(int error, const orch_result *result, void *user)
{
    posting *kept = user;
    orch_message message;

    if (error || orch_result_rows(result, 0) == 0 ||
        !orch__message_read(kept->workspace, result, 0, 0, 0, &message)) {
        give_problem(kept, error ? error : ORCH_E_CONFLICT, result);
        return;
    }
    kept->done(NULL, &(orch_posted){.message = &message, .repeated = true}, kept->user);
    free(kept);
}

static void read_repeated(posting *kept)
{
    orch__statements statements = orch__statements_new();

    ORCH__ADD(&statements, sql_repeated, orch__id(&kept->message.author->id),
              orch__text(kept->message.client_id));
    int error = orch__statements_submit(&statements, kept->workspace, ORCH_BATCH_READ, repeated_read, kept);

    if (error)
        give_problem(kept, error, NULL);
}

static void give_failure(posting *kept, int error, const orch_result *result)
{
    size_t failed = (size_t)orch_result_failed_statement(result);
    orch_problem problem = {0};

    if (error == ORCH_E_EXISTS && failed == kept->statement_client_id) {
        read_repeated(kept);
        return;
    }
    if (error == ORCH_E_CONFLICT && failed == kept->statement_message)
        (void)orch__problem(&problem, ORCH_E_NOT_FOUND, "parentId",
                            "there is no message with this parentId in this channel");
    else if (error == ORCH_E_CONFLICT && failed == kept->statement_answered)
        (void)orch__problem(&problem, ORCH_E_CONFLICT, "", "the turn had ended before");
    else
        (void)orch__database_problem(&problem, error, result);
    kept->done(&problem, NULL, kept->user);
    free(kept);
}

static void count_committed(const posting *kept)
{
    if (kept->answering)
        orch__totals_committed(kept->answering, &kept->answered);
    for (size_t i = 0; i < kept->refused_count; i++)
        orch__totals_committed(kept->refused[i], &one_failure);
}

static void committed(int error, const orch_result *result, void *user)
{
    posting *kept = user;

    if (error) {
        give_failure(kept, error, result);
        return;
    }
    orch__feed_committed(kept->workspace, kept->cursor_last);
    count_committed(kept);
    if (orch_result_rows(result, kept->statement_message) == 1)
        ORCH_ASSERT(
            orch__id_set(&kept->message.parent_id, orch_result_text(result, kept->statement_message, 0, 0)));
    const orch_posted posted = {.message = &kept->message,
                                .cursor = kept->cursor,
                                .turns = kept->turns,
                                .turns_count = kept->turns_count};

    kept->done(NULL, &posted, kept->user);
    free(kept);
}

static int submit(orch__statements *statements, posting *kept)
{
    int error = orch__statements_submit(statements, kept->workspace, ORCH_BATCH_WRITE, committed, kept);

    if (error)
        free(kept);
    return error;
}

int orch_workspace_post(orch_workspace *workspace, const orch_post *post, orch_posted_fn done, void *user)
{
    orch_problem problem;
    orch__time_text time;
    int error = orch_workspace_check_post(workspace, post, &problem);

    if (error)
        return error;
    posting *kept = keep(workspace, post, done, user);

    if (!kept)
        return ORCH_E_NO_MEMORY;
    orch__statements statements = orch__statements_new();

    orch__time_write(kept->message.created_ms, &time);
    add_post(&statements, kept, post, &time);
    return submit(&statements, kept);
}

int orch_workspace_reply(orch_workspace *workspace, const orch_turn_ending *ending, orch_reply_kind kind,
                         const orch_post *post, orch_posted_fn done, void *user)
{
    orch_problem problem;
    orch__time_text time;
    int error = check_reply(post, &problem);

    if (error)
        return error;
    posting *kept = keep(workspace, post, done, user);

    if (!kept)
        return ORCH_E_NO_MEMORY;
    orch__statements statements = orch__statements_new();

    orch__time_write(kept->message.created_ms, &time);
    kept->statement_answered =
        ORCH__ADD(&statements, sql_answered, orch__integer(kind), orch__id(&kept->message.id),
                  orch__time(&time), orch__integer(ending->turn), orch__integer(ending->epoch));
    orch__statements_expect(&statements, 1);
    add_post(&statements, kept, post, &time);
    kept->answering = ending->orchestrator;
    kept->answered = (orch_totals){
        .answered = 1, .tokens_input = ending->tokens_input, .tokens_output = ending->tokens_output};
    orch__totals_add(&statements, kept->answering, &kept->answered);
    return submit(&statements, kept);
}
