/* The core for a JavaScript host: what the files of the WebAssembly build share. JavaScript's side of it is described in
 * wasm.c.
 */
#ifndef ORCHD_WASM_H
#define ORCHD_WASM_H

#include "orchd/core.h"

#define EXPORT(name) __attribute__((export_name(#name)))

/* The allocator of everything in the instance: blocks from the linear memory, by size classes. `user` is not read. */
void *orch__wasm_resize(void *user, void *block, size_t size_old, size_t size_new);

typedef struct orch__wasm_buffer {
    char *ptr;
    uint32_t capacity;
} orch__wasm_buffer;

/* What the host reads and writes without a call, as 32-bit words. */
typedef struct orch__wasm_board {
    orch_effect *effects; /* the row */
    uint32_t effects_count;
    uint32_t effects_bytes; /* room for them */
    uint32_t turn; /* place of the turn of the message that was handed over last; 0: it has none under way */
    orch__wasm_buffer
        text;             /* through which text crosses: what the host wrote last, or what a call answered */
    uint32_t generation;  /* of that turn, where it started at once and is not in the row; 0: see there */
    uint32_t tell_health; /* set by the host: somebody listens to heartbeats and health checks */
} orch__wasm_board;

extern orch__wasm_board orch__wasm;

/* Room for `size` bytes; what is in it stays. False: no memory. */
bool orch__wasm_reserve(orch__wasm_buffer *buffer, uint32_t size);

/* `len` bytes at `offset` of the text buffer. */
orch_str orch__wasm_text_at(uint32_t offset, uint32_t len);

/* Leaves a text at the begin of the text buffer, as the answer of a call; its length. */
uint32_t orch__wasm_answer(orch_str text);
orch_str orch__wasm_terminated(const char *text);

/* Handles cross as numbers of JavaScript: whole, not negative, below 2^53. Anything else is 0, "none". */
uint64_t orch__wasm_handle(double number);

#endif
