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

/* A write batch that reads one row: it takes the write lock, and costs no sync because nothing changes. */
int orch_workspace_probe(orch_workspace *workspace, orch_probe_fn done, void *user)
{
    orch__statements statements = orch__statements_new();
    probe *asked = malloc(sizeof *asked);
    int error;

    if (!asked) {
        orch_batch_free(statements.batch);
        return ORCH_E_NO_MEMORY;
    }
    *asked = (probe){.done = done, .user = user};
    orch__statements_add(&statements, "SELECT count(*) FROM orchd_migrations", NULL, 0);
    error = orch__statements_submit(&statements, workspace, ORCH_BATCH_WRITE, probed, asked);
    if (error)
        free(asked);
    return error;
}
