/* The SQLite driver: opening, closing, and what passes between the host and the threads. See sqlite.h for the picture. */
#include "sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "orchd/assert.h"

#define STACK_BYTES ((size_t)512 << 10)

/* ---- the way of a batch ---- */

static int refuse(const orch__sqlite *sqlite, orch_batch_kind kind)
{
    if (sqlite->ending)
        return ORCH_E_CLOSED;
    if (sqlite->outstanding >= sqlite->config.waiting_max)
        return ORCH_E_BUSY;
    return kind == ORCH_BATCH_WRITE && sqlite->config.read_only ? ORCH_E_UNSUPPORTED : 0;
}

static int submit(orch_database *database, orch_batch *batch, orch_batch_kind kind, orch_batch_done done,
                  void *user)
{
    orch__sqlite *sqlite = (orch__sqlite *)database;

    batch->kind = kind;
    batch->done = done;
    batch->user = user;
    pthread_mutex_lock(&sqlite->lock);
    int error = refuse(sqlite, kind);

    if (!error) {
        sqlite->outstanding++;
        orch__batch_list_append(kind == ORCH_BATCH_WRITE ? &sqlite->writes : &sqlite->reads, batch);
        pthread_cond_signal(kind == ORCH_BATCH_WRITE ? &sqlite->writes_wait : &sqlite->reads_wait);
    }
    pthread_mutex_unlock(&sqlite->lock);
    if (error)
        orch_batch_free(batch);
    return error;
}

void orch__sqlite_finish(orch__sqlite *sqlite, orch__batch_list *batches)
{
    pthread_mutex_lock(&sqlite->lock);
    bool first = !sqlite->finished.first;

    orch__batch_list_move(&sqlite->finished, batches);
    pthread_cond_signal(&sqlite->finished_grew);
    pthread_mutex_unlock(&sqlite->lock);
    if (first && sqlite->config.wake)
        sqlite->config.wake(sqlite->config.wake_user);
}

static size_t deliver(orch_database *database)
{
    orch__sqlite *sqlite = (orch__sqlite *)database;
    orch__batch_list finished = {0};
    orch_batch *batch;
    size_t count = 0;

    pthread_mutex_lock(&sqlite->lock);
    orch__batch_list_move(&finished, &sqlite->finished);
    pthread_mutex_unlock(&sqlite->lock);
    while ((batch = orch__batch_list_take(&finished))) {
        if (sqlite->config.observe)
            sqlite->config.observe(batch->kind, batch->error, &batch->result, sqlite->config.observe_user);
        if (batch->done)
            batch->done(batch->error, &batch->result, batch->user);
        orch_batch_free(batch);
        count++;
    }
    pthread_mutex_lock(&sqlite->lock);
    sqlite->outstanding -= count;
    pthread_mutex_unlock(&sqlite->lock);
    return count;
}

static void drain(orch_database *database)
{
    orch__sqlite *sqlite = (orch__sqlite *)database;
    bool more = true;

    while (more) {
        (void)deliver(database);
        pthread_mutex_lock(&sqlite->lock);
        while (sqlite->outstanding > 0 && !sqlite->finished.first)
            pthread_cond_wait(&sqlite->finished_grew, &sqlite->lock);
        more = sqlite->outstanding > 0;
        pthread_mutex_unlock(&sqlite->lock);
    }
}

/* ---- closing ---- */

static void end_threads(orch__sqlite *sqlite)
{
    pthread_mutex_lock(&sqlite->lock);
    sqlite->ending = true;
    pthread_cond_broadcast(&sqlite->writes_wait);
    pthread_cond_broadcast(&sqlite->reads_wait);
    pthread_cond_signal(&sqlite->checkpoint_wait);
    pthread_cond_signal(&sqlite->checkpoint_done);
    pthread_mutex_unlock(&sqlite->lock);
    if (sqlite->checkpointer.started)
        pthread_join(sqlite->checkpointer.thread, NULL);
    if (sqlite->writer.started)
        pthread_join(sqlite->writer.thread, NULL);
    for (uint32_t i = 0; i < sqlite->readers_count; i++)
        if (sqlite->readers[i].started)
            pthread_join(sqlite->readers[i].thread, NULL);
}

static void free_driver(orch__sqlite *sqlite)
{
    for (uint32_t i = 0; i < sqlite->readers_count; i++)
        orch__connection_fini(&sqlite->readers[i].connection);
    orch__connection_fini(&sqlite->checkpointer.connection);
    orch__connection_fini(&sqlite->writer.connection); /* the last one: it tidies the log away */
    pthread_mutex_destroy(&sqlite->writing);
    pthread_cond_destroy(&sqlite->checkpoint_done);
    pthread_cond_destroy(&sqlite->checkpoint_wait);
    pthread_cond_destroy(&sqlite->finished_grew);
    pthread_cond_destroy(&sqlite->reads_wait);
    pthread_cond_destroy(&sqlite->writes_wait);
    pthread_mutex_destroy(&sqlite->lock);
    free((char *)sqlite->config.path);
    free(sqlite);
}

static void close_driver(orch_database *database)
{
    orch__sqlite *sqlite = (orch__sqlite *)database;

    end_threads(sqlite);
    (void)deliver(database);
    ORCH_ASSERT(sqlite->outstanding == 0);
    free_driver(sqlite);
}

/* ---- opening ---- */

static int sync_directory(const char *path)
{
    char copy[PATH_MAX];
    int written = snprintf(copy, sizeof copy, "%s", path);

    if (written < 0 || (size_t)written >= sizeof copy)
        return ORCH_E_TOO_LARGE;
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return ORCH_E_IO;
    int result = fsync(fd);

    close(fd);
    return result == 0 ? 0 : ORCH_E_IO;
}

/* A new file belongs to its user alone, and its name is on the disk before anything is acknowledged. */
static int create_file(const char *path, char *out_message, size_t message_size)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int error = 0;

    if (fd < 0 && errno == EEXIST)
        return 0;
    if (fd < 0 || fsync(fd) != 0)
        error = errno == ENOSPC ? ORCH_E_DISK_FULL : ORCH_E_IO;
    else
        error = sync_directory(path);
    if (error)
        snprintf(out_message, message_size, "database %s cannot be created: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return error;
}

static int start_thread(orch__sqlite_thread *thread, void *(*run)(void *))
{
    sigset_t all, before;
    pthread_attr_t attributes;

    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals belong to the host's threads */
    thread->started = pthread_create(&thread->thread, &attributes, run, thread) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return thread->started ? 0 : ORCH_E_NO_MEMORY;
}

static int open_writer(orch__sqlite *sqlite, char *out_message, size_t message_size)
{
    sqlite->writer.owner = sqlite;
    if (sqlite->config.read_only)
        return 0;
    int error = create_file(sqlite->config.path, out_message, message_size);

    if (!error)
        error = orch__connection_open(&sqlite->writer.connection, &sqlite->config, ORCH__CONNECTION_WRITER,
                                      out_message, message_size);
    if (!error) {
        orch__sqlite_watch_log(sqlite);
        error = start_thread(&sqlite->writer, orch__sqlite_write);
    }
    return error;
}

/* Behind the writer: that one has brought the file into the mode that has a log. */
static int open_checkpointer(orch__sqlite *sqlite, char *out_message, size_t message_size)
{
    sqlite->checkpointer.owner = sqlite;
    if (sqlite->config.read_only)
        return 0;
    int error = orch__connection_open(&sqlite->checkpointer.connection, &sqlite->config,
                                      ORCH__CONNECTION_CHECKPOINTER, out_message, message_size);

    return error ? error : start_thread(&sqlite->checkpointer, orch__sqlite_checkpoint);
}

static int open_readers(orch__sqlite *sqlite, char *out_message, size_t message_size)
{
    for (uint32_t i = 0; i < sqlite->readers_count; i++) {
        orch__sqlite_thread *reader = &sqlite->readers[i];

        reader->owner = sqlite;
        int error = orch__connection_open(&reader->connection, &sqlite->config, ORCH__CONNECTION_READER,
                                          out_message, message_size);

        if (!error)
            error = start_thread(reader, orch__sqlite_read);
        if (error)
            return error;
    }
    return 0;
}

static const orch_database_ops ops = {
    .submit = submit,
    .deliver = deliver,
    .drain = drain,
    .close = close_driver,
};

static orch__sqlite *new_driver(const orch_database_config *config)
{
    orch__sqlite *sqlite = calloc(1, sizeof *sqlite + sizeof sqlite->readers[0] * config->readers);
    char *path = strdup(config->path);

    if (!sqlite || !path) {
        free(sqlite);
        free(path);
        return NULL;
    }
    sqlite->base.ops = &ops;
    sqlite->config = *config;
    sqlite->config.path = path;
    sqlite->readers_count = config->readers;
    pthread_mutex_init(&sqlite->lock, NULL);
    pthread_cond_init(&sqlite->writes_wait, NULL);
    pthread_cond_init(&sqlite->reads_wait, NULL);
    pthread_cond_init(&sqlite->finished_grew, NULL);
    pthread_cond_init(&sqlite->checkpoint_wait, NULL);
    pthread_cond_init(&sqlite->checkpoint_done, NULL);
    pthread_mutex_init(&sqlite->writing, NULL);
    return sqlite;
}

int orch_sqlite_open(const orch_database_config *config, orch_database **out_database, char *out_message,
                     size_t message_size)
{
    char unread[256];

    if (!out_message) {
        out_message = unread;
        message_size = sizeof unread;
    }
    ORCH_ASSERT(config->version == ORCH_DATABASE_CONFIG_VERSION && config->group_rows_max > 0);
    ORCH_ASSERT(config->readers > 0 && config->readers <= ORCH__SQLITE_READERS_MAX);
    snprintf(out_message, message_size, "database %s: out of memory", config->path);
    orch__sqlite *sqlite = new_driver(config);

    if (!sqlite)
        return ORCH_E_NO_MEMORY;
    int error = open_writer(sqlite, out_message, message_size);

    if (!error)
        error = open_checkpointer(sqlite, out_message, message_size);
    if (!error)
        error = open_readers(sqlite, out_message, message_size);
    if (error) {
        end_threads(sqlite);
        free_driver(sqlite);
        return error;
    }
    *out_database = &sqlite->base;
    return 0;
}
