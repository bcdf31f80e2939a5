/* Checkers of the end: everything accepted has ended once, everything stops, nothing is left behind. */
#include "checkers.h"

static bool open_operations(const sim_world *world)
{
    return world->store.done != world->store.submitted;
}

bool sim_all_ended(sim_world *world)
{
    if (open_operations(world))
        return false;
    for (uint32_t row = 1; row < world->store.rows_count; row++) {
        if (world->store.rows[row].state == SIM_UNFINISHED)
            return false;
    }
    return world->record.live_count == 0;
}

void sim_check_unfinished(sim_world *world)
{
    for (uint32_t row = 1; row < world->store.rows_count; row++) {
        const sim_row *stored = &world->store.rows[row];

        if (stored->state == SIM_UNFINISHED)
            sim_fail(world, "lost", "row %u (message %u, daemon %u) has not ended, the daemon is %s", row,
                     stored->message, stored->daemon,
                     orch_status_name(world->record.daemons[stored->daemon].status));
    }
    sim_fail(world, "lost", "the run does not come to its end");
}

/* Each accepted message and addressed orchestrator: one reply, one failure, or a silence that has a reason. */
static void check_rows(sim_world *world)
{
    for (uint32_t row = 1; row < world->store.rows_count; row++) {
        const sim_row *stored = &world->store.rows[row];
        const sim_case *known = &world->record.cases[row];

        if (known->replies != (stored->state == SIM_ANSWERED))
            sim_fail(world, "once", "row %u has %u replies", row, known->replies);
        if (stored->state == SIM_FAILED && stored->error == 0)
            sim_fail(world, "silence", "row %u failed without an error", row);
        if (known->own && stored->state == SIM_ANSWERED)
            sim_fail(world, "self", "row %u answers its own author", row);
    }
}

static void check_posts(sim_world *world)
{
    for (uint32_t i = 0; i < world->posts_count; i++) {
        const sim_post *post = &world->posts[i];
        const sim_message *message = &world->store.messages[post->acked];

        if (post->state == SIM_POST_ACKED &&
            (post->acked == 0 || post->acked >= world->store.messages_count ||
             message->author != post->author || message->channel != post->channel))
            sim_fail(world, "accepted", "post %u was acknowledged and is not stored", i);
    }
}

/* The queue is as long as on the first day. */
static void check_capacity(sim_world *world, uint32_t daemon)
{
    const orch_core_config *config = &world->host.config;
    orch_event reserve = {.kind = ORCH_EV_RESERVE, .daemon = {daemon}};
    orch_event release = {.kind = ORCH_EV_RELEASE, .daemon = {daemon}};
    uint32_t room = config->queue_max;
    int32_t result = 0;

    if (room > config->turns_max)
        room = config->turns_max;
    if (room > config->conversations_max)
        room = config->conversations_max;
    for (uint32_t i = 0; i <= room; i++) {
        if (!sim_step(world, &reserve, &result))
            return;
        if ((result == 0) != (i < room))
            sim_fail(world, "leak", "daemon %u has room for %u messages at the end, of %u", daemon, i, room);
    }
    for (uint32_t i = 0; i < room; i++) {
        if (!sim_step(world, &release, &result))
            return;
    }
}

void sim_check_closed(sim_world *world)
{
    const char *broken = NULL;

    check_rows(world);
    check_posts(world);
    for (uint32_t d = 1; d <= world->settings.daemons; d++) {
        if (!world->host.registered[d])
            continue;
        if (world->record.daemons[d].status != ORCH_STATUS_STOPPED)
            sim_fail(world, "stop", "daemon %u is %s after the stop of all", d,
                     orch_status_name(world->record.daemons[d].status));
        if (d <= world->settings.speakers)
            check_capacity(world, d);
    }
    if (!world->options.blind && orch_core_validate(world->host.core, &broken) != 0)
        sim_fail(world, "invariants", "%s", broken);
}
