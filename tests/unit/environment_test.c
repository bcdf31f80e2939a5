/* The configuration from the environment: the table of variables, every value, every refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "orchd/environment.h"

/* Pairs of name and value, ended by NULL. */
static const char *lookup(const char *name, void *user)
{
    for (const char *const *pair = user; *pair; pair += 2)
        if (strcmp(pair[0], name) == 0)
            return pair[1];
    return NULL;
}

static int read_pairs(orch_environment *environment, const char *const *pairs, char *message, size_t size)
{
    return orch_environment_read(environment, lookup, (void *)(uintptr_t)pairs, message, size);
}

static void assert_defaults(const orch_environment *environment)
{
    assert_false(environment->orchestrator_mode);
    assert_true(environment->auto_start);
    assert_int_equal(environment->heartbeat_interval_ms, 30000);
    assert_int_equal(environment->health_check_interval_ms, 60000);
    assert_true(environment->auto_restart);
    assert_int_equal(environment->restarts_max, 3);
    assert_false(environment->verbose);
    assert_int_equal(environment->conversations_running_max, 10);
}

static void test_defaults(void **state)
{
    static const char *const none[] = {NULL};
    static const char *const empty[] = {"ORCHESTRATOR_MODE", "", "DAEMON_HEARTBEAT_INTERVAL", "", NULL};
    orch_environment environment;
    char message[200];

    (void)state;
    orch_environment_init(&environment);
    assert_defaults(&environment);
    memset(&environment, 0xFF, sizeof environment);
    assert_int_equal(read_pairs(&environment, none, message, sizeof message), 0);
    assert_defaults(&environment);
    memset(&environment, 0xFF, sizeof environment);
    assert_int_equal(read_pairs(&environment, empty, message, sizeof message), 0);
    assert_defaults(&environment);
}

static void test_all_set(void **state)
{
    static const char *const pairs[] = {"ORCHESTRATOR_MODE",
                                        "true",
                                        "DAEMON_AUTO_START",
                                        "false",
                                        "DAEMON_HEARTBEAT_INTERVAL",
                                        "100",
                                        "DAEMON_HEALTH_CHECK_INTERVAL",
                                        "86400000",
                                        "DAEMON_AUTO_RESTART",
                                        "off",
                                        "DAEMON_MAX_RESTART_ATTEMPTS",
                                        "0",
                                        "DAEMON_VERBOSE",
                                        "1",
                                        "DAEMON_MAX_CONCURRENT_CONVERSATIONS",
                                        "100000",
                                        NULL};
    orch_environment environment;
    char message[200];

    (void)state;
    assert_int_equal(read_pairs(&environment, pairs, message, sizeof message), 0);
    assert_true(environment.orchestrator_mode);
    assert_false(environment.auto_start);
    assert_int_equal(environment.heartbeat_interval_ms, 100);
    assert_int_equal(environment.health_check_interval_ms, 86400000);
    assert_false(environment.auto_restart);
    assert_int_equal(environment.restarts_max, 0);
    assert_true(environment.verbose);
    assert_int_equal(environment.conversations_running_max, 100000);
}

static void test_public_names(void **state)
{
    static const char *const pairs[] = {"NEXT_PUBLIC_ORCHESTRATOR_MODE",
                                        "yes",
                                        "NEXT_PUBLIC_DAEMON_HEARTBEAT_INTERVAL",
                                        "200",
                                        "DAEMON_HEARTBEAT_INTERVAL",
                                        "300",
                                        "DAEMON_MAX_RESTART_ATTEMPTS",
                                        "",
                                        "NEXT_PUBLIC_DAEMON_MAX_RESTART_ATTEMPTS",
                                        "7",
                                        NULL};
    static const char *const wrong[] = {"NEXT_PUBLIC_DAEMON_VERBOSE", "loud", NULL};
    static const char *const hidden[] = {"DAEMON_VERBOSE", "on", "NEXT_PUBLIC_DAEMON_VERBOSE", "loud", NULL};
    orch_environment environment;
    char message[200];

    (void)state;
    assert_int_equal(read_pairs(&environment, pairs, message, sizeof message), 0);
    assert_true(environment.orchestrator_mode);
    assert_int_equal(environment.heartbeat_interval_ms, 300);
    assert_int_equal(environment.restarts_max, 7);
    assert_int_equal(read_pairs(&environment, wrong, message, sizeof message), ORCH_E_INVALID);
    assert_string_equal(
        message,
        "NEXT_PUBLIC_DAEMON_VERBOSE is \"loud\"; allowed are true, false, 1, 0, yes, no, on and off");
    assert_int_equal(environment.restarts_max, 7); /* untouched */
    assert_int_equal(read_pairs(&environment, hidden, message, sizeof message), 0);
    assert_true(environment.verbose);
}

static void test_booleans(void **state)
{
    static const char *const yes[] = {"true", "TRUE", "True", "1", "yes", "YES", "on", "oN"};
    static const char *const no[] = {"false", "FALSE", "0", "no", "No", "off", "OFF"};
    static const char *const wrong[] = {"t",     "truee", "tru",     "y",  "2",  "01",
                                        " true", "true ", "enabled", "-1", "ja", "onn"};
    orch_environment environment;
    char message[200];

    (void)state;
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        const char *const pairs[] = {"DAEMON_VERBOSE", yes[i], NULL};

        assert_int_equal(read_pairs(&environment, pairs, message, sizeof message), 0);
        assert_true(environment.verbose);
    }
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        const char *const pairs[] = {"DAEMON_AUTO_START", no[i], NULL};

        assert_int_equal(read_pairs(&environment, pairs, message, sizeof message), 0);
        assert_false(environment.auto_start);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *const pairs[] = {"DAEMON_AUTO_RESTART", wrong[i], NULL};
        char expected[200];

        snprintf(expected, sizeof expected,
                 "DAEMON_AUTO_RESTART is \"%s\"; allowed are true, false, 1, 0, yes, no, on and off",
                 wrong[i]);
        assert_int_equal(read_pairs(&environment, pairs, message, sizeof message), ORCH_E_INVALID);
        assert_string_equal(message, expected);
    }
}

static void test_ranges(void **state)
{
    static const struct {
        const char *name;
        uint32_t min;
        uint32_t max;
        const char *allowed;
    } rows[] = {
        {"DAEMON_HEARTBEAT_INTERVAL", 100, 86400000, "from 100 to 86400000 ms"},
        {"DAEMON_HEALTH_CHECK_INTERVAL", 100, 86400000, "from 100 to 86400000 ms"},
        {"DAEMON_MAX_RESTART_ATTEMPTS", 0, 1000, "from 0 to 1000"},
        {"DAEMON_MAX_CONCURRENT_CONVERSATIONS", 1, 100000, "from 1 to 100000"},
    };
    orch_environment environment;
    char message[200], expected[200], value[32];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *const pairs[] = {rows[i].name, value, NULL};

        snprintf(value, sizeof value, "%u", rows[i].min);
        assert_int_equal(read_pairs(&environment, pairs, message, sizeof message), 0);
        snprintf(value, sizeof value, "00%u", rows[i].max);
        assert_int_equal(read_pairs(&environment, pairs, message, sizeof message), 0);
        snprintf(value, sizeof value, "%u", rows[i].max + 1);
        assert_int_equal(read_pairs(&environment, pairs, message, sizeof message), ORCH_E_INVALID);
        snprintf(expected, sizeof expected, "%s is \"%u\"; allowed is a whole number %s", rows[i].name,
                 rows[i].max + 1, rows[i].allowed);
        assert_string_equal(message, expected);
        if (rows[i].min) {
            snprintf(value, sizeof value, "%u", rows[i].min - 1);
            assert_int_equal(read_pairs(&environment, pairs, message, sizeof message), ORCH_E_INVALID);
        }
    }
}

static void test_integers(void **state)
{
    static const char *const wrong[] = {"-1",
                                        "+5",
                                        "1e3",
                                        "0x10",
                                        "5.0",
                                        "5 ",
                                        " 5",
                                        "five",
                                        "1_000",
                                        "٣",
                                        "18446744073709551617",
                                        "4294967396",
                                        "99999999999999999999999999"};
    orch_environment environment;
    char message[200], expected[200];

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *const pairs[] = {"DAEMON_MAX_RESTART_ATTEMPTS", wrong[i], NULL};

        assert_int_equal(read_pairs(&environment, pairs, message, sizeof message), ORCH_E_INVALID);
        snprintf(expected, sizeof expected,
                 "DAEMON_MAX_RESTART_ATTEMPTS is \"%s\"; allowed is a whole number from 0 to 1000", wrong[i]);
        assert_string_equal(message, expected);
    }
}

static void test_shown_values(void **state)
{
    orch_environment environment;
    char message[200], small[10] = "#########";
    orch_str name = ORCH_STR("DAEMON_VERBOSE");

    (void)state;
    orch_environment_init(&environment);
    assert_int_equal(
        orch_environment_set(&environment, 6, name, ORCH_STR("a\n\x1B[31m\x7F"), message, sizeof message),
        ORCH_E_INVALID);
    assert_string_equal(message,
                        "DAEMON_VERBOSE is \"a??[31m?\"; allowed are true, false, 1, 0, yes, no, on and off");
    assert_int_equal(orch_environment_set(&environment, 6, name,
                                          ORCH_STR("0123456789012345678901234567890123456789"
                                                   "012345678901234567890123456789012345678é and more"),
                                          message, sizeof message),
                     ORCH_E_INVALID);
    assert_string_equal(message,
                        "DAEMON_VERBOSE is \"0123456789012345678901234567890123456789"
                        "012345678901234567890123456789012345678…\"; allowed are true, false, 1, 0, yes, no, "
                        "on and off");
    assert_int_equal(orch_environment_set(&environment, 6, name, ORCH_STR("x"), small, 5), ORCH_E_INVALID);
    assert_memory_equal(small, "DAEM\0####", 10);
    assert_int_equal(orch_environment_set(&environment, 6, name, ORCH_STR("on"), message, 0), 0);
    assert_true(environment.verbose);
    assert_int_equal(orch_environment_set(&environment, 6, name, ORCH_STR_NONE, message, 0), 0);
    assert_false(environment.verbose);
}

static void test_table(void **state)
{
    static const char *const names[ORCH_VARIABLES_COUNT] = {"ORCHESTRATOR_MODE",
                                                            "DAEMON_AUTO_START",
                                                            "DAEMON_HEARTBEAT_INTERVAL",
                                                            "DAEMON_HEALTH_CHECK_INTERVAL",
                                                            "DAEMON_AUTO_RESTART",
                                                            "DAEMON_MAX_RESTART_ATTEMPTS",
                                                            "DAEMON_VERBOSE",
                                                            "DAEMON_MAX_CONCURRENT_CONVERSATIONS"};

    (void)state;
    for (size_t i = 0; i < ORCH_VARIABLES_COUNT; i++) {
        const orch_variable *variable = &orch_variables[i];

        assert_string_equal(variable->name, names[i]);
        assert_in_range(variable->fallback, variable->min, variable->max);
        assert_true(strlen(variable->about) > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),     cmocka_unit_test(test_all_set),
        cmocka_unit_test(test_public_names), cmocka_unit_test(test_booleans),
        cmocka_unit_test(test_ranges),       cmocka_unit_test(test_integers),
        cmocka_unit_test(test_table),        cmocka_unit_test(test_shown_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
