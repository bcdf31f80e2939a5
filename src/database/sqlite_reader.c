#include "sqlite.h"

/* One transaction for several statements: they see one state of the database. It wrote nothing, so a rollback ends it. */
static void run_read(orch__sqlite_thread *thread, orch_batch *batch)
{
    orch__connection *connection = &thread->connection;
    char words[ORCH__WORDS_MAX];
    int error = batch->result.count > 1 ? orch__connection_step(connection, connection->begin_read) : 0;

    if (error)
        (void)orch__batch_fail(batch, error, 0, orch__connection_words(connection, words, sizeof words));
    else
        (void)orch__connection_run(connection, batch); /* the batch keeps its error */
    orch__connection_rollback(connection);
    if (orch__error_needs_renewal(batch->error))
        orch__connection_renew(connection, &thread->owner->config, ORCH__CONNECTION_READER);
}

void *orch__sqlite_read(void *argument)
{
    orch__sqlite_thread *thread = argument;
    orch__sqlite *sqlite = thread->owner;

    for (;;) {
        orch__batch_list one = {0};

        pthread_mutex_lock(&sqlite->lock);
        while (!sqlite->reads.first && !sqlite->ending)
            pthread_cond_wait(&sqlite->reads_wait, &sqlite->lock);
        orch_batch *batch = orch__batch_list_take(&sqlite->reads);

        pthread_mutex_unlock(&sqlite->lock);
        if (!batch)
            return NULL;
        run_read(thread, batch);
        orch__batch_list_append(&one, batch);
        orch__sqlite_finish(sqlite, &one);
    }
}
