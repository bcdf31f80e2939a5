/* The one thread that writes: it takes what waits, runs it in one transaction, commits, and only then reports back.
 *
 * A batch that comes alone is committed at once. Groups arise from what arrives while a commit is on its way to the disk.
 *
 *     take ──▶ BEGIN ──▶ run all ──▶ COMMIT ──▶ finish
 *                           │ one fails
 *                           ▼
 *                        ROLLBACK ──▶ BEGIN ──▶ run all, each in a savepoint ──▶ COMMIT ──▶ finish
 *
 * Invariants
 *  1. A batch that fails takes nothing of another with it: the group is run again with savepoints, which cost a copy of
 *     each page that a batch touches, and so are not used where all goes well.
 *  2. An error of the disk, of memory or a damaged file fails the whole group and leaves no transaction open.
 *  3. After an error of the disk the connection is opened anew before the next group. A failed sync is never repeated: the
 *     system may have dropped what it could not write, so the group has failed, and its pages are written again by the next.
 */
#include "sqlite.h"

static void fail_all(orch__batch_list *group, int error, const char *message)
{
    for (orch_batch *batch = group->first; batch; batch = batch->next)
        if (!batch->error)
            (void)orch__batch_fail(batch, error, 0, message);
}

/* Runs up to the first batch that fails; returns its error. */
static int run_plain(orch__connection *connection, orch__batch_list *group)
{
    for (orch_batch *batch = group->first; batch; batch = batch->next) {
        int error = orch__connection_run(connection, batch);

        if (error)
            return error;
    }
    return 0;
}

/* 0, also when the batch failed by itself; otherwise what ended the transaction. */
static int run_guarded(orch__connection *connection, orch_batch *batch)
{
    int error = orch__connection_step(connection, connection->savepoint);

    if (error)
        return error;
    error = orch__connection_run(connection, batch);
    if (error && orch__error_ends_transaction(error))
        return error;
    if (error)
        error = orch__connection_step(connection, connection->rollback_to);
    return error ? error : orch__connection_step(connection, connection->release);
}

static int run_all_guarded(orch__connection *connection, orch__batch_list *group)
{
    for (orch_batch *batch = group->first; batch; batch = batch->next)
        orch__batch_rewind(batch);
    int error = orch__connection_step(connection, connection->begin_write);

    for (orch_batch *batch = group->first; batch && !error; batch = batch->next)
        error = run_guarded(connection, batch);
    return error;
}

static int commit(orch__connection *connection, orch__batch_list *group)
{
    int error = orch__connection_step(connection, connection->begin_write);

    if (!error)
        error = run_plain(connection, group);
    if (error && !orch__error_ends_transaction(error)) {
        orch__connection_rollback(connection);
        if (group->count == 1)
            return error;
        error = run_all_guarded(connection, group);
    }
    return error ? error : orch__connection_step(connection, connection->commit);
}

static void commit_group(orch__sqlite_thread *thread, orch__batch_list *group)
{
    orch__connection *connection = &thread->connection;
    char words[ORCH__WORDS_MAX];
    int error;

    if (orch__connection_moved(connection)) {
        fail_all(
            group, ORCH_E_IO,
            "the database file was moved, deleted or replaced while it was in use: put it back, or start "
            "orchd again");
        return;
    }
    error = commit(connection, group);
    if (error)
        fail_all(group, error, orch__connection_words(connection, words, sizeof words));
    orch__connection_rollback(connection);
    if (orch__error_needs_renewal(error)) {
        orch__connection_renew(connection, &thread->owner->config, ORCH__CONNECTION_WRITER);
        orch__sqlite_watch_log(thread->owner);
    }
}

static orch__batch_list take_group(orch__sqlite *sqlite)
{
    orch__batch_list group = {0};

    pthread_mutex_lock(&sqlite->lock);
    while (!sqlite->writes.first && !sqlite->ending)
        pthread_cond_wait(&sqlite->writes_wait, &sqlite->lock);
    if (sqlite->writes.count <= sqlite->config.group_rows_max)
        orch__batch_list_move(&group, &sqlite->writes);
    else
        while (group.count < sqlite->config.group_rows_max)
            orch__batch_list_append(&group, orch__batch_list_take(&sqlite->writes));
    pthread_mutex_unlock(&sqlite->lock);
    return group;
}

void *orch__sqlite_write(void *argument)
{
    orch__sqlite_thread *thread = argument;

    for (;;) {
        orch__batch_list group = take_group(thread->owner);

        if (!group.first)
            return NULL;
        orch__sqlite_await_checkpoint(thread->owner);
        pthread_mutex_lock(&thread->owner->writing);
        commit_group(thread, &group);
        pthread_mutex_unlock(&thread->owner->writing);
        orch__sqlite_finish(thread->owner, &group);
    }
}
