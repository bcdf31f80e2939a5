/* One SQLite connection.
 *
 * `$1` is a *name* for SQLite, numbered by first appearance, so each prepared statement keeps the way from SQLite's
 * parameter to ours (https://www.sqlite.org/lang_expr.html#varparam).
 *
 * Pragmas: WAL with synchronous=FULL makes a commit durable when COMMIT returns (https://www.sqlite.org/wal.html).
 * A COMMIT that fails in its fsync is reported as failed and rolled back; if the power fails right then, the log may hold
 * it all the same. No database can promise more.
 */
#include "sqlite_connection.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "orchd/assert.h"
#include "sqlite_log.h"

#define PREPARED_ROOM_FIRST 128
#define LOCK_WAIT_MS        10000
#define LOCK_PAUSE_US       500

static int reason_of_file(sqlite3 *sqlite, int which)
{
    sqlite3_file *file = NULL;
    int system = 0;

    if (!sqlite || sqlite3_file_control(sqlite, NULL, which, &file) != SQLITE_OK || !file ||
        !file->pMethods || file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &system) != SQLITE_OK)
        return 0;
    return system;
}

/* The system's reason, an errno: SQLite keeps it in the file concerned, which is the log or the database. 0: none. */
static int reason_of(sqlite3 *sqlite)
{
    int reason = reason_of_file(sqlite, SQLITE_FCNTL_JOURNAL_POINTER);

    return reason ? reason : reason_of_file(sqlite, SQLITE_FCNTL_FILE_POINTER);
}

/* SQLite knows ENOSPC by itself. A quota and a limit on the size of files are input/output errors for it. */
static bool disk_is_full(sqlite3 *sqlite, int code)
{
    int reason = reason_of(sqlite);

    return code == SQLITE_IOERR_SHMSIZE || reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
}

/* A read that the disk refused is damage for SQLite, as if the file had told lies. */
static bool disk_does_not_read(sqlite3 *sqlite)
{
    int reason = reason_of(sqlite);

    return reason == EIO || reason == ENXIO;
}

const char *orch__connection_words(const orch__connection *connection, char *out_words, size_t size)
{
    int reason = reason_of(connection->sqlite);
    int code = sqlite3_errcode(connection->sqlite) & 0xff;
    bool system = reason && (code == SQLITE_IOERR || code == SQLITE_FULL || code == SQLITE_CORRUPT);

    snprintf(out_words, size, "%s%s%s", sqlite3_errmsg(connection->sqlite), system ? ": " : "",
             system ? strerror(reason) : "");
    return out_words;
}

int orch__sqlite_error(sqlite3 *sqlite, int code)
{
    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
        code == SQLITE_CONSTRAINT_ROWID)
        return ORCH_E_EXISTS;
    if (code == SQLITE_CONSTRAINT_FOREIGNKEY)
        return ORCH_E_NOT_FOUND;
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
        return 0;
    case SQLITE_CONSTRAINT:
        return ORCH_E_INVALID;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ORCH_E_LOCKED;
    case SQLITE_NOMEM:
        return ORCH_E_NO_MEMORY;
    case SQLITE_FULL:
        return ORCH_E_DISK_FULL;
    case SQLITE_IOERR:
        return disk_is_full(sqlite, code) ? ORCH_E_DISK_FULL : ORCH_E_IO;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_PROTOCOL:
        return ORCH_E_IO;
    case SQLITE_CORRUPT:
        return disk_does_not_read(sqlite) ? ORCH_E_IO : ORCH_E_CORRUPT;
    case SQLITE_NOTADB:
        return ORCH_E_CORRUPT;
    case SQLITE_TOOBIG:
        return ORCH_E_TOO_LARGE;
    default:
        return ORCH_E_INTERNAL;
    }
}

bool orch__error_ends_transaction(int error)
{
    return error == ORCH_E_DISK_FULL || error == ORCH_E_IO || error == ORCH_E_NO_MEMORY ||
           error == ORCH_E_CORRUPT || error == ORCH_E_LOCKED;
}

/* Another process has the lock. SQLite's own handler pauses up to 100 ms at a time and so starves beside a busy writer. */
static int wait_for_lock(void *user, int calls)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_US * 1000L};

    (void)user;
    if (calls >= LOCK_WAIT_MS * 1000 / LOCK_PAUSE_US)
        return 0;
    nanosleep(&pause, NULL);
    return 1;
}

/* ---- opening ---- */

/* `path` as a URI, which is the only way to say "immutable" (https://www.sqlite.org/uri.html). False: too long. */
static bool write_uri(const char *path, char *out, size_t size)
{
    static const char prefix[] = "file:", suffix[] = "?immutable=1";
    size_t len = sizeof prefix - 1;

    memcpy(out, prefix, len);
    for (; *path; path++) {
        if (len + 3 + sizeof suffix > size)
            return false;
        if (strchr("%?#", *path))
            len += (size_t)snprintf(out + len, size - len, "%%%02X", (unsigned char)*path);
        else
            out[len++] = *path;
    }
    memcpy(out + len, suffix, sizeof suffix);
    return true;
}

int orch__sqlite_open_file(const char *path, int flags, bool unshared, const char *vfs, sqlite3 **out_sqlite)
{
    char uri[2 * PATH_MAX];
    int code;

    if (unshared && !write_uri(path, uri, sizeof uri))
        return SQLITE_CANTOPEN;
    code = unshared ? sqlite3_open_v2(uri, out_sqlite, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, vfs)
                    : sqlite3_open_v2(path, out_sqlite, flags | SQLITE_OPEN_NOMUTEX, vfs);
    if (code != SQLITE_OK)
        return code;
    sqlite3_extended_result_codes(*out_sqlite, 1);
    return sqlite3_busy_handler(*out_sqlite, wait_for_lock, NULL);
}

static int explain(orch__connection *connection, int code, const char *path, char *out_message,
                   size_t message_size)
{
    int error = orch__sqlite_error(connection->sqlite, code);
    int reason = connection->sqlite ? sqlite3_system_errno(connection->sqlite) : 0;
    bool system = reason && error != ORCH_E_CORRUPT;

    snprintf(out_message, message_size, "database %s: %s%s%s (%s)", path,
             connection->sqlite ? sqlite3_errmsg(connection->sqlite) : sqlite3_errstr(code),
             system ? ": " : "", system ? strerror(reason) : "", orch_error_text(error));
    return error;
}

static int refuse_readonly(const char *path, char *out_message, size_t message_size)
{
    snprintf(out_message, message_size, "database %s: it is read-only for this user (%s)", path,
             orch_error_text(ORCH_E_IO));
    return ORCH_E_IO;
}

/* SQLite answers with the mode that it chose: without shared memory it stays with another one, silently. */
static int set_wal(sqlite3 *sqlite)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(sqlite, "PRAGMA journal_mode=WAL", -1, &statement, NULL);

    if (code != SQLITE_OK)
        return code;
    code = sqlite3_step(statement);
    bool done = code == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;

    (void)sqlite3_finalize(statement); /* repeats the code of the step */
    if (done)
        return SQLITE_OK;
    return code == SQLITE_ROW ? SQLITE_CANTOPEN : code;
}

static int set_pragmas(orch__connection *connection, const orch_database_config *config,
                       orch__connection_kind kind)
{
    char text[400];

    snprintf(text, sizeof text,
             "PRAGMA cache_size=-%zu; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0; PRAGMA foreign_keys=ON;"
             "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA query_only=%d;",
             config->cache_bytes / 1024, kind == ORCH__CONNECTION_READER);
    int code = sqlite3_exec(connection->sqlite, text, NULL, NULL, NULL);

    if (code != SQLITE_OK || kind == ORCH__CONNECTION_READER)
        return code;
    code = set_wal(connection->sqlite);
    if (code != SQLITE_OK)
        return code;
    return sqlite3_exec(connection->sqlite, "PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864;",
                        NULL, NULL, NULL);
}

static int prepare_own(orch__connection *connection)
{
    const struct {
        sqlite3_stmt **statement;
        const char *sql;
    } own[] = {
        {&connection->begin_write, "BEGIN IMMEDIATE"},
        {&connection->begin_read, "BEGIN"},
        {&connection->commit, "COMMIT"},
        {&connection->rollback, "ROLLBACK"},
        {&connection->savepoint, "SAVEPOINT batch"},
        {&connection->release, "RELEASE batch"},
        {&connection->rollback_to, "ROLLBACK TO batch"},
    };

    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        int code = sqlite3_prepare_v3(connection->sqlite, own[i].sql, -1, SQLITE_PREPARE_PERSISTENT,
                                      own[i].statement, NULL);

        if (code != SQLITE_OK)
            return code;
    }
    return SQLITE_OK;
}

int orch__connection_open(orch__connection *connection, const orch_database_config *config,
                          orch__connection_kind kind, char *out_message, size_t message_size)
{
    int code = orch__sqlite_open_file(
        config->path, config->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE,
        config->read_only && config->unshared,
        kind == ORCH__CONNECTION_WRITER ? orch__sqlite_log_vfs() : NULL, &connection->sqlite);

    /* SQLite opens a file that it may not write for reading only, and does not say so. */
    if (code == SQLITE_OK && !config->read_only && sqlite3_db_readonly(connection->sqlite, NULL) == 1)
        return refuse_readonly(config->path, out_message, message_size);
    /* A checkpoint needs the log, not the schema; asking for a field of the header opens it. */
    if (code == SQLITE_OK && kind == ORCH__CONNECTION_CHECKPOINTER) {
        code = sqlite3_exec(connection->sqlite, "PRAGMA user_version", NULL, NULL, NULL);
        return code == SQLITE_OK ? 0 : explain(connection, code, config->path, out_message, message_size);
    }
    /* Reading the schema shows a file that is no database before anything is written to it. */
    if (code == SQLITE_OK)
        code = sqlite3_exec(connection->sqlite, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = set_pragmas(connection, config, config->read_only ? ORCH__CONNECTION_READER : kind);
    if (code == SQLITE_OK)
        code = prepare_own(connection);
    if (code != SQLITE_OK)
        return explain(connection, code, config->path, out_message, message_size);
    connection->prepared = calloc(PREPARED_ROOM_FIRST, sizeof *connection->prepared);
    if (!connection->prepared)
        return ORCH_E_NO_MEMORY;
    connection->prepared_room = PREPARED_ROOM_FIRST;
    return 0;
}

void orch__connection_fini(orch__connection *connection)
{
    sqlite3_stmt *const own[] = {connection->begin_write, connection->begin_read, connection->commit,
                                 connection->rollback,    connection->savepoint,  connection->release,
                                 connection->rollback_to};

    for (size_t i = 0; i < connection->prepared_room; i++)
        sqlite3_finalize(connection->prepared[i].statement);
    free(connection->prepared);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        sqlite3_finalize(own[i]);
    if (connection->sqlite)
        ORCH_ASSERT(sqlite3_close(connection->sqlite) == SQLITE_OK);
    memset(connection, 0, sizeof *connection);
}

/* ---- after a failure ---- */

bool orch__connection_moved(const orch__connection *connection)
{
    int moved = 0;

    return sqlite3_file_control(connection->sqlite, NULL, SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
           moved;
}

void orch__connection_renew(orch__connection *connection, const orch_database_config *config,
                            orch__connection_kind kind)
{
    orch__connection fresh = {0};
    char words[ORCH__WORDS_MAX];

    if (orch__connection_open(&fresh, config, kind, words, sizeof words) ||
        orch__connection_moved(connection)) {
        orch__connection_fini(&fresh);
        return;
    }
    orch__connection_fini(connection);
    *connection = fresh;
}

bool orch__error_needs_renewal(int error)
{
    return error == ORCH_E_IO || error == ORCH_E_CORRUPT;
}

/* ---- prepared statements ---- */

static size_t place_of(const orch__connection *connection, const char *sql)
{
    size_t mask = connection->prepared_room - 1;
    size_t i = (size_t)(((uintptr_t)sql * 0x9E3779B97F4A7C15u) >> 32) & mask;

    while (connection->prepared[i].sql && connection->prepared[i].sql != sql)
        i = (i + 1) & mask;
    return i;
}

static bool grow_prepared(orch__connection *connection)
{
    orch__connection larger = *connection;

    larger.prepared_room *= 2;
    larger.prepared = calloc(larger.prepared_room, sizeof *larger.prepared);
    if (!larger.prepared)
        return false;
    for (size_t i = 0; i < connection->prepared_room; i++) {
        const orch__prepared *old = &connection->prepared[i];

        if (old->sql)
            larger.prepared[place_of(&larger, old->sql)] = *old;
    }
    free(connection->prepared);
    *connection = larger;
    return true;
}

static int prepare(orch__connection *connection, const char *sql, unsigned flags,
                   orch__prepared *out_prepared)
{
    orch__prepared prepared = {.sql = sql};
    int code = sqlite3_prepare_v3(connection->sqlite, sql, -1, flags, &prepared.statement, NULL);

    if (code != SQLITE_OK)
        return code;
    prepared.parameters = (uint32_t)sqlite3_bind_parameter_count(prepared.statement);
    ORCH_ASSERT(prepared.statement && prepared.parameters <= ORCH_PARAMETERS_MAX);
    for (uint32_t i = 0; i < prepared.parameters; i++) {
        const char *name = sqlite3_bind_parameter_name(prepared.statement, (int)i + 1);
        long number = name && name[0] == '$' ? strtol(name + 1, NULL, 10) : 0;

        ORCH_ASSERT(number >= 1 && number <= ORCH_PARAMETERS_MAX);
        prepared.places[i] = (uint8_t)(number - 1);
    }
    *out_prepared = prepared;
    return SQLITE_OK;
}

static int find_prepared(orch__connection *connection, const char *sql, orch__prepared **out_prepared)
{
    size_t place = place_of(connection, sql);

    if (!connection->prepared[place].sql) {
        if (connection->prepared_count * 2 >= connection->prepared_room) {
            if (!grow_prepared(connection))
                return SQLITE_NOMEM;
            place = place_of(connection, sql);
        }
        int code = prepare(connection, sql, SQLITE_PREPARE_PERSISTENT, &connection->prepared[place]);

        if (code != SQLITE_OK)
            return code;
        connection->prepared_count++;
    }
    *out_prepared = &connection->prepared[place];
    return SQLITE_OK;
}

/* ---- running ---- */

static int bind_value(sqlite3_stmt *statement, int place, const orch_value *value)
{
    switch (value->kind) {
    case ORCH_VALUE_INTEGER:
        return sqlite3_bind_int64(statement, place, value->integer);
    case ORCH_VALUE_REAL:
        return sqlite3_bind_double(statement, place, value->real);
    case ORCH_VALUE_TEXT:
        return sqlite3_bind_text64(statement, place, value->text.ptr, value->text.len, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case ORCH_VALUE_BLOB:
        return sqlite3_bind_blob64(statement, place, value->text.ptr, value->text.len, SQLITE_STATIC);
    case ORCH_VALUE_NULL:
        break;
    }
    return sqlite3_bind_null(statement, place);
}

static bool copy_bytes(orch_batch *batch, const void *bytes, int len, orch_str *out_text)
{
    char *copy = orch__batch_allocate(batch, (size_t)len + 1);

    if (!copy)
        return false;
    if (len > 0)
        memcpy(copy, bytes, (size_t)len);
    copy[len] = '\0';
    *out_text = (orch_str){copy, (size_t)len};
    return true;
}

static bool read_cell(orch_batch *batch, sqlite3_stmt *statement, int column, orch_value *out_value)
{
    const void *bytes;

    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        *out_value =
            (orch_value){.kind = ORCH_VALUE_INTEGER, .integer = sqlite3_column_int64(statement, column)};
        return true;
    case SQLITE_FLOAT:
        *out_value = (orch_value){.kind = ORCH_VALUE_REAL, .real = sqlite3_column_double(statement, column)};
        return true;
    case SQLITE_TEXT:
        out_value->kind = ORCH_VALUE_TEXT;
        bytes = sqlite3_column_text(statement, column);
        return copy_bytes(batch, bytes, sqlite3_column_bytes(statement, column), &out_value->text);
    case SQLITE_BLOB:
        out_value->kind = ORCH_VALUE_BLOB;
        bytes = sqlite3_column_blob(statement, column);
        return copy_bytes(batch, bytes, sqlite3_column_bytes(statement, column), &out_value->text);
    default:
        *out_value = (orch_value){.kind = ORCH_VALUE_NULL};
        return true;
    }
}

static bool read_row(orch_batch *batch, orch__statement *statement, sqlite3_stmt *from)
{
    int columns = sqlite3_column_count(from);
    orch_value *cells = orch__batch_row(batch, statement, (uint32_t)columns);

    if (!cells)
        return false;
    for (int i = 0; i < columns; i++)
        if (!read_cell(batch, from, i, &cells[i]))
            return false;
    return true;
}

static int step_to_end(orch__connection *connection, orch_batch *batch, orch__statement *statement,
                       const orch__prepared *prepared)
{
    int code;

    ORCH_ASSERT(prepared->parameters == statement->values_count);
    for (uint32_t i = 0; i < prepared->parameters; i++) {
        code = bind_value(prepared->statement, (int)i + 1, &statement->values[prepared->places[i]]);
        if (code != SQLITE_OK)
            return code;
    }
    while ((code = sqlite3_step(prepared->statement)) == SQLITE_ROW)
        if (!read_row(batch, statement, prepared->statement))
            return SQLITE_NOMEM;
    if (code == SQLITE_DONE && !sqlite3_stmt_readonly(prepared->statement))
        statement->changes = (uint64_t)sqlite3_changes64(connection->sqlite);
    return code;
}

static int run_statement(orch__connection *connection, orch_batch *batch, size_t index)
{
    orch__statement *statement = &batch->result.statements[index];
    orch__prepared unkept;
    orch__prepared *prepared = &unkept;
    char words[ORCH__WORDS_MAX];
    int code = batch->once ? prepare(connection, statement->sql, 0, &unkept)
                           : find_prepared(connection, statement->sql, &prepared);

    if (code == SQLITE_OK) {
        code = step_to_end(connection, batch, statement, prepared);
        if (code != SQLITE_DONE)
            (void)orch__batch_fail(batch, orch__sqlite_error(connection->sqlite, code), index,
                                   orch__connection_words(connection, words, sizeof words));
        (void)sqlite3_reset(prepared->statement); /* repeats the code of the step */
        if (batch->once)
            (void)sqlite3_finalize(prepared->statement);
        if (code != SQLITE_DONE)
            return batch->error;
    } else {
        return orch__batch_fail(batch, orch__sqlite_error(connection->sqlite, code), index,
                                orch__connection_words(connection, words, sizeof words));
    }
    if (!orch__statement_satisfied(statement))
        return orch__batch_fail(batch, ORCH_E_CONFLICT, index, "fewer rows than expected");
    return 0;
}

int orch__connection_run(orch__connection *connection, orch_batch *batch)
{
    for (size_t i = 0; i < batch->result.count; i++) {
        int error = run_statement(connection, batch, i);

        if (error)
            return error;
    }
    return 0;
}

int orch__connection_step(orch__connection *connection, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    int error = orch__sqlite_error(connection->sqlite, code);

    (void)sqlite3_reset(statement); /* repeats the code of the step */
    return error;
}

void orch__connection_rollback(orch__connection *connection)
{
    if (sqlite3_get_autocommit(connection->sqlite))
        return;
    (void)orch__connection_step(connection, connection->rollback);
    ORCH_ASSERT(sqlite3_get_autocommit(connection->sqlite));
}
