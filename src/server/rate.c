#include "rate.h"

#include <sodium.h>
#include <string.h>

void orch__rate_init(orch__rate *rate, uint32_t per_s, uint32_t burst)
{
    memset(rate, 0, sizeof(*rate));
    randombytes_buf(rate->secret, sizeof(rate->secret));
    rate->token_us = per_s ? 1000000 / per_s : 0;
    rate->burst_us = rate->token_us * burst;
}

static uint64_t key_of(const orch__rate *rate, orch_str who)
{
    unsigned char hash[crypto_shorthash_BYTES];
    uint64_t key;

    crypto_shorthash(hash, (const unsigned char *)who.ptr, who.len, rate->secret);
    memcpy(&key, hash, sizeof(key));
    return key ? key : 1;
}

static orch__bucket *find(orch__rate *rate, uint64_t key)
{
    orch__bucket *set = rate->buckets[key % ORCH__RATE_SETS];

    for (int i = 0; i < ORCH__RATE_WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
    }
    return NULL;
}

/* In the place of the fullest bucket of its set. */
static orch__bucket *make(orch__rate *rate, uint64_t key)
{
    orch__bucket *set = rate->buckets[key % ORCH__RATE_SETS], *bucket = &set[0];

    for (int i = 1; i < ORCH__RATE_WAYS; i++) {
        if (set[i].full_us < bucket->full_us)
            bucket = &set[i];
    }
    *bucket = (orch__bucket){.key = key};
    return bucket;
}

uint64_t orch__rate_take(orch__rate *rate, orch_str who, uint64_t now_ms)
{
    uint64_t now_us = now_ms * 1000, full_us, key;
    orch__bucket *bucket;

    if (!rate->token_us)
        return 0;
    key = key_of(rate, who);
    bucket = find(rate, key);
    if (!bucket)
        bucket = make(rate, key);
    full_us = (bucket->full_us > now_us ? bucket->full_us : now_us) + rate->token_us;
    if (full_us > now_us + rate->burst_us)
        return (full_us - now_us - rate->burst_us + 999) / 1000;
    bucket->full_us = full_us;
    return 0;
}

void orch__rate_return(orch__rate *rate, orch_str who)
{
    orch__bucket *bucket = rate->token_us ? find(rate, key_of(rate, who)) : NULL;

    if (bucket && bucket->full_us >= rate->token_us)
        bucket->full_us -= rate->token_us;
}
