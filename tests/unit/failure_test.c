#include "reading.h"

#define KEY "AK/0123456789+abcdef=="

typedef struct answer {
    const char *provider;
    int status;
    const char *headers[3]; /* "name: value" */
    const char *body;
} answer;

static reading read_answer(const answer *given)
{
    reading got;
    orch_model_stream *stream = reading_new(given->provider, &got);

    orch_model_stream_secret(stream, ORCH_STR(KEY));
    orch_model_stream_status(stream, given->status);
    for (size_t i = 0; i < 3 && given->headers[i]; i++) {
        const char *colon = strchr(given->headers[i], ':');

        orch_model_stream_header(stream, (orch_str){given->headers[i], (size_t)(colon - given->headers[i])},
                                 (orch_str){colon + 2, strlen(colon + 2)});
    }
    orch_model_stream_feed(stream, given->body, strlen(given->body));
    orch_model_stream_finish(stream, 0, NULL);
    assert_int_equal(got.ends, 1);
    assert_true(got.failed);
    assert_int_equal(got.error.http_status, given->status);
    assert_null(strstr(got.error.message, KEY));
    orch_model_stream_free(stream);
    return got;
}

#define BODY(type)                                                                                           \
    "{\"type\":\"error\",\"error\":{\"type\":\"" type "\",\"message\":\"Words\"},\"request_id\":\"r\"}"

static void sorts_every_status(void **state)
{
    static const struct {
        int status;
        int code;
        orch_verdict verdict;
        const char *message;
    } cases[] = {
        {400, ORCH_E_MODEL, ORCH_VERDICT_NEXT_MODEL,
         "the Anthropic API refused the request (HTTP 400): Words"},
        {401, ORCH_E_MODEL, ORCH_VERDICT_NEXT_MODEL,
         "the Anthropic API refused the API key (HTTP 401) (check ANTHROPIC_API_KEY): Words"},
        {402, ORCH_E_MODEL, ORCH_VERDICT_NEXT_MODEL,
         "the Anthropic API asks for a payment (HTTP 402): Words"},
        {403, ORCH_E_MODEL, ORCH_VERDICT_NEXT_MODEL,
         "the Anthropic API does not allow this key to do that (HTTP 403): Words"},
        {404, ORCH_E_MODEL, ORCH_VERDICT_NEXT_MODEL,
         "the Anthropic API does not know this model or address (HTTP 404) (check ANTHROPIC_BASE_URL): "
         "Words"},
        {408, ORCH_E_TIMEOUT, ORCH_VERDICT_RETRY, "the Anthropic API waited too long (HTTP 408): Words"},
        {409, ORCH_E_MODEL, ORCH_VERDICT_RETRY, "the Anthropic API has a conflict (HTTP 409): Words"},
        {413, ORCH_E_TOO_LARGE, ORCH_VERDICT_NEXT_MODEL,
         "the Anthropic API finds the request too large (HTTP 413): Words"},
        {422, ORCH_E_MODEL, ORCH_VERDICT_NEXT_MODEL,
         "the Anthropic API refused the request (HTTP 422): Words"},
        {429, ORCH_E_RATE_LIMITED, ORCH_VERDICT_RETRY,
         "the Anthropic API limits the rate of requests (HTTP 429): Words"},
        {500, ORCH_E_MODEL, ORCH_VERDICT_RETRY, "the Anthropic API has an internal error (HTTP 500): Words"},
        {503, ORCH_E_OVERLOADED, ORCH_VERDICT_RETRY, "the Anthropic API is overloaded (HTTP 503): Words"},
        {504, ORCH_E_TIMEOUT, ORCH_VERDICT_RETRY,
         "the Anthropic API did not answer in time (HTTP 504): Words"},
        {529, ORCH_E_OVERLOADED, ORCH_VERDICT_RETRY, "the Anthropic API is overloaded (HTTP 529): Words"},
        {302, ORCH_E_PROTOCOL, ORCH_VERDICT_NEXT_MODEL,
         "the Anthropic API sent a redirection, which is not followed (HTTP 302) (check ANTHROPIC_BASE_URL): "
         "Words"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        reading got = read_answer(&(answer){"anthropic", cases[i].status, {NULL}, BODY("any")});

        assert_int_equal(got.error.code, cases[i].code);
        assert_int_equal(got.error.verdict, cases[i].verdict);
        assert_string_equal(got.error.message, cases[i].message);
        assert_int_equal(got.error.retry_after_ms, 0);
    }
}

static void obeys_the_hints(void **state)
{
    static const struct {
        answer given;
        orch_verdict verdict;
        uint32_t wait_ms;
    } cases[] = {
        {{"anthropic", 429, {"Retry-After: 7"}, BODY("rate_limit_error")}, ORCH_VERDICT_RETRY, 7000},
        {{"anthropic", 529, {"retry-after: 7", "retry-after-ms: 250"}, BODY("overloaded_error")},
         ORCH_VERDICT_RETRY,
         250},
        {{"openai",
          429,
          {"Date: Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After: Sun, 06 Nov 1994 08:49:40 GMT"},
          "{}"},
         ORCH_VERDICT_RETRY,
         3000},
        {{"anthropic", 529, {"retry-after: 86400"}, ""}, ORCH_VERDICT_RETRY, 120000},
        {{"anthropic", 429, {"x-should-retry: false", "retry-after: 7"}, BODY("rate_limit_error")},
         ORCH_VERDICT_NEXT_MODEL,
         0},
        {{"openai", 400, {"X-Should-Retry: true", "retry-after-ms: 90"}, "{}"}, ORCH_VERDICT_RETRY, 90},
        {{"anthropic", 503, {"x-should-retry: true"}, ""}, ORCH_VERDICT_RETRY, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        reading got = read_answer(&cases[i].given);

        assert_int_equal(got.error.verdict, cases[i].verdict);
        assert_int_equal(got.error.retry_after_ms, cases[i].wait_ms);
    }
}

static void does_not_knock_at_a_door_that_money_closed(void **state)
{
    static const answer cases[] = {
        {"anthropic",
         429,
         {"x-should-retry: true", "retry-after: 1"},
         "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"Limit\","
         "\"details\":{\"error_code\":\"enforced_spend_limit_reached\"}}}"},
        {"anthropic",
         429,
         {NULL},
         "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"Limit\","
         "\"details\":{\"error_code\":\"contract_spend_limit_reached\"}}}"},
        {"openai",
         429,
         {NULL},
         "{\"error\":{\"message\":\"Quota\",\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\"}"
         "}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        reading got = read_answer(&cases[i]);

        assert_int_equal(got.error.code, ORCH_E_RATE_LIMITED);
        assert_int_equal(got.error.verdict, ORCH_VERDICT_NEXT_MODEL);
        assert_int_equal(got.error.retry_after_ms, 0);
    }
}

static void a_filtered_prompt_is_a_refusal(void **state)
{
    reading got = read_answer(&(answer){
        "openai", 400, {NULL}, "{\"error\":{\"message\":\"Filtered\",\"code\":\"content_filter\"}}"});

    (void)state;
    assert_int_equal(got.error.code, ORCH_E_REFUSED);
    assert_int_equal(got.error.verdict, ORCH_VERDICT_FINAL);
}

static void never_repeats_a_key(void **state)
{
    reading got = read_answer(&(answer){"openai",
                                        401,
                                        {NULL},
                                        "{\"error\":{\"message\":\"Incorrect key: " KEY
                                        ", or sk-proj-ab**yz. task-force\"}}"});

    (void)state;
    assert_string_equal(got.error.message, "the OpenAI-compatible API refused the API key (HTTP 401) (check "
                                           "OPENAI_API_KEY): Incorrect key: [key], or [key] task-force");
    got = read_answer(&(answer){"anthropic",
                                200,
                                {NULL},
                                "event: error\ndata: {\"type\":\"error\",\"error\":{\"message\":\"Bearer " KEY
                                "\"}}\n\n"});
    assert_string_equal(got.error.message, "the Anthropic API reported an error: Bearer [key]");
}

static void words_are_short_clean_and_whole(void **state)
{
    char body[4096] = "{\"error\":{\"message\":\"line\\nbreak \\u0007";
    reading got;

    (void)state;
    for (int i = 0; i < 300; i++)
        strcat(body, "\xe2\x82\xac");
    strcat(body, "\"}}");
    got = read_answer(&(answer){"openai", 500, {NULL}, body});
    assert_non_null(strstr(got.error.message, ": line break  \xe2\x82\xac\xe2\x82\xac"));
    assert_true(strlen(got.error.message) < 400);
    /* The cut is between two characters. */
    assert_string_equal(got.error.message + strlen(got.error.message) - 3, "\xe2\x82\xac");
}

static void an_error_page_is_told_by_its_status(void **state)
{
    reading got =
        read_answer(&(answer){"anthropic", 502, {NULL}, "<html><h1>502 Bad Gateway</h1>" KEY "</html>"});

    (void)state;
    assert_string_equal(got.error.message, "the Anthropic API has an internal error (HTTP 502)");
    assert_int_equal(got.error.verdict, ORCH_VERDICT_RETRY);
}

static void the_status_counts_when_the_error_was_cut(void **state)
{
    reading got;
    orch_model_stream *stream = reading_new("anthropic", &got);

    (void)state;
    orch_model_stream_status(stream, 401);
    orch_model_stream_feed(stream, "{\"type\":\"err", 12);
    orch_model_stream_finish(stream, ORCH_E_CONNECTION, "cut");
    assert_int_equal(got.ends, 1);
    assert_int_equal(got.error.verdict, ORCH_VERDICT_NEXT_MODEL);
    orch_model_stream_free(stream);
}

static void a_failed_transport_is_told_in_its_words(void **state)
{
    static const struct {
        int transport;
        orch_verdict verdict;
    } cases[] = {
        {ORCH_E_CONNECTION, ORCH_VERDICT_RETRY},     {ORCH_E_TIMEOUT, ORCH_VERDICT_RETRY},
        {ORCH_E_NO_MEMORY, ORCH_VERDICT_RETRY},      {ORCH_E_PROTOCOL, ORCH_VERDICT_NEXT_MODEL},
        {ORCH_E_TOO_LARGE, ORCH_VERDICT_NEXT_MODEL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        reading got;
        orch_model_stream *stream = reading_new("openai", &got);

        orch_model_stream_finish(stream, cases[i].transport, "cannot connect to x");
        assert_int_equal(got.error.code, cases[i].transport);
        assert_int_equal(got.error.verdict, cases[i].verdict);
        assert_string_equal(got.error.message, "cannot connect to x");
        orch_model_stream_free(stream);
    }
}

static void a_huge_error_is_read_in_part(void **state)
{
    reading got;
    orch_model_stream *stream = reading_new("openai", &got);
    char piece[1000];

    (void)state;
    memset(piece, ' ', sizeof(piece));
    orch_model_stream_status(stream, 500);
    for (int i = 0; i < 1000; i++)
        orch_model_stream_feed(stream, piece, sizeof(piece));
    orch_model_stream_finish(stream, 0, NULL);
    assert_int_equal(got.error.code, ORCH_E_MODEL);
    assert_int_equal(got.error.verdict, ORCH_VERDICT_RETRY);
    orch_model_stream_free(stream);
}

static void a_huge_answer_is_refused(void **state)
{
    reading got;
    orch_model_stream *stream = reading_new("openai", &got);
    char piece[1000];

    (void)state;
    memset(piece, '{', sizeof(piece));
    for (int i = 0; i < 9000 && got.ends == 0; i++)
        orch_model_stream_feed(stream, piece, sizeof(piece));
    assert_int_equal(got.ends, 1);
    assert_int_equal(got.error.code, ORCH_E_TOO_LARGE);
    assert_int_equal(got.error.verdict, ORCH_VERDICT_NEXT_MODEL);
    orch_model_stream_finish(stream, 0, NULL);
    assert_int_equal(got.ends, 1);
    orch_model_stream_free(stream);
}

/* ---- stopping from inside ---- */

typedef struct stopper {
    orch_model_stream *stream;
    unsigned calls;
} stopper;

static void stop_at_delta(void *user, orch_str text)
{
    stopper *who = user;

    (void)text;
    who->calls++;
    orch_model_stream_stop(who->stream);
}

static void count_end(void *user, orch_stop stop, const orch_usage *usage)
{
    (void)stop;
    (void)usage;
    ((stopper *)user)->calls++;
}

static void count_error(void *user, const orch_model_error *error)
{
    (void)error;
    ((stopper *)user)->calls++;
}

static void a_stopped_stream_is_silent(void **state)
{
    static const char two[] =
        "data: {\"choices\":[{\"delta\":{\"content\":\"a\\u0000b\"}}]}\n\n"
        "data: {\"choices\":[{\"delta\":{\"content\":\"c\"},\"finish_reason\":\"stop\"}]}\n\n"
        "data: [DONE]\n\n";
    stopper who = {0};
    orch_model_sink sink = {stop_at_delta, count_end, count_error, &who};

    (void)state;
    who.stream = orch_model_provider_find(ORCH_STR("openai"))->stream_new(&sink);
    orch_model_stream_feed(who.stream, two, strlen(two));
    orch_model_stream_feed(who.stream, two, strlen(two));
    orch_model_stream_finish(who.stream, ORCH_E_CONNECTION, "cut");
    assert_int_equal(who.calls, 1);
    assert_true(orch_model_stream_over(who.stream));
    orch_model_stream_free(who.stream);
    orch_model_stream_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_every_status),
        cmocka_unit_test(obeys_the_hints),
        cmocka_unit_test(does_not_knock_at_a_door_that_money_closed),
        cmocka_unit_test(a_filtered_prompt_is_a_refusal),
        cmocka_unit_test(never_repeats_a_key),
        cmocka_unit_test(words_are_short_clean_and_whole),
        cmocka_unit_test(an_error_page_is_told_by_its_status),
        cmocka_unit_test(the_status_counts_when_the_error_was_cut),
        cmocka_unit_test(a_failed_transport_is_told_in_its_words),
        cmocka_unit_test(a_huge_error_is_read_in_part),
        cmocka_unit_test(a_huge_answer_is_refused),
        cmocka_unit_test(a_stopped_stream_is_silent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
