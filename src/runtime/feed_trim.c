/* The feed keeps its newest `feed_keep` entries: it is trimmed once a tenth more has come, and soon after each start, so that
 * a server that is started often is trimmed as well. One trim at a time; it ends at the next piece when the runtime closes.
 */
#include "log.h"
#include "runtime_parts.h"

static bool piece(const orch_problem *problem, uint64_t rows, void *user)
{
    orch_runtime *runtime = user;
    bool more = !problem && rows > 0 && !runtime->closing;

    if (problem)
        orch_log(ORCH_LOG_WARN, "feed.trim", "The feed could not be trimmed; it is tried again", NULL, 0);
    if (!more)
        runtime->trimming = false;
    return more;
}

void orch__feed_trim(orch_runtime *runtime)
{
    if (runtime->trimming || runtime->closing)
        return;
    runtime->trimmed_cursor = orch_workspace_cursor(runtime->workspace);
    runtime->trimming = true;
    if (orch_workspace_feed_trim(runtime->workspace, runtime->config.feed_keep, piece, runtime))
        (void)piece(&(orch_problem){0}, 0, runtime);
}

void orch__feed_grew(orch_runtime *runtime, int64_t cursor)
{
    if (runtime->trimmed_cursor && cursor - runtime->trimmed_cursor > runtime->config.feed_keep / 10)
        orch__feed_trim(runtime);
}
