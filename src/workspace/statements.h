/* Putting a batch together without looking at each step: the first error stays and is returned at the end. */
#ifndef ORCHD_STATEMENTS_H
#define ORCHD_STATEMENTS_H

#include "workspace_state.h"

typedef struct orch__statements {
    orch_batch *batch;
    int error;
    size_t count;
} orch__statements;

orch__statements orch__statements_new(void);
/* The statement's index; meaningless once there was an error. */
size_t orch__statements_add(orch__statements *statements, const char *sql, const orch_value *values,
                            size_t count);
void orch__statements_expect(orch__statements *statements, uint32_t rows);
/* Submits, or frees what there is and returns the error. */
ORCH_MUST_USE int orch__statements_submit(orch__statements *statements, orch_workspace *workspace,
                                          orch_batch_kind kind, orch_batch_done done, void *user);

#define ORCH__ADD(statements, sql, ...)                                                                      \
    orch__statements_add((statements), (sql), (const orch_value[]){__VA_ARGS__},                             \
                         sizeof((const orch_value[]){__VA_ARGS__}) / sizeof(orch_value))

/* The words for an error of the database, for a person. Returns `error`. */
int orch__database_problem(orch_problem *problem, int error, const orch_result *result);

#endif
