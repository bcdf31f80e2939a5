/* OpenAI's Chat Completions API, late 2026, streaming, and the many servers that speak it (llama.cpp, Ollama, vLLM, LM Studio …).
 *
 *   data: {chunk}* · data: {chunk with finish_reason} · data: {usage}? · data: [DONE]
 *
 * They differ: some send no usage, no [DONE], errors as chunks, or one document although a stream was asked for.
 */
#include <string.h>

#include "providers.h"
#include "request.h"
#include "stream.h"

/* ---- encoding ---- */

static bool begins(const char *text, size_t len, const char *prefix)
{
    return len >= strlen(prefix) && memcmp(text, prefix, strlen(prefix)) == 0;
}

/* True for OpenAI itself, its regional hosts included: it wants max_completion_tokens where the others know max_tokens. */
static bool is_openai_itself(const char *base_url)
{
    const char *host = strstr(base_url, "://") + 3;
    size_t len = strcspn(host, ":/");
    static const char own[] = "api.openai.com";

    if (len < sizeof(own) - 1 || strncasecmp(host + len - (sizeof(own) - 1), own, sizeof(own) - 1) != 0)
        return false;
    return len == sizeof(own) - 1 || host[len - sizeof(own)] == '.';
}

/* OpenAI's reasoning models refuse any temperature; these older ones do not. Other servers take it. */
static bool takes_temperature(bool openai_itself, orch_str model)
{
    static const char *const takers[] = {"gpt-4", "gpt-3.5", "chatgpt-4o", "ft:gpt-4", "ft:gpt-3.5"};

    if (!openai_itself)
        return true;
    for (size_t i = 0; i < sizeof(takers) / sizeof(takers[0]); i++)
        if (begins(model.ptr, model.len, takers[i]))
            return true;
    return false;
}

static int encode_body(const orch_model_account *account, const orch_model_request *request,
                       json_t **out_body)
{
    bool itself = is_openai_itself(account->base_url);
    json_t *messages;
    int result = orch__request_messages(request, &messages);
    int failed = 0;

    if (result < 0)
        return result;
    if (request->system.len > 0)
        failed |= json_array_insert_new(
            messages, 0,
            json_pack("{s:s, s:o}", "role", "system", "content", orch__json_words(request->system)));

    json_t *body = json_pack("{s:o, s:I, s:b, s:{s:b}}", "model", orch__json_words(request->model),
                             itself ? "max_completion_tokens" : "max_tokens", (json_int_t)request->tokens_max,
                             "stream", 1, "stream_options", "include_usage", 1);

    failed |= json_object_set_new(body, "messages", messages);
    if (body && request->temperature >= 0 && takes_temperature(itself, request->model)) {
        double temperature = request->temperature < 2 ? request->temperature : 2;

        failed |= json_object_set_new(body, "temperature", json_real(temperature));
    }
    if (failed) {
        json_decref(body);
        return ORCH_E_NO_MEMORY;
    }
    *out_body = body;
    return 0;
}

static int encode_headers(const orch_model_account *account, const orch_model_request *request,
                          orch_model_http *http)
{
    int result = orch__http_header(http, "content-type", ORCH_STR("application/json"));

    if (result == 0)
        result = orch__http_header(http, "accept", ORCH_STR("text/event-stream"));
    if (result == 0 && account->key)
        result = orch__http_bearer(http, account->key);
    if (result == 0 && request->idempotency_key.len > 0)
        result = orch__http_header(http, "idempotency-key", request->idempotency_key);
    return result;
}

static int encode(const orch_model_account *account, const orch_model_request *request,
                  orch_model_http *out_http)
{
    orch_model_http http = {.place = "OPENAI_BASE_URL"};
    json_t *body;
    int result = encode_body(account, request, &body);

    if (result < 0)
        return result;
    result = orch__http_body(&http, body);
    if (result == 0)
        result = orch__http_url(&http, account->base_url, "/chat/completions");
    if (result == 0)
        result = encode_headers(account, request, &http);
    if (result < 0)
        orch_model_http_fini(&http);
    else
        *out_http = http;
    return result;
}

/* ---- reading ---- */

static void read_usage(orch_model_stream *stream, const json_t *usage)
{
    if (!json_is_object(usage))
        return;

    uint64_t prompt = orch__json_count(usage, "prompt_tokens", 0);
    uint64_t cached = orch__json_count(json_object_get(usage, "prompt_tokens_details"), "cached_tokens", 0);

    stream->usage.cache_read_tokens = cached < prompt ? cached : prompt;
    stream->usage.input_tokens = prompt - stream->usage.cache_read_tokens;
    stream->usage.output_tokens = orch__json_count(usage, "completion_tokens", 0);
}

static void read_finish(orch_model_stream *stream, orch_str reason)
{
    if (reason.len == 0)
        return;
    stream->stopped = true;
    stream->stop = ORCH_STOP_END;
    if (orch__is(reason, "length"))
        stream->stop = ORCH_STOP_LENGTH;
    else if (orch__is(reason, "tool_calls") || orch__is(reason, "function_call"))
        stream->stop = ORCH_STOP_TOOL;
    else if (orch__is(reason, "content_filter"))
        orch__stream_refuse(stream, ORCH_STR(""));
}

/* `holder` is the delta of a chunk or the message of a document. */
static void read_content(orch_model_stream *stream, const json_t *holder)
{
    orch_str refusal = orch__json_text(holder, "refusal");

    orch__stream_delta(stream, json_object_get(holder, "content"));
    if (refusal.len > 0)
        orch__stream_refuse(stream, refusal);
}

static void read_choices(orch_model_stream *stream, const json_t *root, const char *holder)
{
    const json_t *choices = json_object_get(root, "choices");
    const json_t *choice;
    size_t i;

    json_array_foreach(choices, i, choice)
    {
        if (orch__json_count(choice, "index", 0) != 0)
            continue;
        read_content(stream, json_object_get(choice, holder));
        read_finish(stream, orch__json_text(choice, "finish_reason"));
    }
    read_usage(stream, json_object_get(root, "usage"));
}

static bool is_error(orch_str name, const json_t *root)
{
    const json_t *error = json_object_get(root, "error");

    return orch__is(name, "error") || json_is_object(error) || json_is_string(error);
}

static void take_done(orch_model_stream *stream)
{
    if (stream->stopped || stream->text)
        orch__stream_end(stream);
    else
        orch__fail(stream, ORCH_E_PROTOCOL, ORCH_VERDICT_RETRY, "%s ended its answer before it began",
                   stream->reader->title);
}

static void take_event(orch_model_stream *stream, orch_str name, orch_str data)
{
    if (data.len == 0)
        return;
    if (begins(data.ptr, data.len, "[DONE]")) {
        take_done(stream);
        return;
    }

    json_t *root = NULL;
    int error = orch__json_object(data, &root);

    if (error)
        orch__fail_piece(stream, error, "a chunk");
    else if (is_error(name, root))
        orch__fail_reported(stream, root);
    else
        read_choices(stream, root, "delta");
    json_decref(root);
}

static void take_document(orch_model_stream *stream, const json_t *root)
{
    if (!json_is_array(json_object_get(root, "choices"))) {
        orch__fail_reported(stream, root);
        return;
    }
    read_choices(stream, root, "message");
    take_done(stream);
}

static const orch__reader reader = {
    .title = "the OpenAI-compatible API",
    .key_variable = "OPENAI_API_KEY",
    .base_variable = "OPENAI_BASE_URL",
    .done_at_stop = true,
    .event = take_event,
    .document = take_document,
};

static orch_model_stream *stream_new(const orch_model_sink *sink)
{
    return orch__stream_new(&reader, sink);
}

const orch_model_provider orch__openai = {
    .name = "openai",
    .default_model = "gpt-5.4-mini",
    .about = "OpenAI's Chat Completions API or any server that speaks it: OPENAI_API_KEY, OPENAI_BASE_URL",
    .encode = encode,
    .stream_new = stream_new,
    .models_path = "/models",
};
