/* A failed turn that is to be tried again: read with what it needs, then made pending under a new number.
 *
 * The number is a new one, since the numbers that are given out ascend and are taken once; the row stays, so that a message has one turn
 * for each orchestrator. Whoever still holds the former number ends nothing with it.
 */
#include "turn_rows.h"

#include <stdlib.h>

static const char sql_failed[] = "SELECT t.epoch, t.vp_id, t.channel_id, t.message_id, t.parent_id, t.hops, "
                                 "t.state, m.author_id, m.is_deleted "
                                 "FROM orchd_turns t JOIN messages m ON m.id = t.message_id WHERE t.id = $1";
static const char sql_retry[] = "UPDATE orchd_turns SET id = $1, state = 0, kind = 0, error_code = NULL, "
                                "error_message = NULL, updated_at = $2 "
                                "WHERE id = $3 AND state = 2";

/* ---- reading ---- */

typedef struct reading {
    orch_workspace *workspace;
    orch_user *actor;
    int64_t turn;
    orch_turn_fn done;
    void *user;
} reading;

static int not_there(orch_problem *problem)
{
    return orch__problem(problem, ORCH_E_NOT_FOUND, "turnId", "there is no such turn in a channel of yours");
}

static int check_right(const reading *kept, const orch_turn_row *row, orch_problem *problem)
{
    const orch_user *actor = kept->actor;

    if (!actor || orch_user_administers(actor, row->channel->organization))
        return 0;
    if (!orch_channel_has_member(row->channel, actor) || actor->status != ORCH_USER_ACTIVE)
        return not_there(problem);
    if (actor != row->author)
        return orch__problem(problem, ORCH_E_FORBIDDEN, "turnId",
                             "only the message's author and administrators have it answered again");
    return 0;
}

static int check_state(const orch_turn_row *row, int64_t state, bool deleted, orch_problem *problem)
{
    if (state != ORCH__TURN_STATE_FAILED)
        return orch__problem(problem, ORCH_E_STATE, "turnId",
                             state == ORCH__TURN_PENDING ? "it has not failed: an answer is on its way"
                                                         : "it has not failed: it was dealt with");
    if (deleted)
        return orch__problem(problem, ORCH_E_STATE, "turnId", "its message was deleted");
    if (row->channel->archived || row->channel->removed)
        return orch__problem(problem, ORCH_E_STATE, "turnId", "%s is archived", row->channel->name);
    if (row->orchestrator->user->removed || !orch_channel_has_member(row->channel, row->orchestrator->user))
        return orch__problem(problem, ORCH_E_STATE, "turnId", "its orchestrator is not in %s any more",
                             row->channel->name);
    return 0;
}

static int read_turn(const reading *kept, const orch_result *result, orch_turn_row *out_row,
                     orch_problem *problem)
{
    const orch_directory *directory = kept->workspace->directory;
    orch_str parent_id = ORCH_STR_NONE;
    int error;

    if (orch_result_rows(result, 0) == 0)
        return not_there(problem);
    parent_id = orch_result_text(result, 0, 0, 4);
    *out_row = (orch_turn_row){
        .id = kept->turn,
        .epoch = (uint32_t)orch_result_integer(result, 0, 0, 0),
        .orchestrator = orch_directory_orchestrator(directory, orch_result_text(result, 0, 0, 1)),
        .channel = orch_directory_channel(directory, orch_result_text(result, 0, 0, 2)),
        .author = orch_directory_user(directory, orch_result_text(result, 0, 0, 7)),
        .hops = (uint32_t)orch_result_integer(result, 0, 0, 5),
    };
    if (!out_row->orchestrator || !out_row->channel ||
        !orch__id_set(&out_row->message_id, orch_result_text(result, 0, 0, 3)) ||
        (parent_id.len > 0 && !orch__id_set(&out_row->parent_id, parent_id)))
        return not_there(problem);
    error = check_right(kept, out_row, problem);
    return error ? error
                 : check_state(out_row, orch_result_integer(result, 0, 0, 6),
                               orch_result_integer(result, 0, 0, 8) != 0, problem);
}

static void failed_read(int error, const orch_result *result, void *user)
{
    reading *kept = user;
    orch_problem problem = {0};
    orch_turn_row row = {0};

    if (error)
        (void)orch__database_problem(&problem, error, result);
    else
        error = read_turn(kept, result, &row, &problem);
    kept->done(error ? &problem : NULL, error ? NULL : &row, kept->user);
    free(kept);
}

int orch_workspace_failed_turn(orch_workspace *workspace, orch_user *actor, int64_t turn, orch_turn_fn done,
                               void *user)
{
    orch__statements statements = orch__statements_new();
    reading *kept = malloc(sizeof *kept);

    if (kept)
        *kept = (reading){workspace, actor, turn, done, user};
    else
        statements.error = ORCH_E_NO_MEMORY;
    ORCH__ADD(&statements, sql_failed, orch__integer(turn));
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_READ, failed_read, kept);

    if (error)
        free(kept);
    return error;
}

/* ---- trying again ---- */

typedef struct retrying {
    orch_turn_row row;
    orch_turn_fn done;
    void *user;
} retrying;

static void made_pending(int error, const orch_result *result, void *user)
{
    retrying *kept = user;
    orch_problem problem = {0};

    if (error == ORCH_E_CONFLICT)
        (void)orch__problem(&problem, ORCH_E_CONFLICT, "turnId",
                            "somebody else was faster: it is tried again already");
    else if (error)
        (void)orch__database_problem(&problem, error, result);
    kept->done(error ? &problem : NULL, error ? NULL : &kept->row, kept->user);
    free(kept);
}

int orch_workspace_retry_turn(orch_workspace *workspace, const orch_turn_row *failed, orch_turn_fn done,
                              void *user)
{
    orch__statements statements = orch__statements_new();
    retrying *kept = malloc(sizeof *kept);
    orch__time_text time;

    if (kept)
        *kept = (retrying){*failed, done, user};
    else
        statements.error = ORCH_E_NO_MEMORY;
    orch__time_write(orch__now(workspace), &time);
    if (kept)
        kept->row.id = ++workspace->turn_last;
    ORCH__ADD(&statements, sql_retry, orch__integer(workspace->turn_last), orch__time(&time),
              orch__integer(failed->id));
    orch__statements_expect(&statements, 1);
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_WRITE, made_pending, kept);

    if (error)
        free(kept);
    return error;
}
