#include "reading.h"

/* ---- requests ---- */

static const orch_model_account itself = {
    .key = (char *)"sk-proj-0123456789",
    .base_url = (char *)"https://api.openai.com/v1",
};
static const orch_model_account local = {.base_url = (char *)"http://127.0.0.1:11434/v1"};

static const orch_model_message conversation[] = {
    {ORCH_MODEL_ASSISTANT, {"Good morning.", 13}},
    {ORCH_MODEL_USER, {"[Ann] Hello", 11}},
    {ORCH_MODEL_USER, {"[Ben] Ship it?", 14}},
};

static orch_model_request request_of(orch_str model)
{
    return (orch_model_request){
        .model = model,
        .system = ORCH_STR("You are Ada."),
        .messages = conversation,
        .messages_count = 3,
        .tokens_max = 512,
        .temperature = 0.7,
        .idempotency_key = ORCH_STR("turn-1"),
    };
}

static orch_model_http encode(const orch_model_account *account, orch_str model)
{
    orch_model_request request = request_of(model);
    orch_model_http http;

    assert_int_equal(orch_model_provider_find(ORCH_STR("openai"))->encode(account, &request, &http), 0);
    return http;
}

static void encodes_the_golden_request(void **state)
{
    orch_model_http http = encode(&itself, ORCH_STR("gpt-5.4-mini"));

    (void)state;
    assert_string_equal(http.url, "https://api.openai.com/v1/chat/completions");
    assert_int_equal(http.headers_count, 4);
    assert_string_equal(http.headers[0], "content-type: application/json");
    assert_string_equal(http.headers[1], "accept: text/event-stream");
    assert_string_equal(http.headers[2], "authorization: Bearer sk-proj-0123456789");
    assert_string_equal(http.headers[3], "idempotency-key: turn-1");
    assert_string_equal(http.body,
                        "{\"model\":\"gpt-5.4-mini\",\"max_completion_tokens\":512,\"stream\":true,"
                        "\"stream_options\":{\"include_usage\":true},\"messages\":["
                        "{\"role\":\"system\",\"content\":\"You are Ada.\"},"
                        "{\"role\":\"assistant\",\"content\":\"Good morning.\"},"
                        "{\"role\":\"user\",\"content\":\"[Ann] Hello\\n\\n[Ben] Ship it?\"}]}");
    assert_string_equal(http.place, "OPENAI_BASE_URL");
    orch_model_http_fini(&http);
}

static void words_the_limit_as_the_server_knows_it(void **state)
{
    static const struct {
        const char *base_url;
        bool itself;
    } cases[] = {
        {"https://api.openai.com/v1", true},           {"https://eu.api.openai.com/v1", true},
        {"https://API.OPENAI.COM:443/v1", true},       {"https://notapi.openai.com/v1", false},
        {"https://api.openai.com.evil.org/v1", false}, {"http://localhost:8000/api.openai.com", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        orch_model_account account = {.base_url = (char *)cases[i].base_url};
        orch_model_http http = encode(&account, ORCH_STR("m"));

        assert_int_equal(strstr(http.body, "\"max_completion_tokens\":512") != NULL, cases[i].itself);
        assert_int_equal(strstr(http.body, "\"max_tokens\":512") != NULL, !cases[i].itself);
        orch_model_http_fini(&http);
    }
}

static void sends_temperature_to_models_that_take_it(void **state)
{
    orch_model_http http = encode(&itself, ORCH_STR("gpt-4.1"));

    (void)state;
    assert_non_null(strstr(http.body, ",\"temperature\":0.7}"));
    orch_model_http_fini(&http);
    http = encode(&itself, ORCH_STR("o4-mini"));
    assert_null(strstr(http.body, "temperature"));
    orch_model_http_fini(&http);
    http = encode(&local, ORCH_STR("meta/llama-4"));
    assert_non_null(strstr(http.body, ",\"temperature\":0.7}"));
    assert_int_equal(http.headers_count, 3); /* no key, no authorization */
    orch_model_http_fini(&http);
}

/* ---- answers ---- */

#define CHUNK(delta, finish)                                                                                 \
    "data: "                                                                                                 \
    "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{"       \
    "\"index\":0,"                                                                                           \
    "\"delta\":{" delta "},\"finish_reason\":" finish "}],\"usage\":null}\n\n"
#define TEXT(text)  CHUNK("\"content\":\"" text "\"", "null")
#define FINISH(why) CHUNK("", "\"" why "\"")
#define USAGE                                                                                                \
    "data: "                                                                                                 \
    "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"choices\":[],\"usage\":{\"prompt_tokens\":30,"    \
    "\"completion_tokens\":9,\"total_tokens\":39,\"prompt_tokens_details\":{\"cached_tokens\":20}}}\n\n"
#define DONE "data: [DONE]\n\n"

static const char ordinary[] =
    ": keep-alive\n\n" CHUNK("\"role\":\"assistant\",\"content\":\"\",\"refusal\":null", "null")
        TEXT("Na\xc3\xafve") TEXT(" \\ud83d\\ude80")
            CHUNK("\"reasoning_content\":\"no\"",
                  "null") "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"other "
                          "choice\"},\"finish_reason\":null}]}\n\n" TEXT(" end") FINISH("stop") USAGE DONE;

static reading ordinary_answer(void)
{
    reading answer = {
        .ends = 1,
        .stop = ORCH_STOP_END,
        .usage = {.input_tokens = 10, .output_tokens = 9, .cache_read_tokens = 20},
    };

    strcpy(answer.text, "Na\xc3\xafve \xf0\x9f\x9a\x80 end");
    return answer;
}

static void reads_an_ordinary_answer(void **state)
{
    reading got = read_whole("openai", 200, ordinary);
    reading expected = ordinary_answer();

    (void)state;
    assert_same_answer(&got, &expected);
    assert_int_equal(got.deltas, 3);
}

static void reads_it_cut_at_every_byte(void **state)
{
    static const char *const newlines[] = {"\n", "\r\n", "\r"};
    reading expected = ordinary_answer();

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char *bytes = with_newlines(ordinary, newlines[i]);

        check_every_split("openai", bytes, &expected);
        free(bytes);
    }
}

static void a_cut_answer_is_tried_again(void **state)
{
    reading expected = ordinary_answer();
    size_t finished = (size_t)(strstr(ordinary, USAGE) - ordinary);

    (void)state;
    /* After the finish_reason only the usage can be missing: with a clean end that is an answer. */
    check_every_truncation("openai", ordinary, finished, 0, &expected);
    check_every_truncation("openai", ordinary, strlen(ordinary), ORCH_E_CONNECTION, &expected);
}

static void bears_servers_without_usage_and_without_done(void **state)
{
    reading got = read_whole("openai", 200, TEXT("x") FINISH("stop"));

    (void)state;
    assert_false(got.failed);
    assert_string_equal(got.text, "x");
    assert_int_equal(got.usage.output_tokens, 0);
    got = read_whole("openai", 200, TEXT("x") DONE);
    assert_false(got.failed);
    assert_string_equal(got.text, "x");
    got = read_whole("openai", 200, DONE);
    assert_int_equal(got.error.code, ORCH_E_PROTOCOL);
    assert_int_equal(got.error.verdict, ORCH_VERDICT_RETRY);
}

static void knows_every_finish_reason(void **state)
{
    static const struct {
        const char *stream;
        orch_stop stop;
    } cases[] = {
        {TEXT("x") FINISH("stop") DONE, ORCH_STOP_END},
        {TEXT("x") FINISH("length") DONE, ORCH_STOP_LENGTH},
        {TEXT("x") FINISH("tool_calls") DONE, ORCH_STOP_TOOL},
        {TEXT("x") FINISH("function_call") DONE, ORCH_STOP_TOOL},
        {TEXT("x") FINISH("eos") DONE, ORCH_STOP_END},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        reading got = read_whole("openai", 200, cases[i].stream);

        assert_false(got.failed);
        assert_int_equal(got.stop, cases[i].stop);
        check_every_split("openai", cases[i].stream, &got);
    }
}

static void a_refusal_is_final(void **state)
{
    static const char refused[] = CHUNK("\"refusal\":\"I cannot\"", "null")
        CHUNK("\"refusal\":\" do that.\"", "null") FINISH("stop") DONE;
    reading got = read_whole("openai", 200, TEXT("x") FINISH("content_filter") DONE);

    (void)state;
    assert_int_equal(got.error.code, ORCH_E_REFUSED);
    assert_int_equal(got.error.verdict, ORCH_VERDICT_FINAL);
    got = read_whole("openai", 200, refused);
    assert_int_equal(got.error.code, ORCH_E_REFUSED);
    assert_string_equal(got.error.message, "the model refused to answer: I cannot do that.");
    check_every_split("openai", refused, &got);
}

static void an_error_in_the_middle_ends_the_answer(void **state)
{
    static const struct {
        const char *error;
        int code;
        orch_verdict verdict;
        const char *message;
    } cases[] = {
        {"data: {\"error\":{\"message\":\"Oh no\",\"type\":\"server_error\",\"code\":null}}\n\n",
         ORCH_E_MODEL, ORCH_VERDICT_RETRY, "the OpenAI-compatible API reported an error: Oh no"},
        {"data: {\"error\":\"model runner died\"}\n\n", ORCH_E_MODEL, ORCH_VERDICT_RETRY,
         "the OpenAI-compatible API reported an error: model runner died"},
        {"data: "
         "{\"error\":{\"message\":\"Quota\",\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\"}}"
         "\n\n",
         ORCH_E_RATE_LIMITED, ORCH_VERDICT_NEXT_MODEL, "the OpenAI-compatible API reported an error: Quota"},
        {"event: error\ndata: {\"message\":\"Slow down\",\"type\":\"rate_limit_exceeded\"}\n\n",
         ORCH_E_RATE_LIMITED, ORCH_VERDICT_RETRY, "the OpenAI-compatible API reported an error: Slow down"},
        {"data: {\"error\":{}}\n\n", ORCH_E_MODEL, ORCH_VERDICT_RETRY,
         "the OpenAI-compatible API reported an error"},
        {"data: {\"choices\":\n\n", ORCH_E_PROTOCOL, ORCH_VERDICT_RETRY,
         "the OpenAI-compatible API sent a chunk that is no JSON object"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char stream[4096];
        reading got;

        snprintf(stream, sizeof(stream), "%s%s%s", TEXT("Half"), cases[i].error,
                 TEXT(" no") FINISH("stop") DONE);
        got = read_whole("openai", 200, stream);
        assert_true(got.failed);
        assert_int_equal(got.error.code, cases[i].code);
        assert_int_equal(got.error.verdict, cases[i].verdict);
        assert_string_equal(got.error.message, cases[i].message);
        assert_string_equal(got.text, "Half");
        check_every_split("openai", stream, &got);
    }
}

static void reads_an_answer_that_is_not_streamed(void **state)
{
    static const char document[] =
        "{\"id\":\"c1\",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
        "\"assistant\","
        "\"content\":\"All of it\"},\"finish_reason\":\"length\"}],\"usage\":{\"prompt_tokens\":3,"
        "\"completion_tokens\":4}}\n";
    reading got = read_whole("openai", 200, document);

    (void)state;
    assert_false(got.failed);
    assert_string_equal(got.text, "All of it");
    assert_int_equal(got.stop, ORCH_STOP_LENGTH);
    assert_int_equal(got.usage.input_tokens, 3);
    check_every_split("openai", document, &got);
    got = read_whole("openai", 200, "{\"object\":\"error\",\"message\":\"no such model\",\"code\":404}");
    assert_true(got.failed);
    assert_string_equal(got.error.message, "the OpenAI-compatible API reported an error: no such model");
    got = read_whole("openai", 200, "[]");
    assert_int_equal(got.error.code, ORCH_E_PROTOCOL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_the_golden_request),
        cmocka_unit_test(words_the_limit_as_the_server_knows_it),
        cmocka_unit_test(sends_temperature_to_models_that_take_it),
        cmocka_unit_test(reads_an_ordinary_answer),
        cmocka_unit_test(reads_it_cut_at_every_byte),
        cmocka_unit_test(a_cut_answer_is_tried_again),
        cmocka_unit_test(bears_servers_without_usage_and_without_done),
        cmocka_unit_test(knows_every_finish_reason),
        cmocka_unit_test(a_refusal_is_final),
        cmocka_unit_test(an_error_in_the_middle_ends_the_answer),
        cmocka_unit_test(reads_an_answer_that_is_not_streamed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
