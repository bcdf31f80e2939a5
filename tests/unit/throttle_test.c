/* Guessing passwords: who is slowed down, for how long, and that the table keeps its size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sodium.h>

#include "throttle.h"

static orch__throttle throttle;
static const uint8_t here[16] = {1}, there[16] = {2};

static int start(void **state)
{
    (void)state;
    orch__throttle_init(&throttle);
    return sodium_init() < 0 ? -1 : 0;
}

static void failures_of(const uint8_t *address, orch_str account, int times, int64_t now_ms)
{
    for (int i = 0; i < times; i++)
        orch__throttle_failed(&throttle, address, account, now_ms);
}

static void an_account_waits_after_its_failures(void **state)
{
    (void)state;
    failures_of(here, ORCH_STR("ann@x"), ORCH__THROTTLE_ACCOUNT_MAX - 1, 1000);
    assert_int_equal(orch__throttle_wait(&throttle, here, ORCH_STR("ann@x"), 1000), 0);
    failures_of(here, ORCH_STR("Ann@X"), 1, 2000);
    assert_int_equal(orch__throttle_wait(&throttle, here, ORCH_STR("ann@x"), 2000),
                     ORCH__THROTTLE_WINDOW_MS - 1000);
    assert_int_equal(orch__throttle_wait(&throttle, here, ORCH_STR("bob@x"), 2000), 0);
    assert_int_equal(orch__throttle_wait(&throttle, there, ORCH_STR("ann@x"), 2000), 0);
}

static void the_window_ends(void **state)
{
    (void)state;
    failures_of(here, ORCH_STR("ann@x"), ORCH__THROTTLE_ACCOUNT_MAX, 1000);
    assert_int_equal(
        orch__throttle_wait(&throttle, here, ORCH_STR("ann@x"), 1000 + ORCH__THROTTLE_WINDOW_MS - 1), 1);
    assert_int_equal(orch__throttle_wait(&throttle, here, ORCH_STR("ann@x"), 1000 + ORCH__THROTTLE_WINDOW_MS),
                     0);
    failures_of(here, ORCH_STR("ann@x"), 1, 1000 + ORCH__THROTTLE_WINDOW_MS);
    assert_int_equal(orch__throttle_wait(&throttle, here, ORCH_STR("ann@x"), 1001 + ORCH__THROTTLE_WINDOW_MS),
                     0);
}

static void a_success_forgets(void **state)
{
    (void)state;
    failures_of(here, ORCH_STR("ann@x"), ORCH__THROTTLE_ACCOUNT_MAX, 1000);
    orch__throttle_succeeded(&throttle, here, ORCH_STR("ANN@x"));
    assert_int_equal(orch__throttle_wait(&throttle, here, ORCH_STR("ann@x"), 1000), 0);
}

static void an_address_that_tries_many_accounts_waits(void **state)
{
    char account[16];

    (void)state;
    for (int i = 0; i < ORCH__THROTTLE_ADDRESS_MAX; i++) {
        snprintf(account, sizeof(account), "a%d@x", i);
        failures_of(here, (orch_str){account, strlen(account)}, 1, 1000);
    }
    assert_true(orch__throttle_wait(&throttle, here, ORCH_STR("fresh@x"), 1000) > 0);
    assert_int_equal(orch__throttle_wait(&throttle, there, ORCH_STR("fresh@x"), 1000), 0);
}

/* Many keys push the oldest out, never the newest. */
static void what_failed_last_is_remembered(void **state)
{
    char account[24];

    (void)state;
    for (int i = 0; i < 20000; i++) {
        snprintf(account, sizeof(account), "b%d@x", i);
        failures_of(there, (orch_str){account, strlen(account)}, ORCH__THROTTLE_ACCOUNT_MAX, 1000 + i);
        assert_true(orch__throttle_wait(&throttle, there, (orch_str){account, strlen(account)}, 1000 + i) >
                    0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_account_waits_after_its_failures, start),
        cmocka_unit_test_setup(the_window_ends, start),
        cmocka_unit_test_setup(a_success_forgets, start),
        cmocka_unit_test_setup(an_address_that_tries_many_accounts_waits, start),
        cmocka_unit_test_setup(what_failed_last_is_remembered, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
