#include "allocator.h"

#include <stdlib.h>
#include <string.h>

/* Each block carries its size, so that a wrong `size_old` is noticed. */
typedef union header {
    size_t size;
    max_align_t align;
} header;

static void *resize(void *user, void *block, size_t size_old, size_t size_new)
{
    sim_allocator *allocator = user;
    header *old = block ? (header *)block - 1 : NULL;

    if ((old ? old->size : 0) != size_old)
        allocator->bad_frees++;
    if (size_new == 0) {
        allocator->bytes -= size_old;
        free(old);
        return NULL;
    }
    if (size_new > size_old && allocator->refuse_permille &&
        sim_chance(&allocator->random, allocator->refuse_permille)) {
        allocator->refused++;
        return NULL;
    }
    header *moved = malloc(sizeof *moved + size_new);

    if (!moved)
        abort();
    moved->size = size_new;
    memset(moved + 1, 0xa5, size_new);
    if (old)
        memcpy(moved + 1, block, size_old < size_new ? size_old : size_new);
    free(old);
    allocator->bytes += size_new - size_old;
    if (allocator->bytes > allocator->bytes_max)
        allocator->bytes_max = allocator->bytes;
    return moved + 1;
}

void sim_allocator_init(sim_allocator *allocator, uint64_t seed)
{
    *allocator = (sim_allocator){.random = {seed}};
}

orch_allocator sim_allocator_hand(sim_allocator *allocator)
{
    return (orch_allocator){resize, allocator};
}
