#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "strmap.h"

#define KEYS 5000

static char keys[KEYS][8];

static orch_str key(size_t i)
{
    return (orch_str){keys[i], strlen(keys[i])};
}

/* Puts and removes at random, beside a plain array that says what must be there. */
static void behaves_as_an_array_would(void **state)
{
    static bool there[KEYS];
    orch__strmap map = {0};
    uint32_t seed = 7;
    size_t count = 0;

    (void)state;
    for (size_t i = 0; i < KEYS; i++)
        snprintf(keys[i], sizeof keys[i], "k%zu", i);
    for (size_t step = 0; step < 200000; step++) {
        seed = seed * 1664525u + 1013904223u;
        size_t i = (seed >> 8) % KEYS;
        bool put = (seed >> 28) % 2;

        if (put)
            orch__strmap_put(&map, key(i), keys[i]);
        else
            orch__strmap_remove(&map, key(i));
        count += put && !there[i];
        count -= !put && there[i];
        there[i] = put;
        assert_int_equal(map.count, count);
    }
    for (size_t i = 0; i < KEYS; i++)
        assert_ptr_equal(orch__strmap_get(&map, key(i)), there[i] ? keys[i] : NULL);
    orch__strmap_fini(&map);
}

static void an_empty_map_has_nothing(void **state)
{
    orch__strmap map = {0};

    (void)state;
    assert_null(orch__strmap_get(&map, ORCH_STR("x")));
    orch__strmap_remove(&map, ORCH_STR("x"));
    orch__strmap_put(&map, ORCH_STR("x"), keys);
    orch__strmap_put(&map, ORCH_STR("x"), keys[1]);
    assert_ptr_equal(orch__strmap_get(&map, ORCH_STR("x")), keys[1]);
    assert_null(orch__strmap_get(&map, ORCH_STR_NONE));
    assert_int_equal(map.count, 1);
    orch__strmap_fini(&map);
}

static int initialize(void **state)
{
    (void)state;
    return sodium_init() < 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaves_as_an_array_would),
        cmocka_unit_test(an_empty_map_has_nothing),
    };

    return cmocka_run_group_tests(tests, initialize, NULL);
}
