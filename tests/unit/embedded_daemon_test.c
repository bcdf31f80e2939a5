/* orch_daemon: its life, its messages, its errors. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "recorder.h"

static recorder r;

/* ---- life ---- */

static void starts_at_once_join(void **state)
{
    orch_daemon *daemon = make_daemon(&ann, NULL, NULL);
    orch_wait first = ORCH_WAIT_INIT;
    orch_wait second = ORCH_WAIT_INIT;

    (void)state;
    r = (recorder){0};
    record_daemon(&r, daemon);
    orch_daemon_start(daemon, orch_wait_finished, &first);
    orch_daemon_start(daemon, orch_wait_finished, &second);
    assert_int_equal(orch_wait_for(&first), 0);
    assert_int_equal(orch_wait_for(&second), 0);
    expect_trace(&r, "started\n");

    orch_daemon_start(daemon, orch_wait_finished, &first);
    assert_int_equal(orch_wait_for(&first), ORCH_E_ALREADY_RUNNING);
    assert_string_equal(first.message, "Daemon is already running");
    assert_true(orch_daemon_is_running(daemon));
    expect_trace(&r, "");
}

static void stops_and_starts_again(void **state)
{
    orch_daemon *daemon = make_daemon(&ann, NULL, NULL);
    orch_wait wait = ORCH_WAIT_INIT;
    orch_daemon_health health;

    (void)state;
    r = (recorder){0};
    record_daemon(&r, daemon);
    stop(daemon); /* a stopped one is no error */
    start(daemon);
    stop(daemon);
    orch_daemon_get_health_status(daemon, &health);
    assert_int_equal(health.uptime_ms, 0);
    orch_daemon_restart(daemon, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
    orch_daemon_restart(daemon, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
    assert_true(orch_daemon_is_running(daemon));
    expect_trace(&r, "started\nstopped\nstarted\nstopped\nstarted\n");
}

static void a_stop_ends_the_wait_for_a_start(void **state)
{
    orch_daemon *daemon = make_daemon(&ann, NULL, NULL);
    orch_wait start_wait = ORCH_WAIT_INIT;

    (void)state;
    orch_daemon_start(daemon, orch_wait_finished, &start_wait);
    stop(daemon);
    assert_int_equal(orch_wait_for(&start_wait), ORCH_E_CANCELLED);
    start(daemon);
}

static void a_failed_start_tells_why(void **state)
{
    orch_daemon *daemon = make_daemon(&ann, NULL, NULL);
    orch_wait wait = ORCH_WAIT_INIT;
    orch_daemon_health health;

    (void)state;
    r = (recorder){0};
    record_daemon(&r, daemon);
    setenv("ORCHD_MODEL", "abacus/1", 1);
    orch_daemon_start(daemon, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), ORCH_E_INVALID);
    assert_non_null(strstr(wait.message, "abacus"));
    orch_daemon_get_health_status(daemon, &health);
    assert_int_equal(health.status, ORCH_STATUS_ERROR);
    assert_int_equal(health.errors_count, 1);
    assert_string_equal(health.errors[0], wait.message);
    assert_int_equal(strncmp(r.trace, "error ORCHD_MODEL", 17), 0);

    unsetenv("ORCHD_MODEL");
    start(daemon);
}

static unsigned heartbeats;

static void on_heartbeat(const orch_daemon_event *event, void *user)
{
    (void)user;
    assert_true(event->health.last_heartbeat_ms > 0);
    assert_int_equal(event->health.status, ORCH_STATUS_RUNNING);
    heartbeats++;
}

static void its_heart_beats(void **state)
{
    orch_daemon_config config;
    orch_daemon *daemon;

    (void)state;
    orch_daemon_config_init(&config);
    config.orchestrator = &ann;
    config.heartbeat_interval_ms = 100;
    daemon = orch_daemon_new(&config);
    heartbeats = 0;
    orch_daemon_on(daemon, ORCH_DAEMON_HEARTBEAT, on_heartbeat, NULL);
    start(daemon);
    run_until(&heartbeats, 2);
}

/* ---- messages ---- */

static void answers_what_is_for_it(void **state)
{
    orch_daemon *daemon = make_daemon(&ann, NULL, NULL);

    (void)state;
    r = (recorder){0};
    record_daemon(&r, daemon);
    start(daemon);
    assert_int_equal(say(daemon, "1", "@ann which colour?"), 0);
    assert_int_equal(say(daemon, "2", "planning is annoying"), 0);
    expect_trace(&r, "started\nmessage:send Blue.\nmessage:processed 1\nmessage:processed 2\n");
    assert_int_equal(answered(daemon), 1);
}

static void answers_the_same_id_once(void **state)
{
    orch_daemon *daemon = make_daemon(&ann, NULL, NULL);
    orch_wait waits[3] = {ORCH_WAIT_INIT};
    orch_incoming_message message = message_of("1", "@ann colour");

    (void)state;
    r = (recorder){0};
    record_daemon(&r, daemon);
    start(daemon);
    for (int i = 0; i < 3; i++)
        orch_daemon_handle_message(daemon, &message, orch_wait_finished, &waits[i]);
    for (int i = 0; i < 3; i++)
        assert_int_equal(orch_wait_for(&waits[i]), 0);
    assert_int_equal(say(daemon, "1", "@ann colour"), 0);
    expect_trace(&r, "started\nmessage:send Blue.\nmessage:processed 1\n");
}

static void never_answers_itself(void **state)
{
    orch_daemon *daemon = make_daemon(&ann, NULL, NULL);
    orch_wait wait = ORCH_WAIT_INIT;
    orch_incoming_message message = message_of("1", "@ann @orchestrator colour");

    (void)state;
    r = (recorder){0};
    record_daemon(&r, daemon);
    start(daemon);
    message.author_id = ann.user.id;
    message.metadata_json = "{\"mentions\":[\"orch_ann\"],\"direct\":true}";
    orch_daemon_handle_message(daemon, &message, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
    expect_trace(&r, "started\nmessage:processed 1\n");
}

static void metadata_address(void **state)
{
    static const char *const metadata[] = {"{\"mentions\":[\"orch_ann\"]}",
                                           "{\"mentions\":[\"x\",\"user_ann\"]}",
                                           "{\"replyToAuthorId\":\"user_ann\"}", "{\"direct\":true}"};
    orch_daemon *daemon = make_daemon(&ann, NULL, NULL);
    orch_wait wait = ORCH_WAIT_INIT;
    char id[8];

    (void)state;
    start(daemon);
    for (size_t i = 0; i < 4; i++) {
        orch_incoming_message message = message_of(id, "which colour");

        snprintf(id, sizeof id, "%zu", i);
        message.metadata_json = metadata[i];
        orch_daemon_handle_message(daemon, &message, orch_wait_finished, &wait);
        assert_int_equal(orch_wait_for(&wait), 0);
        assert_int_equal(answered(daemon), i + 1);
    }
}

static void keeps_messages_until_it_runs(void **state)
{
    orch_daemon *daemon = make_daemon(&ann, NULL, NULL);

    (void)state;
    r = (recorder){0};
    record_daemon(&r, daemon);
    assert_int_equal(say(daemon, "1", "@ann colour"), 0); /* finished at once: it waits */
    assert_int_equal(say(daemon, "1", "@ann colour"), 0);
    expect_trace(&r, "");
    start(daemon);
    run_until(&r.sent, 1);
    stop(daemon);
    expect_trace(&r, "started\nmessage:send Blue.\nmessage:processed 1\nstopped\n");
}

static void refuses_bad_messages(void **state)
{
    static char large[ORCH_MESSAGE_CONTENT_MAX + 2];
    orch_daemon *daemon = make_daemon(&ann, NULL, NULL);
    orch_wait wait = ORCH_WAIT_INIT;
    orch_incoming_message message = message_of("1", "@ann");

    (void)state;
    memset(large, 'a', sizeof large - 1);
    assert_int_equal(say(daemon, "1", large), ORCH_E_TOO_LARGE);
    assert_int_equal(say(daemon, "1", "\xff"), ORCH_E_INVALID);
    assert_int_equal(say(daemon, "1", ""), ORCH_E_INVALID);
    message.metadata_json = "[1]";
    orch_daemon_handle_message(daemon, &message, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), ORCH_E_INVALID);
    assert_non_null(strstr(wait.message, "metadata_json"));
    message = (orch_incoming_message){.content = "x", .channel_id = "c", .author_id = "a"};
    orch_daemon_handle_message(daemon, &message, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), ORCH_E_INVALID);
    assert_string_equal(wait.message, "message.id is required");
}

static void can_be_silent(void **state)
{
    orch_daemon_config config;
    orch_daemon *daemon;

    (void)state;
    orch_daemon_config_init(&config);
    config.orchestrator = &ann;
    config.auto_respond = false;
    daemon = orch_daemon_new(&config);
    r = (recorder){0};
    record_daemon(&r, daemon);
    start(daemon);
    assert_int_equal(say(daemon, "1", "@ann colour"), 0);
    expect_trace(&r, "started\nmessage:processed 1\n");
}

static void says_when_it_is_closed(void **state)
{
    orch_orchestrator_info info = ann;
    orch_daemon *daemon;

    (void)state;
    info.user.config_json = "{\"charter\":{\"operational\":{\"offlineMessage\":\"Back soon.\","
                            "\"workHours\":{\"timezone\":\"UTC\",\"schedule\":{}}}}}";
    daemon = make_daemon(&info, NULL, NULL);
    r = (recorder){0};
    record_daemon(&r, daemon);
    start(daemon);
    assert_int_equal(say(daemon, "1", "@ann colour"), 0);
    assert_int_equal(say(daemon, "2", "@ann hello?"), 0); /* once an hour */
    expect_trace(&r, "started\nmessage:send Back soon.\nmessage:processed 1\nmessage:processed 2\n");
}

/* ---- what the program says through it ---- */

static void sends_and_acts_only_while_it_runs(void **state)
{
    orch_daemon *daemon = make_daemon(&ann, NULL, NULL);
    orch_outgoing_message message = {.content = "Good morning", .channel_id = "general"};
    orch_action action = {"react", "{}"};
    orch_action unknown = {.type = "dance"};

    (void)state;
    r = (recorder){0};
    record_daemon(&r, daemon);
    assert_int_equal(orch_daemon_send_response(daemon, &message), ORCH_E_NOT_RUNNING);
    assert_string_equal(orch_last_error(), "Daemon not running");
    assert_int_equal(orch_daemon_execute_action(daemon, &action), ORCH_E_NOT_RUNNING);
    start(daemon);
    assert_int_equal(orch_daemon_send_response(daemon, &message), 0);
    assert_int_equal(orch_daemon_execute_action(daemon, &action), 0);
    assert_int_equal(orch_daemon_execute_action(daemon, &unknown), ORCH_E_UNSUPPORTED);
    for (size_t i = 0; orch_action_types[i]; i++)
        assert_non_null(strstr(orch_last_error(), orch_action_types[i]));
    run_until(&r.sent, 1);
    run_due();
    expect_trace(&r, "started\nmessage:send Good morning\naction:execute react\n");
}

/* ---- configurations ---- */

static void expect_refused(const orch_daemon_config *config, const char *words)
{
    assert_null(orch_daemon_new(config));
    if (!strstr(orch_last_error(), words))
        fail_msg("\"%s\" does not say \"%s\"", orch_last_error(), words);
}

static void refuses_wrong_configurations(void **state)
{
    orch_daemon_config config;
    orch_orchestrator_info info = ann;

    (void)state;
    orch_daemon_config_init(&config);
    expect_refused(&config, "orchestrator is not given");
    config.orchestrator = &info;
    config.heartbeat_interval_ms = 99;
    expect_refused(&config, "heartbeat_interval_ms is 99; allowed are 100 to 86400000 ms");
    orch_daemon_config_init(&config);
    config.orchestrator = &info;
    config.max_concurrent_conversations = 0;
    expect_refused(&config, "max_concurrent_conversations is 0; allowed are 1 to 100000");
    config.max_concurrent_conversations = 1;
    config.version = 2;
    expect_refused(&config, "version is 2");
    config.version = 1;
    info.user.email = NULL;
    expect_refused(&config, "orchestrator.user.email is required");
    info.user.email = ann.user.email;
    info.user.config_json = "{";
    expect_refused(&config, "config_json is no JSON");
    info.user.config_json = "{\"charter\":{\"communication\":{\"responseLength\":\"endless\"}}}";
    expect_refused(&config, "communication.responseLength");
    info.user.config_json = "{\"charter\":{\"operational\":{\"workHours\":{\"timezone\":\"Moon/Base\","
                            "\"schedule\":{}}}}}";
    expect_refused(&config, "Moon/Base");
    info.user.config_json = NULL;
    info.capabilities_json = "7";
    expect_refused(&config, "capabilities_json");
}

static void reads_the_environment(void **state)
{
    orch_daemon_config config;

    (void)state;
    setenv("DAEMON_HEARTBEAT_INTERVAL", "1234", 1);
    assert_int_equal(orch_daemon_config_from_env(&config), 0);
    assert_int_equal(config.heartbeat_interval_ms, 1234);
    assert_int_equal(orch_daemon_heartbeat_interval(), 1234);
    setenv("DAEMON_HEARTBEAT_INTERVAL", "99", 1);
    assert_int_equal(orch_daemon_heartbeat_interval(), ORCH_E_INVALID);
    assert_int_equal(orch_daemon_config_from_env(&config), ORCH_E_INVALID);
    assert_int_equal(config.heartbeat_interval_ms, 1234);
    assert_non_null(strstr(orch_last_error(), "DAEMON_HEARTBEAT_INTERVAL"));
    assert_int_equal(orch_is_daemon_auto_start_enabled(), ORCH_E_INVALID);
}

/* ---- freeing, and a loop of the program's own ---- */

static unsigned freed_events;

static void free_it(const orch_daemon_event *event, void *user)
{
    (void)user;
    freed_events++;
    orch_daemon_free(event->daemon);
}

static void count_event(const orch_daemon_event *event, void *user)
{
    (void)event, (void)user;
    freed_events++;
}

static void a_listener_may_free_its_daemon(void **state)
{
    orch_daemon *daemon = make_daemon(&ann, NULL, NULL);
    orch_wait wait = ORCH_WAIT_INIT;

    (void)state;
    freed_events = 0;
    orch_daemon_on(daemon, ORCH_DAEMON_STARTED, free_it, NULL);
    orch_daemon_on(daemon, ORCH_DAEMON_STARTED, count_event, NULL); /* not called any more */
    orch_daemon_on(daemon, ORCH_DAEMON_STOPPED, count_event, NULL);
    orch_daemon_start(daemon, orch_wait_finished, &wait);
    (void)orch_wait_for(&wait); /* running, when its event was told; then it was freed */
    run_due();
    assert_int_equal(freed_events, 1);
}

static void freeing_ends_what_waits(void **state)
{
    orch_daemon *daemon = make_daemon(&ann, NULL, NULL);
    orch_wait wait = ORCH_WAIT_INIT;

    (void)state;
    orch_daemon_start(daemon, orch_wait_finished, &wait);
    orch_daemon_free(daemon);
    assert_int_equal(orch_wait_for(&wait), ORCH_E_CANCELLED);
    orch_daemon_free(NULL);
}

static void stop_in_callback(int error, const char *message, void *user)
{
    (void)message;
    assert_int_equal(error, 0);
    orch_daemon_stop(user, NULL, NULL);
}

static void a_loop_of_the_program_ends_by_itself(void **state)
{
    uv_loop_t loop;
    orch_daemon_config config;
    orch_daemon *daemon;

    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    orch_daemon_config_init(&config);
    config.orchestrator = &ann;
    config.loop = &loop;
    daemon = orch_daemon_new(&config);
    assert_non_null(daemon);
    orch_daemon_start(daemon, stop_in_callback, daemon);
    while (orch_daemon_get_status(daemon) != ORCH_STATUS_STOPPED || !uv_loop_alive(&loop))
        uv_run(&loop, UV_RUN_ONCE);
    orch_daemon_free(daemon);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void stops_while_a_model_cannot_be_reached(void **state)
{
    orch_daemon *daemon = make_daemon(&ann, NULL, NULL);
    orch_incoming_message message = message_of("1", "@ann colour");

    (void)state;
    setenv("OPENAI_BASE_URL", "http://127.0.0.1:1", 1); /* nobody listens there */
    setenv("ORCHD_MODEL", "openai/none", 1);
    start(daemon);
    orch_daemon_handle_message(daemon, &message, NULL, NULL);
    stop(daemon);
    assert_int_equal(answered(daemon), 0); /* it waits for the next start */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, clean_setup, clean_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(starts_at_once_join),
        TEST(stops_and_starts_again),
        TEST(a_stop_ends_the_wait_for_a_start),
        TEST(a_failed_start_tells_why),
        TEST(its_heart_beats),
        TEST(answers_what_is_for_it),
        TEST(answers_the_same_id_once),
        TEST(never_answers_itself),
        TEST(metadata_address),
        TEST(keeps_messages_until_it_runs),
        TEST(refuses_bad_messages),
        TEST(can_be_silent),
        TEST(says_when_it_is_closed),
        TEST(sends_and_acts_only_while_it_runs),
        TEST(refuses_wrong_configurations),
        TEST(reads_the_environment),
        TEST(a_listener_may_free_its_daemon),
        TEST(freeing_ends_what_waits),
        TEST(a_loop_of_the_program_ends_by_itself),
        TEST(stops_while_a_model_cannot_be_reached),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
