/* One run: everything that is simulated around the core, and the checkers' own record of what should happen.
 *
 *     clients ──▶ network ──▶ host ──▶ core        operators.c, faults.c: people and misfortune
 *                              │ ▲
 *                 store, model ┘ │                 checkers.h: what must hold
 *                              agenda (time)
 *
 * A crash takes the host, its core, the store's open operations and the model's calls; what the store has committed, the
 * clients and the checkers' record of the stored stay.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "agenda.h"
#include "allocator.h"
#include "cast.h"
#include "faults.h"
#include "orchd/core.h"
#include "random.h"
#include "record.h"
#include "trace.h"

#define SIM_MESSAGES_MAX 4096
#define SIM_ROWS_MAX     16384
#define SIM_POSTS_MAX    1024
#define SIM_OPS_MAX      8192
#define SIM_AGAIN_MAX    256
#define SIM_EPOCH_MS     1790000000000 /* the host's clock when a run begins, in September 2026 */

/* ---- what is stored ---- */

typedef enum sim_row_state { SIM_UNFINISHED, SIM_ANSWERED, SIM_FAILED, SIM_SKIPPED } sim_row_state;

/* A stored message; its number is its index, from 1. */
typedef struct sim_message {
    uint32_t channel;
    uint32_t thread;
    uint32_t author;        /* user */
    uint32_t author_daemon; /* 0: a person */
    uint32_t hops;
    uint32_t answers;   /* the row that it answers; 0: it is no reply */
    uint32_t first_row; /* of its turns */
    uint32_t rows;
    bool deleted;
} sim_message;

/* A stored turn: one for each message and addressed orchestrator; its number is its index, from 1. */
typedef struct sim_row {
    uint32_t message;
    uint32_t daemon;
    uint32_t epoch; /* of the host's life that may end it */
    sim_row_state state;
    int32_t error;
    uint32_t retries; /* so often it failed and was tried again: each time it is a new one for the core */
    bool offline;     /* answered with the offline message */
    bool removed;     /* its orchestrator is gone */
    int64_t ended_ms; /* by the host's clock */
} sim_row;

typedef struct sim_orchestrator {
    bool exists;
    bool logged_in;
    bool mention_only;
    bool auto_respond;
    bool limited;       /* has work hours */
    int32_t offset_s;   /* of its local time */
    uint16_t start_min; /* each day, local */
    uint16_t end_min;
    uint32_t heartbeat_ms;
    uint32_t running_max;
    uint32_t models_count;
    uint32_t registration; /* counts how often it was added */
} sim_orchestrator;

typedef enum sim_op_kind {
    SIM_OP_POST,      /* post, targets */
    SIM_OP_REPLY,     /* row, turn, text, targets */
    SIM_OP_END,       /* row, turn (0: the core does not know), end, error */
    SIM_OP_DELETE,    /* message */
    SIM_OP_RETRY,     /* row, retries, targets: the one whose turn failed */
    SIM_OP_LOGGED_IN, /* daemon, orchestrator.logged_in */
    SIM_OP_UPDATE,    /* daemon, orchestrator: what it is, not whether */
    SIM_OP_ADD,       /* daemon, orchestrator */
    SIM_OP_REMOVE,    /* daemon */
} sim_op_kind;

/* An orchestrator that a new message addresses. */
typedef struct sim_target {
    uint32_t daemon;
    uint32_t registration;
    int32_t refused; /* 0, or the error with which its turn ends at once */
    uint32_t row;    /* set by the commit; 0: none, the orchestrator is gone */
} sim_target;

typedef struct sim_op {
    sim_op_kind kind;
    uint32_t post;
    uint32_t row;
    uint32_t epoch;
    uint32_t message; /* POST, REPLY: set by the commit */
    uint32_t retries; /* RETRY: of the row, as it was */
    uint32_t daemon;
    uint64_t turn;
    int32_t error;
    int32_t result; /* set by the commit */
    sim_row_state end;
    bool repeated; /* set by the commit: the post was stored before */
    bool offline;
    uint32_t targets_count;
    sim_target targets[SIM_SPEAKERS_MAX];
    sim_orchestrator orchestrator;
} sim_op;

typedef struct sim_store {
    sim_message *messages;
    uint32_t messages_count; /* [0] is nothing */
    sim_row *rows;
    uint32_t rows_count;
    sim_orchestrator orchestrators[SIM_DAEMONS_MAX + 1];
    /* One writer: done <= committed <= submitted, each a position in the ring. */
    sim_op *ops;
    uint64_t submitted;
    uint64_t committed;
    uint64_t done;
    bool writing; /* SIM_STORE_COMMIT is planned */
} sim_store;

/* ---- people ---- */

typedef enum sim_post_state {
    SIM_POST_WAITS,
    SIM_POST_SENT,
    SIM_POST_ACKED,
    SIM_POST_GIVEN_UP
} sim_post_state;

/* One thing that a client wants to say, with its clientId (its index). */
typedef struct sim_post {
    sim_post_state state;
    uint32_t author;
    uint32_t author_daemon; /* an orchestrator that writes by hand */
    uint32_t channel;
    uint32_t thread;
    uint32_t reply_to; /* daemon */
    uint32_t tries;
    uint32_t refusals;
    uint32_t stored; /* the message; set by the store's commit */
    uint32_t acked;  /* the message that the client was told */
    sim_text text;
} sim_post;

typedef struct sim_channel {
    sim_mask members;
    bool direct;
} sim_channel;

/* ---- the host ---- */

/* What the host does about a row. Void when `life` is not the host's. */
typedef struct sim_work {
    uint32_t life;
    uint32_t serial; /* of the attempt; a result with another one is void */
    uint64_t turn;
    bool producing;
    bool offline;
    bool worded; /* `text` is what the model said */
    sim_text text;
} sim_work;

typedef struct sim_host {
    orch_core *core; /* NULL: down */
    orch_core_config config;
    uint32_t life;
    bool exiting;
    bool ack_first;    /* acknowledges before the core is told */
    bool effects_run;  /* effects are being carried out */
    uint32_t crash_in; /* crash points until the next crash; 0: none is planned */
    uint32_t tick_serial;
    int64_t tick_at_ms;  /* of the core, as planned */
    int64_t clock_ms;    /* what the host's clock shows more than the world's */
    int64_t core_now_ms; /* the latest time that this core was told */
    int64_t stalled_until_ms;
    uint32_t openings[SIM_DAEMONS_MAX +
                      1]; /* counts ORCH_FX_DAEMON_OPEN and _CLOSE: an answer to a former one is void */
    orch_event again[SIM_AGAIN_MAX]; /* events that found no memory; REGISTER without its spec */
    bool again_used[SIM_AGAIN_MAX];
    uint32_t registered[SIM_DAEMONS_MAX + 1]; /* the registration that the core knows; 0: none */
    sim_work *work;                           /* by row */
} sim_host;

typedef struct sim_settings {
    int64_t until_ms; /* faults and people until then */
    uint32_t daemons;
    uint32_t speakers; /* the first of them; the others are there and nobody speaks to them */
    uint32_t channels;
    uint32_t posts;
    uint32_t addressed_permille;
    uint32_t gossip_permille;
    bool crowd;               /* many daemons: a stop of all takes more than one step */
    bool flood;               /* few daemons that talk with many people at once */
    uint32_t thread_permille; /* of the messages that are said in a thread */
    uint32_t answer_ms;       /* of a healthy model, at most */
    uint32_t commit_ms;       /* of a healthy store, at most */
    uint32_t validate_every;
    bool soaked;         /* soak.c */
    bool replayed;       /* the run is recorded and replayed */
    bool bound_by_turns; /* turns_max or conversations_max is low: FULL is expected */
} sim_settings;

typedef struct sim_options {
    bool verbose;
    bool blind;        /* do not ask the core whether its invariants hold: see more with own eyes */
    uint32_t crash_at; /* 0: as the seed says; otherwise one crash at exactly this crash point */
} sim_options;

struct sim_world {
    uint64_t seed;
    sim_options options;
    sim_random random;
    sim_settings settings;
    int64_t now_ms;
    bool settling;
    bool closing;
    bool probing; /* the checkers ask the core themselves: nobody dies now */
    bool ended;
    uint64_t events;       /* steps of the core */
    uint64_t crash_points; /* passed so far */
    uint64_t crashes;
    sim_agenda agenda;
    sim_allocator allocator;
    sim_fault_plan faults[SIM_FAULT_COUNT];
    sim_store store;
    sim_channel channels[SIM_CHANNELS_MAX + 1];
    sim_post posts[SIM_POSTS_MAX];
    uint32_t posts_count;
    sim_host host;
    sim_record record;
    sim_trace trace;
};

/* ---- world.c ---- */

void sim_world_init(sim_world *world);
void sim_world_fini(sim_world *world);
/* Runs one seed from beginning to end; the result is in world->record. */
void sim_world_run(sim_world *world, uint64_t seed, sim_options options);
/* Plans an item of no particular life. */
void sim_plan(sim_world *world, int64_t in_ms, sim_item_kind kind, uint32_t a, uint64_t b);
/* Plans an item that is void when the host's present life ends. */
void sim_plan_host(sim_world *world, int64_t in_ms, sim_item_kind kind, uint32_t a, uint64_t b);

/* ---- settings.c: the draw of a seed ---- */

void sim_settings_draw(sim_world *world);
sim_orchestrator sim_orchestrator_draw(sim_world *world);
void sim_manager_draw(sim_world *world, orch_core_config *config);

/* ---- store.c ---- */

sim_op *sim_store_add(sim_world *world, sim_op op);
void sim_store_commit(sim_world *world); /* SIM_STORE_COMMIT */
/* The row of a message and a daemon; 0: none. `message` is a stored message's number, or what the core is told of a row. */
uint32_t sim_store_row(const sim_store *store, uint64_t message, uint32_t daemon);
/* What the core is told as the message: it answers one once. */
uint64_t sim_store_number(const sim_store *store, uint32_t row);
void sim_store_crash(sim_world *world);

/* ---- host.c ---- */

void sim_host_boot(sim_world *world);
void sim_host_crash(sim_world *world, const char *why);
/* A place where the process may die. True: it did; the caller returns at once. */
bool sim_crash_point(sim_world *world);
/* Steps the core and carries out the effects. False: the host died meanwhile. */
bool sim_step(sim_world *world, const orch_event *event, int32_t *out_result);
int64_t sim_host_now(const sim_world *world);
sim_work *sim_work_of(sim_world *world, uint32_t row);
/* REGISTER as the store has it. False: the host died. */
bool sim_register(sim_world *world, uint32_t daemon);
void sim_host_item(sim_world *world, const sim_item *item);

/* ---- carry_out.c: what the host does about them ---- */

/* False: the host died. */
bool sim_carry_out(sim_world *world, const orch_effects *effects);

/* ---- posting.c: the host between network, core and store ---- */

void sim_host_post(sim_world *world, uint32_t post);
void sim_host_reply(sim_world *world, uint32_t row, uint64_t turn);
void sim_host_stored(sim_world *world, sim_op *op); /* SIM_STORE_DONE */
bool sim_message_event(sim_world *world, uint32_t row, bool reserved, bool recovered);
void sim_host_duplicate(sim_world *world, uint32_t row);

/* ---- stopping.c: answers that somebody stops, failures that are tried again ---- */

void sim_stop_some(sim_world *world);
void sim_retry_some(sim_world *world);
void sim_host_retried(sim_world *world, const sim_op *op); /* its operation is done */

/* ---- provider.c: the model ---- */

void sim_model_ask(sim_world *world, uint32_t row, const orch_effect *effect);
void sim_model_result(sim_world *world, uint32_t row, uint32_t serial);
/* What it has said so far is the answer. False: the host died. */
bool sim_model_cut_short(sim_world *world, uint32_t row);

/* ---- clients.c ---- */

void sim_clients_begin(sim_world *world);
void sim_clients_item(sim_world *world, const sim_item *item);
void sim_clients_burst(sim_world *world);         /* many messages at once */
bool sim_clients_content(const sim_world *world); /* nobody waits for an answer */

/* ---- operators.c ---- */

void sim_operate(sim_world *world, sim_fault fault);
/* What people do when everything works again: they start what does not run. */
void sim_operators_start_all(sim_world *world);

#endif
