#include "pool.h"

#include "assertion.h"
#include "bytes.h"

void orch__pool_init(orch__pool *pool, orch__memory *memory, uint32_t item_size)
{
    *pool = (orch__pool){.memory = memory, .item_size = item_size};
}

static size_t chunk_size(const orch__pool *pool)
{
    return (size_t)pool->item_size * ORCH__CHUNK_ITEMS;
}

void orch__pool_fini(orch__pool *pool)
{
    for (uint32_t i = 0; i < pool->chunks_count; i++)
        if (pool->chunks[i])
            orch__resize(pool->memory, pool->chunks[i], chunk_size(pool), 0);
    if (pool->chunks)
        orch__resize(pool->memory, pool->chunks, pool->chunks_max * sizeof *pool->chunks, 0);
    *pool = (orch__pool){.memory = pool->memory, .item_size = pool->item_size};
}

static int grow_directory(orch__pool *pool, uint32_t chunks_needed)
{
    uint32_t max = pool->chunks_max ? pool->chunks_max : 4;
    void **chunks;

    if (chunks_needed <= pool->chunks_max)
        return 0;
    while (max < chunks_needed)
        max *= 2;
    chunks =
        orch__resize(pool->memory, pool->chunks, pool->chunks_max * sizeof *chunks, max * sizeof *chunks);
    if (!chunks)
        return ORCH_E_NO_MEMORY;
    memset(chunks + pool->chunks_max, 0, (max - pool->chunks_max) * sizeof *chunks);
    pool->chunks = chunks;
    pool->chunks_max = max;
    return 0;
}

int orch__pool_open(orch__pool *pool, uint32_t index)
{
    uint32_t chunk = index >> ORCH__CHUNK_BITS;
    void *items;

    if (orch__pool_has(pool, index))
        return 0;
    if (grow_directory(pool, chunk + 1) != 0)
        return ORCH_E_NO_MEMORY;
    items = orch__resize(pool->memory, NULL, 0, chunk_size(pool));
    if (!items)
        return ORCH_E_NO_MEMORY;
    memset(items, 0, chunk_size(pool));
    pool->chunks[chunk] = items;
    if (pool->chunks_count <= chunk)
        pool->chunks_count = chunk + 1;
    return 0;
}

/* Items that can be taken without growing; index 0 is never one. */
static uint32_t room(const orch__pool *pool)
{
    uint32_t capacity = pool->chunks_count << ORCH__CHUNK_BITS;

    return capacity ? capacity - 1 - pool->live : 0;
}

int orch__pool_reserve(orch__pool *pool, uint32_t count)
{
    while (room(pool) < count) {
        if (orch__pool_open(pool, pool->chunks_count << ORCH__CHUNK_BITS) != 0)
            return ORCH_E_NO_MEMORY;
    }
    return 0;
}

uint32_t orch__pool_take(orch__pool *pool)
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

void orch__pool_give(orch__pool *pool, uint32_t index)
{
    ORCH_ASSERT(index && pool->live);
    memcpy(orch__pool_at(pool, index), &pool->free, sizeof pool->free);
    pool->free = index;
    pool->live--;
}
