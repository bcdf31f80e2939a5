#include "batch.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

typedef struct outcome {
    int error;
    int64_t newest; /* number of the newest migration that was applied */
    char message[256];
} outcome;

static void note_outcome(int error, const orch_result *result, void *user)
{
    outcome *seen = user;

    seen->error = error;
    if (error)
        snprintf(seen->message, sizeof seen->message, "%s", result ? orch_result_message(result) : "");
    else if (orch_result_rows(result, result->count - 1) > 0)
        seen->newest = orch_result_integer(result, result->count - 1, 0, 0);
}

static int run(orch_database *database, orch_batch *batch, orch_batch_kind kind, outcome *out_seen)
{
    *out_seen = (outcome){0};
    batch->once = true;
    int error = orch_database_submit(database, batch, kind, note_outcome, out_seen);

    if (error)
        return error;
    orch_database_drain(database);
    return out_seen->error;
}

static int read_newest(orch_database *database, outcome *out_seen)
{
    orch_batch *batch = orch_batch_new();

    if (!batch)
        return ORCH_E_NO_MEMORY;
    int error =
        orch_batch_add(batch,
                       "CREATE TABLE IF NOT EXISTS orchd_migrations ("
                       "number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMP(3) NOT NULL)",
                       NULL, 0);

    if (error >= 0)
        error = orch_batch_add(batch, "SELECT max(number) FROM orchd_migrations", NULL, 0);
    if (error < 0) {
        orch_batch_free(batch);
        return error;
    }
    return run(database, batch, ORCH_BATCH_WRITE, out_seen);
}

static int add_record(orch_batch *batch, const orch_migration *migration)
{
    char at[32];
    time_t now = time(NULL);
    struct tm utc;

    strftime(at, sizeof at, "%Y-%m-%d %H:%M:%S.000", gmtime_r(&now, &utc));
    const orch_value values[] = {
        {.kind = ORCH_VALUE_INTEGER, .integer = migration->number},
        {.kind = ORCH_VALUE_TEXT, .text = {migration->name, strlen(migration->name)}},
        {.kind = ORCH_VALUE_TEXT, .text = {at, strlen(at)}},
    };

    return orch_batch_add(
        batch, "INSERT INTO orchd_migrations (number, name, applied_at) VALUES ($1, $2, $3)", values, 3);
}

static int apply(orch_database *database, const orch_migration *migration, outcome *out_seen)
{
    orch_batch *batch = orch_batch_new();

    if (!batch)
        return ORCH_E_NO_MEMORY;
    int added = 0;

    for (size_t i = 0; migration->statements[i] && added >= 0; i++)
        added = orch_batch_add(batch, migration->statements[i], NULL, 0);
    if (added >= 0)
        added = add_record(batch, migration);
    if (added < 0) {
        orch_batch_free(batch);
        return added;
    }
    return run(database, batch, ORCH_BATCH_WRITE, out_seen);
}

int orch_database_migrate(orch_database *database, const orch_migration *migrations, size_t count,
                          char *out_message, size_t message_size)
{
    outcome seen;
    int error = read_newest(database, &seen);
    int64_t newest = seen.newest;

    if (!error && newest > (int64_t)migrations[count - 1].number) {
        snprintf(out_message, message_size,
                 "the database has migration %lld, this program knows them up to %u: use a newer orchd",
                 (long long)newest, migrations[count - 1].number);
        return ORCH_E_UNSUPPORTED;
    }
    if (error)
        snprintf(out_message, message_size, "the list of migrations cannot be read: %s (%s)", seen.message,
                 orch_error_text(error));
    for (size_t i = 0; i < count && !error; i++) {
        if ((int64_t)migrations[i].number <= newest)
            continue;
        error = apply(database, &migrations[i], &seen);
        if (error)
            snprintf(out_message, message_size, "migration %u (%s) failed: %s (%s)", migrations[i].number,
                     migrations[i].name, seen.message, orch_error_text(error));
    }
    return error;
}
