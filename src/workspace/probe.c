#include "statements.h"

#include <stdlib.h>

typedef struct probe {
    orch_probe_fn done;
    void *user;
} probe;

static void probed(int error, const orch_result *result, void *user)
{
    probe *asked = user;
    orch_problem problem = {0};

    if (error)
        (void)orch__database_problem(&problem, error, result);
    asked->done(error ? &problem : NULL, asked->user);
    free(asked);
}

/* No migration has a negative number. */
static void add_writing(orch__statements *statements, const orch_workspace *workspace)
{
    orch__time_text now;

    orch__time_write(orch__now(workspace), &now);
    ORCH__ADD(statements, "INSERT INTO orchd_migrations (number, name, applied_at) VALUES (-1, 'probe', $1)",
              orch__time(&now));
    orch__statements_add(statements, "DELETE FROM orchd_migrations WHERE number = -1", NULL, 0);
}

int orch_workspace_probe(orch_workspace *workspace, orch_probe_kind kind, orch_probe_fn done, void *user)
{
    orch__statements statements = orch__statements_new();
    probe *asked = malloc(sizeof *asked);
    int error;

    if (!asked) {
        orch_batch_free(statements.batch);
        return ORCH_E_NO_MEMORY;
    }
    *asked = (probe){.done = done, .user = user};
    if (kind == ORCH_PROBE_WRITES)
        add_writing(&statements, workspace);
    else
        orch__statements_add(&statements, "SELECT count(*) FROM orchd_migrations", NULL, 0);
    error = orch__statements_submit(&statements, workspace, ORCH_BATCH_WRITE, probed, asked);
    if (error)
        free(asked);
    return error;
}
