#include "tiny_server.h"
#include "transfer.h"

/* ---- what a test works with ---- */

typedef struct bench {
    uv_loop_t loop;
    uv_timer_t guard;
    tiny_server server;
    orch_transfers *transfers;
    bool closed;
} bench;

/* What the sink of one transfer was told, and what it does about it. */
typedef struct call {
    bench *bench;
    orch_transfer *transfer;
    char text[256];
    size_t len;
    unsigned ends;
    unsigned sum; /* calls of any kind */
    bool failed;
    orch_model_error error;
    orch_transfer *cancels; /* at its first delta */
    struct call *starts;    /* at its end */
    bool closes;            /* at its first delta */
} call;

static void on_closed(void *user)
{
    bench *table = user;

    table->closed = true;
}

static void start(call *who);

static void on_delta(void *user, orch_str text)
{
    call *who = user;

    who->sum++;
    if (text.len < sizeof(who->text) - who->len) {
        memcpy(who->text + who->len, text.ptr, text.len);
        who->len += text.len;
    }
    if (who->cancels)
        orch_transfer_cancel(who->cancels);
    if (who->closes)
        orch_transfers_close(who->bench->transfers, on_closed, who->bench);
}

static void on_end(void *user, orch_stop stop, const orch_usage *usage)
{
    call *who = user;

    (void)stop;
    (void)usage;
    who->sum++;
    who->ends++;
    if (who->starts)
        start(who->starts);
}

static void on_error(void *user, const orch_model_error *error)
{
    call *who = user;

    who->sum++;
    who->ends++;
    who->failed = true;
    who->error = *error;
}

static uint64_t limit_ns;

/* Lets the loop come round, too: what a timer made true at the begin of a round would else be seen after the next event. */
static void look_at_time(uv_timer_t *timer)
{
    (void)timer;
    if (uv_hrtime() > limit_ns)
        fail_msg("%s", "a condition did not come true within 20 s");
}

/* Runs the loop while `condition` is false. */
#define RUN_UNTIL(table, condition)                                                                          \
    while (!(condition))                                                                                     \
    uv_run(&(table)->loop, UV_RUN_ONCE)

static orch_transfers_config patient(void)
{
    orch_transfers_config config;

    orch_transfers_config_init(&config);
    return config;
}

static void open_bench(bench *table, orch_transfers_config config)
{
    *table = (bench){0};
    assert_int_equal(uv_loop_init(&table->loop), 0);
    uv_timer_init(&table->loop, &table->guard);
    limit_ns = uv_hrtime() + UINT64_C(20000000000);
    uv_timer_start(&table->guard, look_at_time, 10, 10);
    tiny_server_start(&table->server, &table->loop);
    config.loop = &table->loop;
    assert_int_equal(orch_transfers_new(&config, &table->transfers), 0);
}

static void close_bench(bench *table, bool close_transfers)
{
    if (close_transfers)
        orch_transfers_close(table->transfers, on_closed, table);
    RUN_UNTIL(table, table->closed);
    tiny_server_stop(&table->server);
    uv_close((uv_handle_t *)&table->guard, NULL);
    assert_int_equal(uv_run(&table->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&table->loop), 0);
}

static void start_at(call *who, int port, uint32_t timeout_ms)
{
    static const orch_model_message hello = {ORCH_MODEL_USER, {"Hello", 5}};
    const orch_model_provider *provider = orch_model_provider_find(ORCH_STR("openai"));
    char base_url[64];
    orch_model_account account = {.key = (char *)"sk-0123456789", .base_url = base_url};
    orch_model_request request = {
        .model = ORCH_STR("m"), .messages = &hello, .messages_count = 1, .tokens_max = 10, .temperature = -1};
    orch_model_sink sink = {on_delta, on_end, on_error, who};
    orch_model_http http;

    snprintf(base_url, sizeof(base_url), "http://127.0.0.1:%d/v1", port);
    assert_int_equal(provider->encode(&account, &request, &http), 0);
    assert_int_equal(orch_transfer_start(who->bench->transfers, &http, provider->stream_new(&sink),
                                         timeout_ms, &who->transfer),
                     0);
    assert_int_equal(who->sum, 0);
}

static void start(call *who)
{
    start_at(who, who->bench->server.port, 15000);
}

#define CHUNK(text) "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" text "\"}}]}\n\n"
#define STOP        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
#define STREAM      "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"

static const char whole[] = STREAM "content-length: 142\r\n\r\n" CHUNK("Hello") STOP;

/* ---- tests ---- */

static void an_answer_is_delivered_and_its_connection_kept(void **state)
{
    bench table;
    call first = {.bench = &table};
    call second = {.bench = &table};

    (void)state;
    assert_int_equal(strlen(CHUNK("Hello") STOP), 142);
    open_bench(&table, patient());
    tiny_server_reply(&table.server, whole, TINY_KEEP);
    start(&first);
    RUN_UNTIL(&table, first.ends);
    assert_false(first.failed);
    assert_string_equal(first.text, "Hello");
    start(&second);
    RUN_UNTIL(&table, second.ends);
    assert_string_equal(second.text, "Hello");
    assert_int_equal(table.server.requests, 2);
    assert_int_equal(table.server.connections, 1);
    assert_non_null(strstr(table.server.last, "POST /v1/chat/completions HTTP/1.1\r\n"));
    assert_non_null(strstr(table.server.last, "\r\ncontent-type: application/json\r\n"));
    assert_non_null(strstr(table.server.last, "\r\nauthorization: Bearer sk-0123456789\r\n"));
    assert_non_null(strstr(table.server.last, "\r\nUser-Agent: orchd\r\n"));
    assert_null(strcasestr(table.server.last, "Expect:"));
    assert_non_null(strstr(table.server.last, "\r\n\r\n{\"model\":\"m\","));
    close_bench(&table, true);
}

static void a_sink_may_start_the_next_call(void **state)
{
    bench table;
    call second = {.bench = &table};
    call first = {.bench = &table, .starts = &second};

    (void)state;
    open_bench(&table, patient());
    tiny_server_reply(&table.server, whole, TINY_KEEP);
    start(&first);
    RUN_UNTIL(&table, second.ends);
    assert_int_equal(first.ends, 1);
    assert_string_equal(second.text, "Hello");
    close_bench(&table, true);
}

static void check_failure(const char *reply, tiny_after after, int code, orch_verdict verdict,
                          const char *words)
{
    bench table;
    call who = {.bench = &table};

    open_bench(&table, patient());
    tiny_server_reply(&table.server, reply, after);
    start(&who);
    RUN_UNTIL(&table, who.ends);
    assert_true(who.failed);
    assert_int_equal(who.error.code, code);
    assert_int_equal(who.error.verdict, verdict);
    if (!strstr(who.error.message, words))
        fail_msg("%s\n   does not say\n%s", who.error.message, words);
    close_bench(&table, true);
}

static void a_broken_connection_is_tried_again(void **state)
{
    (void)state;
    check_failure(STREAM "content-length: 500\r\n\r\n" CHUNK("Hel"), TINY_CLOSE, ORCH_E_CONNECTION,
                  ORCH_VERDICT_RETRY, "(OPENAI_BASE_URL) was cut");
    check_failure(STREAM "content-length: 500\r\n\r\n" CHUNK("Hel"), TINY_RESET, ORCH_E_CONNECTION,
                  ORCH_VERDICT_RETRY, "(OPENAI_BASE_URL) was cut");
    check_failure(STREAM "transfer-encoding: chunked\r\n\r\n5\r\ndata:\r\n", TINY_CLOSE, ORCH_E_CONNECTION,
                  ORCH_VERDICT_RETRY, "was cut");
    check_failure(STREAM, TINY_CLOSE, ORCH_E_CONNECTION, ORCH_VERDICT_RETRY, "");
    check_failure("", TINY_CLOSE, ORCH_E_CONNECTION, ORCH_VERDICT_RETRY, "was cut");
    check_failure(STREAM "connection: close\r\n\r\n" CHUNK("Hel"), TINY_CLOSE, ORCH_E_CONNECTION,
                  ORCH_VERDICT_RETRY, "ended its answer in the middle");
}

static void statuses_and_their_hints_arrive(void **state)
{
    bench table;
    call who = {.bench = &table};

    (void)state;
    open_bench(&table, patient());
    tiny_server_reply(&table.server,
                      "HTTP/1.1 100 Continue\r\nx-should-retry: false\r\n\r\n"
                      "HTTP/1.1 429 Too Many Requests\r\nRetry-After-Ms: 1234\r\ncontent-length: 2\r\n\r\n{}",
                      TINY_KEEP);
    start(&who);
    RUN_UNTIL(&table, who.ends);
    assert_int_equal(who.error.code, ORCH_E_RATE_LIMITED);
    assert_int_equal(who.error.http_status, 429);
    assert_int_equal(who.error.verdict, ORCH_VERDICT_RETRY);
    assert_int_equal(who.error.retry_after_ms, 1234);
    close_bench(&table, true);
}

static void redirections_and_strangers_are_refused(void **state)
{
    (void)state;
    check_failure("HTTP/1.1 307 Temporary Redirect\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n",
                  TINY_KEEP, ORCH_E_PROTOCOL, ORCH_VERDICT_NEXT_MODEL, "redirection");
    check_failure("220 smtp.example.org ESMTP\r\n", TINY_CLOSE, ORCH_E_PROTOCOL, ORCH_VERDICT_NEXT_MODEL,
                  "does not speak HTTP");
}

static void nobody_at_home(void **state)
{
    bench table;
    call who = {.bench = &table};
    tiny_server gone;
    char words[128];

    (void)state;
    open_bench(&table, patient());
    tiny_server_start(&gone, &table.loop);
    tiny_server_stop(&gone);
    uv_run(&table.loop, UV_RUN_NOWAIT);
    start_at(&who, gone.port, 15000);
    RUN_UNTIL(&table, who.ends);
    snprintf(words, sizeof(words), "cannot connect to 127.0.0.1:%d (OPENAI_BASE_URL): connection refused",
             gone.port);
    assert_string_equal(who.error.message, words);
    assert_int_equal(who.error.code, ORCH_E_CONNECTION);
    assert_int_equal(who.error.verdict, ORCH_VERDICT_RETRY);
    close_bench(&table, true);
}

static void check_silence(uint32_t idle_timeout_ms, uint32_t timeout_ms, const char *words)
{
    orch_transfers_config config = patient();
    bench table;
    call who = {.bench = &table};

    config.idle_timeout_ms = idle_timeout_ms;
    open_bench(&table, config);
    start_at(&who, table.server.port, timeout_ms); /* the server has no reply */
    RUN_UNTIL(&table, who.ends);
    assert_int_equal(who.error.code, ORCH_E_TIMEOUT);
    assert_int_equal(who.error.verdict, ORCH_VERDICT_RETRY);
    if (!strstr(who.error.message, words))
        fail_msg("%s", who.error.message);
    close_bench(&table, true);
}

static void silence_ends_at_the_idle_timeout_and_at_the_deadline(void **state)
{
    (void)state;
    check_silence(30, 15000, "(OPENAI_BASE_URL) sent nothing for 0.03 s");
    check_silence(15000, 30, "(OPENAI_BASE_URL) did not finish its answer within 0.03 s");
}

static void waiting_for_a_connection_is_not_silence(void **state)
{
    orch_transfers_config config = patient();
    bench table;
    call first = {.bench = &table};
    call second = {.bench = &table};

    (void)state;
    config.idle_timeout_ms = 500;
    config.connect_timeout_ms = 100;
    config.connections_max = 1;
    open_bench(&table, config);
    tiny_server_reply(&table.server, whole, TINY_KEEP);
    table.server.hang_first = 1;
    start(&first);
    start(&second); /* longer behind the first than it may be silent or connecting */
    RUN_UNTIL(&table, second.ends);
    assert_true(first.failed);
    if (second.failed)
        fail_msg("%s", second.error.message);
    assert_string_equal(second.text, "Hello");
    close_bench(&table, true);
}

static void an_answer_does_not_wait_for_the_end_of_its_body(void **state)
{
    bench table;
    call who = {.bench = &table};
    uint64_t ended_ns;

    (void)state;
    open_bench(&table, patient());
    tiny_server_reply(&table.server, STREAM "content-length: 9999\r\n\r\n" CHUNK("Hello") STOP, TINY_KEEP);
    start(&who);
    RUN_UNTIL(&table, who.ends);
    assert_false(who.failed);
    assert_non_null(table.server.open);
    ended_ns = uv_hrtime();
    RUN_UNTIL(&table, !table.server.open); /* the rest is not waited for till the deadline */
    assert_true(uv_hrtime() - ended_ns < 10 * UINT64_C(1000000000));
    assert_int_equal(who.sum, 2);
    close_bench(&table, true);
}

static void sizes_are_limited(void **state)
{
    size_t size = ORCH_TRANSFER_BODY_MAX + 200;
    char *reply = malloc(size + 1);
    size_t head = (size_t)sprintf(reply, "%sconnection: close\r\n\r\n", STREAM);

    (void)state;
    for (size_t i = head; i < size; i++)
        reply[i] = (i - head) % 100 == 99 ? '\n' : ':';
    reply[size] = '\0';
    check_failure(reply, TINY_CLOSE, ORCH_E_TOO_LARGE, ORCH_VERDICT_NEXT_MODEL,
                  "more than the 33554432 bytes");
    head = (size_t)sprintf(reply, STREAM);
    for (int i = 0; i < 1000; i++)
        head += (size_t)sprintf(reply + head, "x-filler-%d: %080d\r\n", i, i);
    strcpy(reply + head, "\r\n");
    check_failure(reply, TINY_KEEP, ORCH_E_TOO_LARGE, ORCH_VERDICT_NEXT_MODEL, "more than the 65536 bytes");
    free(reply);
}

static void a_cancelled_call_is_silent_in_every_state(void **state)
{
    bench table;
    call fresh = {.bench = &table};
    call asked = {.bench = &table};
    call fed = {.bench = &table};

    (void)state;
    open_bench(&table, patient());
    start(&fresh);
    orch_transfer_cancel(fresh.transfer); /* nothing was sent yet */
    start(&asked);
    RUN_UNTIL(&table, table.server.requests == 1);
    orch_transfer_cancel(asked.transfer); /* the server has it and is silent */
    tiny_server_reply(&table.server, STREAM "content-length: 500\r\n\r\n" CHUNK("a") CHUNK("b"), TINY_KEEP);
    start(&fed);
    RUN_UNTIL(&table, fed.len > 0);
    orch_transfer_cancel(fed.transfer); /* in the middle of its answer */
    RUN_UNTIL(&table, !table.server.open);
    assert_int_equal(fresh.sum, 0);
    assert_int_equal(asked.sum, 0);
    assert_int_equal(fed.ends, 0);
    close_bench(&table, true);
}

static void a_sink_may_cancel_itself_and_others(void **state)
{
    bench table;
    call itself = {.bench = &table};
    call other = {.bench = &table};
    call killer = {.bench = &table};

    (void)state;
    open_bench(&table, patient());
    start(&other); /* never answered */
    RUN_UNTIL(&table, table.server.requests == 1);
    tiny_server_reply(&table.server, STREAM "content-length: 139\r\n\r\n" CHUNK("ab") STOP, TINY_KEEP);
    start(&itself);
    itself.cancels = itself.transfer;
    RUN_UNTIL(&table, itself.sum);
    tiny_server_reply(&table.server, whole, TINY_KEEP);
    killer.cancels = other.transfer;
    start(&killer);
    RUN_UNTIL(&table, killer.ends);
    assert_int_equal(itself.sum, 1);
    assert_int_equal(other.sum, 0);
    assert_false(killer.failed);
    close_bench(&table, true);
}

static void closing_is_silent_in_every_state(void **state)
{
    bench table;
    call who[3];

    (void)state;
    open_bench(&table, patient()); /* never used */
    close_bench(&table, true);

    open_bench(&table, patient()); /* just started */
    memset(who, 0, sizeof(who));
    who[0].bench = &table;
    start(&who[0]);
    close_bench(&table, true);
    assert_int_equal(who[0].sum, 0);

    open_bench(&table, patient()); /* one asked, one just started */
    memset(who, 0, sizeof(who));
    who[0].bench = who[1].bench = &table;
    start(&who[0]);
    RUN_UNTIL(&table, table.server.requests == 1);
    start(&who[1]);
    close_bench(&table, true);
    assert_int_equal(who[0].sum + who[1].sum, 0);

    open_bench(&table, patient()); /* from inside a sink */
    memset(who, 0, sizeof(who));
    tiny_server_reply(&table.server, STREAM "content-length: 500\r\n\r\n" CHUNK("a") CHUNK("b"), TINY_KEEP);
    for (size_t i = 0; i < 3; i++) {
        who[i].bench = &table;
        start(&who[i]);
    }
    who[1].closes = true;
    RUN_UNTIL(&table, who[1].sum);
    close_bench(&table, false);
    assert_int_equal(who[1].sum, 1);
    assert_int_equal(who[0].ends + who[1].ends + who[2].ends, 0);
}

static void after_closing_nothing_starts(void **state)
{
    bench table;
    orch_model_http http = {.url = strdup("http://127.0.0.1:1/"), .place = "OPENAI_BASE_URL"};
    orch_model_sink sink = {on_delta, on_end, on_error, NULL};
    orch_transfer *transfer;

    (void)state;
    open_bench(&table, patient());
    orch_transfers_close(table.transfers, on_closed, &table);
    assert_int_equal(orch_transfer_start(table.transfers, &http,
                                         orch_model_provider_find(ORCH_STR("openai"))->stream_new(&sink),
                                         1000, &transfer),
                     ORCH_E_CLOSED);
    close_bench(&table, false);
}

#define MANY 200

static void many_calls_at_once(void **state)
{
    orch_transfers_config config = patient();
    bench table;
    call *who = calloc(MANY, sizeof(*who));
    unsigned ended = 0;

    (void)state;
    config.connections_max = 50;
    open_bench(&table, config);
    tiny_server_reply(&table.server, whole, TINY_KEEP);
    for (size_t i = 0; i < MANY; i++) {
        who[i].bench = &table;
        start(&who[i]);
    }
    while (ended < MANY) {
        uv_run(&table.loop, UV_RUN_ONCE);
        ended = 0;
        for (size_t i = 0; i < MANY; i++)
            ended += who[i].ends;
    }
    for (size_t i = 0; i < MANY; i++)
        assert_string_equal(who[i].text, "Hello");
    assert_int_equal(table.server.requests, MANY);
    assert_true(table.server.connections <= 50);
    close_bench(&table, true);
    free(who);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_delivered_and_its_connection_kept),
        cmocka_unit_test(a_sink_may_start_the_next_call),
        cmocka_unit_test(a_broken_connection_is_tried_again),
        cmocka_unit_test(statuses_and_their_hints_arrive),
        cmocka_unit_test(redirections_and_strangers_are_refused),
        cmocka_unit_test(nobody_at_home),
        cmocka_unit_test(silence_ends_at_the_idle_timeout_and_at_the_deadline),
        cmocka_unit_test(waiting_for_a_connection_is_not_silence),
        cmocka_unit_test(an_answer_does_not_wait_for_the_end_of_its_body),
        cmocka_unit_test(sizes_are_limited),
        cmocka_unit_test(a_cancelled_call_is_silent_in_every_state),
        cmocka_unit_test(a_sink_may_cancel_itself_and_others),
        cmocka_unit_test(closing_is_silent_in_every_state),
        cmocka_unit_test(after_closing_nothing_starts),
        cmocka_unit_test(many_calls_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
