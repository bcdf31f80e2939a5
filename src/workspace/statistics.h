/* What happened over time, for charts: rows of a minute and rows of an hour, for each orchestrator with something to tell,
 * and for its organization as a whole.
 *
 * A life of the server writes rows of its own: two rows of the same time, of a life and the next one, are added up when
 * they are read. Bounded: minutes are kept for a day, hours for half a year, and never more than so many rows.
 */
#ifndef ORCHD_STATISTICS_H
#define ORCHD_STATISTICS_H

#include "latencies.h"
#include "workspace.h"

#define ORCH_MINUTES_KEPT_MS    INT64_C(86400000)
#define ORCH_HOURS_KEPT_MS      (180 * INT64_C(86400000))
#define ORCH_MINUTE_ROWS_MAX    200000
#define ORCH_HOUR_ROWS_MAX      400000
#define ORCH_POINTS_MAX         500
#define ORCH_STATISTICS_A_BATCH 200 /* rows; see store */

typedef enum orch_grain { ORCH_GRAIN_MINUTE, ORCH_GRAIN_HOUR } orch_grain;

/* Zeroed: nothing happened. */
typedef struct orch_sums {
    uint64_t answered;
    uint64_t failed;
    uint64_t tokens_input;
    uint64_t tokens_output;
    orch_latencies latencies; /* of the answered */
} orch_sums;

void orch_sums_merge(orch_sums *into, const orch_sums *from);

/* ---- writing ---- */

typedef struct orch_statistics_row {
    orch_grain grain;
    int64_t id;             /* of orch_workspace_statistics_id; the same again replaces the row */
    const orch_id *subject; /* an orchestrator's or an organization's */
    int64_t at_ms;          /* when the minute or hour began */
    const orch_sums *sums;
} orch_statistics_row;

int64_t orch_workspace_statistics_id(orch_workspace *workspace, orch_grain grain);
/* At most ORCH_STATISTICS_A_BATCH rows, in one transaction, with the removal of the oldest beyond what is kept. `done` may
 * be NULL. */
typedef void (*orch_stored_fn)(const orch_problem *problem, void *user);
ORCH_MUST_USE int orch_workspace_store_statistics(orch_workspace *workspace, const orch_statistics_row *rows,
                                                  size_t count, orch_stored_fn done, void *user);

/* ---- reading ---- */

typedef struct orch_points_asked {
    const orch_id *subject; /* NULL: all organizations together */
    int64_t from_ms;        /* where the first point begins */
    int64_t step_ms;
    size_t count; /* 1 … ORCH_POINTS_MAX */
    orch_grain grain;
} orch_points_asked;

/* Points for a time from … to, at most `points` of them, with the shortest step that is worth while: aligned, and read from
 * minutes where those are kept. `to_ms` is exclusive and after `from_ms`. */
orch_points_asked orch_points_plan(int64_t from_ms, int64_t to_ms, size_t points, int64_t now_ms);

/* `points` has as many as were asked for; the first begins at from_ms. NULL with a problem. Borrowed, may be changed. */
typedef void (*orch_points_fn)(const orch_problem *problem, orch_sums *points, void *user);
ORCH_MUST_USE int orch_workspace_points(orch_workspace *workspace, const orch_points_asked *asked,
                                        orch_points_fn done, void *user);

#endif
