/* The durable runtime: the core stepped over a workspace. Posts messages, runs turns, keeps daemons alive, publishes a feed.
 * Knows no server: the server, and later other nodes, subscribe to the feed. The loop's thread only.
 */
#ifndef ORCHD_RUNTIME_H
#define ORCHD_RUNTIME_H

#include <uv.h>

#include "engine.h"
#include "fault_log.h"
#include "model.h"
#include "orchd/environment.h"
#include "workspace.h"

typedef struct orch_runtime orch_runtime;

typedef struct orch_runtime_config {
    uv_loop_t *loop;
    const char *database_path;
    const orch_environment *environment; /* copied */
    const orch_model_config *models;     /* borrowed, must outlive the runtime */
    uint32_t queue_max;                  /* per daemon */
    uint32_t hops_max;
    uint32_t turn_deadline_ms; /* 0: the core's default, as the next two */
    uint32_t attempt_timeout_ms;
    uint32_t stop_grace_ms;
    uint32_t context_tokens_max;
    uint32_t context_messages_max; /* read for a turn; default 50 */
    uint32_t feed_keep;            /* entries for clients that were away; default 100,000 */
    const char *record_path;       /* event log of the core; NULL: none */
    uint32_t attempts_per_model;   /* 0: the core's default, as the next two */
    uint32_t retry_base_ms;
    uint32_t retry_cap_ms;
} orch_runtime_config;

void orch_runtime_config_init(orch_runtime_config *config);

/* Opens database and workspace (blocks), registers every orchestrator, gives unfinished turns to the core, starts the
 * daemons that are logged in. The loop need not run yet. */
ORCH_MUST_USE int orch_runtime_open(const orch_runtime_config *config, orch_runtime **out_runtime,
                                    char *out_message, size_t message_size);
/* Ends: daemons stop (grace), what is unfinished stays for the next start, the database is closed. `closed` always comes,
 * at most stop_grace_ms later. A second call cuts the grace short. */
void orch_runtime_close(orch_runtime *runtime, void (*closed)(void *user), void *user);

/* The first half of a close, for hosts whose subscribers shall see the last replies: daemons stop (grace), what was
 * accepted is flushed; the runtime still answers questions. `stopped` always comes, at most stop_grace_ms later. A second
 * call cuts the grace short (its callback is not used). orch_runtime_close afterwards does not wait. */
void orch_runtime_stop(orch_runtime *runtime, void (*stopped)(void *user), void *user);

orch_workspace *orch_runtime_workspace(orch_runtime *runtime);
orch_directory *orch_runtime_directory(orch_runtime *runtime);
bool orch_runtime_closing(const orch_runtime *runtime);

/* Checks, routes, reserves, stores, then wakes the daemons. Turns of `post` are ignored: the runtime finds them.
 * ORCH_E_BUSY names the orchestrator. The callback comes after the commit. */
ORCH_MUST_USE int orch_runtime_post(orch_runtime *runtime, const orch_post *post, orch_posted_fn done,
                                    void *user, orch_problem *problem);
/* Whether an answer of this stored turn is being made (or stored); false: it waits, or has ended. */
bool orch_runtime_answers(const orch_runtime *runtime, int64_t turn);
/* Stops the answer of a turn that has not ended: what was said so far is the reply, with metadata.stopped; otherwise the turn fails with
 * ORCH_E_STOPPED. By members of its channel. ORCH_E_NOT_FOUND, ORCH_E_STATE (too late). */
ORCH_MUST_USE int orch_runtime_stop_turn(orch_runtime *runtime, const orch_user *actor, int64_t turn,
                                         orch_problem *problem);
/* A failed turn is tried again, as a turn with a new id, which the callback gets after the commit. By the message's author and by
 * administrators. ORCH_E_BUSY, ORCH_E_STATE, ORCH_E_CONFLICT. */
typedef void (*orch_retried_fn)(const orch_problem *problem, int64_t turn, void *user);
ORCH_MUST_USE int orch_runtime_retry_turn(orch_runtime *runtime, orch_user *actor, int64_t turn,
                                          orch_retried_fn done, void *user, orch_problem *problem);
/* As in workspace.h, and the feed is told. */
ORCH_MUST_USE int orch_runtime_edit(orch_runtime *runtime, orch_user *actor, orch_str id, orch_str content,
                                    orch_changed_fn done, void *user, orch_problem *problem);
ORCH_MUST_USE int orch_runtime_delete(orch_runtime *runtime, orch_user *actor, orch_str id,
                                      orch_changed_fn done, void *user, orch_problem *problem);
ORCH_MUST_USE int orch_runtime_react(orch_runtime *runtime, orch_user *actor, orch_str id, orch_str emoji,
                                     bool present, orch_changed_fn done, void *user, orch_problem *problem);
/* As in workspace.h; from then on the index follows in the background. */
ORCH_MUST_USE int orch_runtime_search(orch_runtime *runtime, const orch_search *search, orch_found_fn done,
                                      void *user, orch_problem *problem);
/* Tells the channel that `user` types, in a thread of it or not (empty); nothing is stored. */
void orch_runtime_typing(orch_runtime *runtime, orch_user *user, orch_channel *channel, orch_str parent_id);
/* After orch_workspace_add_channel, _direct_channel or _set_member: tells the feed. */
void orch_runtime_members_changed(orch_runtime *runtime, orch_channel *channel);

/* ---- daemons ---- */

typedef struct orch_daemon_info {
    orch_orchestrator *orchestrator;
    orch_health health;
    const char *const
        *errors; /* newest last, at most 20, each "time message"; borrowed until the loop goes on */
    size_t errors_count;
    const char *last_error; /* or NULL */
    char model[160];        /* the first of its chain, "provider/model" */
    const char *presence;   /* "online", "busy", "away", "error" or "offline" */
} orch_daemon_info;

/* ORCH_E_NOT_FOUND. */
ORCH_MUST_USE int orch_runtime_daemon(orch_runtime *runtime, orch_orchestrator *orchestrator,
                                      orch_daemon_info *out_info);

/* "online", "busy", "away" (outside its work hours), "error" or "offline"; static. */
const char *orch_runtime_presence(const orch_runtime *runtime, const orch_orchestrator *orchestrator);
/* The same without words, for lists of many. ORCH_E_NOT_FOUND. */
ORCH_MUST_USE int orch_runtime_health(const orch_runtime *runtime, const orch_orchestrator *orchestrator,
                                      orch_health *out_health);

typedef void (*orch_daemon_fn)(const orch_problem *problem, orch_orchestrator *orchestrator, void *user);
/* Called back when the daemon is running, in error or stopped. start of a running one: ORCH_E_ALREADY_RUNNING is no
 * problem here, it calls back at once. start and stop set `logged_in`. */
ORCH_MUST_USE int orch_runtime_start_daemon(orch_runtime *runtime, orch_orchestrator *orchestrator,
                                            orch_daemon_fn done, void *user);
ORCH_MUST_USE int orch_runtime_stop_daemon(orch_runtime *runtime, orch_orchestrator *orchestrator,
                                           orch_daemon_fn done, void *user);
ORCH_MUST_USE int orch_runtime_restart_daemon(orch_runtime *runtime, orch_orchestrator *orchestrator,
                                              orch_daemon_fn done, void *user);
/* A login of the orchestrator's user (starts if auto_start), and its logout. Stored; not waited for. */
void orch_runtime_login(orch_runtime *runtime, orch_orchestrator *orchestrator);
void orch_runtime_logout(orch_runtime *runtime, orch_orchestrator *orchestrator);
/* After orch_workspace_add_orchestrator or a change of one: tells the core. */
ORCH_MUST_USE int orch_runtime_refresh(orch_runtime *runtime, orch_orchestrator *orchestrator);

/* ---- the feed ---- */

typedef enum orch_notice_kind {
    ORCH_NOTICE_MESSAGE_CREATED = 1,
    ORCH_NOTICE_MESSAGE_UPDATED,
    ORCH_NOTICE_MESSAGE_DELETED,
    ORCH_NOTICE_REACTION_CHANGED, /* message, user, emoji, present */
    ORCH_NOTICE_TURN_STARTED,     /* also for each further attempt: clients drop the text of the last one */
    ORCH_NOTICE_MESSAGE_DELTA,    /* turn, orchestrator, channel, text */
    ORCH_NOTICE_TURN_FAILED,
    ORCH_NOTICE_DAEMON,   /* emit: whatever the core emits of a daemon; with turn, channel and message_id
                                     where it is about a message */
    ORCH_NOTICE_PRESENCE, /* user, their orchestrator if they are one, presence */
    ORCH_NOTICE_TYPING,   /* user, channel, parent_id */
    ORCH_NOTICE_MEMBERS,  /* channel: who belongs to it has changed, or it is new */
} orch_notice_kind;

/* All borrowed for the call. */
typedef struct orch_notice {
    orch_notice_kind kind;
    int64_t cursor; /* 0: cannot be resumed */
    orch_channel *channel;
    const orch_message *message;
    orch_orchestrator *orchestrator;
    orch_user *user;
    orch_id message_id; /* of the message that a turn answers */
    orch_id parent_id;  /* thread of that turn; empty: none */
    int64_t turn;       /* the stored turn's id */
    orch_str text;
    orch_str emoji;
    bool present;
    const char *presence; /* "online", "offline", "busy", "away", "error" */
    orch_emit emit;
    orch_status status; /* of the daemon, when this happened */
    int error;          /* an orch_error, with its words in `text` */
    uint32_t count;     /* restarts */
    uint32_t attempt;
} orch_notice;

typedef void (*orch_notice_fn)(const orch_notice *notice, void *user);
typedef struct orch_subscription orch_subscription;
/* Called on the loop's thread; must not block. NULL: no memory. */
orch_subscription *orch_runtime_subscribe(orch_runtime *runtime, orch_notice_fn notice, void *user);
void orch_runtime_unsubscribe(orch_subscription *subscription);

/* ---- faults ---- */

/* Whether messages can be accepted: 0, or an orch_error and a sentence. Called back once, also from inside the call, at the
 * latest when the database has not answered for seconds, or when the runtime ends. */
typedef void (*orch_ready_fn)(int error, const char *message, void *user);
ORCH_MUST_USE int orch_runtime_ready(orch_runtime *runtime, orch_ready_fn done, void *user);
/* What is wrong. The server reports its own faults here as well. */
const orch_fault_log *orch_runtime_faults(const orch_runtime *runtime);
/* How long it has lasted, ms; 0: it is not open. */
int64_t orch_runtime_fault_age(const orch_runtime *runtime, orch_fault_kind kind);
void orch_runtime_fault(orch_runtime *runtime, orch_fault_kind kind, int error, const char *words);
void orch_runtime_fault_over(orch_runtime *runtime, orch_fault_kind kind);
/* Bytes that are free on the disk of the database; false: not known (yet). */
bool orch_runtime_room(const orch_runtime *runtime, uint64_t *out_bytes);

typedef struct orch_runtime_counters {
    uint64_t messages_accepted;
    uint64_t turns_started;
    uint64_t turns_answered;
    uint64_t turns_failed;
    uint64_t turns_skipped;
    uint64_t retries;
    uint64_t tokens_input;
    uint64_t tokens_output;
    uint32_t daemons_running;
    uint32_t daemons_error;
    orch_engine_counters engine;
} orch_runtime_counters;
void orch_runtime_count(orch_runtime *runtime, orch_runtime_counters *out_counters);

#endif
