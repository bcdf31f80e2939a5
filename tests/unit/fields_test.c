/* Inputs against a table of what they may be: types, limits, and the words for what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fields.h"

static const char *const colours[] = {"RED", "GREEN", NULL};
static const orch__field item = {"list", ORCH__FIELD_TEXT, false, NULL, 1, 3, NULL, NULL, 0};
static const orch__field chosen = {"chosen", ORCH__FIELD_TEXT, false, NULL, 1, 3, NULL, NULL, 0};
static const orch__field parts[] = {
    {"kind", ORCH__FIELD_CHOICE, true, NULL, 0, 0, NULL, colours, 0},
    {"words", ORCH__FIELD_TEXT, false, NULL, 1, 4, NULL, NULL, 0},
};
static const orch__field fields[] = {
    {"name", ORCH__FIELD_TEXT, true, NULL, 2, 6, NULL, NULL, 0},
    {"at", ORCH__FIELD_TIME, false, NULL, 0, 24, NULL, NULL, 0},
    {"colour", ORCH__FIELD_CHOICE, false, NULL, 0, 0, NULL, colours, 0},
    {"count", ORCH__FIELD_INTEGER, false, NULL, -1, 9, NULL, NULL, 0},
    {"yes", ORCH__FIELD_BOOLEAN, false, NULL, 0, 0, NULL, NULL, 0},
    {"object", ORCH__FIELD_OBJECT, false, NULL, 0, 9, NULL, NULL, 0},
    {"document", ORCH__FIELD_DOCUMENT, false, NULL, 0, 9, NULL, NULL, 0},
    {"list", ORCH__FIELD_TEXTS, false, NULL, 0, 2, &item, NULL, 0},
    {"chosen", ORCH__FIELD_CHOSEN, false, NULL, 0, 2, &chosen, colours, 0},
    {"objects", ORCH__FIELD_OBJECTS, false, NULL, 0, 2, parts, NULL, 2},
    {"this", ORCH__FIELD_TEXT, false, NULL, 0, 9, NULL, NULL, 0},
    {"that", ORCH__FIELD_TEXT, false, "this", 0, 9, NULL, NULL, 0},
};
static const size_t fields_count = sizeof(fields) / sizeof(fields[0]);

static orch_problem problem;

/* Checks {"name":"ok","this":"x", <more>}; what is left of it goes to `out_input`, which may be NULL. */
static int check(const char *more, json_t **out_input)
{
    char text[512];
    json_t *input;
    int result;

    snprintf(text, sizeof(text), "{\"name\":\"ok\",\"this\":\"x\"%s%s}", more[0] ? "," : "", more);
    input = json_loads(text, 0, NULL);
    assert_non_null(input);
    problem = (orch_problem){0};
    result = orch__fields_check(fields, fields_count, input, &problem);
    if (out_input)
        *out_input = input;
    else
        json_decref(input);
    return result;
}

static void assert_refused(const char *more, const char *field, const char *words)
{
    assert_int_equal(check(more, NULL), ORCH_E_INVALID);
    assert_int_equal(problem.error, ORCH_E_INVALID);
    assert_string_equal(problem.field, field);
    if (!strstr(problem.message, words))
        fail_msg("\"%s\" is not in \"%s\"", words, problem.message);
}

static int check_whole(const char *text)
{
    json_t *input = json_loads(text, 0, NULL);
    int result;

    problem = (orch_problem){0};
    result = orch__fields_check(fields, fields_count, input, &problem);
    json_decref(input);
    return result;
}

static void what_fits_passes(void **state)
{
    (void)state;
    assert_int_equal(check("", NULL), 0);
    assert_int_equal(check("\"at\":\"2030-01-31\",\"colour\":\"GREEN\",\"count\":-1,\"yes\":false,"
                           "\"object\":{\"a\": [1]},\"document\":[1, 2],\"list\":[\"abc\"]",
                           NULL),
                     0);
    assert_int_equal(check("\"unknown\":{\"anything\":[1]}", NULL), 0);
}

static void null_is_absent(void **state)
{
    json_t *left = NULL;

    (void)state;
    assert_int_equal(check("\"count\":null,\"colour\":null", &left), 0);
    assert_null(json_object_get(left, "count"));
    assert_null(json_object_get(left, "colour"));
    json_decref(left);
    assert_int_equal(check_whole("{\"name\":null,\"this\":\"x\"}"), ORCH_E_INVALID);
    assert_string_equal(problem.message, "name is missing");
}

static void what_is_needed_is_named(void **state)
{
    (void)state;
    assert_int_equal(check_whole("{\"this\":\"x\"}"), ORCH_E_INVALID);
    assert_string_equal(problem.field, "name");
    assert_int_equal(check_whole("{\"name\":\"ok\",\"that\":\"x\"}"), 0);
    assert_int_equal(check_whole("{\"name\":\"ok\"}"), ORCH_E_INVALID);
    assert_string_equal(problem.field, "that");
    assert_string_equal(problem.message, "this or that is needed");
    assert_int_equal(check_whole("{\"name\":\"ok\",\"this\":null}"), ORCH_E_INVALID);
}

static void texts(void **state)
{
    (void)state;
    assert_refused("\"this\":5", "this", "this is a number; a text is needed");
    assert_int_equal(check_whole("{\"name\":\"1234567\",\"this\":\"\"}"), ORCH_E_INVALID);
    assert_string_equal(problem.message, "name has 7 bytes; at most 6 are allowed");
    assert_int_equal(check_whole("{\"name\":\"\\u20ac\\u20ac\",\"this\":\"\"}"), 0);
    assert_int_equal(check_whole("{\"name\":\"\\u20ac\",\"this\":\"\"}"), ORCH_E_INVALID);
    assert_string_equal(problem.message, "name has 1 characters; at least 2 are needed");
}

static void times_and_choices(void **state)
{
    (void)state;
    assert_refused("\"at\":\"tomorrow\"", "at",
                   "at is \"tomorrow\"; a time like 2030-01-31T12:00:00Z is needed");
    assert_refused("\"at\":20300131", "at", "a number");
    assert_refused("\"colour\":\"BLUE\"", "colour", "colour is \"BLUE\"; RED, GREEN are allowed");
    assert_refused("\"colour\":\"red\"", "colour", "RED, GREEN");
    assert_refused("\"colour\":[]", "colour", "colour is an array; RED, GREEN");
}

static void numbers(void **state)
{
    json_t *left = NULL;

    (void)state;
    assert_refused("\"count\":10", "count", "count is 10; from -1 to 9 is allowed");
    assert_refused("\"count\":-2", "count", "count is -2;");
    assert_refused("\"count\":9223372036854775807", "count", "from -1 to 9");
    assert_refused("\"count\":\"5\"", "count", "count is a text; a whole number from -1 to 9 is needed");
    assert_refused("\"count\":1.5", "count", "a broken number");
    assert_refused("\"count\":1e300", "count", "a whole number");
    assert_int_equal(check("\"count\":9.0", &left), 0);
    assert_true(json_is_integer(json_object_get(left, "count")));
    assert_int_equal(json_integer_value(json_object_get(left, "count")), 9);
    json_decref(left);
    assert_refused("\"yes\":\"true\"", "yes", "yes is a text; true or false is needed");
}

static void objects_and_lists(void **state)
{
    (void)state;
    assert_refused("\"object\":[]", "object", "object is an array; an object is needed");
    assert_refused("\"object\":{\"a\": [12]}", "object", "10 bytes as compact JSON; at most 9");
    assert_refused("\"document\":\"words\"", "document", "an object or an array");
    assert_refused("\"document\":[123456789]", "document", "11 bytes");
    assert_refused("\"list\":\"x\"", "list", "an array of texts");
    assert_refused("\"list\":[\"a\",\"b\",\"c\"]", "list", "list has 3 entries; at most 2");
    assert_refused("\"list\":[\"a\",2]", "list", "list[1] is a number");
    assert_refused("\"list\":[\"abcd\"]", "list", "list[0] has 4 bytes; at most 3");
    assert_refused("\"list\":[\"\"]", "list", "list[0] has 0 characters; at least 1");
}

static void a_word_or_a_list(void **state)
{
    (void)state;
    assert_int_equal(check("\"chosen\":\"RED\"", NULL), 0);
    assert_int_equal(check("\"chosen\":[\"a\",\"b\"]", NULL), 0);
    assert_int_equal(check("\"chosen\":[]", NULL), 0);
    assert_refused("\"chosen\":\"BLUE\"", "chosen", "chosen is \"BLUE\"; RED, GREEN are allowed");
    assert_refused("\"chosen\":7", "chosen", "chosen is a number");
    assert_refused("\"chosen\":[\"a\",\"b\",\"c\"]", "chosen", "chosen has 3 entries; at most 2");
    assert_refused("\"chosen\":[\"abcd\"]", "chosen", "chosen[0] has 4 bytes; at most 3");
}

static void lists_of_objects(void **state)
{
    (void)state;
    assert_int_equal(
        check("\"objects\":[{\"kind\":\"RED\",\"words\":\"x\",\"more\":1},{\"kind\":\"GREEN\"}]", NULL), 0);
    assert_int_equal(check("\"objects\":[{\"kind\":\"RED\",\"words\":null}]", NULL), 0);
    assert_refused("\"objects\":{}", "objects", "objects is an object; an array of objects is needed");
    assert_refused("\"objects\":[{\"kind\":\"RED\"},5]", "objects",
                   "objects[1] is a number; an object is needed");
    assert_refused("\"objects\":[{\"words\":\"x\"}]", "objects", "objects[0] has no kind; one is needed");
    assert_refused("\"objects\":[{\"kind\":\"BLUE\"}]", "objects",
                   "objects[0].kind is \"BLUE\"; RED, GREEN are allowed");
    assert_refused("\"objects\":[{\"kind\":\"RED\",\"words\":\"\"}]", "objects",
                   "objects[0].words has 0 characters");
    assert_refused("\"objects\":[{\"kind\":\"RED\",\"words\":\"12345\"}]", "objects",
                   "objects[0].words has 5 bytes; at most 4");
    assert_refused("\"objects\":[{},{},{}]", "objects", "objects has 3 entries; at most 2");
}

static void text_of_a_query_becomes_a_boolean(void **state)
{
    const orch__field *yes = orch__fields_find(fields, fields_count, ORCH_STR("yes"));
    json_t *value = orch__field_value(yes, ORCH_STR("True"));

    (void)state;
    assert_true(json_is_true(orch__field_value(yes, ORCH_STR("true"))));
    assert_true(json_is_false(orch__field_value(yes, ORCH_STR("false"))));
    assert_true(json_is_string(value));
    json_decref(value);
}

static void text_of_a_query_becomes_a_number(void **state)
{
    static const char *const kept[] = {"", "-1", "1x", "0x1", " 1", "1234567890123456789", "1.0"};
    const orch__field *count = orch__fields_find(fields, fields_count, ORCH_STR("count"));
    const orch__field *name = orch__fields_find(fields, fields_count, ORCH_STR("name"));
    json_t *value = orch__field_value(count, ORCH_STR("17"));

    (void)state;
    assert_int_equal(json_integer_value(value), 17);
    json_decref(value);
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        value = orch__field_value(count, (orch_str){kept[i], strlen(kept[i])});
        assert_string_equal(json_string_value(value), kept[i]);
        json_decref(value);
    }
    value = orch__field_value(name, ORCH_STR("17"));
    assert_string_equal(json_string_value(value), "17");
    json_decref(value);
    assert_null(orch__field_value(name, ORCH_STR("\xff")));
    assert_null(orch__fields_find(fields, fields_count, ORCH_STR("nam")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_passes),
        cmocka_unit_test(null_is_absent),
        cmocka_unit_test(what_is_needed_is_named),
        cmocka_unit_test(texts),
        cmocka_unit_test(times_and_choices),
        cmocka_unit_test(numbers),
        cmocka_unit_test(objects_and_lists),
        cmocka_unit_test(text_of_a_query_becomes_a_number),
        cmocka_unit_test(a_word_or_a_list),
        cmocka_unit_test(lists_of_objects),
        cmocka_unit_test(text_of_a_query_becomes_a_boolean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
