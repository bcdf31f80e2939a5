/* What people type, as the text that FTS5 matches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "search_match.h"

static int match(const char *query, char out[ORCH__MATCH_MAX], orch_problem *problem)
{
    return orch__search_match((orch_str){query, strlen(query)}, out, problem);
}

static void assert_match(const char *query, const char *expected)
{
    char found[ORCH__MATCH_MAX] = "";
    orch_problem problem = {0};

    assert_int_equal(match(query, found, &problem), 0);
    assert_string_equal(found, expected);
}

static void words_are_quoted(void **state)
{
    (void)state;
    assert_match("tide", "\"tide\"*");
    assert_match("  high\t tide", "\"high\" \"tide\"*");
    assert_match("say \"hello", "\"say\" \"\"\"hello\"*");
    assert_match("\"\"a\"", "\"\"\"\"\"a\"\"\"*");
    assert_match("NEAR(a b) OR content:x*", "\"NEAR(a\" \"b)\" \"OR\" \"content:x*\"*");
    assert_match("well-being", "\"well-being\"*");
}

static void what_is_no_word_is_left_out(void **state)
{
    (void)state;
    assert_match("+ - tide", "\"tide\"*");
    assert_match("! \xc3\xa9t\xc3\xa9", "\"\xc3\xa9t\xc3\xa9\"*");
}

/* Who typed a space is done with the word. */
static void a_word_before_white_space_is_whole(void **state)
{
    (void)state;
    assert_match("tide ", "\"tide\"");
    assert_match("high tide\n", "\"high\" \"tide\"");
    assert_match("tide - ...", "\"tide\"");
}

/* Half of all messages have a word that begins with it. */
static void one_letter_is_no_beginning(void **state)
{
    (void)state;
    assert_match("a", "\"a\"");
    assert_match("ab", "\"ab\"*");
    assert_match("\xc3\xa9", "\"\xc3\xa9\"");
    assert_match("b tide c", "\"b\" \"tide\" \"c\"");
}

static void refused(const char *query, int error)
{
    char found[ORCH__MATCH_MAX];
    orch_problem problem = {0};

    assert_int_equal(match(query, found, &problem), error);
    assert_string_equal(problem.field, "query");
    assert_true(problem.message[0] != '\0');
}

static void wrong_queries_are_refused(void **state)
{
    char found[ORCH__MATCH_MAX], query[ORCH_SEARCH_QUERY_MAX + 2];
    orch_problem problem = {0};

    (void)state;
    refused("", ORCH_E_INVALID);
    refused(" \t ", ORCH_E_INVALID);
    refused("\"*-+()", ORCH_E_INVALID);
    refused("a\xff", ORCH_E_INVALID);
    refused("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", ORCH_E_INVALID);
    assert_int_equal(match("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", found, &problem), 0);
    memset(query, 'x', sizeof query);
    query[ORCH_SEARCH_QUERY_MAX + 1] = '\0';
    refused(query, ORCH_E_TOO_LARGE);
    query[ORCH_SEARCH_QUERY_MAX] = '\0';
    assert_int_equal(match(query, found, &problem), 0);
    /* The most that quoting can make of it. */
    memset(query, '"', ORCH_SEARCH_QUERY_MAX);
    query[0] = 'x';
    assert_int_equal(match(query, found, &problem), 0);
    assert_int_equal(strlen(found), 2 * ORCH_SEARCH_QUERY_MAX - 1 + 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_quoted),
        cmocka_unit_test(what_is_no_word_is_left_out),
        cmocka_unit_test(a_word_before_white_space_is_whole),
        cmocka_unit_test(one_letter_is_no_beginning),
        cmocka_unit_test(wrong_queries_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
