#include "totals.h"

#include <stdlib.h>

static const char sql_add[] =
    "INSERT INTO orchd_totals (vp_id, answered, failed, input_tokens, output_tokens) VALUES ($1, $2, $3, $4, "
    "$5) "
    "ON CONFLICT (vp_id) DO UPDATE SET answered = orchd_totals.answered + excluded.answered, "
    "failed = orchd_totals.failed + excluded.failed, "
    "input_tokens = orchd_totals.input_tokens + excluded.input_tokens, "
    "output_tokens = orchd_totals.output_tokens + excluded.output_tokens";

void orch__totals_add(orch__statements *statements, const orch_orchestrator *orchestrator,
                      const orch_totals *more)
{
    if (more->answered + more->failed + more->tokens_input + more->tokens_output == 0)
        return;
    ORCH__ADD(statements, sql_add, orch__id(&orchestrator->id), orch__integer((int64_t)more->answered),
              orch__integer((int64_t)more->failed), orch__integer((int64_t)more->tokens_input),
              orch__integer((int64_t)more->tokens_output));
}

void orch__totals_committed(orch_orchestrator *orchestrator, const orch_totals *more)
{
    orchestrator->totals.answered += more->answered;
    orchestrator->totals.failed += more->failed;
    orchestrator->totals.tokens_input += more->tokens_input;
    orchestrator->totals.tokens_output += more->tokens_output;
}

/* ---- outside of turns ---- */

typedef struct adding {
    orch_orchestrator *orchestrator;
    orch_totals more;
    orch_totals_stored_fn done;
    void *user;
} adding;

static void added(int error, const orch_result *result, void *user)
{
    adding *kept = user;
    orch_problem problem = {0};

    if (error)
        (void)orch__database_problem(&problem, error, result);
    else
        orch__totals_committed(kept->orchestrator, &kept->more);
    kept->done(error ? &problem : NULL, kept->user);
    free(kept);
}

int orch_workspace_add_totals(orch_workspace *workspace, orch_orchestrator *orchestrator,
                              const orch_totals *more, orch_totals_stored_fn done, void *user)
{
    adding *kept = malloc(sizeof *kept);

    if (!kept)
        return ORCH_E_NO_MEMORY;
    *kept = (adding){.orchestrator = orchestrator, .more = *more, .done = done, .user = user};
    orch__statements statements = orch__statements_new();

    orch__totals_add(&statements, orchestrator, more);
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_WRITE, added, kept);

    if (error)
        free(kept);
    return error;
}
