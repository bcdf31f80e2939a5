/* From a handle (64 well mixed bits, never 0) to a pointer: open addressing, linear probing, deletion by shifting back. */
#ifndef ORCHD_EMBEDDED_MAP_H
#define ORCHD_EMBEDDED_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "orchd/error.h"
#include "orchd/types.h"

typedef struct orch__map_slot {
    uint64_t key; /* 0: free */
    void *value;
} orch__map_slot;

/* All zero is an empty map. */
typedef struct orch__map {
    orch__map_slot *slots;
    size_t size; /* a power of two, or 0 */
    size_t count;
} orch__map;

/* NULL: there is none. */
void *orch__map_get(const orch__map *map, uint64_t key);
/* Replaces what is there, which needs no memory. ORCH_E_NO_MEMORY: the map is as it was. */
ORCH_MUST_USE int orch__map_put(orch__map *map, uint64_t key, void *value);
void orch__map_remove(orch__map *map, uint64_t key);
void orch__map_fini(orch__map *map);

#endif
