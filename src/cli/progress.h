/* How far a long piece of work is: one line on a terminal's standard error, drawn again while it goes on; nothing elsewhere.
 * A thread draws it, since a library that works for seconds does not call back meanwhile. */
#ifndef ORCHD_PROGRESS_H
#define ORCHD_PROGRESS_H

#include <stdatomic.h>
#include <uv.h>

#include "orchd/types.h"

typedef struct orch__progress {
    const char *label; /* "copying" */
    atomic_uint_fast64_t done;
    atomic_uint_fast64_t total; /* 0: not known */
    uint64_t begin_ms;
    uv_thread_t thread;
    uv_mutex_t lock;
    uv_cond_t ends;
    bool ending;  /* under `lock` */
    bool running; /* the thread */
} orch__progress;

/* Also takes SIGINT and SIGTERM until the end, so that work is broken off in good order: orch__progress_step tells. `label` is
 * borrowed. */
void orch__progress_begin(orch__progress *progress, const char *label);
/* False: interrupted. Fits orch_sqlite_progress; `user` is the orch__progress. */
bool orch__progress_step(uint64_t done, uint64_t total, void *user);
/* Wipes the line. */
void orch__progress_end(orch__progress *progress);

#endif
