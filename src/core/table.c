#include "table.h"

#include "assertion.h"
#include "bytes.h"

void orch__table_init(orch__table *table, orch__memory *memory)
{
    *table = (orch__table){.memory = memory};
}

static size_t block_size(uint32_t slots)
{
    return slots * (sizeof(orch__slot) + sizeof(uint8_t)) + ORCH__TAGS_AT_ONCE;
}

void orch__table_fini(orch__table *table)
{
    if (table->slots)
        orch__resize(table->memory, table->slots, block_size(table->size), 0);
    *table = (orch__table){.memory = table->memory};
}

static void set_tag(orch__table *table, uint32_t slot, uint8_t tag)
{
    table->tags[slot] = tag;
    if (slot < ORCH__TAGS_AT_ONCE)
        table->tags[table->size + slot] = tag;
}

static void put(orch__table *table, orch__slot entry)
{
    uint32_t position = entry.hash;
    uint64_t free;

    while ((free = orch__tags_free(orch__table_tags(table, position))) == 0)
        position += ORCH__TAGS_AT_ONCE;
    position = (position + orch__tags_first(free)) & (table->size - 1);
    set_tag(table, position, orch__table_tag(entry.hash));
    table->slots[position] = entry;
}

int orch__table_grow(orch__table *table, uint32_t count)
{
    const orch__table old = *table;
    uint32_t size = old.size ? old.size : 64;
    orch__slot *slots;

    while ((uint64_t)size * 3 < ((uint64_t)old.count + count) * 4)
        size *= 2;
    slots = orch__resize(table->memory, NULL, 0, block_size(size));
    if (!slots)
        return ORCH_E_NO_MEMORY;
    memset(slots, 0, block_size(size));
    table->slots = slots;
    table->tags = (uint8_t *)(slots + size);
    table->size = size;
    for (uint32_t i = 0; i < old.size; i++)
        if (old.tags[i])
            put(table, old.slots[i]);
    if (old.slots)
        orch__resize(table->memory, old.slots, block_size(old.size), 0);
    return 0;
}

void orch__table_insert(orch__table *table, uint32_t hash, uint32_t index)
{
    ORCH_ASSERT((uint64_t)table->count * 4 < (uint64_t)table->size * 3);
    put(table, (orch__slot){hash, index});
    table->count++;
}

/* After a removal at `hole`, moves back each entry of the cluster that could not be found across the hole. */
static void close_hole(orch__table *table, uint32_t hole)
{
    const uint32_t mask = table->size - 1;

    for (uint32_t i = (hole + 1) & mask; table->tags[i]; i = (i + 1) & mask) {
        uint32_t home = table->slots[i].hash & mask;

        if (((i - home) & mask) >= ((i - hole) & mask)) {
            table->slots[hole] = table->slots[i];
            set_tag(table, hole, table->tags[i]);
            hole = i;
        }
    }
    set_tag(table, hole, 0);
}

void orch__table_remove(orch__table *table, uint32_t hash, uint32_t index)
{
    orch__probe probe = orch__table_first(table, hash);

    while (probe.index != index) {
        ORCH_ASSERT(probe.index);
        probe = orch__table_next(table, probe);
    }
    close_hole(table, probe.position & (table->size - 1));
    table->count--;
}
