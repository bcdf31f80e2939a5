/* One run: draws the seed's world, lets time pass until everything has ended, and asks the checkers. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkers.h"

#define SETTLE_LOOK_MS  1000
#define SETTLE_LIMIT_MS (48 * 3600000LL) /* by then everything has ended, or something is lost */

static void *room(size_t count, size_t size)
{
    void *block = calloc(count, size);

    if (!block) {
        perror("orchd-sim");
        exit(2);
    }
    return block;
}

void sim_world_init(sim_world *world)
{
    memset(world, 0, sizeof *world);
    sim_agenda_init(&world->agenda);
    sim_record_init(&world->record);
    world->store.messages = room(SIM_MESSAGES_MAX, sizeof *world->store.messages);
    world->store.rows = room(SIM_ROWS_MAX, sizeof *world->store.rows);
    world->store.ops = room(SIM_OPS_MAX, sizeof *world->store.ops);
    world->host.work = room(SIM_ROWS_MAX, sizeof *world->host.work);
}

void sim_world_fini(sim_world *world)
{
    sim_agenda_fini(&world->agenda);
    sim_record_fini(&world->record);
    free(world->store.messages);
    free(world->store.rows);
    free(world->store.ops);
    free(world->host.work);
}

void sim_plan(sim_world *world, int64_t in_ms, sim_item_kind kind, uint32_t a, uint64_t b)
{
    sim_agenda_add(&world->agenda, (sim_item){.at_ms = world->now_ms + in_ms, .kind = kind, .a = a, .b = b});
}

void sim_plan_host(sim_world *world, int64_t in_ms, sim_item_kind kind, uint32_t a, uint64_t b)
{
    sim_agenda_add(
        &world->agenda,
        (sim_item){.at_ms = world->now_ms + in_ms, .life = world->host.life, .kind = kind, .a = a, .b = b});
}

/* The tables are not wiped: their counts are, and what a former seed left in them is overwritten. */
static void reset(sim_world *world, uint64_t seed, sim_options options)
{
    sim_store *store = &world->store;
    sim_work *work = world->host.work;

    memset(work, 0, store->rows_count * sizeof *work);
    sim_record_reset(world);
    sim_agenda_clear(&world->agenda);
    world->seed = seed;
    world->options = options;
    world->random = (sim_random){seed * 0x2545f4914f6cdd1du};
    world->now_ms = 0;
    world->settling = world->closing = world->probing = world->ended = false;
    world->events = world->crash_points = world->crashes = 0;
    world->trace.count = 0;
    world->trace.verbose = options.verbose;
    sim_allocator_init(&world->allocator, seed);
    world->host = (sim_host){.work = work};
    store->messages_count = store->rows_count = 1;
    store->submitted = store->committed = store->done = 0;
    store->writing = false;
}

/* ---- the end of a run ---- */

/* A clock that was set back would keep the core waiting: somebody has repaired it. */
static void repair_clock(sim_world *world)
{
    sim_host *host = &world->host;
    int64_t behind_ms = host->core_now_ms - sim_host_now(world);

    if (behind_ms > 0)
        host->clock_ms += behind_ms;
}

static void settle(sim_world *world)
{
    if (!world->settling) {
        world->settling = true;
        sim_faults_end(world);
        repair_clock(world);
        sim_say(&world->trace, world->now_ms, "nothing goes wrong from now on");
    }
    if (world->host.core && !world->host.exiting) {
        if (sim_clients_content(world) && sim_all_ended(world)) {
            orch_event stop_all = {.kind = ORCH_EV_STOP_ALL};

            world->closing = true;
            sim_plan(world, world->host.config.stop_grace_ms + 1000, SIM_CLOSING, world->host.life, 0);
            (void)sim_step(world, &stop_all, NULL);
            return;
        }
        sim_operators_start_all(world);
    }
    if (world->now_ms > world->settings.until_ms + SETTLE_LIMIT_MS)
        sim_check_unfinished(world);
    sim_plan(world, SETTLE_LOOK_MS + (world->now_ms - world->settings.until_ms) / 8, SIM_SETTLE, 0, 0);
}

static void close_world(sim_world *world, uint32_t life)
{
    if (!world->host.core || world->host.life != life) { /* it crashed in its last moments */
        world->closing = false;
        sim_plan(world, 0, SIM_SETTLE, 0, 0);
        return;
    }
    world->probing = true;
    sim_check_closed(world);
    sim_check_replay(world);
    if (world->settings.soaked && !world->options.blind)
        sim_check_soak(world);
    orch_core_free(world->host.core);
    world->host.core = NULL;
    if (world->allocator.bytes != 0 || world->allocator.bad_frees != 0)
        sim_fail(world, "memory", "%zu bytes are left at the end, %llu blocks were freed with a wrong size",
                 world->allocator.bytes, (unsigned long long)world->allocator.bad_frees);
    world->ended = true;
}

/* ---- the passing of time ---- */

static void happen(sim_world *world, const sim_item *item)
{
    switch (item->kind) {
    case SIM_POST_TRY:
    case SIM_POST_ARRIVES:
    case SIM_POST_ANSWER:
    case SIM_POST_TIMEOUT:
    case SIM_DELETE:
        sim_clients_item(world, item);
        break;
    case SIM_FAULT_TOGGLE:
        sim_fault_toggle(world, (sim_fault)item->a);
        break;
    case SIM_BOOT:
        sim_host_boot(world);
        break;
    case SIM_SETTLE:
        settle(world);
        break;
    case SIM_CLOSING:
        close_world(world, item->a);
        break;
    default:
        sim_host_item(world, item);
        break;
    }
}

/* A process that stands still reads no socket and no clock; everything for it waits, in order. */
static bool waits(sim_world *world, const sim_item *item)
{
    bool for_host = item->life != 0 || item->kind == SIM_POST_ARRIVES || item->kind == SIM_DELETE ||
                    (item->kind == SIM_FAULT_TOGGLE && item->a >= SIM_FAULT_DELETION);

    if (!for_host || world->host.stalled_until_ms <= world->now_ms)
        return false;
    sim_item later = *item;

    later.at_ms = world->host.stalled_until_ms;
    sim_agenda_add(&world->agenda, later);
    return true;
}

void sim_world_run(sim_world *world, uint64_t seed, sim_options options)
{
    reset(world, seed, options);
    sim_settings_draw(world);
    sim_faults_draw(world);
    sim_plan(world, 0, SIM_BOOT, 0, 0);
    sim_faults_begin(world);
    sim_clients_begin(world);
    sim_plan(world, world->settings.until_ms, SIM_SETTLE, 0, 0);
    while (!world->ended && !sim_failed(world)) {
        sim_item item = sim_agenda_take(&world->agenda);

        if (item.life != 0 && (item.life != world->host.life || !world->host.core))
            continue;
        if (item.at_ms > world->now_ms)
            world->now_ms = item.at_ms;
        if (!waits(world, &item))
            happen(world, &item);
    }
    if (world->host.core)
        orch_core_free(world->host.core);
    world->host.core = NULL;
}
