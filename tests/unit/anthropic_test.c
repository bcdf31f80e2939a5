#include "reading.h"

/* ---- requests ---- */

static const orch_model_account account = {
    .key = (char *)"sk-ant-0123456789abcdef",
    .base_url = (char *)"https://api.anthropic.com",
    .version = (char *)"2026-10-21",
};

static const orch_model_message conversation[] = {
    {ORCH_MODEL_USER, {"[Ann] Hello \xe2\x80\x94 \"you\"", 21}},
    {ORCH_MODEL_USER, {" \n", 2}},
    {ORCH_MODEL_USER, {"[Ben] And me", 12}},
    {ORCH_MODEL_ASSISTANT, {"Hello both.", 11}},
    {ORCH_MODEL_ASSISTANT, {"", 0}},
    {ORCH_MODEL_USER, {"[Ann] Ship it?", 14}},
};

static orch_model_request request_of(const orch_model_message *messages, size_t count)
{
    return (orch_model_request){
        .model = ORCH_STR("claude-sonnet-5-5"),
        .system = ORCH_STR("You are Ada."),
        .messages = messages,
        .messages_count = count,
        .tokens_max = 4096,
        .temperature = 0.7,
        .idempotency_key = ORCH_STR("turn-1"),
    };
}

static orch_model_http encode(const orch_model_account *with, const orch_model_request *request)
{
    orch_model_http http;

    assert_int_equal(orch_model_provider_find(ORCH_STR("anthropic"))->encode(with, request, &http), 0);
    return http;
}

static void encodes_the_golden_request(void **state)
{
    orch_model_request request = request_of(conversation, 6);
    orch_model_http http = encode(&account, &request);

    (void)state;
    assert_string_equal(http.url, "https://api.anthropic.com/v1/messages");
    assert_int_equal(http.headers_count, 5);
    assert_string_equal(http.headers[0], "content-type: application/json");
    assert_string_equal(http.headers[1], "accept: text/event-stream");
    assert_string_equal(http.headers[2], "anthropic-version: 2026-10-21");
    assert_string_equal(http.headers[3], "x-api-key: sk-ant-0123456789abcdef");
    assert_string_equal(http.headers[4], "authorization: Bearer sk-ant-0123456789abcdef");
    assert_string_equal(
        http.body,
        "{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":4096,\"stream\":true,"
        "\"system\":[{\"type\":\"text\",\"text\":\"You are "
        "Ada.\",\"cache_control\":{\"type\":\"ephemeral\"}}],"
        "\"messages\":["
        "{\"role\":\"user\",\"content\":\"[Ann] Hello \xe2\x80\x94 \\\"you\\\"\\n\\n[Ben] And me\"},"
        "{\"role\":\"assistant\",\"content\":\"Hello both.\"},"
        "{\"role\":\"user\",\"content\":\"[Ann] Ship it?\"}]}");
    assert_int_equal(http.body_len, strlen(http.body));
    assert_string_equal(http.place, "ANTHROPIC_BASE_URL");
    orch_model_http_fini(&http);
}

static void sends_temperature_to_older_versions_only(void **state)
{
    orch_model_request request = request_of(conversation, 6);
    orch_model_account older = account;
    orch_model_http http;

    (void)state;
    older.version = (char *)"2023-06-01";
    http = encode(&older, &request);
    assert_non_null(strstr(http.body, ",\"temperature\":0.7}"));
    assert_string_equal(http.headers[2], "anthropic-version: 2023-06-01");
    orch_model_http_fini(&http);
    request.temperature = 1.8; /* this API's scale ends at 1 */
    http = encode(&older, &request);
    assert_non_null(strstr(http.body, ",\"temperature\":1.0}"));
    orch_model_http_fini(&http);
    request.temperature = -1;
    http = encode(&older, &request);
    assert_null(strstr(http.body, "temperature"));
    orch_model_http_fini(&http);
}

static void lets_the_user_begin(void **state)
{
    orch_model_request request = request_of(conversation + 3, 3);
    orch_model_http http = encode(&account, &request);

    (void)state;
    assert_non_null(strstr(http.body,
                           "\"messages\":[{\"role\":\"user\",\"content\":\"[The conversation so far:]\"},"
                           "{\"role\":\"assistant\",\"content\":\"Hello both.\"},"));
    orch_model_http_fini(&http);
}

static void joins_across_an_empty_message_of_the_other_role(void **state)
{
    static const orch_model_message messages[] = {
        {ORCH_MODEL_USER, {"a", 1}}, {ORCH_MODEL_ASSISTANT, {" ", 1}}, {ORCH_MODEL_USER, {"b", 1}}};
    orch_model_request request = request_of(messages, 3);
    orch_model_http http = encode(&account, &request);

    (void)state;
    assert_non_null(strstr(http.body, "\"messages\":[{\"role\":\"user\",\"content\":\"a\\n\\nb\"}]}"));
    orch_model_http_fini(&http);
}

static void replaces_bytes_that_are_no_utf8(void **state)
{
    static const orch_model_message messages[] = {
        {ORCH_MODEL_USER, {"a\xff\xc3(\xed\xa0\x80\xe2\x82", 9}}}; /* stray, broken, a surrogate, cut off */
    orch_model_request request = request_of(messages, 1);
    orch_model_http http = encode(&account, &request);

    (void)state;
#define R "\xef\xbf\xbd"
    assert_non_null(strstr(http.body, "\"content\":\"a" R R "(" R R R R R "\""));
    orch_model_http_fini(&http);
}

static void refuses_what_the_api_would_refuse(void **state)
{
    const orch_model_provider *provider = orch_model_provider_find(ORCH_STR("anthropic"));
    orch_model_request request = request_of(conversation, 4); /* ends with the assistant */
    orch_model_account broken = account;
    orch_model_http http;
    char *huge = malloc(ORCH_MODEL_BODY_MAX);

    (void)state;
    assert_int_equal(provider->encode(&account, &request, &http), ORCH_E_INVALID);
    request = request_of(NULL, 0);
    assert_int_equal(provider->encode(&account, &request, &http), ORCH_E_INVALID);
    broken.key = (char *)"key\r\nx-evil: 1";
    request = request_of(conversation, 6);
    assert_int_equal(provider->encode(&broken, &request, &http), ORCH_E_INVALID);
    memset(huge, 'x', ORCH_MODEL_BODY_MAX);
    request.system = (orch_str){huge, ORCH_MODEL_BODY_MAX};
    assert_int_equal(provider->encode(&account, &request, &http), ORCH_E_TOO_LARGE);
    free(huge);
}

static void sends_no_key_where_there_is_none(void **state)
{
    orch_model_request request = request_of(conversation, 6);
    orch_model_account local = account;
    orch_model_http http;

    (void)state;
    local.key = NULL;
    local.base_url = (char *)"http://127.0.0.1:8080/anthropic";
    http = encode(&local, &request);
    assert_int_equal(http.headers_count, 3);
    assert_string_equal(http.url, "http://127.0.0.1:8080/anthropic/v1/messages");
    orch_model_http_fini(&http);
}

/* ---- answers ---- */

#define START                                                                                                \
    "event: message_start\n"                                                                                 \
    "data: "                                                                                                 \
    "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\"," \
    "\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":25,\"cache_creation_input_tokens\":"    \
    "100,"                                                                                                   \
    "\"cache_read_input_tokens\":7,\"output_tokens\":1}}}\n\n"
#define TEXT(text)                                                                                           \
    "event: content_block_delta\n"                                                                           \
    "data: "                                                                                                 \
    "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"" text      \
    "\"}}\n\n"
#define DELTA(reason)                                                                                        \
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"" reason           \
    "\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":15}}\n\n"
#define STOP "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"

static const char ordinary[] =
    ": welcome\n\n" START "event: ping\ndata: {\"type\": \"ping\"}\n\n"
    "event: content_block_start\n"
    "data: "
    "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}"
    "\n\n" TEXT("Gr\xc3\xbc\xc3\x9f") "event: content_block_delta\n"
                                      "data: {\"type\":\"content_block_delta\",\"index\":0,\ndata: "
                                      "\"delta\":{\"type\":\"text_delta\",\"text\":\" "
                                      "\\ud83d\\ude80 dich\"}}\n\n"
                                      "event: content_block_delta\n"
                                      "data: "
                                      "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":"
                                      "\"thinking_delta\",\"thinking\":\"no\"}}\n\n"
                                      "event: content_block_delta\n"
                                      "data: "
                                      "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":"
                                      "\"brand_new_delta\",\"text\":\"no\"}}\n\n"
                                      "event: brand_new_event\ndata: "
                                      "{\"type\":\"brand_new_event\",\"text\":\"no\"}\n\n"
                                      "event: content_block_stop\ndata: "
                                      "{\"type\":\"content_block_stop\",\"index\":0}\n\n" TEXT("!")
                                          DELTA("end_turn") STOP;

static reading ordinary_answer(void)
{
    reading answer = {
        .ends = 1,
        .stop = ORCH_STOP_END,
        .usage = {.input_tokens = 25, .output_tokens = 15, .cache_read_tokens = 7, .cache_write_tokens = 100},
    };

    strcpy(answer.text, "Gr\xc3\xbc\xc3\x9f \xf0\x9f\x9a\x80 dich!");
    return answer;
}

static void reads_an_ordinary_answer(void **state)
{
    reading got = read_whole("anthropic", 200, ordinary);
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

        check_every_split("anthropic", bytes, &expected);
        free(bytes);
    }
}

static void a_cut_answer_is_tried_again(void **state)
{
    reading expected = ordinary_answer();
    char *crlf = with_newlines(ordinary, "\r\n");

    (void)state;
    check_every_truncation("anthropic", ordinary, strlen(ordinary), 0, &expected);
    check_every_truncation("anthropic", ordinary, strlen(ordinary), ORCH_E_CONNECTION, &expected);
    check_every_truncation("anthropic", crlf, strlen(crlf) - 1, 0,
                           &expected); /* the last LF says nothing more */
    free(crlf);
}

static void knows_every_stop_reason(void **state)
{
    static const struct {
        const char *stream;
        orch_stop stop;
    } cases[] = {
        {START TEXT("x") DELTA("end_turn") STOP, ORCH_STOP_END},
        {START TEXT("x") DELTA("stop_sequence") STOP, ORCH_STOP_END},
        {START TEXT("x") DELTA("max_tokens") STOP, ORCH_STOP_LENGTH},
        {START TEXT("x") DELTA("model_context_window_exceeded") STOP, ORCH_STOP_LENGTH},
        {START TEXT("x") DELTA("tool_use") STOP, ORCH_STOP_TOOL},
        {START TEXT("x") DELTA("pause_turn") STOP, ORCH_STOP_PAUSE},
        {START TEXT("x") DELTA("something_of_next_year") STOP, ORCH_STOP_END},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        reading got = read_whole("anthropic", 200, cases[i].stream);

        assert_false(got.failed);
        assert_int_equal(got.stop, cases[i].stop);
        assert_string_equal(got.text, "x");
        check_every_split("anthropic", cases[i].stream, &got);
    }
}

static void a_refusal_is_final(void **state)
{
    static const char explained[] = START
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"refusal\","
        "\"stop_details\":{\"type\":\"refusal\",\"category\":\"bio\",\"explanation\":\"It is dangerous.\"}},"
        "\"usage\":{\"output_tokens\":1}}\n\n" STOP;
    reading got = read_whole("anthropic", 200, START TEXT("I ca") DELTA("refusal") STOP);

    (void)state;
    assert_true(got.failed);
    assert_int_equal(got.error.code, ORCH_E_REFUSED);
    assert_int_equal(got.error.verdict, ORCH_VERDICT_FINAL);
    assert_string_equal(got.error.message, "the model refused to answer");
    got = read_whole("anthropic", 200, explained);
    assert_string_equal(got.error.message, "the model refused to answer: It is dangerous.");
    check_every_split("anthropic", explained, &got);
}

#define ERROR(type, extra)                                                                                   \
    "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"" type "\",\"message\":\"Oh no\"" extra   \
    "},\"request_id\":\"req_1\"}\n\n"

static void an_error_in_the_middle_ends_the_answer(void **state)
{
    static const struct {
        const char *error;
        int code;
        orch_verdict verdict;
    } cases[] = {
        {ERROR("overloaded_error", ""), ORCH_E_OVERLOADED, ORCH_VERDICT_RETRY},
        {ERROR("rate_limit_error", ""), ORCH_E_RATE_LIMITED, ORCH_VERDICT_RETRY},
        {ERROR("rate_limit_error", ",\"details\":{\"error_code\":\"enforced_spend_limit_reached\"}"),
         ORCH_E_RATE_LIMITED, ORCH_VERDICT_NEXT_MODEL},
        {ERROR("api_error", ""), ORCH_E_MODEL, ORCH_VERDICT_RETRY},
        {ERROR("timeout_error", ""), ORCH_E_TIMEOUT, ORCH_VERDICT_RETRY},
        {ERROR("invalid_request_error", ""), ORCH_E_MODEL, ORCH_VERDICT_NEXT_MODEL},
        {ERROR("authentication_error", ""), ORCH_E_MODEL, ORCH_VERDICT_NEXT_MODEL},
        {ERROR("error_of_next_year", ""), ORCH_E_MODEL, ORCH_VERDICT_RETRY},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char stream[4096];
        reading got;

        snprintf(stream, sizeof(stream), "%s%s%s%s", START TEXT("Half"), cases[i].error, TEXT(" no"), STOP);
        got = read_whole("anthropic", 200, stream);
        assert_true(got.failed);
        assert_int_equal(got.error.code, cases[i].code);
        assert_int_equal(got.error.verdict, cases[i].verdict);
        assert_string_equal(got.error.message, "the Anthropic API reported an error: Oh no");
        assert_string_equal(got.text, "Half");
        check_every_split("anthropic", stream, &got);
    }
}

static void a_broken_stream_is_a_protocol_error(void **state)
{
    static const char *const streams[] = {
        START "event: content_block_delta\ndata: {\"type\":\n\n" STOP,
        START "event: content_block_delta\ndata: [1]\n\n" STOP,
        START "event: content_block_delta\ndata: {\"type\":\"ping\",\"type\":\"message_stop\"}\n\n" STOP,
        START "event: content_block_delta\ndata: {\"type\":\"ping\"} trailing\n\n" STOP,
        START START,
        STOP,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
        reading got = read_whole("anthropic", 200, streams[i]);

        assert_true(got.failed);
        assert_int_equal(got.error.code, ORCH_E_PROTOCOL);
        assert_int_equal(got.error.verdict, ORCH_VERDICT_RETRY);
        check_every_split("anthropic", streams[i], &got);
    }
}

static void drops_nul_characters(void **state)
{
    reading got = read_whole("anthropic", 200, START TEXT("a\\u0000b\\u0000") DELTA("end_turn") STOP);

    (void)state;
    assert_false(got.failed);
    assert_string_equal(got.text, "ab");
}

static void reads_an_answer_that_is_not_streamed(void **state)
{
    static const char document[] =
        "\n "
        "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\","
        "\"thinking\":\"no\"},{\"type\":\"text\",\"text\":\"One \"},{\"type\":\"text\",\"text\":\"two\"}],"
        "\"stop_reason\":\"max_tokens\",\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}";
    reading got = read_whole("anthropic", 200, document);

    (void)state;
    assert_false(got.failed);
    assert_string_equal(got.text, "One two");
    assert_int_equal(got.stop, ORCH_STOP_LENGTH);
    assert_int_equal(got.usage.input_tokens, 3);
    assert_int_equal(got.usage.output_tokens, 4);
    check_every_split("anthropic", document, &got);
    got = read_whole("anthropic", 200, "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}");
    assert_int_equal(got.error.code, ORCH_E_OVERLOADED);
    got = read_whole("anthropic", 200, "<html><title>Log in</title></html>");
    assert_int_equal(got.error.code, ORCH_E_PROTOCOL);
    assert_int_equal(got.error.verdict, ORCH_VERDICT_NEXT_MODEL);
    assert_non_null(strstr(got.error.message, "ANTHROPIC_BASE_URL"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_the_golden_request),
        cmocka_unit_test(sends_temperature_to_older_versions_only),
        cmocka_unit_test(lets_the_user_begin),
        cmocka_unit_test(joins_across_an_empty_message_of_the_other_role),
        cmocka_unit_test(replaces_bytes_that_are_no_utf8),
        cmocka_unit_test(refuses_what_the_api_would_refuse),
        cmocka_unit_test(sends_no_key_where_there_is_none),
        cmocka_unit_test(reads_an_ordinary_answer),
        cmocka_unit_test(reads_it_cut_at_every_byte),
        cmocka_unit_test(a_cut_answer_is_tried_again),
        cmocka_unit_test(knows_every_stop_reason),
        cmocka_unit_test(a_refusal_is_final),
        cmocka_unit_test(an_error_in_the_middle_ends_the_answer),
        cmocka_unit_test(a_broken_stream_is_a_protocol_error),
        cmocka_unit_test(drops_nul_characters),
        cmocka_unit_test(reads_an_answer_that_is_not_streamed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
