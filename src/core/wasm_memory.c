/* Memory without a C library: the functions that the compiler calls, and an allocator over the linear memory.
 *
 * Blocks come in size classes, 32 for each power of two. A freed block waits in its class, or is taken in parts; nothing is
 * joined or given back, because the core grows its pools to the load and keeps them. The caller names the old size, so that a block
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
#define GRAIN         8u
#define FINE_BITS     5   /* classes for each power of two: 32 */
#define CLASSES_COUNT 768 /* 8, 16, … 256, 264, … 512, 528, … */

extern unsigned char __heap_base;

typedef struct free_block {
    struct free_block *next;
} free_block;

static free_block *free_blocks[CLASSES_COUNT];
static uintptr_t heap_at;

/* The smallest class with room for a size that is not 0. */
static uint32_t class_of(size_t size)
{
    uint32_t bits;

    if (size <= GRAIN << FINE_BITS)
        return (uint32_t)(size - 1) / GRAIN;
    bits = 31 - (uint32_t)__builtin_clz((uint32_t)size - 1);
    return ((bits - FINE_BITS - 2) << FINE_BITS) +
           (((uint32_t)size - 1) >> (bits - FINE_BITS) & ((1u << FINE_BITS) - 1));
}

/* The bytes of its blocks. */
static size_t bytes_of(uint32_t class)
{
    uint32_t octave = class >> FINE_BITS, step = (class & ((1u << FINE_BITS) - 1)) + 1;

    return octave == 0 ? step * GRAIN : ((1u << FINE_BITS) + step) * GRAIN << (octave - 1);
}

static void *take_fresh(size_t bytes)
{
    uintptr_t begin, end, limit = __builtin_wasm_memory_size(0) * PAGE_SIZE;

    if (heap_at == 0)
        heap_at = ((uintptr_t)&__heap_base + 15) & ~(uintptr_t)15;
    begin = heap_at;
    end = begin + bytes;
    if (end < begin)
        return NULL;
    if (end > limit && __builtin_wasm_memory_grow(0, (end - limit + PAGE_SIZE - 1) / PAGE_SIZE) == SIZE_MAX)
        return NULL;
    heap_at = end;
    return (void *)begin;
}

static void give(void *block, uint32_t class)
{
    free_block *freed = block;

    freed->next = free_blocks[class];
    free_blocks[class] = freed;
}

/* What is left of a large freed block, as tables leave them that have grown: it is used up before the memory grows. */
#ifndef ORCH_SMALL
#define SPARE_MIN 16384u

static uintptr_t spare_at, spare_end;

static void give_spare_back(void)
{
    size_t left = spare_end - spare_at;
    uint32_t class;

    if (left < GRAIN)
        return;
    class = class_of(left);
    give((void *)spare_at, bytes_of(class) > left ? class - 1 : class);
}

static bool find_spare(size_t bytes)
{
    for (uint32_t class = class_of(bytes < SPARE_MIN ? SPARE_MIN : bytes); class < CLASSES_COUNT; class ++) {
        free_block *block = free_blocks[class];

        if (!block)
            continue;
        free_blocks[class] = block->next;
        give_spare_back();
        spare_at = (uintptr_t)block;
        spare_end = spare_at + bytes_of(class);
        return true;
    }
    return false;
}

/* NULL: there is none with so much room. */
static void *take_spare(size_t bytes)
{
    if (bytes > spare_end - spare_at && !find_spare(bytes))
        return NULL;
    spare_at += bytes;
    return (void *)(spare_at - bytes);
}
#else
static void *take_spare(size_t bytes)
{
    (void)bytes;
    return NULL;
}
#endif

static void *take(uint32_t class)
{
    free_block *block = free_blocks[class];
    void *spare;

    if (block) {
        free_blocks[class] = block->next;
        return block;
    }
    spare = take_spare(bytes_of(class));
    return spare ? spare : take_fresh(bytes_of(class));
}

void *orch__wasm_resize(void *user, void *block, size_t size_old, size_t size_new)
{
    void *moved = NULL;

    (void)user;
    if (size_new > SIZE_MAX / 4)
        return NULL;
    if (block && size_new && class_of(size_new) == class_of(size_old))
        return block;
    if (size_new) {
        moved = take(class_of(size_new));
        if (!moved)
            return NULL;
        if (block)
            memcpy(moved, block, size_old < size_new ? size_old : size_new);
    }
    if (block)
        give(block, class_of(size_old));
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
    return number >= 0 && number < 9007199254740992.0 ? (uint64_t)(int64_t)number : 0;
}
