/* C's memory functions, declared without a C library: natively libc has them, the wasm build its own. */
#ifndef ORCHD_BYTES_H
#define ORCHD_BYTES_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

#endif
