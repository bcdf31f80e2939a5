#include "assertion.h"
#include "bytes.h"
#include "config.h"
#include "conversation.h"
#include "effects.h"
#include "hours.h"
#include "manager.h"
#include "seen.h"

static int init(orch_core *core)
{
    orch__memory *memory = &core->memory;

    orch__pool_init(&core->daemons, memory, sizeof(orch__daemon));
    orch__pool_init(&core->hours, memory, sizeof(orch__hours));
    orch__pool_init(&core->conversations, memory, sizeof(orch__conversation));
    orch__pool_init(&core->turns, memory, sizeof(orch__turn));
    orch__pool_init(&core->seen, memory, sizeof(orch__seen));
    orch__table_init(&core->hours_by_value, memory, orch__hours_hash_of, core);
    orch__table_init(&core->conversations_by_key, memory, orch__conversation_hash_of, core);
    orch__table_init(&core->seen_by_key, memory, orch__seen_hash_of, core);
    if (orch__wheel_init(&core->wheel, memory) != 0 || orch__wheel_reserve(&core->wheel, 1) != 0)
        return ORCH_E_NO_MEMORY;
    core->memory_timer = orch__timer_new(&core->wheel, ORCH__TIMER_MEMORY, 0);
    core->mentions = orch__mentions_new(memory);
    if (!core->mentions)
        return ORCH_E_NO_MEMORY;
    return orch__effects_reserve(core, 0);
}

int orch_core_new(const orch_core_config *config, orch_core **out_core)
{
    orch_core *core;

    if (!orch__config_valid(config))
        return ORCH_E_INVALID;
    core = config->allocator.resize(config->allocator.user, NULL, 0, sizeof *core);
    if (!core)
        return ORCH_E_NO_MEMORY;
    memset(core, 0, sizeof *core);
    core->config = *config;
    core->memory = (orch__memory){config->allocator, sizeof *core};
    core->random = config->seed;
    if (init(core) != 0) {
        orch_core_free(core);
        return ORCH_E_NO_MEMORY;
    }
    *out_core = core;
    return 0;
}

void orch_core_free(orch_core *core)
{
    orch_allocator allocator;

    if (!core)
        return;
    if (core->mentions)
        orch__mentions_free(core->mentions);
    if (core->effects)
        orch__resize(&core->memory, core->effects, core->effects_max * sizeof *core->effects, 0);
    orch__wheel_fini(&core->wheel);
    orch__table_fini(&core->hours_by_value);
    orch__table_fini(&core->conversations_by_key);
    orch__table_fini(&core->seen_by_key);
    orch__pool_fini(&core->daemons);
    orch__pool_fini(&core->hours);
    orch__pool_fini(&core->conversations);
    orch__pool_fini(&core->turns);
    orch__pool_fini(&core->seen);
    ORCH_ASSERT(core->memory.bytes == sizeof *core); /* nothing leaks */
    allocator = core->memory.allocator;
    allocator.resize(allocator.user, core, sizeof *core, 0);
}

size_t orch_core_memory(const orch_core *core)
{
    return core->memory.bytes;
}

size_t orch_route(orch_core *core, const orch_incoming *incoming, orch_daemon_id *out_daemons, size_t max)
{
    return orch__mentions_route(core->mentions, incoming, core->config.hops_max, out_daemons, max);
}

int orch_core_health(const orch_core *core, orch_daemon_id id, int64_t now_ms, orch_health *out_health)
{
    const orch__daemon *daemon = orch__daemon_find(core, id);
    bool up;

    if (!daemon)
        return ORCH_E_NOT_FOUND;
    if (now_ms < core->now_ms)
        now_ms = core->now_ms;
    up = daemon->status == ORCH_STATUS_RUNNING || daemon->status == ORCH_STATUS_STOPPING;
    *out_health = (orch_health){
        .status = (orch_status)daemon->status,
        .started_ms = daemon->started_ms,
        .uptime_ms = up && daemon->started_ms ? now_ms - daemon->started_ms : 0,
        .last_heartbeat_ms = daemon->last_heartbeat_ms,
        .conversations_active = daemon->active,
        .queued = daemon->queued,
        .answered = daemon->answered,
        .restarts = orch__manager_restarts(core, daemon, now_ms),
        .managed = daemon->managed,
    };
    return 0;
}
