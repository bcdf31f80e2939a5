#include "core_stage.h"
#include "hours.h"

#define HOUR_MS ((int64_t)3600 * 1000)
#define DAY_MS  (24 * HOUR_MS)

/* 1970-01-01 is a Thursday; 4 days later begins a Monday. */
#define MONDAY_MS (4 * DAY_MS)

static orch_hours weekdays(uint16_t start_min, uint16_t end_min)
{
    orch_hours hours = {.limited = true};

    for (int day = 1; day <= 5; day++)
        hours.days[day] = (orch_hours_day){start_min, end_min};
    return hours;
}

static void without_a_limit_it_is_always_open(void **state)
{
    orch_hours hours = {.limited = false};

    (void)state;
    assert_true(orch_hours_open(&hours, 0));
    assert_true(orch_hours_open(&hours, -1));
}

static void opens_and_closes_to_the_minute(void **state)
{
    orch_hours hours = weekdays(9 * 60, 17 * 60);

    (void)state;
    assert_false(orch_hours_open(&hours, MONDAY_MS + 9 * HOUR_MS - 1));
    assert_true(orch_hours_open(&hours, MONDAY_MS + 9 * HOUR_MS));
    assert_true(orch_hours_open(&hours, MONDAY_MS + 17 * HOUR_MS - 1));
    assert_false(orch_hours_open(&hours, MONDAY_MS + 17 * HOUR_MS));
    assert_false(orch_hours_open(&hours, MONDAY_MS + 5 * DAY_MS + 12 * HOUR_MS)); /* Saturday */
    assert_false(orch_hours_open(&hours, MONDAY_MS - DAY_MS + 12 * HOUR_MS));     /* Sunday */
}

static void runs_past_midnight(void **state)
{
    orch_hours hours = weekdays(22 * 60, 6 * 60);

    (void)state;
    assert_false(orch_hours_open(&hours, MONDAY_MS + 5 * HOUR_MS)); /* Sunday night is not Monday's */
    assert_true(orch_hours_open(&hours, MONDAY_MS + 22 * HOUR_MS));
    assert_true(orch_hours_open(&hours, MONDAY_MS + DAY_MS + 6 * HOUR_MS - 1));
    assert_false(orch_hours_open(&hours, MONDAY_MS + DAY_MS + 6 * HOUR_MS));
    assert_true(
        orch_hours_open(&hours, MONDAY_MS + 5 * DAY_MS + 5 * HOUR_MS)); /* Friday's night on Saturday */
}

static void equal_times_mean_closed(void **state)
{
    orch_hours hours = weekdays(9 * 60, 9 * 60);

    (void)state;
    for (int64_t minute = 0; minute < 7 * 24 * 60; minute++)
        assert_false(orch_hours_open(&hours, minute * 60000));
}

static void the_whole_day_is_0_to_1440(void **state)
{
    orch_hours hours = weekdays(0, 1440);

    (void)state;
    assert_true(orch_hours_open(&hours, MONDAY_MS));
    assert_true(orch_hours_open(&hours, MONDAY_MS + DAY_MS - 1));
    assert_false(orch_hours_open(&hours, MONDAY_MS + 5 * DAY_MS));
}

static void follows_the_zone_and_its_changes(void **state)
{
    orch_hours hours = weekdays(9 * 60, 17 * 60);

    (void)state;
    hours.changes_count = 2;
    hours.changes[0] = (orch_zone_change){MONDAY_MS, -5 * 3600};
    hours.changes[1] = (orch_zone_change){MONDAY_MS + DAY_MS, -4 * 3600};
    assert_false(orch_hours_open(&hours, MONDAY_MS + 14 * HOUR_MS - 1));
    assert_true(orch_hours_open(&hours, MONDAY_MS + 14 * HOUR_MS));
    assert_true(orch_hours_open(&hours, MONDAY_MS + DAY_MS + 13 * HOUR_MS));
    /* Before the first change its offset holds: Friday, 1970-01-02, 9:00 there. */
    assert_true(orch_hours_open(&hours, DAY_MS + 14 * HOUR_MS));
    assert_false(orch_hours_open(&hours, DAY_MS + 14 * HOUR_MS - 1));
}

static void knows_the_days_before_1970(void **state)
{
    orch_hours hours = weekdays(9 * 60, 17 * 60);

    (void)state;
    assert_true(orch_hours_open(&hours, MONDAY_MS - 7 * DAY_MS + 9 * HOUR_MS));
    assert_false(orch_hours_open(&hours, MONDAY_MS - 7 * DAY_MS + 9 * HOUR_MS - 1));
}

static void refuses_what_is_out_of_range(void **state)
{
    orch_hours hours = weekdays(0, 1440);

    (void)state;
    assert_true(orch__hours_valid(&hours));
    hours.days[0].end_min = 1441;
    assert_false(orch__hours_valid(&hours));
    hours = weekdays(0, 1440);
    hours.changes_count = ORCH_ZONE_CHANGES_MAX + 1;
    assert_false(orch__hours_valid(&hours));
    hours.changes_count = 2;
    assert_false(orch__hours_valid(&hours)); /* not sorted: both at 0 */
    hours.changes[1].from_ms = 1;
    assert_true(orch__hours_valid(&hours));
    hours.changes[1].offset_s = 8 * 86400;
    assert_true(orch__hours_valid(&hours));
    hours.changes[1].offset_s = -8 * 86400 - 1;
    assert_false(orch__hours_valid(&hours));
}

static int register_with(stage *s, uint32_t daemon, const orch_hours *hours)
{
    orch_daemon_spec spec = {.daemon = {daemon},
                             .name = ORCH_STR("Ann"),
                             .heartbeat_ms = 1000,
                             .conversations_running_max = 1,
                             .models_count = 1,
                             .hours = hours};

    return stage_step(s, (orch_event){.kind = ORCH_EV_REGISTER, .spec = &spec});
}

/* A hundred thousand daemons have a handful of different hours. */
static void equal_hours_are_kept_once(void **state)
{
    orch_hours day = weekdays(9 * 60, 17 * 60), night = weekdays(22 * 60, 6 * 60);
    stage s;

    (void)state;
    stage_prepare(&s);
    stage_open(&s);
    for (uint32_t id = 1; id <= 100; id++)
        assert_int_equal(register_with(&s, id, id % 2 ? &day : &night), 0);
    assert_int_equal(s.core->hours.live, 2);
    for (uint32_t id = 1; id <= 100; id += 2)
        assert_int_equal(register_with(&s, id, NULL), 0);
    assert_int_equal(s.core->hours.live, 1);
    for (uint32_t id = 1; id <= 100; id++)
        assert_int_equal(stage_daemon(&s, ORCH_EV_UNREGISTER, id), 0);
    assert_int_equal(s.core->hours.live, 0);
    stage_validate(&s);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_limit_it_is_always_open),
        cmocka_unit_test(opens_and_closes_to_the_minute),
        cmocka_unit_test(runs_past_midnight),
        cmocka_unit_test(equal_times_mean_closed),
        cmocka_unit_test(the_whole_day_is_0_to_1440),
        cmocka_unit_test(follows_the_zone_and_its_changes),
        cmocka_unit_test(knows_the_days_before_1970),
        cmocka_unit_test(refuses_what_is_out_of_range),
        cmocka_unit_test(equal_hours_are_kept_once),
    };

    return STAGE_RUN(tests);
}
