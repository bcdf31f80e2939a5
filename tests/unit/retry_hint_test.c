#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "retry_hint.h"

typedef struct header {
    const char *name;
    const char *value;
} header;

static orch_str text_of(const char *text)
{
    return (orch_str){text, strlen(text)};
}

static orch__retry_hint hint_of(const header *headers, size_t count)
{
    orch__retry_hint hint = {0};

    for (size_t i = 0; i < count; i++)
        orch__retry_hint_header(&hint, text_of(headers[i].name), text_of(headers[i].value));
    return hint;
}

static uint32_t wait_of(const char *name, const char *value)
{
    orch__retry_hint hint = hint_of(&(header){name, value}, 1);

    return orch__retry_hint_ms(&hint);
}

static void reads_seconds_and_milliseconds(void **state)
{
    (void)state;
    assert_int_equal(wait_of("retry-after", "7"), 7000);
    assert_int_equal(wait_of("Retry-After", "0.25"), 250);
    assert_int_equal(wait_of("RETRY-AFTER-MS", "1500"), 1500);
    assert_int_equal(wait_of("retry-after-ms", "12.6"), 13);
}

static void takes_nonsense_as_no_hint(void **state)
{
    static const char *const values[] = {"", "-5", "soon", "1e3", "0x10", "5 seconds", ".", "1.2.3", "0"};

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        assert_int_equal(wait_of("retry-after", values[i]), 0);
    assert_int_equal(wait_of("x-ratelimit-reset", "9"), 0);
}

static void caps_the_wait(void **state)
{
    (void)state;
    assert_int_equal(wait_of("retry-after", "3600"), ORCH__RETRY_AFTER_MAX_MS);
    assert_int_equal(wait_of("retry-after", "99999999999999999999999"), ORCH__RETRY_AFTER_MAX_MS);
    assert_int_equal(wait_of("retry-after-ms", "99999999999"), ORCH__RETRY_AFTER_MAX_MS);
    assert_int_equal(wait_of("retry-after", "Fri, 31 Dec 2999 23:59:59 GMT"), ORCH__RETRY_AFTER_MAX_MS);
}

static void milliseconds_win_in_either_order(void **state)
{
    static const header one[] = {{"retry-after", "9"}, {"retry-after-ms", "300"}};
    static const header two[] = {{"retry-after-ms", "300"}, {"retry-after", "9"}};
    orch__retry_hint first = hint_of(one, 2);
    orch__retry_hint second = hint_of(two, 2);

    (void)state;
    assert_int_equal(orch__retry_hint_ms(&first), 300);
    assert_int_equal(orch__retry_hint_ms(&second), 300);
}

static void a_date_counts_from_the_servers_clock(void **state)
{
    static const header headers[] = {{"retry-after", "Sun, 06 Nov 1994 08:49:42 GMT"},
                                     {"date", "Sun, 06 Nov 1994 08:49:37 GMT"}};
    orch__retry_hint hint = hint_of(headers, 2);

    (void)state;
    assert_int_equal(orch__retry_hint_ms(&hint), 5000);
    assert_int_equal(wait_of("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"), 0); /* long past */
}

static void reads_dates(void **state)
{
    (void)state;
    assert_int_equal(orch__http_date(ORCH_STR("Sun, 06 Nov 1994 08:49:37 GMT")), 784111777);
    assert_int_equal(orch__http_date(ORCH_STR("Thu, 29 Feb 2024 00:00:00 GMT")), 1709164800);
    assert_int_equal(orch__http_date(ORCH_STR("Sunday, 06-Nov-94 08:49:37 GMT")), 0);
    assert_int_equal(orch__http_date(ORCH_STR("Sun, 06 Nov 1994 08:49:37 CET")), 0);
    assert_int_equal(orch__http_date(ORCH_STR("Sun, 06 Foo 1994 08:49:37 GMT")), 0);
    assert_int_equal(orch__http_date(ORCH_STR("Sun, x6 Nov 1994 08:49:37 GMT")), 0);
}

static void reads_should_retry(void **state)
{
    static const header yes = {"X-Should-Retry", "true"};
    static const header no = {"x-should-retry", "false"};
    static const header what = {"x-should-retry", "perhaps"};

    (void)state;
    assert_int_equal(hint_of(&yes, 1).word, ORCH__RETRY_YES);
    assert_int_equal(hint_of(&no, 1).word, ORCH__RETRY_NO);
    assert_int_equal(hint_of(&what, 1).word, ORCH__RETRY_UNSAID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_seconds_and_milliseconds),
        cmocka_unit_test(takes_nonsense_as_no_hint),
        cmocka_unit_test(caps_the_wait),
        cmocka_unit_test(milliseconds_win_in_either_order),
        cmocka_unit_test(a_date_counts_from_the_servers_clock),
        cmocka_unit_test(reads_dates),
        cmocka_unit_test(reads_should_retry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
