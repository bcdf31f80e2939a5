/* Brings what is in the log into the database file, on a thread and a connection of its own: a checkpoint inside a commit makes
 * whoever waits for that commit wait for the whole of it.
 *
 *     writer ── the log has grown ──▶ wanted ──▶ checkpoint beside the writer, again while much is left ──▶ the rest,
 *                                                while the writer pauses between two groups ──▶ the log begins anew
 *
 * A log begins anew only when all of it is in the file at the start of a transaction, which never happens beside a writer
 * that always has something to do. So the last round keeps it away, for the few pages of one or two groups.
 *
 * Invariants
 *  1. The writer holds `writing` while a transaction is open; the last round holds it too. Nobody waits for anything else
 *     under it, but for the disk.
 *  2. A group begins only where the log has less than LOG_PAGES_MAX or no checkpoint is under way. So the log is bounded,
 *     unless a reader (of another process, as ours are short) holds it back.
 *  3. A checkpoint that fails loses nothing: the log keeps what was committed. It is tried again when the log has grown on.
 */
#include "sqlite.h"

#define CHECKPOINT_PAGES 4000  /* 16 MB */
#define LOG_PAGES_MAX    16000 /* the writer waits for the checkpoint */
#define REST_PAGES       300
#define ROUNDS_MAX       4

/* SQLite calls it on the writer's thread after each commit. */
static int log_grew(void *user, sqlite3 *connection, const char *schema, int pages)
{
    orch__sqlite *sqlite = user;

    (void)connection;
    (void)schema;
    pthread_mutex_lock(&sqlite->lock);
    sqlite->log_pages = pages;
    if (pages < sqlite->log_pages_next - CHECKPOINT_PAGES)
        sqlite->log_pages_next = CHECKPOINT_PAGES; /* it began anew */
    if (pages >= sqlite->log_pages_next && !sqlite->checkpoint_wanted) {
        sqlite->checkpoint_wanted = true;
        pthread_cond_signal(&sqlite->checkpoint_wait);
    }
    pthread_mutex_unlock(&sqlite->lock);
    return SQLITE_OK;
}

void orch__sqlite_watch_log(orch__sqlite *sqlite)
{
    pthread_mutex_lock(&sqlite->lock);
    sqlite->log_pages_next = CHECKPOINT_PAGES;
    pthread_mutex_unlock(&sqlite->lock);
    sqlite3_wal_hook(sqlite->writer.connection.sqlite, log_grew, sqlite);
}

void orch__sqlite_await_checkpoint(orch__sqlite *sqlite)
{
    pthread_mutex_lock(&sqlite->lock);
    while (sqlite->checkpoint_wanted && sqlite->log_pages >= LOG_PAGES_MAX && !sqlite->ending)
        pthread_cond_wait(&sqlite->checkpoint_done, &sqlite->lock);
    pthread_mutex_unlock(&sqlite->lock);
}

/* The pages of the log that are left; -1: it failed, or a reader holds it back. */
static int checkpoint(orch__sqlite *sqlite, int *out_pages)
{
    orch__connection *connection = &sqlite->checkpointer.connection;
    int done = 0;
    int code =
        sqlite3_wal_checkpoint_v2(connection->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, out_pages, &done);

    if (orch__error_needs_renewal(orch__sqlite_error(connection->sqlite, code)))
        orch__connection_renew(connection, &sqlite->config, ORCH__CONNECTION_CHECKPOINTER);
    return code == SQLITE_OK ? *out_pages - done : -1;
}

static void run_rounds(orch__sqlite *sqlite)
{
    int pages = 0;
    int left = checkpoint(sqlite, &pages);

    for (int round = 1; round < ROUNDS_MAX && left > REST_PAGES; round++)
        left = checkpoint(sqlite, &pages);
    if (left > 0) {
        pthread_mutex_lock(&sqlite->writing);
        left = checkpoint(sqlite, &pages);
        pthread_mutex_unlock(&sqlite->writing);
    }
    pthread_mutex_lock(&sqlite->lock);
    sqlite->log_pages_next = left == 0 ? CHECKPOINT_PAGES : pages + CHECKPOINT_PAGES;
    sqlite->checkpoint_wanted = false;
    pthread_cond_signal(&sqlite->checkpoint_done);
    pthread_mutex_unlock(&sqlite->lock);
}

void *orch__sqlite_checkpoint(void *argument)
{
    orch__sqlite_thread *thread = argument;
    orch__sqlite *sqlite = thread->owner;

    for (;;) {
        pthread_mutex_lock(&sqlite->lock);
        while (!sqlite->checkpoint_wanted && !sqlite->ending)
            pthread_cond_wait(&sqlite->checkpoint_wait, &sqlite->lock);
        bool ending = sqlite->ending;

        pthread_mutex_unlock(&sqlite->lock);
        if (ending)
            return NULL;
        run_rounds(sqlite);
    }
}
