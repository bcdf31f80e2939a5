/* The simulated host: boots, steps the core, keeps its timer, dies. */
#include <string.h>

#include "checkers.h"
#include "world.h"

#define TIMER_MAX_MS 600000

int64_t sim_host_now(const sim_world *world)
{
    return SIM_EPOCH_MS + world->now_ms + world->host.clock_ms;
}

sim_work *sim_work_of(sim_world *world, uint32_t row)
{
    sim_work *work = &world->host.work[row];

    if (work->life != world->host.life)
        *work = (sim_work){.life = world->host.life};
    return work;
}

/* ---- the end of a life ---- */

static void end_life(sim_world *world)
{
    sim_host *host = &world->host;

    sim_check_replay(world);
    orch_core_free(host->core);
    host->core = NULL;
    host->exiting = false;
    host->stalled_until_ms = 0;
    memset(host->again_used, 0, sizeof host->again_used);
    memset(host->registered, 0, sizeof host->registered);
    sim_store_crash(world);
    sim_agenda_forget(&world->agenda, host->life);
    if (world->allocator.bytes != 0)
        sim_fail(world, "memory", "%zu bytes are left when the core is freed", world->allocator.bytes);
}

void sim_host_crash(sim_world *world, const char *why)
{
    int64_t down_ms = sim_spread(&world->random, 10, 60000);

    sim_say(&world->trace, world->now_ms, "%s; down for %lld ms", why, (long long)down_ms);
    world->crashes++;
    end_life(world);
    sim_plan(world, down_ms, SIM_BOOT, 0, 0);
}

bool sim_crash_point(sim_world *world)
{
    sim_host *host = &world->host;

    if (world->probing)
        return false;
    world->crash_points++;
    if (world->options.crash_at) {
        if (world->crash_points != world->options.crash_at)
            return false;
    } else if (host->crash_in == 0 || --host->crash_in > 0) {
        return false;
    }
    sim_host_crash(world, "CRASH");
    return true;
}

/* ---- stepping ---- */

/* The timer runs on a clock that nobody sets, so it looks again now and then. */
static void rearm_tick(sim_world *world)
{
    sim_host *host = &world->host;
    int64_t deadline_ms = orch_next_deadline(host->core);
    int64_t in_ms = deadline_ms - sim_host_now(world);

    if (deadline_ms == INT64_MAX) {
        host->tick_serial++;
        host->tick_at_ms = INT64_MAX;
        return;
    }
    if (in_ms < 0)
        in_ms = 0;
    if (in_ms > TIMER_MAX_MS)
        in_ms = TIMER_MAX_MS;
    if (host->tick_at_ms <= world->now_ms + in_ms && host->tick_at_ms >= world->now_ms)
        return;
    host->tick_at_ms = world->now_ms + in_ms;
    sim_plan_host(world, in_ms, SIM_TICK, ++host->tick_serial, 0);
}

/* An idle tick is worth a line only to somebody who reads them all. */
static void say_step(sim_world *world, const orch_event *event, int32_t result, const orch_effects *effects)
{
    if (event->kind == ORCH_EV_TICK && effects->count == 0 && !world->trace.verbose)
        return;
    sim_say_event(&world->trace, world->now_ms, event, result);
    for (size_t i = 0; i < effects->count; i++)
        sim_say_effect(&world->trace, world->now_ms, &effects->items[i]);
}

bool sim_step(sim_world *world, const orch_event *event, int32_t *out_result)
{
    sim_host *host = &world->host;
    int64_t now_ms = sim_host_now(world);
    uint32_t life = host->life;
    orch_effects effects = {NULL, 0};
    int32_t result;

    if (!host->core || sim_failed(world))
        return false;
    if (now_ms > host->core_now_ms)
        host->core_now_ms = now_ms;
    sim_log_event(world, event, now_ms);
    sim_check_before(world, event);
    result = orch_step(host->core, event, now_ms, &effects);
    world->events++;
    say_step(world, event, result, &effects);
    sim_log_effects(world, result, &effects);
    sim_check_step(world, result, &effects);
    if (out_result)
        *out_result = result;
    if (sim_failed(world) || !sim_carry_out(world, &effects))
        return false;
    rearm_tick(world);
    return host->core && host->life == life;
}

/* ---- the beginning of a life ---- */

static bool again_later(sim_world *world, const orch_event *event)
{
    sim_host *host = &world->host;

    for (uint32_t i = 0; i < SIM_AGAIN_MAX; i++) {
        if (host->again_used[i])
            continue;
        host->again_used[i] = true;
        host->again[i] = *event;
        sim_plan_host(world, 500, SIM_AGAIN, i, 0);
        return true;
    }
    sim_fail(world, "host", "more than %d events wait for memory", SIM_AGAIN_MAX);
    return false;
}

bool sim_register(sim_world *world, uint32_t daemon)
{
    const sim_orchestrator *orchestrator = &world->store.orchestrators[daemon];
    orch_hours hours = {.limited = true, .changes_count = 1};
    orch_daemon_spec spec = {.mention_only = orchestrator->mention_only,
                             .auto_respond = orchestrator->auto_respond,
                             .heartbeat_ms = orchestrator->heartbeat_ms,
                             .conversations_running_max = orchestrator->running_max,
                             .models_count = orchestrator->models_count,
                             .hours = orchestrator->limited ? &hours : NULL};
    orch_event event = {.kind = ORCH_EV_REGISTER, .daemon = {daemon}, .spec = &spec};
    orch_str keyword;
    int32_t result = 0;

    if (!orchestrator->exists)
        return true;
    for (int day = 0; day < 7; day++)
        hours.days[day] = (orch_hours_day){orchestrator->start_min, orchestrator->end_min};
    hours.changes[0] = (orch_zone_change){SIM_EPOCH_MS, orchestrator->offset_s};
    sim_cast_name(daemon, &spec, &keyword);
    if (!sim_step(world, &event, &result))
        return false;
    if (result == ORCH_E_NO_MEMORY)
        return again_later(world, &event);
    world->host.registered[daemon] = orchestrator->registration;
    return true;
}

static bool tell_offline(sim_world *world, const sim_row *row)
{
    const sim_message *message = &world->store.messages[row->message];
    orch_event event = {.kind = ORCH_EV_OFFLINE_SENT,
                        .daemon = {row->daemon},
                        .channel = {message->channel},
                        .thread = {message->thread},
                        .at_ms = row->ended_ms};
    int32_t result = 0;

    if (row->ended_ms + world->host.config.offline_repeat_ms <= sim_host_now(world))
        return true;
    return sim_step(world, &event, &result);
}

static bool recover(sim_world *world)
{
    sim_store *store = &world->store;

    for (uint32_t i = 1; i < store->rows_count; i++) {
        sim_row *row = &store->rows[i];

        if (row->state == SIM_ANSWERED && row->offline && !tell_offline(world, row))
            return false;
    }
    for (uint32_t i = 1; i < store->rows_count; i++) {
        sim_row *row = &store->rows[i];
        orch_event abandon = {.kind = ORCH_EV_TURN_ABANDON, .daemon = {row->daemon}};

        if (row->state != SIM_UNFINISHED)
            continue;
        row->epoch = world->host.life;
        if (!sim_message_event(world, i, false, true))
            return false;
        abandon.message.message.v = row->message;
        if (store->messages[row->message].deleted && !sim_step(world, &abandon, NULL))
            return false;
    }
    return true;
}

void sim_host_boot(sim_world *world)
{
    sim_host *host = &world->host;

    host->life++;
    host->core_now_ms = 0;
    host->tick_at_ms = INT64_MAX;
    host->config.seed = sim_draw(&world->random);
    if (orch_core_new(&host->config, &host->core) != 0) {
        host->core = NULL;
        if (world->allocator.bytes != 0)
            sim_fail(world, "memory", "orch_core_new failed and kept %zu bytes", world->allocator.bytes);
        if (world->allocator.refused == 0)
            sim_fail(world, "memory", "orch_core_new failed for no reason");
        sim_plan(world, 1000, SIM_BOOT, 0, 0);
        return;
    }
    sim_say(&world->trace, world->now_ms, "the host boots, life %u", host->life);
    sim_record_life(world);
    for (uint32_t d = 1; d <= world->settings.daemons; d++) {
        if (!sim_register(world, d))
            return;
    }
    if (!recover(world))
        return;
    for (uint32_t d = 1; d <= world->settings.daemons; d++) {
        const sim_orchestrator *orchestrator = &world->store.orchestrators[d];
        orch_event login = {.kind = ORCH_EV_LOGIN, .daemon = {d}};

        if (orchestrator->exists && orchestrator->logged_in && !sim_step(world, &login, NULL))
            return;
    }
}

/* ---- what reaches the host ---- */

static void on_opened(sim_world *world, const sim_item *item)
{
    orch_event event = {.kind = ORCH_EV_OPENED, .daemon = {item->a}};

    if (world->host.openings[item->a] != (uint32_t)item->b)
        return;
    if (sim_strikes(world, SIM_FAULT_OPEN_FAILS)) {
        event.kind = ORCH_EV_OPEN_FAILED;
        event.error = ORCH_E_CONNECTION;
    }
    (void)sim_step(world, &event, NULL);
}

/* What belongs to an attempt that is over must change nothing: the checkers see to it. */
static void on_stray_result(sim_world *world, const sim_item *item)
{
    orch_event event = {.kind = sim_chance(&world->random, 700) ? ORCH_EV_TURN_DONE : ORCH_EV_TURN_ERROR,
                        .turn = {item->b},
                        .error = ORCH_E_CONNECTION,
                        .verdict = ORCH_VERDICT_RETRY};

    (void)sim_step(world, &event, NULL);
}

static void on_again(sim_world *world, const sim_item *item)
{
    orch_event event = world->host.again[item->a];
    int32_t result = 0;

    world->host.again_used[item->a] = false;
    if (event.kind == ORCH_EV_REGISTER)
        (void)sim_register(world, event.daemon.v);
    else if (sim_step(world, &event, &result) && result == ORCH_E_NO_MEMORY)
        (void)again_later(world, &event);
}

static void on_exit(sim_world *world)
{
    sim_say(&world->trace, world->now_ms, "the host ends in order");
    end_life(world);
    sim_plan(world, sim_spread(&world->random, 100, 20000), SIM_BOOT, 0, 0);
}

static void on_tick(sim_world *world, const sim_item *item)
{
    orch_event tick = {.kind = ORCH_EV_TICK};

    if (item->kind == SIM_TICK) {
        if (item->a != world->host.tick_serial)
            return;
        world->host.tick_at_ms = INT64_MAX;
    }
    (void)sim_step(world, &tick, NULL);
}

void sim_host_item(sim_world *world, const sim_item *item)
{
    orch_event event = {.kind = ORCH_EV_HEARTBEAT, .daemon = {item->a}};

    switch (item->kind) {
    case SIM_TICK:
    case SIM_STRAY_TICK:
        on_tick(world, item);
        break;
    case SIM_MODEL_RESULT:
        sim_model_result(world, item->a, (uint32_t)item->b);
        break;
    case SIM_MODEL_LATE:
    case SIM_MODEL_TWICE:
        on_stray_result(world, item);
        break;
    case SIM_REPLY:
        sim_host_reply(world, item->a, item->b);
        break;
    case SIM_STORE_COMMIT:
        sim_store_commit(world);
        break;
    case SIM_STORE_DONE:
        sim_host_stored(world, &world->store.ops[item->b % SIM_OPS_MAX]);
        break;
    case SIM_END_AGAIN:
        sim_store_add(world,
                      (sim_op){.kind = SIM_OP_END, .row = item->a, .end = SIM_FAILED, .error = ORCH_E_FULL});
        break;
    case SIM_OPENED:
        on_opened(world, item);
        break;
    case SIM_DAEMON_FAULT:
        event.kind = ORCH_EV_FAILED;
        event.error = ORCH_E_INTERNAL;
        (void)sim_step(world, &event, NULL);
        break;
    case SIM_HEARTBEAT:
        (void)sim_step(world, &event, NULL);
        break;
    case SIM_DUPLICATE:
        sim_host_duplicate(world, item->a);
        break;
    case SIM_AGAIN:
        on_again(world, item);
        break;
    default:
        on_exit(world);
        break;
    }
}
