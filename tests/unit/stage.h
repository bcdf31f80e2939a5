/* A runtime on a database in a temporary folder, with people and orchestrators, for tests. What the feed tells is written
 * down as a trace, one line a notice. Every wait has a condition and a limit.
 */
#ifndef ORCHD_STAGE_H
#define ORCHD_STAGE_H

#include <pthread.h>

#include "runtime.h"

#define STAGE_TRACE_MAX    65536
#define STAGE_VARIABLE_MAX 8

typedef struct stage {
    uv_loop_t loop;
    char folder[64];
    char database[96];
    orch_environment environment;
    orch_model_config models;
    orch_runtime_config config;
    orch_runtime *runtime;
    orch_user *owner;
    orch_channel *general;
    const char *variables[STAGE_VARIABLE_MAX][2]; /* of the models' configuration */

    bool shows_status; /* the trace tells of each change of a daemon's status */
    char trace[STAGE_TRACE_MAX];
    size_t trace_len;
    unsigned replies;  /* messages that orchestrators wrote */
    unsigned failures; /* turn.failed */
    unsigned deltas;
    unsigned heartbeats;
    bool done;            /* by the last call that was waited for */
    orch_problem problem; /* of it */
    orch_id message_id;   /* that it stored */
    bool repeated;
    orch_orchestrator *orchestrator; /* that it made */
    orch_channel *channel;           /* likewise */
} stage;

/* A workspace with an owner, Olga, and the channel general. Limits and models may be set before stage_open. */
void stage_init(stage *s);
/* The same on the database of another process; no stage_fini. */
void stage_join(stage *s, const char *database);
void stage_open(stage *s);
/* As the server ends: with grace. */
void stage_close(stage *s);
/* As a server that is killed at the next instant, as far as one process can: no grace. */
void stage_cut(stage *s);
void stage_fini(stage *s);

/* Runs the loop until `condition` holds; fails the test after 20 seconds. */
void stage_wait(stage *s, bool (*condition)(const stage *s));
bool stage_is_done(const stage *s);
bool stage_has_reply(const stage *s);
bool stage_has_started(const stage *s);
bool stage_has_skipped(const stage *s);
/* Runs the loop until the database has answered all that was asked, and nothing follows from it. */
void stage_settle(stage *s);

orch_orchestrator *stage_orchestrator(stage *s, const char *name, const char *charter, bool logged_in);
orch_orchestrator *stage_find(stage *s, const char *slug);
orch_status stage_status(stage *s, const char *slug);
/* By the owner, in general; waits for the commit. Returns the error; `message_id` and `repeated` are set. */
int stage_post(stage *s, const char *content);
int stage_post_as(stage *s, const orch_post *post);
/* Does not wait; for posts from inside a notice. */
int stage_post_later(stage *s, const orch_post *post);
orch_post stage_draft(stage *s, const char *content);
/* All messages of the channel, one line each: "Name> text" or "Name (reply to 3)> text", numbered from 1 in time order. */
void stage_history(stage *s, orch_channel *channel, char *out_text, size_t size);
void stage_clear(stage *s);
size_t stage_count(const char *text, const char *part);
/* Runs the loop until its clock shows another millisecond. */
void stage_next_millisecond(stage *s);

/* The chain of models, and where an OpenAI-compatible server is; before stage_open. */
void stage_use_model(stage *s, const char *chain, const char *url);
/* A socket on a free port of the loopback, bound only: connections are refused. Closed by the caller. */
int stage_bound_socket(char *out_url, size_t size);
/* Takes connections into its backlog and never answers. */
int stage_silent_server(char *out_url, size_t size);

/* A server on a thread of its own: gives each connection the next of the answers, whole, and closes it. */
typedef struct stage_server {
    pthread_t thread;
    int fd;
    const char *const *answers;
    size_t count;
    char url[64];
} stage_server;

#define STAGE_STREAM "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"

/* `answers` must live until stage_server_join, which waits until all of them were given. */
void stage_server_start(stage_server *server, const char *const *answers, size_t count);
void stage_server_join(stage_server *server);

#endif
