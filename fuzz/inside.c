#include "inside.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "password.h"

/* Clients here are not slow: what the library has lost sight of is closed soon. */
#define PATIENCE_MS 500

/* ---- the server ---- */

static const char *no_variable(const char *name, void *user)
{
    (void)name;
    (void)user;
    return NULL;
}

static int open_runtime(inside *self)
{
    orch_runtime_config config;
    int error;

    snprintf(self->database, sizeof(self->database), "%s/orchd.db", self->folder);
    error = orch_model_config_read(&self->models, self->variable ? self->variable : no_variable, NULL,
                                   self->message, sizeof(self->message));
    if (error)
        return error;
    orch_runtime_config_init(&config);
    config.loop = &self->loop;
    config.database_path = self->database;
    config.environment = &self->environment;
    config.models = &self->models;
    config.stop_grace_ms = 1000;
    config.retry_base_ms = 5;
    config.retry_cap_ms = 50;
    error = orch_runtime_open(&config, &self->runtime, self->message, sizeof(self->message));
    if (error)
        orch_model_config_fini(&self->models);
    return error;
}

static int open_server(inside *self)
{
    orch_server_config config;
    orch_server *server;
    char listen[96], owner[96];
    int error;

    snprintf(listen, sizeof(listen), "unix:%s/socket", self->folder);
    snprintf(owner, sizeof(owner), "%s/owner.token", self->folder);
    orch_server_config_init(&config);
    config.loop = &self->loop;
    config.runtime = self->runtime;
    config.listen = listen;
    config.owner_token_path = owner;
    config.limits.head_ms = config.limits.body_ms = config.limits.idle_ms = PATIENCE_MS;
    error = orch_server_prepare(&config, &server, self->message, sizeof(self->message));
    if (!error)
        error = orch_server_open(server, &config, self->message, sizeof(self->message));
    if (!error)
        self->server = server;
    return error;
}

static void runtime_closed(void *user)
{
    ((inside *)user)->runtime = NULL;
}

static void server_closed(void *user)
{
    inside *self = user;

    self->server = NULL;
    orch_runtime_close(self->runtime, runtime_closed, self);
}

void inside_init(inside *self, const char *folder)
{
    *self = (inside){.http.descriptor = -1, .socket.descriptor = -1};
    orch_environment_init(&self->environment);
    orch_log_configure(ORCH_LOG_ERROR, ORCH_LOG_TEXT);
    snprintf(self->folder, sizeof(self->folder), "%s", folder);
    self->http.bytes = malloc(INSIDE_REPLY_MAX);
    self->socket.bytes = malloc(INSIDE_REPLY_MAX);
    if (!self->http.bytes || !self->socket.bytes)
        abort();
}

static void end_loop(inside *self)
{
    uv_run(&self->loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&self->loop))
        abort();
}

int inside_open(inside *self)
{
    int error;

    self->message[0] = '\0';
    if (uv_loop_init(&self->loop))
        abort();
    error = open_runtime(self);
    if (!error) {
        error = open_server(self);
        if (error) {
            orch_runtime_close(self->runtime, runtime_closed, self);
            end_loop(self);
            orch_model_config_fini(&self->models);
        }
    } else {
        end_loop(self);
    }
    return error;
}

static void hang_up(inside_link *link)
{
    if (link->descriptor >= 0)
        close(link->descriptor);
    link->descriptor = -1;
    link->len = 0;
}

void inside_close(inside *self)
{
    hang_up(&self->http);
    hang_up(&self->socket);
    orch_server_close(self->server, server_closed, self);
    end_loop(self);
    orch_model_config_fini(&self->models);
    if (self->server || self->runtime)
        abort();
}

void inside_fini(inside *self)
{
    free(self->http.bytes);
    free(self->socket.bytes);
}

/* ---- preparing ---- */

typedef struct making {
    bool done;
    orch_user *user;
    char token[ORCH_TOKEN_TEXT_MAX];
} making;

static void made(const orch_problem *problem, const orch_done *result, void *user)
{
    making *self = user;

    if (problem) {
        fprintf(stderr, "%s\n", problem->message);
        abort();
    }
    self->user = result->user ? result->user : self->user;
    self->done = true;
}

static void token_made(const orch_problem *problem, const orch_token_made *token, void *user)
{
    making *self = user;

    if (problem)
        abort();
    memcpy(self->token, token->token, sizeof(self->token));
    self->done = true;
}

static void wait_made(inside *self, making *made_of, int error)
{
    if (error)
        abort();
    while (!made_of->done)
        uv_run(&self->loop, UV_RUN_ONCE);
    made_of->done = false;
}

static void make_workspace(inside *self, making *result)
{
    orch_workspace *workspace = orch_runtime_workspace(self->runtime);
    orch_problem problem;
    orch_setup setup = {.organization = ORCH_STR("Test"),
                        .email = ORCH_STR("olga@test.example"),
                        .name = ORCH_STR("Olga"),
                        .password_hash = ORCH_STR("none")};
    orch_orchestrator_new pip = {.name = ORCH_STR("Pip"),
                                 .role = ORCH_STR("Tester"),
                                 .discipline = ORCH_STR("Testing"),
                                 .capabilities = ORCH_STR("[\"testing\"]"),
                                 .charter = ORCH_STR("{\"rules\":[{\"match\":\"ping\",\"reply\":\"pong\"}]}"),
                                 .logged_in = true};
    orch_token_new token = {.kind = ORCH_TOKEN_API, .name = ORCH_STR("test")};

    wait_made(self, result, orch_workspace_setup(workspace, &setup, made, result, &problem));
    token.user = result->user;
    wait_made(self, result, orch_workspace_add_orchestrator(workspace, NULL, &pip, made, result, &problem));
    wait_made(self, result, orch_workspace_add_token(workspace, &token, token_made, result, &problem));
}

static void token_path(const char *folder, char out_path[96])
{
    snprintf(out_path, 96, "%s/token", folder);
}

void inside_prepare(const char *folder)
{
    inside self;
    making result = {0};
    char path[96];
    FILE *file;

    inside_init(&self, folder);
    if (inside_open(&self)) {
        fprintf(stderr, "%s\n", self.message);
        abort();
    }
    make_workspace(&self, &result);
    inside_close(&self);
    inside_fini(&self);
    token_path(folder, path);
    file = fopen(path, "w");
    if (!file || fputs(result.token, file) < 0 || fclose(file))
        abort();
}

static void read_token(inside *self)
{
    char path[96];
    int file;

    token_path(self->folder, path);
    file = open(path, O_RDONLY);
    if (file < 0 || read(file, self->token, sizeof(self->token) - 1) <= 0)
        abort();
    close(file);
}

/* ---- waiting ---- */

int64_t inside_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void inside_rest(inside *self, int64_t ms)
{
    int64_t end = inside_now_ms() + ms;

    while (inside_now_ms() < end) {
        struct pollfd loop = {.fd = uv_backend_fd(&self->loop), .events = POLLIN};

        uv_run(&self->loop, UV_RUN_NOWAIT);
        (void)poll(&loop, 1, 1);
    }
}

/* More bytes behind those that are there. False: the connection is closed, or it took too long. */
static bool more(inside *self, inside_link *link)
{
    int64_t end = inside_now_ms() + (self->wait_ms ? self->wait_ms : INSIDE_WAIT_MS);

    for (;;) {
        struct pollfd both[2] = {{.fd = link->descriptor, .events = POLLIN},
                                 {.fd = uv_backend_fd(&self->loop), .events = POLLIN}};
        ssize_t got;
        int wait;

        uv_run(&self->loop, UV_RUN_NOWAIT);
        got = recv(link->descriptor, link->bytes + link->len, INSIDE_REPLY_MAX - 1 - link->len, MSG_DONTWAIT);
        if (got > 0) {
            link->len += (size_t)got;
            link->bytes[link->len] = '\0';
            return true;
        }
        if (got == 0 || (errno != EAGAIN && errno != EINTR))
            return false;
        self->late = inside_now_ms() > end;
        if (self->late)
            return false;
        wait = uv_backend_timeout(&self->loop);
        (void)poll(both, 2, wait < 0 || wait > 50 ? 50 : wait);
    }
}

static bool send_all(inside *self, const inside_link *link, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t sent = send(link->descriptor, at, size, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        if (sent > 0) {
            at += sent;
            size -= (size_t)sent;
        }
        uv_run(&self->loop, UV_RUN_NOWAIT);
    }
    return true;
}

static void connect_link(const inside *self, inside_link *link)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    hang_up(link);
    link->bytes[0] = '\0';
    link->descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", self->folder);
    if (link->descriptor < 0 || connect(link->descriptor, (struct sockaddr *)&address, sizeof(address)))
        abort();
}

/* Drops the first `count` bytes. */
static void drop(inside_link *link, size_t count)
{
    memmove(link->bytes, link->bytes + count, link->len - count);
    link->len -= count;
    link->bytes[link->len] = '\0';
}

/* ---- HTTP ---- */

static int status_of(const inside_link *link)
{
    return strncmp((char *)link->bytes, "HTTP/1.1 ", 9) == 0 ? atoi((char *)link->bytes + 9) : 0;
}

/* The head of an answer and its body. Returns the status or 0. */
static int read_answer(inside *self, inside_link *link, bool without_body)
{
    char *text = (char *)link->bytes, *end, *length;
    size_t whole;

    while (!(end = strstr(text, "\r\n\r\n")))
        if (!more(self, link))
            return 0;
    length = strcasestr(text, "\r\ncontent-length:");
    whole = (size_t)(end + 4 - text);
    if (!without_body && length && length < end)
        whole += strtoul(length + 17, NULL, 10);
    if (whole >= INSIDE_REPLY_MAX)
        abort();
    while (link->len < whole)
        if (!more(self, link))
            return 0;
    self->body = (orch_str){end + 4, whole - (size_t)(end + 4 - text)};
    return status_of(link);
}

static void begin(inside *self)
{
    self->late = false;
    self->body = ORCH_STR_NONE;
    if (!self->token[0])
        read_token(self);
}

void inside_hang_up(inside *self)
{
    hang_up(&self->http);
}

void inside_hang_up_socket(inside *self)
{
    hang_up(&self->socket);
}

/* False: the connection is closed. */
static bool ask(inside *self, const char *method, const char *path, const char *head, orch_str body)
{
    inside_link *link = &self->http;
    char text[16384];
    int len;

    begin(self);
    len = snprintf(text, sizeof(text),
                   "%s %s HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer %s\r\n"
                   "Content-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n",
                   method, path, self->token, body.len, head);
    if (len < 0 || (size_t)len >= sizeof(text))
        abort();
    if (link->descriptor < 0)
        connect_link(self, link);
    drop(link, link->len);
    return send_all(self, link, text, (size_t)len) && send_all(self, link, body.ptr, body.len);
}

int inside_ask(inside *self, const char *method, const char *path, const char *head, orch_str body)
{
    inside_link *link = &self->http;
    int status = 0;

    if (ask(self, method, path, head, body))
        status = read_answer(self, link, strcmp(method, "HEAD") == 0);
    if (status == 0 || strcasestr((char *)link->bytes, "connection: close"))
        close(link->descriptor), link->descriptor = -1;
    return status;
}

int inside_ask_stream(inside *self, const char *path, orch_str body, const char *end)
{
    inside_link *link = &self->http;
    int status = 0;

    if (ask(self, "POST", path, "", body))
        status = read_answer(self, link, false);
    while (status == 200 && !memmem(link->bytes, link->len, end, strlen(end)) && more(self, link))
        ;
    self->body = (orch_str){(char *)link->bytes, link->len};
    close(link->descriptor), link->descriptor = -1; /* what was read stays */
    return status;
}

int inside_raw(inside *self, orch_str bytes)
{
    inside_link *link = &self->http;
    int status = 0;

    begin(self);
    connect_link(self, link);
    if (send_all(self, link, bytes.ptr, bytes.len)) {
        shutdown(link->descriptor, SHUT_WR);
        while (link->len < INSIDE_REPLY_MAX - 1 && more(self, link))
            ;
        status = status_of(link);
    }
    hang_up(link);
    return status;
}

/* ---- WebSocket (RFC 6455) ---- */

bool inside_upgrade(inside *self)
{
    inside_link *link = &self->socket;
    char text[512];
    int len;

    begin(self);
    connect_link(self, link);
    len = snprintf(text, sizeof(text),
                   "GET /ws HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer %s\r\nConnection: Upgrade\r\n"
                   "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                   self->token);
    if (!send_all(self, link, text, (size_t)len) || read_answer(self, link, true) != 101) {
        hang_up(link);
        return false;
    }
    drop(link, (size_t)(self->body.ptr - (char *)link->bytes));
    self->body = ORCH_STR_NONE;
    return true;
}

bool inside_send(inside *self, orch_str text)
{
    /* The mask is zero, so that the text goes as it is. */
    unsigned char head[14] = {0x81};
    size_t len = 2;

    if (self->socket.descriptor < 0)
        return false;
    if (text.len < 126) {
        head[1] = (unsigned char)(0x80 | text.len);
    } else {
        head[1] = 0x80 | 127;
        for (int i = 0; i < 8; i++)
            head[len++] = (unsigned char)((uint64_t)text.len >> (56 - 8 * i));
    }
    if (send_all(self, &self->socket, head, len + 4) && send_all(self, &self->socket, text.ptr, text.len))
        return true;
    hang_up(&self->socket);
    return false;
}

/* The length of the first frame, head included; 0: it is not whole. */
static size_t frame_size(const inside_link *link, size_t *out_head)
{
    size_t head = 2, len;

    if (link->len < 2)
        return 0;
    len = link->bytes[1] & 0x7F;
    if (len >= 126) {
        size_t count = len == 126 ? 2 : 8;

        head += count;
        if (link->len < head)
            return 0;
        len = 0;
        for (size_t i = 0; i < count; i++)
            len = len << 8 | link->bytes[2 + i];
    }
    *out_head = head;
    return link->len >= head + len ? head + len : 0;
}

bool inside_receive(inside *self, const char *part)
{
    inside_link *link = &self->socket;
    size_t head = 0, size;

    self->late = false;
    if (self->body.ptr && self->body.ptr >= (char *)link->bytes &&
        self->body.ptr < (char *)link->bytes + INSIDE_REPLY_MAX)
        drop(link, (size_t)(self->body.ptr - (char *)link->bytes) + self->body.len);
    self->body = ORCH_STR_NONE;
    while (link->descriptor >= 0) {
        size = frame_size(link, &head);
        if (size == 0) {
            if (more(self, link))
                continue;
            if (!self->late)
                hang_up(link);
            return false;
        }
        if ((link->bytes[0] & 0x0F) == 8) {
            hang_up(link);
            return false;
        }
        if ((link->bytes[0] & 0x0F) == 1 && memmem(link->bytes + head, size - head, part, strlen(part))) {
            self->body = (orch_str){(char *)link->bytes + head, size - head};
            return true;
        }
        drop(link, size);
    }
    return false;
}
