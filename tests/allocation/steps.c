#include "steps.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "failing.h"

#define PARTS_MAX 8

orch_str step_str(const char *text)
{
    return (orch_str){text, strlen(text)};
}

void step_open(inside *self, const char *folder, const char *(*variable)(const char *name, void *user))
{
    failing_pause();
    inside_init(self, folder);
    failing_resume();
    self->variable = variable;
    if (inside_open(self) == 0)
        return;
    failing_unless(failing_happened(), "it does not open: %s", self->message);
    failing_unless(self->message[0], "it does not open and says nothing");
    failing_unless(inside_open(self) == 0, "it does not open the second time: %s", self->message);
}

void step_close(inside *self)
{
    inside_close(self);
    inside_fini(self);
}

bool step_holds(const inside *self, const char *part)
{
    return self->body.len > 0 && memmem(self->body.ptr, self->body.len, part, strlen(part));
}

/* ---- HTTP ---- */

void step_ask(inside *self, const char *method, const char *path, const char *body, int wanted)
{
    for (int i = 0; i < STEPS_TRIES; i++) {
        int status = inside_ask(self, method, path, "", step_str(body));

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

void step_make(inside *self, const char *path, const char *body)
{
    for (int i = 0; i < STEPS_TRIES; i++) {
        int status = inside_ask(self, "POST", path, "", step_str(body));

        if (status == 201 || (status == 409 && i > 0))
            return;
        failing_unless(failing_happened() && !self->late && (status == 0 || status >= 500),
                       "POST %s: %d: %.*s", path, status, (int)self->body.len, self->body.ptr);
    }
    failing_unless(false, "POST %s: never made", path);
}

void step_value(inside *self, const char *object, const char *key, char *out_text, size_t size)
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

/* ---- WebSocket ---- */

void step_connect(inside *self)
{
    for (int i = 0; i < STEPS_TRIES; i++) {
        if (inside_upgrade(self))
            return;
        failing_unless(failing_happened(), "no WebSocket without a failure");
    }
    failing_unless(false, "no WebSocket any more");
}

void step_call(inside *self, const char *id, const char *text)
{
    char answer[64];

    snprintf(answer, sizeof(answer), "\"id\":%s,", id);
    for (int i = 0; i < STEPS_TRIES; i++) {
        if (inside_send(self, step_str(text)) && inside_receive(self, answer)) {
            if (step_holds(self, "\"result\":"))
                return;
            failing_unless(failing_happened() &&
                               (step_holds(self, "\"status\":503") || step_holds(self, "\"status\":500")),
                           "%s: %.*s", text, (int)self->body.len, self->body.ptr);
            continue;
        }
        failing_unless(!self->late, "%s: no answer", text);
        failing_unless(failing_happened(), "the WebSocket closed without a failure");
        step_connect(self);
    }
    failing_unless(false, "%s: never done", text);
}

static bool subscribe_from_beginning(inside *self)
{
    static const char call[] =
        "{\"jsonrpc\":\"2.0\",\"id\":90,\"method\":\"subscribe\",\"params\":{\"since\":0}}";

    return inside_send(self, step_str(call));
}

/* False: not all came, since the connection broke, or the call was refused. */
static bool receive_all(inside *self, const char *const *parts, size_t count)
{
    bool seen[PARTS_MAX] = {false};
    size_t left = count;

    while (left > 0 && inside_receive(self, "\"jsonrpc\"")) {
        if (step_holds(self, "\"id\":90,\"error\""))
            return false;
        for (size_t i = 0; i < count; i++) {
            if (seen[i] || !step_holds(self, parts[i]))
                continue;
            seen[i] = true;
            left--;
        }
    }
    return left == 0;
}

void step_replay(inside *self, const char *const *parts, size_t count)
{
    failing_unless(count <= PARTS_MAX, "too many parts");
    for (int i = 0; i < STEPS_TRIES; i++) {
        if (self->socket.descriptor < 0)
            step_connect(self);
        if (subscribe_from_beginning(self) && receive_all(self, parts, count))
            return;
        failing_unless(failing_happened(), "not everything is replayed");
        failing_unless(!self->late, "the replay ends in the middle");
    }
    failing_unless(false, "never replayed");
}
