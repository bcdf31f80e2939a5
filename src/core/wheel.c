/* Invariants
 *  1. The timers 1 … HEADS are the heads of the lists: 1 + SLOTS * level + slot, and DUE.
 *  2. A list is a ring: the head's next is the first, the head's prev the last; an empty head points to itself.
 *  3. filled has the bit of a slot exactly when its list is not empty, levels at least those of the levels that have such a slot.
 *  4. A timer in a slot of level L has the slot's number in its deadline's digit L, and is 1 … 255 slots of the level ahead.
 *  5. next_ms and next_head are the start of the earliest slot that is not empty and its list; INT64_MAX, 0: there is none.
 *  6. Of two timers with the same deadline the one armed first is due first. It may wait on a higher level than the other, so
 *     what comes down from a level goes before what lies on the one below, and at the same moment the higher level goes first.
 */
#include "wheel.h"

#include "assertion.h"
#include "line.h"

#define SLOTS ORCH__WHEEL_SLOTS
#define DIGIT 8u /* bits */
#define WORDS (SLOTS / 64u)
#define DUE   (ORCH__WHEEL_LEVELS * SLOTS + 1u)
#define HEADS DUE

int orch__wheel_init(orch__wheel *wheel, orch__memory *memory)
{
    *wheel = (orch__wheel){.next_ms = INT64_MAX};
    orch__pool_init(&wheel->timers, memory, sizeof(orch__timer));
    if (orch__pool_reserve(&wheel->timers, HEADS) != 0)
        return ORCH_E_NO_MEMORY;
    for (uint32_t i = 0; i < HEADS; i++) {
        uint32_t head = orch__pool_take(&wheel->timers);

        *orch__timer_at(wheel, head) = (orch__timer){.next = head, .prev = head};
    }
    return 0;
}

void orch__wheel_fini(orch__wheel *wheel)
{
    orch__pool_fini(&wheel->timers);
}

int orch__wheel_reserve(orch__wheel *wheel, uint32_t count)
{
    return orch__pool_reserve(&wheel->timers, count);
}

uint32_t orch__timer_new(orch__wheel *wheel, orch__timer_kind kind, uint32_t owner)
{
    uint32_t timer = orch__pool_take(&wheel->timers);

    *orch__timer_at(wheel, timer) = (orch__timer){.kind = (uint32_t)kind, .owner = owner};
    return timer;
}

void orch__timer_free(orch__wheel *wheel, uint32_t timer)
{
    orch__timer_disarm(wheel, timer);
    orch__timer_at(wheel, timer)->kind = ORCH__TIMER_NONE;
    orch__pool_give(&wheel->timers, timer);
}

bool orch__timer_armed(const orch__wheel *wheel, uint32_t timer)
{
    return orch__timer_at(wheel, timer)->next != 0;
}

/* How many slots of the level the deadline is ahead. */
static uint64_t slots_ahead(const orch__wheel *wheel, int64_t deadline_ms, uint32_t level)
{
    return (uint64_t)((deadline_ms >> (DIGIT * level)) - (wheel->now_ms >> (DIGIT * level)));
}

/* The slot of the level in which a timer of this deadline belongs. */
static uint32_t slot_for(int64_t deadline_ms, uint32_t level)
{
    return 1u + level * SLOTS + (uint32_t)((deadline_ms >> (DIGIT * level)) & (SLOTS - 1));
}

/* The head of the list in which a timer of this deadline is put: on the lowest level that reaches so far. */
static uint32_t head_for(const orch__wheel *wheel, int64_t deadline_ms)
{
    uint32_t level;

    if (deadline_ms <= wheel->now_ms)
        return DUE;
    level = (63u - (uint32_t)__builtin_clzll((uint64_t)(deadline_ms - wheel->now_ms))) / DIGIT;
    level += slots_ahead(wheel, deadline_ms, level) == SLOTS; /* never more */
    return slot_for(deadline_ms, level);
}

/* The word of `filled` and the bit in it that belong to the slot of this head. */
static uint64_t *filled_word(orch__wheel *wheel, uint32_t head)
{
    return &wheel->filled[(head - 1) / SLOTS][(head - 1) % SLOTS / 64];
}

static uint64_t filled_bit(uint32_t head)
{
    return (uint64_t)1 << ((head - 1) % 64);
}

/* The first slot of the level that is not empty: how many slots it is ahead; SLOTS or more: there is none. */
static uint32_t first_ahead(const orch__wheel *wheel, uint32_t level)
{
    uint32_t at = (uint32_t)((wheel->now_ms >> (DIGIT * level)) & (SLOTS - 1)), word = at / 64, bit = at % 64;
    uint64_t filled = wheel->filled[level][word] >> bit;
    uint32_t ahead = 0;

    if (filled == 0) {
        ahead = 64 - bit;
        while (ahead < SLOTS && (filled = wheel->filled[level][++word % WORDS]) == 0)
            ahead += 64;
    }
    return filled ? ahead + (uint32_t)__builtin_ctzll(filled) : SLOTS;
}

/* The earliest slot that is not empty; of two that start at the same moment, that of the higher level. */
static void find_next(orch__wheel *wheel)
{
    wheel->next_ms = INT64_MAX;
    wheel->next_head = 0;
    for (uint32_t levels = wheel->levels; levels;) {
        uint32_t level = 31u - (uint32_t)__builtin_clz(levels);
        uint32_t ahead = first_ahead(wheel, level);
        int64_t start = ((wheel->now_ms >> (DIGIT * level)) + ahead) << (DIGIT * level);

        levels &= ~(1u << level);
        if (ahead >= SLOTS)
            wheel->levels &= ~(1u << level);
        else if (start < wheel->next_ms) {
            wheel->next_ms = start;
            wheel->next_head = slot_for(start, level);
        }
    }
}

static void mark_filled(orch__wheel *wheel, uint32_t head)
{
    *filled_word(wheel, head) |= filled_bit(head);
    wheel->levels |= 1u << (head - 1) / SLOTS;
}

static void mark_empty(orch__wheel *wheel, uint32_t head)
{
    *filled_word(wheel, head) &= ~filled_bit(head);
}

/* A slot that was empty may be the earliest one now. */
static void notice(orch__wheel *wheel, uint32_t head, int64_t deadline_ms)
{
    uint32_t below = (head - 1) / SLOTS * DIGIT;
    int64_t start = deadline_ms >> below << below;

    if (start > wheel->next_ms || (start == wheel->next_ms && head < wheel->next_head))
        return;
    wheel->next_ms = start;
    wheel->next_head = head;
}

static void link_last(orch__wheel *wheel, uint32_t timer)
{
    orch__timer *t = orch__timer_at(wheel, timer);
    uint32_t head = head_for(wheel, t->deadline_ms);
    orch__timer *h = orch__timer_at(wheel, head);

    if (h->prev == head && head != DUE) {
        mark_filled(wheel, head);
        notice(wheel, head, t->deadline_ms);
    }
    t->next = head;
    t->prev = h->prev;
    orch__timer_at(wheel, h->prev)->next = timer;
    h->prev = timer;
}

static void link_first(orch__wheel *wheel, uint32_t timer, uint32_t head)
{
    orch__timer *t = orch__timer_at(wheel, timer), *h = orch__timer_at(wheel, head);

    if (h->next == head)
        mark_filled(wheel, head);
    t->prev = head;
    t->next = h->next;
    orch__timer_at(wheel, h->next)->prev = timer;
    h->next = timer;
}

/* Not inlined, so that what happens each time stays small. */
__attribute__((noinline)) static void empty_slot(orch__wheel *wheel, uint32_t head)
{
    mark_empty(wheel, head);
    if (head == wheel->next_head)
        find_next(wheel);
}

static void unlink_timer(orch__wheel *wheel, uint32_t timer)
{
    orch__timer *t = orch__timer_at(wheel, timer);
    uint32_t next = t->next, prev = t->prev;

    orch__timer_at(wheel, next)->prev = prev;
    orch__timer_at(wheel, prev)->next = next;
    t->next = t->prev = 0;
    if (next != prev || next >= DUE)
        return;
    empty_slot(wheel, next);
}

void orch__timer_arm(orch__wheel *wheel, uint32_t timer, int64_t deadline_ms)
{
    ORCH_ASSERT(timer > HEADS);
    if (orch__timer_armed(wheel, timer))
        unlink_timer(wheel, timer);
    else
        wheel->armed++;
    orch__timer_at(wheel, timer)->deadline_ms = deadline_ms;
    link_last(wheel, timer);
}

void orch__timer_disarm(orch__wheel *wheel, uint32_t timer)
{
    if (!orch__timer_armed(wheel, timer))
        return;
    unlink_timer(wheel, timer);
    wheel->armed--;
}

/* What lies in a slot of level 0 runs out at the same moment: the list moves as a whole. */
static void move_to_due(orch__wheel *wheel, uint32_t head)
{
    orch__timer *h = orch__timer_at(wheel, head), *due = orch__timer_at(wheel, DUE);

    orch__timer_at(wheel, due->prev)->next = h->next;
    orch__timer_at(wheel, h->next)->prev = due->prev;
    orch__timer_at(wheel, h->prev)->next = DUE;
    due->prev = h->prev;
    h->next = h->prev = head;
}

/* Each timer of the slot goes to the level below, before those that are there: they were armed later. */
static void spread(orch__wheel *wheel, uint32_t head)
{
    uint32_t level = (head - 1) / SLOTS;
    orch__timer *h = orch__timer_at(wheel, head);
    uint32_t timer = h->prev;

    h->next = h->prev = head;
    while (timer != head) {
        const orch__timer *t = orch__timer_at(wheel, timer);
        uint32_t previous = t->prev;

        orch__line_fetch(orch__timer_at(wheel, previous));
        link_first(wheel, timer, slot_for(t->deadline_ms, level - 1));
        timer = previous;
    }
}

void orch__wheel_advance(orch__wheel *wheel, int64_t now_ms)
{
    ORCH_ASSERT(now_ms >= wheel->now_ms && now_ms < ORCH__TIME_MAX * 2);
    while (wheel->next_ms <= now_ms) {
        uint32_t head = wheel->next_head;

        wheel->now_ms = wheel->next_ms;
        mark_empty(wheel, head);
        if (head <= SLOTS)
            move_to_due(wheel, head);
        else
            spread(wheel, head);
        find_next(wheel);
    }
    wheel->now_ms = now_ms;
}

uint32_t orch__wheel_due(const orch__wheel *wheel)
{
    uint32_t first = orch__timer_at(wheel, DUE)->next;

    return first == DUE ? 0 : first;
}

int64_t orch__wheel_next(const orch__wheel *wheel)
{
    return orch__wheel_due(wheel) ? wheel->now_ms : wheel->next_ms;
}

/* Whether a timer of this deadline may lie in this list. */
static bool belongs(const orch__wheel *wheel, uint32_t head, int64_t deadline_ms)
{
    uint32_t level = (head - 1) / SLOTS;

    if (head == DUE)
        return deadline_ms <= wheel->now_ms;
    return deadline_ms > wheel->now_ms && slot_for(deadline_ms, level) == head &&
           slots_ahead(wheel, deadline_ms, level) - 1 < SLOTS - 1;
}

static const char *check_list(const orch__wheel *wheel, uint32_t head, uint32_t *count)
{
    uint32_t previous = head;

    for (uint32_t t = orch__timer_at(wheel, head)->next; t != head; t = orch__timer_at(wheel, t)->next) {
        const orch__timer *timer = orch__timer_at(wheel, t);

        if (timer->prev != previous)
            return "the lists of timers are linked both ways";
        if (!belongs(wheel, head, timer->deadline_ms))
            return "a timer lies where its deadline belongs";
        if (++*count > wheel->armed)
            return "no more timers are armed than counted";
        previous = t;
    }
    return NULL;
}

/* Whether the bits say of this list what is true. */
static bool bits_hold(const orch__wheel *wheel, uint32_t head)
{
    uint32_t level = (head - 1) / SLOTS, slot = (head - 1) % SLOTS;
    bool filled = orch__timer_at(wheel, head)->next != head;

    if (head == DUE)
        return true;
    return (wheel->filled[level][slot / 64] >> slot % 64 & 1u) == filled &&
           (!filled || (wheel->levels >> level & 1u));
}

const char *orch__wheel_check(const orch__wheel *wheel, uint32_t armed)
{
    orch__wheel fresh = *wheel;
    uint32_t count = 0;

    find_next(&fresh);
    if (fresh.next_ms != wheel->next_ms || fresh.next_head != wheel->next_head)
        return "the wheel knows its earliest slot";
    for (uint32_t head = 1; head <= HEADS; head++) {
        const char *broken = check_list(wheel, head, &count);

        if (broken)
            return broken;
        if (!bits_hold(wheel, head))
            return "the bits of the wheel tell which slots are filled";
    }
    return count == wheel->armed && count == armed ? NULL : "every armed timer belongs to somebody";
}
