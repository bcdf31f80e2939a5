/* One attempt at an answer, printed as JSON, for the judge: the model of ORCHD_MODEL with the accounts of the environment. With
 * COUNT, so many at once, a line each.
 *
 *     read_stream [TIMEOUT_MS [IDLE_MS [COUNT]]]
 *
 * {"text", "stop", "usage"} or {"text", "error": {"code", "verdict", "status", "retryAfterMs", "message"}}
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"

typedef struct reader {
    json_t *result;
    char *text;
    size_t len;
    size_t size;
    struct crowd *crowd;
} reader;

/* All that run at once. */
typedef struct crowd {
    orch_transfers *transfers;
    unsigned running;
} crowd;

static void on_delta(void *user, orch_str text)
{
    reader *into = user;

    while (into->len + text.len > into->size) {
        into->size = into->size ? into->size * 2 : 4096;
        into->text = realloc(into->text, into->size);
        if (!into->text)
            abort();
    }
    memcpy(into->text + into->len, text.ptr, text.len);
    into->len += text.len;
}

/* Takes `outcome`, with the text added. */
static void finish(reader *into, json_t *outcome)
{
    json_object_set_new(outcome, "text", json_stringn(into->text ? into->text : "", into->len));
    into->result = outcome;
    into->crowd->running--;
    if (into->crowd->running == 0)
        orch_transfers_close(into->crowd->transfers, NULL, NULL);
}

static void on_end(void *user, orch_stop stop, const orch_usage *usage)
{
    static const char *const stops[] = {"end", "length", "tool", "pause", "refusal"};

    finish(user, json_pack("{s:s, s:{s:I, s:I, s:I, s:I}}", "stop", stops[stop], "usage", "input",
                           (json_int_t)usage->input_tokens, "output", (json_int_t)usage->output_tokens,
                           "cacheRead", (json_int_t)usage->cache_read_tokens, "cacheWrite",
                           (json_int_t)usage->cache_write_tokens));
}

static void on_error(void *user, const orch_model_error *error)
{
    static const char *const verdicts[] = {"retry", "next_model", "final"};

    finish(user, json_pack("{s:{s:s, s:s, s:i, s:I, s:s}}", "error", "code", orch_error_name(error->code),
                           "verdict", verdicts[error->verdict], "status", error->http_status, "retryAfterMs",
                           (json_int_t)error->retry_after_ms, "message", error->message));
}

static const char *lookup(const char *name, void *user)
{
    (void)user;
    return getenv(name);
}

/* A conversation with everything that the APIs care about: it begins with an answer, two people write one after the other, one
 * message is empty. */
static const orch_prompt_message conversation[] = {
    {.author = {"Ada", 3}, .content = {"Good morning.", 13}, .own = true},
    {.author = {"Ann", 3}, .content = {"Hello \xf0\x9f\x91\x8b", 10}},
    {.author = {"Ben", 3}, .content = {"And from me", 11}},
    {.author = {"Ada", 3}, .content = {"", 0}, .own = true},
    {.author = {"Ann", 3}, .content = {"What do you say?", 16}},
};

static int start(const orch_model_config *models, uv_loop_t *loop, uint32_t timeout_ms, reader *into)
{
    static const orch_charter charter = {.name = {"Ada", 3}, .role = {"Software Architect", 18}};
    orch_answer *answer;
    orch_answer_request request = {
        .charter = &charter,
        .choice = &models->chain.items[0],
        .account = orch_model_config_account(models, models->chain.items[0].provider),
        .place = {.channel = {"general", 7}},
        .messages = conversation,
        .messages_count = sizeof(conversation) / sizeof(conversation[0]),
        .context_tokens_max = 24000,
        .tokens_max = 1024,
        .temperature = 0.7,
        .timeout_ms = timeout_ms,
        .idempotency_key = ORCH_STR("turn-1"),
        .sink = {on_delta, on_end, on_error, into},
    };

    return orch_answer_start(loop, into->crowd->transfers, &request, &answer);
}

static void print(reader *from)
{
    json_dumpf(from->result, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(from->result);
    free(from->text);
}

static int run(const orch_model_config *models, uint32_t timeout_ms, uint32_t idle_ms, unsigned count)
{
    uv_loop_t *loop = uv_default_loop();
    crowd all = {.running = count};
    reader *readers = calloc(count, sizeof(*readers));
    orch_transfers_config config;

    orch_transfers_config_init(&config);
    config.loop = loop;
    config.idle_timeout_ms = idle_ms;
    if (!readers || orch_transfers_new(&config, &all.transfers) < 0)
        return EXIT_FAILURE;
    for (unsigned i = 0; i < count; i++) {
        readers[i].crowd = &all;
        if (start(models, loop, timeout_ms, &readers[i]) < 0)
            return EXIT_FAILURE;
    }
    uv_run(loop, UV_RUN_DEFAULT);
    uv_loop_close(loop);
    for (unsigned i = 0; i < count; i++)
        print(&readers[i]);
    free(readers);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    uint32_t timeout_ms = argc > 1 ? (uint32_t)atoi(argv[1]) : 10000;
    uint32_t idle_ms = argc > 2 ? (uint32_t)atoi(argv[2]) : 10000;
    unsigned count = argc > 3 ? (unsigned)atoi(argv[3]) : 1;
    orch_model_config models;
    char message[512];
    int status;

    if (orch_model_config_read(&models, lookup, NULL, message, sizeof(message)) < 0) {
        fprintf(stderr, "%s\n", message);
        return EXIT_FAILURE;
    }
    status = run(&models, timeout_ms, idle_ms, count);
    orch_model_config_fini(&models);
    return status;
}
