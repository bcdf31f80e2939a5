/* The histogram of latencies: how exact, how it adds up, how it is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "latencies.h"

static void a_single_time_is_told_within_an_eighth(void **state)
{
    (void)state;
    for (uint32_t ms = 0; ms < 1u << 22; ms += 1 + ms / 50) {
        orch_latencies latencies = {0};
        uint32_t told;

        orch_latencies_add(&latencies, ms);
        told = orch_latencies_quantile(&latencies, 50);
        assert_true(told <= ms && (uint64_t)told * 8 >= (uint64_t)ms * 7);
        assert_int_equal(latencies.longest_ms, ms);
    }
}

static void quantiles_are_those_of_the_times(void **state)
{
    orch_latencies latencies = {0};

    (void)state;
    assert_int_equal(orch_latencies_quantile(&latencies, 95), 0);
    for (int64_t ms = 1; ms <= 1000; ms++)
        orch_latencies_add(&latencies, ms);
    assert_in_range(orch_latencies_quantile(&latencies, 50), 440, 560);
    assert_in_range(orch_latencies_quantile(&latencies, 95), 840, 1000);
    assert_in_range(orch_latencies_quantile(&latencies, 1), 9, 12);
    assert_int_equal(orch_latencies_quantile(&latencies, 100), 960);
}

static void what_is_out_of_range_counts_as_its_border(void **state)
{
    orch_latencies latencies = {0};

    (void)state;
    orch_latencies_add(&latencies, -5);
    assert_int_equal(latencies.counts[0], 1);
    orch_latencies_add(&latencies, INT64_MAX);
    assert_int_equal(latencies.counts[ORCH_LATENCY_STEPS - 1], 1);
    assert_int_equal(latencies.longest_ms, UINT32_MAX);
}

static void text_keeps_all_of_it(void **state)
{
    char text[ORCH_LATENCY_TEXT_MAX];
    orch_latencies latencies = {0}, read = {0};
    size_t len;

    (void)state;
    assert_int_equal(orch_latencies_write(&latencies, text), 0);
    orch_latencies_add(&latencies, 3);
    orch_latencies_add(&latencies, 3);
    orch_latencies_add(&latencies, 100);
    len = orch_latencies_write(&latencies, text);
    assert_int_equal(len, strlen("3:2 22:1"));
    assert_memory_equal(text, "3:2 22:1", len);
    orch_latencies_add_text(&read, (orch_str){text, len});
    orch_latencies_add_text(&read, (orch_str){text, len});
    assert_int_equal(read.counts[3], 4);
    assert_int_equal(read.counts[22], 2);
    for (size_t i = 0; i < ORCH_LATENCY_STEPS; i++)
        latencies.counts[i] = UINT32_MAX;
    len = orch_latencies_write(&latencies, text);
    assert_true(len < ORCH_LATENCY_TEXT_MAX);
    read = (orch_latencies){0};
    orch_latencies_add_text(&read, (orch_str){text, len});
    assert_memory_equal(read.counts, latencies.counts, sizeof read.counts);
}

static void what_is_no_such_text_adds_nothing(void **state)
{
    static const char *const wrong[] = {
        "85:1", "x", "3", "3:", ":3", "3:x", "-1:2", "3;4", "3:99999999999", "99999999999:1"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const orch_latencies none = {0};
        orch_latencies read = {0};

        orch_latencies_add_text(&read, (orch_str){wrong[i], strlen(wrong[i])});
        assert_memory_equal(&read, &none, sizeof read);
    }
}

static void two_add_up(void **state)
{
    orch_latencies one = {0}, other = {0};

    (void)state;
    orch_latencies_add(&one, 5);
    orch_latencies_add(&other, 5);
    orch_latencies_add(&other, 900);
    orch_latencies_merge(&one, &other);
    assert_int_equal(one.counts[5], 2);
    assert_int_equal(one.longest_ms, 900);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_time_is_told_within_an_eighth),
        cmocka_unit_test(quantiles_are_those_of_the_times),
        cmocka_unit_test(what_is_out_of_range_counts_as_its_border),
        cmocka_unit_test(text_keeps_all_of_it),
        cmocka_unit_test(what_is_no_such_text_adds_nothing),
        cmocka_unit_test(two_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
