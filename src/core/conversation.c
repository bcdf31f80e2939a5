#include "conversation.h"

#include "assertion.h"

#define FORGET_MAX 256

uint32_t orch__conversation_hash(uint32_t daemon, uint64_t channel, uint64_t thread)
{
    return (uint32_t)orch__mix(channel, thread * 0x9e3779b97f4a7c15u + daemon * 0xbf58476d1ce4e5b9u);
}

uint32_t orch__conversation_hash_of(const void *core, uint32_t conversation)
{
    return orch__conversation_at(core, conversation)->hash;
}

uint32_t orch__conversation_find(const orch_core *core, uint32_t daemon, uint64_t channel, uint64_t thread)
{
    uint32_t hash = orch__conversation_hash(daemon, channel, thread);

    for (orch__probe p = orch__table_first(&core->conversations_by_key, hash); p.index;
         p = orch__table_next(&core->conversations_by_key, p)) {
        const orch__conversation *c = orch__conversation_at(core, p.index);

        if (c->channel == channel && c->thread == thread && c->daemon == daemon)
            return p.index;
    }
    return 0;
}

/* ---- offline memories ---- */

static void rearm_memory_timer(orch_core *core)
{
    uint32_t oldest = core->memories.first;

    if (oldest == 0)
        orch__timer_disarm(&core->wheel, core->memory_timer);
    else
        orch__timer_arm(&core->wheel, core->memory_timer,
                        orch__conversation_at(core, oldest)->offline_ms + core->config.offline_repeat_ms);
}

static void unlink_memory(orch_core *core, orch__conversation *c)
{
    if (c->memory_prev)
        orch__conversation_at(core, c->memory_prev)->memory_next = c->memory_next;
    else
        core->memories.first = c->memory_next;
    if (c->memory_next)
        orch__conversation_at(core, c->memory_next)->memory_prev = c->memory_prev;
    else
        core->memories.last = c->memory_prev;
    c->memory_next = c->memory_prev = 0;
    c->offline_ms = 0;
}

/* Keeps the order by time; nearly always the new one is the youngest. */
static void link_memory(orch_core *core, uint32_t index)
{
    orch__conversation *c = orch__conversation_at(core, index);
    uint32_t older = core->memories.last;

    while (older && orch__conversation_at(core, older)->offline_ms > c->offline_ms)
        older = orch__conversation_at(core, older)->memory_prev;
    c->memory_prev = older;
    c->memory_next = older ? orch__conversation_at(core, older)->memory_next : core->memories.first;
    if (older)
        orch__conversation_at(core, older)->memory_next = index;
    else
        core->memories.first = index;
    if (c->memory_next)
        orch__conversation_at(core, c->memory_next)->memory_prev = index;
    else
        core->memories.last = index;
}

void orch__conversation_remember(orch_core *core, uint32_t conversation, int64_t at_ms)
{
    orch__conversation *c = orch__conversation_at(core, conversation);

    ORCH_ASSERT(at_ms > 0 && at_ms <= core->now_ms);
    if (c->offline_ms >= at_ms)
        return;
    if (c->offline_ms)
        unlink_memory(core, c);
    c->offline_ms = at_ms;
    link_memory(core, conversation);
    rearm_memory_timer(core);
}

bool orch__conversation_offline_sent(const orch_core *core, const orch__conversation *conversation)
{
    return conversation->offline_ms &&
           core->now_ms - conversation->offline_ms < (int64_t)core->config.offline_repeat_ms;
}

/* An idle conversation goes with its memory. */
static void forget_oldest(orch_core *core)
{
    uint32_t oldest = core->memories.first;

    unlink_memory(core, orch__conversation_at(core, oldest));
    orch__conversation_settle(core, oldest, false);
}

void orch__conversation_forget_old(orch_core *core)
{
    for (int i = 0; i < FORGET_MAX && core->memories.first; i++) {
        if (orch__conversation_offline_sent(core, orch__conversation_at(core, core->memories.first)))
            break;
        forget_oldest(core);
    }
    rearm_memory_timer(core);
}

/* ---- lists ---- */

static void unlink_from_list(orch_core *core, orch__conversation *c)
{
    orch__daemon *daemon = orch__daemon_at(core, c->daemon);
    orch__list *list = &daemon->lists[c->list];

    if (c->prev)
        orch__conversation_at(core, c->prev)->next = c->next;
    else
        list->first = c->next;
    if (c->next)
        orch__conversation_at(core, c->next)->prev = c->prev;
    else
        list->last = c->prev;
    if (c->list == ORCH__LIST_ACTIVE)
        daemon->active--;
    if (c->list != ORCH__LIST_IDLE)
        core->conversations_busy--;
    c->next = c->prev = 0;
    c->list = ORCH__LIST_NONE;
}

static void link_into_list(orch_core *core, uint32_t index, orch__list_kind kind, bool first)
{
    orch__conversation *c = orch__conversation_at(core, index);
    orch__daemon *daemon = orch__daemon_at(core, c->daemon);
    orch__list *list = &daemon->lists[kind];

    c->prev = first ? 0 : list->last;
    c->next = first ? list->first : 0;
    if (c->prev)
        orch__conversation_at(core, c->prev)->next = index;
    else
        list->first = index;
    if (c->next)
        orch__conversation_at(core, c->next)->prev = index;
    else
        list->last = index;
    c->list = kind;
    if (kind == ORCH__LIST_ACTIVE)
        daemon->active++;
    if (kind != ORCH__LIST_IDLE)
        core->conversations_busy++;
}

static orch__list_kind list_for(const orch_core *core, const orch__conversation *c)
{
    if (c->first_turn == 0)
        return c->offline_ms ? ORCH__LIST_IDLE : ORCH__LIST_NONE;
    return orch__turn_at(core, c->first_turn)->state == ORCH__TURN_QUEUED ? ORCH__LIST_READY
                                                                          : ORCH__LIST_ACTIVE;
}

static void free_conversation(orch_core *core, uint32_t index)
{
    orch__table_remove(&core->conversations_by_key, orch__conversation_at(core, index)->hash, index);
    orch__pool_give(&core->conversations, index);
}

void orch__conversation_settle(orch_core *core, uint32_t conversation, bool first)
{
    orch__conversation *c = orch__conversation_at(core, conversation);
    orch__list_kind kind = list_for(core, c);

    if (kind == (orch__list_kind)c->list && kind != ORCH__LIST_NONE)
        return;
    if (c->list != ORCH__LIST_NONE)
        unlink_from_list(core, c);
    if (kind == ORCH__LIST_NONE)
        free_conversation(core, conversation);
    else
        link_into_list(core, conversation, kind, first);
}

void orch__conversation_drop(orch_core *core, uint32_t conversation)
{
    orch__conversation *c = orch__conversation_at(core, conversation);

    ORCH_ASSERT(c->first_turn == 0);
    if (c->offline_ms) {
        unlink_memory(core, c);
        rearm_memory_timer(core);
    }
    orch__conversation_settle(core, conversation, false);
}

/* ---- making one ---- */

int orch__conversation_reserve(orch_core *core)
{
    while (core->conversations.live >= core->config.conversations_max) {
        if (core->memories.first == 0)
            return ORCH_E_FULL;
        forget_oldest(core);
        rearm_memory_timer(core);
    }
    if (orch__pool_reserve(&core->conversations, 1 + core->reserved) != 0)
        return ORCH_E_NO_MEMORY;
    return orch__table_reserve(&core->conversations_by_key, 1 + core->reserved);
}

uint32_t orch__conversation_new(orch_core *core, uint32_t daemon, uint64_t channel, uint64_t thread)
{
    uint32_t index = orch__pool_take(&core->conversations);
    orch__conversation *c = orch__conversation_at(core, index);

    *c =
        (orch__conversation){.daemon = daemon, .channel = channel, .thread = thread, .list = ORCH__LIST_NONE};
    c->hash = orch__conversation_hash(daemon, channel, thread);
    orch__table_insert(&core->conversations_by_key, c->hash, index);
    return index;
}

void orch__conversation_push(orch_core *core, uint32_t conversation, uint32_t turn)
{
    orch__conversation *c = orch__conversation_at(core, conversation);

    orch__turn_at(core, turn)->next = 0;
    if (c->last_turn)
        orch__turn_at(core, c->last_turn)->next = turn;
    else
        c->first_turn = turn;
    c->last_turn = turn;
}

void orch__conversation_pop(orch_core *core, uint32_t conversation)
{
    orch__conversation *c = orch__conversation_at(core, conversation);

    c->first_turn = orch__turn_at(core, c->first_turn)->next;
    if (c->first_turn == 0)
        c->last_turn = 0;
}
