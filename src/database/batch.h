/* A batch and its result, as the port and its drivers see them.
 *
 * One arena holds statements, values and results, so that a batch costs one allocation where it is small.
 * A batch has one owner at a time: the host until it is submitted, one driver thread until it is finished, then the
 * host again.
 */
#ifndef ORCHD_BATCH_H
#define ORCHD_BATCH_H

#include "database.h"

#define ORCH__BATCH_INLINE_STATEMENTS 8
#define ORCH__BATCH_INLINE_BYTES      1280

typedef struct orch__chunk {
    struct orch__chunk *next;
    size_t size;
    size_t used;
    _Alignas(16) char bytes[];
} orch__chunk;

typedef struct orch__statement {
    const char *sql;
    orch_value *values;
    orch_value *cells; /* rows * columns */
    uint64_t changes;
    uint32_t values_count;
    uint32_t expected; /* rows changed or returned; 0: any number */
    uint32_t columns;
    uint32_t rows;
    uint32_t rows_room;
} orch__statement;

struct orch_result {
    orch__statement *statements;
    size_t count;
    int failed; /* index, -1: none */
    const char *message;
};

struct orch_batch {
    orch_batch *next;
    orch_batch_done done;
    void *user;
    orch_batch_kind kind;
    int error;
    bool once; /* statements that are not worth keeping prepared: migrations */
    uint32_t room;
    orch_result result;
    orch__chunk *chunks; /* beyond the inline bytes */
    size_t inline_used;
    orch__statement inline_statements[ORCH__BATCH_INLINE_STATEMENTS];
    _Alignas(16) char inline_bytes[ORCH__BATCH_INLINE_BYTES];
};

/* A first-in-first-out list. */
typedef struct orch__batch_list {
    orch_batch *first;
    orch_batch *last;
    size_t count;
} orch__batch_list;

void orch__batch_list_append(orch__batch_list *list, orch_batch *batch);
orch_batch *orch__batch_list_take(orch__batch_list *list);
/* Moves all of `from` behind `to`. */
void orch__batch_list_move(orch__batch_list *to, orch__batch_list *from);

/* NULL: no memory. Aligned for any value; lives as long as the batch. */
void *orch__batch_allocate(orch_batch *batch, size_t size);
/* A new row of `columns` cells for the result of a statement; NULL: no memory. */
orch_value *orch__batch_row(orch_batch *batch, orch__statement *statement, uint32_t columns);
/* Forgets results, before a batch is run again. */
void orch__batch_rewind(orch_batch *batch);
/* Notes what failed, with the database's words (copied). Returns `error`. */
int orch__batch_fail(orch_batch *batch, int error, size_t statement, const char *message);
/* True unless the statement had to change or return more rows than it did. */
bool orch__statement_satisfied(const orch__statement *statement);

/* What every driver's struct begins with. */
struct orch_database {
    const orch_database_ops *ops;
};

#endif
