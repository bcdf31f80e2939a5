#include "core_stage.h"
#include "splitmix.h"
#include "wheel.h"

#define TIMERS 500

typedef struct bench {
    stage_heap heap;
    orch__memory memory;
    orch__wheel wheel;
    uint32_t timers[TIMERS];
    int64_t deadlines[TIMERS]; /* 0: not armed */
    uint64_t random;
} bench;

static void bench_open(bench *b)
{
    *b = (bench){.heap.allow = -1, .random = 7};
    b->memory.allocator = (orch_allocator){stage_resize, &b->heap};
    assert_int_equal(orch__wheel_init(&b->wheel, &b->memory), 0);
    assert_int_equal(orch__wheel_reserve(&b->wheel, TIMERS), 0);
    for (uint32_t i = 0; i < TIMERS; i++)
        b->timers[i] = orch__timer_new(&b->wheel, ORCH__TIMER_TURN, i);
}

static void bench_close(bench *b)
{
    orch__wheel_fini(&b->wheel);
    assert_int_equal(b->memory.bytes, 0);
}

static void arm(bench *b, uint32_t i, int64_t deadline_ms)
{
    orch__timer_arm(&b->wheel, b->timers[i], deadline_ms);
    b->deadlines[i] = deadline_ms;
}

static uint32_t armed_count(const bench *b)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < TIMERS; i++)
        count += b->deadlines[i] != 0;
    return count;
}

/* Takes out what is due: all that should be and nothing else, in order. */
static void expect_due(bench *b, int64_t now_ms)
{
    int64_t last = 0;
    uint32_t timer;

    while ((timer = orch__wheel_due(&b->wheel)) != 0) {
        uint32_t i = orch__timer_at(&b->wheel, timer)->owner;

        assert_int_equal(b->timers[i], timer);
        assert_true(b->deadlines[i] != 0 && b->deadlines[i] <= now_ms);
        assert_true(b->deadlines[i] >= last);
        last = b->deadlines[i];
        b->deadlines[i] = 0;
        orch__timer_disarm(&b->wheel, timer);
    }
    for (uint32_t i = 0; i < TIMERS; i++)
        assert_true(b->deadlines[i] == 0 || b->deadlines[i] > now_ms);
    assert_null(orch__wheel_check(&b->wheel, armed_count(b)));
}

static int64_t first_deadline(const bench *b)
{
    int64_t first = INT64_MAX;

    for (uint32_t i = 0; i < TIMERS; i++)
        if (b->deadlines[i] && b->deadlines[i] < first)
            first = b->deadlines[i];
    return first;
}

static void fires_each_timer_at_its_millisecond(void **state)
{
    bench b;

    (void)state;
    bench_open(&b);
    orch__wheel_advance(&b.wheel, 1700000000000);
    for (uint32_t i = 0; i < TIMERS; i++)
        arm(&b, i, 1700000000001 + (int64_t)i * i * 37);
    while (armed_count(&b)) {
        int64_t next = orch__wheel_next(&b.wheel);

        assert_true(next <= first_deadline(&b));
        orch__wheel_advance(&b.wheel, next);
        expect_due(&b, next);
    }
    assert_int_equal(orch__wheel_next(&b.wheel), INT64_MAX);
    bench_close(&b);
}

/* Delays from 1 ms to a year, jumps of all sizes, timers armed anew and disarmed on the way. */
static void agrees_with_a_list_of_deadlines(void **state)
{
    bench b;
    int64_t now = 0;

    (void)state;
    bench_open(&b);
    for (int round = 0; round < 20000; round++) {
        uint32_t i = (uint32_t)(orch__random(&b.random) % TIMERS);
        uint64_t roll = orch__random(&b.random) % 10;
        int bits = (int)(orch__random(&b.random) % 35);

        if (roll < 6) {
            arm(&b, i, now + 1 + (int64_t)(orch__random(&b.random) >> (63 - bits)));
        } else if (roll < 8) {
            orch__timer_disarm(&b.wheel, b.timers[i]);
            b.deadlines[i] = 0;
        } else {
            now += (int64_t)(orch__random(&b.random) >> (63 - bits)) / 8;
            orch__wheel_advance(&b.wheel, now);
            expect_due(&b, now);
        }
        assert_true(orch__wheel_next(&b.wheel) <= first_deadline(&b));
    }
    bench_close(&b);
}

static void a_deadline_in_the_past_is_due_at_once(void **state)
{
    bench b;

    (void)state;
    bench_open(&b);
    orch__wheel_advance(&b.wheel, 5000);
    arm(&b, 0, 4000);
    assert_int_equal(orch__wheel_next(&b.wheel), 5000);
    expect_due(&b, 5000);
    assert_int_equal(armed_count(&b), 0);
    bench_close(&b);
}

/* Whatever level each of them waited on: they were armed from a month to a millisecond before. */
static void the_timer_armed_first_is_due_first(void **state)
{
    const int64_t deadline_ms = 1700000000000;
    uint32_t count = 0, timer;
    bench b;

    (void)state;
    bench_open(&b);
    for (int64_t before = (int64_t)30 * 86400 * 1000; before > 0; before -= before / 12 + 1) {
        orch__wheel_advance(&b.wheel, deadline_ms - before);
        expect_due(&b, deadline_ms - before);
        arm(&b, count++, deadline_ms);
    }
    assert_true(count > 200 && count < TIMERS);
    orch__wheel_advance(&b.wheel, deadline_ms);
    for (uint32_t i = 0; i < count; i++) {
        timer = orch__wheel_due(&b.wheel);
        assert_int_equal(timer, b.timers[i]);
        orch__timer_disarm(&b.wheel, timer);
    }
    assert_int_equal(orch__wheel_due(&b.wheel), 0);
    bench_close(&b);
}

/* Half a minute and a whole one, from any moment: the wheel wants to look at it once before it is due, not more often. */
static void a_minute_moves_once(void **state)
{
    bench b;
    uint32_t looks;

    (void)state;
    bench_open(&b);
    for (int64_t begin = 1; begin < 20000000; begin += 61003) {
        orch__wheel_advance(&b.wheel, begin);
        expect_due(&b, begin);
        arm(&b, 0, begin + (begin % 2 ? 30000 : 60000));
        for (looks = 0; orch__wheel_due(&b.wheel) == 0; looks++)
            orch__wheel_advance(&b.wheel, orch__wheel_next(&b.wheel));
        assert_in_range(looks, 1, 2);
        expect_due(&b, b.deadlines[0]);
    }
    bench_close(&b);
}

static void keeps_a_timer_at_the_end_of_time(void **state)
{
    bench b;

    (void)state;
    bench_open(&b);
    arm(&b, 0, ORCH__TIME_MAX + UINT32_MAX);
    orch__wheel_advance(&b.wheel, ORCH__TIME_MAX);
    expect_due(&b, ORCH__TIME_MAX);
    assert_int_equal(armed_count(&b), 1);
    orch__wheel_advance(&b.wheel, ORCH__TIME_MAX + UINT32_MAX);
    expect_due(&b, ORCH__TIME_MAX + UINT32_MAX);
    assert_int_equal(armed_count(&b), 0);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fires_each_timer_at_its_millisecond),
        cmocka_unit_test(agrees_with_a_list_of_deadlines),
        cmocka_unit_test(a_deadline_in_the_past_is_due_at_once),
        cmocka_unit_test(the_timer_armed_first_is_due_first),
        cmocka_unit_test(a_minute_moves_once),
        cmocka_unit_test(keeps_a_timer_at_the_end_of_time),
    };

    return STAGE_RUN(tests);
}
