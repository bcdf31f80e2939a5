/* A hierarchical timing wheel over pooled timers: arming and disarming cost the same however many there are.
 *
 * Level L has 256 slots of 256^L ms, used in a circle: it reaches 255 slots ahead of the present one. A timer is put on
 * the lowest level that reaches its deadline; when time enters a slot, what is in it goes to the level below, and level 0
 * is exact. Half a minute or a whole one always goes to level 1, so such a timer moves once before it is due.
 * See Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (1987).
 */
#ifndef ORCHD_WHEEL_H
#define ORCHD_WHEEL_H

#include "pool.h"

#define ORCH__WHEEL_LEVELS 7u /* 56 bits of milliseconds */
#define ORCH__WHEEL_SLOTS  256u
#define ORCH__TIME_MAX     ((int64_t)1 << 52)

typedef enum orch__timer_kind {
    ORCH__TIMER_NONE,
    ORCH__TIMER_PHASE,     /* daemon: what its status waits for */
    ORCH__TIMER_HEARTBEAT, /* daemon */
    ORCH__TIMER_HEALTH,    /* daemon */
    ORCH__TIMER_TURN,      /* turn: what its state waits for */
    ORCH__TIMER_MEMORY,    /* the core: the oldest offline memory runs out */
} orch__timer_kind;

typedef struct orch__timer {
    uint32_t next; /* ring through the list's head; 0: not armed */
    uint32_t prev;
    int64_t deadline_ms;
    uint32_t owner;
    uint32_t kind;
} orch__timer;

typedef struct orch__wheel {
    orch__pool timers; /* the first ones are the heads of the lists */
    uint64_t filled[ORCH__WHEEL_LEVELS][ORCH__WHEEL_SLOTS / 64]; /* a bit a slot: it is not empty */
    int64_t next_ms; /* the start of the earliest slot that is not empty; INT64_MAX: none is filled */
    int64_t now_ms;  /* every armed timer outside the due list is later */
    uint32_t armed;
    uint32_t next_head; /* its list */
    uint32_t levels;    /* a bit a level: without it all its slots are empty */
} orch__wheel;

/* ORCH_E_NO_MEMORY. fini is legal afterwards all the same. */
ORCH_MUST_USE int orch__wheel_init(orch__wheel *wheel, orch__memory *memory);
void orch__wheel_fini(orch__wheel *wheel);

ORCH_MUST_USE int orch__wheel_reserve(orch__wheel *wheel, uint32_t count);
/* A reserved timer, not armed. */
uint32_t orch__timer_new(orch__wheel *wheel, orch__timer_kind kind, uint32_t owner);
void orch__timer_free(orch__wheel *wheel, uint32_t timer);

/* Arms it anew when it is armed. A deadline in the past is due at once. */
void orch__timer_arm(orch__wheel *wheel, uint32_t timer, int64_t deadline_ms);
void orch__timer_disarm(orch__wheel *wheel, uint32_t timer);
bool orch__timer_armed(const orch__wheel *wheel, uint32_t timer);

/* Lets time pass: what has run out is due, in the order of the deadlines. */
void orch__wheel_advance(orch__wheel *wheel, int64_t now_ms);
/* The next due timer, still armed; 0: none. */
uint32_t orch__wheel_due(const orch__wheel *wheel);
/* When to advance next: never after the first deadline, sometimes before. INT64_MAX: nothing is armed. */
int64_t orch__wheel_next(const orch__wheel *wheel);

/* For orch_core_validate(): NULL, or what is broken. `armed` is how many timers their owners know to be armed. */
const char *orch__wheel_check(const orch__wheel *wheel, uint32_t armed);

static inline orch__timer *orch__timer_at(const orch__wheel *wheel, uint32_t timer)
{
    return (orch__timer *)wheel->timers.chunks[timer >> ORCH__CHUNK_BITS] + (timer & ORCH__CHUNK_MASK);
}

#endif
