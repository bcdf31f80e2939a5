/* An attempt: prompt and window worded by the core, encoded by a provider, carried by a transfer; or, for a provider that needs
 * no network, made here and handed over in the loop's next iteration. */
#include "answer.h"

#include <stdlib.h>
#include <string.h>

#include "orchd/assert.h"

struct orch_answer {
    orch_model_sink sink;
    orch_transfer *transfer; /* NULL: a local answer */
    uv_idle_t idle;
    char *text; /* of a local answer */
    size_t text_len;
};

/* ---- words ---- */

/* Texts of the prompt, one after the other in one block. */
typedef struct worded {
    char *block;
    orch_model_message *messages;
    size_t count;
    orch_str system;
} worded;

static void worded_fini(worded *words)
{
    free(words->block);
    free(words->messages);
}

/* Lends `out` what is left of a block; moves past what was written by word(). */
static orch_str taken(orch_text *out, char **at)
{
    orch_str text = {*at, out->len};

    ORCH_ASSERT(out->len <= out->capacity);
    *at += out->len;
    return text;
}

/* Writes like orch_text's owners: past the capacity only counts. */
static void add(orch_text *out, orch_str text)
{
    if (out->len + text.len <= out->capacity && text.len > 0)
        memcpy(out->ptr + out->len, text.ptr, text.len);
    out->len += text.len;
}

static void word_system(const orch_answer_request *request, orch_text *out)
{
    orch_prompt_system(request->charter, &request->place, out);
    if (request->addition.len == 0)
        return;
    add(out, ORCH_STR("\n\n"));
    add(out, request->addition);
}

static size_t length_of_system(const orch_answer_request *request)
{
    orch_text counted = {0};

    word_system(request, &counted);
    return counted.len;
}

static size_t length_of_message(const orch_prompt_message *message)
{
    orch_text counted = {0};

    orch_prompt_message_text(message, &counted);
    return counted.len;
}

static orch_str take_system(const orch_answer_request *request, char **at, size_t room)
{
    orch_text out = {*at, room, 0};

    word_system(request, &out);
    return taken(&out, at);
}

static orch_str word_message(const orch_prompt_message *message, char **at, size_t room)
{
    orch_text out = {*at, room, 0};

    orch_prompt_message_text(message, &out);
    return taken(&out, at);
}

/* The first message of the window: the system prompt takes its part of the budget. */
static size_t window(const orch_answer_request *request, orch_str system)
{
    size_t taken_tokens = orch_prompt_tokens(system);
    size_t left = request->context_tokens_max > taken_tokens ? request->context_tokens_max - taken_tokens : 0;

    return orch_prompt_window(request->messages, request->messages_count, left);
}

/* Of a deleted message nothing is worded; the encoder leaves it out. */
static void word_messages(const orch_answer_request *request, size_t first, worded *words, char *at,
                          const char *end)
{
    for (size_t i = first; i < request->messages_count; i++) {
        const orch_prompt_message *message = &request->messages[i];

        words->messages[words->count++] = (orch_model_message){
            .role = message->own ? ORCH_MODEL_ASSISTANT : ORCH_MODEL_USER,
            .text = word_message(message, &at, (size_t)(end - at)),
        };
    }
}

static int word(const orch_answer_request *request, worded *out_words)
{
    size_t size = length_of_system(request);
    worded words = {0};
    char *at;

    for (size_t i = 0; i < request->messages_count; i++)
        size += length_of_message(&request->messages[i]);
    words.block = malloc(size + 1);
    words.messages = calloc(request->messages_count + 1, sizeof(*words.messages));
    if (!words.block || !words.messages) {
        worded_fini(&words);
        return ORCH_E_NO_MEMORY;
    }
    at = words.block;
    words.system = take_system(request, &at, size);
    word_messages(request, window(request, words.system), &words, at, words.block + size);
    *out_words = words;
    return 0;
}

/* ---- over the network ---- */

static void pass_delta(void *user, orch_str text)
{
    const orch_answer *answer = user;

    answer->sink.delta(answer->sink.user, text);
}

static void pass_end(void *user, orch_stop stop, const orch_usage *usage)
{
    orch_answer *answer = user;
    orch_model_sink sink = answer->sink;

    free(answer);
    sink.end(sink.user, stop, usage);
}

static void pass_error(void *user, const orch_model_error *error)
{
    orch_answer *answer = user;
    orch_model_sink sink = answer->sink;

    free(answer);
    sink.error(sink.user, error);
}

static int encode(const orch_answer_request *request, orch_model_http *out_http)
{
    orch_model_request call = {
        .model = {request->choice->model, strlen(request->choice->model)},
        .tokens_max = request->tokens_max,
        .temperature = request->temperature,
        .idempotency_key = request->idempotency_key,
    };
    worded words;
    int result = word(request, &words);

    if (result < 0)
        return result;
    call.system = words.system;
    call.messages = words.messages;
    call.messages_count = words.count;
    result = request->choice->provider->encode(request->account, &call, out_http);
    worded_fini(&words);
    return result;
}

static int start_remote(orch_transfers *transfers, const orch_answer_request *request, orch_answer *answer)
{
    orch_model_sink sink = {pass_delta, pass_end, pass_error, answer};
    orch_model_http http;
    orch_model_stream *stream;
    int result = encode(request, &http);

    if (result < 0)
        return result;
    stream = request->choice->provider->stream_new(&sink);
    if (!stream) {
        orch_model_http_fini(&http);
        return ORCH_E_NO_MEMORY;
    }
    if (request->account->key)
        orch_model_stream_secret(stream, (orch_str){request->account->key, strlen(request->account->key)});
    return orch_transfer_start(transfers, &http, stream, request->timeout_ms, &answer->transfer);
}

/* ---- local ---- */

static void add_mention(orch_text *out, orch_str name)
{
    if (name.len == 0 || name.ptr[0] != '@')
        add(out, ORCH_STR("@"));
    add(out, name);
}

/* "… This concerns "refund": I hand it over to @Ann and @Ben." */
static void add_escalation(orch_text *out, const orch_charter *charter, orch_str content)
{
    orch_str trigger = orch_prompt_escalation(charter, content);

    if (trigger.len == 0 || charter->escalate_to.count == 0)
        return;
    add(out, ORCH_STR("\n\nThis concerns \""));
    add(out, trigger);
    add(out, ORCH_STR("\": I hand it over to "));
    for (size_t i = 0; i < charter->escalate_to.count; i++) {
        if (i > 0)
            add(out, i + 1 == charter->escalate_to.count ? ORCH_STR(" and ") : ORCH_STR(", "));
        add_mention(out, charter->escalate_to.items[i]);
    }
    add(out, ORCH_STR("."));
}

static void add_own_words(orch_text *out, const orch_charter *charter)
{
    orch_prompt_no_model(charter, out);
    add(out,
        ORCH_STR(" To give me a model, start orchd with ANTHROPIC_API_KEY or OPENAI_API_KEY set, or with "
                 "OPENAI_BASE_URL for a model of your own (llama.cpp, Ollama, vLLM); ORCHD_MODEL chooses "
                 "which, for example ORCHD_MODEL=anthropic/claude-sonnet-5-5."));
}

static void write_local(const orch_answer_request *request, orch_text *out)
{
    orch_str content = request->messages[request->messages_count - 1].content;
    orch_str reply;
    orch_str actions;

    if (request->rules && orch_rules_match(request->rules, content, &reply, &actions))
        add(out, reply);
    else
        add_own_words(out, request->charter);
    add_escalation(out, request->charter, content);
}

static void idle_closed(uv_handle_t *handle)
{
    orch_answer *answer = handle->data;

    free(answer->text);
    free(answer);
}

static void close_local(orch_answer *answer)
{
    uv_close((uv_handle_t *)&answer->idle, idle_closed);
}

static void hand_over(uv_idle_t *idle)
{
    orch_answer *answer = idle->data;
    orch_model_sink sink = answer->sink;
    orch_usage usage = {0};

    uv_idle_stop(idle);
    sink.delta(sink.user, (orch_str){answer->text, answer->text_len});
    /* The sink may have cancelled. */
    if (uv_is_closing((uv_handle_t *)idle))
        return;
    close_local(answer);
    sink.end(sink.user, ORCH_STOP_END, &usage);
}

static int start_local(uv_loop_t *loop, const orch_answer_request *request, orch_answer *answer)
{
    orch_text counted = {0};

    write_local(request, &counted);
    answer->text = malloc(counted.len + 1);
    if (!answer->text)
        return ORCH_E_NO_MEMORY;

    orch_text out = {answer->text, counted.len, 0};

    write_local(request, &out);
    answer->text_len = out.len;
    uv_idle_init(loop, &answer->idle);
    answer->idle.data = answer;
    uv_idle_start(&answer->idle, hand_over);
    return 0;
}

/* ---- the two together ---- */

int orch_answer_start(uv_loop_t *loop, orch_transfers *transfers, const orch_answer_request *request,
                      orch_answer **out_answer)
{
    orch_answer *answer = calloc(1, sizeof(*answer));
    int result;

    ORCH_ASSERT(request->messages_count > 0);
    if (!answer)
        return ORCH_E_NO_MEMORY;
    answer->sink = request->sink;
    if (request->choice->provider->local)
        result = start_local(loop, request, answer);
    else
        result = start_remote(transfers, request, answer);
    if (result < 0)
        free(answer);
    else
        *out_answer = answer;
    return result;
}

void orch_answer_cancel(orch_answer *answer)
{
    if (answer->transfer) {
        orch_transfer_cancel(answer->transfer);
        free(answer);
    } else {
        close_local(answer);
    }
}
