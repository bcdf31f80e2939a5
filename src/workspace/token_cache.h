/* A bounded memory of tokens that were found valid a moment ago: the least recently used one makes room. */
#ifndef ORCHD_TOKEN_CACHE_H
#define ORCHD_TOKEN_CACHE_H

#include "strmap.h"
#include "workspace.h"

#define ORCH__TOKEN_HASH_LEN     64 /* SHA-256 in hexadecimal */
#define ORCH__TOKEN_CACHE_MAX    4096
#define ORCH__TOKEN_CACHE_AGE_MS 60000 /* then the database is asked again */

typedef struct orch__token_entry {
    char hash[ORCH__TOKEN_HASH_LEN + 1];
    orch_login login;
    int64_t read_ms;
    struct orch__token_entry *newer;
    struct orch__token_entry *older;
} orch__token_entry;

typedef struct orch__token_cache {
    orch__strmap by_hash;
    orch__strmap by_id;
    orch__token_entry *newest;
    orch__token_entry *oldest;
    uint64_t revocations; /* a login read before the last one may be outdated */
} orch__token_cache;

/* NULL: not known, or read too long ago. */
const orch_login *orch__token_cache_get(orch__token_cache *cache, orch_str hash, int64_t now_ms);
void orch__token_cache_put(orch__token_cache *cache, orch_str hash, const orch_login *login, int64_t now_ms);
void orch__token_cache_forget(orch__token_cache *cache, orch_str token_id);
/* All tokens of a kind of a user. */
void orch__token_cache_forget_user(orch__token_cache *cache, const orch_user *user, orch_token_kind kind);
void orch__token_cache_fini(orch__token_cache *cache);

#endif
