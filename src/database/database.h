/* The database port: batches of SQL, each executed atomically, answered later on the host's thread.
 *
 * Invariants
 *  1. A batch is all or nothing. Batches of one port are executed in the order in which they were submitted.
 *  2. A write batch is answered only after it is durable (synchronous=FULL). Many batches may share one commit.
 *  3. Callbacks run inside orch_database_deliver(), on the thread that calls it, in order of submission for writes.
 *  4. A batch whose connection breaks ends with an error; the port never repeats a write on its own.
 *
 * SQL is the common subset of SQLite and PostgreSQL: `$1` parameters, ON CONFLICT, RETURNING.
 */
#ifndef ORCHD_DATABASE_H
#define ORCHD_DATABASE_H

#include "orchd/error.h"
#include "orchd/types.h"

typedef struct orch_database orch_database;
typedef struct orch_batch orch_batch;

typedef enum orch_value_kind {
    ORCH_VALUE_NULL,
    ORCH_VALUE_INTEGER,
    ORCH_VALUE_REAL,
    ORCH_VALUE_TEXT,
    ORCH_VALUE_BLOB,
} orch_value_kind;

typedef struct orch_value {
    orch_value_kind kind;
    union {
        int64_t integer;
        double real;
        orch_str text; /* TEXT and BLOB */
    };
} orch_value;

typedef struct orch_result orch_result;
typedef enum orch_batch_kind { ORCH_BATCH_READ, ORCH_BATCH_WRITE } orch_batch_kind;

#define ORCH_BATCH_STATEMENTS_MAX 16384
#define ORCH_PARAMETERS_MAX       32

/* ---- opening ---- */

typedef struct orch_database_config {
    uint32_t version;
    const char *path; /* SQLite: the file */
    bool read_only;
    bool unshared;            /* with read_only: nobody has it open, so no file is made beside it */
    uint32_t group_rows_max;  /* batches a commit; default 128 */
    uint32_t readers;         /* reader threads; default 1 */
    uint32_t waiting_max;     /* batches that wait; beyond it submit answers ORCH_E_BUSY; default 100000 */
    size_t cache_bytes;       /* page cache of each connection; default 2 MiB */
    void (*wake)(void *user); /* from any thread: answers wait, call orch_database_deliver() soon */
    void *wake_user;
    /* NULL, or told of each answer before its own callback, on the same thread. */
    void (*observe)(orch_batch_kind kind, int error, const orch_result *result, void *user);
    void *observe_user;
} orch_database_config;

#define ORCH_DATABASE_CONFIG_VERSION 1u
void orch_database_config_init(orch_database_config *config);

/* Opens or creates. ORCH_E_IO, ORCH_E_CORRUPT, ORCH_E_LOCKED, ORCH_E_NO_MEMORY; `out_message` (optional) says what
 * is wrong, terminated. Blocks: call it at start-up. Does not migrate. */
ORCH_MUST_USE int orch_sqlite_open(const orch_database_config *config, orch_database **out_database,
                                   char *out_message, size_t message_size);

/* Waits for what was submitted, delivers it, closes. */
void orch_database_close(orch_database *database);

/* ---- batches ---- */

/* NULL when memory is short. Owned by the caller until submitted. */
orch_batch *orch_batch_new(void);
void orch_batch_free(orch_batch *batch);

/* `sql` is a string with static lifetime: its address is the key of the prepared statement. Values are copied.
 * Returns the statement's index, or a negative orch_error. */
ORCH_MUST_USE int orch_batch_add(orch_batch *batch, const char *sql, const orch_value *values, size_t count);

/* The batch is rolled back with ORCH_E_CONFLICT unless the statement added last changed (or returned) at least
 * `rows` rows. */
void orch_batch_expect(orch_batch *batch, uint32_t rows);

/* What SQL itself refuses: ORCH_E_EXISTS (unique), ORCH_E_NOT_FOUND (foreign key), ORCH_E_INVALID (any other
 * constraint), ORCH_E_INTERNAL (statements that are wrong).
 *
 * `error` 0: `result` is valid during the call. Otherwise `result` may be NULL and the whole batch had no effect. */
typedef void (*orch_batch_done)(int error, const orch_result *result, void *user);

/* Takes the batch in any case. ORCH_E_BUSY, ORCH_E_CLOSED: it was freed and `done` is not called.
 * A read sees every write that was delivered before it was submitted. Any thread. */
ORCH_MUST_USE int orch_database_submit(orch_database *database, orch_batch *batch, orch_batch_kind kind,
                                       orch_batch_done done, void *user);

/* Runs the callbacks of what is finished; returns how many. The host's thread, not from a callback. */
size_t orch_database_deliver(orch_database *database);

/* Blocks until everything submitted is finished and delivered. For start-up and for commands without a loop. */
void orch_database_drain(orch_database *database);

/* ---- results ---- */

size_t orch_result_statements(const orch_result *result);
size_t orch_result_rows(const orch_result *result, size_t statement);
uint64_t orch_result_changes(const orch_result *result, size_t statement);
/* Borrowed from the result. A column that does not exist is an assertion. */
orch_value orch_result_value(const orch_result *result, size_t statement, size_t row, size_t column);
/* NULL, and a value of another kind, reads as 0 and as ORCH_STR_NONE. */
int64_t orch_result_integer(const orch_result *result, size_t statement, size_t row, size_t column);
double orch_result_real(const orch_result *result, size_t statement, size_t row, size_t column);
orch_str orch_result_text(const orch_result *result, size_t statement, size_t row, size_t column);
/* The statement that failed, for ORCH_E_CONFLICT and SQL errors; and the database's own words. */
int orch_result_failed_statement(const orch_result *result);
const char *orch_result_message(const orch_result *result);

/* ---- migrations ---- */

typedef struct orch_migration {
    uint32_t number; /* ascending from 1, never reused */
    const char *name;
    const char *const *statements; /* NULL-terminated */
} orch_migration;

/* Applies what is missing, each migration in one transaction, recorded in orchd_migrations. Blocks. A database
 * that is newer than the list is refused with ORCH_E_UNSUPPORTED. */
ORCH_MUST_USE int orch_database_migrate(orch_database *database, const orch_migration *migrations,
                                        size_t count, char *out_message, size_t message_size);

/* ---- for drivers: a driver is one file and one constructor ---- */

typedef struct orch_database_ops {
    /* Takes the batch. Must not block. Any thread. */
    int (*submit)(orch_database *database, orch_batch *batch, orch_batch_kind kind, orch_batch_done done,
                  void *user);
    /* The host's thread. */
    size_t (*deliver)(orch_database *database);
    void (*drain)(orch_database *database);
    void (*close)(orch_database *database);
} orch_database_ops;

#endif
