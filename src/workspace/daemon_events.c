#include "daemon_events.h"

#include <stdlib.h>

#include "orchd/assert.h"
#include "statements.h"

static const char sql_store[] = "INSERT INTO orchd_events (id, vp_id, created_at, kind, message, details) "
                                "VALUES ($1, $2, $3, $4, $5, $6)";
/* The oldest of a daemon that has more than it may; by the index, whatever there is of others. */
static const char sql_trim_daemon[] =
    "DELETE FROM orchd_events WHERE vp_id = $1 AND id <= "
    "(SELECT id FROM orchd_events WHERE vp_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)";
static const char sql_trim[] =
    "DELETE FROM orchd_events WHERE id IN (SELECT id FROM orchd_events WHERE id <= $1 "
    "ORDER BY id LIMIT $2)";
static const char sql_read[] = "SELECT id, created_at, kind, message, details FROM orchd_events "
                               "WHERE vp_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";

/* ---- writing ---- */

typedef struct storing {
    orch_events_stored_fn done;
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

static void add_event(orch_workspace *workspace, orch__statements *statements, const orch_daemon_event *event)
{
    int64_t id = ++workspace->event_last;
    orch__time_text time;

    orch__time_write(event->at_ms, &time);
    ORCH__ADD(statements, sql_store, orch__integer(id), orch__id(&event->orchestrator->id), orch__time(&time),
              orch__text(event->kind), orch__text(event->message), orch__optional(event->details));
}

int orch_workspace_store_events(orch_workspace *workspace, const orch_daemon_event *events, size_t count,
                                orch_events_stored_fn done, void *user)
{
    orch__statements statements = orch__statements_new();
    storing *kept = malloc(sizeof *kept);
    const orch_orchestrator *trimmed = NULL;
    int error;

    ORCH_ASSERT(count <= ORCH_EVENTS_A_BATCH);
    if (kept)
        *kept = (storing){done, user};
    else
        statements.error = ORCH_E_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        add_event(workspace, &statements, &events[i]);
    for (size_t i = 0; i < count; i++) {
        if (events[i].orchestrator != trimmed)
            ORCH__ADD(&statements, sql_trim_daemon, orch__id(&events[i].orchestrator->id),
                      orch__integer(ORCH_EVENTS_OF_A_DAEMON_MAX));
        trimmed = events[i].orchestrator;
    }
    ORCH__ADD(&statements, sql_trim, orch__integer(workspace->event_last - ORCH_EVENTS_MAX),
              orch__integer(2 * ORCH_EVENTS_A_BATCH));
    error = orch__statements_submit(&statements, workspace, ORCH_BATCH_WRITE, stored, kept);
    if (error)
        free(kept);
    return error;
}

/* ---- reading ---- */

typedef struct reading {
    orch_orchestrator *orchestrator;
    uint32_t limit;
    orch_daemon_events_fn done;
    void *user;
} reading;

static void events_read(int error, const orch_result *result, void *user)
{
    reading *kept = user;
    size_t rows = error ? 0 : orch_result_rows(result, 0);
    orch_daemon_event *items = malloc((rows + 1) * sizeof *items);
    orch_daemon_events page = {.items = items, .more = rows > kept->limit};
    orch_problem problem = {0};

    if (error || !items)
        (void)orch__database_problem(&problem, error ? error : ORCH_E_NO_MEMORY, result);
    for (size_t i = 0; i < rows && i < kept->limit && items; i++)
        items[page.count++] = (orch_daemon_event){
            .id = orch_result_integer(result, 0, i, 0),
            .at_ms = orch__time_read(orch_result_text(result, 0, i, 1)),
            .orchestrator = kept->orchestrator,
            .kind = orch_result_text(result, 0, i, 2),
            .message = orch_result_text(result, 0, i, 3),
            .details = orch_result_text(result, 0, i, 4),
        };
    kept->done(problem.error ? &problem : NULL, problem.error ? NULL : &page, kept->user);
    free(items);
    free(kept);
}

int orch_workspace_events(orch_workspace *workspace, orch_orchestrator *orchestrator, int64_t before,
                          uint32_t limit, orch_daemon_events_fn done, void *user)
{
    orch__statements statements = orch__statements_new();
    reading *kept = malloc(sizeof *kept);
    int error;

    if (kept)
        *kept = (reading){orchestrator, limit, done, user};
    else
        statements.error = ORCH_E_NO_MEMORY;
    ORCH__ADD(&statements, sql_read, orch__id(&orchestrator->id),
              orch__integer(before > 0 ? before : INT64_MAX), orch__integer((int64_t)limit + 1));
    error = orch__statements_submit(&statements, workspace, ORCH_BATCH_READ, events_read, kept);
    if (error)
        free(kept);
    return error;
}
