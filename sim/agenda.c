/* A binary heap. */
#include "agenda.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

void sim_agenda_init(sim_agenda *agenda)
{
    agenda->heap = malloc(SIM_AGENDA_MAX * sizeof *agenda->heap);
    if (!agenda->heap) {
        perror("orchd-sim");
        exit(2);
    }
    sim_agenda_clear(agenda);
}

void sim_agenda_fini(sim_agenda *agenda)
{
    free(agenda->heap);
}

void sim_agenda_clear(sim_agenda *agenda)
{
    agenda->count = 0;
    agenda->order = 0;
}

static bool before(const sim_item *a, const sim_item *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void rise(sim_agenda *agenda, sim_item item)
{
    size_t i = agenda->count++;

    while (i > 0 && before(&item, &agenda->heap[(i - 1) / 2])) {
        agenda->heap[i] = agenda->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    agenda->heap[i] = item;
}

void sim_agenda_add(sim_agenda *agenda, sim_item item)
{
    if (agenda->count >= SIM_AGENDA_MAX) {
        fprintf(stderr, "orchd-sim: the agenda is full\n");
        abort();
    }
    item.order = ++agenda->order;
    rise(agenda, item);
}

void sim_agenda_forget(sim_agenda *agenda, uint32_t life)
{
    size_t count = agenda->count;

    agenda->count = 0;
    for (size_t i = 0; i < count; i++) {
        sim_item item = agenda->heap[i];

        if (item.life != life)
            rise(agenda, item);
    }
}

sim_item sim_agenda_take(sim_agenda *agenda)
{
    sim_item first = agenda->heap[0];
    sim_item last = agenda->heap[--agenda->count];
    size_t i = 0;

    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= agenda->count)
            break;
        if (child + 1 < agenda->count && before(&agenda->heap[child + 1], &agenda->heap[child]))
            child++;
        if (!before(&agenda->heap[child], &last))
            break;
        agenda->heap[i] = agenda->heap[child];
        i = child;
    }
    agenda->heap[i] = last;
    return first;
}
