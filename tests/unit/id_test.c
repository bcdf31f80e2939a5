#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sodium.h>
#include <string.h>

#include "id.h"

static void ids_have_the_shape_of_a_cuid(void **state)
{
    orch__ids ids = {0};
    orch_id id;

    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        orch__ids_make(&ids, 1790000000000 + (int64_t)i, &id);
        assert_int_equal(strlen(id.text), 25);
        assert_int_equal(id.text[0], 'c');
        assert_int_equal(strspn(id.text, "0123456789abcdefghijklmnopqrstuvwxyz"), 25);
    }
    assert_memory_equal(id.text, "cmubbs89z", 9); /* 1790000000999 in base 36 */
}

static void they_ascend_whatever_the_clock_does(void **state)
{
    static const int64_t steps[] = {0, 0, 1, -5000, 0, 7, -1, 1000000, -1000000};
    orch__ids ids = {0};
    orch_id last = {""}, next;
    int64_t now = 1790000000000;

    (void)state;
    for (size_t i = 0; i < 100000; i++) {
        now += steps[i % 9];
        orch__ids_make(&ids, now, &next);
        assert_true(strcmp(last.text, next.text) < 0);
        last = next;
    }
}

static void a_million_of_one_millisecond_ascend(void **state)
{
    orch__ids ids = {0};
    orch_id last = {""}, next;

    (void)state;
    for (size_t i = 0; i < 2000000; i++) {
        orch__ids_make(&ids, 1790000000000, &next);
        assert_true(strcmp(last.text, next.text) < 0);
        last = next;
    }
    assert_int_equal(ids.last_ms, 1790000000001);
}

static void they_go_on_behind_a_stored_one(void **state)
{
    orch__ids before = {0}, after = {0};
    orch_id stored, next;
    int64_t now = 1790000000000;

    (void)state;
    for (size_t i = 0; i < 10; i++)
        orch__ids_make(&before, now, &stored);
    orch__ids_pass(&after, (orch_str){stored.text, 25}, now - 60000);
    orch__ids_make(&after, now - 60000, &next);
    assert_true(strcmp(stored.text, next.text) < 0);
    /* What is not ours, or of a far future, is no reason to leave the present. */
    orch__ids fresh = {0};

    orch__ids_pass(&fresh, ORCH_STR("b0a1c2d3-1234-5678-9abc-def012345678"), now);
    orch__ids_pass(&fresh, ORCH_STR("czzzzzzzz0000aaaaaaaaaaaa"), now);
    orch__ids_pass(&fresh, ORCH_STR("cMUBATGMV0000aaaaaaaaaaaa"), now);
    orch__ids_pass(&fresh, ORCH_STR(""), now);
    assert_int_equal(fresh.last_ms, 0);
}

static void the_random_part_differs(void **state)
{
    orch__ids one = {0}, other = {0};
    orch_id left, right;
    size_t counts[128] = {0};

    (void)state;
    orch__ids_make(&one, 1790000000000, &left);
    orch__ids_make(&other, 1790000000000, &right);
    assert_memory_equal(left.text, right.text, 13);
    assert_string_not_equal(left.text, right.text);
    for (size_t i = 0; i < 36000; i++) {
        orch__ids_make(&one, 1790000000000, &left);
        counts[(unsigned char)left.text[24]]++;
    }
    for (const char *digit = "0123456789abcdefghijklmnopqrstuvwxyz"; *digit; digit++)
        assert_in_range(counts[(unsigned char)*digit], 800, 1200); /* 1000, 6 standard deviations away */
}

static void ids_from_outside_are_checked(void **state)
{
    orch_id id;

    (void)state;
    assert_true(orch__id_set(&id, ORCH_STR("b0a1c2d3-1234-5678-9abc-def012345678")));
    assert_string_equal(id.text, "b0a1c2d3-1234-5678-9abc-def012345678");
    assert_false(orch__id_set(&id, ORCH_STR("")));
    assert_false(orch__id_set(&id, ORCH_STR("two words")));
    assert_false(orch__id_set(&id, ORCH_STR("\xc3\xa9")));
    assert_false(orch__id_set(&id, ORCH_STR("0123456789012345678901234567890123456789")));
}

static int initialize(void **state)
{
    (void)state;
    return sodium_init() < 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_have_the_shape_of_a_cuid),
        cmocka_unit_test(they_ascend_whatever_the_clock_does),
        cmocka_unit_test(a_million_of_one_millisecond_ascend),
        cmocka_unit_test(they_go_on_behind_a_stored_one),
        cmocka_unit_test(the_random_part_differs),
        cmocka_unit_test(ids_from_outside_are_checked),
    };

    return cmocka_run_group_tests(tests, initialize, NULL);
}
