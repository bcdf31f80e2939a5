#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"

static orch_str text_of(const char *text)
{
    return (orch_str){text, strlen(text)};
}

static orch_rules *rules_of(const char *json)
{
    orch_rules *rules;
    char message[256] = "";

    if (orch_rules_new(text_of(json), &rules, message, sizeof(message)) != 0)
        fail_msg("%s", message);
    return rules;
}

/* The reply, or "" where no rule matches. */
static void check(const orch_rules *rules, const char *content, const char *expected)
{
    orch_str reply = ORCH_STR("");
    orch_str actions;
    bool found = orch_rules_match(rules, text_of(content), &reply, &actions);

    assert_int_equal(found, expected[0] != '\0');
    assert_int_equal(reply.len, strlen(expected));
    assert_memory_equal(reply.ptr, expected, reply.len);
}

static void the_first_rule_that_matches_answers(void **state)
{
    orch_rules *rules =
        rules_of("[{\"match\":\"ship it\",\"reply\":\"one\"},{\"match\":\"ship\",\"reply\":\"two\"}]");

    (void)state;
    check(rules, "Please SHIP   it!", "one");
    check(rules, "Ship?", "two");
    check(rules, "The shipment", "");
    check(rules, "", "");
    orch_rules_free(rules);
}

static void reads_regular_expressions_and_their_flags(void **state)
{
    orch_rules *rules = rules_of("[{\"match\":\"/^deploy (\\\\w+)$/im\",\"reply\":\"deploy\"},"
                                 "{\"match\":\"/a.b/s\",\"reply\":\"dot\"},"
                                 "{\"match\":\"/\xc3\x84PFEL/iu\",\"reply\":\"apples\"},"
                                 "{\"match\":\"/Case/\",\"reply\":\"case\"},"
                                 "{\"match\":\"/help\",\"reply\":\"words\"}]");

    (void)state;
    check(rules, "Hey\nDEPLOY staging\nnow", "deploy");
    check(rules, "a\nb", "dot");
    check(rules, "zwei \xc3\xa4pfel", "apples");
    check(rules, "case", "");
    check(rules, "upperCase", "case");
    check(rules, "Type /help now.", "words");
    check(rules, "invalid \xff bytes, then upperCase", "case");
    orch_rules_free(rules);
}

static void hands_out_actions(void **state)
{
    orch_rules *rules =
        rules_of("[{\"match\":\"thanks\",\"reply\":\"Welcome\",\"actions\":[{\"type\":\"react\","
                 "\"payload\":{\"emoji\":\"+1\"}}]},{\"match\":\"hi\",\"reply\":\"Hi\"}]");
    orch_str reply;
    orch_str actions;

    (void)state;
    assert_true(orch_rules_match(rules, ORCH_STR("thanks"), &reply, &actions));
    assert_int_equal(actions.len, strlen("[{\"type\":\"react\",\"payload\":{\"emoji\":\"+1\"}}]"));
    assert_memory_equal(actions.ptr, "[{\"type\":\"react\"", 16);
    assert_true(orch_rules_match(rules, ORCH_STR("hi"), &reply, &actions));
    assert_int_equal(actions.len, 0);
    orch_rules_free(rules);
}

static void a_runaway_expression_counts_as_no_match(void **state)
{
    orch_rules *rules =
        rules_of("[{\"match\":\"/^(a+)+$/\",\"reply\":\"never\"},{\"match\":\"/b/\",\"reply\":\"then\"}]");
    char content[8000];

    (void)state;
    memset(content, 'a', sizeof(content) - 2);
    content[sizeof(content) - 2] = 'b';
    content[sizeof(content) - 1] = '\0';
    check(rules, content, "then");
    orch_rules_free(rules);
}

static void no_rules_match_nothing(void **state)
{
    orch_rules *rules = rules_of("[]");

    (void)state;
    check(rules, "anything", "");
    orch_rules_free(rules);
    orch_rules_free(NULL);
}

static void says_what_is_wrong(void **state)
{
    static const struct {
        const char *json;
        const char *message;
    } cases[] = {
        {"", "rules: no valid JSON"},
        {"{}", "rules: must be an array of at most 256 rules"},
        {"[1]", "rules: rule 1: it must be an object"},
        {"[{\"match\":\"a\",\"reply\":\"x\"},{\"reply\":\"x\"}]", "rules: rule 2: \"match\" must be words"},
        {"[{\"match\":\"a\"}]", "rules: rule 1: \"reply\" must be a text"},
        {"[{\"match\":\"  \",\"reply\":\"x\"}]", "rules: rule 1: \"match\" has no word"},
        {"[{\"match\":\"/(/\",\"reply\":\"x\"}]",
         "rules: rule 1: the regular expression is wrong at character 2: missing closing parenthesis"},
        {"[{\"match\":\"/a/g\",\"reply\":\"x\"}]",
         "rules: rule 1: the flag \"g\" of the regular expression is not known"},
        {"[{\"match\":\"a\",\"reply\":\"x\",\"actions\":[{\"payload\":1}]}]",
         "rules: rule 1: action 1 must be an object with a \"type\""},
        {"[{\"match\":\"a\",\"match\":\"b\",\"reply\":\"x\"}]", "rules: no valid JSON: duplicate object key"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        orch_rules *rules;
        char message[256] = "";

        assert_int_equal(orch_rules_new(text_of(cases[i].json), &rules, message, sizeof(message)),
                         ORCH_E_INVALID);
        if (strncmp(message, cases[i].message, strlen(cases[i].message)) != 0)
            fail_msg("%s\n   instead of\n%s", message, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_rule_that_matches_answers),
        cmocka_unit_test(reads_regular_expressions_and_their_flags),
        cmocka_unit_test(hands_out_actions),
        cmocka_unit_test(a_runaway_expression_counts_as_no_match),
        cmocka_unit_test(no_rules_match_nothing),
        cmocka_unit_test(says_what_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
