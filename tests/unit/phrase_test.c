/* Phrases in texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "orchd/prompt.h"

static orch_str str(const char *text)
{
    return (orch_str){text, strlen(text)};
}

static void test_table(void **state)
{
    static const struct {
        const char *content;
        const char *phrase;
        bool in;
    } rows[] = {
        {"I want a refund", "refund", true},
        {"I want a REFUND!", "Refund", true},
        {"no refunds", "refund", false},
        {"refundable", "refund", false},
        {"my refund-request", "refund", true},
        {"re-fund", "refund", false},
        {"refund_policy", "refund", false},
        {"please delete   my\n account now", "delete my account", true},
        {"delete my, account", "delete my account", false},
        {"delete account", "delete my account", false},
        {"delete delete my account", "delete my account", true},
        {"a a b", "a b", true},
        {"a b a b a c", "a b a c", true},
        {"a b a b a b", "a b a c", false},
        {"`refund`", "refund", false},
        {"```\nrefund\n```", "refund", false},
        {"https://acme.com/refund", "refund", false},
        {"delete `x` my account", "delete my account", false},
        {"sign-up page", "sign-up", true},
        {"sign up page", "sign-up", false},
        {"is it down?", "is it down?", true},
        {"is it down", "is it down?!", true},
        {"we use C++ here", "C++", true},
        {"we use C here", "C++", false},
        {"the .NET team", ".net", true},
        {"@help me", "help", true},
        {"help me", "@help", true},
        {"mail ann@acme.com", "acme", false},
        {"mail ann@acme.com", "ann@acme.com", true},
        {"🚨 fire", "🚨", true},
        {"STRASSE 5", "straße", true},
        {"看发票问题", "发票", true},
        {"看发 票", "发票", true},
        {"배포해 주세요", "배포", true},
        {"anything", "", false},
        {"", "x", false},
        {"...", "...", true},
        {"bad\xFF"
         "word",
         "bad word", false},
        {"bad word", "bad\xFF", false},
    };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (orch_phrase_in(str(rows[i].content), str(rows[i].phrase)) == rows[i].in)
            continue;
        fprintf(stderr, "|%s| in |%s| should be %d\n", rows[i].phrase, rows[i].content, rows[i].in);
        wrong++;
    }
    assert_int_equal(wrong, 0);
    assert_false(orch_phrase_in(ORCH_STR_NONE, ORCH_STR_NONE));
}

static void test_limits(void **state)
{
    char text[2000];

    (void)state;
    memset(text, 'x', sizeof text);
    assert_true(orch_phrase_in((orch_str){text, 768}, (orch_str){text, 768}));
    assert_false(orch_phrase_in((orch_str){text, 769}, (orch_str){text, 769}));
    assert_false(orch_phrase_in((orch_str){text, 2000}, (orch_str){text, 5}));
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = " x"[i % 2];
    assert_true(orch_phrase_in((orch_str){text, 510}, (orch_str){text, 510}));
    assert_false(orch_phrase_in((orch_str){text, 512}, (orch_str){text, 512}));
    assert_false(orch_phrase_in((orch_str){text, 508}, (orch_str){text, 510}));
}

/* The same answer as trying every place. */
static void test_against_trying(void **state)
{
    unsigned seed = 1;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        char content[64], phrase[32];
        size_t words = 3 + (seed >> 16) % 20, wanted = 1 + (seed >> 8) % 5;
        bool in = false;

        for (size_t i = 0; i < words; i++) {
            seed = seed * 1664525u + 1013904223u;
            content[2 * i] = (char)('a' + (seed >> 24) % 2);
            content[2 * i + 1] = ' ';
        }
        for (size_t i = 0; i < wanted; i++) {
            seed = seed * 1664525u + 1013904223u;
            phrase[2 * i] = (char)('a' + (seed >> 24) % 2);
            phrase[2 * i + 1] = ' ';
        }
        for (size_t at = 0; at + wanted <= words; at++)
            in |= memcmp(content + 2 * at, phrase, 2 * wanted) == 0;
        assert_int_equal(orch_phrase_in((orch_str){content, 2 * words}, (orch_str){phrase, 2 * wanted}), in);
    }
}

static void test_linear_time(void **state)
{
    enum { SIZE = 1 << 20 };
    char *text = malloc(SIZE), phrase[500];

    (void)state;
    for (size_t i = 0; i < SIZE; i++)
        text[i] = "a "[i % 2];
    memcpy(phrase, text, sizeof phrase);
    phrase[sizeof phrase - 2] = 'b';
    assert_false(orch_phrase_in((orch_str){text, SIZE}, (orch_str){phrase, sizeof phrase}));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_limits),
                                       cmocka_unit_test(test_against_trying),
                                       cmocka_unit_test(test_linear_time)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
