/* A daemon lives when the way of its messages works: through this loop to the database's writer and back. All heartbeats
 * that come due while one question is under way share its answer; a database that is stuck answers none, and the core
 * counts them as missed. An answer that says "the disk is full" is an answer: that is a fault of the machine (see
 * storage_watch.c), from which no restart of a daemon helps.
 */
#include "runtime_parts.h"

#include <stdlib.h>

static void probed(const orch_problem *problem, void *user)
{
    orch_runtime *runtime = user;
    orch__live_heartbeats *beats = &runtime->heartbeats;
    size_t count = beats->due_count;

    (void)problem; /* the storage's watch has seen it */
    beats->probing = false;
    orch__storage_probed(runtime);
    /* A heartbeat can come due again while these are answered: it is appended, and the next question's. */
    for (size_t i = 0; i < count; i++) {
        orch_daemon_id id = beats->due[i];
        orch__live_daemon *daemon = orch__live_daemon_find(runtime, id);

        if (!daemon)
            continue;
        daemon->heartbeat_due = false;
        (void)orch__live_daemon_send(runtime, ORCH_EV_HEARTBEAT, id);
    }
    beats->due_count -= count;
    for (size_t i = 0; i < beats->due_count; i++)
        beats->due[i] = beats->due[count + i];
    if (beats->due_count > 0)
        orch__live_heartbeat_probe(runtime);
}

void orch__live_heartbeat_probe(orch_runtime *runtime)
{
    if (runtime->heartbeats.probing || runtime->halted)
        return;
    if (orch_workspace_probe(runtime->workspace,
                             orch_fault_is_open(&runtime->faults, ORCH_FAULT_DATABASE_WRITE)
                                 ? ORCH_PROBE_WRITES
                                 : ORCH_PROBE_ANSWERS,
                             probed, runtime))
        return; /* the queue is full: the next heartbeat asks again */
    runtime->heartbeats.probing = true;
    runtime->heartbeats.probe_ms = orch_engine_now(runtime->engine);
    orch__storage_watch(runtime);
}

static bool make_room(orch__live_heartbeats *beats)
{
    size_t size = beats->due_size ? beats->due_size * 2 : 64;
    orch_daemon_id *due;

    if (beats->due_count < beats->due_size)
        return true;
    due = realloc(beats->due, size * sizeof *due);
    if (!due)
        return false;
    beats->due = due;
    beats->due_size = size;
    return true;
}

void orch__live_heartbeat_due(orch_runtime *runtime, orch_daemon_id id)
{
    orch__live_daemon *daemon = orch__live_daemon_find(runtime, id);

    if (daemon && !daemon->heartbeat_due && make_room(&runtime->heartbeats)) {
        daemon->heartbeat_due = true;
        runtime->heartbeats.due[runtime->heartbeats.due_count++] = id;
    }
    orch__live_heartbeat_probe(runtime);
}
