#include "chat_past.h"

#include <string.h>

static const char *id_of(json_t *message)
{
    const char *id = json_string_value(json_object_get(message, "id"));

    return id ? id : "";
}

void orch__chat_past_init(orch__chat_past *past)
{
    *past = (orch__chat_past){.held = json_array(), .shown = json_object()};
}

void orch__chat_past_fini(orch__chat_past *past)
{
    json_decref(past->held);
    json_decref(past->shown);
}

void orch__chat_past_forget(orch__chat_past *past)
{
    json_array_clear(past->held);
    json_object_clear(past->shown);
    past->awaited = false;
}

void orch__chat_past_await(orch__chat_past *past)
{
    past->awaited = true;
}

bool orch__chat_past_takes(orch__chat_past *past, json_t *message)
{
    if (json_object_get(past->shown, id_of(message)))
        return true;
    return past->awaited && json_array_size(past->held) < ORCH__CHAT_HELD_MAX &&
           json_array_append(past->held, message) == 0;
}

/* What was held back and is not a part of the past: from before its first message, or from after it. */
static void show_held(orch__chat_past *past, const char *first, bool before,
                      void (*show)(json_t *message, void *user), void *user)
{
    json_t *message;
    size_t index;

    json_array_foreach(past->held, index, message)
    {
        if ((strcmp(id_of(message), first) < 0) == before && !json_object_get(past->shown, id_of(message)))
            show(message, user);
    }
}

void orch__chat_past_came(orch__chat_past *past, json_t *messages, void (*show)(json_t *message, void *user),
                          void *user)
{
    const char *first = id_of(json_array_get(messages, 0));
    json_t *message;
    size_t index;

    json_object_clear(past->shown);
    show_held(past, first, true, show, user);
    json_array_foreach(messages, index, message)
    {
        (void)json_object_set_new(past->shown, id_of(message), json_true());
        show(message, user);
    }
    show_held(past, first, false, show, user);
    json_array_clear(past->held);
    past->awaited = false;
}
