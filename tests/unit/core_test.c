/* The core as a whole: its configuration, its dump, its names, its memory. */
#include "core_stage.h"

static void refuses_a_configuration_out_of_range(void **state)
{
    stage s;

    (void)state;
    stage_prepare(&s);
    s.config.version = 2;
    assert_int_equal(orch_core_new(&s.config, &s.core), ORCH_E_INVALID);
    stage_prepare(&s);
    s.config.allocator.resize = NULL;
    assert_int_equal(orch_core_new(&s.config, &s.core), ORCH_E_INVALID);
    stage_prepare(&s);
    s.config.health_check_ms = 99;
    assert_int_equal(orch_core_new(&s.config, &s.core), ORCH_E_INVALID);
    stage_prepare(&s);
    s.config.restart_cap_ms = s.config.restart_base_ms - 1;
    assert_int_equal(orch_core_new(&s.config, &s.core), ORCH_E_INVALID);
    stage_prepare(&s);
    s.config.attempts_per_model = 0;
    assert_int_equal(orch_core_new(&s.config, &s.core), ORCH_E_INVALID);
    assert_null(s.core);
    assert_int_equal(s.heap.calls, 0);
}

static void the_defaults_are_those_of_the_specification(void **state)
{
    orch_core_config config;

    (void)state;
    orch_core_config_init(&config);
    assert_true(config.auto_start);
    assert_true(config.auto_restart);
    assert_int_equal(config.restarts_max, 3);
    assert_int_equal(config.health_check_ms, 60000);
    assert_int_equal(config.restart_base_ms, 1000);
    assert_int_equal(config.restart_cap_ms, 60000);
    assert_int_equal(config.restart_reset_ms, 600000);
    assert_int_equal(config.stop_grace_ms, 10000);
    assert_int_equal(config.queue_max, 1000);
    assert_int_equal(config.hops_max, 4);
    assert_int_equal(config.offline_repeat_ms, 3600000);
}

static void frees_all_that_it_held(void **state)
{
    stage s;

    (void)state;
    stage_prepare(&s);
    stage_open(&s);
    assert_in_range(orch_core_memory(s.core), 1, 256 * 1024);
    stage_run_daemon(&s, 1, 1);
    assert_int_equal(stage_message(&s, 1, 1, 1), 0);
    stage_close(&s); /* asserts that nothing is left */
    orch_core_free(NULL);
}

/* Names of at most 30 bytes, no work: what SPEC's hundred thousand daemons cost. */
static void a_registered_daemon_takes_at_most_512_bytes(void **state)
{
    enum { MANY = 20000 };
    size_t before;
    stage s;

    (void)state;
    stage_prepare(&s);
    stage_open(&s);
    before = orch_core_memory(s.core);
    for (uint32_t id = 1; id <= MANY; id++) {
        char name[32], slug[32], email[32];
        orch_daemon_spec spec = {
            .daemon = {id},
            .user = {100 + id},
            .name = {name, (size_t)snprintf(name, sizeof name, "Agent%u Smith%u", id, id)},
            .slug = {slug, (size_t)snprintf(slug, sizeof slug, "agent-%u", id)},
            .email = {email, (size_t)snprintf(email, sizeof email, "agent%u@example.org", id)},
            .role = ORCH_STR("Engineer"),
            .heartbeat_ms = 30000,
            .conversations_running_max = 10,
            .models_count = 1};

        assert_int_equal(stage_step(&s, (orch_event){.kind = ORCH_EV_REGISTER, .spec = &spec}), 0);
    }
    assert_in_range((orch_core_memory(s.core) - before) / MANY, 1, 512);
    stage_close(&s);
}

static void the_dump_shows_what_there_is(void **state)
{
    char dump[4096];
    size_t len;
    stage s;

    (void)state;
    stage_prepare(&s);
    stage_open(&s);
    stage_run_daemon(&s, 1, 1);
    assert_int_equal(stage_message(&s, 1, 42, 7), 0);
    assert_int_equal(stage_message(&s, 1, 43, 7), 0);
    len = orch_core_dump(s.core, dump, sizeof dump);
    assert_int_equal(len, strlen(dump));
    assert_non_null(strstr(dump, "core now=1000 "));
    assert_non_null(strstr(dump, "daemon 1 running "));
    assert_non_null(strstr(dump, "  conversation 1 active channel=7 thread=0\n"));
    assert_non_null(strstr(dump, "    turn 1 running generation=1 message=42 "));
    assert_non_null(strstr(dump, "    turn 2 queued generation=1 message=43 author=900\n"));
    stage_close(&s);
}

static void a_dump_that_does_not_fit_is_cut_and_ended(void **state)
{
    char dump[16];
    size_t len;
    stage s;

    (void)state;
    stage_prepare(&s);
    stage_open(&s);
    memset(dump, 'x', sizeof dump);
    len = orch_core_dump(s.core, dump, 9);
    assert_int_equal(len, orch_core_dump(s.core, NULL, 0));
    assert_string_equal(dump, "core now");
    assert_int_equal(dump[9], 'x');
    stage_close(&s);
}

static void effects_are_worded_in_a_line(void **state)
{
    orch_effect start = {
        .kind = ORCH_FX_TURN_START, .daemon = {1}, .turn = {0x100000001u}, .message = {7}, .attempt = 1};
    orch_effect status = {
        .kind = ORCH_FX_EMIT, .emit = ORCH_EMIT_STATUS_CHANGED, .daemon = {3}, .status = ORCH_STATUS_RUNNING};
    orch_effect strange = {.kind = (orch_effect_kind)99, .daemon = {1}};
    char line[128];

    (void)state;
    orch_effect_describe(&start, line, sizeof line);
    assert_string_equal(line, "turn-start d1 t1 m7 attempt=1 model=0");
    orch_effect_describe(&status, line, sizeof line);
    assert_string_equal(line, "emit daemon:status-changed d3 running");
    orch_effect_describe(&strange, line, sizeof line);
    assert_string_equal(line, "unknown d1");
}

/* Every kind has a name of its own. */
static void everything_has_a_name(void **state)
{
    (void)state;
    for (int i = ORCH_EV_TICK; i < ORCH_EV_COUNT; i++)
        for (int k = ORCH_EV_TICK; k <= i; k++)
            assert_int_equal(strcmp(orch_event_kind_name((orch_event_kind)i),
                                    orch_event_kind_name((orch_event_kind)k)) == 0,
                             i == k);
    for (int i = ORCH_FX_EMIT; i <= ORCH_FX_TURN_SKIP; i++)
        assert_string_not_equal(orch_effect_kind_name((orch_effect_kind)i), "unknown");
    for (int i = ORCH_EMIT_STARTED; i <= ORCH_EMIT_TURN_RETRY; i++)
        assert_string_not_equal(orch_emit_name((orch_emit)i), "unknown");
    assert_string_equal(orch_event_kind_name((orch_event_kind)-1), "unknown");
    assert_string_equal(orch_status_name((orch_status)5), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_a_configuration_out_of_range),
        cmocka_unit_test(the_defaults_are_those_of_the_specification),
        cmocka_unit_test(frees_all_that_it_held),
        cmocka_unit_test(a_registered_daemon_takes_at_most_512_bytes),
        cmocka_unit_test(the_dump_shows_what_there_is),
        cmocka_unit_test(a_dump_that_does_not_fit_is_cut_and_ended),
        cmocka_unit_test(effects_are_worded_in_a_line),
        cmocka_unit_test(everything_has_a_name),
    };

    return STAGE_RUN(tests);
}
