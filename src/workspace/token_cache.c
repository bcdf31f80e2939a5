#include "token_cache.h"

#include <stdlib.h>
#include <string.h>

static orch_str hash_key(const orch__token_entry *entry)
{
    return (orch_str){entry->hash, ORCH__TOKEN_HASH_LEN};
}

static orch_str id_key(const orch__token_entry *entry)
{
    return (orch_str){entry->login.token_id.text, strlen(entry->login.token_id.text)};
}

static void unlink_entry(orch__token_cache *cache, orch__token_entry *entry)
{
    *(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void link_newest(orch__token_cache *cache, orch__token_entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void remove_entry(orch__token_cache *cache, orch__token_entry *entry)
{
    unlink_entry(cache, entry);
    orch__strmap_remove(&cache->by_hash, hash_key(entry));
    orch__strmap_remove(&cache->by_id, id_key(entry));
    free(entry);
}

const orch_login *orch__token_cache_get(orch__token_cache *cache, orch_str hash, int64_t now_ms)
{
    orch__token_entry *entry = orch__strmap_get(&cache->by_hash, hash);

    if (!entry)
        return NULL;
    if (now_ms >= entry->read_ms + ORCH__TOKEN_CACHE_AGE_MS || now_ms < entry->read_ms) {
        remove_entry(cache, entry);
        return NULL;
    }
    unlink_entry(cache, entry);
    link_newest(cache, entry);
    return &entry->login;
}

void orch__token_cache_put(orch__token_cache *cache, orch_str hash, const orch_login *login, int64_t now_ms)
{
    orch__token_entry *entry = orch__strmap_get(&cache->by_hash, hash);

    if (entry)
        remove_entry(cache, entry);
    if (cache->by_hash.count == ORCH__TOKEN_CACHE_MAX)
        remove_entry(cache, cache->oldest);
    entry = calloc(1, sizeof *entry);
    if (!entry)
        return; /* the database is asked again next time */
    memcpy(entry->hash, hash.ptr, ORCH__TOKEN_HASH_LEN);
    entry->login = *login;
    entry->read_ms = now_ms;
    link_newest(cache, entry);
    orch__strmap_put(&cache->by_hash, hash_key(entry), entry);
    orch__strmap_put(&cache->by_id, id_key(entry), entry);
}

void orch__token_cache_forget(orch__token_cache *cache, orch_str token_id)
{
    orch__token_entry *entry = orch__strmap_get(&cache->by_id, token_id);

    cache->revocations++;
    if (entry)
        remove_entry(cache, entry);
}

void orch__token_cache_forget_user(orch__token_cache *cache, const orch_user *user, orch_token_kind kind)
{
    cache->revocations++;
    for (orch__token_entry *entry = cache->newest; entry;) {
        orch__token_entry *older = entry->older;

        if (entry->login.user == user && entry->login.kind == kind)
            remove_entry(cache, entry);
        entry = older;
    }
}

void orch__token_cache_fini(orch__token_cache *cache)
{
    while (cache->newest)
        remove_entry(cache, cache->newest);
    orch__strmap_fini(&cache->by_hash);
    orch__strmap_fini(&cache->by_id);
}
