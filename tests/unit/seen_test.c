#include "core_stage.h"
#include "seen.h"

#define MANY 20000u

/* The longest run of groups that were passed: what the worst look-up walks over. */
static uint32_t longest_run(const orch__table *table)
{
    uint32_t longest = 0, run = 0;

    for (uint32_t i = 0; i < table->size; i++) {
        run = table->groups[i].passed ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

/* Hosts choose small dense numbers, and message i often goes to daemon i: the hash must not care. */
static void dense_ids_do_not_cluster(void **state)
{
    orch_event event = {.kind = ORCH_EV_MESSAGE};
    stage s;

    (void)state;
    stage_prepare(&s);
    stage_open(&s);
    for (uint32_t id = 1; id <= 1000; id++)
        assert_int_equal(stage_register(&s, id, 1), 0);
    for (uint32_t i = 1; i <= MANY; i++) {
        event.message.message.v = i;
        event.message.daemon.v = 1 + i % 1000;
        assert_int_equal(stage_step(&s, event), 0);
    }
    assert_int_equal(s.core->seen.live, MANY);
    assert_in_range(longest_run(&s.core->seen_by_key), 0, 3);
    stage_close(&s);
}

static void forgets_the_oldest_that_ended(void **state)
{
    orch_event event = {.kind = ORCH_EV_MESSAGE, .message.daemon = {1}};
    stage s;

    (void)state;
    stage_prepare(&s);
    s.config.seen_max = 100;
    stage_open(&s);
    assert_int_equal(stage_register(&s, 1, 1), 0);
    for (uint64_t i = 1; i <= 1000; i++) {
        event.message.message.v = i;
        assert_int_equal(stage_step(&s, event), 0);
        if (i > 100) {
            event.message.message.v = i - 99;
            assert_int_equal(stage_step(&s, event), ORCH_E_EXISTS);
        }
    }
    assert_int_equal(s.core->seen.live, 100);
    event.message.message.v = 900;
    assert_int_equal(stage_step(&s, event), 0);
    stage_validate(&s);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dense_ids_do_not_cluster),
        cmocka_unit_test(forgets_the_oldest_that_ended),
    };

    return STAGE_RUN(tests);
}
