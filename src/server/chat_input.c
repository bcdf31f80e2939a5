#include "chat_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"

#define BETWEEN 2 /* bytes between two of the system's messages: an empty line */

typedef enum chat_role { SYSTEM, USER, ASSISTANT, UNKNOWN } chat_role;

static chat_role role_of(const json_t *message)
{
    static const struct {
        const char *name;
        chat_role role;
    } roles[] = {{"system", SYSTEM}, {"developer", SYSTEM}, {"user", USER}, {"assistant", ASSISTANT}};
    const char *name = json_string_value(json_object_get(message, "role"));

    for (size_t i = 0; name && i < sizeof(roles) / sizeof(roles[0]); i++)
        if (strcmp(name, roles[i].name) == 0)
            return roles[i].role;
    return UNKNOWN;
}

/* ---- checking ---- */

static int refuse(orch_problem *problem, size_t index, const char *member, const char *words)
{
    char field[64];

    snprintf(field, sizeof(field), "messages[%zu]%s%s", index, member[0] ? "." : "", member);
    return orch__input_problem(problem, ORCH_E_INVALID, field, "%s %s", field, words);
}

static bool is_text_part(const json_t *part)
{
    const char *type = json_string_value(json_object_get(part, "type"));

    return type && strcmp(type, "text") == 0 && json_is_string(json_object_get(part, "text"));
}

static int check_content(const json_t *message, size_t index, orch_problem *problem)
{
    const json_t *content = json_object_get(message, "content");
    const json_t *part;
    size_t i;

    if (json_is_string(content))
        return 0;
    if (!json_is_array(content))
        return refuse(problem, index, "content",
                      "must be a text, or an array of {\"type\": \"text\", \"text\"}");
    json_array_foreach(content, i, part)
    {
        if (!is_text_part(part))
            return refuse(problem, index, "content",
                          "has a part that is no {\"type\": \"text\", \"text\"}; only texts are understood");
    }
    return 0;
}

static int check_message(const json_t *message, size_t index, orch_problem *problem)
{
    const json_t *name = json_object_get(message, "name");

    if (!json_is_object(message))
        return refuse(problem, index, "", "must be an object {\"role\", \"content\"}");
    if (role_of(message) == UNKNOWN)
        return refuse(problem, index, "role", "must be system, developer, user or assistant");
    if (name && !json_is_null(name) &&
        (!json_is_string(name) || json_string_length(name) > ORCH__CHAT_NAME_MAX))
        return refuse(problem, index, "name", "must be a text of at most 200 bytes");
    return check_content(message, index, problem);
}

static bool is_visible(const json_t *text)
{
    const char *at = json_string_value(text);

    return at && at[strspn(at, " \t\r\n\v\f")] != '\0';
}

/* Whether there is something to answer. */
static bool is_question(const json_t *message)
{
    const json_t *content = json_object_get(message, "content");
    const json_t *part;
    size_t i;

    if (role_of(message) != USER)
        return false;
    json_array_foreach(content, i, part) if (is_visible(json_object_get(part, "text"))) return true;
    return is_visible(content);
}

static int check(const json_t *messages, orch_problem *problem)
{
    const json_t *message;
    size_t i;

    if (!json_is_array(messages) || json_array_size(messages) == 0)
        return orch__input_problem(problem, ORCH_E_INVALID, "messages",
                                   "messages must be an array of at least one message");
    if (json_array_size(messages) > ORCH__CHAT_MESSAGES_MAX)
        return orch__input_problem(problem, ORCH_E_INVALID, "messages",
                                   "messages has %zu entries; at most %d are allowed",
                                   json_array_size(messages), ORCH__CHAT_MESSAGES_MAX);
    json_array_foreach(messages, i, message)
    {
        int error = check_message(message, i, problem);

        if (error)
            return error;
    }
    if (!is_question(json_array_get(messages, json_array_size(messages) - 1)))
        return refuse(problem, json_array_size(messages) - 1, "",
                      "is the last one: it must be a user's, with something to answer");
    return 0;
}

/* ---- copying ---- */

static size_t length_of(const json_t *message)
{
    const json_t *content = json_object_get(message, "content");
    const json_t *part;
    size_t length = json_string_length(content), i;

    json_array_foreach(content, i, part) length += json_string_length(json_object_get(part, "text")) + 1;
    return length + BETWEEN + json_string_length(json_object_get(message, "name"));
}

static void add(char **at, const json_t *text)
{
    memcpy(*at, json_string_value(text), json_string_length(text));
    *at += json_string_length(text);
}

static orch_str copy_content(char **at, const json_t *message)
{
    const json_t *content = json_object_get(message, "content");
    const json_t *part;
    char *begin = *at;
    size_t i;

    if (json_is_string(content))
        add(at, content);
    json_array_foreach(content, i, part)
    {
        if (i > 0)
            *(*at)++ = '\n';
        add(at, json_object_get(part, "text"));
    }
    return (orch_str){begin, (size_t)(*at - begin)};
}

static orch_str copy_author(char **at, const json_t *message, const char *author)
{
    const json_t *name = json_object_get(message, "name");
    orch_str copy = {*at, json_string_length(name)};

    if (copy.len == 0)
        return (orch_str){author, strlen(author)};
    add(at, name);
    return copy;
}

/* The system's messages first, so that they are one text; then the others. */
static void copy(const json_t *messages, const char *author, char *at, orch__chat *chat)
{
    const json_t *message;
    size_t i;

    chat->addition.ptr = at;
    json_array_foreach(messages, i, message)
    {
        if (role_of(message) != SYSTEM)
            continue;
        if (at > chat->addition.ptr) {
            *at++ = '\n';
            *at++ = '\n';
        }
        (void)copy_content(&at, message);
    }
    chat->addition.len = (size_t)(at - chat->addition.ptr);
    json_array_foreach(messages, i, message)
    {
        if (role_of(message) != SYSTEM)
            chat->messages[chat->count++] = (orch_prompt_message){.author = copy_author(&at, message, author),
                                                                  .content = copy_content(&at, message),
                                                                  .own = role_of(message) == ASSISTANT};
    }
}

int orch__chat_read(const json_t *messages, const char *author, orch__chat *out_chat, orch_problem *problem)
{
    orch__chat chat = {0};
    size_t size = json_array_size(messages) * sizeof(*chat.messages) + 1, i;
    const json_t *message;
    int error = check(messages, problem);

    if (error)
        return error;
    json_array_foreach(messages, i, message) size += length_of(message);
    chat.messages = malloc(size);
    if (!chat.messages)
        return orch__input_problem(problem, ORCH_E_NO_MEMORY, "", "out of memory");
    copy(messages, author, (char *)(chat.messages + json_array_size(messages)), &chat);
    *out_chat = chat;
    return 0;
}

void orch__chat_free(orch__chat *chat)
{
    free(chat->messages);
    *chat = (orch__chat){0};
}
