/* Requests and answers of each provider while the n-th allocation fails, for every n, alone or with all that follow: the whole
 * request or none, the whole answer or an error that is to be tried again, and nothing left behind. */
#include "providers.h"
#include "reading.h"
#include "scarce.h"
#include "stream.h"

#define LONG "a text of more than sixteen bytes, \\u00e4 and \\\"quoted\\\""
#define READ "a text of more than sixteen bytes, \xc3\xa4 and \"quoted\""

static const orch_model_message conversation[] = {
    {ORCH_MODEL_ASSISTANT, {"Good morning to everybody here.", 31}},
    {ORCH_MODEL_USER, {"[Ann] Hello, and a broken byte: \xff.", 34}},
    {ORCH_MODEL_USER, {"[Ben] Ship it?", 14}},
};

static const orch_model_account account = {
    .key = (char *)"sk-0123456789",
    .base_url = (char *)"http://127.0.0.1:1/v1",
    .version = (char *)"2023-06-01",
};

static const char *const networks[] = {"anthropic", "openai"};
#define NETWORKS 2

static const orch_model_provider *find(const char *name)
{
    return orch_model_provider_find((orch_str){name, strlen(name)});
}

static int encode(const char *provider, orch_model_http *out_http)
{
    orch_model_request request = {
        .model = ORCH_STR("a-model-of-more-than-sixteen-bytes"),
        .system = ORCH_STR("You are Ada. You answer briefly."),
        .messages = conversation,
        .messages_count = 3,
        .tokens_max = 512,
        .temperature = 0.7,
        .idempotency_key = ORCH_STR("turn-1"),
    };

    return find(provider)->encode(&account, &request, out_http);
}

static void assert_same_request(const orch_model_http *got, const orch_model_http *wanted)
{
    assert_string_equal(got->url, wanted->url);
    assert_string_equal(got->body, wanted->body);
    assert_int_equal(got->body_len, wanted->body_len);
    assert_int_equal(got->headers_count, wanted->headers_count);
    for (size_t i = 0; i < wanted->headers_count; i++)
        assert_string_equal(got->headers[i], wanted->headers[i]);
}

/* Returns whether an allocation failed. */
static bool encode_without(const char *provider, size_t number, scarce_for how_long,
                           const orch_model_http *wanted)
{
    size_t before = scarce_live();
    orch_model_http got;
    bool failed;
    int error;

    scarce_begin(number, how_long);
    error = encode(provider, &got);
    failed = scarce_end();
    if (error) {
        assert_int_equal(error, ORCH_E_NO_MEMORY);
        assert_true(failed);
    } else {
        assert_same_request(&got, wanted);
        orch_model_http_fini(&got);
    }
    assert_int_equal(scarce_live(), before);
    return failed;
}

static void a_request_is_whole_or_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < NETWORKS; i++) {
        orch_model_http wanted;
        size_t number = 0;

        scarce_begin(SIZE_MAX, SCARCE_ONCE); /* the same allocator for all */
        (void)scarce_end();
        assert_int_equal(encode(networks[i], &wanted), 0);
        while (encode_without(networks[i], ++number, SCARCE_ONCE, &wanted))
            (void)encode_without(networks[i], number, SCARCE_FROM_THEN_ON, &wanted);
        assert_true(number > 20);
        orch_model_http_fini(&wanted);
    }
}

/* ---- answers ---- */

typedef struct answer {
    const char *provider;
    int status;
    const char *text; /* NULL: it fails, with `code` */
    int code;
    const char *bytes;
} answer;

#define EVENT(type, rest) "event: " type "\ndata: {\"type\":\"" type "\"," rest "}\n\n"

/* Numbers stand behind texts: each makes the parser forget an earlier want of memory. "fourteen bytes" and its quotes fill the
 * parser's first buffer to the last byte. */
static const answer answers[] = {
    {"openai", 200, READ "fourteen bytes", 0,
     "data: {\"choices\":[{\"delta\":{\"content\":\"" LONG
     "\"},\"index\":0,\"finish_reason\":null}],\"created\":17}\n\n"
     "data: {\"choices\":[{\"delta\":{\"content\":\"fourteen bytes\"},\"index\":0}],\"created\":18}\n\n"
     "data: {\"choices\":[{\"delta\":{},\"index\":0,\"finish_reason\":\"stop\"}],\"created\":19}\n\n"
     "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":9}}\n\n"
     "data: [DONE]\n\n"},
    {"openai", 200, READ, 0,
     "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"" LONG
     "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":9}}"},
    {"openai", 200, NULL, ORCH_E_REFUSED,
     "data: {\"choices\":[{\"delta\":{\"refusal\":\"I would rather not.\"},\"index\":0}]}\n\n"
     "data: {\"choices\":[{\"delta\":{},\"index\":0,\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"},
    {"openai", 429, NULL, ORCH_E_RATE_LIMITED,
     "{\"error\":{\"message\":\"Slow down, there are limits\",\"type\":\"rate_limit_exceeded\"}}"},
    {"anthropic", 200, READ "fourteen bytes", 0,
     EVENT("message_start", "\"message\":{\"usage\":{\"input_tokens\":30,\"output_tokens\":1}}") EVENT(
         "content_block_start", "\"content_block\":{\"type\":\"text\",\"text\":\"\"},\"index\":0")
         EVENT("content_block_delta", "\"delta\":{\"type\":\"text_delta\",\"text\":\"" LONG "\"},\"index\":0")
             EVENT("content_block_delta",
                   "\"delta\":{\"type\":\"text_delta\",\"text\":\"fourteen bytes\"},\"index\":0")
                 EVENT("content_block_stop", "\"index\":0")
                     EVENT("message_delta",
                           "\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":9}")
                         EVENT("message_stop", "\"x\":0")},
    {"anthropic", 200, READ, 0,
     "{\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":\"" LONG
     "\"}],\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":30,\"output_tokens\":9}}"},
    {"anthropic", 529, NULL, ORCH_E_OVERLOADED,
     "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded, come back "
     "later\"}}"},
};

/* What the sink gets, without memory of its own. */
static reading heard;

static void check(const answer *one, bool failed)
{
    bool starved = heard.failed && heard.error.code == ORCH_E_NO_MEMORY;

    assert_int_equal(heard.ends, 1);
    if (starved) {
        assert_true(failed);
        assert_int_equal(heard.error.verdict, ORCH_VERDICT_RETRY);
    } else if (one->text) {
        assert_false(heard.failed);
        assert_string_equal(heard.text, one->text);
        assert_int_equal(heard.usage.output_tokens, 9);
        assert_int_equal(heard.usage.input_tokens, 30);
    } else {
        assert_true(heard.failed);
        assert_int_equal(heard.error.code, one->code);
    }
    /* What was shown meanwhile is the beginning of the answer. */
    if (one->text)
        assert_memory_equal(heard.text, one->text, heard.text_len);
    else
        assert_int_equal(heard.text_len, 0);
}

static bool read_without(const answer *one, size_t number, scarce_for how_long, size_t piece)
{
    orch_model_sink sink = {reading_delta, reading_end, reading_error, &heard};
    size_t before = scarce_live();
    size_t len = strlen(one->bytes);
    orch_model_stream *stream;
    bool failed;

    heard = (reading){0};
    scarce_begin(number, how_long);
    stream = find(one->provider)->stream_new(&sink);
    if (!stream) {
        assert_true(scarce_end());
        assert_int_equal(scarce_live(), before);
        return true;
    }
    orch_model_stream_status(stream, one->status);
    for (size_t at = 0; at < len; at += piece)
        orch_model_stream_feed(stream, one->bytes + at, len - at < piece ? len - at : piece);
    orch_model_stream_finish(stream, 0, NULL);
    failed = scarce_end();
    check(one, failed);
    orch_model_stream_free(stream);
    assert_int_equal(scarce_live(), before);
    return failed;
}

static void an_answer_is_whole_or_an_error(void **state)
{
    static const size_t pieces[] = {7, 100, 100000};

    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++) {
            size_t number = 0;

            while (read_without(&answers[i], ++number, SCARCE_ONCE, pieces[k]))
                (void)read_without(&answers[i], number, SCARCE_FROM_THEN_ON, pieces[k]);
            assert_true(number > 8);
        }
    }
}

/* ---- rules ---- */

#define REPLY "The tide comes in and goes out again."
#define RULES                                                                                                \
    "[{\"match\":\"/^the (high|low) tide/i\",\"reply\":\"" REPLY                                             \
    "\",\"actions\":[{\"type\":\"react\",\"payload\":{\"an emoji of the sea\":1}}]},"                        \
    "{\"match\":\"another one\",\"reply\":\"And another one.\"}]"

/* PCRE2's own allocations do not fail here: it has no door for it. */
static bool compile_without(size_t number, scarce_for how_long)
{
    size_t before = scarce_live();
    orch_rules *rules = NULL;
    char message[256];
    bool failed;
    int error;

    scarce_begin(number, how_long);
    error = orch_rules_new(ORCH_STR(RULES), &rules, message, sizeof(message));
    failed = scarce_end();
    if (error) {
        assert_int_equal(error, ORCH_E_NO_MEMORY);
        assert_string_equal(message, "rules: out of memory");
        assert_true(failed);
    } else {
        orch_str reply, actions;

        assert_true(orch_rules_match(rules, ORCH_STR("The high tide?"), &reply, &actions));
        assert_true(orch__is(reply, REPLY));
        assert_true(orch__is(actions, "[{\"type\":\"react\",\"payload\":{\"an emoji of the sea\":1}}]"));
        orch_rules_free(rules);
    }
    assert_int_equal(scarce_live(), before);
    return failed;
}

static void rules_are_whole_or_none(void **state)
{
    size_t number = 0;

    (void)state;
    while (compile_without(++number, SCARCE_ONCE))
        (void)compile_without(number, SCARCE_FROM_THEN_ON);
    assert_true(number > 20);
}

/* ---- accounts ---- */

static const char *variable(const char *name, void *user)
{
    static const char *const variables[][2] = {
        {"ANTHROPIC_API_KEY", "sk-ant-0123456789"},
        {"OPENAI_BASE_URL", "http://127.0.0.1:1/v1/"},
        {"ORCHD_MODEL", "anthropic,openai/a-model,rules"},
        {"OPENAI_API_KEY", "sk-0123456789"},
    };

    (void)user;
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        if (strcmp(variables[i][0], name) == 0)
            return variables[i][1];
    return NULL;
}

static bool configure_without(size_t number, scarce_for how_long)
{
    size_t before = scarce_live();
    orch_model_config config;
    char message[256];
    bool failed;
    int error;

    scarce_begin(number, how_long);
    error = orch_model_config_read(&config, variable, NULL, message, sizeof(message));
    failed = scarce_end();
    assert_int_equal(error, failed ? ORCH_E_NO_MEMORY : 0);
    if (!error) {
        assert_string_equal(config.openai.base_url, "http://127.0.0.1:1/v1");
        assert_int_equal(config.chain.count, 3);
        orch_model_config_fini(&config);
    }
    assert_int_equal(scarce_live(), before);
    return failed;
}

static void a_configuration_is_whole_or_none(void **state)
{
    size_t number = 0;

    (void)state;
    while (configure_without(++number, SCARCE_ONCE))
        (void)configure_without(number, SCARCE_FROM_THEN_ON);
    assert_int_equal(number, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_whole_or_none),
        cmocka_unit_test(an_answer_is_whole_or_an_error),
        cmocka_unit_test(rules_are_whole_or_none),
        cmocka_unit_test(a_configuration_is_whole_or_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
