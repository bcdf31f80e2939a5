/* What happens within a minute is counted here and written at its end, with the rows of its hour so far. After a kill the last
 * minute is missing; a server that ends in good order misses nothing.
 *
 * Only who had something to do has a tally, and only until its hour ends.
 */
#include "log.h"
#include "runtime_parts.h"

#include <stdlib.h>
#include <string.h>

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   (60 * MINUTE_MS)

/* One orchestrator, or one organization as a whole. */
struct orch__tally {
    orch__tally *next;
    orch__tally **place; /* of its daemon; NULL: it is an organization's */
    const orch_id *subject;
    bool counted;    /* something in this minute */
    int64_t hour_id; /* of the hour's row; 0: none yet */
    orch_sums minute;
    orch_sums hour; /* without this minute */
};

/* Rows on their way into the database, some at a time, so that no message waits for all of them. */
typedef struct frozen {
    orch_runtime *runtime;
    size_t count;
    size_t stored;
    orch_statistics_row *rows;
    orch_sums *sums;
} frozen;

/* ---- writing ---- */

static void free_frozen(frozen *rows)
{
    free(rows->rows);
    free(rows->sums);
    free(rows);
}

static void store_more(frozen *rows);

static void give_up(frozen *rows, const char *words)
{
    orch_log_field fields[] = {{"error", words}};

    orch_log(ORCH_LOG_WARN, "statistics.store", "The statistics of a minute could not be stored", fields, 1);
    free_frozen(rows);
}

static void some_stored(const orch_problem *problem, void *user)
{
    frozen *rows = user;

    if (problem)
        give_up(rows, problem->message);
    else if (rows->stored < rows->count)
        store_more(rows);
    else
        free_frozen(rows);
}

static void store_more(frozen *rows)
{
    size_t count = rows->count - rows->stored;
    const orch_statistics_row *first = &rows->rows[rows->stored];
    int error;

    if (count > ORCH_STATISTICS_A_BATCH)
        count = ORCH_STATISTICS_A_BATCH;
    rows->stored += count;
    error = orch_workspace_store_statistics(rows->runtime->workspace, first, count, some_stored, rows);
    if (error)
        give_up(rows, orch_error_text(error));
}

static frozen *frozen_new(orch_runtime *runtime, size_t tallies)
{
    frozen *rows = calloc(1, sizeof *rows);

    if (!rows)
        return NULL;
    rows->runtime = runtime;
    rows->rows = calloc(2 * tallies, sizeof rows->rows[0]);
    rows->sums = calloc(2 * tallies, sizeof rows->sums[0]);
    if (rows->rows && rows->sums)
        return rows;
    free_frozen(rows);
    return NULL;
}

static void add_row(frozen *rows, const orch_statistics_row *row)
{
    rows->sums[rows->count] = *row->sums;
    rows->rows[rows->count] = *row;
    rows->rows[rows->count].sums = &rows->sums[rows->count];
    rows->count++;
}

/* `rows` may be NULL: no memory; then the minute is in the hour alone. */
static void freeze(orch_runtime *runtime, orch__tally *tally, frozen *rows)
{
    int64_t minute_ms = runtime->tallies.minute_ms;

    orch_sums_merge(&tally->hour, &tally->minute);
    if (rows) {
        if (tally->hour_id == 0)
            tally->hour_id = orch_workspace_statistics_id(runtime->workspace, ORCH_GRAIN_HOUR);
        add_row(rows,
                &(orch_statistics_row){ORCH_GRAIN_MINUTE,
                                       orch_workspace_statistics_id(runtime->workspace, ORCH_GRAIN_MINUTE),
                                       tally->subject, minute_ms, &tally->minute});
        add_row(rows, &(orch_statistics_row){ORCH_GRAIN_HOUR, tally->hour_id, tally->subject,
                                             minute_ms / HOUR_MS * HOUR_MS, &tally->hour});
    }
    tally->minute = (orch_sums){0};
    tally->counted = false;
}

static size_t count_busy(const orch_runtime *runtime)
{
    size_t count = 0;

    for (const orch__tally *tally = runtime->tallies.first; tally; tally = tally->next)
        count += tally->counted;
    return count;
}

void orch__tallies_store(orch_runtime *runtime)
{
    size_t busy = count_busy(runtime);
    frozen *rows = busy ? frozen_new(runtime, busy) : NULL;

    for (orch__tally *tally = runtime->tallies.first; tally; tally = tally->next)
        if (tally->counted)
            freeze(runtime, tally, rows);
    if (rows)
        store_more(rows);
}

/* ---- minutes and hours ---- */

void orch__tallies_free(orch_runtime *runtime)
{
    while (runtime->tallies.first) {
        orch__tally *tally = runtime->tallies.first;

        runtime->tallies.first = tally->next;
        if (tally->place)
            *tally->place = NULL;
        free(tally);
    }
    runtime->tallies.whole = NULL;
}

/* A clock that was set is a minute like another one: rows of one time are added up by who reads them. */
static void look_at_clock(orch_runtime *runtime)
{
    int64_t now_ms = orch_engine_wall(runtime->engine);
    int64_t minute_ms = now_ms / MINUTE_MS * MINUTE_MS;

    if (minute_ms == runtime->tallies.minute_ms)
        return;
    orch__tallies_store(runtime);
    if (minute_ms / HOUR_MS != runtime->tallies.minute_ms / HOUR_MS)
        orch__tallies_free(runtime);
    runtime->tallies.minute_ms = minute_ms;
}

static void minute_over(uv_timer_t *timer)
{
    look_at_clock(timer->data);
}

/* Until the minute's end, unless it is set. */
static void set_timer(orch_runtime *runtime)
{
    int64_t left_ms = runtime->tallies.minute_ms + MINUTE_MS - orch_engine_wall(runtime->engine) + 1;

    if (!uv_is_active((uv_handle_t *)&runtime->tallies.timer) && !runtime->leaving)
        uv_timer_start(&runtime->tallies.timer, minute_over, (uint64_t)(left_ms > 0 ? left_ms : 1), 0);
}

/* ---- counting ---- */

static orch__tally *tally_new(orch_runtime *runtime, const orch_id *subject, orch__tally **place)
{
    orch__tally *tally = calloc(1, sizeof *tally);

    if (!tally)
        return NULL;
    tally->subject = subject;
    tally->place = place;
    tally->next = runtime->tallies.first;
    runtime->tallies.first = tally;
    return tally;
}

static orch__tally *find_subject(const orch_runtime *runtime, const orch_id *subject)
{
    orch__tally *tally = runtime->tallies.first;

    while (tally && tally->subject != subject)
        tally = tally->next;
    return tally;
}

static orch__tally *of_orchestrator(orch_runtime *runtime, const orch_orchestrator *orchestrator)
{
    orch__live_daemon *daemon = orch__live_daemon_find(runtime, orchestrator->daemon);

    if (daemon && !daemon->tally)
        daemon->tally = tally_new(runtime, &orchestrator->id, &daemon->tally);
    return daemon ? daemon->tally : NULL;
}

/* There are few. The newest tallies are the first of the list: the last one used is kept. */
static orch__tally *of_organization(orch_runtime *runtime, const orch_organization *organization)
{
    orch__tally *tally;

    if (!organization)
        return NULL;
    tally = runtime->tallies.whole;
    if (!tally || tally->subject != &organization->id)
        tally = find_subject(runtime, &organization->id);
    if (!tally)
        tally = tally_new(runtime, &organization->id, NULL);
    runtime->tallies.whole = tally;
    return tally;
}

static void add(orch__tally *tally, const orch__live_turn *turn, bool answered, int64_t latency_ms)
{
    if (!tally)
        return; /* no memory: it is missing in the charts, and in nothing else */
    tally->counted = true;
    tally->minute.answered += answered;
    tally->minute.failed += !answered;
    tally->minute.tokens_input += turn->tokens_input;
    tally->minute.tokens_output += turn->tokens_output;
    if (answered)
        orch_latencies_add(&tally->minute.latencies, latency_ms);
}

void orch__tallies_count(const orch__live_turn *turn, bool answered)
{
    orch_runtime *runtime = turn->runtime;
    int64_t latency_ms = orch_engine_now(runtime->engine) - turn->asked_ms;

    look_at_clock(runtime);
    add(of_orchestrator(runtime, turn->orchestrator), turn, answered, latency_ms);
    add(of_organization(runtime, turn->orchestrator->user->organization), turn, answered, latency_ms);
    set_timer(runtime);
}

void orch__tallies_count_refused(orch_runtime *runtime, const orch_orchestrator *orchestrator)
{
    const orch__live_turn turn = {.runtime = runtime, .orchestrator = (orch_orchestrator *)orchestrator};

    orch__tallies_count(&turn, false);
}

static void add_tokens(orch__tally *tally, const orch_usage *usage)
{
    if (!tally)
        return;
    tally->counted = true;
    tally->minute.tokens_input += usage->input_tokens;
    tally->minute.tokens_output += usage->output_tokens;
}

void orch__tallies_count_tokens(orch_runtime *runtime, const orch_orchestrator *orchestrator,
                                const orch_organization *organization, const orch_usage *usage)
{
    look_at_clock(runtime);
    add_tokens(orchestrator ? of_orchestrator(runtime, orchestrator) : NULL, usage);
    add_tokens(of_organization(runtime, organization), usage);
    set_timer(runtime);
}

/* ---- reading ---- */

typedef struct asking {
    orch_runtime *runtime;
    orch_points_asked asked;
    orch_runtime_points_fn done;
    void *user;
} asking;

static bool is_asked_for(const asking *kept, const orch__tally *tally)
{
    return kept->asked.subject ? tally->subject == kept->asked.subject : !tally->place;
}

/* The minute under way is not in the database yet. */
static void add_present(const asking *kept, orch_sums *points)
{
    const orch_points_asked *asked = &kept->asked;
    int64_t since_ms = kept->runtime->tallies.minute_ms - asked->from_ms;
    size_t index = (size_t)(since_ms / asked->step_ms);

    if (since_ms < 0 || index >= asked->count)
        return;
    for (const orch__tally *tally = kept->runtime->tallies.first; tally; tally = tally->next)
        if (tally->counted && is_asked_for(kept, tally))
            orch_sums_merge(&points[index], &tally->minute);
}

static void points_read(const orch_problem *problem, orch_sums *points, void *user)
{
    asking *kept = user;

    if (!problem)
        add_present(kept, points);
    kept->done(problem, &kept->asked, points, kept->user);
    free(kept);
}

int orch_runtime_points(orch_runtime *runtime, const orch_points_asked *asked, orch_runtime_points_fn done,
                        void *user)
{
    asking *kept = malloc(sizeof *kept);
    int error;

    if (!kept)
        return ORCH_E_NO_MEMORY;
    *kept = (asking){runtime, *asked, done, user};
    error = orch_workspace_points(runtime->workspace, asked, points_read, kept);
    if (error)
        free(kept);
    return error;
}
