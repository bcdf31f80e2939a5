#include "statistics.h"

#include <stdlib.h>

#include "orchd/assert.h"
#include "statements.h"

#define COLUMNS "(id, subject, at_ms, answered, failed, input_tokens, output_tokens, longest_ms, latencies)"
#define REPLACE                                                                                              \
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET answered = "                \
    "excluded.answered, failed = excluded.failed, input_tokens = excluded.input_tokens, "                    \
    "output_tokens = excluded.output_tokens, longest_ms = excluded.longest_ms, "                             \
    "latencies = excluded.latencies"
#define SUMS   "SELECT at_ms, answered, failed, input_tokens, output_tokens, longest_ms, latencies FROM "
#define OF_ONE " WHERE subject = $1 AND at_ms >= $2 AND at_ms < $3"
#define OF_ALL " WHERE subject IN (SELECT id FROM organizations) AND at_ms >= $1 AND at_ms < $2"
#define OLDEST " ORDER BY id LIMIT $3) AS oldest WHERE at_ms < $1 OR id <= $2)" /* only these are looked at */

static const char sql_store_minute[] = "INSERT INTO orchd_minutes " COLUMNS REPLACE;
static const char sql_store_hour[] = "INSERT INTO orchd_hours " COLUMNS REPLACE;
static const char sql_trim_minutes[] =
    "DELETE FROM orchd_minutes WHERE id IN (SELECT id FROM (SELECT id, at_ms "
    "FROM orchd_minutes" OLDEST;
static const char sql_trim_hours[] = "DELETE FROM orchd_hours WHERE id IN (SELECT id FROM (SELECT id, at_ms "
                                     "FROM orchd_hours" OLDEST;
static const char sql_minutes[] = SUMS "orchd_minutes" OF_ONE;
static const char sql_hours[] = SUMS "orchd_hours" OF_ONE;
static const char sql_all_minutes[] = SUMS "orchd_minutes" OF_ALL;
static const char sql_all_hours[] = SUMS "orchd_hours" OF_ALL;

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

void orch_sums_merge(orch_sums *into, const orch_sums *from)
{
    into->answered += from->answered;
    into->failed += from->failed;
    into->tokens_input += from->tokens_input;
    into->tokens_output += from->tokens_output;
    orch_latencies_merge(&into->latencies, &from->latencies);
}

/* ---- writing ---- */

int64_t orch_workspace_statistics_id(orch_workspace *workspace, orch_grain grain)
{
    return ++workspace->statistics_last[grain];
}

static void add_row(orch__statements *statements, const orch_statistics_row *row)
{
    char text[ORCH_LATENCY_TEXT_MAX];
    const orch_sums *sums = row->sums;
    orch_str latencies = {text, orch_latencies_write(&sums->latencies, text)};

    ORCH__ADD(statements, row->grain == ORCH_GRAIN_MINUTE ? sql_store_minute : sql_store_hour,
              orch__integer(row->id), orch__id(row->subject), orch__integer(row->at_ms),
              orch__integer((int64_t)sums->answered), orch__integer((int64_t)sums->failed),
              orch__integer((int64_t)sums->tokens_input), orch__integer((int64_t)sums->tokens_output),
              orch__integer(sums->latencies.longest_ms), orch__text(latencies));
}

/* Twice as many as come, so that what is too much goes in the end, and no table is searched. */
static void add_trims(orch_workspace *workspace, orch__statements *statements)
{
    int64_t now = orch__now(workspace);

    ORCH__ADD(statements, sql_trim_minutes, orch__integer(now - ORCH_MINUTES_KEPT_MS),
              orch__integer(workspace->statistics_last[ORCH_GRAIN_MINUTE] - ORCH_MINUTE_ROWS_MAX),
              orch__integer(2 * ORCH_STATISTICS_A_BATCH));
    ORCH__ADD(statements, sql_trim_hours, orch__integer(now - ORCH_HOURS_KEPT_MS),
              orch__integer(workspace->statistics_last[ORCH_GRAIN_HOUR] - ORCH_HOUR_ROWS_MAX),
              orch__integer(2 * ORCH_STATISTICS_A_BATCH));
}

typedef struct storing {
    orch_stored_fn done;
    void *user;
} storing;

static void stored(int error, const orch_result *result, void *user)
{
    storing *kept = user;
    orch_problem problem = {0};

    if (error)
        (void)orch__database_problem(&problem, error, result);
    if (kept->done)
        kept->done(error ? &problem : NULL, kept->user);
    free(kept);
}

int orch_workspace_store_statistics(orch_workspace *workspace, const orch_statistics_row *rows, size_t count,
                                    orch_stored_fn done, void *user)
{
    orch__statements statements = orch__statements_new();
    storing *kept = malloc(sizeof *kept);
    int error;

    ORCH_ASSERT(count <= ORCH_STATISTICS_A_BATCH);
    if (kept)
        *kept = (storing){done, user};
    else
        statements.error = ORCH_E_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        add_row(&statements, &rows[i]);
    add_trims(workspace, &statements);
    error = orch__statements_submit(&statements, workspace, ORCH_BATCH_WRITE, stored, kept);
    if (error)
        free(kept);
    return error;
}

/* ---- reading ---- */

static int64_t round_down(int64_t ms, int64_t step_ms)
{
    return ms / step_ms * step_ms;
}

static size_t points_between(int64_t from_ms, int64_t to_ms, int64_t step_ms)
{
    return (size_t)((to_ms - from_ms + step_ms - 1) / step_ms);
}

orch_points_asked orch_points_plan(int64_t from_ms, int64_t to_ms, size_t points, int64_t now_ms)
{
    static const int64_t steps[] = {MINUTE_MS,      2 * MINUTE_MS,  5 * MINUTE_MS, 10 * MINUTE_MS,
                                    15 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS,       2 * HOUR_MS,
                                    3 * HOUR_MS,    6 * HOUR_MS,    12 * HOUR_MS,  DAY_MS};
    bool minutes_kept = from_ms >= now_ms - ORCH_MINUTES_KEPT_MS;
    orch_points_asked plan = {0};

    if (from_ms < to_ms - ORCH_HOURS_KEPT_MS)
        from_ms = to_ms - ORCH_HOURS_KEPT_MS;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        plan.step_ms = steps[i];
        plan.from_ms = round_down(from_ms, plan.step_ms);
        plan.count = points_between(plan.from_ms, to_ms, plan.step_ms);
        if (plan.count <= points && (minutes_kept || plan.step_ms >= HOUR_MS))
            break;
    }
    while (plan.count > points) {
        plan.step_ms *= 2;
        plan.from_ms = round_down(from_ms, plan.step_ms);
        plan.count = points_between(plan.from_ms, to_ms, plan.step_ms);
    }
    plan.grain = minutes_kept && plan.step_ms < HOUR_MS ? ORCH_GRAIN_MINUTE : ORCH_GRAIN_HOUR;
    return plan;
}

typedef struct reading {
    orch_points_asked asked;
    orch_points_fn done;
    void *user;
    orch_sums points[];
} reading;

static void take_row(reading *kept, const orch_result *result, size_t row)
{
    int64_t at_ms = orch_result_integer(result, 0, row, 0);
    size_t index = (size_t)((at_ms - kept->asked.from_ms) / kept->asked.step_ms);
    uint32_t longest_ms = (uint32_t)orch_result_integer(result, 0, row, 5);
    orch_sums *point = &kept->points[index];

    if (index >= kept->asked.count)
        return;
    point->answered += (uint64_t)orch_result_integer(result, 0, row, 1);
    point->failed += (uint64_t)orch_result_integer(result, 0, row, 2);
    point->tokens_input += (uint64_t)orch_result_integer(result, 0, row, 3);
    point->tokens_output += (uint64_t)orch_result_integer(result, 0, row, 4);
    orch_latencies_add_text(&point->latencies, orch_result_text(result, 0, row, 6));
    if (longest_ms > point->latencies.longest_ms)
        point->latencies.longest_ms = longest_ms;
}

static void points_read(int error, const orch_result *result, void *user)
{
    reading *kept = user;
    size_t rows = error ? 0 : orch_result_rows(result, 0);
    orch_problem problem = {0};

    if (error)
        (void)orch__database_problem(&problem, error, result);
    for (size_t i = 0; i < rows; i++)
        take_row(kept, result, i);
    kept->done(error ? &problem : NULL, error ? NULL : kept->points, kept->user);
    free(kept);
}

static void add_question(orch__statements *statements, const orch_points_asked *asked)
{
    bool minutes = asked->grain == ORCH_GRAIN_MINUTE;
    int64_t to_ms = asked->from_ms + (int64_t)asked->count * asked->step_ms;

    if (asked->subject)
        ORCH__ADD(statements, minutes ? sql_minutes : sql_hours, orch__id(asked->subject),
                  orch__integer(asked->from_ms), orch__integer(to_ms));
    else
        ORCH__ADD(statements, minutes ? sql_all_minutes : sql_all_hours, orch__integer(asked->from_ms),
                  orch__integer(to_ms));
}

int orch_workspace_points(orch_workspace *workspace, const orch_points_asked *asked, orch_points_fn done,
                          void *user)
{
    orch__statements statements = orch__statements_new();
    reading *kept = calloc(1, sizeof *kept + asked->count * sizeof kept->points[0]);
    int error;

    ORCH_ASSERT(asked->count >= 1 && asked->count <= ORCH_POINTS_MAX);
    if (kept) {
        kept->asked = *asked;
        kept->done = done;
        kept->user = user;
    } else {
        statements.error = ORCH_E_NO_MEMORY;
    }
    add_question(&statements, asked);
    error = orch__statements_submit(&statements, workspace, ORCH_BATCH_READ, points_read, kept);
    if (error)
        free(kept);
    return error;
}
