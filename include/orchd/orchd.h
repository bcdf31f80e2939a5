/* Orchestrator daemons inside a C program: the whole of orchd without its server and without a database.
 *
 *     orch_daemon_config config;                      orch_manager *manager = orch_manager_get(NULL);
 *     orch_daemon_config_init(&config);               orch_manager_on(manager, ORCH_MANAGER_DAEMON_MESSAGE_SEND,
 *     config.orchestrator = &orchestrator;                            post_to_channel, NULL);
 *     daemon = orch_daemon_new(&config);              orch_manager_start_daemon(manager, &orchestrator, NULL, NULL);
 *     orch_daemon_start(daemon, started, NULL);       orch_manager_route_message(manager, &message, NULL, NULL);
 *     orch_loop_run();                                orch_loop_run();
 *
 * A daemon answers for one orchestrator (an AI agent that is also a user). The program hands it the messages of its
 * channels and posts what the daemon sends (the event message:send). A manager runs many daemons, checks their health and
 * restarts them. examples/ holds a small program for each use.
 *
 * Rules of the whole header
 *  1. Work is asynchronous on a libuv loop: the one in `loop` of a configuration, or the library's own (orch_loop()). Every
 *     function belongs to the thread of that loop; orch_last_error() is per thread.
 *  2. Callbacks (listeners, `finished`, generate_response) are called from the loop, never from inside a call of yours.
 *     In a callback every function may be called, orch_daemon_free() and orch_daemon_off() of itself included.
 *  3. What you pass in is copied before the function returns. What a callback or a getter hands out is borrowed: until the
 *     callback returns, or until the loop goes on.
 *  4. A function that fails at once returns NULL or a negative orch_error, and orch_last_error() words it for a person. A
 *     function that takes `finished` reports there instead: exactly once, 0 or a negative orch_error and its sentence.
 *     (Without memory to remember the request, `finished` is called before the function returns.) It may be NULL.
 *  5. Text is UTF-8 and ends with NUL. Times are milliseconds since 1970-01-01 UTC, durations milliseconds.
 *
 * How messages are addressed, queued, retried and answered once is told in orchd/core.h: the same core decides here.
 */
#ifndef ORCHD_ORCHD_H
#define ORCHD_ORCHD_H

#include "orchd/core.h"
#include "orchd/error.h"
#include "orchd/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct uv_loop_s; /* uv_loop_t: only programs that bring their own loop need <uv.h> */

typedef struct orch_daemon orch_daemon;
typedef struct orch_manager orch_manager;
typedef struct orch_reply orch_reply;

/* Tells the end of something asked for. `message` is NULL where `error` is 0. */
typedef void (*orch_finished_fn)(int error, const char *message, void *user);

/* The sentence of the last failure in this thread; "" before the first. Valid until the next failure. */
const char *orch_last_error(void);

/* ---- orchestrators and messages ----------------------------------------------------------------- */

/* NULL means "not given" wherever a field is not marked as required. */
typedef struct orch_user_info {
    const char *id;    /* required */
    const char *name;  /* required */
    const char *email; /* required */
    const char *display_name;
    bool is_orchestrator;
    const char *config_json; /* orchestratorConfig: a JSON object, the charter at "charter" */
} orch_user_info;

typedef struct orch_orchestrator_info {
    const char *id;   /* required */
    const char *role; /* required */
    const char *discipline;
    const char *capabilities_json; /* an array of names, or an object whose true members count */
    const char *organization;      /* its name, for the prompt */
    orch_user_info user;
} orch_orchestrator_info;

/* True for the user of an orchestrator. */
bool orch_should_run_daemon(const orch_user_info *user);

/* Answers "which orchestrator is this user?" for orch_orchestrator_get(); what it returns need only live until the next
 * call. NULL: none. */
typedef const orch_orchestrator_info *(*orch_lookup_fn)(const char *user_id, void *user);
void orch_orchestrator_set_lookup(orch_lookup_fn lookup, void *user);
/* The orchestrator of that user, by the lookup set above. NULL: the user is none, or no lookup is set. */
const orch_orchestrator_info *orch_orchestrator_get(const char *user_id);

#define ORCH_MESSAGE_CONTENT_MAX 32768 /* bytes; longer messages are refused with ORCH_E_TOO_LARGE */

typedef struct orch_incoming_message {
    const char *id;            /* required; the same id is answered once by each daemon */
    const char *content;       /* required */
    const char *channel_id;    /* required */
    const char *author_id;     /* required; a user's id. A daemon never answers its own user */
    int64_t timestamp_ms;      /* 0: now */
    const char *metadata_json; /* a JSON object or NULL. Read from it:
                                *   "mentions": [ids of orchestrators or users]   addressed without an '@' in the text
                                *   "threadId": id of the message the thread hangs on
                                *   "replyToAuthorId": whose message this one replies to
                                *   "direct": true in a direct-message channel, where everything is addressed
                                *   "authorName": how the language model shall see the author
                                *   "hops": copied from the metadata of an orchestrator's message */
} orch_incoming_message;

typedef struct orch_outgoing_message {
    const char *content;       /* required */
    const char *channel_id;    /* required; in orch_reply_resolve() NULL: where the question came from */
    const char *reply_to_id;   /* NULL: none; in orch_reply_resolve() the question */
    const char *metadata_json; /* NULL: none; in a reply {"orchestratorId", "timestamp" (ISO), "hops"} */
} orch_outgoing_message;

typedef struct orch_action {
    const char *type;         /* one of orch_action_types */
    const char *payload_json; /* NULL or a JSON object */
} orch_action;

/* "send_message", "react", "update_status", "join_channel", "leave_channel", NULL. */
extern const char *const orch_action_types[];

#define ORCH_DAEMON_ERRORS_MAX 20

typedef struct orch_daemon_health {
    orch_status status;
    int64_t uptime_ms; /* 0 when stopped */
    uint32_t active_conversations;
    uint64_t total_messages_processed; /* answered */
    int64_t last_heartbeat_ms;         /* when it really ran; 0: not yet */
    const char *const *errors;         /* the newest ORCH_DAEMON_ERRORS_MAX, newest last */
    size_t errors_count;
} orch_daemon_health;

/* ---- replies of the program's own ---------------------------------------------------------------- */

typedef struct orch_said {
    const char *author; /* display name or id */
    const char *content;
    bool own; /* the orchestrator said it */
} orch_said;

typedef struct orch_generate_context {
    const orch_orchestrator_info *orchestrator;
    const char *system_prompt; /* the charter as a language model reads it */
    const orch_said *messages; /* the recent ones, oldest first; the last is the question */
    size_t messages_count;
} orch_generate_context;

/* Replaces the built-in models. `message` and `context` are borrowed until it returns. `reply` is handed over: it must be
 * ended by orch_reply_resolve() or orch_reply_fail(), once, now or later, also after the daemon is gone. */
typedef void (*orch_generate_fn)(const orch_incoming_message *message, const orch_generate_context *context,
                                 orch_reply *reply, void *user);

/* Ends the reply. Content that is NULL or empty, or too large, counts as a failure. Ignored when nobody waits any more. */
void orch_reply_resolve(orch_reply *reply, const orch_outgoing_message *message);
/* Ends the reply as a failure: message:error with this sentence. It is not tried again. */
void orch_reply_fail(orch_reply *reply, const char *message);
/* True when the turn was cancelled (deadline, stop, free): work for it can be dropped, the reply must still be ended. */
bool orch_reply_cancelled(const orch_reply *reply);

/* ---- configuration ------------------------------------------------------------------------------- */

/* The members are read as far as `version` knows them; later versions grow at the end. */
typedef struct orch_daemon_config {
    uint32_t version;                           /* ORCH_DAEMON_CONFIG_VERSION */
    const char *orchestrator_id;                /* NULL: orchestrator->id */
    const orch_orchestrator_info *orchestrator; /* required */
    uint32_t heartbeat_interval_ms;             /* 100 … 86400000; default 30000 */
    uint32_t max_concurrent_conversations; /* 1 … 100000; default 10; the charter's own number goes first */
    bool auto_respond;                     /* default true; false: messages are processed, never answered */
    bool verbose;                          /* default false; true: tells its life on standard error */
    orch_generate_fn generate_response;    /* NULL: the built-in models, see below */
    void *generate_user;
    struct uv_loop_s *loop; /* NULL: orch_loop() */
} orch_daemon_config;

#define ORCH_DAEMON_CONFIG_VERSION 1u

typedef struct orch_manager_config {
    uint32_t version;                  /* ORCH_MANAGER_CONFIG_VERSION */
    bool auto_start;                   /* a login starts the daemon; default true */
    uint32_t health_check_interval_ms; /* 100 … 86400000; default 60000 */
    bool auto_restart;                 /* default true */
    uint32_t max_restart_attempts;     /* in a row; 0 … 1000; default 3 */
    bool verbose;                      /* default false */
    const orch_daemon_config *daemon;  /* for each daemon it starts; its orchestrator and loop are not read.
                                       * NULL: orch_daemon_config_from_env() */
    struct uv_loop_s *loop;            /* NULL: orch_loop() */
} orch_manager_config;

#define ORCH_MANAGER_CONFIG_VERSION 1u

/* The defaults named above. */
void orch_daemon_config_init(orch_daemon_config *config);
void orch_manager_config_init(orch_manager_config *config);

/* The defaults, replaced by what the environment says (DAEMON_HEARTBEAT_INTERVAL, … see orchd/environment.h). ORCH_E_INVALID:
 * orch_last_error() names the variable, the value and what is allowed, and `config` is untouched. */
ORCH_MUST_USE int orch_daemon_config_from_env(orch_daemon_config *config);
ORCH_MUST_USE int orch_manager_config_from_env(orch_manager_config *config);

/* One setting of the environment: a number, or 1 for yes and 0 for no. Negative: ORCH_E_INVALID, the environment holds
 * something that is not allowed; ask `> 0` for yes. */
int orch_is_orchestrator_mode_enabled(void);
int orch_is_daemon_auto_start_enabled(void);
int orch_is_daemon_auto_restart_enabled(void);
int orch_is_daemon_verbose_enabled(void);
int orch_daemon_heartbeat_interval(void);
int orch_health_check_interval(void);
int orch_max_restart_attempts(void);
int orch_max_concurrent_conversations(void);

/* The built-in models are chosen by the environment when the first daemon of a loop starts: ORCHD_MODEL
 * ("provider/model,provider/model"), else ANTHROPIC_API_KEY, else OPENAI_API_KEY or OPENAI_BASE_URL, else the charter's
 * own rules and words, offline. A wrong ORCHD_MODEL or a key file that cannot be read fails that start with its sentence. */

/* ---- a daemon ------------------------------------------------------------------------------------ */

/* A daemon of its own, stopped. No manager restarts it. NULL: a value out of range (the sentence names the field), a charter
 * that is wrong (it names the path), no memory. Freed by orch_daemon_free(). */
orch_daemon *orch_daemon_new(const orch_daemon_config *config);

/* Drops it at once: turns in flight are cancelled, what waits for `finished` ends with ORCH_E_CANCELLED, its listeners are
 * not called again. Stop it first to let it finish. Not for the daemons of a manager. NULL is allowed. */
void orch_daemon_free(orch_daemon *daemon);

/* "Daemon is already running" (ORCH_E_ALREADY_RUNNING) when it is; joins a start that is under way. */
void orch_daemon_start(orch_daemon *daemon, orch_finished_fn finished, void *user);
/* Always ends: turns in flight finish for up to 10 s, then they are cancelled. What was queued is kept and answered after the
 * next start. A stopped daemon is no error. */
void orch_daemon_stop(orch_daemon *daemon, orch_finished_fn finished, void *user);
void orch_daemon_restart(orch_daemon *daemon, orch_finished_fn finished, void *user);

/* Finished when the message is dealt with: answered, failed (message:error was emitted), found to be for somebody else, or
 * known already. While the daemon does not run the message waits for the next start, and this is finished at once. Errors:
 * ORCH_E_BUSY (the queue is full), ORCH_E_INVALID, ORCH_E_TOO_LARGE. A failure of the model is none. */
void orch_daemon_handle_message(orch_daemon *daemon, const orch_incoming_message *message,
                                orch_finished_fn finished, void *user);

/* Emits message:send. "Daemon not running" (ORCH_E_NOT_RUNNING). */
ORCH_MUST_USE int orch_daemon_send_response(orch_daemon *daemon, const orch_outgoing_message *message);
/* Emits action:execute; the listener carries it out. ORCH_E_UNSUPPORTED lists the five types. ORCH_E_NOT_RUNNING. */
ORCH_MUST_USE int orch_daemon_execute_action(orch_daemon *daemon, const orch_action *action);

orch_status orch_daemon_get_status(const orch_daemon *daemon);
void orch_daemon_get_health_status(const orch_daemon *daemon, orch_daemon_health *out_health);
bool orch_daemon_is_running(const orch_daemon *daemon);
const orch_orchestrator_info *orch_daemon_orchestrator(const orch_daemon *daemon);

/* ---- events of a daemon -------------------------------------------------------------------------- */

typedef enum orch_daemon_event_type {
    ORCH_DAEMON_STARTED = 1,       /* health */
    ORCH_DAEMON_STOPPED,           /* – */
    ORCH_DAEMON_ERROR,             /* error */
    ORCH_DAEMON_MESSAGE_PROCESSED, /* incoming: for every message handled, answered or not */
    ORCH_DAEMON_MESSAGE_SEND,      /* outgoing: to be posted by the program */
    ORCH_DAEMON_MESSAGE_ERROR,     /* failed */
    ORCH_DAEMON_ACTION_EXECUTE,    /* action: to be carried out by the program */
    ORCH_DAEMON_STATUS_CHANGED,    /* status */
    ORCH_DAEMON_HEARTBEAT,         /* health */
    ORCH_DAEMON_EVENT_TYPES_END,
} orch_daemon_event_type;

typedef struct orch_failure {
    int code; /* an orch_error */
    const char *message;
} orch_failure;

/* The member of the union is the one named beside the type. */
typedef struct orch_daemon_event {
    orch_daemon_event_type type;
    orch_daemon *daemon;
    union {
        orch_daemon_health health;
        orch_failure error;
        orch_incoming_message incoming;
        orch_outgoing_message outgoing;
        struct {
            orch_incoming_message message;
            orch_failure error;
        } failed;
        orch_action action;
        orch_status status;
    };
} orch_daemon_event;

/* "started", "message:send", … Static. */
const char *orch_daemon_event_name(orch_daemon_event_type type);

typedef void (*orch_daemon_listener_fn)(const orch_daemon_event *event, void *user);

/* Listeners are called in the order of their adding. One added during an event is first called for the next event, one
 * removed during an event is not called any more. ORCH_E_INVALID (no such type), ORCH_E_NO_MEMORY. */
int orch_daemon_on(orch_daemon *daemon, orch_daemon_event_type type, orch_daemon_listener_fn listener,
                   void *user);
/* Removes itself before its first call. */
int orch_daemon_once(orch_daemon *daemon, orch_daemon_event_type type, orch_daemon_listener_fn listener,
                     void *user);
/* Removes the newest that was added with the same three; nothing when there is none. */
void orch_daemon_off(orch_daemon *daemon, orch_daemon_event_type type, orch_daemon_listener_fn listener,
                     void *user);

/* ---- the manager --------------------------------------------------------------------------------- */

/* The manager of this process, made by the first call. NULL as `config`: the one there is, or one from the environment. A
 * later config that differs changes nothing and is warned of once, naming the fields. NULL: a value out of range. */
orch_manager *orch_manager_get(const orch_manager_config *config);
/* The manager of this process, (re)configured while it lives: daemons that run go on, later ones get the new defaults. The
 * loop cannot be changed. NULL as `config`: from the environment. */
orch_manager *orch_manager_initialize(const orch_manager_config *config);
/* Ends it: its daemons are stopped as by orch_manager_stop_all_daemons(), then it is freed; `finished` follows. The pointer
 * is valid no longer; the next orch_manager_get() makes a new one. Without a manager `finished` is
 * called before it returns. */
void orch_manager_reset(orch_finished_fn finished, void *user);

/* Starts the daemon of this orchestrator; one that runs already is no error and keeps running. */
void orch_manager_start_daemon(orch_manager *manager, const orch_orchestrator_info *orchestrator,
                               orch_finished_fn finished, void *user);
/* An unknown id is no error. */
void orch_manager_stop_daemon(orch_manager *manager, const char *orchestrator_id, orch_finished_fn finished,
                              void *user);
/* ORCH_E_NOT_FOUND "No daemon running for orchestrator: X". */
void orch_manager_restart_daemon(orch_manager *manager, const char *orchestrator_id,
                                 orch_finished_fn finished, void *user);
void orch_manager_stop_all_daemons(orch_manager *manager, orch_finished_fn finished, void *user);

/* The login of a user: starts its daemon if it is an orchestrator's and auto_start holds. A failure is also emitted as
 * auto-start-error. */
void orch_manager_on_user_login(orch_manager *manager, const orch_orchestrator_info *orchestrator,
                                orch_finished_fn finished, void *user);
/* `id` is the orchestrator's or its user's. An unknown one is no error. */
void orch_manager_on_user_logout(orch_manager *manager, const char *id, orch_finished_fn finished,
                                 void *user);

/* Hands the message to every running daemon that it addresses; finished when all of them have dealt with it. */
void orch_manager_route_message(orch_manager *manager, const orch_incoming_message *message,
                                orch_finished_fn finished, void *user);

/* NULL when this manager never started one. Its daemons stay valid, stopped or not, until orch_manager_reset(). */
orch_daemon *orch_manager_get_daemon(const orch_manager *manager, const char *orchestrator_id);
bool orch_manager_is_daemon_running(const orch_manager *manager, const char *orchestrator_id);
/* Writes the running ones; returns the number of all of them, also where it is larger than `max`. */
size_t orch_manager_get_running_daemons(const orch_manager *manager, orch_daemon **out_daemons, size_t max);

typedef struct orch_managed_daemon {
    orch_daemon *daemon;
    const orch_orchestrator_info *orchestrator;
    orch_daemon_health health;
    int64_t started_at_ms;  /* 0: not running */
    uint32_t restart_count; /* in a row */
    const char *last_error; /* NULL: none */
} orch_managed_daemon;

/* ORCH_E_NOT_FOUND: unknown. */
ORCH_MUST_USE int orch_manager_get_daemon_status(const orch_manager *manager, const char *orchestrator_id,
                                                 orch_managed_daemon *out_status);
/* As get_running_daemons, of all daemons that were ever started. */
size_t orch_manager_get_all_daemon_statuses(const orch_manager *manager, orch_managed_daemon *out_statuses,
                                            size_t max);

/* ---- events of the manager ----------------------------------------------------------------------- */

typedef enum orch_manager_event_type {
    ORCH_MANAGER_DAEMON_STARTED = 1,       /* – */
    ORCH_MANAGER_DAEMON_STOPPED,           /* – */
    ORCH_MANAGER_DAEMON_ERROR,             /* error */
    ORCH_MANAGER_DAEMON_RESTARTED,         /* restart_count */
    ORCH_MANAGER_DAEMON_HEALTH,            /* health: the manager's check */
    ORCH_MANAGER_DAEMON_MESSAGE_PROCESSED, /* incoming */
    ORCH_MANAGER_DAEMON_MESSAGE_SEND,      /* outgoing */
    ORCH_MANAGER_DAEMON_MESSAGE_ERROR,     /* failed */
    ORCH_MANAGER_DAEMON_ACTION,            /* action */
    ORCH_MANAGER_DAEMON_STATUS_CHANGED,    /* status */
    ORCH_MANAGER_DAEMON_HEARTBEAT,         /* health */
    ORCH_MANAGER_DAEMON_START_ERROR,       /* error, as the next four */
    ORCH_MANAGER_DAEMON_STOP_ERROR,
    ORCH_MANAGER_DAEMON_RESTART_ERROR,
    ORCH_MANAGER_DAEMON_HEALTH_ERROR,
    ORCH_MANAGER_AUTO_START_ERROR, /* after a login */
    ORCH_MANAGER_EVENT_TYPES_END,
} orch_manager_event_type;

typedef struct orch_manager_event {
    orch_manager_event_type type;
    orch_manager *manager;
    const char *orchestrator_id;
    const char *user_id;
    const orch_orchestrator_info *orchestrator;
    union {
        orch_daemon_health health;
        orch_failure error;
        uint32_t restart_count;
        orch_incoming_message incoming;
        orch_outgoing_message outgoing;
        struct {
            orch_incoming_message message;
            orch_failure error;
        } failed;
        orch_action action;
        orch_status status;
    };
} orch_manager_event;

/* "daemon:started", "auto-start-error", … Static. */
const char *orch_manager_event_name(orch_manager_event_type type);

typedef void (*orch_manager_listener_fn)(const orch_manager_event *event, void *user);

/* As for a daemon. */
int orch_manager_on(orch_manager *manager, orch_manager_event_type type, orch_manager_listener_fn listener,
                    void *user);
int orch_manager_once(orch_manager *manager, orch_manager_event_type type, orch_manager_listener_fn listener,
                      void *user);
void orch_manager_off(orch_manager *manager, orch_manager_event_type type, orch_manager_listener_fn listener,
                      void *user);

/* ---- the loop: for programs without one of their own ---------------------------------------------- */

/* The library's own loop, made by the first use. NULL: no memory. */
struct uv_loop_s *orch_loop(void);
/* Runs it until no daemon on it is alive (running, on its way, or about to be restarted) and nothing waits for
 * `finished`, or until orch_loop_stop(). */
void orch_loop_run(void);
/* Ends orch_loop_run() after the present callback. */
void orch_loop_stop(void);
/* Frees the library's loop with every daemon and the manager on it, at once and without calling anybody back. For the end of a
 * program that wants to give back every byte. Not from a callback. */
void orch_loop_close(void);

/* Waits for one thing: `orch_daemon_start(daemon, orch_wait_finished, &wait)` and then `orch_wait_for(&wait)`. */
typedef struct orch_wait {
    bool finished;
    int error;
    char message[256];
} orch_wait;

#define ORCH_WAIT_INIT                                                                                       \
    {                                                                                                        \
        0                                                                                                    \
    }

/* An orch_finished_fn; `wait` points to an orch_wait. */
void orch_wait_finished(int error, const char *message, void *wait);
/* Runs the library's loop until it is finished; returns its error and makes it ready for the next use. */
int orch_wait_for(orch_wait *wait);

#ifdef __cplusplus
}
#endif

#endif
