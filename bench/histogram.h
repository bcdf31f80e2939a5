/* Durations in buckets that are at most 1/64 wide: percentiles of any number of samples in 15 KB. */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>
#include <string.h>

#define HISTOGRAM_FINE    64
#define HISTOGRAM_POWERS  30 /* up to 2^36 µs */
#define HISTOGRAM_BUCKETS (HISTOGRAM_FINE * HISTOGRAM_POWERS)

typedef struct histogram {
    uint64_t count;
    uint64_t sum;
    uint64_t most;
    uint64_t buckets[HISTOGRAM_BUCKETS];
} histogram;

static inline unsigned histogram_place(uint64_t value)
{
    unsigned power = 0;

    while (value >> power >= HISTOGRAM_FINE * 2)
        power++;
    if (value < HISTOGRAM_FINE)
        return (unsigned)value;
    unsigned place = (power + 1) * HISTOGRAM_FINE + (unsigned)(value >> power) - HISTOGRAM_FINE;

    return place < HISTOGRAM_BUCKETS ? place : HISTOGRAM_BUCKETS - 1;
}

/* The lowest value of a bucket. */
static inline uint64_t histogram_value(unsigned place)
{
    if (place < HISTOGRAM_FINE)
        return place;
    return (uint64_t)(HISTOGRAM_FINE + place % HISTOGRAM_FINE) << (place / HISTOGRAM_FINE - 1);
}

static inline void histogram_add(histogram *all, uint64_t value)
{
    all->count++;
    all->sum += value;
    if (value > all->most)
        all->most = value;
    all->buckets[histogram_place(value)]++;
}

/* `part` of 1; 0 without samples. */
static inline uint64_t histogram_part(const histogram *all, double part)
{
    uint64_t wanted = (uint64_t)((double)all->count * part);
    uint64_t seen = 0;

    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += all->buckets[i];
        if (seen > wanted)
            return histogram_value(i);
    }
    return all->most;
}

#endif
