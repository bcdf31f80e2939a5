/* The pure core: decides who is addressed, whose turn it is, when to retry, who is unhealthy and what
 * restarts. It does no I/O, reads no clock, starts no thread and calls nobody back.
 *
 *     host ── event, now ──▶ orch_step() ── effects ──▶ host carries them out, in order
 *
 * Three hosts step the same code: the native runtime, the WebAssembly build and the simulator.
 *
 * Rules of use
 *  1. One step at a time. The host queues events that arise while it carries out effects.
 *  2. Effects are borrowed: valid until the next step on the same core.
 *  3. `now_ms` is milliseconds since 1970-01-01 UTC. A `now_ms` smaller than an earlier one counts as
 *     the earlier one: for the core time never runs backwards. One beyond 2^52 is ORCH_E_INVALID.
 *  4. A host calls orch_step with ORCH_EV_TICK no later than orch_next_deadline(). Only a tick fires timers,
 *     a bounded number in one step; a deadline in the past asks the host to tick again at once.
 *  5. Text in an event is read during the step only. The core copies what it keeps.
 *  6. Every limit is in orch_core_config; a full table is an ordinary result (ORCH_E_FULL, ORCH_E_BUSY).
 *
 * A message on its way
 *
 *     orch_route()            which daemons does this message address?      (a question, changes nothing)
 *     ORCH_EV_RESERVE         room in the queue of each, or ORCH_E_BUSY     (before the host stores it)
 *     ORCH_EV_MESSAGE         stored: it is the daemon's turn now or later  (uses up one reservation)
 *     ORCH_FX_TURN_START      host produces a reply with model number `model`
 *     ORCH_EV_TURN_DONE       the reply is complete          or ORCH_EV_TURN_ERROR: retry, next model, failure
 *     ORCH_FX_TURN_REPLY      host stores and posts it       or ORCH_FX_TURN_FAIL: host stores the failure
 *     ORCH_EV_TURN_STORED     done; events are emitted, the conversation's next turn starts
 *
 * A daemon's life
 *
 *                 START                    OPENED
 *     stopped ───────────▶ initializing ───────────▶ running ──── STOP ───▶ stopping ──▶ stopped
 *        ▲                      │ OPEN_FAILED           │ FAILED, missed heartbeats,        (turns ended,
 *        │ STOP                 ▼                       ▼ turn deadline                     or grace over)
 *        └──────────────────── error ◀──────────────────┘
 *                               └── restart after backoff (managed daemons) ──▶ initializing
 */
#ifndef ORCHD_CORE_H
#define ORCHD_CORE_H

#include "orchd/error.h"
#include "orchd/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct orch_core orch_core;

typedef enum orch_status {
    ORCH_STATUS_STOPPED,
    ORCH_STATUS_INITIALIZING,
    ORCH_STATUS_RUNNING,
    ORCH_STATUS_ERROR,
    ORCH_STATUS_STOPPING,
} orch_status;

/* "stopped", "initializing", … Static. */
const char *orch_status_name(orch_status status);

/* ---- configuration ------------------------------------------------------------------------------ */

typedef struct orch_allocator {
    /* size 0 frees and returns NULL; otherwise like realloc. NULL on failure, the old block stays. */
    void *(*resize)(void *user, void *block, size_t size_old, size_t size_new);
    void *user;
} orch_allocator;

typedef struct orch_core_config {
    uint32_t version; /* ORCH_CORE_CONFIG_VERSION */
    orch_allocator allocator;
    uint64_t seed; /* of the jitter in backoffs */

    /* Limits */
    uint32_t daemons_max;       /* registered daemons, and the highest daemon id; default 100000 */
    uint32_t turns_max;         /* turns queued or running, all daemons together; default 1000000 */
    uint32_t queue_max;         /* turns waiting per daemon; default 1000 */
    uint32_t seen_max;          /* (daemon, message) pairs remembered as taken; default 65536 */
    uint32_t conversations_max; /* conversations with work or a recent offline message; default 1000000 */
    uint32_t hops_max;          /* length of a chain of orchestrators answering each other; default 4 */

    /* Manager */
    bool auto_start;           /* a login starts the daemon; default true */
    bool auto_restart;         /* default true */
    uint32_t restarts_max;     /* restarts in a row; default 3 */
    uint32_t health_check_ms;  /* default 60000 */
    uint32_t restart_base_ms;  /* first backoff; default 1000 */
    uint32_t restart_cap_ms;   /* longest backoff; default 60000 */
    uint32_t restart_reset_ms; /* running this long resets the count; default 600000 */

    /* Turns */
    uint32_t open_timeout_ms;    /* from ORCH_FX_DAEMON_OPEN to its answer; default 30000 */
    uint32_t stop_grace_ms;      /* turns in flight may finish; default 10000 */
    uint32_t turn_deadline_ms;   /* from first start to end, retries included; default 600000 */
    uint32_t attempt_timeout_ms; /* told to the host with each attempt; default 120000 */
    uint32_t attempts_per_model; /* default 4 */
    uint32_t retry_base_ms;      /* default 500 */
    uint32_t retry_cap_ms;       /* default 8000; a server's own hint may be longer */
    uint32_t store_retry_ms;     /* pause before a failed store is tried again; default 1000 */
    uint32_t offline_repeat_ms;  /* one offline message a conversation in this time; default 3600000 */
} orch_core_config;

#define ORCH_CORE_CONFIG_VERSION 1u

/* Fills in the defaults above; allocator.resize stays NULL and must be set by the host. */
void orch_core_config_init(orch_core_config *config);

/* Work hours. Minutes of the local day; start == end means closed; end < start runs past midnight. */
typedef struct orch_hours_day {
    uint16_t start_min;
    uint16_t end_min;
} orch_hours_day;

/* From `from_ms` on, local time = UTC + offset. Sorted. Before the first entry, its offset holds. */
typedef struct orch_zone_change {
    int64_t from_ms;
    int32_t offset_s;
} orch_zone_change;

#define ORCH_ZONE_CHANGES_MAX 16

typedef struct orch_hours {
    bool limited;           /* false: always at work, the rest is not read */
    orch_hours_day days[7]; /* 0 is Sunday */
    uint32_t changes_count;
    orch_zone_change changes[ORCH_ZONE_CHANGES_MAX]; /* none: UTC */
} orch_hours;

bool orch_hours_open(const orch_hours *hours, int64_t now_ms);

#define ORCH_NAMES_MAX    16  /* names and keywords a daemon */
#define ORCH_NAME_LEN_MAX 256 /* bytes each, longer ones are refused with ORCH_E_TOO_LARGE */

/* What the core must know of an orchestrator. Registering a known id again updates it: running turns go on. */
typedef struct orch_daemon_spec {
    orch_daemon_id daemon;
    orch_user_id user;     /* the orchestrator's own user: its messages never trigger it */
    orch_str name;         /* user.name; its first word addresses with '@' */
    orch_str display_name; /* may be empty, as all that follow */
    orch_str slug;
    orch_str email;
    orch_str role;
    const orch_str *keywords; /* phrases that address like the bare name */
    size_t keywords_count;
    bool mention_only; /* bare names, roles and keywords do not address */
    bool auto_respond;
    uint32_t heartbeat_ms;              /* 100 … 86400000 */
    uint32_t conversations_running_max; /* 1 … 100000 */
    uint32_t models_count;              /* length of the chain, at least 1 */
    const orch_hours *hours;            /* NULL: always at work */
} orch_daemon_spec;

/* ---- events ------------------------------------------------------------------------------------- */

typedef enum orch_event_kind {
    ORCH_EV_TICK = 1,          /* time passed */
    ORCH_EV_CONFIGURE,         /* configure: the manager's part of the configuration changed */
    ORCH_EV_REGISTER,          /* spec: an orchestrator is known, or known differently */
    ORCH_EV_UNREGISTER,        /* daemon: it is gone. Cancels and forgets everything of it */
    ORCH_EV_LOGIN,             /* daemon: starts it, managed, if auto_start; 0 even when it runs already */
    ORCH_EV_LOGOUT,            /* daemon: stops it */
    ORCH_EV_START,             /* daemon, managed. ORCH_E_ALREADY_RUNNING; joins a start under way. While it
                                   stops: carried out after the stop, unless another STOP comes */
    ORCH_EV_STOP,              /* daemon. 0 when it is stopped already */
    ORCH_EV_RESTART,           /* daemon, managed: a stop and a start; one that does not run is started. Not
                                   counted: only what the manager does on an error counts as a restart */
    ORCH_EV_STOP_ALL,          /* every daemon */
    ORCH_EV_OPENED,            /* daemon: answer to ORCH_FX_DAEMON_OPEN */
    ORCH_EV_OPEN_FAILED,       /* daemon, error: likewise */
    ORCH_EV_FAILED,            /* daemon, error: the host saw a fault of the daemon */
    ORCH_EV_HEARTBEAT,         /* daemon: answer to ORCH_FX_HEARTBEAT, sent when the daemon proved to work */
    ORCH_EV_RESERVE,           /* daemon: room for one message, in memory too: what uses it is never refused.
                                   ORCH_E_BUSY, ORCH_E_FULL (and emits message-error) */
    ORCH_EV_RELEASE,           /* daemon: gives a reservation back */
    ORCH_EV_MESSAGE,           /* message: see above */
    ORCH_EV_TURN_DONE,         /* turn: the model's reply is complete */
    ORCH_EV_TURN_ERROR,        /* turn, error, verdict, retry_after_ms */
    ORCH_EV_TURN_STORED,       /* turn: reply or failure is durable and posted */
    ORCH_EV_TURN_STORE_FAILED, /* turn, error: try again later, the core paces it */
    ORCH_EV_TURN_DISCARDED,    /* turn: the store says that it was ended before; nothing is emitted twice */
    ORCH_EV_TURN_ABANDON,      /* turn, or message.daemon and message.message: the message was deleted. Ends
                                   by ORCH_FX_TURN_SKIP; a queued one when its turn comes */
    ORCH_EV_OFFLINE_SENT,      /* daemon, channel, thread, at_ms: what a former life of the host sent */
    ORCH_EV_TURN_STOP, /* turn, or message.daemon and message.message: somebody stopped the answer. Ends by
                                   ORCH_FX_TURN_FAIL with ORCH_E_STOPPED, whatever the daemon does; a queued one when it
                                   is the first of its conversation. ORCH_E_STATE: its end is being stored. A host that
                                   wants to keep what was said so far sends TURN_DONE instead: that is the reply */
    ORCH_EV_COUNT
} orch_event_kind;

typedef enum orch_verdict {
    ORCH_VERDICT_RETRY,      /* same model after a pause, then the next of the chain */
    ORCH_VERDICT_NEXT_MODEL, /* this model cannot; the next one may */
    ORCH_VERDICT_FINAL,      /* no model shall */
} orch_verdict;

typedef struct orch_event_message {
    orch_daemon_id daemon;
    orch_message_id message; /* unique a daemon: the second one is ORCH_E_EXISTS and changes nothing */
    orch_channel_id channel;
    orch_thread_id thread;
    orch_user_id author;
    bool addressed; /* as orch_route said; false: only message-processed is emitted */
    bool reserved;  /* uses up a reservation; without one a full queue is ORCH_E_BUSY */
    bool recovered; /* from a former life of the host: taken even when the queue is full */
} orch_event_message;

typedef struct orch_event {
    orch_event_kind kind;
    orch_daemon_id daemon;
    orch_turn_id turn;
    int32_t error; /* an orch_error */
    orch_verdict verdict;
    bool managed;            /* START: health checks and restarts */
    uint32_t retry_after_ms; /* 0: the server gave no hint */
    int64_t at_ms;
    orch_channel_id channel;
    orch_thread_id thread;
    union {
        orch_event_message message;
        const orch_daemon_spec *spec;
        const orch_core_config *configure; /* only the part "Manager" is read */
    };
} orch_event;

/* ---- effects ------------------------------------------------------------------------------------ */

typedef enum orch_effect_kind {
    ORCH_FX_EMIT = 1,     /* emit, daemon and what `emit` says: tell the listeners */
    ORCH_FX_DAEMON_OPEN,  /* daemon: make it ready, answer OPENED or OPEN_FAILED */
    ORCH_FX_DAEMON_CLOSE, /* daemon: release what it held; no answer. Follows every OPEN that was not
                              answered by OPEN_FAILED; an answer after it must not come any more */
    ORCH_FX_HEARTBEAT,    /* daemon: prove that it works, answer ORCH_EV_HEARTBEAT */
    ORCH_FX_TURN_START,   /* turn…, attempt, model, deadline_ms: produce a reply */
    ORCH_FX_TURN_OFFLINE, /* turn…: produce the offline message, answer like TURN_START */
    ORCH_FX_TURN_CANCEL,  /* turn: stop producing; events of it that still arrive are ORCH_E_NOT_FOUND. A turn
                              that is kept starts again under another id; one that ends goes on at once
                              with TURN_FAIL or TURN_SKIP, under this one */
    ORCH_FX_TURN_REPLY,   /* turn: store and post the reply */
    ORCH_FX_TURN_FAIL,    /* turn…, error: store and show the failure */
    ORCH_FX_TURN_SKIP,    /* turn…: store that it ends in silence (offline message sent already, abandoned,
                              autoRespond off). Often without a TURN_START before */
} orch_effect_kind;

typedef enum orch_emit {
    ORCH_EMIT_STARTED = 1,
    ORCH_EMIT_STOPPED,
    ORCH_EMIT_ERROR,          /* error */
    ORCH_EMIT_STATUS_CHANGED, /* status */
    ORCH_EMIT_HEARTBEAT,
    ORCH_EMIT_HEALTH,            /* status: manager's check */
    ORCH_EMIT_RESTARTED,         /* count */
    ORCH_EMIT_RESTART_SCHEDULED, /* count, value = delay in ms */
    ORCH_EMIT_START_ERROR,       /* error: a start that was asked for failed */
    ORCH_EMIT_STOP_ERROR,        /* error: ORCH_E_TIMEOUT, the grace was over before every turn had ended */
    ORCH_EMIT_RESTART_ERROR,     /* error: a restart failed; ORCH_E_MAX_RESTARTS with count = the limit */
    ORCH_EMIT_HEALTH_ERROR,      /* error: the check (told before) found the daemon in error; its last one */
    ORCH_EMIT_AUTO_START_ERROR,  /* error: a start by login failed; ORCH_E_NOT_FOUND */
    ORCH_EMIT_MESSAGE_PROCESSED, /* message, turn */
    ORCH_EMIT_MESSAGE_SEND,      /* message (the one answered), turn: before MESSAGE_PROCESSED */
    ORCH_EMIT_MESSAGE_ERROR,     /* message, turn, error */
    ORCH_EMIT_TURN_RETRY,        /* turn, error, attempt = the coming one, model, value = delay in ms */
} orch_emit;

typedef struct orch_effect {
    orch_effect_kind kind;
    orch_emit emit;
    orch_daemon_id daemon;
    int32_t error;
    orch_status status;
    uint32_t count;
    uint32_t attempt; /* 1 is the first, over all models */
    uint32_t model;   /* index into the daemon's chain */
    int64_t value;
    int64_t deadline_ms; /* of this attempt, absolute */
    orch_turn_id turn;
    orch_message_id message;
    orch_channel_id channel;
    orch_thread_id thread;
    orch_user_id author;
} orch_effect;

typedef struct orch_effects {
    const orch_effect *items;
    size_t count;
} orch_effects;

/* "emit", "turn-start", … and "daemon:started", "message:send", …: for traces and wires. Static. */
const char *orch_event_kind_name(orch_event_kind kind);
const char *orch_effect_kind_name(orch_effect_kind kind);
const char *orch_emit_name(orch_emit emit);

/* ---- the core ----------------------------------------------------------------------------------- */

/* ORCH_E_INVALID (a limit out of range), ORCH_E_NO_MEMORY. `config` is copied. */
ORCH_MUST_USE int orch_core_new(const orch_core_config *config, orch_core **out_core);
void orch_core_free(orch_core *core);

/* Steps the core. On a negative result `effects` is filled in all the same (it may tell why). Never calls the
 * allocator once its pools have grown to the present load; then ORCH_E_NO_MEMORY cannot happen either. */
ORCH_MUST_USE int orch_step(orch_core *core, const orch_event *event, int64_t now_ms,
                            orch_effects *out_effects);

/* When the host must tick next, sometimes a little before there is something to do; INT64_MAX: never. */
int64_t orch_next_deadline(const orch_core *core);

/* A message as the addressing needs it. */
typedef struct orch_incoming {
    orch_user_id author;
    orch_daemon_id author_daemon;   /* when an orchestrator wrote it: then only '@' addresses */
    uint32_t hops;                  /* orchestrators that answered each other before this message */
    bool direct;                    /* the channel is a direct one: every member is addressed */
    orch_daemon_id reply_to;        /* whose message it replies to */
    const orch_daemon_id *mentions; /* metadata.mentions */
    size_t mentions_count;
    bool everybody;                /* every registered daemon counts as a member; `members` is not read */
    const orch_daemon_id *members; /* of the channel; none: nobody is addressed, whatever the message says */
    size_t members_count;
    orch_str content; /* UTF-8; invalid bytes are never part of a word */
} orch_incoming;

/* Writes the addressed daemons in ascending order; the number of all of them is returned, also where it is
 * larger than `max`. Registered daemons in any status count. Uses scratch memory of the core: not
 * concurrent with a step. */
size_t orch_route(orch_core *core, const orch_incoming *incoming, orch_daemon_id *out_daemons, size_t max);

typedef struct orch_health {
    orch_status status;
    int64_t started_ms;        /* 0: not running */
    int64_t uptime_ms;         /* 0 when stopped */
    int64_t last_heartbeat_ms; /* 0: none yet */
    uint32_t conversations_active;
    uint32_t queued;
    uint64_t answered; /* totalMessagesProcessed */
    uint32_t restarts; /* in a row */
    bool managed;
} orch_health;

/* ORCH_E_NOT_FOUND. */
ORCH_MUST_USE int orch_core_health(const orch_core *core, orch_daemon_id daemon, int64_t now_ms,
                                   orch_health *out_health);

/* The turn under way of a message that this daemon took; 0: there is none. It changes its id when it starts again. */
orch_turn_id orch_core_turn(const orch_core *core, orch_daemon_id daemon, orch_message_id message);

/* ---- looking inside ----------------------------------------------------------------------------- */

/* Writes a readable dump of the state, deterministic for equal states; like snprintf it returns the length
 * that the whole would have, and always terminates. */
size_t orch_core_dump(const orch_core *core, char *buffer, size_t size);

/* Checks every invariant. 0, or ORCH_E_INTERNAL and a static sentence that names the broken one. */
ORCH_MUST_USE int orch_core_validate(const orch_core *core, const char **out_broken);

/* Bytes held from the allocator. */
size_t orch_core_memory(const orch_core *core);

/* The event log: a host that writes each event before the step can replay the run to the same effects.
 * Encodes `event` at `now_ms`; returns the length of the whole, also where it is larger than `size`. */
size_t orch_event_encode(const orch_event *event, int64_t now_ms, uint8_t *buffer, size_t size);

/* Room for what a decoded event points to. */
typedef struct orch_event_storage {
    orch_daemon_spec spec;
    orch_hours hours;
    orch_core_config configure;
    orch_str keywords[ORCH_NAMES_MAX];
} orch_event_storage;

/* Reads one event; text points into `bytes`. Returns the bytes read, 0 when more are needed, or
 * ORCH_E_PROTOCOL for what is no event. */
ORCH_MUST_USE int64_t orch_event_decode(const uint8_t *bytes, size_t size, orch_event_storage *storage,
                                        orch_event *out_event, int64_t *out_now_ms);

/* One line without newline, as the scenario traces show it: "turn-start d1 t1 m7 attempt=1 model=0". */
size_t orch_effect_describe(const orch_effect *effect, char *buffer, size_t size);

#ifdef __cplusplus
}
#endif

#endif
