/* The durable runtime on a real database: messages in, replies out, each once; daemons that start and stop. Models are the
 * rules of charters.
 */
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stage.h"

#define HISTORY_MAX 65536

#define CHARTER_ECHO "{\"rules\":[{\"match\":\"hello\",\"reply\":\"Hello from me.\"}]}"
#define CHARTER_PING "{\"rules\":[{\"match\":\"ping\",\"reply\":\"@Bob pong\"}]}"
#define CHARTER_PONG "{\"rules\":[{\"match\":\"pong\",\"reply\":\"@Ada ping\"}]}"
#define CHARTER_NIGHT                                                                                        \
    "{\"operational\":{\"offlineMessage\":\"I am asleep.\",\"workHours\":{\"timezone\":\"Europe/Vienna\","   \
    "\"schedule\":{\"0\":null,\"1\":null,\"2\":null,\"3\":null,\"4\":null,\"5\":null,\"6\":null}}}}"

static char history[HISTORY_MAX];

static int setup(void **state)
{
    stage *s = malloc(sizeof *s);

    if (!s)
        return -1;
    stage_init(s);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    stage_fini(*state);
    free(*state);
    return 0;
}

/* ---- conditions ---- */

static bool two_replies(const stage *s)
{
    return s->replies >= 2;
}

static bool three_replies(const stage *s)
{
    return s->replies >= 3;
}

static bool four_replies(const stage *s)
{
    return s->replies >= 4;
}

static bool twenty_replies(const stage *s)
{
    return s->replies >= 20;
}

static bool one_failure(const stage *s)
{
    return s->failures >= 1;
}

static bool one_heartbeat(const stage *s)
{
    return s->heartbeats >= 1;
}

/* ---- messages ---- */

static void a_message_is_answered(void **state)
{
    stage *s = *state;
    orch_runtime_counters counters;

    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, true);
    stage_clear(s);
    assert_int_equal(stage_post(s, "hello @Ada"), 0);
    stage_wait(s, stage_has_reply);
    assert_string_equal(s->trace, "created Olga> hello @Ada\n"
                                  "started Ada attempt=1\n"
                                  "created Ada> Hello from me.\n");
    assert_true(s->deltas >= 1);
    stage_history(s, s->general, history, sizeof history);
    assert_string_equal(history, "Olga> hello @Ada\nAda (reply to 1)> Hello from me.\n");
    orch_runtime_count(s->runtime, &counters);
    assert_int_equal(counters.messages_accepted, 1);
    assert_int_equal(counters.turns_started, 1);
    assert_int_equal(counters.turns_answered, 1);
    assert_int_equal(counters.turns_failed, 0);
}

static void who_is_not_addressed_is_silent(void **state)
{
    stage *s = *state;

    stage_open(s);
    stage_orchestrator(s, "Ann", CHARTER_ECHO, true);
    assert_int_equal(stage_post(s, "hello, we are planning"), 0);
    stage_settle(s);
    assert_int_equal(s->replies, 0);
}

static void replies_keep_the_order(void **state)
{
    stage *s = *state;
    char line[64];
    int last = 0;

    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, true);
    for (int i = 1; i <= 20; i++) {
        snprintf(line, sizeof line, "hello @Ada %d", i);
        assert_int_equal(stage_post(s, line), 0);
    }
    stage_wait(s, twenty_replies);
    stage_history(s, s->general, history, sizeof history);
    for (const char *at = strstr(history, "(reply to "); at; at = strstr(at + 1, "(reply to ")) {
        int number = atoi(at + strlen("(reply to "));

        assert_true(number > last);
        last = number;
    }
    assert_int_equal(s->replies, 20);
}

static void a_client_id_counts_once(void **state)
{
    stage *s = *state;
    orch_post post;
    orch_id first;

    s->config.queue_max = 2;
    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, false);
    post = stage_draft(s, "hello @Ada");
    post.client_id = ORCH_STR("abc");
    assert_int_equal(stage_post_as(s, &post), 0);
    first = s->message_id;
    assert_false(s->repeated);
    for (int i = 0; i < 3; i++) { /* a repetition takes no room in the queue */
        assert_int_equal(stage_post_as(s, &post), 0);
        assert_true(s->repeated);
        assert_string_equal(s->message_id.text, first.text);
    }
    orch_runtime_login(s->runtime, stage_find(s, "ada"));
    stage_wait(s, stage_has_reply);
    stage_settle(s);
    assert_int_equal(s->replies, 1);
}

static void a_full_queue_refuses_by_name(void **state)
{
    stage *s = *state;

    s->config.queue_max = 2;
    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, false);
    assert_int_equal(stage_post(s, "hello @Ada 1"), 0);
    assert_int_equal(stage_post(s, "hello @Ada 2"), 0);
    assert_int_equal(stage_post(s, "hello @Ada 3"), ORCH_E_BUSY);
    assert_non_null(strstr(s->problem.message, "Ada is busy: 2 messages are waiting"));
    orch_runtime_login(s->runtime, stage_find(s, "ada"));
    stage_wait(s, two_replies);
    assert_int_equal(stage_post(s, "hello @Ada 4"), 0);
    stage_wait(s, three_replies);
    stage_history(s, s->general, history, sizeof history);
    assert_null(strstr(history, "hello @Ada 3"));
}

static void made(const orch_problem *problem, const orch_done *result, void *user)
{
    stage *s = user;

    assert_null(problem);
    s->channel = result->channel;
    s->done = true;
}

static void a_direct_channel_needs_no_mention(void **state)
{
    stage *s = *state;
    orch_post post;

    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, true);
    s->done = false;
    assert_int_equal(orch_workspace_direct_channel(orch_runtime_workspace(s->runtime), s->owner,
                                                   stage_find(s, "ada")->user, made, s, &s->problem),
                     0);
    stage_wait(s, stage_is_done);
    post = stage_draft(s, "hello");
    post.channel = s->channel;
    assert_int_equal(stage_post_as(s, &post), 0);
    stage_wait(s, stage_has_reply);
    stage_history(s, s->channel, history, sizeof history);
    assert_string_equal(history, "Olga> hello\nAda (reply to 1)> Hello from me.\n");
}

static void a_thread_stays_a_thread(void **state)
{
    stage *s = *state;
    orch_post post;

    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, true);
    assert_int_equal(stage_post(s, "a topic"), 0);
    post = stage_draft(s, "@Ada hello");
    post.parent_id = (orch_str){s->message_id.text, strlen(s->message_id.text)};
    assert_int_equal(stage_post_as(s, &post), 0);
    stage_wait(s, stage_has_reply);
    stage_history(s, s->general, history, sizeof history);
    assert_string_equal(history, "Olga> a topic\n  Olga> @Ada hello\n  Ada (reply to 2)> Hello from me.\n");
}

static orch_id reply_id;

static void remember_reply(const orch_notice *notice, void *user)
{
    (void)user;
    if (notice->kind == ORCH_NOTICE_MESSAGE_CREATED && notice->message->author->orchestrator)
        reply_id = notice->message->id;
}

/* Found in memory in the first life of the runtime, by a query in the second. */
static void a_reply_to_its_message_addresses(void **state)
{
    stage *s = *state;
    orch_post post;

    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, true);
    assert_non_null(orch_runtime_subscribe(s->runtime, remember_reply, NULL));
    assert_int_equal(stage_post(s, "hello @Ada"), 0);
    stage_wait(s, stage_has_reply);
    for (int life = 0; life < 2; life++) {
        post = stage_draft(s, "and hello to you");
        post.parent_id = (orch_str){reply_id.text, strlen(reply_id.text)};
        stage_clear(s);
        assert_int_equal(stage_post_as(s, &post), 0);
        stage_wait(s, stage_has_reply);
        stage_close(s);
        stage_open(s);
    }
}

static void a_missing_parent_is_an_error(void **state)
{
    stage *s = *state;
    orch_post post;

    stage_open(s);
    post = stage_draft(s, "hello");
    post.parent_id = ORCH_STR("c00000000000000000000000x");
    assert_int_equal(stage_post_as(s, &post), ORCH_E_NOT_FOUND);
    post = stage_draft(s, "   ");
    assert_int_equal(stage_post_as(s, &post), ORCH_E_INVALID);
    assert_string_equal(s->problem.field, "content");
}

static void a_chain_of_orchestrators_ends(void **state)
{
    stage *s = *state;

    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_PING, true);
    stage_orchestrator(s, "Bob", CHARTER_PONG, true);
    assert_int_equal(stage_post(s, "@Ada ping"), 0);
    stage_wait(s, four_replies);
    stage_settle(s);
    stage_close(s);
    stage_open(s);
    stage_settle(s);
    stage_history(s, s->general, history, sizeof history);
    assert_string_equal(history, "Olga> @Ada ping\n"
                                 "Ada (reply to 1)> @Bob pong\n"
                                 "Bob (reply to 2)> @Ada ping\n"
                                 "Ada (reply to 3)> @Bob pong\n"
                                 "Bob (reply to 4)> @Ada ping\n");
}

/* A reply cannot be refused as a person's message can: the turn that finds no room fails, visibly, and once. */
static void a_reply_to_a_full_queue_fails_visibly(void **state)
{
    stage *s = *state;

    s->config.queue_max = 1;
    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_PING, true);
    stage_orchestrator(s, "Bob", "{\"rules\":[{\"match\":\"pong\",\"reply\":\"Thanks.\"}]}", false);
    assert_int_equal(stage_post(s, "pong @Bob"), 0);
    assert_int_equal(stage_post(s, "@Ada ping"), 0);
    stage_wait(s, one_failure);
    assert_non_null(strstr(s->trace, "created Ada> @Bob pong\nfailed Bob busy\n"));
    stage_close(s);
    stage_open(s);
    stage_clear(s);
    orch_runtime_login(s->runtime, stage_find(s, "bob"));
    stage_wait(s, stage_has_reply);
    stage_settle(s);
    assert_int_equal(s->replies, 1);
    assert_int_equal(s->failures, 0);
}

static void post_from_a_notice(const orch_notice *notice, void *user)
{
    stage *s = user;
    orch_post post = stage_draft(s, "hello @Ada");

    if (notice->kind == ORCH_NOTICE_DAEMON && notice->emit == ORCH_EMIT_STARTED)
        assert_int_equal(stage_post_later(s, &post), 0);
}

static void a_subscriber_may_post(void **state)
{
    stage *s = *state;

    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, false);
    assert_non_null(orch_runtime_subscribe(s->runtime, post_from_a_notice, s));
    orch_runtime_login(s->runtime, stage_find(s, "ada"));
    stage_wait(s, stage_has_reply);
}

/* ---- daemons ---- */

static void settled(const orch_problem *problem, orch_orchestrator *orchestrator, void *user)
{
    stage *s = user;

    s->problem = problem ? *problem : (orch_problem){0};
    s->orchestrator = orchestrator;
    s->done = true;
}

typedef int (*daemon_call)(orch_runtime *runtime, orch_orchestrator *orchestrator, orch_daemon_fn done,
                           void *user);

static int call(stage *s, daemon_call function, const char *slug)
{
    s->done = false;
    assert_int_equal(function(s->runtime, stage_find(s, slug), settled, s), 0);
    stage_wait(s, stage_is_done);
    return s->problem.error;
}

static void start_stop_restart(void **state)
{
    stage *s = *state;

    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, false);
    assert_int_equal(stage_status(s, "ada"), ORCH_STATUS_STOPPED);
    assert_int_equal(call(s, orch_runtime_start_daemon, "ada"), 0);
    assert_int_equal(stage_status(s, "ada"), ORCH_STATUS_RUNNING);
    assert_int_equal(call(s, orch_runtime_start_daemon, "ada"), 0);
    assert_int_equal(call(s, orch_runtime_restart_daemon, "ada"), 0);
    assert_int_equal(stage_status(s, "ada"), ORCH_STATUS_RUNNING);
    assert_int_equal(call(s, orch_runtime_stop_daemon, "ada"), 0);
    assert_int_equal(stage_status(s, "ada"), ORCH_STATUS_STOPPED);
    assert_string_equal(s->trace, "presence Ada online\npresence Ada offline\npresence Ada online\n"
                                  "presence Ada offline\n");
}

static void stop_keeps_what_was_accepted(void **state)
{
    stage *s = *state;

    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, true);
    assert_int_equal(call(s, orch_runtime_stop_daemon, "ada"), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(stage_post(s, "hello @Ada"), 0);
    stage_settle(s);
    assert_int_equal(s->replies, 0);
    assert_int_equal(call(s, orch_runtime_start_daemon, "ada"), 0);
    stage_wait(s, three_replies);
}

static void a_login_outlives_a_restart(void **state)
{
    stage *s = *state;

    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, false);
    stage_orchestrator(s, "Bob", CHARTER_ECHO, false);
    orch_runtime_login(s->runtime, stage_find(s, "ada"));
    assert_int_equal(stage_status(s, "ada"), ORCH_STATUS_RUNNING);
    stage_close(s);
    stage_open(s);
    assert_int_equal(stage_status(s, "ada"), ORCH_STATUS_RUNNING);
    assert_int_equal(stage_status(s, "bob"), ORCH_STATUS_STOPPED);
    orch_runtime_logout(s->runtime, stage_find(s, "ada"));
    stage_close(s);
    stage_open(s);
    assert_int_equal(stage_status(s, "ada"), ORCH_STATUS_STOPPED);
}

static void auto_start_off_starts_nothing(void **state)
{
    stage *s = *state;

    s->environment.auto_start = false;
    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, true);
    assert_int_equal(stage_status(s, "ada"), ORCH_STATUS_STOPPED);
    stage_close(s);
    stage_open(s);
    assert_int_equal(stage_status(s, "ada"), ORCH_STATUS_STOPPED);
}

static void a_bad_rule_is_the_daemons_error(void **state)
{
    stage *s = *state;
    orch_daemon_info info;

    s->environment.auto_restart = false;
    stage_open(s);
    stage_orchestrator(s, "Ada", "{\"rules\":[{\"match\":\"/(unclosed/\",\"reply\":\"x\"}]}", false);
    assert_int_equal(call(s, orch_runtime_start_daemon, "ada"), ORCH_E_STATE);
    assert_int_equal(stage_status(s, "ada"), ORCH_STATUS_ERROR);
    assert_int_equal(orch_runtime_daemon(s->runtime, stage_find(s, "ada"), &info), 0);
    assert_int_equal(info.errors_count, 1);
    assert_non_null(strstr(info.last_error, "rule"));
}

static void an_unknown_zone_is_the_daemons_error(void **state)
{
    stage *s = *state;
    orch_daemon_info info;

    s->environment.auto_restart = false;
    stage_open(s);
    stage_orchestrator(s, "Ada",
                       "{\"operational\":{\"workHours\":{\"timezone\":\"Mars/Olympus\",\"schedule\":"
                       "{\"1\":{\"start\":\"09:00\",\"end\":\"17:00\"}}}}}",
                       true);
    assert_int_equal(stage_status(s, "ada"), ORCH_STATUS_ERROR);
    assert_int_equal(orch_runtime_daemon(s->runtime, stage_find(s, "ada"), &info), 0);
    assert_non_null(strstr(info.last_error, "Mars/Olympus"));
}

static void errors_are_the_newest_twenty(void **state)
{
    stage *s = *state;
    orch_daemon_info info;

    s->environment.auto_restart = false;
    stage_open(s);
    stage_orchestrator(s, "Ada", "{\"rules\":[{\"match\":\"/(unclosed/\",\"reply\":\"x\"}]}", false);
    for (int i = 0; i < 25; i++) {
        stage_next_millisecond(s);
        assert_int_equal(call(s, orch_runtime_start_daemon, "ada"), ORCH_E_STATE);
    }
    assert_int_equal(orch_runtime_daemon(s->runtime, stage_find(s, "ada"), &info), 0);
    assert_int_equal(info.errors_count, 20);
    assert_ptr_equal(info.last_error, info.errors[19]);
    for (size_t i = 1; i < 20; i++)
        assert_true(strcmp(info.errors[i - 1], info.errors[i]) < 0);
}

static void heartbeats_go_through_the_database(void **state)
{
    stage *s = *state;
    orch_daemon_info info;

    s->environment.heartbeat_interval_ms = 100;
    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, true);
    stage_wait(s, one_heartbeat);
    assert_int_equal(orch_runtime_daemon(s->runtime, stage_find(s, "ada"), &info), 0);
    assert_true(info.health.last_heartbeat_ms > info.health.started_ms);
}

static bool ada_is_in_error(const stage *s)
{
    return strstr(s->trace, "status Ada error\n") != NULL;
}

static bool ada_is_back(const stage *s)
{
    const char *error = strstr(s->trace, "status Ada error\n");

    return error && strstr(error, "status Ada running\n");
}

/* Another connection holds the write lock: heartbeats are missed, the daemon is in error. When the lock goes the daemon
 * is started again, and what was accepted is answered. */
static void a_stuck_database_stops_the_heart(void **state)
{
    stage *s = *state;
    orch_daemon_info info;
    orch_post post;
    sqlite3 *other;

    s->environment.heartbeat_interval_ms = 100;
    s->shows_status = true;
    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, true);
    assert_int_equal(sqlite3_open(s->database, &other), SQLITE_OK);
    sqlite3_busy_timeout(other, 5000);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    post = stage_draft(s, "hello @Ada");
    assert_int_equal(stage_post_later(s, &post), 0);
    stage_wait(s, ada_is_in_error);
    assert_int_equal(orch_runtime_daemon(s->runtime, stage_find(s, "ada"), &info), 0);
    assert_non_null(strstr(info.last_error, "heartbeat"));
    assert_false(s->done);
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    stage_wait(s, stage_is_done);
    assert_int_equal(s->problem.error, 0);
    stage_wait(s, ada_is_back);
    stage_wait(s, stage_has_reply);
}

static void outside_the_work_hours(void **state)
{
    stage *s = *state;

    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_NIGHT, true);
    assert_non_null(strstr(s->trace, "presence Ada away\n"));
    assert_int_equal(stage_post(s, "hello @Ada"), 0);
    stage_wait(s, stage_has_reply);
    assert_int_equal(stage_post(s, "hello @Ada, really"), 0);
    stage_wait(s, stage_has_skipped);
    stage_close(s);
    stage_open(s);
    assert_int_equal(stage_post(s, "hello @Ada, again"), 0);
    stage_wait(s, stage_has_skipped);
    stage_history(s, s->general, history, sizeof history);
    assert_string_equal(history, "Olga> hello @Ada\n"
                                 "Ada (reply to 1)> I am asleep.\n"
                                 "Olga> hello @Ada, really\n"
                                 "Olga> hello @Ada, again\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_message_is_answered),
        TEST(who_is_not_addressed_is_silent),
        TEST(replies_keep_the_order),
        TEST(a_client_id_counts_once),
        TEST(a_full_queue_refuses_by_name),
        TEST(a_direct_channel_needs_no_mention),
        TEST(a_thread_stays_a_thread),
        TEST(a_reply_to_its_message_addresses),
        TEST(a_missing_parent_is_an_error),
        TEST(a_chain_of_orchestrators_ends),
        TEST(a_reply_to_a_full_queue_fails_visibly),
        TEST(a_subscriber_may_post),
        TEST(start_stop_restart),
        TEST(stop_keeps_what_was_accepted),
        TEST(a_login_outlives_a_restart),
        TEST(auto_start_off_starts_nothing),
        TEST(a_bad_rule_is_the_daemons_error),
        TEST(an_unknown_zone_is_the_daemons_error),
        TEST(errors_are_the_newest_twenty),
        TEST(heartbeats_go_through_the_database),
        TEST(a_stuck_database_stops_the_heart),
        TEST(outside_the_work_hours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
