/* A fault is told once, reminded of once a minute, and over once. Standard error is caught in a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fault_log.h"
#include "log.h"
#include "orchd/error.h"

#define KIND ORCH_FAULT_DATABASE_WRITE

typedef struct catcher {
    FILE *file;
    int kept;
    char text[8192];
} catcher;

static void begin_catching(catcher *c)
{
    c->file = tmpfile();
    c->kept = dup(STDERR_FILENO);
    assert_non_null(c->file);
    assert_true(dup2(fileno(c->file), STDERR_FILENO) >= 0);
    orch_log_configure(ORCH_LOG_INFO, ORCH_LOG_JSON);
}

static size_t lines_caught(catcher *c)
{
    size_t count = 0;
    size_t len;

    assert_true(dup2(c->kept, STDERR_FILENO) >= 0);
    close(c->kept);
    rewind(c->file);
    len = fread(c->text, 1, sizeof c->text - 1, c->file);
    c->text[len] = '\0';
    fclose(c->file);
    for (const char *at = c->text; *at; at++)
        count += *at == '\n';
    return count;
}

static void strike(orch_fault_log *log, int64_t now_ms)
{
    orch_fault_begin(log, KIND, ORCH_E_DISK_FULL, "no room", now_ms);
}

static void a_thousand_strikes_are_one_line_a_minute(void **state)
{
    orch_fault_log log = {0};
    catcher c;

    (void)state;
    begin_catching(&c);
    for (int64_t ms = 0; ms < 150000; ms += 100)
        strike(&log, 1000 + ms);
    orch_fault_end(&log, KIND, 151000);
    orch_fault_end(&log, KIND, 152000);
    assert_int_equal(lines_caught(&c), 4); /* at 0, 60 and 120 seconds, and its end */
    assert_non_null(strstr(c.text, "\"fault.database-write\""));
    assert_non_null(strstr(c.text, "\"code\":\"disk_full\",\"detail\":\"no room\""));
    assert_non_null(strstr(c.text, "\"times\":\"601\",\"seconds\":\"60.0\""));
    assert_non_null(strstr(c.text, "\"fault.database-write.over\""));
    assert_non_null(strstr(c.text, "\"times\":\"1500\",\"seconds\":\"150.0\""));
    assert_int_equal(log.faults[KIND].total, 1500);
    assert_false(orch_fault_is_open(&log, KIND));
}

/* On and off each second: the first time is told, then what lasts or comes after a minute. */
static void what_comes_and_goes_is_not_told_again(void **state)
{
    orch_fault_log log = {0};
    catcher c;

    (void)state;
    begin_catching(&c);
    for (int64_t ms = 1000; ms < 59000; ms += 1000) {
        strike(&log, ms);
        orch_fault_end(&log, KIND, ms + 500);
    }
    assert_int_equal(log.faults[KIND].total, 58);
    strike(&log, 90000);
    assert_int_equal(lines_caught(&c), 3); /* begin, end, and the begin after a minute */
}

static void a_fault_without_a_sign_of_its_end_expires(void **state)
{
    orch_fault_log log = {0};
    catcher c;

    (void)state;
    begin_catching(&c);
    strike(&log, 1000);
    strike(&log, 9000);
    orch_fault_expire(&log, KIND, 10000, 18999);
    assert_true(orch_fault_is_open(&log, KIND));
    orch_fault_expire(&log, KIND, 10000, 19000);
    assert_false(orch_fault_is_open(&log, KIND));
    assert_int_equal(lines_caught(&c), 2);
}

static void every_kind_has_a_name_and_advice(void **state)
{
    (void)state;
    for (orch_fault_kind kind = 0; kind < ORCH_FAULTS_COUNT; kind++) {
        assert_true(strlen(orch_fault_name(kind)) > 3);
        assert_true(strlen(orch_fault_advice(kind)) > 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_strikes_are_one_line_a_minute),
        cmocka_unit_test(what_comes_and_goes_is_not_told_again),
        cmocka_unit_test(a_fault_without_a_sign_of_its_end_expires),
        cmocka_unit_test(every_kind_has_a_name_and_advice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
