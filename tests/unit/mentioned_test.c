/* Whether a message addresses a person. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "mentioned.h"

static char email[] = "ann.lee@example.com";
static char name[] = "Ann Lee";
static char shown[] = "\xc3\x89lodie 100%_";

static bool mentions(const char *content, const orch_user *user)
{
    return orch__mentions_person((orch_str){content, strlen(content)}, user);
}

static void names_after_an_at_sign(void **state)
{
    const orch_user ann = {.name = name, .email = email};

    (void)state;
    assert_true(mentions("@ann", &ann));
    assert_true(mentions("Hi @ANN LEE, come", &ann));
    assert_true(mentions("(@Ann)", &ann));
    assert_true(mentions("@bob @ann.lee!", &ann));
    assert_false(mentions("ann", &ann));
    assert_false(mentions("@anna", &ann));
    assert_false(mentions("@ann\xc3\xa9", &ann));
    assert_false(mentions("joann@ann.example", &ann));
    assert_false(mentions("@ ann", &ann));
    assert_false(mentions("", &ann));
    assert_false(mentions("@", &ann));
}

static void names_that_are_not_ascii(void **state)
{
    const orch_user user = {.name = NULL, .display_name = shown, .email = email};

    (void)state;
    assert_true(mentions("@\xc3\x89lodie", &user));
    assert_true(mentions("@ann.lee", &user));
    assert_false(mentions("@\xc3\x89lodies", &user));
}

/* A pattern of LIKE, for ASCII in lower case. */
static bool fits(const char *pattern, const char *text)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern == '%')
        return fits(pattern + 1, text) || (*text && fits(pattern, text + 1));
    if (*pattern == '\\')
        pattern++;
    return *pattern == *text && fits(pattern + 1, text + 1);
}

static void patterns_find_whatever_mentions(void **state)
{
    static char odd[] = "a_b%c\\d";
    const orch_user users[] = {{.name = name, .email = email},
                               {.name = odd, .email = email},
                               {.name = name, .display_name = shown, .email = email}};
    static const char *const texts[] = {"x @ann y", "@a_b%c\\d", "see @ann.lee", "@\xc3\x89lodie"};

    (void)state;
    for (size_t u = 0; u < 3; u++) {
        char patterns[ORCH__MENTION_PATTERNS][ORCH__PATTERN_MAX];

        orch__mention_patterns(&users[u], patterns);
        for (size_t t = 0; t < 4; t++) {
            bool found = false;

            for (size_t p = 0; p < ORCH__MENTION_PATTERNS; p++)
                found = found || fits(patterns[p], texts[t]);
            if (mentions(texts[t], &users[u]))
                assert_true(found);
        }
    }
    char patterns[ORCH__MENTION_PATTERNS][ORCH__PATTERN_MAX];

    orch__mention_patterns(&users[1], patterns);
    assert_string_equal(patterns[0], "%@a\\_b\\%c\\\\d%");
    orch__mention_patterns(&users[2], patterns);
    assert_string_equal(patterns[1], "%@%");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_after_an_at_sign),
        cmocka_unit_test(names_that_are_not_ascii),
        cmocka_unit_test(patterns_find_whatever_mentions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
