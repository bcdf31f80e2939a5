/* One SQLite connection, used by one thread at a time: prepared statements by the address of their SQL, and the running
 * of a batch's statements. Knows nothing of threads and groups.
 */
#ifndef ORCHD_SQLITE_CONNECTION_H
#define ORCHD_SQLITE_CONNECTION_H

#include <sqlite3.h>

#include "batch.h"

typedef struct orch__prepared {
    const char *sql; /* the key, by address; NULL: a free place */
    sqlite3_stmt *statement;
    uint32_t parameters;
    uint8_t places[ORCH_PARAMETERS_MAX]; /* SQLite's parameter i+1 is `$places[i]` of ours, from 0 */
} orch__prepared;

typedef struct orch__connection {
    sqlite3 *sqlite;
    orch__prepared *prepared; /* open addressing, at most half full */
    size_t prepared_room;     /* a power of 2 */
    size_t prepared_count;
    sqlite3_stmt *begin_write;
    sqlite3_stmt *begin_read;
    sqlite3_stmt *commit;
    sqlite3_stmt *rollback;
    sqlite3_stmt *savepoint;
    sqlite3_stmt *release;
    sqlite3_stmt *rollback_to;
} orch__connection;

typedef enum orch__connection_kind {
    ORCH__CONNECTION_WRITER,
    ORCH__CONNECTION_READER,
    ORCH__CONNECTION_CHECKPOINTER, /* runs no batches */
} orch__connection_kind;

/* `connection` is zeroed by the caller; fini is legal on it in any case. */
ORCH_MUST_USE int orch__connection_open(orch__connection *connection, const orch_database_config *config,
                                        orch__connection_kind kind, char *out_message, size_t message_size);
void orch__connection_fini(orch__connection *connection);

/* After an error of the disk nothing that the connection remembers is trusted: it is opened anew, with the file's schema
 * read again. One that cannot be opened, or another file that took the place of the first, leaves the old one as it is:
 * the next failure tries again. Outside of a transaction. */
void orch__connection_renew(orch__connection *connection, const orch_database_config *config,
                            orch__connection_kind kind);
/* True for errors after which that is due. */
bool orch__error_needs_renewal(int error);
/* True when the file no longer has its name: it was renamed, deleted or replaced. What is written to it would be lost. */
bool orch__connection_moved(const orch__connection *connection);

#define ORCH__WORDS_MAX 256
/* SQLite's words for its last error, with the system's reason. Returns `out_words`. */
const char *orch__connection_words(const orch__connection *connection, char *out_words, size_t size);

/* Steps one of the connection's own statements: begin_write and so on. */
int orch__connection_step(orch__connection *connection, sqlite3_stmt *statement);
/* Ends whatever transaction is open; never fails in a way that leaves one open. */
void orch__connection_rollback(orch__connection *connection);

/* Runs the batch's statements in order up to the first that fails, which is noted in the batch. */
int orch__connection_run(orch__connection *connection, orch_batch *batch);

/* Opens the file alone, with extended codes and our waiting for locks. `unshared`: nobody else has it open, and no file may be
 * made beside it. The handle is to be closed also after a failure. Returns SQLite's code. */
ORCH_MUST_USE int orch__sqlite_open_file(const char *path, int flags, bool unshared, const char *vfs,
                                         sqlite3 **out_sqlite);

/* True for errors after which the whole transaction is lost, not only the statement: disk, memory, damage. */
bool orch__error_ends_transaction(int error);
/* From SQLite's extended result code; `connection` may be NULL. */
int orch__sqlite_error(sqlite3 *sqlite, int code);

#endif
