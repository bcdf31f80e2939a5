/* Invariants
 *  1. The timers 1 … HEADS are the heads of the lists: 1 + SLOTS * level + slot, and DUE.
 *  2. A list is a ring: the head's next is the first, the head's prev the last; an empty head points to itself.
 *  3. filled has the bit of a slot exactly when its list is not empty.
 *  4. A timer in a slot differs from now_ms in the digit of its level and in none above, and is later.
 */
#include "wheel.h"

#include "assertion.h"

#define SLOTS ORCH__WHEEL_SLOTS
#define DIGIT 8u /* bits */
#define DUE   (ORCH__WHEEL_LEVELS * SLOTS + 1u)
#define HEADS DUE

int orch__wheel_init(orch__wheel *wheel, orch__memory *memory)
{
    *wheel = (orch__wheel){.now_ms = 0};
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

/* The head of the list in which a timer of this deadline belongs. */
static uint32_t head_for(const orch__wheel *wheel, int64_t deadline_ms)
{
    uint64_t differing = (uint64_t)(deadline_ms ^ wheel->now_ms);
    uint32_t level;

    if (deadline_ms <= wheel->now_ms)
        return DUE;
    level = (63u - (uint32_t)__builtin_clzll(differing)) / DIGIT;
    return 1u + level * SLOTS + (uint32_t)((deadline_ms >> (DIGIT * level)) & (SLOTS - 1));
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

static void link_last(orch__wheel *wheel, uint32_t timer)
{
    orch__timer *t = orch__timer_at(wheel, timer);
    uint32_t head = head_for(wheel, t->deadline_ms);
    orch__timer *h = orch__timer_at(wheel, head);

    t->next = head;
    t->prev = h->prev;
    orch__timer_at(wheel, h->prev)->next = timer;
    h->prev = timer;
    if (head != DUE)
        *filled_word(wheel, head) |= filled_bit(head);
}

static void unlink_timer(orch__wheel *wheel, uint32_t timer)
{
    orch__timer *t = orch__timer_at(wheel, timer);

    orch__timer_at(wheel, t->next)->prev = t->prev;
    orch__timer_at(wheel, t->prev)->next = t->next;
    if (t->next == t->prev && t->next < DUE)
        *filled_word(wheel, t->next) &= ~filled_bit(t->next);
    t->next = t->prev = 0;
}

void orch__timer_arm(orch__wheel *wheel, uint32_t timer, int64_t deadline_ms)
{
    ORCH_ASSERT(timer > HEADS);
    orch__timer_disarm(wheel, timer);
    orch__timer_at(wheel, timer)->deadline_ms = deadline_ms;
    link_last(wheel, timer);
    wheel->armed++;
}

void orch__timer_disarm(orch__wheel *wheel, uint32_t timer)
{
    if (!orch__timer_armed(wheel, timer))
        return;
    unlink_timer(wheel, timer);
    wheel->armed--;
}

/* The first slot of the level that is not empty; SLOTS: none. */
static uint32_t first_slot(const orch__wheel *wheel, uint32_t level)
{
    for (uint32_t word = 0; word < SLOTS / 64; word++)
        if (wheel->filled[level][word])
            return word * 64 + (uint32_t)__builtin_ctzll(wheel->filled[level][word]);
    return SLOTS;
}

/* The start of the earliest slot that is not empty: lower levels are always earlier. INT64_MAX: none. */
static int64_t earliest_slot(const orch__wheel *wheel, uint32_t *out_head)
{
    for (uint32_t level = 0; level < ORCH__WHEEL_LEVELS; level++) {
        uint32_t slot = first_slot(wheel, level);
        uint32_t above = DIGIT * (level + 1);

        if (slot == SLOTS)
            continue;
        *out_head = 1u + level * SLOTS + slot;
        return (wheel->now_ms >> above << above) + ((int64_t)slot << (DIGIT * level));
    }
    return INT64_MAX;
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

/* Each timer of the slot goes to a lower level, or is due. */
static void spread(orch__wheel *wheel, uint32_t head)
{
    orch__timer *h = orch__timer_at(wheel, head);
    uint32_t timer = h->next;

    h->next = h->prev = head;
    while (timer != head) {
        uint32_t next = orch__timer_at(wheel, timer)->next;

        __builtin_prefetch(orch__timer_at(wheel, next));
        link_last(wheel, timer);
        timer = next;
    }
}

void orch__wheel_advance(orch__wheel *wheel, int64_t now_ms)
{
    uint32_t head = 0;
    int64_t start;

    ORCH_ASSERT(now_ms >= wheel->now_ms && now_ms < ORCH__TIME_MAX * 2);
    while ((start = earliest_slot(wheel, &head)) <= now_ms) {
        wheel->now_ms = start;
        *filled_word(wheel, head) &= ~filled_bit(head);
        if (head <= SLOTS)
            move_to_due(wheel, head);
        else
            spread(wheel, head);
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
    uint32_t head;

    return orch__wheel_due(wheel) ? wheel->now_ms : earliest_slot(wheel, &head);
}

static const char *check_list(const orch__wheel *wheel, uint32_t head, uint32_t *count)
{
    uint32_t previous = head;

    for (uint32_t t = orch__timer_at(wheel, head)->next; t != head; t = orch__timer_at(wheel, t)->next) {
        const orch__timer *timer = orch__timer_at(wheel, t);

        if (timer->prev != previous)
            return "the lists of timers are linked both ways";
        if (head == DUE ? timer->deadline_ms > wheel->now_ms : head_for(wheel, timer->deadline_ms) != head)
            return "a timer lies where its deadline belongs";
        if (++*count > wheel->armed)
            return "no more timers are armed than counted";
        previous = t;
    }
    return NULL;
}

const char *orch__wheel_check(const orch__wheel *wheel, uint32_t armed)
{
    uint32_t count = 0;

    for (uint32_t head = 1; head <= HEADS; head++) {
        bool empty = orch__timer_at(wheel, head)->next == head;
        bool filled =
            head != DUE && (wheel->filled[(head - 1) / SLOTS][(head - 1) % SLOTS / 64] & filled_bit(head));
        const char *broken = check_list(wheel, head, &count);

        if (broken)
            return broken;
        if (head != DUE && filled == empty)
            return "the bits of the wheel tell which slots are filled";
    }
    return count == wheel->armed && count == armed ? NULL : "every armed timer belongs to somebody";
}
