/* Many daemons at once: what one step bears, heartbeats, and the life of a registration. */
#include "core_stage.h"
#include "state.h"

#define MANY 1000u

static void open_many(stage *s, bool running)
{
    stage_prepare(s);
    stage_open(s);
    for (uint32_t id = 1; id <= MANY; id++) {
        if (running)
            stage_run_daemon(s, id, 10);
        else
            assert_int_equal(stage_register(s, id, 10), 0);
    }
}

/* All heartbeats are due in the same millisecond: each is asked once, in portions. */
static void heartbeats_come_in_portions(void **state)
{
    size_t asked = 0, ticks = 0;
    stage s;

    (void)state;
    open_many(&s, true);
    s.now_ms += 30000;
    do {
        size_t portion;

        assert_int_equal(stage_daemon(&s, ORCH_EV_TICK, 0), 0);
        portion = stage_count(&s, ORCH_FX_HEARTBEAT);
        assert_true(portion <= ORCH__TIMERS_MAX);
        asked += portion;
        ticks++;
    } while (orch_next_deadline(s.core) <= s.now_ms);
    assert_int_equal(asked, MANY);
    assert_in_range(ticks, MANY / ORCH__TIMERS_MAX, MANY / ORCH__TIMERS_MAX + 2);
    stage_validate(&s);
    stage_close(&s);
}

/* An event for a daemon that a stop of all has not reached yet finds it stopped. */
static void a_stop_of_all_is_one_moment(void **state)
{
    stage s;

    (void)state;
    open_many(&s, true);
    assert_int_equal(stage_daemon(&s, ORCH_EV_STOP_ALL, 0), 0);
    assert_true(stage_count_emits(&s, ORCH_EMIT_STOPPED) < MANY);
    assert_true(orch_next_deadline(s.core) <= s.now_ms);
    stage_validate(&s);

    assert_int_equal(stage_daemon(&s, ORCH_EV_FAILED, MANY),
                     ORCH_E_INVALID); /* no error given: not even looked at */
    assert_int_equal(stage_daemon(&s, ORCH_EV_HEARTBEAT, MANY), ORCH_E_NOT_RUNNING);
    assert_int_equal(stage_count_emits(&s, ORCH_EMIT_STOPPED), 1);
    assert_int_equal(stage_daemon(&s, ORCH_EV_START, MANY - 1), 0);
    assert_int_equal(stage_count_emits(&s, ORCH_EMIT_STOPPED), 1);
    assert_int_equal(stage_health(&s, MANY - 1).status, ORCH_STATUS_INITIALIZING);
    assert_int_equal(stage_daemon(&s, ORCH_EV_UNREGISTER, MANY - 2), 0);
    stage_validate(&s);

    while (orch_next_deadline(s.core) <= s.now_ms) {
        assert_int_equal(stage_daemon(&s, ORCH_EV_TICK, 0), 0);
        stage_validate(&s);
    }
    for (uint32_t id = 1; id <= MANY; id++)
        if (id < MANY - 2 || id == MANY)
            assert_int_equal(stage_health(&s, id).status, ORCH_STATUS_STOPPED);
    assert_int_equal(stage_health(&s, MANY - 1).status, ORCH_STATUS_INITIALIZING);
    stage_close(&s);
}

/* No turn starts in a daemon that a stop of all will reach. */
static void a_stop_of_all_stops_new_turns_at_once(void **state)
{
    stage s;

    (void)state;
    open_many(&s, true);
    assert_int_equal(stage_daemon(&s, ORCH_EV_STOP_ALL, 0), 0);
    assert_int_equal(stage_message(&s, MANY, 1, 1), 0);
    assert_int_equal(stage_count(&s, ORCH_FX_TURN_START), 0);
    assert_int_equal(stage_health(&s, MANY).queued, 1);
    stage_validate(&s);
    stage_close(&s);
}

/* A timer of a daemon that the stop has not reached yet does nothing but stop it. */
static void a_stop_of_all_goes_before_timers(void **state)
{
    stage s;

    (void)state;
    open_many(&s, true);
    assert_int_equal(stage_daemon(&s, ORCH_EV_STOP_ALL, 0), 0);
    s.now_ms += 30000;
    while (orch_next_deadline(s.core) <= s.now_ms) {
        assert_int_equal(stage_daemon(&s, ORCH_EV_TICK, 0), 0);
        assert_int_equal(stage_count(&s, ORCH_FX_HEARTBEAT), 0);
    }
    assert_int_equal(stage_health(&s, MANY).status, ORCH_STATUS_STOPPED);
    stage_validate(&s);
    stage_close(&s);
}

/* The same id registered again is another orchestrator: it knows nothing of the former one's messages. */
static void an_unregistered_daemon_leaves_nothing(void **state)
{
    size_t before;
    stage s;

    (void)state;
    open_many(&s, false);
    before = orch_core_memory(s.core);
    for (int round = 0; round < 5; round++) {
        for (uint32_t id = 1; id <= MANY; id++)
            assert_int_equal(stage_daemon(&s, ORCH_EV_UNREGISTER, id), 0);
        stage_validate(&s);
        assert_int_equal(s.core->daemons_count, 0);
        assert_int_equal(orch_next_deadline(s.core), INT64_MAX);
        for (uint32_t id = 1; id <= MANY; id++)
            assert_int_equal(stage_register(&s, id, 10), 0);
    }
    assert_true(orch_core_memory(s.core) <= before + 4096);
    assert_int_equal(stage_message(&s, 1, 77, 1), 0);
    assert_int_equal(stage_message(&s, 1, 77, 1), ORCH_E_EXISTS);
    assert_int_equal(stage_daemon(&s, ORCH_EV_UNREGISTER, 1), 0);
    assert_int_equal(stage_register(&s, 1, 10), 0);
    assert_int_equal(stage_message(&s, 1, 77, 1), 0);
    stage_validate(&s);
    stage_close(&s);
}

/* Time that runs backwards stands still. */
static void time_never_runs_backwards(void **state)
{
    stage s;

    (void)state;
    stage_prepare(&s);
    s.now_ms = 1000000;
    stage_open(&s);
    stage_run_daemon(&s, 1, 1);
    s.now_ms = 5;
    assert_int_equal(stage_daemon(&s, ORCH_EV_HEARTBEAT, 1), 0);
    assert_int_equal(stage_health(&s, 1).last_heartbeat_ms, 1000000);
    assert_int_equal(stage_health(&s, 1).uptime_ms, 0);
    s.now_ms = INT64_MAX;
    assert_int_equal(stage_daemon(&s, ORCH_EV_TICK, 0), ORCH_E_INVALID);
    s.now_ms = INT64_MIN;
    assert_int_equal(stage_daemon(&s, ORCH_EV_TICK, 0), 0);
    stage_validate(&s);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heartbeats_come_in_portions),
        cmocka_unit_test(a_stop_of_all_is_one_moment),
        cmocka_unit_test(a_stop_of_all_stops_new_turns_at_once),
        cmocka_unit_test(a_stop_of_all_goes_before_timers),
        cmocka_unit_test(an_unregistered_daemon_leaves_nothing),
        cmocka_unit_test(time_never_runs_backwards),
    };

    return STAGE_RUN(tests);
}
