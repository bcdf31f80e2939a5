#include "statements.h"

orch__statements orch__statements_new(void)
{
    orch_batch *batch = orch_batch_new();

    return (orch__statements){.batch = batch, .error = batch ? 0 : ORCH_E_NO_MEMORY};
}

size_t orch__statements_add(orch__statements *statements, const char *sql, const orch_value *values,
                            size_t count)
{
    int index = statements->error ? statements->error : orch_batch_add(statements->batch, sql, values, count);

    if (index >= 0) {
        statements->count++;
        return (size_t)index;
    }
    statements->error = index;
    return 0;
}

void orch__statements_expect(orch__statements *statements, uint32_t rows)
{
    if (!statements->error)
        orch_batch_expect(statements->batch, rows);
}

int orch__statements_submit(orch__statements *statements, orch_workspace *workspace, orch_batch_kind kind,
                            orch_batch_done done, void *user)
{
    orch_batch *batch = statements->batch;

    statements->batch = NULL;
    if (!statements->error)
        return orch_database_submit(workspace->database, batch, kind, done, user);
    orch_batch_free(batch);
    return statements->error;
}

int orch__database_problem(orch_problem *problem, int error, const orch_result *result)
{
    switch (error) {
    case ORCH_E_DISK_FULL:
        return orch__problem(
            problem, error, "",
            "nothing was stored: the disk of the server is full; try again when it has room");
    case ORCH_E_IO:
    case ORCH_E_CORRUPT:
        return orch__problem(problem, error, "", "the database failed, nothing was changed: %s (%s)",
                             orch_error_text(error), result ? orch_result_message(result) : "");
    case ORCH_E_NO_MEMORY:
    case ORCH_E_LOCKED:
        return orch__problem(problem, error, "", "nothing was changed: %s; try again in a moment",
                             orch_error_text(error));
    case ORCH_E_BUSY:
        return orch__problem(problem, error, "", "the database has too much to do; try again later");
    case ORCH_E_INTERNAL:
        return orch__problem(problem, error, "", "an error inside orchd: %s",
                             result ? orch_result_message(result) : "");
    default:
        return orch__problem(problem, error, "", "%s", orch_error_text(error));
    }
}
