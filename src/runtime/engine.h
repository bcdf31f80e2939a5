/* The core on a libuv loop: a queue of events, one timer for the core's deadline, effects handed to the host in order.
 *
 * Two hosts: the durable runtime (runtime.c) and the embedded one (embedded.c). The loop's thread only.
 */
#ifndef ORCHD_ENGINE_H
#define ORCHD_ENGINE_H

#include <uv.h>

#include "orchd/core.h"

typedef struct orch_engine orch_engine;

typedef struct orch_engine_config {
    uv_loop_t *loop;
    orch_core_config core; /* its allocator may be left NULL: the heap */
    /* Carries out one effect. May call orch_engine_send (queued) and orch_engine_route, never orch_engine_step. */
    void (*effect)(const orch_effect *effect, void *user);
    void *user;
    /* NULL: no event log. Called with each event before its step, encoded. */
    void (*record)(const uint8_t *bytes, size_t size, void *user);
    /* NULL, or called when all effects of a send and of what it queued are carried out. May send; is not re-entered. */
    void (*settled)(void *user);
} orch_engine_config;

/* Events that wait while effects are carried out; more are ORCH_E_FULL. */
#define ORCH_ENGINE_QUEUE_MAX 1048576

ORCH_MUST_USE int orch_engine_new(const orch_engine_config *config, orch_engine **out_engine);
/* Closes the timer; `closed` is called when the engine is gone. */
void orch_engine_close(orch_engine *engine, void (*closed)(void *user), void *user);

/* Steps at once when no effect is being carried out and returns the core's result; otherwise queues the event (its
 * text and spec are NOT copied: only events without pointers may be queued) and returns 0. */
int orch_engine_send(orch_engine *engine, const orch_event *event);
/* True while effects are carried out: a send would only be queued. */
bool orch_engine_busy(const orch_engine *engine);
size_t orch_engine_route(orch_engine *engine, const orch_incoming *incoming, orch_daemon_id *out_daemons,
                         size_t max);
/* For questions only: health, dump, validate. */
const orch_core *orch_engine_core(const orch_engine *engine);
/* The engine's time, in ms: what the core is stepped with. It begins as the real time since 1970 and then only counts how
 * long the loop has run: a clock that is set, and a process that was stopped or a machine that slept, do not move it. So
 * nothing is late, and nobody is blamed, because of them. */
int64_t orch_engine_now(const orch_engine *engine);
/* Real time in ms since 1970, and how far it is ahead of the engine's: what a time of the core needs to be shown. */
int64_t orch_engine_wall(const orch_engine *engine);
int64_t orch_engine_skew(const orch_engine *engine);
/* As orch_core_health, its times as real ones. */
ORCH_MUST_USE int orch_engine_health(const orch_engine *engine, orch_daemon_id daemon,
                                     orch_health *out_health);
/* How long the loop did not run though it should have, in all, ms. */
int64_t orch_engine_suspended(const orch_engine *engine);
/* How often effects came and how long a step took, for /metrics. */
typedef struct orch_engine_counters {
    uint64_t events;
    uint64_t effects;
} orch_engine_counters;
orch_engine_counters orch_engine_counts(const orch_engine *engine);

#endif
