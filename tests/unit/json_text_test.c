#include "json_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scarce.h"

static orch_str str(const char *text)
{
    return (orch_str){text, strlen(text)};
}

static const char *const right[] = {
    "{}",
    "[]",
    "{\"a\":1}",
    "{\"fourteen bytes\":\"thirty bytes of text, no more.\"}",
    "[\"\\\"\\\\\\\"quoted, and quoted again\\\"\", \"\\ud83d\\ude80 \\u00e4\\n\", 17, -0.25e3, true, null]",
    " [ 123456789012345678 , 1.0000000000000000000000000001 ] ",
    "{\"a\":{\"a\":{\"a\":[[[\"deeper than that there is hardly anything\"]]]}}}",
    "[\"Na\xc3\xafve, with more than sixteen bytes of it \xf0\x9f\x9a\x80\"]",
};

static const char *const wrong[] = {
    "",
    "{",
    "{\"a text that is long enough\":1",
    "[\"a text that is long enough\"",
    "[\"a text that is long enough\"]]",
    "[\"a text that is long enough\"],[]",
    "[\"a text that is long enough\"] x",
    "\"a text that is long enough\", []",
    "\"a text that is long enough\"",
    "[\"a text that has no end]",
    "[\"a text that ends in the middle of an escape\\",
    "{\"one key, twice\":1,\"one key, twice\":2}",
    "[\"a byte that is no character: \xff\"]",
    "[truefalsetruefalsetruefalse]",
    "[1234567890123456789012345678901234567890]",
    "[\"a text with a line\nbreak\"]",
};

/* A text that fills the lexer's buffer to its last byte, one less and one more, and so on. */
static json_t *text_of(size_t len, char *out_json)
{
    char *text = malloc(len + 1);
    json_t *value;

    assert_non_null(text);
    memset(text, 'a', len);
    text[len] = '\0';
    sprintf(out_json, "[\"%s\",7]", text);
    value = json_pack("[s,i]", text, 7);
    free(text);
    return value;
}

static void reads_what_jansson_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
        json_t *wanted = json_loads(right[i], JSON_REJECT_DUPLICATES, NULL);
        json_t *got;

        assert_non_null(wanted);
        assert_int_equal(orch_json_read(str(right[i]), JSON_REJECT_DUPLICATES, &got, NULL), 0);
        assert_true(json_equal(got, wanted));
        json_decref(got);
        json_decref(wanted);
    }
}

static void refuses_what_jansson_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        json_error_t where = {0}, wanted;
        json_t *got = NULL;

        assert_null(json_loads(wrong[i], JSON_REJECT_DUPLICATES, &wanted));
        assert_int_equal(orch_json_read(str(wrong[i]), JSON_REJECT_DUPLICATES, &got, &where), ORCH_E_INVALID);
        assert_null(got);
        assert_true(where.text[0]);
        assert_true(where.line == wanted.line || strcmp(where.text, "it ends too early") == 0);
        assert_int_equal(orch_json_read(str(wrong[i]), JSON_REJECT_DUPLICATES, &got, NULL), ORCH_E_INVALID);
    }
}

static void tells_the_place_in_the_text(void **state)
{
    json_error_t where;
    json_t *got;

    (void)state;
    assert_int_equal(
        orch_json_read(ORCH_STR("{\"a text that is long enough\":\n  nothing}"), 0, &got, &where),
        ORCH_E_INVALID);
    assert_int_equal(where.line, 2);
    assert_int_equal(where.column, 9);
    assert_string_equal(where.text, "invalid token near 'nothing'");
}

static void reads_any_value_where_it_is_allowed(void **state)
{
    json_t *got;

    (void)state;
    assert_int_equal(orch_json_read(ORCH_STR("\"a text that is long enough\""), JSON_DECODE_ANY, &got, NULL),
                     0);
    assert_string_equal(json_string_value(got), "a text that is long enough");
    json_decref(got);
}

/* Returns whether an allocation failed. */
static bool read_without(orch_str text, const json_t *wanted, size_t number, scarce_for how_long)
{
    size_t before = scarce_live();
    json_t *got;
    bool failed;
    int error;

    scarce_begin(number, how_long);
    error = orch_json_read(text, JSON_REJECT_DUPLICATES, &got, NULL);
    failed = scarce_end();
    assert_int_equal(error, failed ? ORCH_E_NO_MEMORY : 0);
    if (!error) {
        assert_true(json_equal(got, wanted));
        json_decref(got);
    }
    assert_int_equal(scarce_live(), before);
    return failed;
}

static void never_reads_a_part(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
        json_t *wanted = json_loads(right[i], 0, NULL);
        size_t number = 0;

        while (read_without(str(right[i]), wanted, ++number, SCARCE_ONCE))
            (void)read_without(str(right[i]), wanted, number, SCARCE_FROM_THEN_ON);
        json_decref(wanted);
    }
}

static void never_reads_a_part_of_a_text_of_any_length(void **state)
{
    (void)state;
    for (size_t len = 0; len < 600; len++) {
        char json[700];
        json_t *wanted = text_of(len, json);
        size_t number = 0;

        while (read_without(str(json), wanted, ++number, SCARCE_ONCE))
            (void)read_without(str(json), wanted, number, SCARCE_FROM_THEN_ON);
        json_decref(wanted);
    }
}

static void never_writes_a_part(void **state)
{
    json_t *value = json_pack("{s:s, s:[i, s]}", "a key that is long enough", "and a value that is longer",
                              "another key of some length", 17, "x");
    char *wanted = json_dumps(value, JSON_COMPACT);
    bool failed = true;

    (void)state;
    assert_non_null(wanted);
    for (size_t number = 1; failed; number++) {
        size_t before = scarce_live();
        char *text;
        int error;

        scarce_begin(number, SCARCE_ONCE);
        error = orch_json_write(value, JSON_COMPACT, &text);
        failed = scarce_end();
        assert_int_equal(error, failed ? ORCH_E_NO_MEMORY : 0);
        if (!error) {
            assert_string_equal(text, wanted);
            free(text);
        }
        assert_int_equal(scarce_live(), before);
    }
    assert_int_equal(orch_json_write(NULL, JSON_COMPACT, &wanted), ORCH_E_NO_MEMORY);
    free(wanted);
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_jansson_reads),
        cmocka_unit_test(refuses_what_jansson_refuses),
        cmocka_unit_test(tells_the_place_in_the_text),
        cmocka_unit_test(reads_any_value_where_it_is_allowed),
        cmocka_unit_test(never_reads_a_part),
        cmocka_unit_test(never_reads_a_part_of_a_text_of_any_length),
        cmocka_unit_test(never_writes_a_part),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
