/* Restarts over long times, and health checks that do not come in herds. */
#include "core_stage.h"

static int fail_daemon(stage *s, uint32_t daemon)
{
    return stage_step(s, (orch_event){.kind = ORCH_EV_FAILED, .daemon = {daemon}, .error = ORCH_E_INTERNAL});
}

static void wait_until(stage *s, int64_t until_ms)
{
    while (orch_next_deadline(s->core) <= until_ms) {
        int64_t next = orch_next_deadline(s->core);

        s->now_ms = next > s->now_ms ? next : s->now_ms;
        assert_int_equal(stage_daemon(s, ORCH_EV_TICK, 0), 0);
        for (size_t i = 0; i < s->effects.count; i++)
            if (s->effects.items[i].kind == ORCH_FX_DAEMON_OPEN)
                return;
    }
    s->now_ms = until_ms;
}

/* 1, 2, 4, 8, 16, 32, 60, 60 … seconds. */
static void the_pause_doubles_up_to_its_cap(void **state)
{
    static const int64_t pauses[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000, 60000};
    stage s;

    (void)state;
    stage_prepare(&s);
    s.config.restarts_max = 10;
    stage_open(&s);
    stage_run_daemon(&s, 1, 1);
    for (uint32_t i = 0; i < 10; i++) {
        int64_t failed_ms = s.now_ms;

        assert_int_equal(fail_daemon(&s, 1), 0);
        assert_int_equal(stage_count_emits(&s, ORCH_EMIT_RESTART_SCHEDULED), 1);
        wait_until(&s, INT64_MAX - 1);
        assert_int_equal(s.now_ms - failed_ms, pauses[i]);
        assert_int_equal(stage_daemon(&s, ORCH_EV_OPENED, 1), 0);
        assert_int_equal(stage_count_emits(&s, ORCH_EMIT_RESTARTED), 1);
        assert_int_equal(stage_health(&s, 1).restarts, i + 1);
    }
    assert_int_equal(fail_daemon(&s, 1), 0);
    assert_int_equal(stage_count_emits(&s, ORCH_EMIT_RESTART_ERROR), 1);
    wait_until(&s, s.now_ms + 1000000);
    assert_int_equal(stage_health(&s, 1).status, ORCH_STATUS_ERROR);
    stage_close(&s);
}

/* A daemon that fails once a day is restarted for ever. */
static void rare_failures_never_use_up_the_restarts(void **state)
{
    stage s;

    (void)state;
    stage_prepare(&s);
    stage_open(&s);
    stage_run_daemon(&s, 1, 1);
    for (int day = 0; day < 365; day++) {
        s.now_ms += 86400000;
        assert_int_equal(fail_daemon(&s, 1), 0);
        s.now_ms += 1000;
        assert_int_equal(stage_daemon(&s, ORCH_EV_TICK, 0), 0);
        assert_int_equal(stage_daemon(&s, ORCH_EV_OPENED, 1), 0);
        assert_int_equal(stage_health(&s, 1).restarts, 1);
    }
    stage_validate(&s);
    stage_close(&s);
}

static void a_new_interval_spreads_the_checks(void **state)
{
    orch_core_config changed;
    size_t most = 0;
    stage s;

    (void)state;
    stage_prepare(&s);
    stage_open(&s);
    for (uint32_t id = 1; id <= 1000; id++)
        stage_run_daemon(&s, id, 1);
    changed = s.config;
    changed.health_check_ms = 10000;
    assert_int_equal(stage_step(&s, (orch_event){.kind = ORCH_EV_CONFIGURE, .configure = &changed}), 0);
    stage_validate(&s);
    for (int64_t until = s.now_ms + 10000; s.now_ms < until;) {
        size_t checks;

        s.now_ms += 100;
        assert_int_equal(stage_daemon(&s, ORCH_EV_TICK, 0), 0);
        checks = stage_count_emits(&s, ORCH_EMIT_HEALTH);
        most = checks > most ? checks : most;
    }
    assert_in_range(most, 10, 40); /* 10 each 100 ms on average */
    stage_close(&s);
}

static void restarts_end_when_they_are_switched_off(void **state)
{
    orch_core_config changed;
    stage s;

    (void)state;
    stage_prepare(&s);
    stage_open(&s);
    stage_run_daemon(&s, 1, 1);
    assert_int_equal(fail_daemon(&s, 1), 0);
    changed = s.config;
    changed.auto_restart = false;
    assert_int_equal(stage_step(&s, (orch_event){.kind = ORCH_EV_CONFIGURE, .configure = &changed}), 0);
    wait_until(&s, s.now_ms + 100000);
    assert_int_equal(stage_health(&s, 1).status, ORCH_STATUS_ERROR);
    assert_int_equal(stage_daemon(&s, ORCH_EV_RESTART, 1), 0);
    assert_int_equal(stage_daemon(&s, ORCH_EV_OPENED, 1), 0);
    assert_int_equal(stage_health(&s, 1).status, ORCH_STATUS_RUNNING);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pause_doubles_up_to_its_cap),
        cmocka_unit_test(rare_failures_never_use_up_the_restarts),
        cmocka_unit_test(a_new_interval_spreads_the_checks),
        cmocka_unit_test(restarts_end_when_they_are_switched_off),
    };

    return STAGE_RUN(tests);
}
