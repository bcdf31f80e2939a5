/* What changes under a running runtime: messages that are edited or deleted, orchestrators that are changed or go, subscribers
 * that leave, the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "stage.h"

#define CHARTER_ECHO                                                                                         \
    "{\"rules\":[{\"match\":\"hello\",\"reply\":\"Hello from "                                               \
    "me.\"},{\"match\":\"bye\",\"reply\":\"Farewell.\"}]}"

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

static orch_str text_of(const char *text)
{
    return (orch_str){text, strlen(text)};
}

static void changed(const orch_problem *problem, const orch_changed *result, void *user)
{
    stage *s = user;

    (void)result;
    assert_null(problem);
    s->done = true;
}

static void a_deleted_message_gets_no_reply(void **state)
{
    stage *s = *state;
    char url[64];
    int fd = stage_silent_server(url, sizeof url);
    orch_id id;

    stage_use_model(s, "openai/any", url);
    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, true);
    assert_int_equal(stage_post(s, "hello @Ada"), 0);
    id = s->message_id;
    stage_wait(s, stage_has_started);
    s->done = false;
    assert_int_equal(orch_runtime_delete(s->runtime, s->owner, text_of(id.text), changed, s, &s->problem), 0);
    stage_wait(s, stage_is_done);
    stage_wait(s, stage_has_skipped);
    stage_cut(s);
    stage_use_model(s, "rules", "");
    stage_open(s);
    stage_settle(s);
    assert_int_equal(s->replies, 0);
    close(fd);
}

static void a_hanging_model_does_not_delay_the_end(void **state)
{
    stage *s = *state;
    char url[64];
    int fd = stage_silent_server(url, sizeof url);
    uint64_t began;

    stage_use_model(s, "openai/any", url);
    s->config.stop_grace_ms = 200;
    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, true);
    assert_int_equal(stage_post(s, "hello @Ada"), 0);
    stage_wait(s, stage_has_started);
    uv_update_time(&s->loop);
    began = uv_now(&s->loop);
    stage_close(s);
    uv_update_time(&s->loop);
    assert_in_range(uv_now(&s->loop) - began, 150, 5000);
    close(fd);
}

/* The reply is ready while the deletion is under way: it waits, and is not stored. */
static void a_reply_waits_for_a_deletion(void **state)
{
    stage *s = *state;

    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, false);
    assert_int_equal(stage_post(s, "hello @Ada"), 0);
    s->done = false;
    assert_int_equal(
        orch_runtime_delete(s->runtime, s->owner, text_of(s->message_id.text), changed, s, &s->problem), 0);
    orch_runtime_login(s->runtime, stage_find(s, "ada"));
    stage_wait(s, stage_is_done);
    stage_wait(s, stage_has_skipped);
    stage_settle(s);
    assert_int_equal(s->replies, 0);
}

static void failed_to_change(const orch_problem *problem, const orch_changed *result, void *user)
{
    stage *s = user;

    (void)result;
    assert_non_null(problem);
    s->done = true;
}

/* Who may not delete a message keeps nobody from answering it. */
static void a_deletion_that_fails_changes_nothing(void **state)
{
    stage *s = *state;

    stage_open(s);
    stage_orchestrator(s, "Bob", CHARTER_ECHO, false);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, false);
    assert_int_equal(stage_post(s, "hello @Ada"), 0);
    s->done = false;
    assert_int_equal(orch_runtime_delete(s->runtime, stage_find(s, "bob")->user, text_of(s->message_id.text),
                                         failed_to_change, s, &s->problem),
                     0);
    orch_runtime_login(s->runtime, stage_find(s, "ada"));
    stage_wait(s, stage_is_done);
    stage_wait(s, stage_has_reply);
}

static void an_edited_message_is_answered_as_it_is_now(void **state)
{
    stage *s = *state;

    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, false);
    assert_int_equal(stage_post(s, "hello @Ada"), 0);
    s->done = false;
    assert_int_equal(orch_runtime_edit(s->runtime, s->owner, text_of(s->message_id.text),
                                       ORCH_STR("bye @Ada"), changed, s, &s->problem),
                     0);
    stage_wait(s, stage_is_done);
    orch_runtime_login(s->runtime, stage_find(s, "ada"));
    stage_wait(s, stage_has_reply);
    assert_non_null(strstr(s->trace, "created Ada> Farewell.\n"));
}

/* ---- orchestrators ---- */

static void made(const orch_problem *problem, const orch_done *result, void *user)
{
    stage *s = user;

    (void)result;
    assert_null(problem);
    s->done = true;
}

static void change_charter(stage *s, const char *slug, const char *charter)
{
    orch_orchestrator_change change = {.charter = text_of(charter)};

    s->done = false;
    assert_int_equal(orch_workspace_change_orchestrator(orch_runtime_workspace(s->runtime), NULL,
                                                        stage_find(s, slug), &change, made, s, &s->problem),
                     0);
    stage_wait(s, stage_is_done);
    assert_int_equal(orch_runtime_refresh(s->runtime, stage_find(s, slug)), 0);
}

static void a_new_charter_holds_at_once(void **state)
{
    stage *s = *state;

    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, true);
    change_charter(s, "ada", "{\"rules\":[{\"match\":\"hello\",\"reply\":\"Good day.\"}]}");
    assert_int_equal(stage_status(s, "ada"), ORCH_STATUS_RUNNING);
    assert_int_equal(stage_post(s, "hello @Ada"), 0);
    stage_wait(s, stage_has_reply);
    assert_non_null(strstr(s->trace, "created Ada> Good day.\n"));
}

static void a_broken_charter_is_an_error_that_mends(void **state)
{
    stage *s = *state;
    orch_daemon_info info;

    s->environment.auto_restart = false;
    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, true);
    change_charter(s, "ada", "{\"rules\":[{\"match\":\"/(/\",\"reply\":\"x\"}]}");
    assert_int_equal(stage_status(s, "ada"), ORCH_STATUS_ERROR);
    assert_int_equal(orch_runtime_daemon(s->runtime, stage_find(s, "ada"), &info), 0);
    assert_non_null(strstr(info.last_error, "rule"));
    change_charter(s, "ada", CHARTER_ECHO);
    orch_runtime_login(s->runtime, stage_find(s, "ada"));
    assert_int_equal(stage_status(s, "ada"), ORCH_STATUS_RUNNING);
}

/* ---- subscribers ---- */

typedef struct leaver {
    orch_subscription *subscription;
    unsigned notices;
} leaver;

static void leave(const orch_notice *notice, void *user)
{
    leaver *one = user;

    (void)notice;
    one->notices++;
    orch_runtime_unsubscribe(one->subscription);
}

static void a_subscriber_may_leave_from_inside(void **state)
{
    stage *s = *state;
    leaver one = {0}, other = {0};

    stage_open(s);
    one.subscription = orch_runtime_subscribe(s->runtime, leave, &one);
    other.subscription = orch_runtime_subscribe(s->runtime, leave, &other);
    assert_int_equal(stage_post(s, "one"), 0);
    assert_int_equal(stage_post(s, "two"), 0);
    assert_int_equal(one.notices, 1);
    assert_int_equal(other.notices, 1);
}

/* ---- the end ---- */

static void closed(void *user)
{
    stage *s = user;

    s->runtime = NULL;
}

static void stopped(void *user)
{
    stage *s = user;

    assert_int_equal(stage_status(s, "ada"), ORCH_STATUS_STOPPED);
    s->done = true;
    orch_runtime_close(s->runtime, closed, s);
}

static bool is_closed(const stage *s)
{
    return s->runtime == NULL;
}

static void ready_told(int error, const char *message, void *user)
{
    int *out_error = user;

    (void)message;
    *out_error = error;
}

static void a_stop_comes_before_the_close(void **state)
{
    stage *s = *state;
    orch_post post;
    int ready = 1;

    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, true);
    post = stage_draft(s, "hello @Ada");
    assert_int_equal(orch_runtime_ready(s->runtime, ready_told, &ready), 0);
    stage_settle(s);
    assert_int_equal(ready, 0);
    s->done = false;
    orch_runtime_stop(s->runtime, stopped, s);
    assert_false(s->done);
    assert_true(orch_runtime_closing(s->runtime));
    assert_int_equal(stage_post_as(s, &post), ORCH_E_CLOSED);
    assert_int_equal(orch_runtime_ready(s->runtime, ready_told, &ready), 0);
    assert_int_equal(ready, ORCH_E_CLOSED);
    stage_wait(s, is_closed);
    assert_true(s->done);
    orch_model_config_fini(&s->models);
    memset(&s->models, 0, sizeof s->models);
}

/* A folder that is none: everything that was opened is closed again. */
static void a_failed_open_leaves_nothing(void **state)
{
    stage *s = *state;
    char message[512] = "";

    stage_open(s);
    stage_close(s);
    s->config.database_path = "/nonexistent/orchd.db";
    s->config.models = &s->models;
    assert_true(orch_runtime_open(&s->config, &s->runtime, message, sizeof message) < 0);
    assert_true(strlen(message) > 0);
    s->config.database_path = s->database;
    s->config.record_path = "/nonexistent/record";
    assert_true(orch_runtime_open(&s->config, &s->runtime, message, sizeof message) < 0);
    assert_non_null(strstr(message, "/nonexistent/record"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_deleted_message_gets_no_reply),       TEST(a_reply_waits_for_a_deletion),
        TEST(a_deletion_that_fails_changes_nothing), TEST(an_edited_message_is_answered_as_it_is_now),
        TEST(a_new_charter_holds_at_once),           TEST(a_broken_charter_is_an_error_that_mends),
        TEST(a_subscriber_may_leave_from_inside),    TEST(a_hanging_model_does_not_delay_the_end),
        TEST(a_stop_comes_before_the_close),         TEST(a_failed_open_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
