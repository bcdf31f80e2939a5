/* What the core holds. Three kinds of things hang together by pool indexes:
 *
 *     daemon ──lists──▶ conversations ──queue──▶ turns
 *
 * A conversation is in exactly one list of its daemon:
 *     ready    its first turn is queued: it waits for the daemon to run and for room among the active ones
 *     active   its first turn is running, in backoff or storing
 *     idle     it has no turn, only the memory of an offline message
 *
 * orch_core_validate() checks every invariant that stands beside a field.
 */
#ifndef ORCHD_STATE_H
#define ORCHD_STATE_H

#include "line.h"
#include "mention.h"
#include "pool.h"
#include "table.h"
#include "wheel.h"

/* Effects of one piece of work (an event, a timer), besides one for each running turn of its daemon. */
#define ORCH__PIECE_EFFECTS 48u
#define ORCH__STARTS_MAX    32u /* turns started in one piece of work; the rest follows at the next tick */
#define ORCH__TIMERS_MAX    256u
#define ORCH__EFFECTS_MIN   512u
#define ORCH__MISSES_MAX    3u

typedef struct orch__list {
    uint32_t first;
    uint32_t last;
} orch__list;

typedef enum orch__list_kind {
    ORCH__LIST_READY,
    ORCH__LIST_ACTIVE,
    ORCH__LIST_IDLE,
    ORCH__LIST_COUNT,
    ORCH__LIST_NONE = ORCH__LIST_COUNT, /* only while it is made or freed */
} orch__list_kind;

typedef enum orch__turn_state {
    ORCH__TURN_FREE,
    ORCH__TURN_QUEUED,
    ORCH__TURN_RUNNING, /* timer: the turn's deadline */
    ORCH__TURN_BACKOFF, /* timer: the next attempt. Only while the daemon runs */
    ORCH__TURN_STORING, /* timer: the store is tried again; not armed: the host is at it */
} orch__turn_state;

typedef enum orch__outcome {
    ORCH__OUTCOME_NONE, /* until it is storing */
    ORCH__OUTCOME_REPLY,
    ORCH__OUTCOME_FAIL,
    ORCH__OUTCOME_SKIP,
} orch__outcome;

/* Work hours, shared by all daemons that have the same. */
typedef struct orch__hours {
    uint32_t link;
    uint32_t users; /* daemons that point here; 0: free */
    orch_hours value;
} orch__hours;

/* Two cache lines: what a message needs first, then what a heartbeat and a change of status need. */
typedef struct orch__daemon {
    uint64_t user;
    orch__list lists[ORCH__LIST_COUNT];
    uint32_t id;
    uint32_t life; /* of the registration, no two have the same: what a former one has seen is forgotten */
    uint32_t running_max;
    uint32_t queued;   /* its turns that are queued */
    uint32_t running;  /* its turns that are running; 0 unless running or stopping */
    uint32_t active;   /* length of its active list; <= running_max when started last */
    uint32_t reserved; /* messages that the host is storing */
    uint8_t status;    /* orch_status; assigned by one function in daemon.c */
    bool registered;
    bool auto_respond;
    bool stop_asked; /* by ORCH_EV_STOP_ALL and not carried out yet */

    uint64_t answered;
    int64_t started_ms; /* while running or stopping */
    int64_t last_heartbeat_ms;
    uint32_t models_count;
    uint32_t hours; /* 0: always at work */
    uint32_t heartbeat_ms;
    uint32_t phase_timer;
    uint32_t heartbeat_timer; /* armed exactly while running */
    uint32_t health_timer;    /* armed only when managed and not stopped */
    uint32_t restarts;        /* in a row; see orch__restarts() */
    int32_t error;            /* the last one */
    uint8_t missed;           /* heartbeats in a row, < ORCH__MISSES_MAX */
    bool beat_asked;          /* ORCH_FX_HEARTBEAT is not answered */
    bool managed;
    bool wanted;     /* starts again when the stop has ended; only while stopping */
    bool restarting; /* this opening is a restart of the manager; only while initializing */
    bool from_login; /* this opening is a login's; only while initializing */
} orch__daemon;

_Static_assert(sizeof(orch__daemon) == 2 * ORCH__LINE_SIZE, "each daemon begins a cache line");

typedef struct orch__conversation {
    uint32_t next; /* in its daemon's list; first: free items are linked by it */
    uint32_t prev;
    uint32_t daemon;
    uint32_t first_turn; /* only the first can be other than queued */
    uint32_t last_turn;
    uint32_t memory_next; /* among all with an offline memory, oldest first */
    uint32_t memory_prev;
    uint32_t list; /* orch__list_kind */
    uint32_t hash; /* of daemon, channel and thread */
    uint64_t channel;
    uint64_t thread;
    int64_t
        offline_ms; /* when the offline message was sent; 0: never, or so long ago that it does not matter */
} orch__conversation;

typedef struct orch__turn {
    uint32_t next; /* in the conversation; first: free items are linked by it */
    uint32_t
        generation; /* with the slot it is the turn's id; changes when the turn is queued again or freed */
    uint32_t slot;  /* its own index */
    uint32_t daemon;
    uint32_t conversation;
    uint32_t seen;
    uint32_t timer;   /* stays with the slot */
    uint32_t attempt; /* over all models */
    uint32_t tries;   /* of this model */
    uint32_t model;
    int32_t error;   /* with outcome FAIL */
    uint8_t state;   /* orch__turn_state; assigned by one function in turn.c */
    uint8_t outcome; /* orch__outcome */
    bool offline;    /* it produces the offline message */
    uint8_t
        fate; /* orch__outcome, while it is queued: how it ends when its turn comes; NONE: it is answered */
    uint64_t message;
    uint64_t author;
    int64_t deadline_ms; /* of the whole turn, from its first start */
} orch__turn;

/* A message that a daemon was given. Remembered while its turn lives and for seen_max messages after. */
typedef struct orch__seen {
    uint64_t message;
    uint32_t life; /* of the daemon */
    uint32_t link; /* ORCH__SEEN_LIVE and the turn; ended: the next younger of the ended */
} orch__seen;

#define ORCH__SEEN_LIVE 0x80000000u

_Static_assert(ORCH__LINE_SIZE % sizeof(orch__seen) == 0, "one line has all of it");

struct orch_core {
    orch__memory memory;
    orch_core_config config;
    uint64_t random; /* splitmix64 */
    int64_t now_ms;  /* never runs backwards, < ORCH__TIME_MAX */

    orch_effect *effects;
    uint32_t effects_count;
    uint32_t effects_max; /* >= ORCH__PIECE_EFFECTS + the running turns of any daemon */

    orch__pool daemons; /* by id */
    uint32_t daemons_count;
    uint32_t daemons_top; /* the highest id ever registered */
    uint32_t lives;       /* registrations so far */
    orch__mentions *mentions;

    orch__pool hours;
    orch__table hours_by_value;
    orch__pool conversations;
    orch__table conversations_by_key;
    uint32_t conversations_busy; /* ready or active: they have turns */
    orch__list memories;         /* conversations with offline_ms, in its order */
    uint32_t memory_timer;       /* armed exactly when there are memories */
    orch__pool turns;
    orch__pool seen;
    orch__table seen_by_key;
    orch__list seen_ended; /* oldest first */
    uint32_t seen_ended_count;
    uint32_t seen_scout;       /* one of them, whose entry in the table is fetched already */
    uint32_t seen_scout_ahead; /* so many are between the oldest and the scout; 0: there is no scout */

    orch__wheel wheel;
    uint32_t reserved;     /* sum over the daemons */
    uint32_t stops_asked;  /* daemons with stop_asked */
    uint32_t stops_cursor; /* no daemon below has stop_asked */
};

static inline orch__daemon *orch__daemon_at(const orch_core *core, uint32_t index)
{
    return (orch__daemon *)core->daemons.chunks[index >> ORCH__CHUNK_BITS] + (index & ORCH__CHUNK_MASK);
}

static inline orch__conversation *orch__conversation_at(const orch_core *core, uint32_t index)
{
    return (orch__conversation *)core->conversations.chunks[index >> ORCH__CHUNK_BITS] +
           (index & ORCH__CHUNK_MASK);
}

static inline orch__turn *orch__turn_at(const orch_core *core, uint32_t index)
{
    return (orch__turn *)core->turns.chunks[index >> ORCH__CHUNK_BITS] + (index & ORCH__CHUNK_MASK);
}

static inline orch__seen *orch__seen_at(const orch_core *core, uint32_t index)
{
    return (orch__seen *)core->seen.chunks[index >> ORCH__CHUNK_BITS] + (index & ORCH__CHUNK_MASK);
}

static inline orch__hours *orch__hours_at(const orch_core *core, uint32_t index)
{
    return (orch__hours *)core->hours.chunks[index >> ORCH__CHUNK_BITS] + (index & ORCH__CHUNK_MASK);
}

/* Its memory is needed soon. */
static inline void orch__daemon_prefetch(const orch__daemon *daemon)
{
    orch__line_fetch(daemon);
    orch__line_fetch((const char *)daemon + ORCH__LINE_SIZE);
}

/* NULL: not registered. */
static inline orch__daemon *orch__daemon_find(const orch_core *core, orch_daemon_id id)
{
    orch__daemon *daemon;

    if (id.v == 0 || id.v > core->daemons_top || !orch__pool_has(&core->daemons, id.v))
        return NULL;
    daemon = orch__daemon_at(core, id.v);
    return daemon->registered ? daemon : NULL;
}

#endif
