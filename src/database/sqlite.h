/* The SQLite driver's inside: what its threads share.
 *
 *     host ── submit ──▶ writes ──▶ writer thread ──┐
 *                   └──▶ reads ───▶ reader threads ─┴──▶ finished ── deliver ──▶ host
 *
 * Invariants
 *  1. `lock` guards the three lists, `outstanding` and `ending`; no SQL runs under it.
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
    orch__batch_list writes;
    orch__batch_list reads;
    orch__batch_list finished;
    size_t outstanding;
    bool ending;
    orch__sqlite_thread writer;
    uint32_t readers_count;
    orch__sqlite_thread readers[];
};

/* The threads' main functions; `thread` is an orch__sqlite_thread. They end when `ending` is set and their list is empty. */
void *orch__sqlite_write(void *thread);
void *orch__sqlite_read(void *thread);

/* Gives finished batches to the host and wakes it. Empties `batches`. */
void orch__sqlite_finish(orch__sqlite *sqlite, orch__batch_list *batches);

#endif
