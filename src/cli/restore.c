/* `orchd restore FILE`: a data directory from a backup.
 *
 *     FILE ──copy──▶ orchd.db.restoring ──check──▶ rename ──▶ orchd.db
 *                                                    └ the database that was there: orchd.db.before-DATE, a second name
 *                                                      given to it first, so that no moment is without a database
 *
 * Invariants
 *  1. Killed at any moment, the directory has the old database or the new one, whole.
 *  2. No log of the old database stands beside the new one: SQLite would play it into it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "arguments.h"
#include "data_directory.h"
#include "database_copy.h"
#include "json_output.h"
#include "sqlite_file.h"

typedef struct restore_options {
    const char *data;
    bool force;
    bool json;
} restore_options;

typedef struct restoring {
    const restore_options *options;
    const char *file;
    orch__data_directory directory;
    char kept[ORCH_PATH_MAX + 64]; /* the old database's second name; empty: there was none */
} restoring;

static void print_done(const restoring *work, const orch__database_copy *copy)
{
    long long turns = copy->survey.turns_unfinished;

    if (work->options->json) {
        json_t *out =
            json_pack("{s:s,s:I,s:I,s:I,s:s*}", "data", work->options->data, "bytes", (json_int_t)copy->bytes,
                      "unfinishedTurns", (json_int_t)turns, "milliseconds",
                      (json_int_t)(copy->seconds * 1000), "kept", work->kept[0] ? work->kept : NULL);

        orch__print_json(out);
        json_decref(out);
        return;
    }
    printf("Restored %s from %s: %.1f MB in %.1f s, checked.\n", work->options->data, work->file,
           (double)copy->bytes / 1e6, copy->seconds);
    if (work->kept[0])
        printf("The database that was there is kept as %s.\n", work->kept);
    if (turns > 0)
        printf("%lld message%s had no answer yet: the next `orchd serve` answers.\n", turns,
               turns == 1 ? "" : "s");
}

static bool lock(restoring *work)
{
    const char *data = work->options->data;
    int error = orch__data_directory_init(&work->directory, data);

    if (!error)
        error = orch__data_directory_make(&work->directory);
    if (!error)
        error = orch__data_directory_lock(&work->directory);
    if (error == ORCH_E_LOCKED)
        fprintf(stderr, "error: a server runs on %s; stop it first, or use another --data\n", data);
    else if (error == ORCH_E_TOO_LARGE)
        fprintf(stderr, "error: the path is too long\n");
    else if (error)
        fprintf(stderr, "error: %s cannot be opened: %s\n", data, strerror(errno));
    return !error;
}

/* A second name for the old database and, where its log cannot be moved into it (it is damaged), for the log as well. */
static bool keep_old(restoring *work)
{
    const char *database = work->directory.database;
    char message[512], log[ORCH_PATH_MAX + 8], kept_log[sizeof(work->kept) + 8], date[32];
    time_t now = time(NULL);
    struct tm utc;

    if (access(database, F_OK))
        return true;
    strftime(date, sizeof(date), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
    snprintf(work->kept, sizeof(work->kept), "%s.before-%s", database, date);
    snprintf(log, sizeof(log), "%s-wal", database);
    snprintf(kept_log, sizeof(kept_log), "%s-wal", work->kept);
    if (orch_sqlite_settle(database, message, sizeof(message)))
        fprintf(stderr, "warning: the old database is damaged (%s); it is kept as it is\n", message);
    if (link(database, work->kept) || (access(log, F_OK) == 0 && link(log, kept_log))) {
        fprintf(
            stderr,
            "error: nothing was restored: %s cannot be kept as %s: %s; move it away yourself and try again\n",
            database, work->kept, strerror(errno));
        return false;
    }
    return true;
}

static void remove_log(const char *database)
{
    char name[ORCH_PATH_MAX + 8];

    snprintf(name, sizeof(name), "%s-wal", database);
    (void)unlink(name);
    snprintf(name, sizeof(name), "%s-shm", database);
    (void)unlink(name);
}

static int restore_locked(restoring *work)
{
    const char *database = work->directory.database;
    orch__database_copy copy;
    char beside[ORCH_PATH_MAX + 16], message[512];

    if (access(database, F_OK) == 0 && !work->options->force) {
        fprintf(stderr,
                "error: %s has a workspace already; use another --data, or replace it with --force (the old "
                "one is kept)\n",
                work->options->data);
        return ORCH_EXIT_FAILURE;
    }
    snprintf(beside, sizeof(beside), "%s.restoring", database);
    if (orch__database_copy_make(&copy, work->file, beside, message, sizeof(message))) {
        bool named = strncmp(message, work->file, strlen(work->file)) == 0;

        fprintf(stderr, "error: nothing was restored%s%s: %s\n", named ? "" : " from ",
                named ? "" : work->file, message);
        return ORCH_EXIT_FAILURE;
    }
    if (!keep_old(work)) {
        (void)unlink(beside);
        return ORCH_EXIT_FAILURE;
    }
    remove_log(database);
    if (orch__database_copy_place(beside, database, message, sizeof(message))) {
        fprintf(stderr, "error: nothing was restored: %s\n", message);
        return ORCH_EXIT_FAILURE;
    }
    print_done(work, &copy);
    return ORCH_EXIT_OK;
}

static int restore(const restore_options *options, const char *file)
{
    restoring work = {.options = options, .file = file};
    struct stat given;
    int code;

    if (access(file, R_OK)) {
        fprintf(stderr, "error: %s cannot be read: %s\n", file, strerror(errno));
        return ORCH_EXIT_FAILURE;
    }
    if (stat(file, &given) == 0 && !S_ISREG(given.st_mode)) {
        fprintf(stderr, "error: %s is no ordinary file; the FILE of a backup is meant\n", file);
        return ORCH_EXIT_FAILURE;
    }
    if (!lock(&work))
        return ORCH_EXIT_FAILURE;
    code = restore_locked(&work);
    orch__data_directory_unlock(&work.directory);
    return code;
}

int orch__command_restore(const orch_command *command, int argc, char **argv)
{
    restore_options options = {.data = "data"};
    const orch__option table[] = {
        ORCH__DATA_OPTION(&options.data),
        {"--force", NULL, "replace the workspace in DIR; the old database is kept beside the new one",
         ORCH__OPTION_FLAG, &options.force},
        ORCH__JSON_OPTION(&options.json),
        {0},
    };
    const char *file = NULL;
    size_t words;
    orch__parsed parsed = orch__parse(command, table, argc, argv, &file, 1, &words);

    if (parsed != ORCH__PARSED_OK)
        return orch__parsed_exit(parsed);
    if (words != 1)
        return orch__usage_error(command, "a FILE is needed");
    return restore(&options, file);
}
