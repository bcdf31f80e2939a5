/* generate_response: replies of the program's own, at once, later, never; and what they are told of the conversation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "recorder.h"

static recorder r;

/* Replies that the program has not ended yet. */
typedef struct desk {
    orch_reply *replies[2000];
    unsigned count;
    char context[8192];
    char system_prompt[8192];
} desk;

static desk d;

static void keep_reply(const orch_incoming_message *message, const orch_generate_context *context,
                       orch_reply *reply, void *user)
{
    desk *at = user;
    size_t len = 0;

    (void)message;
    assert_true(at->count < 2000);
    at->replies[at->count++] = reply;
    snprintf(at->system_prompt, sizeof at->system_prompt, "%s", context->system_prompt);
    at->context[0] = '\0';
    for (size_t i = 0; i < context->messages_count; i++) {
        const orch_said *said = &context->messages[i];

        len += (size_t)snprintf(at->context + len, sizeof at->context - len, "%s%s: %s\n",
                                said->own ? "*" : "", said->author, said->content);
    }
}

static void resolve(unsigned i, const char *content)
{
    orch_reply_resolve(d.replies[i], &(orch_outgoing_message){.content = content});
}

static orch_daemon *make(void)
{
    orch_daemon *daemon = make_daemon(&ann, keep_reply, &d);

    r = (recorder){0};
    d.count = 0;
    record_daemon(&r, daemon);
    start(daemon);
    expect_trace(&r, "started\n");
    return daemon;
}

static void hand_over(orch_daemon *daemon, const char *id, const char *content, orch_wait *wait)
{
    orch_incoming_message message = message_of(id, content);

    orch_daemon_handle_message(daemon, &message, wait ? orch_wait_finished : NULL, wait);
}

/* ---- endings ---- */

static void resolves_later(void **state)
{
    orch_daemon *daemon = make();
    orch_wait wait = ORCH_WAIT_INIT;

    (void)state;
    hand_over(daemon, "1", "@ann hello", &wait);
    run_until(&d.count, 1);
    run_due();
    assert_false(wait.finished);
    resolve(0, "Hello!");
    assert_int_equal(orch_wait_for(&wait), 0);
    expect_trace(&r, "message:send Hello!\nmessage:processed 1\n");
}

static void a_failure_is_told_and_blocks_nothing(void **state)
{
    orch_daemon *daemon = make();
    orch_wait wait = ORCH_WAIT_INIT;
    orch_daemon_health health;

    (void)state;
    hand_over(daemon, "1", "@ann hello", &wait);
    run_until(&d.count, 1);
    orch_reply_fail(d.replies[0], "no idea");
    assert_int_equal(orch_wait_for(&wait), 0);
    hand_over(daemon, "2", "@ann again", &wait);
    run_until(&d.count, 2);
    resolve(1, "");
    assert_int_equal(orch_wait_for(&wait), 0);
    expect_trace(&r, "message:error no idea\nmessage:processed 1\n"
                     "message:error reply.content is required\nmessage:processed 2\n");
    orch_daemon_get_health_status(daemon, &health);
    assert_int_equal(health.total_messages_processed, 0);
    assert_int_equal(health.errors_count, 2);
    assert_string_equal(health.errors[0], "no idea");
}

static void keeps_the_newest_errors(void **state)
{
    orch_daemon *daemon = make();
    orch_daemon_health health;
    orch_wait wait = ORCH_WAIT_INIT;
    char text[16];

    (void)state;
    for (unsigned i = 0; i < ORCH_DAEMON_ERRORS_MAX + 5; i++) {
        snprintf(text, sizeof text, "%u", i);
        hand_over(daemon, text, "@ann", &wait);
        run_until(&d.count, i + 1);
        orch_reply_fail(d.replies[i], text);
        assert_int_equal(orch_wait_for(&wait), 0);
    }
    orch_daemon_get_health_status(daemon, &health);
    assert_int_equal(health.errors_count, ORCH_DAEMON_ERRORS_MAX);
    assert_string_equal(health.errors[0], "5");
    assert_string_equal(health.errors[ORCH_DAEMON_ERRORS_MAX - 1], text);
}

static char last_metadata[256];
static char last_channel[32];
static char last_reply_to[32];

static void keep_sent(const orch_daemon_event *event, void *user)
{
    (void)user;
    snprintf(last_metadata, sizeof last_metadata, "%s", event->outgoing.metadata_json);
    snprintf(last_channel, sizeof last_channel, "%s", event->outgoing.channel_id);
    snprintf(last_reply_to, sizeof last_reply_to, "%s", event->outgoing.reply_to_id);
}

static void a_reply_says_where_it_belongs(void **state)
{
    orch_daemon *daemon = make();
    orch_wait wait = ORCH_WAIT_INIT;

    (void)state;
    orch_daemon_on(daemon, ORCH_DAEMON_MESSAGE_SEND, keep_sent, NULL);
    hand_over(daemon, "1", "@ann hello", &wait);
    run_until(&d.count, 1);
    resolve(0, "Hello!");
    assert_int_equal(orch_wait_for(&wait), 0);
    assert_string_equal(last_channel, "general");
    assert_string_equal(last_reply_to, "1");
    assert_ptr_equal(strstr(last_metadata, "{\"orchestratorId\":\"orch_ann\",\"timestamp\":\"20"),
                     last_metadata);
    assert_non_null(strstr(last_metadata, "\"hops\":1}"));

    hand_over(daemon, "2", "@ann hello", &wait);
    run_until(&d.count, 2);
    orch_reply_resolve(d.replies[1], &(orch_outgoing_message){"Over here", "other", "0", "{\"own\":1}"});
    assert_int_equal(orch_wait_for(&wait), 0);
    assert_string_equal(last_channel, "other");
    assert_string_equal(last_reply_to, "0");
    assert_string_equal(last_metadata, "{\"own\":1}");
}

/* ---- when nobody waits any more ---- */

static void a_reply_outlives_its_daemon(void **state)
{
    orch_daemon *daemon = make();
    orch_wait wait = ORCH_WAIT_INIT;

    (void)state;
    hand_over(daemon, "1", "@ann hello", &wait);
    hand_over(daemon, "2", "@ann and?", NULL);
    run_until(&d.count, 1);
    assert_false(orch_reply_cancelled(d.replies[0]));
    orch_daemon_free(daemon);
    assert_true(orch_reply_cancelled(d.replies[0]));
    assert_int_equal(orch_wait_for(&wait), ORCH_E_CANCELLED);
    resolve(0, "too late");
    run_due();
    assert_int_equal(d.count, 1);
    expect_trace(&r, "");
}

static void free_it(const orch_incoming_message *message, const orch_generate_context *context,
                    orch_reply *reply, void *user)
{
    orch_daemon **daemon = user;

    (void)message;
    orch_daemon_free(*daemon);
    assert_string_equal(context->orchestrator->id, "orch_ann");
    orch_reply_fail(reply, "gone");
    *daemon = NULL;
}

static void generate_may_free_its_daemon(void **state)
{
    orch_daemon *daemon = NULL;
    orch_wait wait = ORCH_WAIT_INIT;

    (void)state;
    daemon = make_daemon(&ann, free_it, &daemon);
    start(daemon);
    hand_over(daemon, "1", "@ann hello", &wait);
    assert_int_equal(orch_wait_for(&wait), ORCH_E_CANCELLED);
    assert_null(daemon);
}

/* ---- order and limits ---- */

static void one_conversation_one_turn(void **state)
{
    orch_daemon *daemon = make();
    orch_incoming_message elsewhere = message_of("3", "@ann three");
    orch_daemon_health health;

    (void)state;
    elsewhere.channel_id = "random";
    hand_over(daemon, "1", "@ann one", NULL);
    hand_over(daemon, "2", "@ann two", NULL);
    orch_daemon_handle_message(daemon, &elsewhere, NULL, NULL);
    run_until(&d.count, 2);
    run_due();
    assert_int_equal(d.count, 2); /* 1 and 3: 2 waits for 1 */
    orch_daemon_get_health_status(daemon, &health);
    assert_int_equal(health.active_conversations, 2);
    resolve(1, "third");
    resolve(0, "first");
    run_until(&d.count, 3);
    resolve(2, "second");
    run_until(&r.sent, 3);
    run_due();
    expect_trace(&r, "message:send third\nmessage:processed 3\nmessage:send first\nmessage:processed 1\n"
                     "message:send second\nmessage:processed 2\n");
}

static void a_full_queue_is_told(void **state)
{
    orch_daemon *daemon = make();
    orch_wait wait = ORCH_WAIT_INIT;
    char id[16];

    (void)state;
    for (int i = 0; i < 1001; i++) { /* one runs, 1000 wait */
        snprintf(id, sizeof id, "%d", i);
        hand_over(daemon, id, "@ann", NULL);
    }
    hand_over(daemon, "too many", "@ann", &wait);
    assert_int_equal(orch_wait_for(&wait), ORCH_E_BUSY);
    assert_string_equal(wait.message, "the orchestrator's queue is full");
    expect_trace(&r, "message:error the orchestrator's queue is full\n");
    for (unsigned i = 0; i < 1001; i++) {
        run_until(&d.count, i + 1);
        resolve(i, "ok");
    }
    run_until(&r.sent, 1001);
}

/* A reply in flight when the daemon is stopped is still sent. */
static void a_stop_waits_for_replies(void **state)
{
    orch_daemon *daemon = make();
    orch_wait wait = ORCH_WAIT_INIT;
    orch_wait queued = ORCH_WAIT_INIT;

    (void)state;
    hand_over(daemon, "1", "@ann one", NULL);
    hand_over(daemon, "2", "@ann two", &queued);
    run_until(&d.count, 1);
    orch_daemon_stop(daemon, orch_wait_finished, &wait);
    run_due();
    assert_false(wait.finished);
    resolve(0, "first");
    assert_int_equal(orch_wait_for(&wait), 0);
    expect_trace(&r, "message:send first\nmessage:processed 1\nstopped\n");
    assert_int_equal(orch_wait_for(&queued), 0); /* kept for the next start */
    start(daemon);
    run_until(&d.count, 2);
    resolve(1, "second");
    run_until(&r.sent, 2);
}

/* ---- context ---- */

static void knows_what_was_said(void **state)
{
    orch_daemon *daemon = make();
    orch_wait wait = ORCH_WAIT_INIT;
    orch_incoming_message named = message_of("3", "@ann and now?");
    orch_incoming_message in_thread = message_of("4", "@ann here?");

    (void)state;
    assert_int_equal(say(daemon, "1", "It rains."), 0);
    hand_over(daemon, "2", "@ann does it?", &wait);
    run_until(&d.count, 1);
    assert_string_equal(d.context, "guest: It rains.\nguest: @ann does it?\n");
    assert_non_null(strstr(d.system_prompt, "Ann Lee"));
    assert_non_null(strstr(d.system_prompt, "Designer"));

    named.metadata_json = "{\"authorName\":\"Zoe\"}";
    orch_daemon_handle_message(daemon, &named, NULL, NULL);
    resolve(0, "Yes.");
    run_until(&d.count, 2);
    assert_string_equal(d.context,
                        "guest: It rains.\nguest: @ann does it?\n*Ann Lee: Yes.\nZoe: @ann and now?\n");
    resolve(1, "No.");

    in_thread.metadata_json = "{\"threadId\":\"1\"}"; /* a conversation of its own */
    orch_daemon_handle_message(daemon, &in_thread, NULL, NULL);
    run_until(&d.count, 3);
    assert_string_equal(d.context, "guest: @ann here?\n");
    resolve(2, "Here.");
}

static void later_messages_are_not_part_of_the_question(void **state)
{
    orch_daemon *daemon = make();

    (void)state;
    hand_over(daemon, "1", "@ann one", NULL);
    hand_over(daemon, "2", "@ann two", NULL);
    hand_over(daemon, "3", "by the way", NULL);
    run_until(&d.count, 1);
    assert_string_equal(d.context, "guest: @ann one\n");
    resolve(0, "1!");
    run_until(&d.count, 2);
    assert_string_equal(d.context, "guest: @ann one\n*Ann Lee: 1!\nguest: @ann two\n");
    resolve(1, "2!");
}

static int teardown(void **state)
{
    for (unsigned i = 0; i < d.count; i++)
        d.replies[i] = NULL;
    return clean_teardown(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, clean_setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(resolves_later),
        TEST(a_failure_is_told_and_blocks_nothing),
        TEST(keeps_the_newest_errors),
        TEST(a_reply_says_where_it_belongs),
        TEST(a_reply_outlives_its_daemon),
        TEST(generate_may_free_its_daemon),
        TEST(one_conversation_one_turn),
        TEST(a_full_queue_is_told),
        TEST(a_stop_waits_for_replies),
        TEST(knows_what_was_said),
        TEST(later_messages_are_not_part_of_the_question),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
