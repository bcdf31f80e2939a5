/* A range of seeds over several processes. A worker that dies takes only the seed with it that it was at. */
#ifndef SIM_WORKERS_H
#define SIM_WORKERS_H

#include "world.h"

#define SIM_JOBS_MAX 256

typedef struct sim_batch {
    uint64_t from;
    uint64_t to;
    unsigned jobs;
    unsigned minutes; /* 0: no limit */
    bool find;        /* stop at the first failure, which is what is wanted */
    sim_options options;
} sim_batch;

/* Returns the exit code of the program. */
int sim_workers_run(const sim_batch *batch);

#endif
