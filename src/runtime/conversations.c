/* The conversations of a daemon: those that run or wait, and those that it answered lately. */
#include "runtime_parts.h"

#include <stdlib.h>
#include <string.h>

typedef struct listing {
    orch_runtime *runtime;
    orch_orchestrator *orchestrator;
    orch_live_conversations_fn done;
    void *user;
    size_t count;
    orch_live_conversation items[ORCH_LIVE_CONVERSATIONS_MAX];
} listing;

static bool is_same(const orch_live_conversation *one, const orch_channel *channel, const orch_id *parent_id)
{
    return one->channel == channel && strcmp(one->parent_id.text, parent_id->text) == 0;
}

/* NULL: the list is full. */
static orch_live_conversation *find_or_add(listing *list, orch_channel *channel, const orch_id *parent_id)
{
    for (size_t i = 0; i < list->count; i++)
        if (is_same(&list->items[i], channel, parent_id))
            return &list->items[i];
    if (list->count == ORCH_LIVE_CONVERSATIONS_MAX)
        return NULL;
    list->items[list->count] = (orch_live_conversation){.channel = channel, .parent_id = *parent_id};
    return &list->items[list->count++];
}

static void add_turn(orch__live_turn *turn, void *user)
{
    listing *list = user;
    orch_live_conversation *found;

    if (turn->orchestrator != list->orchestrator)
        return;
    found = find_or_add(list, turn->channel, &turn->parent_id);
    if (!found)
        return;
    if (turn->state == ORCH__LIVE_WAITING)
        found->queued++;
    else
        found->running++;
}

static void answered_read(const orch_problem *problem, const orch_conversation *items, size_t count,
                          void *user)
{
    listing *list = user;

    if (!problem)
        orch__live_turns_visit(list->runtime, add_turn, list);
    for (size_t i = 0; i < count && !problem; i++) {
        orch_live_conversation *found = find_or_add(list, items[i].channel, &items[i].parent_id);

        if (!found)
            continue;
        found->answered = items[i].answered;
        found->last_answered_ms = items[i].last_answered_ms;
    }
    list->done(problem, list->items, list->count, list->user);
    free(list);
}

int orch_runtime_conversations(orch_runtime *runtime, orch_orchestrator *orchestrator,
                               orch_live_conversations_fn done, void *user)
{
    listing *list = malloc(sizeof *list);
    int error;

    if (!list)
        return ORCH_E_NO_MEMORY;
    list->runtime = runtime;
    list->orchestrator = orchestrator;
    list->done = done;
    list->user = user;
    list->count = 0;
    error = orch_workspace_conversations(runtime->workspace, orchestrator, answered_read, list);
    if (error)
        free(list);
    return error;
}
