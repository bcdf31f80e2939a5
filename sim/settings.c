/* The draw of a seed: how large, how fast, which limits. */
#include "world.h"

#include <string.h>

#define CROWD_EVERY 250 /* seeds: by the seed's number, so that the other runs do not depend on it */

sim_orchestrator sim_orchestrator_draw(sim_world *world)
{
    sim_random *random = &world->random;
    sim_orchestrator drawn = {
        .exists = true,
        .mention_only = sim_chance(random, 200),
        .auto_respond = !sim_chance(random, 80),
        .limited = sim_chance(random, 150),
        .start_min = (uint16_t)sim_below(random, 1440),
        .end_min = (uint16_t)sim_below(random, 1440),
        .offset_s = 900 * (int32_t)sim_between(random, -48, 56),
        .running_max = (uint32_t)sim_spread(random, 1, sim_chance(random, 100) ? 200 : 10),
        .models_count = 1 + sim_below(random, 3),
    };

    if (sim_chance(random, 300)) { /* ordinary hours, the same for many */
        drawn.start_min = 540;
        drawn.end_min = 1020;
        drawn.offset_s = 3600;
    }
    if (world->settings.flood)
        drawn.running_max = (uint32_t)sim_between(random, 33, 200);
    /* About as many heartbeats in a short run as in a long one, and of a crowd few of each. */
    drawn.heartbeat_ms = (uint32_t)sim_spread(random, 100 + world->settings.until_ms / 200,
                                              400 + world->settings.until_ms / 4);
    if (world->settings.crowd)
        drawn.heartbeat_ms = 400 + (uint32_t)(world->settings.until_ms / 4);
    return drawn;
}

void sim_manager_draw(sim_world *world, orch_core_config *config)
{
    sim_random *random = &world->random;

    config->auto_start = !sim_chance(random, 150);
    config->auto_restart = !sim_chance(random, 150);
    config->restarts_max = (uint32_t)sim_between(random, 0, 5);
    config->health_check_ms = (uint32_t)sim_spread(random, 1000 + world->settings.until_ms / 100, 10000000);
    config->restart_base_ms = (uint32_t)sim_spread(random, 100, 4000);
    config->restart_cap_ms = config->restart_base_ms + (uint32_t)sim_spread(random, 1, 60000);
    config->restart_reset_ms = (uint32_t)sim_spread(random, 1000, 600000);
}

static void draw_turns(sim_random *random, orch_core_config *config)
{
    config->open_timeout_ms = (uint32_t)sim_spread(random, 1000, 30000);
    config->stop_grace_ms = (uint32_t)sim_spread(random, 100, 10000);
    config->turn_deadline_ms = (uint32_t)sim_spread(random, 10000, 600000);
    config->attempt_timeout_ms = (uint32_t)sim_spread(random, 1000, 120000);
    config->attempts_per_model = (uint32_t)sim_between(random, 1, 5);
    config->retry_base_ms = (uint32_t)sim_spread(random, 50, 2000);
    config->retry_cap_ms = config->retry_base_ms + (uint32_t)sim_spread(random, 1, 8000);
    config->store_retry_ms = (uint32_t)sim_spread(random, 100, 2000);
    config->offline_repeat_ms = (uint32_t)sim_spread(random, 60000, 3600000);
}

static void draw_limits(sim_world *world, orch_core_config *config)
{
    sim_random *random = &world->random;

    config->daemons_max = world->settings.crowd ? SIM_DAEMONS_MAX : SIM_SPEAKERS_MAX;
    config->queue_max = world->settings.flood ? 400 : (uint32_t)sim_spread(random, 1, 100);
    config->seen_max = (uint32_t)sim_spread(random, 4, 2000);
    config->hops_max = (uint32_t)sim_between(random, 1, 5);
    config->turns_max = 4000;
    config->conversations_max = 4000;
    world->settings.bound_by_turns = sim_chance(random, 180);
    if (world->settings.bound_by_turns) {
        config->turns_max = (uint32_t)sim_spread(random, 2, 60);
        config->conversations_max = (uint32_t)sim_spread(random, 1, 30);
    }
}

static void draw_channels(sim_world *world)
{
    sim_random *random = &world->random;
    uint32_t all = (1u << (world->settings.speakers + 1)) - 2;

    world->settings.channels = 1 + sim_below(random, SIM_CHANNELS_MAX);
    memset(world->channels, 0, sizeof world->channels);
    for (uint32_t c = 1; c <= world->settings.channels; c++) {
        sim_channel *channel = &world->channels[c];

        channel->direct = sim_chance(random, 200);
        channel->members = channel->direct ? SIM_BIT(1 + sim_below(random, world->settings.speakers))
                                           : all & (sim_mask)(sim_draw(random) | sim_draw(random));
    }
}

void sim_settings_draw(sim_world *world)
{
    sim_random *random = &world->random;
    sim_settings *settings = &world->settings;
    orch_core_config *config = &world->host.config;

    settings->until_ms = sim_spread(random, 60000, 43200000);
    settings->crowd = world->seed % CROWD_EVERY == 0;
    settings->speakers = 1 + sim_below(random, sim_chance(random, 30) ? SIM_SPEAKERS_MAX : SIM_SPEAKERS_FEW);
    settings->daemons = settings->crowd ? SIM_DAEMONS_MAX : settings->speakers;
    settings->posts = (uint32_t)sim_spread(random, 5, 120);
    if (settings->speakers > SIM_SPEAKERS_FEW && settings->posts > 30)
        settings->posts = 30;
    settings->addressed_permille = 300 + sim_below(random, 700);
    settings->gossip_permille = sim_below(random, 900);
    settings->flood = settings->speakers <= 3 && sim_chance(random, 50);
    settings->thread_permille = settings->flood ? 950 : sim_below(random, 700);
    settings->answer_ms = (uint32_t)sim_spread(random, 1, 20000);
    settings->commit_ms = (uint32_t)sim_spread(random, 1, 100);
    settings->validate_every = sim_chance(random, 40) ? 1 : 64;
    settings->replayed = sim_chance(random, 60);
    orch_core_config_init(config);
    config->allocator = sim_allocator_hand(&world->allocator);
    sim_manager_draw(world, config);
    draw_turns(random, config);
    draw_limits(world, config);
    settings->soaked = config->seen_max < 400 && sim_chance(random, 100);
    draw_channels(world);
    world->host.ack_first = sim_chance(random, 500);
    for (uint32_t d = 1; d <= SIM_DAEMONS_MAX; d++) {
        world->store.orchestrators[d] = (sim_orchestrator){0};
        if (d <= settings->daemons) {
            world->store.orchestrators[d] = sim_orchestrator_draw(world);
            world->store.orchestrators[d].registration = 1;
            world->store.orchestrators[d].logged_in = sim_chance(random, 800);
        }
    }
}
