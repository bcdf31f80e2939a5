/* Figures over time: the steps of a question, rows that add up, and what goes when there are too many. */
#include "workspace_fixture.h"

#include "statistics.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

/* ---- the plan ---- */

static void assert_plan(int64_t from_ms, int64_t to_ms, size_t points, int64_t step_ms, orch_grain grain)
{
    const int64_t now_ms = 1000 * DAY_MS + 12345;
    orch_points_asked plan = orch_points_plan(now_ms + from_ms, now_ms + to_ms, points, now_ms);

    assert_int_equal(plan.step_ms, step_ms);
    assert_int_equal(plan.grain, grain);
    assert_int_equal(plan.from_ms % step_ms, 0);
    assert_in_range(plan.count, 1, points);
    assert_true(plan.from_ms + (int64_t)plan.count * step_ms >= now_ms + to_ms);
}

static void the_step_is_the_shortest_that_fits(void **state)
{
    (void)state;
    assert_plan(-HOUR_MS, 0, 120, MINUTE_MS, ORCH_GRAIN_MINUTE);
    assert_plan(-HOUR_MS, 0, 61, MINUTE_MS, ORCH_GRAIN_MINUTE);
    assert_plan(-HOUR_MS, 0, 40, 2 * MINUTE_MS, ORCH_GRAIN_MINUTE);
    assert_plan(-DAY_MS, 0, 500, 5 * MINUTE_MS, ORCH_GRAIN_MINUTE);
    assert_plan(-DAY_MS, 0, 25, HOUR_MS, ORCH_GRAIN_HOUR);
    assert_plan(-DAY_MS - MINUTE_MS, 0, 500, HOUR_MS, ORCH_GRAIN_HOUR);
    assert_plan(-30 * DAY_MS, 0, 300, 3 * HOUR_MS, ORCH_GRAIN_HOUR);
    assert_plan(-180 * DAY_MS, 0, 500, 12 * HOUR_MS, ORCH_GRAIN_HOUR);
    assert_plan(-180 * DAY_MS, 0, 50, 4 * DAY_MS, ORCH_GRAIN_HOUR);
    assert_plan(-900 * DAY_MS, 0, 500, 12 * HOUR_MS, ORCH_GRAIN_HOUR); /* what is not kept is not asked for */
    assert_plan(-180 * DAY_MS, 0, 1, 256 * DAY_MS, ORCH_GRAIN_HOUR);
    assert_plan(-1, 0, 1, MINUTE_MS, ORCH_GRAIN_MINUTE);
}

/* ---- rows ---- */

static void on_stored(const orch_problem *problem, void *user)
{
    assert_null(problem);
    ++*(int *)user;
}

static void store(fixture *f, const orch_statistics_row *rows, size_t count)
{
    int calls = 0;

    assert_int_equal(orch_workspace_store_statistics(f->workspace, rows, count, on_stored, &calls), 0);
    orch_database_drain(f->database);
    assert_int_equal(calls, 1);
}

static int64_t store_one(fixture *f, orch_grain grain, const orch_id *subject, int64_t at_ms,
                         uint64_t answered)
{
    orch_sums sums = {.answered = answered, .failed = 1, .tokens_input = 5, .tokens_output = 2};
    const orch_statistics_row row = {grain, orch_workspace_statistics_id(f->workspace, grain), subject, at_ms,
                                     &sums};

    for (uint64_t i = 0; i < answered; i++)
        orch_latencies_add(&sums.latencies, 100);
    store(f, &row, 1);
    return row.id;
}

typedef struct seen_points {
    int calls;
    orch_sums points[ORCH_POINTS_MAX];
} seen_points;

static void on_points(const orch_problem *problem, orch_sums *points, void *user)
{
    seen_points *seen = user;

    assert_null(problem);
    seen->calls++;
    seen->points[0] = points[0];
    seen->points[1] = points[1];
}

/* Two points from `from_ms` on. */
static seen_points read_two(fixture *f, const orch_id *subject, orch_grain grain, int64_t from_ms,
                            int64_t step_ms)
{
    const orch_points_asked asked = {subject, from_ms, step_ms, 2, grain};
    static seen_points seen;

    seen = (seen_points){0};
    assert_int_equal(orch_workspace_points(f->workspace, &asked, on_points, &seen), 0);
    orch_database_drain(f->database);
    assert_int_equal(seen.calls, 1);
    return seen;
}

static void rows_of_one_time_add_up(void **state)
{
    fixture *f = *state;
    const orch_id mira = f->mira->id, whole = f->ann->organization->id;
    int64_t at_ms = f->now_ms / HOUR_MS * HOUR_MS;
    seen_points seen;

    (void)store_one(f, ORCH_GRAIN_MINUTE, &mira, at_ms, 2);
    fixture_reopen(f); /* a row of another life */
    (void)store_one(f, ORCH_GRAIN_MINUTE, &mira, at_ms, 3);
    (void)store_one(f, ORCH_GRAIN_MINUTE, &f->otto->id, at_ms, 50);
    (void)store_one(f, ORCH_GRAIN_MINUTE, &whole, at_ms + MINUTE_MS, 7);
    (void)store_one(f, ORCH_GRAIN_HOUR, &mira, at_ms, 11);
    seen = read_two(f, &mira, ORCH_GRAIN_MINUTE, at_ms, MINUTE_MS);
    assert_int_equal(seen.points[0].answered, 5);
    assert_int_equal(seen.points[0].failed, 2);
    assert_int_equal(seen.points[0].tokens_input, 10);
    assert_int_equal(seen.points[0].latencies.longest_ms, 100);
    assert_in_range(orch_latencies_quantile(&seen.points[0].latencies, 50), 90, 100);
    assert_int_equal(seen.points[1].answered, 0);
    seen = read_two(f, &mira, ORCH_GRAIN_HOUR, at_ms, HOUR_MS);
    assert_int_equal(seen.points[0].answered, 11);
    seen = read_two(f, NULL, ORCH_GRAIN_MINUTE, at_ms, MINUTE_MS); /* organizations alone */
    assert_int_equal(seen.points[0].answered, 0);
    assert_int_equal(seen.points[1].answered, 7);
}

static void a_row_of_the_same_number_is_replaced(void **state)
{
    fixture *f = *state;
    int64_t at_ms = f->now_ms / HOUR_MS * HOUR_MS;
    int64_t id = store_one(f, ORCH_GRAIN_HOUR, &f->mira->id, at_ms, 2);
    orch_sums sums = {.answered = 9};
    const orch_statistics_row row = {ORCH_GRAIN_HOUR, id, &f->mira->id, at_ms, &sums};

    store(f, &row, 1);
    assert_int_equal(read_two(f, &f->mira->id, ORCH_GRAIN_HOUR, at_ms, HOUR_MS).points[0].answered, 9);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_hours"), 1);
}

static void what_is_old_goes(void **state)
{
    fixture *f = *state;
    int64_t now_ms = f->now_ms;

    (void)store_one(f, ORCH_GRAIN_MINUTE, &f->mira->id, now_ms - ORCH_MINUTES_KEPT_MS - 1, 1);
    (void)store_one(f, ORCH_GRAIN_HOUR, &f->mira->id, now_ms - ORCH_MINUTES_KEPT_MS - 1, 1);
    (void)store_one(f, ORCH_GRAIN_HOUR, &f->mira->id, now_ms - ORCH_HOURS_KEPT_MS - 1, 1);
    (void)store_one(f, ORCH_GRAIN_MINUTE, &f->mira->id, now_ms, 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_minutes"), 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_hours"), 1);
    assert_int_equal(ask(f, "SELECT at_ms FROM orchd_minutes"), now_ms);
}

static void there_are_never_more_than_so_many(void **state)
{
    fixture *f = *state;
    static const char fill[] =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200100) "
        "INSERT INTO orchd_minutes (id, subject, at_ms, answered, failed, input_tokens, output_tokens, "
        "longest_ms, latencies) SELECT i, 'somebody', 9000000000000, 0, 0, 0, 0, 0, '' FROM n";
    orch_batch *batch = orch_batch_new();

    assert_int_equal(orch_batch_add(batch, fill, NULL, 0), 0);
    assert_int_equal(orch_database_submit(f->database, batch, ORCH_BATCH_WRITE, NULL, NULL), 0);
    fixture_reopen(f);
    (void)store_one(f, ORCH_GRAIN_MINUTE, &f->mira->id, INT64_C(9000000000000), 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM orchd_minutes"), ORCH_MINUTE_ROWS_MAX);
    assert_int_equal(ask(f, "SELECT max(id) FROM orchd_minutes"), 200101);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_step_is_the_shortest_that_fits),
        cmocka_unit_test_setup_teardown(rows_of_one_time_add_up, setup_people, teardown),
        cmocka_unit_test_setup_teardown(a_row_of_the_same_number_is_replaced, setup_people, teardown),
        cmocka_unit_test_setup_teardown(what_is_old_goes, setup_people, teardown),
        cmocka_unit_test_setup_teardown(there_are_never_more_than_so_many, setup_people, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
