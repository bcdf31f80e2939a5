/* The engine: one core, one queue, one timer.
 *
 *     orch_engine_send ──▶ step ──▶ effect, effect, … ──▶ queued events ──▶ step … ──▶ settled ──▶ timer
 *
 * Invariants
 *  1. At most one step is under way, and no step while effects are carried out: an event sent meanwhile waits in
 *     `queue`. So the borrowed effects stay valid and nothing is copied.
 *  2. When orch_engine_send returns to the outermost caller the queue is empty and the timer is not later than
 *     the core's deadline.
 *  3. The timer is touched only when the deadline moved before `armed_ms`, or when it fires: deadlines that move
 *     later cost nothing but one early tick.
 *  4. The engine's time never passes `armed_ms` by more than LATE_MAX_MS: what is more, the loop did not run.
 */
#include "engine.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TIMER_MAX_MS 60000
#define LATE_MAX_MS  1000 /* a timer that is later than this waited for the process, not for its turn */
#define SKEW_MIN_MS  1000
#define QUEUE_FIRST  64
#define RECORD_FIRST 512
#define NEVER        INT64_MAX

struct orch_engine {
    orch_engine_config config;
    orch_core *core;
    uv_timer_t timer;
    int64_t armed_ms; /* when the timer fires; NEVER: it is not running */

    orch_event *queue; /* ring */
    size_t queue_size;
    size_t queue_first;
    size_t queue_count;
    bool busy;     /* a step or its effects are under way */
    bool settling; /* `settled` is being called */

    int64_t base_ms;      /* the engine's time when uv_now() was 0 */
    int64_t suspended_ms; /* left out of it so far */

    uint8_t *record_bytes;
    size_t record_size;

    orch_engine_counters counters;
    void (*closed)(void *user);
    void *closed_user;
};

static void *heap_resize(void *user, void *block, size_t size_old, size_t size_new)
{
    (void)user;
    (void)size_old;
    if (size_new == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, size_new);
}

/* ---- time ---- */

int64_t orch_engine_now(const orch_engine *engine)
{
    orch_engine *clock = (orch_engine *)engine;
    int64_t now_ms = clock->base_ms + (int64_t)uv_now(engine->config.loop);
    int64_t late_ms = engine->armed_ms == NEVER ? 0 : now_ms - engine->armed_ms - LATE_MAX_MS;

    if (late_ms <= 0)
        return now_ms;
    clock->base_ms -= late_ms;
    clock->suspended_ms += late_ms;
    return now_ms - late_ms;
}

int64_t orch_engine_wall(const orch_engine *engine)
{
    struct timespec now;

    (void)engine;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The loop's own time may be as old as its present iteration. A moment between two clocks is no difference. */
int64_t orch_engine_skew(const orch_engine *engine)
{
    int64_t now_ms = engine->base_ms + (int64_t)(uv_hrtime() / 1000000);
    int64_t skew_ms = orch_engine_wall(engine) - now_ms;

    return skew_ms > -SKEW_MIN_MS && skew_ms < SKEW_MIN_MS ? 0 : skew_ms;
}

int64_t orch_engine_suspended(const orch_engine *engine)
{
    return engine->suspended_ms;
}

int orch_engine_health(const orch_engine *engine, orch_daemon_id daemon, orch_health *out_health)
{
    int64_t skew_ms = orch_engine_skew(engine);
    int error = orch_core_health(engine->core, daemon, orch_engine_now(engine), out_health);

    if (error)
        return error;
    if (out_health->last_heartbeat_ms > 0)
        out_health->last_heartbeat_ms += skew_ms;
    if (out_health->started_ms > 0)
        out_health->started_ms += skew_ms;
    return 0;
}

/* ---- the queue ---- */

static int queue_grow(orch_engine *engine)
{
    size_t size = engine->queue_size ? engine->queue_size * 2 : QUEUE_FIRST;
    orch_event *queue = malloc(size * sizeof *queue);

    if (!queue)
        return ORCH_E_NO_MEMORY;
    for (size_t i = 0; i < engine->queue_count; i++)
        queue[i] = engine->queue[(engine->queue_first + i) % engine->queue_size];
    free(engine->queue);
    engine->queue = queue;
    engine->queue_size = size;
    engine->queue_first = 0;
    return 0;
}

static int queue_push(orch_engine *engine, const orch_event *event)
{
    if (engine->queue_count == ORCH_ENGINE_QUEUE_MAX)
        return ORCH_E_FULL;
    if (engine->queue_count == engine->queue_size && queue_grow(engine))
        return ORCH_E_NO_MEMORY;
    engine->queue[(engine->queue_first + engine->queue_count) % engine->queue_size] = *event;
    engine->queue_count++;
    return 0;
}

static orch_event queue_pop(orch_engine *engine)
{
    orch_event event = engine->queue[engine->queue_first];

    engine->queue_first = (engine->queue_first + 1) % engine->queue_size;
    engine->queue_count--;
    return event;
}

/* ---- stepping ---- */

static void record(orch_engine *engine, const orch_event *event, int64_t now_ms)
{
    size_t size = orch_event_encode(event, now_ms, engine->record_bytes, engine->record_size);

    if (size > engine->record_size) {
        uint8_t *bytes = realloc(engine->record_bytes, size * 2);

        if (!bytes)
            return;
        engine->record_bytes = bytes;
        engine->record_size = size * 2;
        size = orch_event_encode(event, now_ms, bytes, engine->record_size);
    }
    engine->config.record(engine->record_bytes, size, engine->config.user);
}

static int step(orch_engine *engine, const orch_event *event)
{
    orch_effects effects = {0};
    int64_t now_ms = orch_engine_now(engine);
    int result;

    if (engine->config.record)
        record(engine, event, now_ms);
    result = orch_step(engine->core, event, now_ms, &effects);
    engine->counters.events++;
    engine->counters.effects += effects.count;
    for (size_t i = 0; i < effects.count; i++)
        engine->config.effect(&effects.items[i], engine->config.user);
    return result;
}

static void fired(uv_timer_t *timer);

static void arm(orch_engine *engine)
{
    int64_t deadline_ms = orch_next_deadline(engine->core);
    int64_t delay_ms;

    if (deadline_ms >= engine->armed_ms || uv_is_closing((const uv_handle_t *)&engine->timer))
        return;
    delay_ms = deadline_ms - orch_engine_now(engine);
    if (delay_ms < 0)
        delay_ms = 0;
    if (delay_ms > TIMER_MAX_MS)
        delay_ms = TIMER_MAX_MS;
    engine->armed_ms = orch_engine_now(engine) + delay_ms;
    uv_timer_start(&engine->timer, fired, (uint64_t)delay_ms, 0);
}

static void settle(orch_engine *engine)
{
    if (!engine->config.settled || engine->settling)
        return;
    engine->settling = true;
    engine->config.settled(engine->config.user);
    engine->settling = false;
}

int orch_engine_send(orch_engine *engine, const orch_event *event)
{
    int result;

    if (engine->busy)
        return queue_push(engine, event);
    engine->busy = true;
    result = step(engine, event);
    while (engine->queue_count > 0) {
        orch_event queued = queue_pop(engine);

        (void)step(engine, &queued);
    }
    engine->busy = false;
    settle(engine);
    arm(engine);
    return result;
}

static void fired(uv_timer_t *timer)
{
    orch_engine *engine = timer->data;
    orch_event tick = {.kind = ORCH_EV_TICK};

    (void)orch_engine_now(engine); /* sees how late it is, as long as it knows when it should have been */
    engine->armed_ms = NEVER;
    if (orch_next_deadline(engine->core) <= orch_engine_now(engine))
        (void)orch_engine_send(engine, &tick);
    else
        arm(engine);
}

bool orch_engine_busy(const orch_engine *engine)
{
    return engine->busy;
}

size_t orch_engine_route(orch_engine *engine, const orch_incoming *incoming, orch_daemon_id *out_daemons,
                         size_t max)
{
    return orch_route(engine->core, incoming, out_daemons, max);
}

const orch_core *orch_engine_core(const orch_engine *engine)
{
    return engine->core;
}

orch_engine_counters orch_engine_counts(const orch_engine *engine)
{
    return engine->counters;
}

/* ---- life ---- */

int orch_engine_new(const orch_engine_config *config, orch_engine **out_engine)
{
    orch_engine *engine = calloc(1, sizeof *engine);
    int error;

    if (!engine)
        return ORCH_E_NO_MEMORY;
    engine->config = *config;
    engine->armed_ms = NEVER;
    engine->base_ms = orch_engine_wall(engine) - (int64_t)uv_now(config->loop);
    if (!engine->config.core.allocator.resize)
        engine->config.core.allocator = (orch_allocator){.resize = heap_resize};
    if (config->record) {
        engine->record_bytes = malloc(RECORD_FIRST);
        engine->record_size = RECORD_FIRST;
        if (!engine->record_bytes) {
            free(engine);
            return ORCH_E_NO_MEMORY;
        }
    }
    error = orch_core_new(&engine->config.core, &engine->core);
    if (error) {
        free(engine->record_bytes);
        free(engine);
        return error;
    }
    uv_timer_init(config->loop, &engine->timer);
    engine->timer.data = engine;
    *out_engine = engine;
    return 0;
}

static void timer_closed(uv_handle_t *handle)
{
    orch_engine *engine = handle->data;
    void (*closed)(void *user) = engine->closed;
    void *user = engine->closed_user;

    orch_core_free(engine->core);
    free(engine->queue);
    free(engine->record_bytes);
    free(engine);
    if (closed)
        closed(user);
}

void orch_engine_close(orch_engine *engine, void (*closed)(void *user), void *user)
{
    engine->closed = closed;
    engine->closed_user = user;
    uv_close((uv_handle_t *)&engine->timer, timer_closed);
}
