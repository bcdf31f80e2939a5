/* A message as the program hands it over: checked, copied, and what its metadata say. */
#include <stdlib.h>
#include <string.h>

#include "embedded.h"
#include "json_text.h"
#include "text.h"

#define METADATA_MAX 16384
#define HOPS_MAX     1000000

int orch__check_text(const char *field, const char *text, bool required, size_t max)
{
    size_t len = text ? strlen(text) : 0;

    if (len == 0)
        return required ? orch__refuse(ORCH_E_INVALID, "%s is required", field) : 0;
    if (len > max)
        return orch__refuse(ORCH_E_TOO_LARGE, "%s has %zu bytes; allowed are %zu", field, len, max);
    if (!orch__text_valid((orch_str){text, len}))
        return orch__refuse(ORCH_E_INVALID, "%s is not UTF-8", field);
    return 0;
}

static int read_metadata(const char *field, const char *text, json_t **out_json)
{
    json_error_t problem;
    json_t *json;
    int error = orch__check_text(field, text, false, METADATA_MAX);

    if (error || !text)
        return error;
    json = NULL;
    error = orch_json_read((orch_str){text, strlen(text)}, JSON_REJECT_DUPLICATES, &json, &problem);
    if (error == ORCH_E_NO_MEMORY)
        return orch__refuse(error, "%s", orch_error_text(error));
    if (!json_is_object(json)) {
        json_decref(json);
        return orch__refuse(ORCH_E_INVALID, "%s is no JSON object%s%s", field, json ? "" : ": ",
                            json ? "" : problem.text);
    }
    *out_json = json;
    return 0;
}

int orch__check_object(const char *field, const char *json)
{
    json_t *object = NULL;
    int error = read_metadata(field, json, &object);

    json_decref(object);
    return error;
}

static uint64_t handle_at(const json_t *metadata, const char *key)
{
    const char *id = json_string_value(json_object_get(metadata, key));

    return id && *id ? orch__handle(id) : 0;
}

static void apply_metadata(orch__heard *heard, const json_t *metadata)
{
    const json_t *mentions = json_object_get(metadata, "mentions");
    const json_t *hops = json_object_get(metadata, "hops");
    size_t count = json_array_size(mentions);

    for (size_t i = 0; i < count && heard->mentions_count < ORCH__MENTIONS_MAX; i++) {
        const char *id = json_string_value(json_array_get(mentions, i));

        if (id)
            heard->mentions[heard->mentions_count++] = orch__handle(id);
    }
    heard->thread.v = handle_at(metadata, "threadId");
    heard->reply_to_author = handle_at(metadata, "replyToAuthorId");
    heard->direct = json_is_true(json_object_get(metadata, "direct"));
    heard->hops_given = json_is_integer(hops) && json_integer_value(hops) >= 0;
    if (heard->hops_given)
        heard->hops = json_integer_value(hops) < HOPS_MAX ? (uint32_t)json_integer_value(hops) : HOPS_MAX;
}

static int check(const orch_incoming_message *message)
{
    int error;

    if (!message)
        return orch__refuse(ORCH_E_INVALID, "message is not given");
    error = orch__check_text("message.id", message->id, true, ORCH_NAME_LEN_MAX);
    if (!error)
        error = orch__check_text("message.content", message->content, true, ORCH_MESSAGE_CONTENT_MAX);
    if (!error)
        error = orch__check_text("message.channel_id", message->channel_id, true, ORCH_NAME_LEN_MAX);
    if (!error)
        error = orch__check_text("message.author_id", message->author_id, true, ORCH_NAME_LEN_MAX);
    return error;
}

/* Appends a copy at `*at`. */
static const char *keep(char **at, const char *text)
{
    size_t size = text ? strlen(text) + 1 : 0;
    char *copy = *at;

    if (!text)
        return NULL;
    memcpy(copy, text, size);
    *at += size;
    return copy;
}

static size_t size_of(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static int copy(orch__heard *heard, const orch_incoming_message *m, const char *author_name, int64_t now_ms)
{
    char *at = malloc(size_of(m->id) + size_of(m->content) + size_of(m->channel_id) + size_of(m->author_id) +
                      size_of(m->metadata_json) + size_of(author_name) + 1);

    if (!at)
        return ORCH_E_NO_MEMORY;
    heard->memory = at;
    heard->message = (orch_incoming_message){
        .id = keep(&at, m->id),
        .content = keep(&at, m->content),
        .channel_id = keep(&at, m->channel_id),
        .author_id = keep(&at, m->author_id),
        .timestamp_ms = m->timestamp_ms ? m->timestamp_ms : now_ms,
        .metadata_json = keep(&at, m->metadata_json),
    };
    heard->author_name = (char *)keep(&at, author_name);
    heard->id.v = orch__handle(m->id);
    heard->channel.v = orch__handle(m->channel_id);
    heard->author.v = orch__handle(m->author_id);
    return 0;
}

/* All that was checked, as one block and its numbers. NULL: no memory, told in orch_last_error(). */
static orch__heard *make(const orch_incoming_message *message, const json_t *metadata, int64_t now_ms)
{
    const char *name = json_string_value(json_object_get(metadata, "authorName"));
    orch__heard *heard = calloc(1, sizeof *heard);

    if (!heard || copy(heard, message, name && *name ? name : message->author_id, now_ms) != 0) {
        (void)orch__refuse(ORCH_E_NO_MEMORY, "%s", orch_error_text(ORCH_E_NO_MEMORY));
        free(heard);
        return NULL;
    }
    heard->refs = 1;
    apply_metadata(heard, metadata);
    return heard;
}

int orch__heard_new(const orch_incoming_message *message, int64_t now_ms, orch__heard **out_heard)
{
    orch__heard *heard;
    json_t *metadata = NULL;
    int error = check(message);

    if (!error)
        error = read_metadata("message.metadata_json", message->metadata_json, &metadata);
    if (error)
        return error;
    heard = make(message, metadata, now_ms);
    json_decref(metadata);
    if (!heard)
        return ORCH_E_NO_MEMORY;
    *out_heard = heard;
    return 0;
}

orch__heard *orch__heard_ref(orch__heard *heard)
{
    heard->refs++;
    return heard;
}

void orch__heard_unref(orch__heard *heard)
{
    if (!heard || --heard->refs > 0)
        return;
    free(heard->memory);
    free(heard);
}
