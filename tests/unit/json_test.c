/* Writing and reading JSON, judged by jansson. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "block.h"
#include "json.h"

static orch__writer json;

static const char *written(void)
{
    orch__writer_bytes(&json, "", 1);
    assert_false(orch__writer_failed(&json));
    return json.ptr;
}

static void expect(const char *text)
{
    json_t *value;

    assert_string_equal(written(), text);
    value = json_loads(json.ptr, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    assert_non_null(value);
    json_decref(value);
    orch__writer_reset(&json);
}

static int finish(void **state)
{
    (void)state;
    orch__writer_fini(&json);
    return 0;
}

static void commas_stand_between_values(void **state)
{
    (void)state;
    orch__writer_open(&json, NULL, '{');
    orch__writer_open(&json, "empty", '[');
    orch__writer_close(&json, ']');
    orch__writer_open(&json, "list", '[');
    orch__writer_integer(&json, NULL, 1);
    orch__writer_open(&json, NULL, '{');
    orch__writer_close(&json, '}');
    orch__writer_null(&json, NULL);
    orch__writer_close(&json, ']');
    orch__writer_boolean(&json, "yes", true);
    orch__writer_string(&json, "none", NULL);
    orch__writer_raw(&json, "raw", ORCH_STR("{\"a\":1}"), "{}");
    orch__writer_raw(&json, "fallback", ORCH_STR_NONE, "{}");
    orch__writer_integer(&json, "min", INT64_MIN);
    orch__writer_close(&json, '}');
    expect("{\"empty\":[],\"list\":[1,{},null],\"yes\":true,\"none\":null,\"raw\":{\"a\":1},\"fallback\":{},"
           "\"min\":-9223372036854775808}");
}

/* Every byte, alone and between letters, comes back from the parser as it was, or as U+FFFD where it was no UTF-8. */
static void each_byte_is_escaped_as_it_must_be(void **state)
{
    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        char text[3] = {'a', (char)byte, 'b'};
        json_t *value;
        const char *read;

        orch__writer_text(&json, NULL, (orch_str){text, 3});
        value = json_loads(written(), JSON_DECODE_ANY, NULL);
        assert_non_null(value);
        read = json_string_value(value);
        if (byte < 0x80)
            assert_memory_equal(read, text, 3);
        else
            assert_string_equal(read, "a\xEF\xBF\xBD"
                                      "b");
        json_decref(value);
        orch__writer_reset(&json);
    }
    orch__writer_text(&json, NULL, (orch_str){"a\0b", 3});
    expect("\"a\\u0000b\"");
}

static void text_of_all_lengths_of_utf8_passes(void **state)
{
    (void)state;
    orch__writer_text(&json, NULL, ORCH_STR("\u00e9\u20ac\U0001F600\uFFFF\U0010FFFF"));
    expect("\"\u00e9\u20ac\U0001F600\uFFFF\U0010FFFF\"");
}

static void what_is_no_utf8_is_replaced(void **state)
{
    static const char *const broken[] = {
        "\xC0\x80",         "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
        "\xF4\x90\x80\x80", "\xE2\x82",     "\xF0\x9F\x98", "\x80"};

    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        json_t *value;

        orch__writer_string(&json, NULL, broken[i]);
        value = json_loads(written(), JSON_DECODE_ANY, NULL);
        assert_non_null(value);
        assert_non_null(strstr(json_string_value(value), "\xEF\xBF\xBD"));
        json_decref(value);
        orch__writer_reset(&json);
    }
}

static void time_is_written_and_read(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } times[] = {
        {1, "1970-01-01T00:00:00.001Z"},
        {951782400000, "2000-02-29T00:00:00.000Z"},
        {951868799999, "2000-02-29T23:59:59.999Z"},
        {4107542400000, "2100-03-01T00:00:00.000Z"},
        {1893456000000, "2030-01-01T00:00:00.000Z"},
    };
    char text[ORCH_TIME_TEXT_MAX];
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        orch__time_format(times[i].ms, text);
        assert_string_equal(text, times[i].text);
        assert_true(orch__time_parse(orch__str(text), &ms));
        assert_int_equal(ms, times[i].ms);
    }
    assert_true(orch__time_parse(ORCH_STR("2000-02-29"), &ms));
    assert_int_equal(ms, 951782400000);
    assert_true(orch__time_parse(ORCH_STR("2000-02-29T00:00Z"), &ms));
    assert_int_equal(ms, 951782400000);
}

static void what_is_no_time_is_refused(void **state)
{
    static const char *const wrong[] = {"",
                                        "2001-02-29",
                                        "2000-13-01",
                                        "2000-00-01",
                                        "2000-01-00",
                                        "2000-1-1",
                                        "2000-01-01T",
                                        "2000-01-01T24:00Z",
                                        "2000-01-01T00:60Z",
                                        "2000-01-01T00:00",
                                        "2000-01-01T00:00:00.1Z",
                                        "2000-01-01T00:00:00+01:00",
                                        "2000-01-01 00:00Z",
                                        "2000-01-01T00:00ZZ",
                                        "-200-01-01"};
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(orch__time_parse(orch__str(wrong[i]), &ms));
}

static void reading_is_strict_and_bounded(void **state)
{
    static const char *const wrong[] = {"",        "{",   "{\"a\":1,\"a\":2}", "1 2", "[1,]",
                                        "{'a':1}", "nul", "\"\xff\""};
    char why[128], deep[2 * ORCH_JSON_DEPTH_MAX + 3] = "";
    json_t *value;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(orch__parse_json(orch__str(wrong[i]), &value, why, sizeof(why)), ORCH_E_INVALID);
        assert_true(strlen(why) > 0);
    }
    memset(deep, '[', ORCH_JSON_DEPTH_MAX);
    memset(deep + ORCH_JSON_DEPTH_MAX, ']', ORCH_JSON_DEPTH_MAX);
    assert_int_equal(orch__parse_json(orch__str(deep), &value, why, sizeof(why)), 0);
    json_decref(value);
    memset(deep, '[', ORCH_JSON_DEPTH_MAX + 1);
    memset(deep + ORCH_JSON_DEPTH_MAX + 1, ']', ORCH_JSON_DEPTH_MAX + 1);
    assert_int_equal(orch__parse_json(orch__str(deep), &value, why, sizeof(why)), ORCH_E_INVALID);
    assert_non_null(strstr(why, "deeper"));
    assert_int_equal(orch__parse_json(ORCH_STR("\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[\""), &value, why,
                                      sizeof(why)),
                     0);
    json_decref(value);
}

static void frames_have_the_header_of_rfc_6455(void **state)
{
    unsigned char header[ORCH__FRAME_HEADER_MAX];

    (void)state;
    assert_int_equal(orch__frame_header(header, 0), 2);
    assert_memory_equal(header, "\x81\x00", 2);
    assert_int_equal(orch__frame_header(header, 125), 2);
    assert_memory_equal(header, "\x81\x7D", 2);
    assert_int_equal(orch__frame_header(header, 126), 4);
    assert_memory_equal(header, "\x81\x7E\x00\x7E", 4);
    assert_int_equal(orch__frame_header(header, 65535), 4);
    assert_memory_equal(header, "\x81\x7E\xFF\xFF", 4);
    assert_int_equal(orch__frame_header(header, 65536), 10);
    assert_memory_equal(header, "\x81\x7F\x00\x00\x00\x00\x00\x01\x00\x00", 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_stand_between_values),
        cmocka_unit_test(each_byte_is_escaped_as_it_must_be),
        cmocka_unit_test(text_of_all_lengths_of_utf8_passes),
        cmocka_unit_test(what_is_no_utf8_is_replaced),
        cmocka_unit_test(time_is_written_and_read),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(reading_is_strict_and_bounded),
        cmocka_unit_test(frames_have_the_header_of_rfc_6455),
    };

    return cmocka_run_group_tests(tests, NULL, finish);
}
