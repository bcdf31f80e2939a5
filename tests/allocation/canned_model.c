#include "canned_model.h"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLERS_MAX 16
#define REQUEST_MAX 65536
#define ANSWER_MAX  16384

typedef struct caller {
    int descriptor; /* -1: free */
    size_t len;
    char bytes[REQUEST_MAX + 1];
} caller;

static caller callers[CALLERS_MAX];
static unsigned questions;

/* ---- answers ---- */

#define CHUNK(delta, rest)                                                                                   \
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"delta\":" delta                \
    ",\"index\":0" rest "}],\"created\":17}\n\n"
#define EVENT(type, rest) "event: " type "\ndata: {\"type\":\"" type "\"," rest "}\n\n"
#define TEXT(text)                                                                                           \
    EVENT("content_block_delta", "\"delta\":{\"type\":\"text_delta\",\"text\":\"" text "\"},\"index\":0")

static const char *const openai[] = {
    CHUNK("{\"role\":\"assistant\",\"content\":\"\"}", ""),
    CHUNK("{\"content\":\"" CANNED_FIRST "\"}", ""),
    CHUNK("{\"content\":\"" CANNED_SECOND "\"}", ""),
    CHUNK("{\"content\":\"" CANNED_THIRD "\"}", ""),
    CHUNK("{}", ",\"finish_reason\":\"stop\""),
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":9}}\n\n",
    "data: [DONE]\n\n",
    NULL,
};

static const char *const anthropic[] = {
    EVENT("message_start", "\"message\":{\"usage\":{\"input_tokens\":30,\"output_tokens\":1}}"),
    EVENT("content_block_start", "\"content_block\":{\"type\":\"text\",\"text\":\"\"},\"index\":0"),
    TEXT(CANNED_FIRST),
    TEXT(CANNED_SECOND),
    EVENT("ping", "\"x\":0"),
    TEXT(CANNED_THIRD),
    EVENT("content_block_stop", "\"index\":0"),
    EVENT("message_delta", "\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":9}"),
    EVENT("message_stop", "\"x\":0"),
    NULL,
};

static void hang_up(caller *self)
{
    close(self->descriptor);
    self->descriptor = -1;
}

static void send_text(caller *self, const char *text)
{
    size_t len = strlen(text);

    while (len > 0) {
        ssize_t sent = send(self->descriptor, text, len, MSG_NOSIGNAL);

        if (sent <= 0)
            return; /* who asked is gone */
        text += sent;
        len -= (size_t)sent;
    }
}

static void refuse(caller *self)
{
    static const char body[] =
        "{\"error\":{\"type\":\"rate_limit_error\",\"message\":\"Slow down, please, there are limits\"}}";
    char text[512];

    snprintf(text, sizeof(text),
             "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nretry-after-ms: 5\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             sizeof(body) - 1, body);
    send_text(self, text);
}

/* Chunked, a piece a chunk; the first `count` of them. */
static void stream(caller *self, const char *const *pieces, size_t count)
{
    char text[ANSWER_MAX];

    send_text(self,
              "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (size_t i = 0; i < count && pieces[i]; i++) {
        snprintf(text, sizeof(text), "%zx\r\n%s\r\n", strlen(pieces[i]), pieces[i]);
        send_text(self, text);
    }
}

static void answer(caller *self)
{
    const char *const *pieces = strstr(self->bytes, "/v1/messages") ? anthropic : openai;

    questions++;
    if (questions == 1) {
        refuse(self);
    } else if (questions == 2) {
        stream(self, pieces, 3);
        hang_up(self);
    } else {
        stream(self, pieces, SIZE_MAX);
        send_text(self, "0\r\n\r\n");
    }
    self->len = 0;
}

/* ---- requests ---- */

static bool is_whole(const caller *self)
{
    const char *end = strstr(self->bytes, "\r\n\r\n");
    const char *length = strcasestr(self->bytes, "\r\ncontent-length:");

    return end && length && self->len >= (size_t)(end + 4 - self->bytes) + strtoul(length + 17, NULL, 10);
}

static void read_more(caller *self)
{
    ssize_t got = recv(self->descriptor, self->bytes + self->len, REQUEST_MAX - self->len, 0);

    if (got <= 0) {
        hang_up(self);
        return;
    }
    self->len += (size_t)got;
    self->bytes[self->len] = '\0';
    if (is_whole(self))
        answer(self);
}

static void take(int listener)
{
    int descriptor = accept(listener, NULL, NULL);

    for (size_t i = 0; i < CALLERS_MAX && descriptor >= 0; i++) {
        if (callers[i].descriptor >= 0)
            continue;
        callers[i].descriptor = descriptor;
        callers[i].len = 0;
        return;
    }
    close(descriptor);
}

static void serve(int listener)
{
    for (size_t i = 0; i < CALLERS_MAX; i++)
        callers[i].descriptor = -1;
    for (;;) {
        struct pollfd wanted[CALLERS_MAX + 1];

        for (size_t i = 0; i < CALLERS_MAX; i++)
            wanted[i] = (struct pollfd){.fd = callers[i].descriptor, .events = POLLIN};
        wanted[CALLERS_MAX] = (struct pollfd){.fd = listener, .events = POLLIN};
        if (poll(wanted, CALLERS_MAX + 1, -1) < 0)
            _exit(1);
        for (size_t i = 0; i < CALLERS_MAX; i++)
            if (wanted[i].revents && callers[i].descriptor >= 0)
                read_more(&callers[i]);
        if (wanted[CALLERS_MAX].revents)
            take(listener);
    }
}

/* ---- the process ---- */

static int listen_somewhere(int *out_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) ||
        listen(listener, CALLERS_MAX) || getsockname(listener, (struct sockaddr *)&address, &size))
        abort();
    *out_port = ntohs(address.sin_port);
    return listener;
}

void canned_model_start(canned_model *self)
{
    pid_t parent = getpid();
    int listener = listen_somewhere(&self->port);

    self->pid = fork();
    if (self->pid < 0)
        abort();
    if (self->pid > 0) {
        close(listener);
        return;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    serve(listener);
}

void canned_model_stop(canned_model *self)
{
    kill(self->pid, SIGKILL);
    (void)waitpid(self->pid, NULL, 0);
}
