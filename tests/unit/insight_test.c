/* What the control room sees of a runtime: figures over minutes and hours, events, conversations; and answers that nobody
 * stores. Minutes pass because the test says so: it sets back when the present one began.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime_parts.h"
#include "stage.h"

#define CHARTER   "{\"rules\":[{\"match\":\"hello\",\"reply\":\"Hello from me.\"}]}"
#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   (60 * MINUTE_MS)

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

static void answer_once(stage *s, const char *question)
{
    stage_clear(s);
    s->replies = 0;
    assert_int_equal(stage_post(s, question), 0);
    stage_wait(s, stage_has_reply);
    stage_settle(s);
}

/* ---- figures ---- */

typedef struct figures {
    bool done;
    uint64_t answered;
    uint64_t first; /* of the first point */
    uint32_t p50_ms;
} figures;

static void on_points(const orch_problem *problem, const orch_points_asked *asked, const orch_sums *points,
                      void *user)
{
    figures *seen = user;

    assert_null(problem);
    seen->done = true;
    seen->first = points[0].answered;
    for (size_t i = 0; i < asked->count; i++)
        seen->answered += points[i].answered;
    seen->p50_ms = orch_latencies_quantile(&points[asked->count - 1].latencies, 50);
}

/* From `ago_ms` on, in steps of the grain. */
static figures read_figures(stage *s, const orch_id *subject, orch_grain grain, int64_t ago_ms)
{
    int64_t step_ms = grain == ORCH_GRAIN_MINUTE ? MINUTE_MS : HOUR_MS;
    int64_t now_ms = orch_engine_wall(s->runtime->engine);
    orch_points_asked asked = {.subject = subject,
                               .grain = grain,
                               .step_ms = step_ms,
                               .from_ms = (now_ms - ago_ms) / step_ms * step_ms};
    figures seen = {0};

    asked.count = (size_t)((now_ms + step_ms - asked.from_ms) / step_ms);
    assert_int_equal(orch_runtime_points(s->runtime, &asked, on_points, &seen), 0);
    while (!seen.done)
        uv_run(&s->loop, UV_RUN_ONCE);
    return seen;
}

static void minutes_and_hours_add_up(void **state)
{
    stage *s = *state;
    orch_id ada, whole;

    stage_open(s);
    ada = stage_orchestrator(s, "Ada", CHARTER, true)->id;
    whole = s->owner->organization->id;
    answer_once(s, "hello @Ada");
    assert_int_equal(read_figures(s, &stage_find(s, "ada")->id, ORCH_GRAIN_MINUTE, 0).answered, 1);
    s->runtime->tallies.minute_ms -= 3 * HOUR_MS; /* that was three hours ago */
    answer_once(s, "hello @Ada");
    answer_once(s, "hello @Ada");
    s->runtime->tallies.minute_ms -= 10 * MINUTE_MS; /* and those ten minutes */
    answer_once(s, "hello @Ada");
    assert_int_equal(read_figures(s, NULL, ORCH_GRAIN_MINUTE, 5 * MINUTE_MS).answered, 1);
    assert_int_equal(read_figures(s, NULL, ORCH_GRAIN_MINUTE, 20 * MINUTE_MS).answered, 3);
    assert_int_equal(read_figures(s, NULL, ORCH_GRAIN_HOUR, HOUR_MS).answered, 3);
    assert_int_equal(read_figures(s, NULL, ORCH_GRAIN_HOUR, 5 * HOUR_MS).answered, 4);
    assert_true(read_figures(s, NULL, ORCH_GRAIN_MINUTE, 0).p50_ms < 20000);
    stage_close(s);
    stage_open(s); /* nothing is missing, and pointers are others */
    assert_int_equal(read_figures(s, &ada, ORCH_GRAIN_HOUR, 5 * HOUR_MS).answered, 4);
    assert_int_equal(read_figures(s, &whole, ORCH_GRAIN_HOUR, 5 * HOUR_MS).answered, 4);
    assert_int_equal(read_figures(s, &ada, ORCH_GRAIN_MINUTE, 5 * HOUR_MS).answered, 4);
}

static void a_tally_ends_with_its_hour(void **state)
{
    stage *s = *state;
    const orch_orchestrator *ada;

    stage_open(s);
    ada = stage_orchestrator(s, "Ada", CHARTER, true);
    stage_orchestrator(s, "Bob", CHARTER, true);
    assert_null(s->runtime->tallies.first);
    answer_once(s, "hello @Ada");
    assert_non_null(orch__live_daemon_find(s->runtime, ada->daemon)->tally);
    s->runtime->tallies.minute_ms -= HOUR_MS;
    answer_once(s, "hello @Bob");
    assert_null(orch__live_daemon_find(s->runtime, ada->daemon)->tally);
    assert_int_equal(read_figures(s, NULL, ORCH_GRAIN_HOUR, 2 * HOUR_MS).answered, 2);
}

/* ---- events ---- */

typedef struct history {
    bool done;
    size_t count;
    char text[2048];
} history;

static void on_events(const orch_problem *problem, const orch_daemon_events *events, void *user)
{
    history *seen = user;
    size_t len = 0;

    assert_null(problem);
    seen->done = true;
    seen->count = events->count;
    for (size_t i = 0; i < events->count && len < sizeof seen->text; i++)
        len += (size_t)snprintf(seen->text + len, sizeof seen->text - len, "%.*s %.*s\n",
                                (int)events->items[i].kind.len, events->items[i].kind.ptr,
                                (int)events->items[i].details.len,
                                events->items[i].details.ptr ? events->items[i].details.ptr : "");
}

static history read_events(stage *s, const char *slug)
{
    history seen = {0};

    assert_int_equal(orch_workspace_events(orch_runtime_workspace(s->runtime), stage_find(s, slug), 0, 100,
                                           on_events, &seen),
                     0);
    while (!seen.done)
        uv_run(&s->loop, UV_RUN_ONCE);
    return seen;
}

static void the_same_again_is_counted(void **state)
{
    stage *s = *state;
    orch_orchestrator *ada, *bob;

    stage_open(s);
    ada = stage_orchestrator(s, "Ada", CHARTER, false);
    bob = stage_orchestrator(s, "Bob", CHARTER, false);
    for (int i = 0; i < 1000; i++) {
        orch_runtime_note(s->runtime, ada, "turn-failed", "It took too long", "\"code\":\"timeout\"");
        orch_runtime_note(s->runtime, bob, "error", "The zone is unknown", NULL);
    }
    orch_runtime_note(s->runtime, ada, "started", "It runs", NULL);
    orch_runtime_note(s->runtime, ada, "turn-failed", "It took too long", "\"code\":\"timeout\"");
    assert_int_equal(s->runtime->journal.count, 4);
    stage_close(s);
    stage_open(s);
    assert_string_equal(read_events(s, "ada").text, "turn-failed {\"code\":\"timeout\"}\n"
                                                    "started \n"
                                                    "turn-failed {\"code\":\"timeout\",\"times\":1000}\n");
    assert_string_equal(read_events(s, "bob").text, "error {\"times\":1000}\n");
}

static void many_events_are_stored_in_parts(void **state)
{
    stage *s = *state;
    orch_orchestrator *ada;
    char words[32];

    stage_open(s);
    ada = stage_orchestrator(s, "Ada", CHARTER, false);
    for (int i = 0; i < 5000; i++) {
        snprintf(words, sizeof words, "Number %d", i);
        orch_runtime_note(s->runtime, ada, "error", words, NULL);
    }
    assert_true(s->runtime->journal.count <= 4096);
    stage_close(s);
    stage_open(s);
    assert_int_equal(read_events(s, "ada").count, 100);
}

/* ---- answers that nobody stores ---- */

typedef struct consulted {
    bool done;
    int error;
    char text[256];
    size_t len;
    char model[64];
} consulted;

static void on_delta(void *user, uint32_t attempt, orch_str text)
{
    consulted *seen = user;

    assert_true(attempt >= 1);
    memcpy(seen->text + seen->len, text.ptr, text.len);
    seen->len += text.len;
}

static void on_end(void *user, const orch_consult_end *end)
{
    consulted *seen = user;

    seen->done = true;
    snprintf(seen->model, sizeof seen->model, "%s", end->model);
}

static void on_failed(void *user, int error, const char *words)
{
    consulted *seen = user;

    assert_true(strlen(words) > 0);
    seen->done = true;
    seen->error = error;
}

static orch_consult *consult(stage *s, orch_orchestrator *orchestrator, consulted *seen)
{
    const orch_prompt_message message = {.author = ORCH_STR("Olga"), .content = ORCH_STR("hello")};
    const orch_consult_request request = {.orchestrator = orchestrator,
                                          .messages = &message,
                                          .messages_count = 1,
                                          .temperature = -1,
                                          .sink = {on_delta, on_end, on_failed, seen}};
    orch_consult *made = NULL;
    orch_problem problem = {0};

    *seen = (consulted){0};
    assert_int_equal(orch_runtime_consult(s->runtime, &request, &made, &problem), 0);
    assert_false(seen->done);
    return made;
}

static void an_answer_is_given_and_not_stored(void **state)
{
    stage *s = *state;
    consulted seen;
    orch_runtime_counters counters;

    stage_open(s);
    (void)consult(s, stage_orchestrator(s, "Ada", CHARTER, false), &seen); /* its daemon need not run */
    while (!seen.done)
        uv_run(&s->loop, UV_RUN_ONCE);
    assert_int_equal(seen.error, 0);
    assert_string_equal(seen.text, "Hello from me.");
    assert_string_equal(seen.model, "rules");
    orch_runtime_count(s->runtime, &counters);
    assert_int_equal(counters.messages_accepted + counters.turns_answered, 0);
    assert_int_equal(s->runtime->consults_count, 0);
}

static void a_cancelled_one_says_nothing(void **state)
{
    stage *s = *state;
    consulted seen;

    stage_open(s);
    orch_consult_cancel(consult(s, stage_orchestrator(s, "Ada", CHARTER, false), &seen));
    stage_settle(s);
    assert_false(seen.done);
    assert_int_equal(seen.len, 0);
}

static void there_are_only_so_many_and_the_end_ends_them(void **state)
{
    stage *s = *state;
    consulted seen[ORCH_CONSULTS_MAX], other = {0};
    const orch_prompt_message message = {.content = ORCH_STR("hello")};
    orch_consult_request request = {
        .messages = &message, .messages_count = 1, .sink = {on_delta, on_end, on_failed, &other}};
    orch_consult *made = NULL;
    orch_problem problem = {0};
    char url[64];
    int fd = stage_silent_server(url, sizeof url);

    stage_use_model(s, "openai/some", url);
    stage_open(s);
    request.orchestrator = stage_orchestrator(s, "Ada", CHARTER, false);
    for (size_t i = 0; i < ORCH_CONSULTS_MAX; i++)
        (void)consult(s, request.orchestrator, &seen[i]);
    assert_int_equal(orch_runtime_consult(s->runtime, &request, &made, &problem), ORCH_E_BUSY);
    assert_non_null(strstr(problem.message, "64"));
    stage_close(s);
    for (size_t i = 0; i < ORCH_CONSULTS_MAX; i++)
        assert_true(seen[i].done && seen[i].error == ORCH_E_CLOSED);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(minutes_and_hours_add_up, setup, teardown),
        cmocka_unit_test_setup_teardown(a_tally_ends_with_its_hour, setup, teardown),
        cmocka_unit_test_setup_teardown(the_same_again_is_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(many_events_are_stored_in_parts, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_is_given_and_not_stored, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cancelled_one_says_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(there_are_only_so_many_and_the_end_ends_them, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
