#include "pool.h"

#include "line.h"

void orch__pool_init(orch__pool *pool, orch__memory *memory, uint32_t item_size)
{
    *pool = (orch__pool){.memory = memory, .item_size = item_size};
}

/* A chunk is in a block of the allocator, from the first line on before which there is room for the block's address. */
static size_t block_size(const orch__pool *pool)
{
    return sizeof(void *) + ORCH__LINE_SIZE + (size_t)pool->item_size * ORCH__CHUNK_ITEMS;
}

static void *chunk_in(void *block)
{
    void **chunk = orch__line_in((char *)block + sizeof(void *));

    chunk[-1] = block;
    return chunk;
}

static void *block_of(void *chunk)
{
    return ((void **)chunk)[-1];
}

void orch__pool_fini(orch__pool *pool)
{
    for (uint32_t i = 0; i < pool->chunks_count; i++)
        if (pool->chunks[i])
            orch__resize(pool->memory, block_of(pool->chunks[i]), block_size(pool), 0);
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
    void *block;

    if (orch__pool_has(pool, index))
        return 0;
    if (grow_directory(pool, chunk + 1) != 0)
        return ORCH_E_NO_MEMORY;
    block = orch__resize(pool->memory, NULL, 0, block_size(pool));
    if (!block)
        return ORCH_E_NO_MEMORY;
    memset(block, 0, block_size(pool));
    pool->chunks[chunk] = chunk_in(block);
    if (pool->chunks_count <= chunk)
        pool->chunks_count = chunk + 1;
    return 0;
}

int orch__pool_grow(orch__pool *pool, uint32_t count)
{
    while (orch__pool_room(pool) < count) {
        if (orch__pool_open(pool, pool->chunks_count << ORCH__CHUNK_BITS) != 0)
            return ORCH_E_NO_MEMORY;
    }
    return 0;
}
