/* What the parts of the durable runtime share: its state, and one section of calls for each part.
 *
 *     runtime.c    opens and ends it           posting.c    a message on its way in
 *     recovery.c   what a former life left     changing.c   edits, deletions, reactions
 *     daemons.c    orchestrators and the core  turns.c      turns that have not ended
 *                                              attempts.c   attempts at an answer
 *     persona.c    an orchestrator, ready      replies.c    the end of a turn, stored and shown
 *     heartbeat.c  proof of life               emits.c      the core's events as notices, errors and presence
 *     waiters.c    who waits for a start       notices.c    subscribers
 *     faults.c     what is wrong outside       storage_watch.c  whether the database works
 *     ready.c      can messages be accepted?   stopping.c   stopped answers, failures tried again
 *     tallies.c    figures of the minute       journal.c    what happened to daemons
 *     consult.c    answers nobody stores       conversations.c  which ones a daemon has
 *     search_index.c  the index for searches follows
 *
 * Invariants
 *  1. Everything happens on the loop's thread.
 *  2. A turn is in `turns` from the commit that made it to the commit that ended it. The core knows it by its row's id.
 *  3. The core's events that need an answer at once (RESERVE) are never sent while effects are carried out.
 */
#ifndef ORCHD_RUNTIME_PARTS_H
#define ORCHD_RUNTIME_PARTS_H

#include <sodium.h>
#include <stdio.h>

#include "answer.h"
#include "charter.h"
#include "consult.h"
#include "insight.h"
#include "orchd/assert.h"
#include "orchd/prompt.h"
#include "runtime.h"

/* ---- types ---- */

/* An orchestrator as its answers need it. An answer under way keeps the one that it began with. */
typedef struct orch__persona {
    uint32_t refs;
    const orch_charter_document
        *document;                /* the directory's, valid as long as the workspace is open; or `draft` */
    orch_charter_document *draft; /* of its own; NULL: none. With the texts that its fields point to */
    char *draft_texts;
    orch_rules *rules;       /* NULL: none */
    orch_model_chain *chain; /* its own; NULL: the server's */
} orch__persona;

#define ORCH__ERRORS_MAX 20

/* The newest errors of a daemon, oldest first. */
typedef struct orch__errors {
    size_t count;
    const char *texts[ORCH__ERRORS_MAX];
} orch__errors;

typedef struct orch__tally orch__tally;                 /* tallies.c */
typedef struct orch__journal_entry orch__journal_entry; /* journal.c */

typedef struct orch__live_tallies {
    orch__tally *first;
    orch__tally *whole; /* of the organization that was counted last */
    int64_t minute_ms;  /* that they are of; 0: none yet */
    uv_timer_t timer;
} orch__live_tallies;

typedef struct orch__journal {
    orch__journal_entry *first; /* that wait */
    orch__journal_entry *last;
    size_t count;
    bool storing;
    uv_timer_t timer;
} orch__journal;

typedef struct orch__live_daemon {
    orch_orchestrator *orchestrator;
    orch__tally *tally;     /* of this hour; NULL: nothing yet */
    orch__persona *persona; /* NULL: not open */
    orch__errors *errors;   /* NULL: none yet */
    char *fault;            /* why the last open failed, in words; NULL: the code says it all */
    const char *presence;   /* as last told; static */
    orch_hours *hours;      /* NULL: always at work */
    int64_t hours_until_ms; /* the zone's changes are known until then */
    uint32_t running_max;   /* as the core was told */
    orch_status status;     /* as last emitted */
    int failure;            /* the code of its last error */
    bool registered;
    bool heartbeat_due;
    bool refresh_due; /* changed while effects were carried out */
} orch__live_daemon;

/*           MESSAGE              TURN_START             context read            end              TURN_REPLY
 *  (stored) ───────▶ waiting ──────────────▶ reading ──────────────▶ answering ─────▶ answered ──────────▶ storing ──▶ (freed)
 *                       ▲                       │                       │                ▲                    │
 *                       └──── TURN_CANCEL, error of the attempt ────────┘                └── store failed ────┘
 *  TURN_FAIL and TURN_SKIP lead to storing from everywhere. set_state() in turns.c assigns it.
 */
typedef enum orch__live_turn_state {
    ORCH__LIVE_WAITING,
    ORCH__LIVE_READING,
    ORCH__LIVE_ANSWERING,
    ORCH__LIVE_ANSWERED,
    ORCH__LIVE_STORING,
} orch__live_turn_state;

typedef struct orch__live_turn {
    struct orch__live_turn *next; /* in its bucket */
    orch_runtime *runtime;
    uint32_t refs; /* the table, and each query under way */
    bool removed;  /* from the table */
    orch__live_turn_state state;
    int64_t row;
    uint32_t epoch;
    uint32_t hops;
    orch_turn_id handle; /* the core's; 0 until it told us */
    orch_orchestrator *orchestrator;
    orch_channel *channel;
    orch_user *author; /* may be NULL */
    orch_id message_id;
    orch_id parent_id;
    int64_t asked_ms; /* when the message was stored, by the engine's time */
    char *text;       /* the message, for models that need no more; NULL: read it */
    uint32_t text_len;

    /* The attempt under way or done */
    orch__persona *persona;
    orch_answer *answer;
    const orch_model_choice *choice; /* of the persona's or the server's chain */
    char *reply;
    size_t reply_len;
    size_t reply_size;
    bool reply_cut;
    bool stopped; /* somebody cut it short */
    orch_reply_kind reply_kind;
    orch_usage usage;
    uint64_t tokens_input; /* of all attempts */
    uint64_t tokens_output;
    int64_t deadline_ms;
    uint32_t attempt;
    char *failure; /* the last attempt's error in words */

    /* Its end, while it is stored */
    orch_turn_end end;
    int end_error;
    bool unstorable;    /* the reply cannot be stored, ever: the turn ends as a failure all the same */
    bool orphan;        /* the core could not take it: it ends as a failure, paced by upkeep */
    bool deleted;       /* its message was deleted: no reply any more */
    unsigned deletions; /* of its message, that are being stored */
} orch__live_turn;

typedef struct orch__live_turns {
    orch__live_turn **buckets;
    size_t buckets_count; /* a power of two */
    size_t count;
    size_t text_bytes; /* of all `text`, at most ORCH__KEPT_TEXT_MAX */
} orch__live_turns;

#define ORCH__KEPT_TEXT_MAX (16u * 1024 * 1024)

/* Who wrote the newest messages, by a hash of their ids: spares a query for most replies. */
#define ORCH__AUTHORS_SIZE 4096

typedef struct orch__author {
    uint64_t message;
    orch_user_id user;
} orch__author;

typedef struct orch__held_post orch__held_post; /* posting.c */
typedef struct orch__waiter orch__waiter;       /* waiters.c */

typedef struct orch__live_heartbeats {
    orch_daemon_id *due;
    size_t due_count;
    size_t due_size;
    bool probing;
    int64_t probe_ms; /* when the probe under way was sent */
} orch__live_heartbeats;

typedef struct orch__live_storage {
    bool reading;     /* a probe of the reader is under way */
    bool asking_room; /* `room` is under way */
    bool room_known;
    uint64_t room_bytes; /* free on the disk of the database */
    uv_fs_t room;
} orch__live_storage;

/* As last looked at. */
typedef struct orch__live_clocks {
    int64_t skew_ms;
    int64_t suspended_ms;
} orch__live_clocks;

typedef struct orch__live_index {
    uv_timer_t pause;  /* until the next piece */
    bool working;      /* a piece is under way */
    bool unused;       /* nobody has searched */
    uint64_t began_ns; /* the last piece; 0: none yet */
    uint64_t stored;   /* messages then */
} orch__live_index;

typedef struct orch__asked_ready orch__asked_ready; /* ready.c */
#define ORCH__READY_WORDS_MAX 400

struct orch_subscription {
    orch_subscription *next;
    orch_runtime *runtime;
    orch_notice_fn notice; /* NULL: unsubscribed while notices go out */
    void *user;
};

struct orch_runtime {
    orch_runtime_config config;
    orch_environment environment;
    orch_database *database;
    orch_workspace *workspace;
    orch_engine *engine;
    orch_transfers *transfers;
    FILE *record;

    uv_async_t wake;   /* the database has answers */
    uv_timer_t upkeep; /* feed, zones */
    uv_timer_t ending; /* the grace of a stop */
    uv_timer_t watch;  /* of the storage */
    unsigned handles_open;

    unsigned char hash_key[crypto_shorthash_KEYBYTES];
    orch__live_daemon **daemons; /* by handle */
    size_t daemons_size;
    size_t daemons_live; /* initializing, running or stopping */
    bool refresh_due;
    orch__live_turns turns;
    orch__author authors[ORCH__AUTHORS_SIZE];
    orch__held_post *held_first;
    orch__held_post *held_last;
    orch__waiter *waiters;
    orch__live_heartbeats heartbeats;
    orch_fault_log faults;
    orch__live_storage storage;
    orch__live_clocks clocks;
    orch__live_index index;
    orch__asked_ready *asked_ready;
    orch__live_tallies tallies;
    orch__journal journal;
    orch_consult *consults;
    size_t consults_count;
    orch_subscription *subscriptions;
    unsigned publishing;
    bool subscriptions_stale;
    orch_runtime_counters counters;
    int64_t trimmed_cursor; /* where the feed stood at the last trim; 0: before the first */
    bool trimming;
    int64_t hours_skew_ms; /* the engine's time behind the real one, as the work hours in the core know it */

    bool closing; /* nothing new is accepted */
    bool halted;  /* daemons have stopped or were cut short: no turn starts */
    bool closed;  /* orch_runtime_close was called */
    bool leaving; /* the parts are being closed */
    void (*stopped_fn)(void *user);
    void *stopped_user;
    void (*closed_fn)(void *user);
    void *closed_user;
};

/* ---- runtime.c ---- */

/* Fills `problem` and returns its error. */
ORCH_PRINTF(4, 5)
int orch__runtime_problem(orch_problem *problem, int error, const char *field, const char *format, ...);
uint64_t orch__runtime_hash(const orch_runtime *runtime, orch_str text);
orch_str orch__runtime_id_text(const orch_id *id);
/* Empty for what is none. */
orch_id orch__runtime_id_from(orch_str text);
/* "provider/model" */
void orch__runtime_model_name(const orch_model_choice *choice, char *out_name, size_t size);
/* "2026-01-31T12:00:00.000Z" */
#define ORCH__RUNTIME_TIME_MAX 32
void orch__runtime_time_text(int64_t at_ms, char out_text[ORCH__RUNTIME_TIME_MAX]);

/* One handle or request fewer keeps the runtime's memory. */
void orch__runtime_handle_closed(orch_runtime *runtime);

/* ---- recovery.c: blocks, before the loop runs ---- */

ORCH_MUST_USE int orch__recover(orch_runtime *runtime, uint32_t offline_repeat_ms, char *out_message,
                                size_t message_size);

/* ---- posting.c ---- */

/* The orchestrator cannot take a message: says why. Returns `error`. */
int orch__refuse_busy(const orch_runtime *runtime, const orch_orchestrator *orchestrator, int error,
                      orch_problem *problem);
/* Posts that came while effects were carried out. */
void orch__posts_settle(orch_runtime *runtime);
void orch__posts_drop(orch_runtime *runtime);
void orch__author_keep(orch_runtime *runtime, const orch_message *message);

/* ---- turns.c ---- */

/* Takes a stored turn and gives it to the core. What the core cannot take ends as a visible failure. `message` is NULL
 * for recovered ones. */
typedef struct orch__live_turn_accept {
    orch_turn_row row;
    const orch_message *message;
    bool reserved;
    bool recovered;
} orch__live_turn_accept;
void orch__live_turn_accept_row(orch_runtime *runtime, const orch__live_turn_accept *accept);
/* The turns of a message that was just stored. */
void orch__live_turns_accept(orch_runtime *runtime, const orch_posted *posted, const orch_turn_new *turns,
                             bool reserved);

/* What could not be stored of those that the core did not take is tried again. */
void orch__live_turns_retry_orphans(orch_runtime *runtime);

orch__live_turn *orch__live_turn_find(const orch_runtime *runtime, int64_t row);
/* Tells the core that the turn ends without a reply: its message was deleted. */
void orch__live_turn_abandon(orch__live_turn *turn);
void orch__live_turn_set_state(orch__live_turn *turn, orch__live_turn_state state);
/* Out of the table; freed when no query is under way. */
void orch__live_turn_remove(orch__live_turn *turn);
void orch__live_turn_unref(orch__live_turn *turn);
/* A deletion of the message was sent to the database (no reply is stored until we know), failed, or is committed (its turns
 * end in silence). */
void orch__live_turns_deletion_sent(orch_runtime *runtime, orch_str message_id);
void orch__live_turns_deletion_failed(orch_runtime *runtime, orch_str message_id);
void orch__live_turns_deleted(orch_runtime *runtime, orch_str message_id);
/* The message was edited: its kept text is outdated. */
void orch__live_turns_forget_text(orch_runtime *runtime, orch_str message_id);
/* Those of one orchestrator that is gone; NULL: all, when the runtime ends. */
void orch__live_turns_drop(orch_runtime *runtime, const orch_orchestrator *orchestrator);
void orch__live_turns_halt(orch_runtime *runtime);
void orch__live_turns_visit(orch_runtime *runtime, void (*visit)(orch__live_turn *turn, void *user),
                            void *user);

/* ---- attempts.c ---- */

void orch__attempt_start(orch__live_turn *turn, const orch_effect *effect);
/* The offline message, in the place of a model's answer. */
void orch__attempt_offline(orch__live_turn *turn, const orch_effect *effect);
void orch__attempt_cancel(orch__live_turn *turn);
/* What it has said so far is the whole answer. */
void orch__attempt_cut_short(orch__live_turn *turn);
bool orch__attempt_is_blank(const orch__live_turn *turn);
/* Back to before the attempt; what it streamed is worth nothing any more. */
void orch__attempt_reset(orch__live_turn *turn);

/* ---- replies.c ---- */

void orch__live_turn_reply(orch__live_turn *turn);
void orch__live_turn_fail(orch__live_turn *turn, int error);
void orch__live_turn_skip(orch__live_turn *turn);

/* ---- tallies.c ---- */

/* The turn has ended: it was answered, or it failed. */
void orch__tallies_count(const orch__live_turn *turn, bool answered);
/* A turn that ended as it was stored. */
void orch__tallies_count_refused(orch_runtime *runtime, const orch_orchestrator *orchestrator);
/* What an answer that is none of a turn took; `orchestrator` and `organization` may be NULL. */
void orch__tallies_count_tokens(orch_runtime *runtime, const orch_orchestrator *orchestrator,
                                const orch_organization *organization, const orch_usage *usage);
/* What was counted of the minute under way, when the runtime ends. */
void orch__tallies_store(orch_runtime *runtime);
void orch__tallies_free(orch_runtime *runtime);

/* ---- journal.c ---- */

/* What waits, or a batch of it. */
void orch__journal_store(orch_runtime *runtime);
void orch__journal_free(orch_runtime *runtime);

/* ---- consult.c ---- */

/* They fail: the runtime ends. */
void orch__consults_drop(orch_runtime *runtime);

/* ---- persona.c ---- */

/* Reads charter, rules, zone and chain of the orchestrator. On failure `out_message` says what is wrong, terminated. */
ORCH_MUST_USE int orch__persona_new(orch_runtime *runtime, const orch_orchestrator *orchestrator,
                                    orch__persona **out_persona, char *out_message, size_t message_size);
/* The same for one that is not stored; `problem` names the field. */
ORCH_MUST_USE int orch__persona_of_draft(orch_runtime *runtime, const orch_draft *draft,
                                         orch__persona **out_persona, orch_problem *problem);
orch__persona *orch__persona_ref(orch__persona *persona);
void orch__persona_unref(orch__persona *persona);

/* ---- daemons.c ---- */

orch__live_daemon *orch__live_daemon_find(const orch_runtime *runtime, orch_daemon_id daemon);
/* Tells the core of the orchestrator, or of its change. */
ORCH_MUST_USE int orch__live_daemon_register(orch_runtime *runtime, orch_orchestrator *orchestrator);
void orch__live_daemon_open(orch_runtime *runtime, orch__live_daemon *daemon);
void orch__live_daemon_close(orch__live_daemon *daemon);
const orch_model_chain *orch__live_daemon_chain(const orch_runtime *runtime, const orch__live_daemon *daemon);
void orch__live_daemons_refresh_due(orch_runtime *runtime);
void orch__live_daemons_refresh_zones(orch_runtime *runtime);
void orch__live_daemons_free(orch_runtime *runtime);
int orch__live_daemon_send(orch_runtime *runtime, orch_event_kind kind, orch_daemon_id daemon);

/* ---- errors.c ---- */

void orch__errors_add(orch__errors **errors, int64_t now_ms, const char *text);
void orch__errors_free(orch__errors *errors);

/* ---- emits.c ---- */

void orch__live_emit(orch_runtime *runtime, const orch_effect *effect);
/* A daemon's presence, told and stored when it is another than before. */
void orch__presence_update(orch_runtime *runtime, orch__live_daemon *daemon);
/* It began an answer and may be busy now. That it has room again is seen at its next heartbeat, so that one that is always about full
 * is not told with each answer. */
void orch__presence_taken(orch_runtime *runtime, orch__live_daemon *daemon);

/* ---- heartbeat.c ---- */

void orch__live_heartbeat_due(orch_runtime *runtime, orch_daemon_id daemon);
/* Asks the database for a sign of life unless a question is under way. */
void orch__live_heartbeat_probe(orch_runtime *runtime);

/* ---- storage_watch.c ---- */

void orch__storage_watch_init(orch_runtime *runtime);
/* The database's observer: each answer, before its own callback. `user` is the runtime. */
void orch__storage_answered(orch_batch_kind batch, int error, const orch_result *result, void *user);
/* A heartbeat's question was answered. */
void orch__storage_probed(orch_runtime *runtime);
/* Sets the timer that looks after what is wrong or on its way. */
void orch__storage_watch(orch_runtime *runtime);
/* Asks how much room the disk has. */
void orch__storage_room(orch_runtime *runtime);

/* ---- search_index.c ---- */

void orch__search_index_init(orch_runtime *runtime);
/* With each notice: works when many messages have come since the index was looked at. */
void orch__search_index_keep_up(orch_runtime *runtime);

/* ---- faults.c ---- */

void orch__faults_expire(orch_runtime *runtime);
void orch__faults_look_at_clock(orch_runtime *runtime);

/* ---- ready.c ---- */

/* Tells those who asked. */
void orch__ready_settle(orch_runtime *runtime);

/* ---- waiters.c ---- */

void orch__waiters_settle(orch_runtime *runtime);
void orch__waiters_drop(orch_runtime *runtime);

/* ---- notices.c ---- */

void orch__publish(orch_runtime *runtime, const orch_notice *notice);
/* feed_trim.c: now, unless it is being done; and when `cursor` is far enough from the last time. */
void orch__feed_trim(orch_runtime *runtime);
void orch__feed_grew(orch_runtime *runtime, int64_t cursor);
void orch__subscriptions_free(orch_runtime *runtime);

#endif
