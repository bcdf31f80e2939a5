/* The index for searches is brought up to date in the background, once somebody has searched: in pieces, with pauses between them, so that
 * writers hardly notice. After a piece that took long it pauses longer, and longer still while messages come in.
 *
 * What nobody searches is not indexed: a server on which there was no search does nothing here but ask once after its start.
 */
#include "log.h"
#include "runtime_parts.h"

#define PAUSE_MIN_MS    5
#define PAUSE_IDLE      1 /* times what the piece took */
#define PAUSE_BUSY      4 /* the same, when messages came meanwhile */
#define PAUSE_FAILED_MS 60000
#define BEHIND_MAX      500 /* messages that may wait for the next search */

static uint64_t stored(const orch_runtime *runtime)
{
    return runtime->counters.messages_accepted + runtime->counters.turns_answered;
}

static void index_piece(orch_runtime *runtime);

static void on_pause_over(uv_timer_t *timer)
{
    index_piece(timer->data);
}

static void go_on(orch_runtime *runtime)
{
    orch__live_index *index = &runtime->index;
    uint64_t took_ms = (uv_hrtime() - index->began_ns) / 1000000;
    bool busy = stored(runtime) != index->stored;
    uint64_t pause_ms = took_ms * (busy ? PAUSE_BUSY : PAUSE_IDLE);

    uv_timer_start(&index->pause, on_pause_over, pause_ms < PAUSE_MIN_MS ? PAUSE_MIN_MS : pause_ms, 0);
}

static void indexed(const orch_problem *problem, const orch_indexed *outcome, void *user)
{
    orch_runtime *runtime = user;
    orch__live_index *index = &runtime->index;

    index->working = false;
    if (runtime->closing)
        return;
    if (problem) {
        orch_log_field field = {"error", problem->message};

        orch_log(ORCH_LOG_WARN, "search.index",
                 "The index for searches could not be brought up to date; it is tried again", &field, 1);
        uv_timer_start(&index->pause, on_pause_over, PAUSE_FAILED_MS, 0);
    } else if (outcome->worked) {
        go_on(runtime);
    }
    if (!problem)
        index->unused = !outcome->begun;
}

static void index_piece(orch_runtime *runtime)
{
    orch__live_index *index = &runtime->index;

    if (index->working || runtime->closing)
        return;
    index->working = true;
    index->began_ns = uv_hrtime();
    index->stored = stored(runtime);
    if (orch_workspace_index(runtime->workspace, false, indexed, runtime))
        indexed(&(orch_problem){.message = "out of memory"}, NULL, runtime);
}

/* A piece is under way, or the pause before the next one. */
static bool is_at_work(const orch_runtime *runtime)
{
    return runtime->index.working || uv_is_active((const uv_handle_t *)&runtime->index.pause);
}

void orch__search_index_keep_up(orch_runtime *runtime)
{
    const orch__live_index *index = &runtime->index;

    if (!index->unused && !is_at_work(runtime) &&
        (index->began_ns == 0 || stored(runtime) - index->stored > BEHIND_MAX))
        index_piece(runtime);
}

int orch_runtime_search(orch_runtime *runtime, const orch_search *search, orch_found_fn done, void *user,
                        orch_problem *problem)
{
    int error = runtime->closing
                    ? orch__runtime_problem(problem, ORCH_E_CLOSED, "", "the server is shutting down")
                    : orch_workspace_search(runtime->workspace, search, done, user, problem);

    if (error)
        return error;
    runtime->index.unused = false;
    if (!is_at_work(runtime))
        uv_timer_start(&runtime->index.pause, on_pause_over, PAUSE_MIN_MS, 0);
    return 0;
}

void orch__search_index_init(orch_runtime *runtime)
{
    uv_timer_init(runtime->config.loop, &runtime->index.pause);
    runtime->index.pause.data = runtime;
}
