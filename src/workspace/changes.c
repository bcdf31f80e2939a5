/* Changes to a message that is there: edit, delete, react.
 *
 *     read the message ──▶ may the actor? ──▶ change + feed entry + the message anew, one transaction ──▶ done
 *
 * The statement that changes repeats what was checked, so that nothing that happened in between is overwritten.
 * Deleting takes content and metadata out of the database; the row stays, since threads hang on it.
 */
#include "json_text.h"
#include "message_rows.h"
#include "post.h"
#include "search_index.h"
#include "turn_rows.h"

#include <stdlib.h>
#include <string.h>

static const char sql_read[] = "SELECT " ORCH__MESSAGE_COLUMNS ORCH__MESSAGE_FROM "WHERE m.id = $1";
static const char sql_edit[] =
    "UPDATE messages SET content = $1, is_edited = true, edited_at = $2, updated_at = $2 "
    "WHERE id = $3 AND is_deleted = false";
static const char sql_delete[] =
    "UPDATE messages SET content = '', metadata = '{}', is_deleted = true, deleted_at = $1, updated_at = $1 "
    "WHERE id = $2 AND is_deleted = false";
static const char sql_react[] =
    "INSERT INTO reactions (id, emoji, message_id, user_id, created_at) "
    "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (message_id, user_id, emoji) DO NOTHING";
static const char sql_unreact[] =
    "DELETE FROM reactions WHERE message_id = $1 AND user_id = $2 AND emoji = $3";
static const char sql_reactions[] =
    "SELECT emoji, user_id FROM reactions WHERE message_id = $1 ORDER BY created_at, id";

typedef enum change_kind { CHANGE_EDIT, CHANGE_DELETE, CHANGE_REACT, CHANGE_UNREACT } change_kind;

typedef struct change {
    orch_workspace *workspace;
    orch_user *actor;
    change_kind kind;
    orch_id id;
    orch_changed_fn done;
    void *user;
    int64_t cursor;
    size_t statement_message;
    size_t text_len;
    char text[]; /* the new content, or the emoji */
} change;

static void give_problem(change *kept, const orch_problem *problem)
{
    kept->done(problem, NULL, kept->user);
    free(kept);
}

static void give_error(change *kept, int error, const orch_result *result)
{
    orch_problem problem = {0};

    (void)orch__database_problem(&problem, error, result);
    give_problem(kept, &problem);
}

/* ---- the transaction ---- */

static void changed(int error, const orch_result *result, void *user)
{
    change *kept = user;
    bool reaction = kept->kind == CHANGE_REACT || kept->kind == CHANGE_UNREACT;
    orch_changed outcome = {0};
    orch_problem problem = {0};
    orch_message message;

    if (error == ORCH_E_CONFLICT && reaction) {
        kept->done(NULL, &outcome, kept->user);
        free(kept);
        return;
    }
    if (error == ORCH_E_CONFLICT) {
        (void)orch__problem(&problem, ORCH_E_NOT_FOUND, "id", "the message was deleted");
        give_problem(kept, &problem);
        return;
    }
    if (error) {
        give_error(kept, error, result);
        return;
    }
    orch__feed_committed(kept->workspace, kept->cursor);
    outcome.cursor = kept->cursor;
    if (orch__message_read(kept->workspace, result, kept->statement_message, 0, 0, &message))
        outcome.message = &message;
    kept->done(NULL, &outcome, kept->user);
    free(kept);
}

static void add_change(orch__statements *statements, change *kept, const orch__time_text *time)
{
    orch_str text = {kept->text, kept->text_len};
    orch_id reaction_id;

    switch (kept->kind) {
    case CHANGE_EDIT:
        ORCH__ADD(statements, sql_edit, orch__text(text), orch__time(time), orch__id(&kept->id));
        break;
    case CHANGE_DELETE:
        ORCH__ADD(statements, sql_delete, orch__time(time), orch__id(&kept->id));
        break;
    case CHANGE_REACT:
        orch__ids_make(&kept->workspace->ids, orch__now(kept->workspace), &reaction_id);
        ORCH__ADD(statements, sql_react, orch__id(&reaction_id), orch__text(text), orch__id(&kept->id),
                  orch__id(&kept->actor->id), orch__time(time));
        break;
    case CHANGE_UNREACT:
        ORCH__ADD(statements, sql_unreact, orch__id(&kept->id), orch__id(&kept->actor->id), orch__text(text));
        break;
    }
    orch__statements_expect(statements, 1);
    if (kept->kind == CHANGE_EDIT || kept->kind == CHANGE_DELETE)
        orch__search_follow(statements);
}

static char *reaction_details(const change *kept)
{
    json_t *details = json_pack("{s:s%, s:s, s:b}", "emoji", kept->text, kept->text_len, "userId",
                                kept->actor->id.text, "present", kept->kind == CHANGE_REACT);
    char *json;
    int error = orch_json_write(details, JSON_COMPACT, &json);

    json_decref(details);
    return error ? NULL : json;
}

static orch_feed_entry_kind feed_kind(change_kind kind)
{
    if (kind == CHANGE_EDIT)
        return ORCH_FEED_MESSAGE_UPDATED;
    return kind == CHANGE_DELETE ? ORCH_FEED_MESSAGE_DELETED : ORCH_FEED_REACTION_CHANGED;
}

static void submit_change(change *kept, const orch_message *message)
{
    bool reaction = kept->kind == CHANGE_REACT || kept->kind == CHANGE_UNREACT;
    char *details = reaction ? reaction_details(kept) : NULL;
    orch__statements statements = orch__statements_new();
    orch__time_text time;

    orch__time_write(orch__now(kept->workspace), &time);
    add_change(&statements, kept, &time);
    kept->cursor = orch__feed_add(kept->workspace, &statements, feed_kind(kept->kind), &message->channel->id,
                                  &kept->id, orch__text_of(details));
    kept->statement_message = ORCH__ADD(&statements, sql_read, orch__id(&kept->id));
    if (reaction && !details)
        statements.error = ORCH_E_NO_MEMORY;
    free(details);
    int error = orch__statements_submit(&statements, kept->workspace, ORCH_BATCH_WRITE, changed, kept);

    if (error)
        give_error(kept, error, NULL);
}

/* ---- may the actor? ---- */

static int check_right(const change *kept, const orch_message *message, orch_problem *problem)
{
    const orch_user *actor = kept->actor;

    if (!actor)
        return 0;
    bool member = orch_channel_has_member(message->channel, actor) && actor->status == ORCH_USER_ACTIVE;
    bool administers = orch_user_administers(actor, message->channel->organization);

    if (kept->kind == CHANGE_DELETE && administers)
        return 0;
    if (!member || message->deleted)
        return orch__problem(problem, ORCH_E_NOT_FOUND, "id",
                             "there is no such message in a channel of yours");
    if (kept->kind == CHANGE_EDIT && message->author != actor)
        return orch__problem(problem, ORCH_E_FORBIDDEN, "id", "only its author edits a message");
    if (kept->kind == CHANGE_DELETE && message->author != actor)
        return orch__problem(problem, ORCH_E_FORBIDDEN, "id",
                             "only its author or an administrator deletes a message");
    return 0;
}

static void message_read(int error, const orch_result *result, void *user)
{
    change *kept = user;
    orch_problem problem = {0};
    orch_message message;

    if (error) {
        give_error(kept, error, result);
        return;
    }
    if (orch_result_rows(result, 0) == 0 || !orch__message_read(kept->workspace, result, 0, 0, 0, &message))
        error =
            orch__problem(&problem, ORCH_E_NOT_FOUND, "id", "there is no such message in a channel of yours");
    else
        error = check_right(kept, &message, &problem);
    if (error)
        give_problem(kept, &problem);
    else
        submit_change(kept, &message);
}

static int begin(const change *wanted, orch_str id, orch_str text, orch_problem *problem)
{
    orch__statements statements = orch__statements_new();
    change *kept = malloc(sizeof *kept + text.len + 1);

    if (kept) {
        *kept = *wanted;
        kept->text_len = text.len;
        if (text.len > 0)
            memcpy(kept->text, text.ptr, text.len);
        kept->text[text.len] = '\0';
    } else {
        statements.error = ORCH_E_NO_MEMORY;
    }
    if (kept && !orch__id_set(&kept->id, id))
        statements.error = ORCH_E_NOT_FOUND;
    ORCH__ADD(&statements, sql_read, orch__text(id));
    int error = orch__statements_submit(&statements, wanted->workspace, ORCH_BATCH_READ, message_read, kept);

    if (!error)
        return 0;
    free(kept);
    return error == ORCH_E_NOT_FOUND ? orch__problem(problem, error, "id", "there is no such message")
                                     : orch__database_problem(problem, error, NULL);
}

int orch_workspace_edit(orch_workspace *workspace, orch_user *actor, orch_str id, orch_str content,
                        orch_changed_fn done, void *user, orch_problem *problem)
{
    const change wanted = {
        .workspace = workspace, .actor = actor, .kind = CHANGE_EDIT, .done = done, .user = user};
    int error = orch__check_content(content, problem);

    return error ? error : begin(&wanted, id, content, problem);
}

int orch_workspace_delete(orch_workspace *workspace, orch_user *actor, orch_str id, orch_changed_fn done,
                          void *user, orch_problem *problem)
{
    const change wanted = {
        .workspace = workspace, .actor = actor, .kind = CHANGE_DELETE, .done = done, .user = user};

    return begin(&wanted, id, ORCH_STR_NONE, problem);
}

int orch_workspace_react(orch_workspace *workspace, orch_user *actor, orch_str id, orch_str emoji,
                         bool present, orch_changed_fn done, void *user, orch_problem *problem)
{
    const change wanted = {.workspace = workspace,
                           .actor = actor,
                           .kind = present ? CHANGE_REACT : CHANGE_UNREACT,
                           .done = done,
                           .user = user};
    int error = orch__check_name(problem, "emoji", emoji, ORCH_EMOJI_MAX);

    return error ? error : begin(&wanted, id, emoji, problem);
}

/* ---- reading reactions ---- */

typedef struct listing {
    orch_workspace *workspace;
    orch_user *reader;
    orch_reactions_fn done;
    void *user;
} listing;

static int check_listing(const listing *kept, const orch_result *result, orch_problem *problem)
{
    orch_message message;

    if (orch_result_rows(result, 0) == 1 && orch__message_read(kept->workspace, result, 0, 0, 0, &message) &&
        (!kept->reader || orch_channel_has_member(message.channel, kept->reader)))
        return 0;
    return orch__problem(problem, ORCH_E_NOT_FOUND, "id", "there is no such message in a channel of yours");
}

static void reactions_read(int error, const orch_result *result, void *user)
{
    listing *kept = user;
    orch_problem problem = {0};
    orch_reaction *items = NULL;
    size_t count = 0;

    if (error)
        (void)orch__database_problem(&problem, error, result);
    else
        error = check_listing(kept, result, &problem);
    if (!error) {
        count = orch_result_rows(result, 1);
        items = malloc((count + 1) * sizeof *items);
        if (!items)
            error = orch__database_problem(&problem, ORCH_E_NO_MEMORY, NULL);
    }
    for (size_t i = 0; i < count && !error; i++)
        items[i] = (orch_reaction){orch_result_text(result, 1, i, 0), orch_result_text(result, 1, i, 1)};
    kept->done(error ? &problem : NULL, items, error ? 0 : count, kept->user);
    free(items);
    free(kept);
}

int orch_workspace_reactions(orch_workspace *workspace, orch_user *reader, orch_str message_id,
                             orch_reactions_fn done, void *user)
{
    orch__statements statements = orch__statements_new();
    listing *kept = malloc(sizeof *kept);

    if (kept)
        *kept = (listing){workspace, reader, done, user};
    else
        statements.error = ORCH_E_NO_MEMORY;
    ORCH__ADD(&statements, sql_read, orch__text(message_id));
    ORCH__ADD(&statements, sql_reactions, orch__text(message_id));
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_READ, reactions_read, kept);

    if (error)
        free(kept);
    return error;
}
