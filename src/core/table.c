/* Invariants
 *  1. An entry lies in the group of its hash or, with no free group before it at the time, in a later one.
 *  2. passed of a group is the number of entries that were led past it, from their own group to where they lie.
 */
#include "table.h"

#include "assertion.h"

#define SIZE_MIN 8u

void orch__table_init(orch__table *table, orch__memory *memory, orch__hash_fn hash_of, const void *owner)
{
    *table = (orch__table){.memory = memory, .hash_of = hash_of, .owner = owner};
}

static size_t block_size(uint32_t groups)
{
    return (size_t)groups * sizeof(orch__group) + ORCH__LINE_SIZE;
}

void orch__table_fini(orch__table *table)
{
    if (table->block)
        orch__resize(table->memory, table->block, block_size(table->size), 0);
    orch__table_init(table, table->memory, table->hash_of, table->owner);
}

static void put(orch__table *table, uint32_t hash, uint32_t index)
{
    uint32_t at = hash & (table->size - 1);
    orch__group *group = &table->groups[at];
    uint32_t free, place;

    while ((free = orch__group_places(group, 0)) == 0) {
        group->passed++;
        at = (at + 1) & (table->size - 1);
        group = &table->groups[at];
    }
    place = (uint32_t)__builtin_ctz(free);
    group->tags[place] = orch__table_tag(hash);
    group->items[place] = index;
}

static void put_all(orch__table *table, const orch__table *old)
{
    for (uint32_t i = 0; i < old->size; i++)
        for (uint32_t place = 0; place < ORCH__GROUP_ITEMS; place++)
            if (old->groups[i].tags[place]) {
                uint32_t index = old->groups[i].items[place];

                put(table, table->hash_of(table->owner, index), index);
            }
}

int orch__table_grow(orch__table *table, uint32_t count)
{
    const orch__table old = *table;
    uint32_t size = old.size ? old.size : SIZE_MIN;
    void *block;

    while ((uint64_t)size * (ORCH__GROUP_ITEMS * 3 / 4) < (uint64_t)old.count + count)
        size *= 2;
    block = orch__resize(table->memory, NULL, 0, block_size(size));
    if (!block)
        return ORCH_E_NO_MEMORY;
    memset(block, 0, block_size(size));
    table->block = block;
    table->groups = orch__line_in(block);
    table->size = size;
    put_all(table, &old);
    if (old.block)
        orch__resize(table->memory, old.block, block_size(old.size), 0);
    return 0;
}

void orch__table_insert(orch__table *table, uint32_t hash, uint32_t index)
{
    ORCH_ASSERT(table->count < table->size * (ORCH__GROUP_ITEMS * 3 / 4));
    put(table, hash, index);
    table->count++;
}

void orch__table_remove(orch__table *table, uint32_t hash, uint32_t index)
{
    orch__probe probe = orch__table_first(table, hash);

    while (probe.index != index) {
        ORCH_ASSERT(probe.index);
        probe = orch__table_next(table, probe);
    }
    for (uint32_t passed = hash; passed != probe.group; passed++)
        table->groups[passed & (table->size - 1)].passed--;
    table->groups[probe.group & (table->size - 1)].tags[probe.place] = 0;
    table->count--;
}
