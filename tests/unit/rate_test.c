/* Token buckets: how many at once, how many a second, and that the table keeps its size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <sodium.h>

#include "rate.h"

static orch__rate rate;
static const orch_str ann = ORCH_STR("ann"), bob = ORCH_STR("bob");

static int start(void **state)
{
    (void)state;
    return sodium_init() < 0 ? -1 : 0;
}

/* How many tokens there are now; takes them. */
static int drain(orch_str who, uint64_t now_ms)
{
    int count = 0;

    while (count < 100000 && orch__rate_take(&rate, who, now_ms) == 0)
        count++;
    return count;
}

static void a_burst_then_so_many_a_second(void **state)
{
    (void)state;
    orch__rate_init(&rate, 10, 25);
    assert_int_equal(drain(ann, 5000), 25);
    assert_int_equal(drain(ann, 5099), 0);
    assert_int_equal(drain(ann, 5100), 1);
    assert_int_equal(drain(ann, 6100), 10);
    assert_int_equal(drain(ann, 1000000), 25);
}

static void the_wait_that_is_told_is_enough(void **state)
{
    uint64_t now_ms = 77, wait_ms;

    (void)state;
    orch__rate_init(&rate, 3, 1);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(orch__rate_take(&rate, ann, now_ms), 0);
        wait_ms = orch__rate_take(&rate, ann, now_ms);
        assert_in_range(wait_ms, 1, 334);
        assert_int_not_equal(orch__rate_take(&rate, ann, now_ms + wait_ms - 1), 0);
        now_ms += wait_ms;
    }
}

static void everybody_has_a_bucket_of_their_own(void **state)
{
    (void)state;
    orch__rate_init(&rate, 1, 5);
    assert_int_equal(drain(ann, 1), 5);
    assert_int_equal(drain(bob, 1), 5);
}

static void what_is_given_back_can_be_taken_again(void **state)
{
    (void)state;
    orch__rate_init(&rate, 1, 5);
    assert_int_equal(drain(ann, 1), 5);
    orch__rate_return(&rate, ann);
    assert_int_equal(drain(ann, 1), 1);
    /* More than it holds cannot be given back. */
    for (int i = 0; i < 100; i++)
        orch__rate_return(&rate, ann);
    assert_int_equal(drain(ann, 1), 5);
    orch__rate_return(&rate, bob); /* who never took one */
    assert_int_equal(drain(bob, 1), 5);
}

static void zero_is_no_limit(void **state)
{
    (void)state;
    orch__rate_init(&rate, 0, 1);
    assert_int_equal(drain(ann, 1), 100000);
}

static void a_flood_of_strangers_does_not_fill_anybodys_bucket_that_asks_on(void **state)
{
    char name[24];
    int taken = 0;

    (void)state;
    orch__rate_init(&rate, 1, 1000);
    for (int i = 0; i < 20000; i++) {
        orch_str who = {name, (size_t)snprintf(name, sizeof(name), "stranger %d", i)};

        (void)orch__rate_take(&rate, who, 1);
        taken += orch__rate_take(&rate, ann, 1) == 0;
        (void)orch__rate_take(&rate, ann, 1);
    }
    /* Its bucket is the emptiest of its set, so strangers push each other out. */
    assert_in_range(taken, 1, 600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_then_so_many_a_second),
        cmocka_unit_test(the_wait_that_is_told_is_enough),
        cmocka_unit_test(everybody_has_a_bucket_of_their_own),
        cmocka_unit_test(what_is_given_back_can_be_taken_again),
        cmocka_unit_test(zero_is_no_limit),
        cmocka_unit_test(a_flood_of_strangers_does_not_fill_anybodys_bucket_that_asks_on),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
