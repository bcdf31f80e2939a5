/* The document's section on testing, with cmocka. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "orchestrators.h"

static orch_daemon *make_daemon(void)
{
    orch_daemon_config config;
    orch_daemon *daemon;

    orch_daemon_config_init(&config);
    config.orchestrator_id = "orch_123";
    config.orchestrator = &iris;
    daemon = orch_daemon_new(&config);
    assert_non_null(daemon);
    return daemon;
}

static void start(orch_daemon *daemon)
{
    orch_wait wait = ORCH_WAIT_INIT;

    orch_daemon_start(daemon, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
}

/* ---- OrchestratorDaemon ---- */

static void should_start_and_stop_daemon(void **state)
{
    orch_daemon *daemon = make_daemon();
    orch_wait wait = ORCH_WAIT_INIT;

    (void)state;
    start(daemon);
    assert_true(orch_daemon_is_running(daemon));

    orch_daemon_stop(daemon, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
    assert_false(orch_daemon_is_running(daemon));
    orch_daemon_free(daemon);
}

static void should_process_messages(void **state)
{
    orch_daemon *daemon = make_daemon();
    orch_wait wait = ORCH_WAIT_INIT;
    orch_daemon_health health;
    orch_incoming_message message = {
        .id = "msg_123",
        .content = "Hello @orchestrator",
        .channel_id = "ch_456",
        .author_id = "user_789",
    };

    (void)state;
    start(daemon);
    orch_daemon_handle_message(daemon, &message, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);

    orch_daemon_get_health_status(daemon, &health);
    assert_int_equal(health.total_messages_processed, 1);
    orch_daemon_free(daemon);
}

/* ---- OrchestratorDaemonManager ---- */

static int after_each(void **state)
{
    orch_wait wait = ORCH_WAIT_INIT;

    (void)state;
    orch_manager_reset(orch_wait_finished, &wait);
    return orch_wait_for(&wait);
}

static void should_manage_multiple_daemons(void **state)
{
    orch_manager *manager = orch_manager_get(NULL);
    orch_wait wait = ORCH_WAIT_INIT;

    (void)state;
    orch_manager_start_daemon(manager, &iris, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);
    orch_manager_start_daemon(manager, &max, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);

    assert_true(orch_manager_is_daemon_running(manager, iris.id));
    assert_true(orch_manager_is_daemon_running(manager, max.id));

    orch_manager_stop_all_daemons(manager, orch_wait_finished, &wait);
    assert_int_equal(orch_wait_for(&wait), 0);

    assert_false(orch_manager_is_daemon_running(manager, iris.id));
    assert_false(orch_manager_is_daemon_running(manager, max.id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(should_start_and_stop_daemon),
        cmocka_unit_test(should_process_messages),
        cmocka_unit_test_teardown(should_manage_multiple_daemons, after_each),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    orch_loop_close();
    return failed;
}
