/* The size of a line of the caches: what is used together lies in one. */
#ifndef ORCHD_LINE_H
#define ORCHD_LINE_H

#include <stdint.h>

#define ORCH__LINE_SIZE 64u

/* The first line that begins in a block; the block is larger by ORCH__LINE_SIZE than what shall be in it. */
static inline void *orch__line_in(void *block)
{
    return (void *)(((uintptr_t)block + ORCH__LINE_SIZE - 1) / ORCH__LINE_SIZE * ORCH__LINE_SIZE);
}

#endif
