/* Open addressing hash table from a hash to pool indexes, linear probing, deletion by shifting back. The keys stay
 * with the items: the caller compares.
 *
 *     for (orch__probe p = orch__table_first(t, hash); p.index; p = orch__table_next(t, p)) …
 */
#ifndef ORCHD_TABLE_H
#define ORCHD_TABLE_H

#include "memory.h"

typedef struct orch__slot {
    uint32_t hash;
    uint32_t index; /* 0: free */
} orch__slot;

typedef struct orch__table {
    orch__memory *memory;
    orch__slot *slots;
    uint32_t size;  /* a power of two, or 0 */
    uint32_t count; /* at most 3/4 of size */
} orch__table;

typedef struct orch__probe {
    uint32_t index; /* 0: the end */
    uint32_t hash;
    uint32_t position;
} orch__probe;

void orch__table_init(orch__table *table, orch__memory *memory);
void orch__table_fini(orch__table *table);

/* A larger table, with room for `count` more entries. ORCH_E_NO_MEMORY: the table is as it was. */
ORCH_MUST_USE int orch__table_grow(orch__table *table, uint32_t count);
/* Room was reserved; the same index is not in the table. */
void orch__table_insert(orch__table *table, uint32_t hash, uint32_t index);
void orch__table_remove(orch__table *table, uint32_t hash, uint32_t index);

static inline orch__probe orch__table_from(const orch__table *table, uint32_t hash, uint32_t position)
{
    for (;; position++) {
        orch__slot slot = table->slots[position & (table->size - 1)];

        if (slot.index == 0 || slot.hash == hash)
            return (orch__probe){slot.index, hash, position};
    }
}

static inline orch__probe orch__table_first(const orch__table *table, uint32_t hash)
{
    return table->size ? orch__table_from(table, hash, hash) : (orch__probe){0, hash, 0};
}

static inline orch__probe orch__table_next(const orch__table *table, orch__probe probe)
{
    return orch__table_from(table, probe.hash, probe.position + 1);
}

/* Makes room for `count` more entries. ORCH_E_NO_MEMORY: the table is as it was. */
ORCH_MUST_USE static inline int orch__table_reserve(orch__table *table, uint32_t count)
{
    bool fits = ((uint64_t)table->count + count) * 4 <= (uint64_t)table->size * 3;

    return fits ? 0 : orch__table_grow(table, count);
}

/* A look-up of this hash comes soon. */
static inline void orch__table_prefetch(const orch__table *table, uint32_t hash)
{
    if (table->size)
        __builtin_prefetch(&table->slots[hash & (table->size - 1)]);
}

/* Mixes a word into a hash (the finalizer of MurmurHash3, public domain). */
static inline uint64_t orch__mix(uint64_t hash, uint64_t word)
{
    hash ^= word;
    hash ^= hash >> 33;
    hash *= 0xff51afd7ed558ccdu;
    hash ^= hash >> 33;
    hash *= 0xc4ceb9fe1a85ec53u;
    return hash ^ (hash >> 33);
}

#endif
