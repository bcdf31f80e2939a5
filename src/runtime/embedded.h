/* The embedded host: orchd.h over the engine, in memory. What its parts share, one section of calls for each.
 *
 *     embedded_host.c          one host a loop: its engine, its queue of jobs, its end
 *     embedded_loop.c          the library's own loop
 *     embedded_configuration.c configurations, checked; the last error in words
 *     embedded_handle.c        ids as the core's numbers
 *     embedded_asked.c         what the program waits for
 *     embedded_profile.c       an orchestrator and its charter, copied
 *     embedded_incoming.c      a message, checked and copied
 *     embedded_window.c        what was said lately in a conversation
 *     embedded_listeners.c     who listens to events;  embedded_events.c  what they are told
 *     embedded_daemon.c        orch_daemon;            embedded_faults.c  its errors in words
 *     embedded_manager.c       orch_manager: the one of the process, its end, its daemons' life
 *     embedded_roster.c        the manager's daemons: finding, making, asking about them
 *     embedded_question.c      a message that a daemon was given, until it is dealt with
 *     embedded_answer.c        one attempt at an answer: the built-in models or the program's own
 *     embedded_effects.c       the core's effects, carried out
 *
 * Invariants
 *  1. A callback of the program is called by a job of the host's queue and from nowhere else. So no step is under way then,
 *     and the program may call everything, also what frees the daemon that calls it.
 *  2. A handle of the core is the keyed hash (SipHash-2-4) of the program's id: no table of ids can grow, none is to be
 *     released. Daemons have dense numbers instead.
 *  3. Jobs hold references. An orch_daemon that was freed by the program lives on, marked `freed`, until the last is done.
 *  4. A host ends when it has no daemon, no manager and no job.
 */
#ifndef ORCHD_EMBEDDED_H
#define ORCHD_EMBEDDED_H

#include <uv.h>

#include "answer.h"
#include "charter.h"
#include "embedded_map.h"
#include "engine.h"
#include "orchd/orchd.h"

#define ORCH__SENTENCE_MAX   512     /* bytes of an error in words */
#define ORCH__REPLY_MAX      1048576 /* bytes of an answer */
#define ORCH__MENTIONS_MAX   64      /* of a message; more are not read */
#define ORCH__WINDOWS_MAX    4096    /* conversations remembered; the one unused for longest is forgotten */
#define ORCH__WINDOW_LINES   50      /* newest messages of each … */
#define ORCH__WINDOW_BYTES   131072  /* … and no more than this, but always the last one */
#define ORCH__CONTEXT_TOKENS 24000
#define ORCH__ANSWER_TOKENS  4096

typedef struct orch__host orch__host;
typedef struct orch__job orch__job;
typedef struct orch__asked orch__asked;
typedef struct orch__profile orch__profile;
typedef struct orch__heard orch__heard;
typedef struct orch__windows orch__windows;
typedef struct orch__question orch__question;
typedef struct orch__emission orch__emission;

/* ---- types ---- */

/* Something to be done from the loop. */
struct orch__job {
    orch__job *next;
    /* Does it and frees the job. `call` false: the host is dropped, nobody may be called back. */
    void (*run)(orch__job *job, bool call);
};

typedef struct orch__askeds {
    orch__asked *first;
    orch__asked *last;
} orch__askeds;

typedef struct orch__listener {
    int type; /* 0: removed while listeners are called */
    bool once;
    void (*function)(void);
    void *user;
} orch__listener;

typedef struct orch__listeners {
    orch__listener *items;
    size_t count;
    size_t size;
    unsigned calling;
} orch__listeners;

/* An orchestrator as its answers need it. Immutable. */
struct orch__profile {
    unsigned refs;
    orch_orchestrator_info info; /* texts owned */
    uint64_t id;                 /* handles */
    orch_user_id user;
    orch_charter_document *document; /* NULL: no charter */
    orch_charter charter;
    orch_rules *rules;  /* may be NULL */
    void *capabilities; /* json_t: owns the texts of charter.capabilities */
    char slug[ORCH_NAME_LEN_MAX];
};

/* A message as a daemon heard it. Immutable, shared by all that it was handed to. */
struct orch__heard {
    unsigned refs;
    orch_incoming_message message; /* texts owned */
    orch_message_id id;            /* handles */
    orch_channel_id channel;
    orch_thread_id thread;
    orch_user_id author;
    uint64_t reply_to_author; /* 0: none, or not known */
    uint64_t mentions[ORCH__MENTIONS_MAX];
    size_t mentions_count;
    bool direct;
    bool hops_given;
    uint32_t hops;
    char *author_name; /* never NULL */
    void *memory;
};

typedef struct orch__settings {
    uint32_t heartbeat_ms;
    uint32_t conversations_max;
    bool auto_respond;
    bool verbose;
    orch_generate_fn generate;
    void *generate_user;
} orch__settings;

typedef struct orch__faults {
    char *texts[ORCH_DAEMON_ERRORS_MAX]; /* oldest first */
    size_t count;
} orch__faults;

struct orch_daemon {
    unsigned refs; /* the program or the manager, and each job */
    bool freed;
    bool restart_due;   /* the core has a restart scheduled */
    orch_status status; /* as last emitted */
    orch_daemon_id handle;
    orch__host *host;
    orch_manager *manager; /* NULL: on its own */
    orch__profile *profile;
    orch__settings settings;
    orch__listeners listeners;
    orch__windows *windows;    /* the manager's, if it has one */
    orch__question *questions; /* not dealt with yet */
    orch_daemon *same_user;    /* next one of the same user in the host */
    orch__askeds starts;
    orch__askeds stops;
    orch__askeds restarts;
    char fault[ORCH__SENTENCE_MAX];      /* why the last opening failed; empty: the error's own text */
    char last_error[ORCH__SENTENCE_MAX]; /* of the daemon, not of a message; empty: none */
    orch__faults faults;
};

struct orch_manager {
    unsigned refs; /* the host, and each job */
    bool ending;   /* it was reset: its daemons are being stopped */
    bool warned;
    bool verbose;
    orch_manager *next; /* in the host: those that end, and the one of the process */
    orch__host *host;
    orch_manager_config config; /* `daemon` is in: */
    orch__settings settings;
    orch__listeners listeners;
    orch__windows *windows;
    orch_daemon **daemons; /* in the order of their first start */
    size_t daemons_count;
    size_t daemons_size;
    orch__map by_id;    /* orchestrator's id → orch_daemon */
    orch__map by_user;  /* its user's id → orch_daemon */
    orch__asked *reset; /* who asked for its end */
};

/* A message that a daemon was given.
 *
 *     MESSAGE             TURN_START, TURN_OFFLINE            end             TURN_REPLY, _FAIL, _SKIP
 *    ────────▶ waiting ───────────────────────────▶ answering ────▶ answered ──────────────────▶ (emitted, removed)
 *                 ▲        TURN_CANCEL, TURN_ERROR      │
 *                 └─────────────────────────────────────┘
 */
struct orch__question {
    unsigned refs;        /* the daemon's list, and each job */
    orch_daemon *daemon;  /* NULL: removed */
    orch__question *next; /* in the daemon's list */
    orch__question **link;
    orch__heard *heard;
    orch__askeds askeds;
    orch_turn_id turn; /* of the attempt under way; 0: none */

    orch__profile *profile; /* of the attempt under way */
    orch_answer *answer;
    orch_reply *reply;
    char *text; /* what the attempt has yielded */
    size_t text_len;
    size_t text_size;
    int text_error;    /* why a part of it was not kept */
    char *own_channel; /* the program's own reply, where it says more than its text; NULL: as usual */
    char *own_reply_to;
    char *own_metadata;
    char error[ORCH__SENTENCE_MAX]; /* of the last attempt */
    orch__emission *send;           /* made at TURN_REPLY, pushed when the core emits */
};

/* What listeners are told. A type of 0: nobody of that kind. */
struct orch__emission {
    orch__job job;
    orch_daemon_event_type daemon_type;
    orch_manager_event_type manager_type;
    orch_daemon *daemon;   /* may be NULL: the daemon could not even be made */
    orch_manager *manager; /* may be NULL */
    orch__profile *profile;
    orch__heard *heard;
    orch_daemon_health health; /* its errors are read when it is delivered */
    orch_status status;
    uint32_t count;
    int code;
    char sentence[ORCH__SENTENCE_MAX];
    char *texts[4]; /* outgoing: content, channel, reply_to, metadata. action: type, payload */
};

struct orch__host {
    orch__host *next;
    uv_loop_t *loop;
    orch_engine *engine;
    uv_idle_t idle; /* active while there are jobs */
    orch__job *first;
    orch__job *last;
    orch_daemon **daemons; /* by handle */
    size_t daemons_size;
    size_t daemons_count;
    size_t daemons_alive;
    orch_manager *managers;
    orch__map questions; /* (daemon, message) → orch__question */
    orch__map users;     /* user → the first orch_daemon of it */
    orch_core_config core;
    orch_transfers *transfers; /* NULL until a model needs the network */
    orch_model_config models;
    bool models_known;
    unsigned parts_open; /* while it ends: what is still to be closed */
    bool ending;
};

/* ---- embedded_host.c ---- */

/* The host of that loop, made when there is none. NULL: orch_last_error(). */
orch__host *orch__host_get(uv_loop_t *loop);
orch__host *orch__host_find(const uv_loop_t *loop);
void orch__host_push(orch__host *host, orch__job *job);
/* True while something on that loop is to be waited for: jobs, daemons that are alive, a host that ends. */
bool orch__hosts_alive(const uv_loop_t *loop);
/* Ends it when nothing is left of it. */
void orch__host_settle(orch__host *host);
/* Drops all at once without calling anybody back; it ends when the loop runs on. */
void orch__host_drop(orch__host *host);
/* Puts the daemon into the tables of the host. ORCH_E_FULL, ORCH_E_NO_MEMORY: told in orch_last_error(). */
ORCH_MUST_USE int orch__host_add(orch__host *host, orch_daemon *daemon);
void orch__host_remove(orch__host *host, orch_daemon *daemon);
orch_daemon *orch__host_daemon(const orch__host *host, orch_daemon_id handle);
int orch__host_send(orch__host *host, orch_event_kind kind, orch_daemon_id daemon);
/* Reads the models from the environment, once. */
ORCH_MUST_USE int orch__host_models(orch__host *host, char *out_message, size_t message_size);

/* ---- embedded_asked.c ---- */

/* False: there was no memory, and `finished` was told so. NULL as `finished` gives NULL, which every call below takes. */
bool orch__asked_new(orch_finished_fn finished, void *user, orch__asked **out_asked);
/* One that is part of `whole`, which ends when all of its parts and itself have ended. */
bool orch__asked_part(orch__asked *whole, orch__asked **out_part);
/* `message` NULL: the error's own text. */
void orch__asked_end(orch__host *host, orch__asked *asked, int error, const char *message);
void orch__asked_drop(orch__asked *asked);
void orch__askeds_add(orch__askeds *askeds, orch__asked *asked);
void orch__askeds_end(orch__host *host, orch__askeds *askeds, int error, const char *message);
void orch__askeds_drop(orch__askeds *askeds);

/* ---- embedded_configuration.c ---- */

/* Words the last error of this thread and returns `error`. */
ORCH_PRINTF(2, 3) int orch__refuse(int error, const char *format, ...);
void orch__settings_init(orch__settings *settings);
ORCH_MUST_USE int orch__settings_read(orch__settings *settings, const orch_daemon_config *config);
ORCH_MUST_USE int orch__manager_config_check(const orch_manager_config *config);

/* ---- embedded_handle.c ---- */

/* The keyed hash of an id, never 0. */
uint64_t orch__handle(const char *id);
uint64_t orch__handle_pair(uint64_t a, uint64_t b);

/* ---- embedded_profile.c ---- */

/* Copies and checks the texts; the charter is read by the next one. */
ORCH_MUST_USE int orch__profile_new(const orch_orchestrator_info *info, orch__profile **out_profile);
ORCH_MUST_USE int orch__profile_read_charter(orch__profile *profile);
/* True when both say the same. */
bool orch__profile_equals(const orch__profile *profile, const orch_orchestrator_info *info);
orch__profile *orch__profile_ref(orch__profile *profile);
void orch__profile_unref(orch__profile *profile);

/* ---- embedded_incoming.c ---- */

ORCH_MUST_USE int orch__heard_new(const orch_incoming_message *message, int64_t now_ms,
                                  orch__heard **out_heard);
orch__heard *orch__heard_ref(orch__heard *heard);
void orch__heard_unref(orch__heard *heard);
/* ORCH_E_INVALID naming `field`: not UTF-8. */
ORCH_MUST_USE int orch__check_text(const char *field, const char *text, bool required, size_t max);
/* NULL and what is a JSON object pass. */
ORCH_MUST_USE int orch__check_object(const char *field, const char *json);

/* ---- embedded_window.c ---- */

orch__windows *orch__windows_new(void);
void orch__windows_free(orch__windows *windows);
/* Someone said something. Known messages are not added again. */
ORCH_MUST_USE int orch__windows_hear(orch__windows *windows, const orch__heard *heard);
/* The orchestrator said something. `hops`: see orch__windows_hops(). */
ORCH_MUST_USE int orch__windows_say(orch__windows *windows, uint64_t channel, uint64_t thread,
                                    const orch__profile *profile, const char *content, uint32_t hops);
/* What was said before the question, and since then by the orchestrator; the question last. Borrowed until the next change.
 * `out_lines` has room for ORCH__WINDOW_LINES + 1. */
size_t orch__windows_read(const orch__windows *windows, const orch__heard *question, orch_user_id own,
                          orch_prompt_message *out_lines);
/* Of the newest thing that this orchestrator's user said there; 0: nothing. */
uint32_t orch__windows_hops(const orch__windows *windows, const orch__heard *heard);

/* ---- embedded_listeners.c ---- */

ORCH_MUST_USE int orch__listeners_add(orch__listeners *listeners, orch__listener listener);
void orch__listeners_remove(orch__listeners *listeners, orch__listener listener);
void orch__listeners_fini(orch__listeners *listeners);
bool orch__listeners_any(const orch__listeners *listeners, int type);
typedef void (*orch__listener_call_fn)(orch__listener listener, const void *event);
void orch__listeners_call(orch__listeners *listeners, int type, orch__listener_call_fn call,
                          const void *event);

/* ---- embedded_events.c ---- */

/* NULL: no memory. Takes references of what the daemon has. */
orch__emission *orch__emission_new(orch_daemon *daemon, orch_daemon_event_type daemon_type,
                                   orch_manager_event_type manager_type);
void orch__emission_push(orch__host *host, orch__emission *emission);
void orch__emission_free(orch__emission *emission);
/* Emits what core told of the daemon. */
void orch__emit_effect(orch_daemon *daemon, const orch_effect *effect);
/* A login or a start of an orchestrator whose daemon could not be made. */
void orch__emit_not_made(orch_manager *manager, orch__profile *profile, orch_manager_event_type type,
                         int error, const char *sentence);

/* ---- embedded_daemon.c ---- */

orch_daemon *orch__hosted_daemon_make(orch__host *host, orch_manager *manager, orch__profile *profile,
                                      const orch__settings *settings);
orch_daemon *orch__hosted_daemon_ref(orch_daemon *daemon);
void orch__hosted_daemon_unref(orch_daemon *daemon);
/* Tells the core what the daemon is. */
ORCH_MUST_USE int orch__hosted_daemon_register(orch_daemon *daemon);
/* As orch_daemon_free; `call` false: nobody is told. */
void orch__hosted_daemon_end(orch_daemon *daemon, bool call);
/* The core says that the status is another. */
void orch__hosted_daemon_status(orch_daemon *daemon, orch_status status);
/* After the event was told: who waited for it is told, too. */
void orch__hosted_daemon_started(orch_daemon *daemon);
void orch__hosted_daemon_stopped(orch_daemon *daemon);
void orch__hosted_daemon_failed(orch_daemon *daemon, int error);
void orch__hosted_daemon_set_restart_due(orch_daemon *daemon, bool due);
/* Makes it ready and answers the core, from a job. */
void orch__hosted_daemon_opening(orch_daemon *daemon);
/* As the functions of orchd.h. `login`: a failure is told as auto-start-error, too. */
void orch__hosted_daemon_start(orch_daemon *daemon, bool login, orch__asked *asked);
void orch__hosted_daemon_stop(orch_daemon *daemon, orch__asked *asked);
void orch__hosted_daemon_restart(orch_daemon *daemon, orch__asked *asked);
/* The orchestrator is described differently. */
ORCH_MUST_USE int orch__hosted_daemon_update(orch_daemon *daemon, orch__profile *profile);
void orch__hosted_daemon_health(const orch_daemon *daemon, orch_daemon_health *out_health,
                                orch_health *out_core);

/* ---- embedded_faults.c ---- */

void orch__faults_add(orch__faults *faults, const char *text);
void orch__faults_fini(orch__faults *faults);

/* ---- embedded_manager.c ---- */

orch_manager *orch__hosted_manager_ref(orch_manager *manager);
void orch__hosted_manager_unref(orch_manager *manager);
/* Frees what the host's managers are, without calling anybody. */
void orch__hosted_managers_drop(orch__host *host);

/* ---- embedded_roster.c ---- */

/* By the orchestrator's id, or by it or its user's id. NULL: unknown. */
orch_daemon *orch__roster_find(const orch_manager *manager, const char *orchestrator_id);
orch_daemon *orch__roster_find_any(const orch_manager *manager, const char *id);
/* The daemon of that orchestrator: made when it is new, told when the description is another. On failure an event of `type` is
 * emitted and orch_last_error() words it. */
ORCH_MUST_USE int orch__roster_open(orch_manager *manager, const orch_orchestrator_info *info,
                                    orch_manager_event_type type, orch_daemon **out_daemon);
void orch__roster_fini(orch_manager *manager, bool call);

/* ---- embedded_question.c ---- */

/* Gives the message to the daemon. `asked` ends when it is dealt with. */
void orch__question_ask(orch_daemon *daemon, orch__heard *heard, bool addressed, orch__asked *asked);
/* Writes the daemons among `members` that the message addresses; returns their number. */
size_t orch__question_route(orch__host *host, const orch__windows *windows, const orch__heard *heard,
                            const orch_daemon_id *members, size_t members_count, orch_daemon_id *out_daemons);
orch__question *orch__question_find(const orch__host *host, orch_daemon_id daemon, orch_message_id message);
orch__question *orch__question_ref(orch__question *question);
void orch__question_unref(orch__question *question);
/* It was dealt with. */
void orch__question_end(orch__question *question);
/* The daemon does not run any more: who waits is told that the message is kept. */
void orch__questions_release(orch_daemon *daemon);
void orch__questions_drop(orch_daemon *daemon, bool call);

/* ---- embedded_answer.c ---- */

void orch__answer_begin(orch__question *question, const orch_effect *effect);
void orch__answer_offline(orch__question *question, const orch_effect *effect);
void orch__answer_cancel(orch__question *question);
/* Makes the emission of the reply and remembers the reply as said. ORCH_E_NO_MEMORY: as before. */
ORCH_MUST_USE int orch__answer_store(orch__question *question);

/* ---- embedded_effects.c ---- */

void orch__effect_carry_out(const orch_effect *effect, void *host);

#endif
