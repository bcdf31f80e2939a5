/* Time zones, judged by the C library's own reading of the same files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "orchd/core.h"
#include "zone.h"

#define HOUR_MS (3600 * 1000LL)
#define DAY_MS  (24 * HOUR_MS)

static int32_t offset_of(const orch__zone *zone, int64_t at_ms)
{
    int32_t offset_s = zone->changes[0].offset_s;

    for (uint32_t i = 0; i < zone->changes_count; i++)
        if (zone->changes[i].from_ms <= at_ms)
            offset_s = zone->changes[i].offset_s;
    return offset_s;
}

static int32_t offset_by_libc(int64_t at_ms)
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm local;

    localtime_r(&seconds, &local);
    return (int32_t)local.tm_gmtoff;
}

/* From `now_ms` for six years, or as long as the list is complete. */
static void compare(const char *name, int64_t now_ms)
{
    orch__zone zone;

    setenv("TZ", name, 1);
    tzset();
    assert_int_equal(orch__zone_read(name, now_ms, &zone), 0);
    assert_true(zone.changes_count >= 1 && zone.changes_count <= ORCH_ZONE_CHANGES_MAX);
    assert_true(zone.changes[0].from_ms <= now_ms);
    assert_true(zone.until_ms > now_ms + 365 * DAY_MS);
    for (int64_t at = now_ms; at < now_ms + 6 * 365 * DAY_MS && at < zone.until_ms; at += HOUR_MS / 2)
        if (offset_of(&zone, at) != offset_by_libc(at))
            fail_msg("%s at %lld: %d, by the C library %d", name, (long long)at, offset_of(&zone, at),
                     offset_by_libc(at));
}

static void agrees_with_the_c_library(void **state)
{
    static const char *const names[] = {
        "Europe/Vienna",     "America/New_York", "Australia/Lord_Howe",  "Asia/Kolkata",
        "Africa/Casablanca", "Europe/Dublin",    "America/Santiago",     "Pacific/Apia",
        "Asia/Tehran",       "Africa/Cairo",     "Asia/Jerusalem",       "Pacific/Kiritimati",
        "America/Nuuk",      "Etc/GMT+5",        "America/St_Johns",     "Asia/Kathmandu",
        "Australia/Sydney",  "Pacific/Chatham",  "America/Indiana/Knox", "UTC",
    };
    static const int64_t nows[] = {1704067200000, 1795305600000, 1774747800000, 2066083200000, 2240524800000};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (size_t k = 0; k < sizeof nows / sizeof nows[0]; k++)
            compare(names[i], nows[k]);
}

static void refuses_unknown_names(void **state)
{
    static const char *const names[] = {"",          "Mars/Olympus",  "../etc/passwd", "/etc/localtime",
                                        "Europe",    "europe vienna", "Europe/",       "Europe/../UTC",
                                        "tzdata.zi", "zone.tab"};
    orch__zone zone = {.changes_count = 7};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(orch__zone_read(names[i], 0, &zone), ORCH_E_INVALID);
    assert_int_equal(zone.changes_count, 7);
}

/* A list that is full ends with a moment at which it must be read again; one of a zone without changes never does. */
static void says_when_to_read_again(void **state)
{
    orch__zone zone;

    (void)state;
    assert_int_equal(orch__zone_read("Europe/Vienna", 1795305600000, &zone), 0);
    assert_int_equal(zone.changes_count, ORCH_ZONE_CHANGES_MAX);
    assert_true(zone.until_ms == zone.changes[ORCH_ZONE_CHANGES_MAX - 1].from_ms);
    assert_int_equal(orch__zone_read("Asia/Kolkata", 1795305600000, &zone), 0);
    assert_int_equal(zone.changes_count, 1);
    assert_true(zone.until_ms == INT64_MAX);
}

/* 09:00 in Vienna is 08:00 UTC in winter and 07:00 UTC in summer. */
static void work_hours_follow_the_zone(void **state)
{
    orch_hours hours = {.limited = true};
    orch__zone zone;

    (void)state;
    for (int day = 0; day < 7; day++)
        hours.days[day] = (orch_hours_day){.start_min = 9 * 60, .end_min = 17 * 60};
    assert_int_equal(orch__zone_read("Europe/Vienna", 1795305600000, &zone), 0); /* 2026-11-22 */
    orch__zone_apply(&zone, 0, &hours);
    assert_false(orch_hours_open(&hours, 1795305600000 + 8 * HOUR_MS - 1));
    assert_true(orch_hours_open(&hours, 1795305600000 + 8 * HOUR_MS));
    assert_true(orch_hours_open(&hours, 1814400000000 + 7 * HOUR_MS)); /* 2027-07-01 */
    assert_false(orch_hours_open(&hours, 1814400000000 + 7 * HOUR_MS - 1));
}

/* A core whose time was not set with the clock: its hours are still those of the real time. */
static void work_hours_of_a_core_with_another_time(void **state)
{
    static const int64_t skews[] = {-5 * HOUR_MS, 3 * HOUR_MS, 40 * DAY_MS + 2 * HOUR_MS, -400 * DAY_MS};
    const int64_t winter = 1795305600000, summer = 1814400000000;
    orch_hours hours = {.limited = true};
    orch__zone zone;

    (void)state;
    for (int day = 1; day < 6; day++)
        hours.days[day] = (orch_hours_day){.start_min = 9 * 60, .end_min = 17 * 60};
    assert_int_equal(orch__zone_read("Europe/Vienna", winter, &zone), 0);
    for (size_t i = 0; i < sizeof skews / sizeof skews[0]; i++) {
        orch__zone_apply(&zone, skews[i], &hours);
        assert_false(orch_hours_open(&hours, winter + 8 * HOUR_MS - skews[i])); /* a Sunday */
        assert_true(orch_hours_open(&hours, winter + DAY_MS + 8 * HOUR_MS - skews[i]));
        assert_false(orch_hours_open(&hours, winter + DAY_MS + 8 * HOUR_MS - 1 - skews[i]));
        assert_true(orch_hours_open(&hours, summer + 7 * HOUR_MS - skews[i]));
        assert_false(orch_hours_open(&hours, summer + 7 * HOUR_MS - 1 - skews[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_c_library),
        cmocka_unit_test(refuses_unknown_names),
        cmocka_unit_test(says_when_to_read_again),
        cmocka_unit_test(work_hours_follow_the_zone),
        cmocka_unit_test(work_hours_of_a_core_with_another_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
