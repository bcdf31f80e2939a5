/* Inputs of operations, read after they were checked: what is absent, what is given. */
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

static int start(void **state)
{
    (void)state;
    input = json_loads("{\"text\":\"abc\",\"empty\":\"\",\"number\":42,\"yes\":true,\"object\":{\"a\": [1]},"
                       "\"list\":[\"x\",\"y\"]}",
                       0, NULL);
    return input ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    json_decref(input);
    return 0;
}

static void what_is_given(void **state)
{
    orch_problem problem = {0};
    orch_str items[2] = {{0}};
    char *text = NULL;

    (void)state;
    assert_true(orch__input_given(input, "empty"));
    assert_int_equal(orch__input_text(input, "text").len, 3);
    assert_memory_equal(orch__input_text(input, "text").ptr, "abc", 3);
    assert_non_null(orch__input_text(input, "empty").ptr);
    assert_int_equal(orch__input_text(input, "empty").len, 0);
    assert_int_equal(orch__input_integer(input, "number", 7), 42);
    assert_true(orch__input_boolean(input, "yes", false));
    assert_int_equal(orch__input_texts(input, "list", items), 2);
    assert_memory_equal(items[1].ptr, "y", 1);
    assert_int_equal(orch__input_document(input, "object", &text, &problem), 0);
    assert_string_equal(text, "{\"a\":[1]}");
    free(text);
    assert_int_equal(orch__input_document(input, "list", &text, &problem), 0);
    assert_string_equal(text, "[\"x\",\"y\"]");
    free(text);
}

static void what_is_absent(void **state)
{
    orch_problem problem = {0};
    orch_str items[1];
    char *text = NULL;

    (void)state;
    assert_false(orch__input_given(input, "absent"));
    assert_null(orch__input_text(input, "absent").ptr);
    assert_int_equal(orch__input_integer(input, "absent", -7), -7);
    assert_true(orch__input_boolean(input, "absent", true));
    assert_false(orch__input_boolean(input, "absent", false));
    assert_int_equal(orch__input_texts(input, "absent", items), 0);
    assert_int_equal(orch__input_document(input, "absent", &text, &problem), 0);
    assert_null(text);
}

static void a_problem_has_its_field_and_words(void **state)
{
    orch_problem problem = {0};

    (void)state;
    assert_int_equal(orch__input_problem(&problem, ORCH_E_NOT_FOUND, "userId", "there is no %s", "one"),
                     ORCH_E_NOT_FOUND);
    assert_int_equal(problem.error, ORCH_E_NOT_FOUND);
    assert_string_equal(problem.field, "userId");
    assert_string_equal(problem.message, "there is no one");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_given, start, finish),
        cmocka_unit_test_setup_teardown(what_is_absent, start, finish),
        cmocka_unit_test(a_problem_has_its_field_and_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
