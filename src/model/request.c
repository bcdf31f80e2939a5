#include "request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "json_text.h"
#include "orchd/assert.h"

/* The length of the UTF-8 character at `text`, 0 where there is none (RFC 3629). */
static size_t character(const unsigned char *text, size_t len)
{
    size_t want = text[0] < 0x80 ? 1 : text[0] < 0xc2 ? 0 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;

    if (want == 0 || text[0] > 0xf4 || len < want)
        return 0;
    for (size_t i = 1; i < want; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
        (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
        return 0;
    return want;
}

static json_t *replace_invalid(orch_str text)
{
    orch__buffer clean = {0};
    json_t *string = NULL;
    size_t at = 0;
    int result = 0;

    while (at < text.len && result == 0) {
        size_t len = character((const unsigned char *)text.ptr + at, text.len - at);

        if (len > 0)
            result = orch__buffer_append(&clean, text.ptr + at, len, ORCH_MODEL_BODY_MAX);
        else
            result = orch__buffer_append(&clean, "\xef\xbf\xbd", 3, ORCH_MODEL_BODY_MAX);
        at += len > 0 ? len : 1;
    }
    if (result == 0)
        string = json_stringn(clean.ptr ? clean.ptr : "", clean.len);
    orch__buffer_free(&clean);
    return string;
}

json_t *orch__json_words(orch_str text)
{
    json_t *string = json_stringn(text.len > 0 ? text.ptr : "", text.len);

    return string ? string : replace_invalid(text);
}

static bool is_visible(orch_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!strchr(" \t\r\n", text.ptr[i]))
            return true;
    return false;
}

/* Moves what was joined into the list, as one message. */
static int flush(json_t *messages, orch_model_role role, orch__buffer *joined)
{
    if (joined->len == 0)
        return 0;

    json_t *message = json_pack("{s:s, s:o}", "role", role == ORCH_MODEL_USER ? "user" : "assistant",
                                "content", orch__json_words((orch_str){joined->ptr, joined->len}));

    joined->len = 0;
    return json_array_append_new(messages, message) == 0 ? 0 : ORCH_E_NO_MEMORY;
}

static int join(const orch_model_request *request, json_t *messages, orch__buffer *joined)
{
    orch_model_role role = ORCH_MODEL_USER;
    int result = 0;

    for (size_t i = 0; i < request->messages_count && result == 0; i++) {
        const orch_model_message *message = &request->messages[i];

        if (!is_visible(message->text))
            continue;
        if (message->role != role)
            result = flush(messages, role, joined);
        else if (joined->len > 0)
            result = orch__buffer_append(joined, "\n\n", 2, ORCH_MODEL_BODY_MAX);
        role = message->role;
        if (result == 0)
            result = orch__buffer_append(joined, message->text.ptr, message->text.len, ORCH_MODEL_BODY_MAX);
    }
    if (result == 0 && (role != ORCH_MODEL_USER || joined->len == 0))
        result = ORCH_E_INVALID;
    return result == 0 ? flush(messages, role, joined) : result;
}

int orch__request_messages(const orch_model_request *request, json_t **out_messages)
{
    json_t *messages = json_array();
    orch__buffer joined = {0};
    int result = messages ? join(request, messages, &joined) : ORCH_E_NO_MEMORY;

    orch__buffer_free(&joined);
    if (result < 0) {
        json_decref(messages);
        return result;
    }
    *out_messages = messages;
    return 0;
}

int orch__http_url(orch_model_http *http, const char *base_url, const char *path)
{
    return asprintf(&http->url, "%s%s", base_url, path) < 0 ? ORCH_E_NO_MEMORY : 0;
}

int orch__http_header(orch_model_http *http, const char *name, orch_str value)
{
    char *header;

    ORCH_ASSERT(http->headers_count < ORCH_MODEL_HEADERS_MAX);
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.ptr[i] < 0x20 || value.ptr[i] == 0x7f)
            return ORCH_E_INVALID;
    if (asprintf(&header, "%s: %.*s", name, (int)value.len, value.ptr) < 0)
        return ORCH_E_NO_MEMORY;
    http->headers[http->headers_count++] = header;
    return 0;
}

int orch__http_bearer(orch_model_http *http, const char *key)
{
    char value[ORCH_MODEL_KEY_MAX + sizeof("Bearer ")];
    int len = snprintf(value, sizeof(value), "Bearer %s", key);
    int result;

    if (len < 0 || (size_t)len >= sizeof(value))
        return ORCH_E_INVALID;
    result = orch__http_header(http, "authorization", (orch_str){value, (size_t)len});
    explicit_bzero(value, sizeof(value));
    return result;
}

int orch__http_body(orch_model_http *http, json_t *root)
{
    char *body;
    int error = orch_json_write(root, JSON_COMPACT | JSON_REAL_PRECISION(6), &body);

    json_decref(root);
    if (error)
        return error;

    size_t len = strlen(body);

    if (len > ORCH_MODEL_BODY_MAX) {
        free(body);
        return ORCH_E_TOO_LARGE;
    }
    http->body = body;
    http->body_len = len;
    return 0;
}

void orch_model_http_fini(orch_model_http *http)
{
    free(http->url);
    for (size_t i = 0; i < http->headers_count; i++)
        free(http->headers[i]);
    free(http->body);
    *http = (orch_model_http){0};
}
