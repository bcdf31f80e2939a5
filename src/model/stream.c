#include "stream.h"

#include <stdlib.h>
#include <string.h>

#include "json_text.h"

orch_model_stream *orch__stream_new(const orch__reader *reader, const orch_model_sink *sink)
{
    orch_model_stream *stream = calloc(1, sizeof(*stream));

    if (!stream)
        return NULL;
    stream->reader = reader;
    stream->sink = *sink;
    return stream;
}

void orch_model_stream_secret(orch_model_stream *stream, orch_str secret)
{
    stream->secret = secret;
}

void orch_model_stream_stop(orch_model_stream *stream)
{
    stream->over = true;
}

bool orch_model_stream_over(const orch_model_stream *stream)
{
    return stream->over;
}

void orch_model_stream_free(orch_model_stream *stream)
{
    if (!stream)
        return;
    orch__sse_fini(&stream->sse);
    orch__buffer_free(&stream->document);
    orch__buffer_free(&stream->refusal);
    free(stream);
}

bool orch__is(orch_str text, const char *literal)
{
    return text.len == strlen(literal) && memcmp(text.ptr, literal, text.len) == 0;
}

int orch__json_object(orch_str bytes, json_t **out_root)
{
    json_t *root;
    int error = orch_json_read(bytes, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &root, NULL);

    if (error)
        return error;
    if (!json_is_object(root)) {
        json_decref(root);
        return ORCH_E_INVALID;
    }
    *out_root = root;
    return 0;
}

uint64_t orch__json_count(const json_t *object, const char *key, uint64_t otherwise)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return otherwise;
    return (uint64_t)json_integer_value(value);
}

orch_str orch__json_text(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_string(value))
        return ORCH_STR("");
    return (orch_str){json_string_value(value), json_string_length(value)};
}

void orch__stream_delta(orch_model_stream *stream, const json_t *string)
{
    if (!json_is_string(string))
        return;

    const char *text = json_string_value(string);
    const char *end = text + json_string_length(string);

    while (text < end && !stream->over) {
        const char *nul = memchr(text, '\0', (size_t)(end - text));
        size_t len = (size_t)((nul ? nul : end) - text);

        if (len > 0) {
            stream->text = true;
            stream->sink.delta(stream->sink.user, (orch_str){text, len});
        }
        text += nul ? len + 1 : len;
    }
}

void orch__stream_refuse(orch_model_stream *stream, orch_str why)
{
    size_t room = ORCH__WORDS_MAX - stream->refusal.len;

    stream->refused = true;
    /* A reason for which there is no memory is left out; that the model refused is what counts. */
    if (orch__buffer_append(&stream->refusal, why.ptr, why.len < room ? why.len : room, ORCH__WORDS_MAX) < 0)
        stream->refusal.len = 0;
}

void orch__stream_end(orch_model_stream *stream)
{
    if (stream->over)
        return;
    if (stream->refused) {
        if (stream->refusal.len > 0)
            orch__fail(stream, ORCH_E_REFUSED, ORCH_VERDICT_FINAL, "the model refused to answer: %.*s",
                       (int)stream->refusal.len, stream->refusal.ptr);
        else
            orch__fail(stream, ORCH_E_REFUSED, ORCH_VERDICT_FINAL, "the model refused to answer");
        return;
    }
    stream->over = true;
    stream->sink.end(stream->sink.user, stream->stop, &stream->usage);
}

void orch_model_stream_status(orch_model_stream *stream, int http_status)
{
    stream->http_status = http_status;
}

void orch_model_stream_header(orch_model_stream *stream, orch_str name, orch_str value)
{
    orch__retry_hint_header(&stream->hint, name, value);
}

static bool is_success(const orch_model_stream *stream)
{
    return stream->http_status == 0 || (stream->http_status >= 200 && stream->http_status < 300);
}

/* Content-Type lies often enough; the first byte that is no white space does not. */
static void decide_body(orch_model_stream *stream, const char *bytes, size_t size)
{
    if (!is_success(stream)) {
        stream->body = ORCH__BODY_DOCUMENT;
        return;
    }
    for (size_t i = 0; i < size; i++) {
        if (strchr(" \t\r\n", bytes[i]) && bytes[i] != '\0')
            continue;
        stream->body = strchr("{[<", bytes[i]) && bytes[i] != '\0' ? ORCH__BODY_DOCUMENT : ORCH__BODY_EVENTS;
        return;
    }
}

static void take_event(orch_str name, orch_str data, void *user)
{
    orch_model_stream *stream = user;

    if (!stream->over)
        stream->reader->event(stream, name, data);
}

static void fail_feed(orch_model_stream *stream, int code)
{
    if (code == ORCH_E_TOO_LARGE)
        orch__fail(stream, code, ORCH_VERDICT_NEXT_MODEL, "%s sent more than orchd takes in one piece",
                   stream->reader->title);
    else
        orch__fail_memory(stream);
}

static int take_document(orch_model_stream *stream, const char *bytes, size_t size)
{
    size_t room = ORCH__REFUSED_MAX - stream->document.len;

    if (is_success(stream))
        return orch__buffer_append(&stream->document, bytes, size, ORCH__DOCUMENT_MAX);
    return orch__buffer_append(&stream->document, bytes, size < room ? size : room, ORCH__REFUSED_MAX);
}

void orch_model_stream_feed(orch_model_stream *stream, const char *bytes, size_t size)
{
    int result = 0;

    if (stream->over)
        return;
    if (stream->body == ORCH__BODY_UNDECIDED)
        decide_body(stream, bytes, size);
    if (stream->body == ORCH__BODY_DOCUMENT)
        result = take_document(stream, bytes, size);
    else /* also white space that decides nothing yet: it is a part of the line that it begins */
        result = orch__sse_feed(&stream->sse, bytes, size, take_event, stream);
    if (result < 0)
        fail_feed(stream, result);
}

static void finish_document(orch_model_stream *stream, int error, const json_t *root)
{
    if (error == ORCH_E_NO_MEMORY)
        orch__fail_memory(stream);
    else if (!root)
        orch__fail(stream, ORCH_E_PROTOCOL, ORCH_VERDICT_NEXT_MODEL,
                   "%s answered with something that is no answer of this API; check %s",
                   stream->reader->title, stream->reader->base_variable);
    else
        stream->reader->document(stream, root);
}

void orch_model_stream_finish(orch_model_stream *stream, int transport, const char *message)
{
    orch_str body = {stream->document.ptr, stream->document.len};
    json_t *root = NULL;
    int error = 0;

    if (stream->over)
        return;
    if (stream->body == ORCH__BODY_DOCUMENT && body.len > 0)
        error = orch__json_object(body, &root);
    if (!is_success(stream)) { /* also by its status alone: its words may be no JSON, or find no memory */
        orch__fail_status(stream, root);
    } else if (transport != 0) {
        bool passing =
            transport == ORCH_E_CONNECTION || transport == ORCH_E_TIMEOUT || transport == ORCH_E_NO_MEMORY;

        orch__fail(stream, transport, passing ? ORCH_VERDICT_RETRY : ORCH_VERDICT_NEXT_MODEL, "%s",
                   message ? message : orch_error_text(transport));
    } else if (stream->body == ORCH__BODY_DOCUMENT) {
        finish_document(stream, error, root);
    } else if (stream->stopped && stream->reader->done_at_stop) {
        orch__stream_end(stream);
    } else {
        orch__fail(stream, ORCH_E_CONNECTION, ORCH_VERDICT_RETRY, "%s ended its answer in the middle",
                   stream->reader->title);
    }
    json_decref(root);
}
