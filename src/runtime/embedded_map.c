#include "embedded_map.h"

#include <stdlib.h>

#define SIZE_FIRST 16

static size_t place(const orch__map *map, uint64_t key)
{
    size_t at = (size_t)key & (map->size - 1);

    while (map->slots[at].key != 0 && map->slots[at].key != key)
        at = (at + 1) & (map->size - 1);
    return at;
}

void *orch__map_get(const orch__map *map, uint64_t key)
{
    return map->size ? map->slots[place(map, key)].value : NULL;
}

static int grow(orch__map *map)
{
    orch__map bigger = {.size = map->size ? map->size * 2 : SIZE_FIRST, .count = map->count};

    bigger.slots = calloc(bigger.size, sizeof *bigger.slots);
    if (!bigger.slots)
        return ORCH_E_NO_MEMORY;
    for (size_t i = 0; i < map->size; i++) {
        if (map->slots[i].key)
            bigger.slots[place(&bigger, map->slots[i].key)] = map->slots[i];
    }
    free(map->slots);
    *map = bigger;
    return 0;
}

int orch__map_put(orch__map *map, uint64_t key, void *value)
{
    size_t at;

    if (!orch__map_get(map, key) && (map->count + 1) * 4 > map->size * 3 && grow(map) != 0)
        return ORCH_E_NO_MEMORY;
    at = place(map, key);
    map->count += map->slots[at].key == 0;
    map->slots[at] = (orch__map_slot){key, value};
    return 0;
}

void orch__map_remove(orch__map *map, uint64_t key)
{
    size_t mask = map->size - 1;
    size_t hole;

    if (!orch__map_get(map, key))
        return;
    hole = place(map, key);
    for (size_t at = (hole + 1) & mask; map->slots[at].key; at = (at + 1) & mask) {
        size_t home = (size_t)map->slots[at].key & mask;

        if (((at - home) & mask) >= ((at - hole) & mask)) {
            map->slots[hole] = map->slots[at];
            hole = at;
        }
    }
    map->slots[hole] = (orch__map_slot){0};
    map->count--;
}

void orch__map_fini(orch__map *map)
{
    free(map->slots);
    *map = (orch__map){0};
}
