/* The allocator that the core gets: counts, remembers the peak, and fails when the run says so. */
#ifndef SIM_ALLOCATOR_H
#define SIM_ALLOCATOR_H

#include "orchd/core.h"
#include "random.h"

typedef struct sim_allocator {
    size_t bytes; /* held now */
    size_t bytes_max;
    uint64_t refused;         /* calls that failed on purpose */
    uint32_t refuse_permille; /* of the calls that ask for more */
    uint64_t bad_frees;       /* a size that differs from what was asked for */
    sim_random random;
} sim_allocator;

void sim_allocator_init(sim_allocator *allocator, uint64_t seed);
orch_allocator sim_allocator_hand(sim_allocator *allocator);

#endif
