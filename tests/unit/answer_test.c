#include "answer.h"
#include "tiny_server.h"

typedef struct stage {
    uv_loop_t loop;
    tiny_server server;
    orch_transfers *transfers;
    orch_charter charter;
    orch_model_choice choice;
    char base_url[64];
    orch_model_account account;
    orch_rules *rules;
    orch_answer *answer;
    bool cancels; /* at the first delta */
    char text[4096];
    size_t len;
    unsigned ends;
    bool failed;
    orch_model_error error;
} stage;

static void on_delta(void *user, orch_str text)
{
    stage *set = user;

    assert_true(set->len + text.len < sizeof(set->text));
    memcpy(set->text + set->len, text.ptr, text.len);
    set->len += text.len;
    set->text[set->len] = '\0';
    if (set->cancels)
        orch_answer_cancel(set->answer);
}

static void on_end(void *user, orch_stop stop, const orch_usage *usage)
{
    stage *set = user;

    assert_int_equal(stop, ORCH_STOP_END);
    assert_int_equal(usage->output_tokens, 0);
    set->ends++;
}

static void on_error(void *user, const orch_model_error *error)
{
    stage *set = user;

    set->ends++;
    set->failed = true;
    set->error = *error;
}

static void choose(stage *set, const char *provider)
{
    set->choice.provider = orch_model_provider_find((orch_str){provider, strlen(provider)});
    strcpy(set->choice.model, set->choice.provider->default_model);
}

static void set_up(stage *set)
{
    orch_transfers_config config;
    char message[256];

    *set = (stage){0};
    assert_int_equal(uv_loop_init(&set->loop), 0);
    tiny_server_start(&set->server, &set->loop);
    orch_transfers_config_init(&config);
    config.loop = &set->loop;
    assert_int_equal(orch_transfers_new(&config, &set->transfers), 0);
    set->charter.name = ORCH_STR("Ada");
    set->charter.role = ORCH_STR("Software Architect");
    set->charter.escalation_enabled = true;
    set->charter.escalation_triggers.items[0] = ORCH_STR("refund");
    set->charter.escalation_triggers.count = 1;
    snprintf(set->base_url, sizeof(set->base_url), "http://127.0.0.1:%d/v1", set->server.port);
    set->account = (orch_model_account){.key = (char *)"key-0123456789", .base_url = set->base_url};
    assert_int_equal(orch_rules_new(ORCH_STR("[{\"match\":\"status\",\"reply\":\"All green.\"}]"),
                                    &set->rules, message, sizeof(message)),
                     0);
}

static void tear_down(stage *set)
{
    orch_transfers_close(set->transfers, NULL, NULL);
    tiny_server_stop(&set->server);
    assert_int_equal(uv_run(&set->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&set->loop), 0);
    orch_rules_free(set->rules);
}

static int start(stage *set, const orch_prompt_message *messages, size_t count)
{
    orch_answer_request request = {
        .charter = &set->charter,
        .rules = set->rules,
        .choice = &set->choice,
        .account = set->choice.provider->local ? NULL : &set->account,
        .place = {.channel = ORCH_STR("general")},
        .messages = messages,
        .messages_count = count,
        .context_tokens_max = 1000,
        .tokens_max = 100,
        .temperature = -1,
        .timeout_ms = 10000,
        .idempotency_key = ORCH_STR("turn-7"),
        .sink = {on_delta, on_end, on_error, set},
    };
    int result = orch_answer_start(&set->loop, set->transfers, &request, &set->answer);

    assert_int_equal(set->ends + set->len, 0); /* never from inside */
    return result;
}

static void ask(stage *set, const char *content)
{
    orch_prompt_message message = {.author = ORCH_STR("Ann"), .content = {content, strlen(content)}};

    set->ends = 0;
    set->len = 0;
    assert_int_equal(start(set, &message, 1), 0);
    while (set->ends == 0)
        uv_run(&set->loop, UV_RUN_ONCE);
    assert_int_equal(set->ends, 1);
}

/* ---- rules ---- */

static void a_rule_answers(void **state)
{
    stage set;

    (void)state;
    set_up(&set);
    choose(&set, "rules");
    ask(&set, "What is the status?");
    assert_string_equal(set.text, "All green.");
    tear_down(&set);
}

static void without_a_rule_the_charter_speaks(void **state)
{
    stage set;
    char expected[2048];
    orch_text words = {expected, sizeof(expected), 0};
    static const char *const remedies[] = {"ANTHROPIC_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL",
                                           "ORCHD_MODEL="};

    (void)state;
    set_up(&set);
    choose(&set, "rules");
    orch_prompt_no_model(&set.charter, &words);
    ask(&set, "Who are you?");
    assert_true(set.len > words.len);
    assert_memory_equal(set.text, expected, words.len);
    assert_non_null(strstr(set.text, "Ada"));
    for (size_t i = 0; i < sizeof remedies / sizeof remedies[0]; i++)
        assert_non_null(strstr(set.text, remedies[i]));
    orch_rules_free(set.rules);
    set.rules = NULL; /* a charter without rules */
    ask(&set, "status");
    assert_memory_equal(set.text, expected, words.len);
    tear_down(&set);
}

static void a_trigger_hands_over(void **state)
{
    stage set;

    (void)state;
    set_up(&set);
    choose(&set, "rules");
    ask(&set, "The status of my refund?");
    assert_string_equal(set.text, "All green."); /* nobody to hand over to */
    set.charter.escalate_to.items[0] = ORCH_STR("Grace Hopper");
    set.charter.escalate_to.items[1] = ORCH_STR("@boss");
    set.charter.escalate_to.count = 2;
    ask(&set, "The status of my refund?");
    assert_string_equal(set.text,
                        "All green.\n\nThis concerns \"refund\": I hand it over to @Grace Hopper and @boss.");
    ask(&set, "The status?");
    assert_string_equal(set.text, "All green.");
    set.charter.escalation_enabled = false;
    ask(&set, "The status of my refund?");
    assert_string_equal(set.text, "All green.");
    tear_down(&set);
}

static void a_cancelled_rule_is_silent(void **state)
{
    static const orch_prompt_message message = {.content = {"status", 6}};
    stage set;

    (void)state;
    set_up(&set);
    choose(&set, "rules");
    assert_int_equal(start(&set, &message, 1), 0);
    orch_answer_cancel(set.answer);
    uv_run(&set.loop, UV_RUN_NOWAIT);
    uv_run(&set.loop, UV_RUN_NOWAIT);
    assert_int_equal(set.len + set.ends, 0);
    set.cancels = true; /* from inside the sink */
    assert_int_equal(start(&set, &message, 1), 0);
    while (set.len == 0)
        uv_run(&set.loop, UV_RUN_ONCE);
    uv_run(&set.loop, UV_RUN_NOWAIT);
    assert_int_equal(set.ends, 0);
    tear_down(&set);
}

/* ---- over the network ---- */

#define BODY                                                                                                 \
    "data: "                                                                                                 \
    "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"},\"finish_reason\":\"stop\"}]}\n\ndata: "   \
    "[DONE]\n\n"

static void serve(stage *set, const char *status, const char *body)
{
    static char reply[2048];

    snprintf(reply, sizeof(reply), "HTTP/1.1 %s\r\ncontent-length: %zu\r\n\r\n%s", status, strlen(body),
             body);
    tiny_server_reply(&set->server, reply, TINY_KEEP);
}

static void a_model_is_asked_with_charter_and_conversation(void **state)
{
    char old[6000];
    orch_prompt_message messages[] = {
        {.author = ORCH_STR("Ann"), .content = {old, sizeof(old)}}, /* beyond the window */
        {.author = ORCH_STR("Ann"), .content = ORCH_STR("Deleted secret"), .tombstone = true},
        {.author = ORCH_STR("Ann"), .content = ORCH_STR("Hello")},
        {.author = ORCH_STR("Ada"), .content = ORCH_STR("Good morning"), .own = true},
        {.author = ORCH_STR("Ben"), .content = ORCH_STR("Ship it?")},
    };
    stage set;

    (void)state;
    memset(old, 'o', sizeof(old));
    set_up(&set);
    choose(&set, "openai");
    serve(&set, "200 OK", BODY);
    assert_int_equal(start(&set, messages, 5), 0);
    while (set.ends == 0)
        uv_run(&set.loop, UV_RUN_ONCE);
    assert_false(set.failed);
    assert_string_equal(set.text, "Hello");
    assert_non_null(strstr(set.server.last, "\"messages\":[{\"role\":\"system\",\"content\":\""));
    assert_non_null(strstr(set.server.last, "Software Architect"));
    assert_non_null(strstr(set.server.last, "{\"role\":\"user\",\"content\":\"[Ann] Hello\"},"
                                            "{\"role\":\"assistant\",\"content\":\"Good morning\"},"
                                            "{\"role\":\"user\",\"content\":\"[Ben] Ship it?\"}]"));
    assert_null(strstr(set.server.last, "ooo"));
    assert_null(strstr(set.server.last, "secret"));
    assert_non_null(strstr(set.server.last, "idempotency-key: turn-7\r\n"));
    tear_down(&set);
}

static void a_key_that_the_server_repeats_is_masked(void **state)
{
    stage set;

    (void)state;
    set_up(&set);
    choose(&set, "openai");
    serve(&set, "401 Unauthorized", "{\"error\":{\"message\":\"Wrong key key-0123456789\"}}");
    ask(&set, "Hello");
    assert_int_equal(set.error.verdict, ORCH_VERDICT_NEXT_MODEL);
    assert_null(strstr(set.error.message, "key-0123456789"));
    assert_non_null(strstr(set.error.message, "Wrong key [key]"));
    tear_down(&set);
}

static void a_cancelled_call_is_silent(void **state)
{
    static const orch_prompt_message message = {.content = {"Hello", 5}};
    stage set;

    (void)state;
    set_up(&set);
    choose(&set, "openai");
    assert_int_equal(start(&set, &message, 1), 0); /* the server has no reply */
    while (set.server.requests == 0)
        uv_run(&set.loop, UV_RUN_ONCE);
    orch_answer_cancel(set.answer);
    serve(&set, "200 OK", BODY);
    set.cancels = true;
    assert_int_equal(start(&set, &message, 1), 0);
    while (set.len == 0)
        uv_run(&set.loop, UV_RUN_ONCE);
    tear_down(&set);
    assert_int_equal(set.ends, 0);
}

static void what_cannot_be_sent_is_refused_at_once(void **state)
{
    char *huge = malloc(ORCH_MODEL_BODY_MAX);
    orch_prompt_message message = {.author = ORCH_STR("Ann"), .content = {huge, ORCH_MODEL_BODY_MAX}};
    stage set;

    (void)state;
    memset(huge, 'x', ORCH_MODEL_BODY_MAX);
    set_up(&set);
    choose(&set, "anthropic");
    set.account.version = (char *)"2026-10-21";
    assert_int_equal(start(&set, &message, 1), ORCH_E_TOO_LARGE);
    tear_down(&set);
    assert_int_equal(set.ends, 0);
    free(huge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_answers),
        cmocka_unit_test(without_a_rule_the_charter_speaks),
        cmocka_unit_test(a_trigger_hands_over),
        cmocka_unit_test(a_cancelled_rule_is_silent),
        cmocka_unit_test(a_model_is_asked_with_charter_and_conversation),
        cmocka_unit_test(a_key_that_the_server_repeats_is_masked),
        cmocka_unit_test(a_cancelled_call_is_silent),
        cmocka_unit_test(what_cannot_be_sent_is_refused_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
