/* Anthropic's Messages API, version 2026-10-21 (older versions: ANTHROPIC_VERSION), streaming.
 *
 *   message_start · (content_block_start · content_block_delta* · content_block_stop)* · message_delta · message_stop
 *
 * `ping` and `error` come at any time; events and deltas that are not known here are ignored.
 */
#include <string.h>

#include "providers.h"
#include "request.h"
#include "stream.h"

/* ---- encoding ---- */

/* From this version on temperature is refused. */
static bool takes_temperature(const char *version)
{
    return strcmp(version, "2026-10-21") < 0;
}

static json_t *encode_system(orch_str system)
{
    return json_pack("[{s:s, s:o, s:{s:s}}]", "type", "text", "text", orch__json_words(system),
                     "cache_control", "type", "ephemeral");
}

/* The API wants the user to begin; a window may well begin with an answer. */
static int begin_with_user(json_t *messages)
{
    const char *role = json_string_value(json_object_get(json_array_get(messages, 0), "role"));

    if (strcmp(role, "user") == 0)
        return 0;
    return json_array_insert_new(
        messages, 0, json_pack("{s:s, s:s}", "role", "user", "content", "[The conversation so far:]"));
}

static int encode_body(const orch_model_account *account, const orch_model_request *request,
                       json_t **out_body)
{
    json_t *messages;
    int result = orch__request_messages(request, &messages);

    if (result < 0)
        return result;

    int failed = begin_with_user(messages);
    json_t *body = json_pack("{s:o, s:I, s:b}", "model", orch__json_words(request->model), "max_tokens",
                             (json_int_t)request->tokens_max, "stream", 1);

    if (body && request->system.len > 0)
        failed |= json_object_set_new(body, "system", encode_system(request->system));
    failed |= json_object_set_new(body, "messages", messages);
    if (body && request->temperature >= 0 && takes_temperature(account->version)) {
        double temperature = request->temperature < 1 ? request->temperature : 1;

        failed |= json_object_set_new(body, "temperature", json_real(temperature));
    }
    if (failed) {
        json_decref(body);
        return ORCH_E_NO_MEMORY;
    }
    *out_body = body;
    return 0;
}

static orch_str text_of(const char *text)
{
    return (orch_str){text, strlen(text)};
}

/* The key goes in both ways: x-api-key is what the API documents, Authorization is what its newest SDK sends and what some
 * servers that speak this API ask for. */
static int encode_key(const char *key, orch_model_http *http)
{
    int result = orch__http_header(http, "x-api-key", text_of(key));

    return result == 0 ? orch__http_bearer(http, key) : result;
}

static int encode_headers(const orch_model_account *account, orch_model_http *http)
{
    int result = orch__http_header(http, "content-type", ORCH_STR("application/json"));

    if (result == 0)
        result = orch__http_header(http, "accept", ORCH_STR("text/event-stream"));
    if (result == 0)
        result = orch__http_header(http, "anthropic-version", text_of(account->version));
    if (result == 0 && account->key)
        result = encode_key(account->key, http);
    return result;
}

static int encode(const orch_model_account *account, const orch_model_request *request,
                  orch_model_http *out_http)
{
    orch_model_http http = {.place = "ANTHROPIC_BASE_URL"};
    json_t *body;
    int result = encode_body(account, request, &body);

    if (result < 0)
        return result;
    result = orch__http_body(&http, body);
    if (result == 0)
        result = orch__http_url(&http, account->base_url, "/v1/messages");
    if (result == 0)
        result = encode_headers(account, &http);
    if (result < 0)
        orch_model_http_fini(&http);
    else
        *out_http = http;
    return result;
}

/* ---- reading ---- */

/* The counters are totals of the whole message: a later one replaces an earlier one, an absent one leaves it. */
static void read_usage(orch_model_stream *stream, const json_t *usage)
{
    orch_usage *sum = &stream->usage;

    sum->input_tokens = orch__json_count(usage, "input_tokens", sum->input_tokens);
    sum->output_tokens = orch__json_count(usage, "output_tokens", sum->output_tokens);
    sum->cache_read_tokens = orch__json_count(usage, "cache_read_input_tokens", sum->cache_read_tokens);
    sum->cache_write_tokens = orch__json_count(usage, "cache_creation_input_tokens", sum->cache_write_tokens);
}

static const struct {
    const char *reason;
    orch_stop stop;
} stop_reasons[] = {
    {"end_turn", ORCH_STOP_END},
    {"stop_sequence", ORCH_STOP_END},
    {"max_tokens", ORCH_STOP_LENGTH},
    {"model_context_window_exceeded", ORCH_STOP_LENGTH}, /* cut for another reason: what was said stands */
    {"tool_use", ORCH_STOP_TOOL},
    {"pause_turn", ORCH_STOP_PAUSE},
};

/* `holder` has stop_reason and stop_details: a message, or the delta of message_delta. */
static void read_stop(orch_model_stream *stream, const json_t *holder)
{
    orch_str reason = orch__json_text(holder, "stop_reason");

    if (reason.len == 0)
        return;
    stream->stopped = true;
    stream->stop = ORCH_STOP_END;
    for (size_t i = 0; i < sizeof(stop_reasons) / sizeof(stop_reasons[0]); i++)
        if (orch__is(reason, stop_reasons[i].reason))
            stream->stop = stop_reasons[i].stop;
    if (orch__is(reason, "refusal"))
        orch__stream_refuse(stream, orch__json_text(json_object_get(holder, "stop_details"), "explanation"));
}

static void take_message_start(orch_model_stream *stream, const json_t *root)
{
    if (stream->begun) {
        orch__fail(stream, ORCH_E_PROTOCOL, ORCH_VERDICT_RETRY, "%s began its answer twice",
                   stream->reader->title);
        return;
    }
    stream->begun = true;
    read_usage(stream, json_object_get(json_object_get(root, "message"), "usage"));
}

static void take_block_start(orch_model_stream *stream, const json_t *root)
{
    const json_t *block = json_object_get(root, "content_block");

    if (stream->begun && orch__is(orch__json_text(block, "type"), "text"))
        orch__stream_delta(stream, json_object_get(block, "text"));
}

static void take_block_delta(orch_model_stream *stream, const json_t *root)
{
    const json_t *delta = json_object_get(root, "delta");

    if (stream->begun && orch__is(orch__json_text(delta, "type"), "text_delta"))
        orch__stream_delta(stream, json_object_get(delta, "text"));
}

static void take_message_delta(orch_model_stream *stream, const json_t *root)
{
    read_stop(stream, json_object_get(root, "delta"));
    read_usage(stream, json_object_get(root, "usage"));
}

static void take_message_stop(orch_model_stream *stream, const json_t *root)
{
    (void)root;
    if (stream->begun)
        orch__stream_end(stream);
    else
        orch__fail(stream, ORCH_E_PROTOCOL, ORCH_VERDICT_RETRY, "%s ended an answer that it had not begun",
                   stream->reader->title);
}

static const struct {
    const char *type;
    void (*take)(orch_model_stream *stream, const json_t *root);
} events[] = {
    {"content_block_delta", take_block_delta}, {"content_block_start", take_block_start},
    {"message_start", take_message_start},     {"message_delta", take_message_delta},
    {"message_stop", take_message_stop},       {"error", orch__fail_reported},
};

static void take_event(orch_model_stream *stream, orch_str name, orch_str data)
{
    if (data.len == 0 || orch__is(name, "ping"))
        return;

    json_t *root;
    int error = orch__json_object(data, &root);

    if (error) {
        orch__fail_piece(stream, error, "an event");
        return;
    }

    orch_str type = orch__json_text(root, "type");

    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
        if (orch__is(type, events[i].type))
            events[i].take(stream, root);
    json_decref(root);
}

/* A server that does not stream although it was asked to: one message. */
static void take_document(orch_model_stream *stream, const json_t *root)
{
    const json_t *content = json_object_get(root, "content");
    const json_t *block;
    size_t i;

    if (!orch__is(orch__json_text(root, "type"), "message")) {
        orch__fail_reported(stream, root);
        return;
    }
    json_array_foreach(content, i, block) if (orch__is(orch__json_text(block, "type"), "text"))
        orch__stream_delta(stream, json_object_get(block, "text"));
    read_stop(stream, root);
    read_usage(stream, json_object_get(root, "usage"));
    orch__stream_end(stream);
}

static const orch__reader reader = {
    .title = "the Anthropic API",
    .key_variable = "ANTHROPIC_API_KEY",
    .base_variable = "ANTHROPIC_BASE_URL",
    .event = take_event,
    .document = take_document,
};

static orch_model_stream *stream_new(const orch_model_sink *sink)
{
    return orch__stream_new(&reader, sink);
}

const orch_model_provider orch__anthropic = {
    .name = "anthropic",
    .default_model = "claude-sonnet-5-5",
    .about = "Anthropic's Messages API: ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL",
    .encode = encode,
    .stream_new = stream_new,
    .models_path = "/v1/models?limit=1000",
};
