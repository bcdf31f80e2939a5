/* The size of a line of the caches: what is used together lies in one. */
#ifndef ORCHD_LINE_H
#define ORCHD_LINE_H

#include <stdbool.h>
#include <stdint.h>

#define ORCH__LINE_SIZE 64u

/* Looking ahead is only for speed. */
#ifdef ORCH_SMALL
enum { ORCH__LOOKS_AHEAD = false };
#else
enum { ORCH__LOOKS_AHEAD = true };
#endif

/* The line of `at`, which is memory of ours, is needed soon. WebAssembly has no instruction for it: there it is read. */
static inline void orch__line_fetch(const void *at)
{
#ifdef __wasm__
    if (ORCH__LOOKS_AHEAD)
        (void)*(const volatile unsigned char *)at;
#else
    __builtin_prefetch(at);
#endif
}

/* The first line that begins in a block; the block is larger by ORCH__LINE_SIZE than what shall be in it. */
static inline void *orch__line_in(void *block)
{
    return (void *)(((uintptr_t)block + ORCH__LINE_SIZE - 1) / ORCH__LINE_SIZE * ORCH__LINE_SIZE);
}

#endif
