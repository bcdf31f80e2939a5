/* Programming errors end the program, in release builds too: going on would risk what is stored. */
#ifndef ORCHD_ASSERT_H
#define ORCHD_ASSERT_H

#if defined(__wasm__)
#define ORCH_ASSERT(condition) ((condition) ? (void)0 : __builtin_trap())
#else
#include <stdio.h>
#include <stdlib.h>

static inline _Noreturn void orch__assertion_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "orchd: %s:%d: assertion failed: %s\n", file, line, condition);
    abort();
}

#define ORCH_ASSERT(condition)                                                                               \
    ((condition) ? (void)0 : orch__assertion_failed(#condition, __FILE__, __LINE__))
#endif

#endif
