#include "strmap.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "orchd/assert.h"

_Static_assert(sizeof((orch__strmap *)0)->secret == crypto_shorthash_KEYBYTES, "siphash's key");

static size_t hash_of(const orch__strmap *map, orch_str key)
{
    uint64_t hash;

    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)key.ptr, key.len, map->secret);
    return (size_t)hash;
}

static size_t place_of(const orch__strmap *map, orch_str key)
{
    size_t place = hash_of(map, key) & (map->room - 1);

    while (map->entries[place].key.ptr && (map->entries[place].key.len != key.len ||
                                           memcmp(map->entries[place].key.ptr, key.ptr, key.len) != 0))
        place = (place + 1) & (map->room - 1);
    return place;
}

void *orch__strmap_get(const orch__strmap *map, orch_str key)
{
    if (map->count == 0 || !key.ptr)
        return NULL;
    return map->entries[place_of(map, key)].value;
}

static void grow(orch__strmap *map)
{
    orch__strmap larger = *map;

    if (map->room == 0)
        crypto_shorthash_keygen(larger.secret);
    larger.room = map->room ? map->room * 2 : 64;
    larger.entries = calloc(larger.room, sizeof *larger.entries);
    ORCH_ASSERT(larger.entries);
    for (size_t i = 0; i < map->room; i++)
        if (map->entries[i].key.ptr)
            larger.entries[place_of(&larger, map->entries[i].key)] = map->entries[i];
    free(map->entries);
    *map = larger;
}

void orch__strmap_put(orch__strmap *map, orch_str key, void *value)
{
    if (map->count * 2 >= map->room)
        grow(map);
    orch__strmap_entry *entry = &map->entries[place_of(map, key)];

    map->count += !entry->key.ptr;
    *entry = (orch__strmap_entry){key, value};
}

/* Moves back what stood behind the removed entry and could now be missed (Knuth, volume 3, 6.4 algorithm R). */
static void close_gap(orch__strmap *map, size_t gap)
{
    size_t mask = map->room - 1;

    for (size_t i = (gap + 1) & mask; map->entries[i].key.ptr; i = (i + 1) & mask) {
        size_t home = hash_of(map, map->entries[i].key) & mask;

        if (((i - home) & mask) < ((i - gap) & mask))
            continue;
        map->entries[gap] = map->entries[i];
        gap = i;
    }
    map->entries[gap] = (orch__strmap_entry){0};
}

void orch__strmap_remove(orch__strmap *map, orch_str key)
{
    if (map->count == 0)
        return;
    size_t place = place_of(map, key);

    if (!map->entries[place].key.ptr)
        return;
    map->count--;
    close_gap(map, place);
}

void orch__strmap_fini(orch__strmap *map)
{
    free(map->entries);
    *map = (orch__strmap){0};
}
