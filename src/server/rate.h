/* How often somebody may ask: token buckets for users and for addresses.
 *
 * A bucket that fills by `per_s` tokens and holds `burst` is kept as one number, the time at which it will be full (GCRA,
 * ITU-T I.371). The table has a fixed size: a key lives in one of four places, and the fullest bucket makes room. So
 * many keys can at worst make it forget that somebody asked a lot, never make it grow.
 */
#ifndef ORCHD_SERVER_RATE_H
#define ORCHD_SERVER_RATE_H

#include "orchd/types.h"

#define ORCH__RATE_SETS 512
#define ORCH__RATE_WAYS 4

typedef struct orch__bucket {
    uint64_t key;     /* 0: free */
    uint64_t full_us; /* of the loop's clock */
} orch__bucket;

typedef struct orch__rate {
    uint8_t secret[16]; /* so that nobody can choose which keys share their places */
    uint64_t token_us;  /* what a token takes to come; 0: there is no limit */
    uint64_t burst_us;
    orch__bucket buckets[ORCH__RATE_SETS][ORCH__RATE_WAYS];
} orch__rate;

/* `per_s` 0: no limit. `burst` at least 1. */
void orch__rate_init(orch__rate *rate, uint32_t per_s, uint32_t burst);

/* Takes a token: 0, or the milliseconds (at least 1) until there is one; none is taken then. */
uint64_t orch__rate_take(orch__rate *rate, orch_str who, uint64_t now_ms);
/* Gives one back. */
void orch__rate_return(orch__rate *rate, orch_str who);

#endif
