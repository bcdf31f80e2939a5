/* Memory without a C library: the functions that the compiler calls, and an allocator over the linear memory.
 *
 * Blocks come in size classes, two for each power of two. A freed block waits in its class; nothing is joined or given
 * back, because the core grows its pools to the load and keeps them. The caller names the old size, so that a block
 * needs no header.
 *
 * With the bulk memory instructions (in every engine since 2021) the __builtin_ forms are single instructions, not calls of
 * the functions that they are in.
 */
#include "assertion.h"
#include "bytes.h"
#include "wasm.h"

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    return __builtin_memcpy(to, from, size);
}

void *memmove(void *to, const void *from, size_t size)
{
    return __builtin_memmove(to, from, size);
}

void *memset(void *to, int byte, size_t size)
{
    return __builtin_memset(to, byte, size);
}

/* Not to be recognized as the function that it is. */
__attribute__((no_builtin("memcmp"))) int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *left = a, *right = b;

    for (size_t i = 0; i < size; i++)
        if (left[i] != right[i])
            return left[i] - right[i];
    return 0;
}

/* ---- blocks ------------------------------------------------------------------------------------- */

#define PAGE_SIZE     65536u
#define SMALLEST      16u
#define CLASSES_COUNT 54 /* 16, 24, 32, 48, … up to 1.5 GiB */

extern unsigned char __heap_base;

typedef struct free_block {
    struct free_block *next;
} free_block;

static free_block *free_blocks[CLASSES_COUNT];
static uintptr_t heap_at;

/* The class of a size and the bytes of its blocks. */
static uint32_t class_of(size_t size, size_t *out_bytes)
{
    uint32_t bits = 0;
    size_t bytes = SMALLEST;

    while (bytes < size) {
        bytes *= 2;
        bits++;
    }
    if (bits > 0 && size <= bytes / 4 * 3) {
        *out_bytes = bytes / 4 * 3;
        return bits * 2 - 1;
    }
    *out_bytes = bytes;
    return bits * 2;
}

static void *take_fresh(size_t bytes)
{
    uintptr_t begin, end, limit = __builtin_wasm_memory_size(0) * PAGE_SIZE;

    if (heap_at == 0)
        heap_at = ((uintptr_t)&__heap_base + 15) & ~(uintptr_t)15;
    begin = heap_at;
    end = begin + ((bytes + 15) & ~(size_t)15);
    if (end < begin)
        return NULL;
    if (end > limit && __builtin_wasm_memory_grow(0, (end - limit + PAGE_SIZE - 1) / PAGE_SIZE) == SIZE_MAX)
        return NULL;
    heap_at = end;
    return (void *)begin;
}

void *orch__wasm_resize(void *user, void *block, size_t size_old, size_t size_new)
{
    size_t bytes_old = 0, bytes_new = 0;
    uint32_t class_old = block ? class_of(size_old, &bytes_old) : 0;
    uint32_t class_new = 0;
    void *moved = NULL;

    (void)user;
    if (size_new > SIZE_MAX / 4)
        return NULL;
    if (size_new) {
        class_new = class_of(size_new, &bytes_new);
        if (block && class_new == class_old)
            return block;
        moved = free_blocks[class_new];
        if (moved)
            free_blocks[class_new] = free_blocks[class_new]->next;
        else
            moved = take_fresh(bytes_new);
        if (!moved)
            return NULL;
        if (block)
            memcpy(moved, block, size_old < size_new ? size_old : size_new);
    }
    if (block) {
        free_block *freed = block;

        freed->next = free_blocks[class_old];
        free_blocks[class_old] = freed;
    }
    return moved;
}

/* ---- the text buffer ---------------------------------------------------------------------------- */

orch__wasm_board orch__wasm;

bool orch__wasm_reserve(orch__wasm_buffer *buffer, uint32_t size)
{
    uint32_t capacity = buffer->capacity * 2 > size ? buffer->capacity * 2 : size;
    char *ptr;

    if (size <= buffer->capacity)
        return true;
    ptr = orch__wasm_resize(NULL, buffer->ptr, buffer->capacity, capacity);
    if (!ptr)
        return false;
    buffer->ptr = ptr;
    buffer->capacity = capacity;
    return true;
}

EXPORT(text_buffer) char *orch_wasm_text_buffer(uint32_t size)
{
    return orch__wasm_reserve(&orch__wasm.text, size) ? orch__wasm.text.ptr : NULL;
}

orch_str orch__wasm_text_at(uint32_t offset, uint32_t len)
{
    ORCH_ASSERT(offset <= orch__wasm.text.capacity && len <= orch__wasm.text.capacity - offset);
    return (orch_str){orch__wasm.text.ptr + offset, len};
}

uint64_t orch__wasm_handle(double number)
{
    return number >= 0 && number < 9007199254740992.0 ? (uint64_t)number : 0;
}
