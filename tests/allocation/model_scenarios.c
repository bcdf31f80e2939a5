#include "model_scenarios.h"

#include <stdio.h>
#include <string.h>

#include "canned_model.h"
#include "failing.h"
#include "steps.h"

#define PATIENCE_MS 3000

static const char *chain;
static char address[64], address_v1[80];

static const char *variable(const char *name, void *user)
{
    (void)user;
    if (strcmp(name, "ORCHD_MODEL") == 0)
        return chain;
    if (strcmp(name, "OPENAI_BASE_URL") == 0)
        return address_v1;
    if (strcmp(name, "ANTHROPIC_BASE_URL") == 0)
        return address;
    if (strcmp(name, "ANTHROPIC_API_KEY") == 0 || strcmp(name, "OPENAI_API_KEY") == 0)
        return "key-0123456789";
    return NULL;
}

typedef enum ending { LOST_SIGHT, ANSWERED, FAILED } ending;

static size_t count_of(const inside *self, const char *part)
{
    const char *at = self->body.ptr, *end = self->body.ptr + self->body.len;
    size_t count = 0;

    while (at < end && (at = memmem(at, (size_t)(end - at), part, strlen(part))) != NULL) {
        count++;
        at += strlen(part);
    }
    return count;
}

/* What the WebSocket tells of the turn within a while. */
static ending watch(inside *self)
{
    ending seen = LOST_SIGHT;

    self->wait_ms = PATIENCE_MS;
    while (seen == LOST_SIGHT && inside_receive(self, "\"method\":\"")) {
        if (step_holds(self, "\"method\":\"turn.failed\""))
            seen = FAILED;
        if (step_holds(self, "\"method\":\"message.created\"") && step_holds(self, "\"replyToId\""))
            seen = ANSWERED;
    }
    self->wait_ms = 0;
    return seen;
}

/* Looks for it anew: in the feed from its beginning, which has it when it is committed. */
static ending look_again(inside *self)
{
    if (self->socket.descriptor < 0)
        step_connect(self);
    if (!inside_send(
            self,
            step_str("{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"subscribe\",\"params\":{\"since\":0}}")))
        return LOST_SIGHT;
    return watch(self);
}

/* A turn for which there was no memory at all is taken up by the next start. */
static ending start_again(inside *self)
{
    inside_close(self);
    failing_unless(inside_open(self) == 0, "it does not open again: %s", self->message);
    return look_again(self);
}

/* The whole answer, once, or none. */
static void check_history(inside *self, size_t answers)
{
    step_ask(self, "GET", "/api/channels/general/messages", "", 200);
    failing_unless(count_of(self, "\"content\":\"" CANNED_ANSWER "\"") == answers,
                   "not %zu whole answers: %.*s", answers, (int)self->body.len, self->body.ptr);
    failing_unless(count_of(self, "\"replyToId\"") == answers, "other answers than the whole one: %.*s",
                   (int)self->body.len, self->body.ptr);
}

static void await_history(inside *self, size_t answers)
{
    int64_t end = inside_now_ms() + STEPS_LIMIT_MS;

    do {
        step_ask(self, "GET", "/api/channels/general/messages", "", 200);
        failing_unless(inside_now_ms() < end, "afterwards nothing is answered");
        inside_rest(self, 5);
    } while (count_of(self, "\"replyToId\"") < answers);
}

static void start_model(canned_model *server, const char *model)
{
    canned_model_start(server);
    chain = model;
    snprintf(address, sizeof(address), "http://127.0.0.1:%d", server->port);
    snprintf(address_v1, sizeof(address_v1), "%s/v1", address);
}

static void asking(const char *folder, const char *model)
{
    canned_model server;
    inside self;
    ending first;

    start_model(&server, model);
    step_open(&self, folder, variable);
    step_connect(&self);
    step_call(&self, "1", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{}}");
    failing_begin();
    step_ask(&self, "POST", "/api/channels/general/messages",
             "{\"content\":\"@pip what does the tide do?\",\"clientId\":\"one\"}", 201);
    first = watch(&self);
    failing_end();
    failing_unless(first == ANSWERED || failing_happened(), "no answer without a failure");
    if (first == LOST_SIGHT)
        first = look_again(&self);
    if (first == LOST_SIGHT)
        first = start_again(&self);
    failing_unless(first != LOST_SIGHT, "the turn neither ended nor failed");
    check_history(&self, first == ANSWERED);
    step_ask(&self, "POST", "/api/channels/general/messages",
             "{\"content\":\"@pip and then?\",\"clientId\":\"two\"}", 201);
    await_history(&self, 1 + (first == ANSWERED));
    check_history(&self, 1 + (first == ANSWERED));
    step_close(&self);
    canned_model_stop(&server);
}

void scenario_asking_openai(const char *folder)
{
    asking(folder, "openai/any");
}

void scenario_asking_anthropic(const char *folder)
{
    asking(folder, "anthropic/any");
}

/* ---- chat completions ---- */

#define QUESTION(more)                                                                                       \
    "{\"model\":\"pip\",\"messages\":[{\"role\":\"user\",\"content\":\"What does the tide do?\"}]" more "}"

static const char completions[] = "/v1/chat/completions";

/* Whole, or the server's fault; in a stream that has begun the connection or the mark of the end is missing. */
static bool streams_whole(inside *self)
{
    static const char *const pieces[] = {CANNED_FIRST, CANNED_SECOND, CANNED_THIRD};
    int status =
        inside_ask_stream(self, completions, step_str(QUESTION(",\"stream\":true")), "data: [DONE]\n\n");
    char part[128];

    failing_unless(!self->late, "no answer");
    failing_unless(status == 0 || status == 200 || status >= 500, "the answer is %d", status);
    if (status != 200 || !step_holds(self, "data: [DONE]"))
        return false;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        snprintf(part, sizeof(part), "\"content\":\"%s\"", pieces[i]);
        failing_unless(count_of(self, part) == 1, "not all pieces, each once: %.*s", (int)self->body.len,
                       self->body.ptr);
    }
    return true;
}

static void complete(inside *self)
{
    for (int i = 0; !streams_whole(self); i++)
        failing_unless(failing_happened() && i < STEPS_TRIES, "a stream ends in the middle");
    step_ask(self, "POST", completions, QUESTION(",\"max_tokens\":50"), 200);
    failing_unless(step_holds(self, "\"content\":\"" CANNED_ANSWER "\""), "not the whole answer: %.*s",
                   (int)self->body.len, self->body.ptr);
}

void scenario_completing(const char *folder)
{
    canned_model server;
    inside self;

    start_model(&server, "openai/any");
    step_open(&self, folder, variable);
    failing_begin();
    step_ask(&self, "GET", "/v1/models", "", 200);
    step_ask(&self, "POST", completions, QUESTION(""), 200);
    failing_unless(step_holds(&self, "\"content\":\"" CANNED_ANSWER "\""), "not the whole answer: %.*s",
                   (int)self.body.len, self.body.ptr);
    complete(&self);
    failing_end();
    complete(&self);
    step_close(&self);
    canned_model_stop(&server);
}
