/* Inputs of operations: types, limits, and the words for what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "input.h"

static json_t *input;
static orch_problem problem;

static int start(void **state)
{
    (void)state;
    input = json_loads(
        "{\"text\":\"abc\",\"empty\":\"\",\"null\":null,\"number\":42,\"real\":1.5,\"digits\":\"17\","
        "\"yes\":true,\"object\":{\"a\":[1]},\"list\":[\"x\",\"y\"],\"mixed\":[\"x\",2],"
        "\"huge\":9223372036854775807,\"sign\":\"-3\",\"long\":\"1234567890123456789\"}",
        0, NULL);
    problem = (orch_problem){0};
    return input ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    json_decref(input);
    return 0;
}

static void assert_refused(int result, const char *field, const char *words)
{
    assert_int_equal(result, ORCH_E_INVALID);
    assert_int_equal(problem.error, ORCH_E_INVALID);
    assert_string_equal(problem.field, field);
    assert_non_null(strstr(problem.message, words));
}

static void texts(void **state)
{
    orch_str text = ORCH_STR("before");

    (void)state;
    assert_int_equal(orch__input_text(input, "text", ORCH__REQUIRED, 3, &text, &problem), 0);
    assert_int_equal(text.len, 3);
    assert_memory_equal(text.ptr, "abc", 3);
    assert_int_equal(orch__input_text(input, "empty", ORCH__REQUIRED, 3, &text, &problem), 0);
    assert_int_equal(text.len, 0);
    assert_non_null(text.ptr);
    text = ORCH_STR("before");
    assert_int_equal(orch__input_text(input, "null", ORCH__OPTIONAL, 3, &text, &problem), 0);
    assert_int_equal(orch__input_text(input, "absent", ORCH__OPTIONAL, 3, &text, &problem), 0);
    assert_memory_equal(text.ptr, "before", 6);
    assert_refused(orch__input_text(input, "absent", ORCH__REQUIRED, 3, &text, &problem), "absent",
                   "missing");
    assert_refused(orch__input_text(input, "null", ORCH__REQUIRED, 3, &text, &problem), "null", "missing");
    assert_refused(orch__input_text(input, "number", ORCH__OPTIONAL, 3, &text, &problem), "number",
                   "a number");
    assert_refused(orch__input_text(input, "text", ORCH__OPTIONAL, 2, &text, &problem), "text", "3 bytes; 2");
    assert_memory_equal(text.ptr, "before", 6);
}

static void integers(void **state)
{
    int64_t value = -7;

    (void)state;
    assert_int_equal(orch__input_integer(input, "absent", 1, 9, &value, &problem), 0);
    assert_int_equal(value, -7);
    assert_int_equal(orch__input_integer(input, "number", 42, 42, &value, &problem), 0);
    assert_int_equal(value, 42);
    assert_int_equal(orch__input_integer(input, "digits", 1, 99, &value, &problem), 0);
    assert_int_equal(value, 17);
    assert_int_equal(orch__input_integer(input, "huge", 0, INT64_MAX, &value, &problem), 0);
    assert_true(value == INT64_MAX);
    assert_refused(orch__input_integer(input, "number", 43, 99, &value, &problem), "number",
                   "42; from 43 to 99");
    for (const char *const *name =
             (const char *const[]){"real", "text", "empty", "yes", "sign", "long", "list", NULL};
         *name; name++)
        assert_refused(orch__input_integer(input, *name, 0, 99, &value, &problem), *name, "whole number");
}

static void booleans(void **state)
{
    bool value = false;

    (void)state;
    assert_int_equal(orch__input_boolean(input, "yes", &value, &problem), 0);
    assert_true(value);
    assert_int_equal(orch__input_boolean(input, "absent", &value, &problem), 0);
    assert_true(value);
    assert_refused(orch__input_boolean(input, "number", &value, &problem), "number", "true or false");
}

static void objects(void **state)
{
    char *text = NULL;

    (void)state;
    assert_int_equal(orch__input_object(input, "object", 9, &text, &problem), 0);
    assert_string_equal(text, "{\"a\":[1]}");
    free(text);
    assert_int_equal(orch__input_object(input, "absent", 9, &text, &problem), 0);
    assert_null(text);
    assert_refused(orch__input_object(input, "object", 8, &text, &problem), "object", "larger than 8 bytes");
    assert_refused(orch__input_object(input, "list", 99, &text, &problem), "list", "an array");
}

static void lists(void **state)
{
    orch_str items[2];
    size_t count = 9;

    (void)state;
    assert_int_equal(orch__input_texts(input, "list", 2, items, &count, &problem), 0);
    assert_int_equal(count, 2);
    assert_memory_equal(items[1].ptr, "y", 1);
    assert_int_equal(orch__input_texts(input, "absent", 2, items, &count, &problem), 0);
    assert_int_equal(count, 0);
    assert_refused(orch__input_texts(input, "list", 1, items, &count, &problem), "list", "2 entries; 1");
    assert_refused(orch__input_texts(input, "mixed", 2, items, &count, &problem), "mixed",
                   "mixed[1] is a number");
    assert_refused(orch__input_texts(input, "text", 2, items, &count, &problem), "text", "an array of texts");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(texts, start, finish),
        cmocka_unit_test_setup_teardown(integers, start, finish),
        cmocka_unit_test_setup_teardown(booleans, start, finish),
        cmocka_unit_test_setup_teardown(objects, start, finish),
        cmocka_unit_test_setup_teardown(lists, start, finish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
