#include "table.h"

#include "assertion.h"
#include "bytes.h"

void orch__table_init(orch__table *table, orch__memory *memory)
{
    *table = (orch__table){.memory = memory};
}

void orch__table_fini(orch__table *table)
{
    if (table->slots)
        orch__resize(table->memory, table->slots, table->size * sizeof *table->slots, 0);
    *table = (orch__table){.memory = table->memory};
}

static void put(orch__slot *slots, uint32_t size, orch__slot entry)
{
    uint32_t position = entry.hash;

    while (slots[position & (size - 1)].index)
        position++;
    slots[position & (size - 1)] = entry;
}

int orch__table_grow(orch__table *table, uint32_t count)
{
    uint32_t size = table->size ? table->size : 64;
    orch__slot *slots;

    while ((uint64_t)size * 3 < ((uint64_t)table->count + count) * 4)
        size *= 2;
    slots = orch__resize(table->memory, NULL, 0, size * sizeof *slots);
    if (!slots)
        return ORCH_E_NO_MEMORY;
    memset(slots, 0, size * sizeof *slots);
    for (uint32_t i = 0; i < table->size; i++)
        if (table->slots[i].index)
            put(slots, size, table->slots[i]);
    if (table->slots)
        orch__resize(table->memory, table->slots, table->size * sizeof *slots, 0);
    table->slots = slots;
    table->size = size;
    return 0;
}

void orch__table_insert(orch__table *table, uint32_t hash, uint32_t index)
{
    ORCH_ASSERT((uint64_t)table->count * 4 < (uint64_t)table->size * 3);
    put(table->slots, table->size, (orch__slot){hash, index});
    table->count++;
}

/* After a removal at `hole`, moves back each entry of the cluster that could not be found across the hole. */
static void close_hole(orch__table *table, uint32_t hole)
{
    uint32_t mask = table->size - 1;

    for (uint32_t i = (hole + 1) & mask; table->slots[i].index; i = (i + 1) & mask) {
        uint32_t home = table->slots[i].hash & mask;

        if (((i - home) & mask) >= ((i - hole) & mask)) {
            table->slots[hole] = table->slots[i];
            hole = i;
        }
    }
    table->slots[hole] = (orch__slot){0, 0};
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
