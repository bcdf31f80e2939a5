/* A whole server of which one allocation fails (steps.h): everything behind the failure works as if it had not been. */
#include <stdio.h>
#include <string.h>

#include "failing.h"
#include "model_scenarios.h"
#include "steps.h"

#define PATIENCE_MS 2000

/* ---- open and close ---- */

static void open_and_close(const char *folder)
{
    inside self;

    failing_begin();
    step_open(&self, folder, NULL);
    failing_end();
    step_ask(&self, "GET", "/readyz", "", 200);
    step_ask(&self, "GET", "/api/channels", "", 200);
    step_close(&self);
}

static void make_database(const char *folder)
{
    inside self;

    failing_begin();
    step_open(&self, folder, NULL);
    failing_end();
    step_close(&self);
}

/* ---- HTTP ---- */

static void messages(const char *folder)
{
    inside self;
    char id[64], path[160];

    step_open(&self, folder, NULL);
    failing_begin();
    step_ask(&self, "GET", "/api/auth/me", "", 200);
    step_ask(&self, "GET", "/api/channels", "", 200);
    step_ask(&self, "POST", "/api/channels/general/messages",
             "{\"content\":\"hello to everybody here\",\"clientId\":\"a\",\"metadata\":{\"x\":1}}", 201);
    step_value(&self, "message", "id", id, sizeof(id));
    snprintf(path, sizeof(path), "/api/messages/%s", id);
    step_ask(&self, "PATCH", path, "{\"content\":\"hello all, and good morning\",\"unknown\":17}", 200);
    snprintf(path, sizeof(path), "/api/messages/%s/reactions", id);
    step_ask(&self, "POST", path, "{\"emoji\":\"+1\"}", 204);
    step_ask(&self, "GET", path, "", 200);
    step_ask(&self, "GET", "/api/channels/general/messages?limit=5", "", 200);
    failing_unless(step_holds(&self, "\"content\":\"hello all, and good morning\""),
                   "what was stored is not read");
    step_ask(&self, "GET", "/api/daemons", "", 200);
    step_ask(&self, "GET", "/metrics", "", 200);
    failing_end();
    step_ask(&self, "POST", "/api/channels/general/messages", "{\"content\":\"again\"}", 201);
    step_close(&self);
}

/* What a chat asks beside messages themselves. */
static void chatting(const char *folder)
{
    inside self;
    char id[64], path[160], body[160];

    step_open(&self, folder, NULL);
    failing_begin();
    step_ask(&self, "POST", "/api/channels/general/messages",
             "{\"content\":\"a lighthouse\",\"clientId\":\"a\"}", 201);
    step_value(&self, "message", "id", id, sizeof(id));
    snprintf(body, sizeof(body), "{\"content\":\"its keeper\",\"clientId\":\"b\",\"parentId\":\"%s\"}", id);
    step_ask(&self, "POST", "/api/channels/general/messages", body, 201);
    snprintf(path, sizeof(path), "/api/messages/%s/reactions", id);
    step_ask(&self, "POST", path, "{\"emoji\":\"+1\"}", 204);
    snprintf(path, sizeof(path), "/api/channels/general/messages?around=%s&roots=true", id);
    step_ask(&self, "GET", path, "", 200);
    failing_unless(step_holds(&self, "\"replyCount\":1") && step_holds(&self, "\"userIds\""),
                   "what hangs on it is not told");
    snprintf(body, sizeof(body), "{\"messageId\":\"%s\"}", id);
    step_ask(&self, "POST", "/api/channels/general/read", body, 200);
    step_ask(&self, "GET", "/api/search?query=light", "", 200);
    failing_unless(step_holds(&self, "a lighthouse"), "it is not found");
    snprintf(path, sizeof(path), "/api/messages/%s", id);
    step_ask(&self, "PATCH", path, "{\"content\":\"a windmill\"}", 200);
    step_ask(&self, "GET", "/api/search?query=windmill", "", 200);
    failing_unless(step_holds(&self, "a windmill"), "it is not found as it is now");
    step_ask(&self, "GET", "/api/channels/browse", "", 200);
    step_ask(&self, "POST", "/api/channels/general/leave", "", 200);
    step_ask(&self, "POST", "/api/channels/general/join", "", 200);
    failing_end();
    step_ask(&self, "GET", "/api/search?query=light", "", 200);
    failing_unless(!step_holds(&self, "lighthouse"), "it is found as it was");
    step_close(&self);
}

/* A daemon that has no memory for its start says so, and is started again by its manager after a while, or at once by us. */
static void start_daemon(inside *self)
{
    int64_t end = inside_now_ms() + STEPS_LIMIT_MS;

    for (;;) {
        int status = inside_ask(self, "POST", "/api/daemons/pip/start", "", ORCH_STR(""));

        if (status == 200)
            return;
        failing_unless(failing_happened() && inside_now_ms() < end, "the daemon does not start");
        failing_unless(status != 409 || step_holds(self, "out of memory"), "it does not start: %.*s",
                       (int)self->body.len, self->body.ptr);
        inside_rest(self, 100);
    }
}

static void administration(const char *folder)
{
    inside self;

    step_open(&self, folder, NULL);
    failing_begin();
    step_make(&self, "/api/users", "{\"email\":\"ann@test.example\",\"name\":\"Ann\"}");
    step_make(&self, "/api/channels",
              "{\"name\":\"Plans\",\"type\":\"PRIVATE\",\"members\":[\"ann@test.example\"]}");
    step_make(
        &self, "/api/orchestrators",
        "{\"name\":\"Ben "
        "Bot\",\"role\":\"R\",\"discipline\":\"D\",\"capabilities\":[\"a\",\"b\"],\"channels\":[\"plans\"],"
        "\"charter\":{\"systemPrompt\":\"Be kind.\",\"rules\":[{\"match\":\"/a+/\",\"reply\":\"b\"}]}}");
    step_ask(&self, "PATCH", "/api/orchestrators/ben-bot",
             "{\"role\":\"Q\",\"charter\":{\"systemPrompt\":\"Be brief.\"}}", 200);
    step_ask(&self, "POST", "/api/tokens", "{\"name\":\"t\"}", 201);
    step_ask(&self, "POST", "/api/channels/direct", "{\"email\":\"ann@test.example\"}", 201);
    step_ask(&self, "GET", "/api/orchestrators/ben-bot", "", 200);
    step_ask(&self, "POST", "/api/daemons/pip/stop", "", 200);
    start_daemon(&self);
    failing_end();
    step_ask(&self, "GET", "/api/users", "", 200);
    step_close(&self);
}

/* ---- WebSocket and an answer ---- */

/* Whether the history has it, whatever became of the WebSocket. */
static bool comes_an_answer(inside *self, int64_t within_ms)
{
    int64_t end = inside_now_ms() + within_ms;

    do {
        step_ask(self, "GET", "/api/channels/general/messages", "", 200);
        failing_unless(!step_holds(self, "\"truncated\":true"), "an answer was cut");
        if (step_holds(self, "\"pong\""))
            return true;
        inside_rest(self, 5);
    } while (inside_now_ms() < end);
    return false;
}

/* Whether the feed tells that the turn failed. */
static bool failed_visibly(inside *self)
{
    if (!inside_upgrade(self) ||
        !inside_send(
            self,
            step_str("{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"subscribe\",\"params\":{\"since\":0}}")))
        return false;
    return inside_receive(self, "\"method\":\"turn.failed\"");
}

static void talking(const char *folder)
{
    inside self;
    bool answered;

    step_open(&self, folder, NULL);
    failing_begin();
    step_connect(&self);
    step_call(&self, "1", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{\"since\":0}}");
    step_call(&self, "2", "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"channel.list\"}");
    step_ask(&self, "POST", "/api/channels/general/messages",
             "{\"content\":\"@pip ping\",\"clientId\":\"one\"}", 201);
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
        step_connect(&self);
    step_call(&self, "3", "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"subscribe\",\"params\":{}}");
    failing_unless(
        inside_send(
            &self,
            step_str("{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"message.send\",\"params\":{\"channelId\":"
                     "\"general\",\"content\":\"@pip ping again\"}}")) &&
            inside_receive(&self, "\"content\":\"pong\""),
        "afterwards nothing is answered");
    step_close(&self);
}

/* ---- logging in ---- */

static void prepare_password(const char *folder)
{
    inside self;

    inside_prepare(folder);
    step_open(&self, folder, NULL);
    step_make(&self, "/api/users",
              "{\"email\":\"ann@test.example\",\"name\":\"Ann\",\"password\":\"correct horse battery\"}");
    step_close(&self);
}

static void logging_in(const char *folder)
{
    inside self;

    step_open(&self, folder, NULL);
    failing_begin();
    step_ask(&self, "POST", "/api/auth/login",
             "{\"email\":\"ann@test.example\",\"password\":\"correct horse battery\"}", 200);
    step_ask(&self, "POST", "/api/auth/login",
             "{\"email\":\"ann@test.example\",\"password\":\"correct horse batter\"}", 401);
    step_ask(&self, "GET", "/api/auth/me", "", 200);
    failing_end();
    step_ask(&self, "POST", "/api/auth/login",
             "{\"email\":\"ann@test.example\",\"password\":\"correct horse battery\"}", 200);
    step_close(&self);
}

/* ---- away, and back ---- */

static void react_to_last(inside *self)
{
    char id[64], path[160];

    step_value(self, "message", "id", id, sizeof(id));
    snprintf(path, sizeof(path), "/api/messages/%s/reactions", id);
    step_ask(self, "POST", path, "{\"emoji\":\"+1\"}", 204);
}

static void resuming(const char *folder)
{
    static const char *const parts[] = {"\"content\":\"the first of them\"",
                                        "\"content\":\"the second of them\"", "\"reaction.changed\"",
                                        "\"id\":90,\"result\""};
    inside self;

    step_open(&self, folder, NULL);
    failing_begin();
    step_connect(&self);
    step_call(&self, "1", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{}}");
    step_ask(&self, "POST", "/api/channels/general/messages",
             "{\"content\":\"the first of them\",\"clientId\":\"one\"}", 201);
    inside_hang_up_socket(&self);
    step_ask(&self, "POST", "/api/channels/general/messages",
             "{\"content\":\"the second of them\",\"clientId\":\"two\"}", 201);
    react_to_last(&self);
    step_replay(&self, parts, sizeof(parts) / sizeof(parts[0]));
    failing_end();
    step_replay(&self, parts, sizeof(parts) / sizeof(parts[0]));
    step_close(&self);
}

int main(int argc, char **argv)
{
    static const failing_scenario scenarios[] = {
        {"make-database", NULL, make_database, 50},
        {"open-and-close", inside_prepare, open_and_close, 70},
        {"messages", inside_prepare, messages, 80},
        {"chatting", inside_prepare, chatting, 40},
        {"administration", inside_prepare, administration, 100},
        {"talking", inside_prepare, talking, 90},
        {"logging-in", prepare_password, logging_in, 20},
        {"resuming", inside_prepare, resuming, 40},
        {"asking-openai", inside_prepare, scenario_asking_openai, 50},
        {"asking-anthropic", inside_prepare, scenario_asking_anthropic, 50},
        {"completing", inside_prepare, scenario_completing, 50},
    };

    return failing_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
