/* Items of one size, addressed by index, in chunks that never move and begin a cache line: pointers stay valid until the item is given
 * back. Index 0 is "none". Memory grows only in orch__pool_reserve(); taking reserved items cannot fail. */
#ifndef ORCHD_POOL_H
#define ORCHD_POOL_H

#include "assertion.h"
#include "bytes.h"
#include "memory.h"

#define ORCH__CHUNK_BITS  7u
#define ORCH__CHUNK_ITEMS (1u << ORCH__CHUNK_BITS)
#define ORCH__CHUNK_MASK  (ORCH__CHUNK_ITEMS - 1u)

typedef struct orch__pool {
    orch__memory *memory;
    void **chunks; /* those of a pool that is opened by index may be NULL */
    uint32_t chunks_count;
    uint32_t chunks_max; /* room in `chunks` */
    uint32_t item_size;  /* at least 4: the first four bytes of a free item link the free list */
    uint32_t used;       /* indexes 1 … used were taken at least once */
    uint32_t live;       /* taken and not given back; live <= used */
    uint32_t free;       /* head of the free list */
} orch__pool;

void orch__pool_init(orch__pool *pool, orch__memory *memory, uint32_t item_size);
void orch__pool_fini(orch__pool *pool);

/* Chunks for `count` more items. ORCH_E_NO_MEMORY: nothing changed that matters. */
ORCH_MUST_USE int orch__pool_grow(orch__pool *pool, uint32_t count);

/* For pools whose indexes come from outside, instead of reserve, take and give. ORCH_E_NO_MEMORY. */
ORCH_MUST_USE int orch__pool_open(orch__pool *pool, uint32_t index);

static inline bool orch__pool_has(const orch__pool *pool, uint32_t index)
{
    uint32_t chunk = index >> ORCH__CHUNK_BITS;

    return chunk < pool->chunks_count && pool->chunks[chunk];
}

static inline void *orch__pool_at(const orch__pool *pool, uint32_t index)
{
    return (char *)pool->chunks[index >> ORCH__CHUNK_BITS] +
           (size_t)(index & ORCH__CHUNK_MASK) * pool->item_size;
}

/* Items that can be taken without growing; index 0 is never one. */
static inline uint32_t orch__pool_room(const orch__pool *pool)
{
    uint32_t capacity = pool->chunks_count << ORCH__CHUNK_BITS;

    return capacity ? capacity - 1 - pool->live : 0;
}

/* Makes room for `count` more items. ORCH_E_NO_MEMORY. */
ORCH_MUST_USE static inline int orch__pool_reserve(orch__pool *pool, uint32_t count)
{
    return orch__pool_room(pool) >= count ? 0 : orch__pool_grow(pool, count);
}

/* A reserved item. A new one is zeroed, a used one holds what its former owner left, but for its first four bytes. */
static inline uint32_t orch__pool_take(orch__pool *pool)
{
    uint32_t index = pool->free;

    if (index) {
        memcpy(&pool->free, orch__pool_at(pool, index), sizeof pool->free);
    } else {
        index = ++pool->used;
        ORCH_ASSERT(orch__pool_has(pool, index));
    }
    pool->live++;
    return index;
}

static inline void orch__pool_give(orch__pool *pool, uint32_t index)
{
    ORCH_ASSERT(index && pool->live);
    memcpy(orch__pool_at(pool, index), &pool->free, sizeof pool->free);
    pool->free = index;
    pool->live--;
}

#endif
