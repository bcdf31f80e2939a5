#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sse.h"

/* Events as "name=data;" one after the other. */
typedef struct heard {
    char text[1024];
    size_t len;
} heard;

static void hear(orch_str name, orch_str data, void *user)
{
    heard *into = user;
    int wrote = snprintf(into->text + into->len, sizeof(into->text) - into->len, "%.*s=%.*s;", (int)name.len,
                         name.ptr, (int)data.len, data.ptr);

    assert_true(wrote > 0);
    into->len += (size_t)wrote;
}

static void check(const char *stream, const char *expected)
{
    size_t size = strlen(stream);

    for (size_t cut = 0; cut <= size; cut++) {
        orch__sse sse = {0};
        heard got = {0};

        assert_int_equal(orch__sse_feed(&sse, stream, cut, hear, &got), 0);
        assert_int_equal(orch__sse_feed(&sse, stream + cut, size - cut, hear, &got), 0);
        assert_string_equal(got.text, expected);
        orch__sse_fini(&sse);
    }

    orch__sse sse = {0};
    heard got = {0};

    for (size_t i = 0; i < size; i++)
        assert_int_equal(orch__sse_feed(&sse, stream + i, 1, hear, &got), 0);
    assert_string_equal(got.text, expected);
    orch__sse_fini(&sse);
}

static void reads_the_examples_of_the_standard(void **state)
{
    (void)state;
    check("data: YHOO\ndata: +2\ndata: 10\n\n", "=YHOO\n+2\n10;");
    check(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n",
          "=first event;=second event;");
    check("data\n\ndata\ndata\n\ndata:\n", "=;=\n;");
    check("data:test\n\ndata: test\n\n", "=test;=test;");
}

static void ends_lines_with_lf_cr_and_crlf(void **state)
{
    (void)state;
    check("event: a\ndata: 1\n\n", "a=1;");
    check("event: a\rdata: 1\r\r", "a=1;");
    check("event: a\r\ndata: 1\r\n\r\n", "a=1;");
    check("event: a\r\ndata: 1\n\rdata: 2\r\n\n", "a=1;=2;");
    check("event: a\rdata: 1\n\n", "a=1;");
}

static void drops_one_byte_order_mark(void **state)
{
    (void)state;
    check("\xef\xbb\xbf"
          "data: 1\n\n",
          "=1;");
    check("\xef\xbb\xbf"
          "\xef\xbb\xbf"
          "data: 1\n\n",
          "");
    check("data: 1\n\n"
          "\xef\xbb\xbf"
          "data: 2\n\n",
          "=1;");
}

static void ignores_comments_unknown_fields_and_events_without_data(void **state)
{
    (void)state;
    check(":\n: x\nretry: 5\nid: 7\nnonsense\ndata : 1\n\n", "");
    check("event: lonely\n\ndata: 1\n\n", "=1;");
    check("event: a\nevent: b\ndata: 1\n\n", "b=1;");
}

static void delivers_nothing_that_the_end_cut_off(void **state)
{
    (void)state;
    check("data: 1\n\ndata: 2\n", "=1;");
    check("data: 1", "");
}

static void feed_repeated(orch__sse *sse, const char *piece, size_t count, int *result)
{
    heard got = {0};

    for (size_t i = 0; i < count && *result == 0; i++)
        *result = orch__sse_feed(sse, piece, strlen(piece), hear, &got);
    assert_int_equal(got.len, 0);
}

static void refuses_a_line_that_never_ends(void **state)
{
    orch__sse sse = {0};
    int result = 0;

    (void)state;
    feed_repeated(&sse, "data: xxxxxxxxxx", ORCH__SSE_LINE_MAX / 16 + 1, &result);
    assert_int_equal(result, ORCH_E_TOO_LARGE);
    orch__sse_fini(&sse);
}

static void refuses_a_long_line_in_one_piece(void **state)
{
    orch__sse sse = {0};
    heard got = {0};
    char *line = malloc(ORCH__SSE_LINE_MAX + 2);

    (void)state;
    memset(line, 'x', ORCH__SSE_LINE_MAX + 1);
    line[ORCH__SSE_LINE_MAX + 1] = '\n';
    assert_int_equal(orch__sse_feed(&sse, line, ORCH__SSE_LINE_MAX + 2, hear, &got), ORCH_E_TOO_LARGE);
    orch__sse_fini(&sse);
    free(line);
}

static void refuses_an_event_that_never_ends(void **state)
{
    orch__sse sse = {0};
    int result = 0;

    (void)state;
    feed_repeated(&sse, "data: xxxxxxxxxx\n", ORCH__SSE_EVENT_MAX / 11 + 1, &result);
    assert_int_equal(result, ORCH_E_TOO_LARGE);
    orch__sse_fini(&sse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_examples_of_the_standard),
        cmocka_unit_test(ends_lines_with_lf_cr_and_crlf),
        cmocka_unit_test(drops_one_byte_order_mark),
        cmocka_unit_test(ignores_comments_unknown_fields_and_events_without_data),
        cmocka_unit_test(delivers_nothing_that_the_end_cut_off),
        cmocka_unit_test(refuses_a_line_that_never_ends),
        cmocka_unit_test(refuses_a_long_line_in_one_piece),
        cmocka_unit_test(refuses_an_event_that_never_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
