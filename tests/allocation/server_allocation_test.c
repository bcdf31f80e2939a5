/* A server of which one allocation fails: each answer is the right one or says that the server is at fault (500, 503, the
 * connection closed), never that the client is; asked again it works, and so does everything behind it. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "failing.h"
#include "inside.h"

#define TRIES       4
#define PATIENCE_MS 2000
#define LIMIT_MS    20000

static orch_str str(const char *text)
{
    return (orch_str){text, strlen(text)};
}

/* Opens; where the failure comes in between, the second time works. */
static void open_inside(inside *self, const char *folder)
{
    failing_pause();
    inside_init(self, folder);
    failing_resume();
    if (inside_open(self) == 0)
        return;
    failing_unless(failing_happened(), "it does not open: %s", self->message);
    failing_unless(self->message[0], "it does not open and says nothing");
    failing_unless(inside_open(self) == 0, "it does not open the second time: %s", self->message);
}

static void close_inside(inside *self)
{
    inside_close(self);
    inside_fini(self);
}

/* Asks until it is answered. */
static void ask(inside *self, const char *method, const char *path, const char *body, int wanted)
{
    for (int i = 0; i < TRIES; i++) {
        int status = inside_ask(self, method, path, "", str(body));

        if (status == wanted)
            return;
        failing_unless(failing_happened(), "%s %s: %d without a failure: %.*s", method, path, status,
                       (int)self->body.len, self->body.ptr);
        failing_unless(!self->late, "%s %s: no answer", method, path);
        failing_unless(status == 0 || status >= 500, "%s %s: %d: %.*s", method, path, status,
                       (int)self->body.len, self->body.ptr);
    }
    failing_unless(false, "%s %s: never %d", method, path, wanted);
}

/* The value of `key` in the last body, copied. */
static void value_of(inside *self, const char *object, const char *key, char *out_text, size_t size)
{
    json_t *body;

    failing_pause();
    body = json_loadb(self->body.ptr, self->body.len, 0, NULL);
    snprintf(out_text, size, "%s",
             json_string_value(json_object_get(json_object_get(body, object), key)) ?: "");
    json_decref(body);
    failing_resume();
    failing_unless(out_text[0], "no %s.%s in %.*s", object, key, (int)self->body.len, self->body.ptr);
}

/* ---- open and close ---- */

static void open_and_close(const char *folder)
{
    inside self;

    failing_begin();
    open_inside(&self, folder);
    failing_end();
    ask(&self, "GET", "/readyz", "", 200);
    ask(&self, "GET", "/api/channels", "", 200);
    close_inside(&self);
}

static void make_database(const char *folder)
{
    inside self;

    failing_begin();
    open_inside(&self, folder);
    failing_end();
    close_inside(&self);
}

/* ---- HTTP ---- */

static void messages(const char *folder)
{
    inside self;
    char id[64], path[160];

    open_inside(&self, folder);
    failing_begin();
    ask(&self, "GET", "/api/auth/me", "", 200);
    ask(&self, "GET", "/api/channels", "", 200);
    ask(&self, "POST", "/api/channels/general/messages",
        "{\"content\":\"hello\",\"clientId\":\"a\",\"metadata\":{\"x\":1}}", 201);
    value_of(&self, "message", "id", id, sizeof(id));
    snprintf(path, sizeof(path), "/api/messages/%s", id);
    ask(&self, "PATCH", path, "{\"content\":\"hello all\"}", 200);
    snprintf(path, sizeof(path), "/api/messages/%s/reactions", id);
    ask(&self, "POST", path, "{\"emoji\":\"+1\"}", 204);
    ask(&self, "GET", path, "", 200);
    ask(&self, "GET", "/api/channels/general/messages?limit=5", "", 200);
    failing_unless(memmem(self.body.ptr, self.body.len, "hello all", 9) != NULL,
                   "what was stored is not read");
    ask(&self, "GET", "/api/daemons", "", 200);
    ask(&self, "GET", "/metrics", "", 200);
    failing_end();
    ask(&self, "POST", "/api/channels/general/messages", "{\"content\":\"again\"}", 201);
    close_inside(&self);
}

/* What an administrator makes. The second time it may be there already: the failure came after the commit. */
static void make(inside *self, const char *path, const char *body)
{
    for (int i = 0; i < TRIES; i++) {
        int status = inside_ask(self, "POST", path, "", str(body));

        if (status == 201 || (status == 409 && i > 0))
            return;
        failing_unless(failing_happened() && !self->late && (status == 0 || status >= 500),
                       "POST %s: %d: %.*s", path, status, (int)self->body.len, self->body.ptr);
    }
    failing_unless(false, "POST %s: never made", path);
}

/* A daemon that has no memory for its start says so, and is started again by its manager after a while, or at once by us. */
static void start_daemon(inside *self)
{
    int64_t end = inside_now_ms() + LIMIT_MS;

    for (;;) {
        int status = inside_ask(self, "POST", "/api/daemons/pip/start", "", ORCH_STR(""));

        if (status == 200)
            return;
        failing_unless(failing_happened() && inside_now_ms() < end, "the daemon does not start");
        failing_unless(status != 409 || memmem(self->body.ptr, self->body.len, "out of memory", 13),
                       "it does not start: %.*s", (int)self->body.len, self->body.ptr);
        inside_rest(self, 100);
    }
}

static void administration(const char *folder)
{
    inside self;

    open_inside(&self, folder);
    failing_begin();
    make(&self, "/api/users", "{\"email\":\"ann@test.example\",\"name\":\"Ann\"}");
    make(&self, "/api/channels",
         "{\"name\":\"Plans\",\"type\":\"PRIVATE\",\"members\":[\"ann@test.example\"]}");
    make(&self, "/api/orchestrators",
         "{\"name\":\"Ben "
         "Bot\",\"role\":\"R\",\"discipline\":\"D\",\"capabilities\":[\"a\",\"b\"],\"channels\":[\"plans\"],"
         "\"charter\":{\"systemPrompt\":\"Be kind.\",\"rules\":[{\"match\":\"/a+/\",\"reply\":\"b\"}]}}");
    ask(&self, "PATCH", "/api/orchestrators/ben-bot",
        "{\"role\":\"Q\",\"charter\":{\"systemPrompt\":\"Be brief.\"}}", 200);
    ask(&self, "POST", "/api/tokens", "{\"name\":\"t\"}", 201);
    ask(&self, "POST", "/api/channels/direct", "{\"email\":\"ann@test.example\"}", 201);
    ask(&self, "GET", "/api/orchestrators/ben-bot", "", 200);
    ask(&self, "POST", "/api/daemons/pip/stop", "", 200);
    start_daemon(&self);
    failing_end();
    ask(&self, "GET", "/api/users", "", 200);
    close_inside(&self);
}

/* ---- WebSocket and an answer ---- */

static void reconnect(inside *self)
{
    failing_unless(failing_happened(), "the WebSocket closed without a failure");
    for (int i = 0; i < TRIES; i++)
        if (inside_upgrade(self))
            return;
    failing_unless(false, "no WebSocket any more");
}

/* Calls until there is a result; what is refused for want of memory is asked again. `id` is in the call. */
static void call(inside *self, const char *id, const char *text)
{
    char answer[64];

    snprintf(answer, sizeof(answer), "\"id\":%s,", id);
    for (int i = 0; i < TRIES; i++) {
        if (inside_send(self, str(text)) && inside_receive(self, answer)) {
            if (memmem(self->body.ptr, self->body.len, "\"result\":", 9))
                return;
            failing_unless(failing_happened() &&
                               (memmem(self->body.ptr, self->body.len, "\"status\":503", 12) ||
                                memmem(self->body.ptr, self->body.len, "\"status\":500", 12)),
                           "%s: %.*s", text, (int)self->body.len, self->body.ptr);
            continue;
        }
        failing_unless(!self->late, "%s: no answer", text);
        reconnect(self);
    }
    failing_unless(false, "%s: never done", text);
}

/* Whether the history has it (without memory for its text cut, and marked so), whatever became of the WebSocket. */
static bool comes_an_answer(inside *self, int64_t within_ms)
{
    int64_t end = inside_now_ms() + within_ms;

    do {
        ask(self, "GET", "/api/channels/general/messages", "", 200);
        if (memmem(self->body.ptr, self->body.len, "\"pong\"", 6) ||
            memmem(self->body.ptr, self->body.len, "\"truncated\":true", 16))
            return true;
        inside_rest(self, 5);
    } while (inside_now_ms() < end);
    return false;
}

/* Whether the feed tells that the turn failed. */
static bool failed_visibly(inside *self)
{
    if (!inside_upgrade(self) ||
        !inside_send(self,
                     str("{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"subscribe\",\"params\":{\"since\":0}}")))
        return false;
    return inside_receive(self, "\"method\":\"turn.failed\"");
}

static void talking(const char *folder)
{
    inside self;
    bool answered;

    open_inside(&self, folder);
    failing_begin();
    if (!inside_upgrade(&self))
        reconnect(&self);
    call(&self, "1", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{\"since\":0}}");
    call(&self, "2", "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"channel.list\"}");
    ask(&self, "POST", "/api/channels/general/messages", "{\"content\":\"@pip ping\",\"clientId\":\"one\"}",
        201);
    answered = comes_an_answer(&self, PATIENCE_MS);
    failing_end();
    if (!answered) { /* a turn for which there was no memory is taken up by the next start */
        failing_unless(failing_happened(), "no answer without a failure");
        inside_close(&self);
        failing_unless(inside_open(&self) == 0, "it does not open again: %s", self.message);
        failing_unless(comes_an_answer(&self, PATIENCE_MS) || failed_visibly(&self), "no answer: %.*s",
                       (int)self.body.len, self.body.ptr);
    }
    if (self.socket.descriptor < 0)
        reconnect(&self);
    call(&self, "3", "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"subscribe\",\"params\":{}}");
    failing_unless(
        inside_send(&self,
                    str("{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"message.send\",\"params\":{\"channelId\":"
                        "\"general\",\"content\":\"@pip ping again\"}}")) &&
            inside_receive(&self, "\"content\":\"pong\""),
        "afterwards nothing is answered");
    close_inside(&self);
}

int main(int argc, char **argv)
{
    static const failing_scenario scenarios[] = {
        {"make-database", NULL, make_database, 60}, {"open-and-close", inside_prepare, open_and_close, 80},
        {"messages", inside_prepare, messages, 0},  {"administration", inside_prepare, administration, 0},
        {"talking", inside_prepare, talking, 0},
    };

    return failing_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
