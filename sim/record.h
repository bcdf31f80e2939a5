/* The checkers' own record of what should be: built only from what goes into the core, what comes out of it and what
 * the store commits. It never asks the core for a count.
 */
#ifndef SIM_RECORD_H
#define SIM_RECORD_H

#include "cast.h"
#include "orchd/core.h"

/* Where a turn is, seen from outside. */
typedef enum sim_view {
    SIM_VIEW_NONE, /* the core does not have it */
    SIM_VIEW_QUEUED,
    SIM_VIEW_RUNNING,
    SIM_VIEW_BACKOFF,
    SIM_VIEW_STORING,
} sim_view;

/* A stored turn (same number as its row). All but the last part is void when `life` is not the host's. */
typedef struct sim_case {
    uint32_t life;
    sim_view view;
    uint64_t turn;      /* its id since it was last queued; 0: not told yet */
    uint64_t turn_past; /* a former id */
    uint64_t place;     /* order in which the core took the messages */
    int64_t deadline_ms;
    int64_t resume_ms; /* BACKOFF: not before · STORING: the next try, 0: the host is at it */
    uint32_t attempt;
    uint32_t model;
    uint32_t tries;           /* of this model */
    orch_effect_kind outcome; /* STORING */
    int32_t error;
    bool offline;
    bool abandoned;
    bool stopped;
    uint64_t ended_no; /* in this life the core let go of it, as the n-th message; 0: it did not */

    bool own;        /* the author's own orchestrator: may only end in silence */
    bool disordered; /* the host ended it without the core */
    uint32_t replies;
} sim_case;

typedef struct sim_daemon_view {
    bool registered;
    bool managed;
    bool auto_respond;
    bool limited;
    bool mention_only;
    bool wanted;   /* stopping, and starts again afterwards */
    bool stop_due; /* told to stop: it must be under way when nothing is due any more */
    bool beat_asked;
    int32_t offset_s;
    uint16_t start_min;
    uint16_t end_min;
    orch_status status;
    uint32_t heartbeat_ms;
    uint32_t running_max;
    uint32_t models_count;
    uint32_t restarts;
    uint32_t missed;
    uint32_t reserved;
    uint64_t answered;
    int64_t status_ms; /* since when */
    int64_t spec_ms;   /* last change of the specification */
    int64_t beat_due_ms;
    int64_t health_ms;  /* last check, or since when it is due */
    int64_t restart_ms; /* planned; 0: none */
} sim_daemon_view;

typedef struct sim_offline_sent {
    uint32_t daemon;
    uint32_t channel;
    uint32_t thread;
    int64_t at_ms; /* the core's time */
} sim_offline_sent;

#define SIM_OFFLINE_MAX 1024
#define SIM_LIVE_MAX    4096
#define SIM_LOG_MAX     (1u << 22)

typedef struct sim_record {
    char checker[32]; /* the one that failed; empty: none */
    char words[400];
    int64_t failed_ms;

    sim_case *cases; /* by row */
    sim_daemon_view daemons[SIM_DAEMONS_MAX + 1];
    uint32_t live[SIM_LIVE_MAX]; /* rows that the core has */
    uint32_t live_count;
    uint32_t live_most;
    uint64_t places;
    uint64_t ended; /* messages that the core of this life has done with: it remembers the newest seen_max */
    uint32_t reserved;
    sim_offline_sent offline[SIM_OFFLINE_MAX]; /* a ring */
    uint64_t offline_count;
    orch_core_config manager; /* as last configured */

    /* This step. */
    int64_t now_ms;
    const orch_event *event;
    int32_t result;
    bool due;                /* the core asked for a tick by now */
    uint64_t refused_before; /* of the allocator */
    int64_t refused_ms;      /* when the allocator failed last */

    uint32_t ticks_same_time;
    uint64_t ticks_idle; /* asked for, and without any effect */
    uint64_t ticks;
    uint64_t effects;
    uint64_t heartbeats;

    /* The log of this life, for the replay. */
    uint8_t *log;
    size_t log_size;
    uint64_t log_hash;           /* of all effects */
    orch_core_config log_config; /* of the core when its life began */
    bool log_whole;
} sim_record;

#endif
