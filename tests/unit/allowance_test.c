#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "allowance.h"

static void every_row_is_described_and_can_be_set_to_its_default(void **state)
{
    orch_server_limits usual, limits;
    char line[160], message[512];
    size_t rows = 0;

    (void)state;
    orch_server_limits_init(&usual);
    memset(&limits, 0xEE, sizeof(limits));
    for (; orch_server_limits_describe(rows, line, sizeof(line)); rows++) {
        line[strcspn(line, " ")] = '\0';
        assert_int_equal(orch_server_limits_set(&limits, line, message, sizeof(message)), 0);
    }
    /* A member without a row would have kept its garbage. */
    assert_memory_equal(&limits, &usual, sizeof(limits));
}

static void a_value_is_set(void **state)
{
    orch_server_limits limits;
    char message[512];

    (void)state;
    orch_server_limits_init(&limits);
    assert_int_equal(orch_server_limits_set(&limits, "requests-per-s=7", message, sizeof(message)), 0);
    assert_int_equal(limits.requests_per_s, 7);
    assert_int_equal(orch_server_limits_set(&limits, "requests-per-s=0", message, sizeof(message)), 0);
    assert_int_equal(limits.requests_per_s, 0);
}

static void what_is_not_allowed_is_named(void **state)
{
    static const char *const wrong[] = {"head-ms=99",      "head-ms=",   "head-ms=1e4",         "head-ms=-1",
                                        "head-ms=4000000", "head-ms= 1", "head-ms=99999999999", "near=2"};
    orch_server_limits limits, before;
    char message[512];

    (void)state;
    orch_server_limits_init(&limits);
    before = limits;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(orch_server_limits_set(&limits, wrong[i], message, sizeof(message)), ORCH_E_INVALID);
        assert_non_null(strstr(message, "is allowed"));
    }
    assert_int_equal(orch_server_limits_set(&limits, "heads=1", message, sizeof(message)), ORCH_E_INVALID);
    assert_non_null(strstr(message, "head-ms"));
    assert_int_equal(orch_server_limits_set(&limits, "head-ms", message, sizeof(message)), ORCH_E_INVALID);
    assert_memory_equal(&limits, &before, sizeof(limits));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_described_and_can_be_set_to_its_default),
        cmocka_unit_test(a_value_is_set),
        cmocka_unit_test(what_is_not_allowed_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
