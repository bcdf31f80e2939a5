/* The only source of chance of a run: everything drawn from it repeats with the seed. */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct sim_random {
    uint64_t state;
} sim_random;

/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
static inline uint64_t sim_draw(sim_random *random)
{
    uint64_t z = (random->state += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* 0 … n - 1; the bias is of no interest here. */
static inline uint32_t sim_below(sim_random *random, uint32_t n)
{
    return (uint32_t)(((sim_draw(random) >> 32) * n) >> 32);
}

static inline bool sim_chance(sim_random *random, uint32_t permille)
{
    return sim_below(random, 1000) < permille;
}

/* from … to, both included. */
static inline int64_t sim_between(sim_random *random, int64_t from, int64_t to)
{
    return from + (int64_t)(sim_draw(random) % (uint64_t)(to - from + 1));
}

/* from … to (from ≥ 1), each order of magnitude equally likely. */
int64_t sim_spread(sim_random *random, int64_t from, int64_t to);

#endif
