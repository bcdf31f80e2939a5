/* All memory of the core: the host's allocator, counted. */
#ifndef ORCHD_MEMORY_H
#define ORCHD_MEMORY_H

#include "orchd/core.h"

typedef struct orch__memory {
    orch_allocator allocator;
    size_t bytes; /* held now */
} orch__memory;

/* Like realloc; `size_new` 0 frees. NULL on failure: the old block stays. */
static inline void *orch__resize(orch__memory *memory, void *block, size_t size_old, size_t size_new)
{
    void *moved = memory->allocator.resize(memory->allocator.user, block, size_old, size_new);

    if (moved || size_new == 0)
        memory->bytes = memory->bytes - size_old + size_new;
    return moved;
}

#endif
