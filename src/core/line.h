/* The size of a line of the caches: what is used together lies in one. */
#ifndef ORCHD_LINE_H
#define ORCHD_LINE_H

#include <stdbool.h>
#include <stdint.h>

#define ORCH__LINE_SIZE 64u

/* Looking ahead is only for speed. WebAssembly has no instruction for it, and reading instead waits for what it reads. */
#ifdef __wasm__
enum { ORCH__LOOKS_AHEAD = false };
#else
enum { ORCH__LOOKS_AHEAD = true };
#endif

/* The line of `at`, which is memory of ours, is needed soon. */
static inline void orch__line_fetch(const void *at)
{
    if (ORCH__LOOKS_AHEAD)
        __builtin_prefetch(at);
}

/* The first line that begins in a block; the block is larger by ORCH__LINE_SIZE than what shall be in it. */
static inline void *orch__line_in(void *block)
{
    return (void *)(((uintptr_t)block + ORCH__LINE_SIZE - 1) / ORCH__LINE_SIZE * ORCH__LINE_SIZE);
}

#endif
