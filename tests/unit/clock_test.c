#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clock.h"

static void known_times(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {0, "1970-01-01 00:00:00.000"},
        {951827696789, "2000-02-29 12:34:56.789"},
        {1790000000001, "2026-09-21 14:13:20.001"},
        {4107542399999, "2100-02-28 23:59:59.999"},
        {4107542400000, "2100-03-01 00:00:00.000"},
        {253402300799999, "9999-12-31 23:59:59.999"},
    };
    orch__time_text text;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        orch__time_write(cases[i].ms, &text);
        assert_string_equal(text.text, cases[i].text);
        assert_int_equal(orch__time_read((orch_str){text.text, ORCH__TIME_LEN}), cases[i].ms);
    }
    orch__time_write(-5, &text);
    assert_string_equal(text.text, "1970-01-01 00:00:00.000");
    orch__time_write(INT64_MAX, &text);
    assert_string_equal(text.text, "9999-12-31 23:59:59.999");
}

/* Against the C library, a prime number of milliseconds apart. */
static void agrees_with_gmtime(void **state)
{
    (void)state;
    for (int64_t ms = 0; ms < INT64_C(253402300799999); ms += INT64_C(86028121) * 97) {
        time_t seconds = (time_t)(ms / 1000);
        orch__time_text text;
        struct tm utc;
        char day[32], expected[64];

        gmtime_r(&seconds, &utc);
        strftime(day, sizeof day, "%Y-%m-%d %H:%M:%S", &utc);
        snprintf(expected, sizeof expected, "%s.%03d", day, (int)(ms % 1000));
        orch__time_write(ms, &text);
        assert_string_equal(text.text, expected);
        assert_int_equal(orch__time_read((orch_str){text.text, ORCH__TIME_LEN}), ms);
    }
}

static void reads_other_spellings(void **state)
{
    (void)state;
    assert_int_equal(orch__time_read(ORCH_STR("2000-02-29 12:34:56")), 951827696000);
    assert_int_equal(orch__time_read(ORCH_STR("2000-02-29 12:34:56.7")), 951827696700);
    assert_int_equal(orch__time_read(ORCH_STR("2000-02-29T12:34:56.789Z")), 951827696789);
    assert_int_equal(orch__time_read(ORCH_STR("2000-02-29 12:34:56.789123")), 951827696789);
    assert_int_equal(orch__time_read(ORCH_STR("")), 0);
    assert_int_equal(orch__time_read(ORCH_STR("yesterday at noon, or so")), 0);
    assert_int_equal(orch__time_read(ORCH_STR("2000-13-29 12:34:56")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_times),
        cmocka_unit_test(agrees_with_gmtime),
        cmocka_unit_test(reads_other_spellings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
