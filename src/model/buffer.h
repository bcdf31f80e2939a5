/* A growing buffer with a limit. */
#ifndef ORCHD_BUFFER_H
#define ORCHD_BUFFER_H

#include "orchd/error.h"
#include "orchd/types.h"

typedef struct orch__buffer {
    char *ptr;
    size_t len;
    size_t size;
} orch__buffer;

/* ORCH_E_TOO_LARGE when the whole would pass `len_max`, ORCH_E_NO_MEMORY; the buffer is unchanged then. */
ORCH_MUST_USE int orch__buffer_append(orch__buffer *buffer, const char *ptr, size_t len, size_t len_max);
void orch__buffer_free(orch__buffer *buffer);

#endif
