/* The log: one line an event, whatever the values hold. Standard error is caught in a pipe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "log.h"

#define LINE_MAX_BYTES 8192

static char line[LINE_MAX_BYTES];

/* Logs one event with one field and keeps what came out of it. */
static void catch_line(orch_log_level level, orch_log_format format, const char *message, const char *value)
{
    orch_log_field fields[] = {{"slug", value}, {"left_out", NULL}};
    int ends[2];
    int kept = dup(STDERR_FILENO);
    ssize_t len;

    assert_int_equal(pipe(ends), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    orch_log_configure(ORCH_LOG_INFO, format);
    orch_log(level, "daemon.started", message, fields, 2);
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    close(kept);
    close(ends[1]);
    len = read(ends[0], line, sizeof line - 1);
    close(ends[0]);
    assert_true(len >= 0);
    line[len] = '\0';
}

static json_t *as_json(void)
{
    json_error_t error;
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &error);

    if (!object)
        fail_msg("%s: %s", error.text, line);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    return object;
}

static void json_holds_the_fields(void **state)
{
    json_t *object;

    (void)state;
    catch_line(ORCH_LOG_WARN, ORCH_LOG_JSON, "Ada \"the\" first\n", "ada\\\x01");
    object = as_json();
    assert_string_equal(json_string_value(json_object_get(object, "level")), "warn");
    assert_string_equal(json_string_value(json_object_get(object, "event")), "daemon.started");
    assert_string_equal(json_string_value(json_object_get(object, "message")), "Ada \"the\" first\n");
    assert_string_equal(json_string_value(json_object_get(object, "slug")), "ada\\\x01");
    assert_null(json_object_get(object, "left_out"));
    json_decref(object);
}

static void text_cannot_forge_a_line(void **state)
{
    (void)state;
    catch_line(ORCH_LOG_INFO, ORCH_LOG_TEXT, "one\ntwo", "a\x1b[2Jb");
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    assert_null(strchr(line, '\x1b'));
    assert_non_null(strstr(line, " info daemon.started: one two slug=a [2Jb\n"));
}

static void lesser_levels_are_silent(void **state)
{
    (void)state;
    catch_line(ORCH_LOG_DEBUG, ORCH_LOG_JSON, "nothing", "x");
    assert_string_equal(line, "");
}

/* A line that is too long is cut between two characters and stays JSON. */
static void long_values_are_cut(void **state)
{
    static char text[3 * LINE_MAX_BYTES + 1];
    json_t *object;

    (void)state;
    for (size_t i = 0; i + 3 < sizeof text; i += 3)
        memcpy(text + i, "\xe2\x82\xac", 3);
    catch_line(ORCH_LOG_ERROR, ORCH_LOG_JSON, text, "gone");
    object = as_json();
    assert_in_range(json_string_length(json_object_get(object, "message")), 3000, 4096);
    json_decref(object);
    memset(text, '\x02', sizeof text - 1);
    catch_line(ORCH_LOG_ERROR, ORCH_LOG_JSON, "short", text);
    object = as_json();
    assert_true(json_string_length(json_object_get(object, "slug")) > 100);
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_holds_the_fields),
        cmocka_unit_test(text_cannot_forge_a_line),
        cmocka_unit_test(lesser_levels_are_silent),
        cmocka_unit_test(long_values_are_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
