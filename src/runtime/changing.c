/* Edits, deletions and reactions: the workspace does them, the feed is told. */
#include "runtime_parts.h"

#include <stdlib.h>
#include <string.h>

typedef struct change {
    orch_runtime *runtime;
    orch_notice_kind kind;
    orch_changed_fn done;
    void *user;
    orch_user *actor;
    bool present;
    orch_id message_id;
    size_t emoji_len;
    char emoji[ORCH_EMOJI_MAX];
} change;

static void deletion_ended(const change *made, bool committed)
{
    orch_str id = orch__runtime_id_text(&made->message_id);

    if (committed)
        orch__live_turns_deleted(made->runtime, id);
    else
        orch__live_turns_deletion_failed(made->runtime, id);
}

static void changed(const orch_problem *problem, const orch_changed *result, void *user)
{
    change *made = user;
    orch_runtime *runtime = made->runtime;
    orch_notice notice = {.kind = made->kind,
                          .user = made->actor,
                          .emoji = {made->emoji, made->emoji_len},
                          .present = made->present};

    made->done(problem, result, made->user);
    if (!problem && result->cursor && result->message) {
        notice.cursor = result->cursor;
        notice.message = result->message;
        notice.channel = result->message->channel;
        orch__publish(runtime, &notice);
    }
    if (made->kind == ORCH_NOTICE_MESSAGE_DELETED)
        deletion_ended(made, !problem);
    else if (made->kind == ORCH_NOTICE_MESSAGE_UPDATED)
        orch__live_turns_forget_text(runtime, orch__runtime_id_text(&made->message_id));
    free(made);
}

static change *change_new(orch_runtime *runtime, orch_notice_kind kind, orch_user *actor, orch_str id,
                          orch_changed_fn done, void *user, orch_problem *problem)
{
    change *made = runtime->closing ? NULL : calloc(1, sizeof *made);

    if (runtime->closing) {
        (void)orch__runtime_problem(problem, ORCH_E_CLOSED, "", "the server is shutting down");
        return NULL;
    }
    if (!made) {
        (void)orch__runtime_problem(problem, ORCH_E_NO_MEMORY, "", "out of memory");
        return NULL;
    }
    made->runtime = runtime;
    made->kind = kind;
    made->actor = actor;
    if (id.len < sizeof made->message_id.text)
        memcpy(made->message_id.text, id.ptr, id.len);
    made->done = done;
    made->user = user;
    return made;
}

/* The workspace calls back only when it took the change. */
static int taken(change *made, int error)
{
    if (error)
        free(made);
    return error;
}

int orch_runtime_edit(orch_runtime *runtime, orch_user *actor, orch_str id, orch_str content,
                      orch_changed_fn done, void *user, orch_problem *problem)
{
    change *made = change_new(runtime, ORCH_NOTICE_MESSAGE_UPDATED, actor, id, done, user, problem);

    if (!made)
        return problem->error;
    return taken(made, orch_workspace_edit(runtime->workspace, actor, id, content, changed, made, problem));
}

int orch_runtime_delete(orch_runtime *runtime, orch_user *actor, orch_str id, orch_changed_fn done,
                        void *user, orch_problem *problem)
{
    change *made = change_new(runtime, ORCH_NOTICE_MESSAGE_DELETED, actor, id, done, user, problem);

    int error;

    if (!made)
        return problem->error;
    error = taken(made, orch_workspace_delete(runtime->workspace, actor, id, changed, made, problem));
    if (!error)
        orch__live_turns_deletion_sent(runtime, id);
    return error;
}

int orch_runtime_react(orch_runtime *runtime, orch_user *actor, orch_str id, orch_str emoji, bool present,
                       orch_changed_fn done, void *user, orch_problem *problem)
{
    change *made = change_new(runtime, ORCH_NOTICE_REACTION_CHANGED, actor, id, done, user, problem);

    if (!made)
        return problem->error;
    made->present = present;
    made->emoji_len = emoji.len < sizeof made->emoji ? emoji.len : sizeof made->emoji;
    if (made->emoji_len > 0)
        memcpy(made->emoji, emoji.ptr, made->emoji_len);
    return taken(made,
                 orch_workspace_react(runtime->workspace, actor, id, emoji, present, changed, made, problem));
}
