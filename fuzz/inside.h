/* A whole server in this process, on a UNIX socket in a folder, and a client that speaks to it. One thread runs both: the
 * client turns the server's loop while it waits. The client allocates nothing, so that what is allocated is the server's.
 */
#ifndef ORCHD_INSIDE_H
#define ORCHD_INSIDE_H

#include "server.h"

#define INSIDE_REPLY_MAX (2u << 20)
#define INSIDE_WAIT_MS   20000

typedef struct inside_link {
    int descriptor;       /* -1: no connection */
    unsigned char *bytes; /* what came and was not yet taken: INSIDE_REPLY_MAX */
    size_t len;
} inside_link;

typedef struct inside {
    uv_loop_t loop;
    orch_environment environment;
    orch_model_config models;
    orch_runtime *runtime; /* both NULL: not open */
    orch_server *server;
    const char *(*variable)(const char *name, void *user); /* the environment; NULL: empty */
    char folder[64];
    char database[96];
    char token[96];    /* an administrator's */
    char message[512]; /* why it does not open */
    inside_link http;
    inside_link socket;
    orch_str body;   /* of the last answer, or the last frame: borrowed until the next call */
    int64_t wait_ms; /* how long to wait for an answer; 0: INSIDE_WAIT_MS */
    bool late;       /* the last wait took too long */
} inside;

/* A workspace in the folder with the administrator olga@test.example, her token in the file "token", the orchestrator Pip that
 * answers "pong" to "ping", and the channel general. */
void inside_prepare(const char *folder);

/* Allocates the client's memory. Aborts without it. */
void inside_init(inside *self, const char *folder);
/* 0, or an orch_error with `message`; nothing is left open then. */
int inside_open(inside *self);
void inside_close(inside *self);
void inside_fini(inside *self);

/* Of a clock that only goes on. */
int64_t inside_now_ms(void);
/* Lets the server work for so long. */
void inside_rest(inside *self, int64_t ms);

/* One request, on the connection of the last one where that still stands. Returns the status; 0: the connection was closed
 * without an answer, or `late`. `head` are further header lines, each with its line end. */
int inside_ask(inside *self, const char *method, const char *path, const char *head, orch_str body);
/* The same as a POST whose answer comes in pieces: until `end` is in it, which stays in `body` with the sizes of the chunks. An
 * answer of another status than 200 is read as above. */
int inside_ask_stream(inside *self, const char *path, orch_str body, const char *end);
/* Any bytes as a request; they are followed by the end of the stream. Returns the first status or 0. */
int inside_raw(inside *self, orch_str bytes);
void inside_hang_up(inside *self);
void inside_hang_up_socket(inside *self);

/* The WebSocket, with the token. False: refused. */
bool inside_upgrade(inside *self);
/* One text frame. False: the connection is closed. */
bool inside_send(inside *self, orch_str text);
/* The next frame that holds `part`, in `body`; others are dropped. False: the connection was closed, or `late`. */
bool inside_receive(inside *self, const char *part);

#endif
