/* The runtime with models over HTTP: none there, one that hangs, one that is cut, one that talks too much; and what a
 * process that died under them left.
 */
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "stage.h"

#define HISTORY_MAX  65536
#define CHARTER_ECHO "{\"rules\":[{\"match\":\"hello\",\"reply\":\"Hello from me.\"}]}"

#define CHUNK(text) "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" text "\"}}]}\n\n"
#define STREAM_END                                                                                           \
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"                        \
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n"

static char history[HISTORY_MAX];

static int setup(void **state)
{
    stage *s = malloc(sizeof *s);

    if (!s)
        return -1;
    stage_init(s);
    s->config.retry_base_ms = 10;
    s->config.retry_cap_ms = 20;
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    stage_fini(*state);
    free(*state);
    return 0;
}

static bool five_replies(const stage *s)
{
    return s->replies >= 5;
}

static bool one_failure(const stage *s)
{
    return s->failures >= 1;
}

static void a_dead_model_is_a_visible_failure(void **state)
{
    stage *s = *state;
    orch_runtime_counters counters;
    char url[64];
    int fd = stage_bound_socket(url, sizeof url);

    close(fd); /* nobody listens there any more */
    stage_use_model(s, "openai/any", url);
    s->config.attempts_per_model = 3;
    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, true);
    stage_clear(s);
    assert_int_equal(stage_post(s, "hello @Ada"), 0);
    stage_wait(s, one_failure);
    assert_string_equal(s->trace, "created Olga> hello @Ada\n"
                                  "started Ada attempt=1\n"
                                  "started Ada attempt=2\n"
                                  "started Ada attempt=3\n"
                                  "failed Ada connection\n");
    orch_runtime_count(s->runtime, &counters);
    assert_int_equal(counters.turns_failed, 1);
    assert_int_equal(counters.retries, 2);
}

static void the_next_model_of_the_chain_answers(void **state)
{
    stage *s = *state;
    char url[64];
    int fd = stage_bound_socket(url, sizeof url);

    close(fd);
    stage_use_model(s, "openai/any,rules", url);
    s->config.attempts_per_model = 2;
    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, true);
    stage_clear(s);
    assert_int_equal(stage_post(s, "hello @Ada"), 0);
    stage_wait(s, stage_has_reply);
    assert_string_equal(s->trace, "created Olga> hello @Ada\n"
                                  "started Ada attempt=1\n"
                                  "started Ada attempt=2\n"
                                  "started Ada attempt=3\n"
                                  "created Ada> Hello from me.\n");
}

/* The first life's model hangs; it is cut; the second life answers what was accepted, each once. */
static void a_restart_answers_the_unfinished_once(void **state)
{
    stage *s = *state;
    char url[64];
    int fd = stage_silent_server(url, sizeof url);

    stage_use_model(s, "openai/any", url);
    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, true);
    for (int i = 0; i < 5; i++)
        assert_int_equal(stage_post(s, "hello @Ada"), 0);
    stage_wait(s, stage_has_started);
    stage_cut(s);
    stage_use_model(s, "rules", "");
    stage_clear(s);
    stage_open(s);
    stage_wait(s, five_replies);
    stage_settle(s);
    stage_close(s);
    stage_open(s);
    stage_settle(s);
    stage_history(s, s->general, history, sizeof history);
    assert_string_equal(history, "Olga> hello @Ada\nOlga> hello @Ada\nOlga> hello @Ada\nOlga> hello @Ada\n"
                                 "Olga> hello @Ada\n"
                                 "Ada (reply to 1)> Hello from me.\nAda (reply to 2)> Hello from me.\n"
                                 "Ada (reply to 3)> Hello from me.\nAda (reply to 4)> Hello from me.\n"
                                 "Ada (reply to 5)> Hello from me.\n");
    close(fd);
}

static void die_at_the_fifth(const orch_problem *problem, const orch_posted *posted, void *user)
{
    static unsigned acknowledged;

    (void)posted;
    (void)user;
    assert_null(problem);
    if (++acknowledged == 5)
        raise(SIGKILL);
}

/* The program itself, begun anew to be killed inside the fifth acknowledgement: a fork would have no threads, but what their
 * locks guard.
 */
static char die_word[] = "--post-and-die";

static char *program;

static _Noreturn void post_and_die(const char *database)
{
    static stage s;
    orch_post post;

    stage_join(&s, database);
    stage_open(&s);
    post = stage_draft(&s, "hello @Ada");
    for (int i = 0; i < 5; i++)
        assert_int_equal(orch_runtime_post(s.runtime, &post, die_at_the_fifth, NULL, &s.problem), 0);
    uv_run(&s.loop, UV_RUN_DEFAULT);
    abort();
}

static void a_killed_process_loses_nothing(void **state)
{
    stage *s = *state;
    char *const arguments[] = {program, die_word, s->database, NULL};
    pid_t child;
    int status;

    stage_open(s);
    stage_orchestrator(s, "Ada", CHARTER_ECHO, true);
    stage_close(s);
    assert_int_equal(posix_spawn(&child, program, NULL, NULL, arguments, environ), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    stage_clear(s);
    stage_open(s);
    /* How many the first life answered before its end is chance: the history counts, not this life's notices. */
    for (int round = 0; round < 50; round++) {
        stage_settle(s);
        stage_history(s, s->general, history, sizeof history);
        if (stage_count(history, "Ada (reply") >= 5)
            break;
    }
    stage_settle(s);
    stage_history(s, s->general, history, sizeof history);
    assert_int_equal(stage_count(history, "Olga> hello"), 5);
    assert_int_equal(stage_count(history, "Ada (reply"), 5);
    for (const char *at = strstr(history, "(reply to "); at; at = strstr(at + 1, "(reply to ")) {
        char reply[32];

        snprintf(reply, sizeof reply, "(reply to %d)", atoi(at + strlen("(reply to ")));
        assert_int_equal(stage_count(history, reply), 1);
    }
}

/* ---- streams ---- */

static char last_metadata[1024];

static void keep_metadata(const orch_notice *notice, void *user)
{
    (void)user;
    if (notice->kind == ORCH_NOTICE_MESSAGE_CREATED && notice->message->author->orchestrator)
        snprintf(last_metadata, sizeof last_metadata, "%.*s", (int)notice->message->metadata.len,
                 notice->message->metadata.ptr);
}

/* Opens with a server that gives these answers; Ada is asked once. */
static void ask(stage *s, stage_server *server, const char *const *answers, size_t count)
{
    stage_server_start(server, answers, count);
    stage_use_model(s, "openai/any", server->url);
    stage_open(s);
    assert_non_null(orch_runtime_subscribe(s->runtime, keep_metadata, NULL));
    stage_orchestrator(s, "Ada", CHARTER_ECHO, true);
    stage_clear(s);
    assert_int_equal(stage_post(s, "hello @Ada"), 0);
}

static void a_stream_becomes_a_reply(void **state)
{
    static const char *const answers[] = {STAGE_STREAM CHUNK("Good ") CHUNK("day.") STREAM_END};
    stage *s = *state;
    orch_runtime_counters counters;
    stage_server server;

    ask(s, &server, answers, 1);
    stage_wait(s, stage_has_reply);
    stage_server_join(&server);
    assert_int_equal(s->deltas, 2);
    assert_string_equal(s->trace,
                        "created Olga> hello @Ada\nstarted Ada attempt=1\ncreated Ada> Good day.\n");
    assert_non_null(strstr(last_metadata, "\"model\":\"openai/any\""));
    assert_non_null(strstr(last_metadata, "\"usage\":{\"inputTokens\":7,\"outputTokens\":3}"));
    assert_null(strstr(last_metadata, "truncated"));
    orch_runtime_count(s->runtime, &counters);
    assert_int_equal(counters.tokens_input, 7);
    assert_int_equal(counters.tokens_output, 3);
}

/* What was streamed before the cut is no part of the reply; clients see that the attempt began anew. */
static void a_cut_stream_begins_anew(void **state)
{
    static const char *const answers[] = {STAGE_STREAM CHUNK("Goo"),
                                          STAGE_STREAM CHUNK("Good ") CHUNK("day.") STREAM_END};
    stage *s = *state;
    stage_server server;

    ask(s, &server, answers, 2);
    stage_wait(s, stage_has_reply);
    stage_server_join(&server);
    assert_string_equal(s->trace, "created Olga> hello @Ada\nstarted Ada attempt=1\nstarted Ada attempt=2\n"
                                  "created Ada> Good day.\n");
}

static void an_empty_answer_is_tried_again(void **state)
{
    static const char *const answers[] = {STAGE_STREAM STREAM_END, STAGE_STREAM CHUNK(" \\n ") STREAM_END};
    stage *s = *state;
    orch_daemon_info info;
    stage_server server;

    s->config.attempts_per_model = 2;
    ask(s, &server, answers, 2);
    stage_wait(s, one_failure);
    stage_server_join(&server);
    assert_non_null(strstr(s->trace, "failed Ada protocol\n"));
    assert_int_equal(orch_runtime_daemon(s->runtime, stage_find(s, "ada"), &info), 0);
    assert_non_null(strstr(info.last_error, "empty"));
}

static void a_long_answer_is_cut_between_characters(void **state)
{
    static char answer[4 * ORCH_CONTENT_MAX];
    const char *const answers[] = {answer};
    stage *s = *state;
    stage_server server;
    size_t len = (size_t)sprintf(answer, "%s", STAGE_STREAM);
    size_t reply_len;

    for (int chunk = 0; chunk < 40; chunk++) {
        len += (size_t)sprintf(answer + len, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"");
        for (int i = 0; i < 500; i++)
            len += (size_t)sprintf(answer + len, "\xc3\xa9");
        len += (size_t)sprintf(answer + len, "\"}}]}\n\n");
    }
    sprintf(answer + len, "%s", STREAM_END);
    ask(s, &server, answers, 1);
    stage_wait(s, stage_has_reply);
    stage_server_join(&server);
    stage_history(s, s->general, history, sizeof history);
    reply_len = strlen(strstr(history, "(reply to 1)> ")) - strlen("(reply to 1)> ") - 1;
    assert_in_range(reply_len, ORCH_CONTENT_MAX - 8, ORCH_CONTENT_MAX);
    assert_string_equal(history + strlen(history) - 6, "\xc3\xa9\xe2\x80\xa6\n");
    assert_non_null(strstr(last_metadata, "\"truncated\":true"));
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_dead_model_is_a_visible_failure),
        TEST(the_next_model_of_the_chain_answers),
        TEST(a_restart_answers_the_unfinished_once),
        TEST(a_killed_process_loses_nothing),
        TEST(a_stream_becomes_a_reply),
        TEST(a_cut_stream_begins_anew),
        TEST(an_empty_answer_is_tried_again),
        TEST(a_long_answer_is_cut_between_characters),
    };

    if (argc == 3 && strcmp(argv[1], die_word) == 0)
        post_and_die(argv[2]);
    program = argv[0];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
