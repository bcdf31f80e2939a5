/* `orchd backup FILE`: a copy of the database, also while a server writes to it.
 *
 * The copy is written beside FILE (FILE.partial), checked, and renamed: FILE is there as a whole or not at all. What a backup
 * that was killed leaves behind is overwritten by the next one.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arguments.h"
#include "data_directory.h"
#include "database_copy.h"
#include "json_output.h"

typedef struct backup_options {
    const char *data;
    bool force;
    bool json;
} backup_options;

static void print_done(const backup_options *options, const char *file, const orch__database_copy *copy)
{
    if (options->json) {
        json_t *out =
            json_pack("{s:s,s:I,s:I,s:I,s:I}", "file", file, "bytes", (json_int_t)copy->bytes,
                      "unfinishedTurns", (json_int_t)copy->survey.turns_unfinished, "schema",
                      (json_int_t)copy->survey.schema, "milliseconds", (json_int_t)(copy->seconds * 1000));

        orch__print_json(out);
        json_decref(out);
        return;
    }
    printf("Backed up %s to %s: %.1f MB in %.1f s, checked.\n", options->data, file,
           (double)copy->bytes / 1e6, copy->seconds);
}

/* True when FILE may be written. */
static bool may_write(const backup_options *options, const char *file)
{
    struct stat there;

    if (lstat(file, &there))
        return true;
    if (!S_ISREG(there.st_mode)) {
        fprintf(stderr, "error: %s is no ordinary file; name another one\n", file);
        return false;
    }
    if (!options->force)
        fprintf(stderr, "error: %s exists already; name another file, or overwrite it with --force\n", file);
    return options->force;
}

static int backup(const backup_options *options, const char *file)
{
    orch__data_directory directory;
    orch__database_copy copy;
    char partial[ORCH_PATH_MAX];
    char message[512];

    if (orch__data_directory_init(&directory, options->data) ||
        (size_t)snprintf(partial, sizeof(partial), "%s.partial", file) >= sizeof(partial)) {
        fprintf(stderr, "error: the path is too long\n");
        return ORCH_EXIT_FAILURE;
    }
    if (!orch__data_directory_is_workspace(&directory)) {
        if (errno == ENOENT)
            fprintf(stderr, "error: there is no workspace in %s; --data DIR names another directory\n",
                    options->data);
        else
            fprintf(stderr, "error: %s cannot be opened: %s\n", options->data, strerror(errno));
        return ORCH_EXIT_FAILURE;
    }
    if (!may_write(options, file))
        return ORCH_EXIT_FAILURE;
    if (orch__database_copy_make(&copy, directory.database, partial, message, sizeof(message)) ||
        orch__database_copy_place(partial, file, message, sizeof(message))) {
        fprintf(stderr, "error: no backup was made: %s\n", message);
        return ORCH_EXIT_FAILURE;
    }
    print_done(options, file, &copy);
    return ORCH_EXIT_OK;
}

int orch__command_backup(const orch_command *command, int argc, char **argv)
{
    backup_options options = {.data = "data"};
    const orch__option table[] = {
        ORCH__DATA_OPTION(&options.data),
        {"--force", NULL, "overwrite FILE", ORCH__OPTION_FLAG, &options.force},
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
    if (strcmp(file, "-") == 0)
        return orch__usage_error(command, "a backup is a file, and is checked as one; name a FILE");
    return backup(&options, file);
}
