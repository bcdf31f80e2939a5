#include "workspace.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "directory_load.h"
#include "schema.h"
#include "statements.h"
#include "turn_rows.h"

static const char sql_end_old_sessions[] = "DELETE FROM sessions WHERE expires < $1";
static const char sql_end_old_tokens[] = "DELETE FROM orchd_tokens WHERE expires_at < $1";

static int open_loaded(orch_workspace *workspace, char *out_message, size_t message_size)
{
    int error = orch_database_migrate(workspace->database, orch__migrations, orch__migrations_count,
                                      out_message, message_size);

    return error ? error : orch__directory_load(workspace, out_message, message_size);
}

/* What has expired is of no use to anybody. A failure shows up elsewhere: expiry is checked at every login, and a
 * cursor that is not kept is a gap. */
static void begin_life(orch_workspace *workspace)
{
    orch__statements statements = orch__statements_new();
    orch__time_text now;

    orch__time_write(orch__now(workspace), &now);
    ORCH__ADD(&statements, sql_end_old_sessions, orch__time(&now));
    ORCH__ADD(&statements, sql_end_old_tokens, orch__time(&now));
    orch__feed_add_birth(workspace, &statements);
    int error = orch__statements_submit(&statements, workspace, ORCH_BATCH_WRITE, NULL, NULL);

    (void)error;
    orch_database_drain(workspace->database);
}

int orch_workspace_open(orch_database *database, orch_workspace **out_workspace, char *out_message,
                        size_t message_size)
{
    char unread[256];
    orch_workspace *workspace = calloc(1, sizeof *workspace);
    int error;

    if (!out_message) {
        out_message = unread;
        message_size = sizeof unread;
    }
    snprintf(out_message, message_size, "out of memory");
    if (!workspace)
        return ORCH_E_NO_MEMORY;
    workspace->database = database;
    workspace->directory = orch__directory_new();
    error = sodium_init() < 0 ? ORCH_E_INTERNAL : workspace->directory ? 0 : ORCH_E_NO_MEMORY;
    if (!error)
        error = open_loaded(workspace, out_message, message_size);
    if (error) {
        orch_workspace_close(workspace);
        return error;
    }
    begin_life(workspace);
    *out_workspace = workspace;
    return 0;
}

void orch_workspace_close(orch_workspace *workspace)
{
    if (!workspace)
        return;
    orch_database_drain(workspace->database);
    orch__token_cache_fini(&workspace->tokens);
    orch__directory_free(workspace->directory);
    free(workspace);
}

orch_directory *orch_workspace_directory(orch_workspace *workspace)
{
    return workspace->directory;
}

void orch_workspace_set_clock(orch_workspace *workspace, int64_t (*now_ms)(void *user), void *user)
{
    workspace->clock = now_ms;
    workspace->clock_user = user;
}
