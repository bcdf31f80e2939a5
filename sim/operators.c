/* What people do to daemons: logins and logouts, starts and stops, new specifications, orderly ends. */
#include "checkers.h"
#include "world.h"

static uint32_t some_daemon(sim_world *world)
{
    return 1 + sim_below(&world->random, world->settings.daemons);
}

static void flag_login(sim_world *world, uint32_t daemon, bool logged_in)
{
    sim_op op = {.kind = SIM_OP_LOGGED_IN, .daemon = daemon};

    op.orchestrator.logged_in = logged_in;
    sim_store_add(world, op);
}

static void login(sim_world *world, uint32_t daemon)
{
    orch_event event = {.kind = ORCH_EV_LOGIN, .daemon = {daemon}};

    if (sim_chance(&world->random, 450))
        event.kind = ORCH_EV_LOGOUT;
    flag_login(world, daemon, event.kind == ORCH_EV_LOGIN);
    (void)sim_step(world, &event, NULL);
}

static void start_or_stop(sim_world *world, uint32_t daemon)
{
    static const orch_event_kind kinds[] = {ORCH_EV_START, ORCH_EV_STOP, ORCH_EV_RESTART};
    orch_event event = {.daemon = {daemon}};
    uint32_t times = 1 + sim_below(&world->random, 3); /* impatient ones do it again at once */

    event.managed = !sim_chance(&world->random, 150);
    while (times-- > 0) {
        event.kind = kinds[sim_below(&world->random, 3)];
        flag_login(world, daemon, event.kind != ORCH_EV_STOP);
        if (!sim_step(world, &event, NULL))
            return;
    }
}

static void reconfigure(sim_world *world)
{
    orch_core_config config = world->host.config;
    orch_event event = {.kind = ORCH_EV_CONFIGURE, .configure = &config};

    sim_manager_draw(world, &config);
    world->host.config = config;
    (void)sim_step(world, &event, NULL);
}

static void change(sim_world *world, uint32_t daemon, sim_fault fault)
{
    sim_op op = {.kind = SIM_OP_UPDATE, .daemon = daemon, .orchestrator = sim_orchestrator_draw(world)};

    if (fault == SIM_FAULT_UNREGISTER)
        op.kind = world->store.orchestrators[daemon].exists ? SIM_OP_REMOVE : SIM_OP_ADD;
    sim_store_add(world, op);
}

static void shut_down(sim_world *world)
{
    orch_event event = {.kind = ORCH_EV_STOP_ALL};

    world->host.exiting = true;
    sim_say(&world->trace, world->now_ms, "SIGTERM");
    sim_plan_host(world, world->host.config.stop_grace_ms + 100, SIM_EXIT, 0, 0);
    (void)sim_step(world, &event, NULL);
}

static void delete_one(sim_world *world)
{
    uint32_t count = world->store.messages_count;
    uint32_t back = 1 + sim_below(&world->random, 12);

    if (count > back)
        sim_plan(world, 0, SIM_DELETE, count - back, 0);
}

void sim_operate(sim_world *world, sim_fault fault)
{
    orch_event stop_all = {.kind = ORCH_EV_STOP_ALL};

    if (fault == SIM_FAULT_BURST) {
        sim_clients_burst(world);
        return;
    }
    if (!world->host.core || world->host.exiting)
        return;
    switch (fault) {
    case SIM_FAULT_DELETION:
        delete_one(world);
        break;
    case SIM_FAULT_STOPPING:
        sim_stop_some(world);
        break;
    case SIM_FAULT_RETRYING:
        sim_retry_some(world);
        break;
    case SIM_FAULT_LOGIN:
        login(world, some_daemon(world));
        break;
    case SIM_FAULT_OPERATOR:
        start_or_stop(world, some_daemon(world));
        break;
    case SIM_FAULT_STOP_ALL:
        (void)sim_step(world, &stop_all, NULL);
        break;
    case SIM_FAULT_RECONFIGURE:
        reconfigure(world);
        break;
    case SIM_FAULT_UPDATE:
    case SIM_FAULT_UNREGISTER:
        if (sim_chance(&world->random, 200))
            sim_clients_burst(world);
        change(world, some_daemon(world), fault);
        break;
    default:
        shut_down(world);
        break;
    }
}

void sim_operators_start_all(sim_world *world)
{
    for (uint32_t d = 1; d <= world->settings.daemons; d++) {
        orch_event event = {.kind = ORCH_EV_START, .daemon = {d}, .managed = true};
        orch_status status = world->record.daemons[d].status;

        if (!world->host.registered[d])
            continue;
        if (status == ORCH_STATUS_STOPPED || status == ORCH_STATUS_ERROR || status == ORCH_STATUS_STOPPING) {
            if (!sim_step(world, &event, NULL))
                return;
        }
    }
}
