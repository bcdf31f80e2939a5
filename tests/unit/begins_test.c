/* Names that are looked for while they are typed: letters in any case, of any script, and how much of the text they take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "orchd/begins.h"

static orch_str str(const char *text)
{
    return (orch_str){text, strlen(text)};
}

static void test_beginnings(void **state)
{
    static const struct {
        const char *text;
        const char *beginning;
        size_t len;
    } rows[] = {
        {"Ada Amber", "", 0},
        {"Ada Amber", "ada a", 5},
        {"ada", "ADA", 3},
        {"\xc3\x89mile", "\xc3\xa9mi", 4}, /* É é */
        {"Stra\xc3\x9f"
         "e",
         "STRASS", 6}, /* ß is ss */
        {"STRASSE", "stra\xc3\x9f", 6},
        {"\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd", "\xd0\xb8\xd0\x92", 4}, /* Ив */
        {"\xe7\x8e\x8b\xe5\xb0\x8f\xe6\x98\x8e", "\xe7\x8e\x8b", 3},
        {"\xff"
         "a",
         "\xff"
         "A",
         2}, /* not UTF-8 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len = 99;

        if (!orch_begins(str(rows[i].text), str(rows[i].beginning), &len) || len != rows[i].len)
            fail_msg("row %zu: %zu bytes", i, len);
    }
}

static void test_no_beginnings(void **state)
{
    static const char *const rows[][2] = {
        {"", "a"}, {"Ada", "Adam"}, {"Ada", "b"}, {"Emile", "\xc3\xa9"}, {"\xc3\xa9", "e"}, {"\xff", "\xfe"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (orch_begins(str(rows[i][0]), str(rows[i][1]), NULL))
            fail_msg("row %zu", i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_beginnings),
        cmocka_unit_test(test_no_beginnings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
