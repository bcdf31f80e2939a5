/* The head of a request, judged byte by byte as it comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "head.h"

static char text[4 * ORCH_HEADERS_MAX];

static orch__head_verdict judge(const char *bytes)
{
    return orch__head_judge((orch_str){bytes, strlen(bytes)});
}

static void a_whole_head_is_whole_and_its_beginnings_are_not(void **state)
{
    static const char *const heads[] = {
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "OPTIONS * HTTP/1.0\r\n\r\n",
        "DELETE /a?b=c HTTP/1.1\nHost: x\n\n",
        "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        for (size_t len = 0; len < strlen(heads[i]); len++)
            assert_int_equal(orch__head_judge((orch_str){heads[i], len}), ORCH__HEAD_INCOMPLETE);
        assert_int_equal(judge(heads[i]), ORCH__HEAD_WHOLE);
    }
    assert_int_equal(judge("POST /x HTTP/1.1\r\nHost: x\r\n\r\nand its body"), ORCH__HEAD_WHOLE);
}

static void what_is_no_request_is_known_at_once(void **state)
{
    static const char *const wrong[] = {
        "\x16\x03\x01",         " GET / HTTP/1.1\r\n",
        "get / HTTP/1.1\r\n",   "\r\n\r\n",
        "GET/ HTTP/1.1\r\n",    "GET / HTTP/2.0\r\n",
        "GET / HTTP/1.12\r\n",  "GET /\r\n",
        "GET / x HTTP/1.1\r\n", "GET\r\n",
        "GET\t/ HTTP/1.1\r\n",  "ABCDEFGHIJKLMNOPQ",
        "SSH-2.0-x\r\n",        "{\"jsonrpc\":",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(judge(wrong[i]), ORCH__HEAD_NOT_HTTP);
}

static void a_target_has_at_most_4096_bytes(void **state)
{
    int len = snprintf(text, sizeof(text), "GET /%0*d HTTP/1.1\r\nHost: x\r\n\r\n", ORCH_TARGET_MAX - 1, 0);

    (void)state;
    assert_int_equal(orch__head_judge((orch_str){text, (size_t)len}), ORCH__HEAD_WHOLE);
    len = snprintf(text, sizeof(text), "GET /%0*d HTTP/1.1\r\nHost: x\r\n\r\n", ORCH_TARGET_MAX, 0);
    assert_int_equal(orch__head_judge((orch_str){text, (size_t)len}), ORCH__HEAD_TARGET_LONG);
    len = snprintf(text, sizeof(text), "GET /%0*d", ORCH_TARGET_MAX, 0); /* and no line end in sight */
    assert_int_equal(orch__head_judge((orch_str){text, (size_t)len}), ORCH__HEAD_TARGET_LONG);
}

static void a_head_has_at_most_8192_bytes(void **state)
{
    static const char begin[] = "GET / HTTP/1.1\r\nX: ";
    int pad = ORCH_HEADERS_MAX - (int)strlen(begin) - 4, len;

    (void)state;
    len = snprintf(text, sizeof(text), "%s%0*d\r\n\r\n", begin, pad, 0);
    assert_int_equal(len, ORCH_HEADERS_MAX);
    assert_int_equal(judge(text), ORCH__HEAD_WHOLE);
    (void)snprintf(text, sizeof(text), "%s%0*d\r\n\r\n", begin, pad + 1, 0);
    assert_int_equal(judge(text), ORCH__HEAD_LONG);
    (void)snprintf(text, sizeof(text), "%s%0*d", begin, pad + 5, 0);
    assert_int_equal(judge(text), ORCH__HEAD_LONG);
}

static void a_head_has_at_most_100_headers(void **state)
{
    size_t len = (size_t)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\n");

    (void)state;
    for (int i = 0; i < ORCH_HEADERS_COUNT_MAX; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "X-%d: y\r\n", i);
    assert_int_equal(judge(text), ORCH__HEAD_INCOMPLETE);
    memcpy(text + len, "\r\n", 3);
    assert_int_equal(judge(text), ORCH__HEAD_WHOLE);
    memcpy(text + len, "One: more\r\n\r\n", 14);
    assert_int_equal(judge(text), ORCH__HEAD_LONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_head_is_whole_and_its_beginnings_are_not),
        cmocka_unit_test(what_is_no_request_is_known_at_once),
        cmocka_unit_test(a_target_has_at_most_4096_bytes),
        cmocka_unit_test(a_head_has_at_most_8192_bytes),
        cmocka_unit_test(a_head_has_at_most_100_headers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
