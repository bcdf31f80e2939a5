/* The SQLite driver's inside: what its threads share.
 *
 *     host ── submit ──▶ writes ──▶ writer thread ──┐
 *                   └──▶ reads ───▶ reader threads ─┴──▶ finished ── deliver ──▶ host
 *
 *     writer thread ── the log has grown ──▶ checkpoint thread
 *
 * Invariants
 *  1. `lock` guards the three lists, `outstanding`, `ending` and what is said of checkpoints; no SQL runs under it.
 *  2. outstanding = batches in the lists + batches that a thread works on + batches being delivered.
 *  3. Only the writer appends writes to `finished`, in the order in which it took them.
 */
#ifndef ORCHD_SQLITE_H
#define ORCHD_SQLITE_H

#include <pthread.h>

#include "sqlite_connection.h"

#define ORCH__SQLITE_READERS_MAX 16

typedef struct orch__sqlite orch__sqlite;

typedef struct orch__sqlite_thread {
    orch__sqlite *owner;
    pthread_t thread;
    bool started;
    orch__connection connection;
} orch__sqlite_thread;

struct orch__sqlite {
    orch_database base;
    orch_database_config config;
    pthread_mutex_t lock;
    pthread_cond_t writes_wait;
    pthread_cond_t reads_wait;
    pthread_cond_t finished_grew;
    pthread_cond_t checkpoint_wait;
    pthread_cond_t checkpoint_done;
    pthread_mutex_t writing; /* held while a write transaction is open */
    orch__batch_list writes;
    orch__batch_list reads;
    orch__batch_list finished;
    size_t outstanding;
    bool ending;
    bool checkpoint_wanted;
    int log_pages;      /* after the last commit */
    int log_pages_next; /* of the log, from which on a checkpoint is wanted */
    orch__sqlite_thread writer;
    orch__sqlite_thread checkpointer;
    uint32_t readers_count;
    orch__sqlite_thread readers[];
};

/* The threads' main functions; `thread` is an orch__sqlite_thread. They end when `ending` is set and their list is empty. */
void *orch__sqlite_write(void *thread);
void *orch__sqlite_read(void *thread);
/* Ends when `ending` is set. */
void *orch__sqlite_checkpoint(void *thread);

/* From now on the commits of the writer's connection call for checkpoints. Before its thread starts, or on it. */
void orch__sqlite_watch_log(orch__sqlite *sqlite);
/* Between two groups: waits where the log has grown too far beside a checkpoint. */
void orch__sqlite_await_checkpoint(orch__sqlite *sqlite);

/* Gives finished batches to the host and wakes it. Empties `batches`. */
void orch__sqlite_finish(orch__sqlite *sqlite, orch__batch_list *batches);

#endif
