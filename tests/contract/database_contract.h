/* What every database driver must do: one suite, run against each of them. */
#ifndef ORCHD_DATABASE_CONTRACT_H
#define ORCHD_DATABASE_CONTRACT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "database.h"

/* A driver under test. */
typedef struct contract_driver {
    const char *name;
    /* Opens a database without tables; `config` holds limits and wake, the rest is the driver's. */
    orch_database *(*open_empty)(orch_database_config *config);
    /* Opens the same one again. */
    orch_database *(*open_again)(orch_database_config *config);
    /* After the last close. */
    void (*forget)(void);
} contract_driver;

/* Runs the suite; returns the number of failed tests. */
int contract_run(const contract_driver *driver);

/* ---- for tests of a driver of its own ---- */

/* What a batch answered, copied. */
typedef struct contract_answer {
    int calls;
    int error;
    int failed_statement;
    uint64_t changes[4]; /* of the first statements */
    size_t rows[4];
    int64_t integer; /* row 0, column 0 of the last statement, if there is one */
    size_t order;    /* the number of this call among all */
} contract_answer;

extern size_t contract_calls; /* callbacks so far: the order of answers */
void contract_note(int error, const orch_result *result, void *user);

#define CONTRACT_INTEGER(number) ((orch_value){.kind = ORCH_VALUE_INTEGER, .integer = (number)})
#define CONTRACT_TEXT(literal)   ((orch_value){.kind = ORCH_VALUE_TEXT, .text = ORCH_STR(literal)})

void contract_add(orch_batch *batch, const char *sql, size_t count, const orch_value *values);
/* One statement without parameters: runs it, waits. Returns the answer. */
contract_answer contract_run_sql(orch_database *database, orch_batch_kind kind, const char *sql);
/* The integer that a query gives. */
int64_t contract_ask(orch_database *database, const char *sql);

#endif
