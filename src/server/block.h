/* Bytes for the wire, made once and shared: one WebSocket text frame, header included. A server's frames are the same for
 * every connection (no mask, no compression), so a notice to ten thousand clients is serialised once.
 */
#ifndef ORCHD_SERVER_BLOCK_H
#define ORCHD_SERVER_BLOCK_H

#include <stdlib.h>
#include <string.h>

#include "orchd/types.h"

typedef struct orch__block {
    unsigned refs;
    size_t size;
    size_t *burden; /* it is counted there once */
    unsigned char bytes[];
} orch__block;

#define ORCH__FRAME_HEADER_MAX 10

/* Header of an unmasked, final text frame (RFC 6455, 5.2). Returns its length. */
static inline size_t orch__frame_header(unsigned char out[ORCH__FRAME_HEADER_MAX], size_t payload)
{
    size_t extended = payload < 126 ? 0 : payload < 65536 ? 2 : 8;

    out[0] = 0x81;
    out[1] = (unsigned char)(extended == 0 ? payload : extended == 2 ? 126 : 127);
    for (size_t i = 0; i < extended; i++)
        out[2 + i] = (unsigned char)(payload >> 8 * (extended - 1 - i));
    return 2 + extended;
}

/* Room for `size` bytes, with one reference. `burden` outlives it. NULL: no memory. */
static inline orch__block *orch__block_of_size(size_t size, size_t *burden)
{
    orch__block *block = malloc(sizeof(*block) + size);

    if (!block)
        return NULL;
    block->refs = 1;
    block->size = size;
    block->burden = burden;
    *burden += size;
    return block;
}

/* A text frame. */
static inline orch__block *orch__block_new(orch_str text, size_t *burden)
{
    unsigned char header[ORCH__FRAME_HEADER_MAX];
    size_t header_len = orch__frame_header(header, text.len);
    orch__block *block = orch__block_of_size(header_len + text.len, burden);

    if (!block)
        return NULL;
    memcpy(block->bytes, header, header_len);
    memcpy(block->bytes + header_len, text.ptr, text.len);
    return block;
}

static inline void orch__block_unref(orch__block *block)
{
    if (!block || --block->refs > 0)
        return;
    *block->burden -= block->size;
    free(block);
}

#endif
