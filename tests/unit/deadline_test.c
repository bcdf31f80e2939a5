/* Waits of connections: they pass in order, each once, and what was ended does not pass.
 *
 * The loop is not left waiting: a timer that is due when it begins would fire before the wait, which then has no end in sight.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "deadline.h"

#define COUNT 6

static const uint32_t lengths_ms[ORCH__WAITS_COUNT] = {
    [ORCH__WAIT_HEAD] = 1,  [ORCH__WAIT_IDLE] = 3,       [ORCH__WAIT_BODY] = 2,       [ORCH__WAIT_READ] = 5,
    [ORCH__WAIT_QUIET] = 4, [ORCH__WAIT_PONG] = 3600000, [ORCH__WAIT_PART] = 3600000,
};

static uv_loop_t loop;
static orch__deadlines deadlines;
static orch__deadline waits[COUNT];
static int order[16];
static size_t passed;

static int index_of(const orch__deadline *deadline)
{
    return (int)(deadline - waits);
}

static void on_passed(orch__deadline *deadline)
{
    assert_in_range(passed, 0, 15);
    order[passed++] = index_of(deadline);
}

static int begin(void **state)
{
    (void)state;
    passed = 0;
    memset(waits, 0, sizeof(waits));
    for (int i = 0; i < COUNT; i++)
        waits[i].passed = on_passed;
    assert_int_equal(uv_loop_init(&loop), 0);
    orch__deadlines_init(&deadlines, &loop, lengths_ms);
    return 0;
}

static int end(void **state)
{
    (void)state;
    uv_close((uv_handle_t *)&deadlines.timer, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

static void begin_wait(int index, orch__wait wait)
{
    orch__deadline_begin(&deadlines, &waits[index], wait);
}

static void they_pass_when_they_are_due(void **state)
{
    uint64_t began;

    (void)state;
    uv_update_time(&loop);
    began = uv_now(&loop);
    begin_wait(0, ORCH__WAIT_READ);
    begin_wait(1, ORCH__WAIT_HEAD);
    begin_wait(2, ORCH__WAIT_IDLE);
    while (passed < 3)
        uv_run(&loop, UV_RUN_NOWAIT);
    assert_true(uv_now(&loop) - began >= lengths_ms[ORCH__WAIT_READ]);
    /* However late the loop was: the shortest first, the longest last. */
    assert_int_equal(order[0], 1);
    assert_int_equal(order[1], 2);
    assert_int_equal(order[2], 0);
    assert_false(uv_is_active((uv_handle_t *)&deadlines.timer));
}

static void of_one_kind_the_first_is_the_first(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        begin_wait(i, ORCH__WAIT_QUIET);
    begin_wait(0, ORCH__WAIT_QUIET); /* begins anew: it is the last now */
    orch__deadline_end(&deadlines, &waits[2]);
    orch__deadline_end(&deadlines, &waits[2]); /* does nothing */
    while (passed < 3)
        uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(order[0], 1);
    assert_int_equal(order[1], 3);
    assert_int_equal(order[2], 0);
}

static void end_the_next(orch__deadline *deadline)
{
    on_passed(deadline);
    orch__deadline_end(&deadlines, &waits[1]);
    if (passed < 3)
        orch__deadline_begin(&deadlines, deadline, ORCH__WAIT_HEAD);
}

static void what_passes_may_end_and_begin_waits(void **state)
{
    (void)state;
    waits[0].passed = end_the_next;
    begin_wait(0, ORCH__WAIT_HEAD);
    begin_wait(1, ORCH__WAIT_HEAD);
    while (passed < 3)
        uv_run(&loop, UV_RUN_NOWAIT);
    for (int i = 0; i < 3; i++)
        assert_int_equal(order[i], 0);
}

static void a_long_wait_does_not_hide_a_short_one(void **state)
{
    (void)state;
    begin_wait(0, ORCH__WAIT_PONG);
    begin_wait(1, ORCH__WAIT_HEAD);
    while (passed < 1)
        uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(order[0], 1);
    orch__deadline_end(&deadlines, &waits[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(they_pass_when_they_are_due, begin, end),
        cmocka_unit_test_setup_teardown(of_one_kind_the_first_is_the_first, begin, end),
        cmocka_unit_test_setup_teardown(what_passes_may_end_and_begin_waits, begin, end),
        cmocka_unit_test_setup_teardown(a_long_wait_does_not_hide_a_short_one, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
