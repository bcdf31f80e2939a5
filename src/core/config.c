#include "config.h"

#define DAY_MS     86400000u
#define ITEMS_MAX  (1u << 28)
#define DAEMON_MAX (1u << 24)

void orch_core_config_init(orch_core_config *config)
{
    *config = (orch_core_config){
        .version = ORCH_CORE_CONFIG_VERSION,
        .daemons_max = 100000,
        .turns_max = 1000000,
        .queue_max = 1000,
        .seen_max = 65536,
        .conversations_max = 1000000,
        .hops_max = 4,
        .auto_start = true,
        .auto_restart = true,
        .restarts_max = 3,
        .health_check_ms = 60000,
        .restart_base_ms = 1000,
        .restart_cap_ms = 60000,
        .restart_reset_ms = 600000,
        .open_timeout_ms = 30000,
        .stop_grace_ms = 10000,
        .turn_deadline_ms = 600000,
        .attempt_timeout_ms = 120000,
        .attempts_per_model = 4,
        .retry_base_ms = 500,
        .retry_cap_ms = 8000,
        .store_retry_ms = 1000,
        .offline_repeat_ms = 3600000,
    };
}

static bool within(uint32_t value, uint32_t min, uint32_t max)
{
    return value >= min && value <= max;
}

bool orch__config_manager_valid(const orch_core_config *c)
{
    return c->restarts_max <= 1000 && within(c->health_check_ms, 100, DAY_MS) &&
           within(c->restart_base_ms, 1, DAY_MS) && within(c->restart_cap_ms, c->restart_base_ms, DAY_MS) &&
           c->restart_reset_ms <= DAY_MS;
}

static bool limits_valid(const orch_core_config *c)
{
    return within(c->daemons_max, 1, DAEMON_MAX) && within(c->turns_max, 1, ITEMS_MAX) &&
           within(c->queue_max, 1, ITEMS_MAX) && within(c->seen_max, 1, ITEMS_MAX) &&
           within(c->conversations_max, 1, ITEMS_MAX) && c->hops_max <= 1000000;
}

static bool turns_valid(const orch_core_config *c)
{
    return within(c->open_timeout_ms, 1, DAY_MS) && c->stop_grace_ms <= DAY_MS &&
           within(c->turn_deadline_ms, 1, DAY_MS) && within(c->attempt_timeout_ms, 1, DAY_MS) &&
           within(c->attempts_per_model, 1, 1000) && within(c->retry_base_ms, 1, DAY_MS) &&
           within(c->retry_cap_ms, c->retry_base_ms, DAY_MS) && within(c->store_retry_ms, 1, DAY_MS) &&
           c->offline_repeat_ms <= 31 * DAY_MS;
}

bool orch__config_valid(const orch_core_config *config)
{
    return config->version == ORCH_CORE_CONFIG_VERSION && config->allocator.resize && limits_valid(config) &&
           orch__config_manager_valid(config) && turns_valid(config);
}
