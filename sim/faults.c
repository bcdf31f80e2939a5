#include "faults.h"

#include "world.h"

#define BLACKOUT_MS 120000

static const char *const words[] = {
#define SIM_FAULT_WORDS(id, text) text,
    SIM_FAULTS(SIM_FAULT_WORDS)
#undef SIM_FAULT_WORDS
};

const char *sim_fault_words(sim_fault fault)
{
    return words[fault];
}

/* Strikes at the beginning of each window and has no length. */
static bool is_blow(sim_fault fault)
{
    return (fault >= SIM_FAULT_BURST && fault <= SIM_FAULT_SHUTDOWN) || fault == SIM_FAULT_CLOCK_JUMP ||
           fault == SIM_FAULT_STALL || fault == SIM_FAULT_CRASH || fault == SIM_FAULT_DAEMON_FAULT ||
           fault == SIM_FAULT_STRAY_TICK;
}

/* Lengths that fit the run: a few to some dozens of windows, however long it is. */
static void draw_windows(sim_world *world, sim_fault fault, sim_fault_plan *plan)
{
    sim_random *random = &world->random;
    int64_t run_ms = world->settings.until_ms;

    plan->off_ms = sim_spread(random, run_ms / 40, run_ms);
    plan->on_ms = sim_spread(random, 500 + run_ms / 400, run_ms / 4);
    if (is_blow(fault))
        plan->on_ms = 1;
    else if (fault != SIM_FAULT_DISK_FULL && fault != SIM_FAULT_ALLOCATOR && sim_chance(random, 300))
        plan->on_ms = 0;
}

void sim_faults_draw(sim_world *world)
{
    sim_random *random = &world->random;
    uint32_t share = 50 + sim_below(random, 500); /* of the faults that this seed knows */

    for (int fault = 0; fault < SIM_FAULT_COUNT; fault++) {
        sim_fault_plan *plan = &world->faults[fault];

        *plan = (sim_fault_plan){.enabled = sim_chance(random, share)};
        plan->permille = (uint32_t)sim_spread(random, 10, 1000);
        draw_windows(world, (sim_fault)fault, plan);
    }
    if (world->settings.crowd)
        world->faults[SIM_FAULT_STOP_ALL].enabled = true;
    if (world->settings.flood)
        world->faults[SIM_FAULT_BURST].enabled = world->faults[SIM_FAULT_OPERATOR].enabled = true;
    /* What failed is tried again within a second: hours of it teach nothing. */
    if (world->faults[SIM_FAULT_DISK_FULL].on_ms > BLACKOUT_MS)
        world->faults[SIM_FAULT_DISK_FULL].on_ms = BLACKOUT_MS;
    if (world->faults[SIM_FAULT_ALLOCATOR].on_ms > BLACKOUT_MS)
        world->faults[SIM_FAULT_ALLOCATOR].on_ms = BLACKOUT_MS;
    if (world->faults[SIM_FAULT_STORE_FAILS].permille > 700)
        world->faults[SIM_FAULT_STORE_FAILS].permille = 700;
    /* A few seeds with a failing allocator are enough: it hides other defects. */
    if (sim_below(random, 4) != 0)
        world->faults[SIM_FAULT_ALLOCATOR].enabled = false;
}

void sim_faults_begin(sim_world *world)
{
    for (int fault = 0; fault < SIM_FAULT_COUNT; fault++) {
        const sim_fault_plan *plan = &world->faults[fault];

        if (plan->enabled)
            sim_plan(world, plan->on_ms == 0 ? 0 : sim_between(&world->random, 0, plan->off_ms),
                     SIM_FAULT_TOGGLE, (uint32_t)fault, 0);
    }
}

static void jump(sim_world *world)
{
    sim_random *random = &world->random;
    int64_t by = sim_spread(random, 1, sim_chance(random, 100) ? 86400000 : 60000);

    if (sim_chance(random, 500))
        by = -by;
    world->host.clock_ms += by;
    sim_say(&world->trace, world->now_ms, "the clock jumps by %lld ms", (long long)by);
}

static void stall(sim_world *world)
{
    int64_t ms = sim_spread(&world->random, 10, 400000);

    world->host.stalled_until_ms = world->now_ms + ms;
    sim_say(&world->trace, world->now_ms, "the process stands still for %lld ms", (long long)ms);
}

static void strike(sim_world *world, sim_fault fault)
{
    switch (fault) {
    case SIM_FAULT_CLOCK_JUMP:
        jump(world);
        break;
    case SIM_FAULT_STALL:
        stall(world);
        break;
    case SIM_FAULT_CRASH:
        world->host.crash_in = 1 + sim_below(&world->random, 40);
        break;
    case SIM_FAULT_ALLOCATOR:
        world->allocator.refuse_permille = world->faults[fault].permille;
        break;
    case SIM_FAULT_DAEMON_FAULT:
        if (world->host.core)
            sim_plan_host(world, 0, SIM_DAEMON_FAULT, 1 + sim_below(&world->random, world->settings.daemons),
                          0);
        break;
    case SIM_FAULT_STRAY_TICK:
        if (world->host.core)
            sim_plan_host(world, 0, SIM_STRAY_TICK, 0, 0);
        break;
    case SIM_FAULT_BURST:
    case SIM_FAULT_DELETION:
    case SIM_FAULT_STOPPING:
    case SIM_FAULT_RETRYING:
    case SIM_FAULT_LOGIN:
    case SIM_FAULT_OPERATOR:
    case SIM_FAULT_STOP_ALL:
    case SIM_FAULT_RECONFIGURE:
    case SIM_FAULT_UPDATE:
    case SIM_FAULT_UNREGISTER:
    case SIM_FAULT_SHUTDOWN:
        sim_operate(world, fault);
        break;
    default:
        sim_say(&world->trace, world->now_ms, "begins: %s", sim_fault_words(fault));
        break;
    }
}

void sim_fault_toggle(sim_world *world, sim_fault fault)
{
    sim_fault_plan *plan = &world->faults[fault];
    int64_t mean = plan->active ? plan->off_ms : plan->on_ms;

    if (world->settling)
        return;
    plan->active = !plan->active;
    if (plan->active)
        strike(world, fault);
    else if (fault == SIM_FAULT_ALLOCATOR)
        world->allocator.refuse_permille = 0;
    else if (plan->on_ms > 1)
        sim_say(&world->trace, world->now_ms, "ends: %s", sim_fault_words(fault));
    if (plan->on_ms)
        sim_plan(world, 1 + sim_between(&world->random, 0, 2 * mean), SIM_FAULT_TOGGLE, (uint32_t)fault, 0);
}

void sim_faults_end(sim_world *world)
{
    for (int fault = 0; fault < SIM_FAULT_COUNT; fault++)
        world->faults[fault].active = false;
    world->allocator.refuse_permille = 0;
    world->host.crash_in = 0;
    world->host.stalled_until_ms = world->now_ms;
}

bool sim_fault_on(const sim_world *world, sim_fault fault)
{
    return world->faults[fault].active;
}

bool sim_strikes(sim_world *world, sim_fault fault)
{
    return world->faults[fault].active && sim_chance(&world->random, world->faults[fault].permille);
}
