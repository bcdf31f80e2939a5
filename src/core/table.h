/* Open addressing hash table from a hash to pool indexes, linear probing, deletion by shifting back. The keys stay
 * with the items: the caller compares.
 *
 *     for (orch__probe p = orch__table_first(t, hash); p.index; p = orch__table_next(t, p)) …
 *
 * A byte for each slot, its tag, tells whether it is taken, and seven bits of its hash. A look-up compares eight tags at once:
 * most find nothing, without a branch that depends on how the entries happen to lie, and without touching a slot.
 */
#ifndef ORCHD_TABLE_H
#define ORCHD_TABLE_H

#include "bytes.h"
#include "memory.h"

typedef struct orch__slot {
    uint32_t hash;
    uint32_t index;
} orch__slot;

typedef struct orch__table {
    orch__memory *memory;
    orch__slot *slots;
    uint8_t *tags;  /* behind the slots, in one block: one a slot, 0: free; and the first ones again */
    uint32_t size;  /* a power of two, or 0 */
    uint32_t count; /* at most 3/4 of size */
} orch__table;

typedef struct orch__probe {
    uint32_t index; /* 0: the end */
    uint32_t hash;
    uint32_t position;
} orch__probe;

void orch__table_init(orch__table *table, orch__memory *memory);
void orch__table_fini(orch__table *table);

/* A larger table, with room for `count` more entries. ORCH_E_NO_MEMORY: the table is as it was. */
ORCH_MUST_USE int orch__table_grow(orch__table *table, uint32_t count);
/* Room was reserved; the same index is not in the table. */
void orch__table_insert(orch__table *table, uint32_t hash, uint32_t index);
void orch__table_remove(orch__table *table, uint32_t hash, uint32_t index);

#define ORCH__TAGS_AT_ONCE  8u
#define ORCH__EACH_TAG(tag) ((uint64_t)(tag)*0x0101010101010101u)

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first tag is the lowest byte");

/* Seven bits of the hash that do not tell the position, but in very large tables. */
static inline uint8_t orch__table_tag(uint32_t hash)
{
    return (uint8_t)(0x80 | hash >> 25);
}

static inline uint64_t orch__table_tags(const orch__table *table, uint32_t position)
{
    uint64_t tags;

    memcpy(&tags, table->tags + (position & (table->size - 1)), sizeof tags);
    return tags;
}

/* The high bits of those of eight tags that are free. */
static inline uint64_t orch__tags_free(uint64_t tags)
{
    return ~tags & ORCH__EACH_TAG(0x80);
}

/* Each bit stands for the tag at its eighth. */
static inline uint32_t orch__tags_first(uint64_t bits)
{
    return (uint32_t)__builtin_ctzll(bits) / 8;
}

static inline orch__probe orch__table_from(const orch__table *table, uint32_t hash, uint32_t position)
{
    for (;; position += ORCH__TAGS_AT_ONCE) {
        uint64_t tags = orch__table_tags(table, position);
        uint64_t free = orch__tags_free(tags);
        uint64_t other = tags ^ ORCH__EACH_TAG(orch__table_tag(hash));
        /* where it is 0, and by the borrow perhaps one behind; before the first free one */
        uint64_t same = (other - ORCH__EACH_TAG(1)) & ~other & ORCH__EACH_TAG(0x80) & (free - 1) & ~free;

        for (; same; same &= same - 1) {
            uint32_t at = position + orch__tags_first(same);
            orch__slot slot = table->slots[at & (table->size - 1)];

            if (slot.hash == hash)
                return (orch__probe){slot.index, hash, at};
        }
        if (free)
            return (orch__probe){0, hash, position + orch__tags_first(free)};
    }
}

static inline orch__probe orch__table_first(const orch__table *table, uint32_t hash)
{
    return table->size ? orch__table_from(table, hash, hash) : (orch__probe){0, hash, 0};
}

static inline orch__probe orch__table_next(const orch__table *table, orch__probe probe)
{
    return orch__table_from(table, probe.hash, probe.position + 1);
}

/* Makes room for `count` more entries. ORCH_E_NO_MEMORY: the table is as it was. */
ORCH_MUST_USE static inline int orch__table_reserve(orch__table *table, uint32_t count)
{
    bool fits = ((uint64_t)table->count + count) * 4 <= (uint64_t)table->size * 3;

    return fits ? 0 : orch__table_grow(table, count);
}

/* The slot at this position, or of this hash, will be written soon. Slots lie too far from each other to be in a cache: a
 * write that has to wait for its line holds up all that follow. */
static inline void orch__table_prefetch(const orch__table *table, uint32_t position)
{
    if (table->size)
        __builtin_prefetch(&table->slots[position & (table->size - 1)], 1);
}

/* Mixes a word into a hash (the finalizer of MurmurHash3, public domain). */
static inline uint64_t orch__mix(uint64_t hash, uint64_t word)
{
    hash ^= word;
    hash ^= hash >> 33;
    hash *= 0xff51afd7ed558ccdu;
    hash ^= hash >> 33;
    hash *= 0xc4ceb9fe1a85ec53u;
    return hash ^ (hash >> 33);
}

#endif
