/* Hash table from a hash to pool indexes. The keys stay with the items: the caller compares.
 *
 *     for (orch__probe p = orch__table_first(t, hash); p.index; p = orch__table_next(t, p)) …
 *
 * The table is an array of groups, each one cache line: a look-up, an insertion and a removal nearly always touch one line. A
 * group compares its twelve tags (seven bits of the hash) at once, so that "not there", the usual answer, needs no item and no
 * branch that depends on how the entries happen to lie. An entry that finds its group full goes to a later one, and is
 * counted by each group that it passed: a look-up ends at a group that nobody passed. After F14 (Bronson and Shi,
 * "Open-sourcing F14 for faster, more memory-efficient hash tables", 2019).
 */
#ifndef ORCHD_TABLE_H
#define ORCHD_TABLE_H

#include "bytes.h"
#include "line.h"
#include "memory.h"

#define ORCH__GROUP_ITEMS 12u

typedef struct orch__group {
    uint8_t tags[ORCH__GROUP_ITEMS]; /* 0: free; otherwise the highest bit is set */
    uint32_t passed;                 /* entries that lie behind because this group was full */
    uint32_t items[ORCH__GROUP_ITEMS];
} orch__group;

_Static_assert(sizeof(orch__group) == ORCH__LINE_SIZE, "a group is a cache line");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first tag is the lowest byte");

/* The hash under which an item was inserted: entries move when the table grows. */
typedef uint32_t (*orch__hash_fn)(const void *owner, uint32_t index);

typedef struct orch__table {
    orch__memory *memory;
    orch__hash_fn hash_of;
    const void *owner;
    void *block; /* of the allocator; the groups begin at the first line in it */
    orch__group *groups;
    uint32_t size;  /* groups: a power of two, or 0 */
    uint32_t count; /* entries; at most nine a group */
} orch__table;

typedef struct orch__probe {
    uint32_t index; /* 0: the end */
    uint32_t hash;
    uint32_t group;
    uint32_t place;
} orch__probe;

void orch__table_init(orch__table *table, orch__memory *memory, orch__hash_fn hash_of, const void *owner);
void orch__table_fini(orch__table *table);

/* A larger table, with room for `count` more entries. ORCH_E_NO_MEMORY: the table is as it was. */
ORCH_MUST_USE int orch__table_grow(orch__table *table, uint32_t count);
/* Room was reserved; the same index is not in the table. */
void orch__table_insert(orch__table *table, uint32_t hash, uint32_t index);
void orch__table_remove(orch__table *table, uint32_t hash, uint32_t index);

/* Seven bits of the hash that do not tell the group, but in very large tables. */
static inline uint8_t orch__table_tag(uint32_t hash)
{
    return (uint8_t)(0x80 | hash >> 25);
}

/* A bit for each place with this tag; 0: for each free one. */
#ifdef __SSE2__
typedef char orch__tags __attribute__((vector_size(16)));

static inline uint32_t orch__group_places(const orch__group *group, uint8_t tag)
{
    orch__tags tags, equal;

    memcpy(&tags, group, sizeof tags);
    equal = tags == (orch__tags){0} + (char)tag;
    return (uint32_t)__builtin_ia32_pmovmskb128(equal) & ((1u << ORCH__GROUP_ITEMS) - 1);
}
#else
#define ORCH__EACH_BYTE(byte) ((uint64_t)(byte)*0x0101010101010101u)

/* The highest bit of each byte that equals `tag`, gathered in the lowest ones. By a borrow there may be one more, of a tag
 * that differs in the lowest bit: the caller compares keys anyway. Never a free one, and for `tag` 0 none. */
static inline uint32_t orch__bytes_equal(uint64_t bytes, uint8_t tag)
{
    uint64_t other = bytes ^ ORCH__EACH_BYTE(tag);
    uint64_t equal = (other - ORCH__EACH_BYTE(1)) & ~other & ORCH__EACH_BYTE(0x80);

    return (uint32_t)((equal >> 7) * 0x0102040810204080u >> 56);
}

static inline uint32_t orch__group_places(const orch__group *group, uint8_t tag)
{
    uint64_t low;
    uint32_t high;

    memcpy(&low, group->tags, sizeof low);
    memcpy(&high, group->tags + sizeof low, sizeof high);
    return orch__bytes_equal(low, tag) | (orch__bytes_equal(high, tag) & 0xF) << 8;
}
#endif

/* The next entry with the tag of this hash, from this place of this group on. */
static inline orch__probe orch__table_from(const orch__table *table, uint32_t hash, uint32_t at,
                                           uint32_t place)
{
    for (;; at++, place = 0) {
        const orch__group *group = &table->groups[at & (table->size - 1)];
        uint32_t places = orch__group_places(group, orch__table_tag(hash)) >> place << place;

        if (places) {
            place = (uint32_t)__builtin_ctz(places);
            return (orch__probe){group->items[place], hash, at, place};
        }
        if (group->passed == 0)
            return (orch__probe){0, hash, at, 0};
    }
}

static inline orch__probe orch__table_first(const orch__table *table, uint32_t hash)
{
    return table->size ? orch__table_from(table, hash, hash, 0) : (orch__probe){0, hash, 0, 0};
}

static inline orch__probe orch__table_next(const orch__table *table, orch__probe probe)
{
    return orch__table_from(table, probe.hash, probe.group, probe.place + 1);
}

/* Makes room for `count` more entries. ORCH_E_NO_MEMORY: the table is as it was. */
ORCH_MUST_USE static inline int orch__table_reserve(orch__table *table, uint32_t count)
{
    bool fits = (uint64_t)table->count + count <= (uint64_t)table->size * (ORCH__GROUP_ITEMS * 3 / 4);

    return fits ? 0 : orch__table_grow(table, count);
}

/* This hash will be looked for soon. */
static inline void orch__table_prefetch(const orch__table *table, uint32_t hash)
{
    if (table->size)
        orch__line_fetch(&table->groups[hash & (table->size - 1)]);
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
