#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "text.h"

static orch_str str(const char *text)
{
    return (orch_str){text, strlen(text)};
}

static void utf8_is_well_formed_or_not(void **state)
{
    static const char *const right[] = {"",
                                        "plain",
                                        "\xc2\x80",
                                        "\xdf\xbf",
                                        "\xe0\xa0\x80",
                                        "\xed\x9f\xbf",
                                        "\xee\x80\x80",
                                        "\xf0\x90\x80\x80",
                                        "\xf4\x8f\xbf\xbf",
                                        "\xe2\x82\xac_"};
    static const char *const wrong[] = {"\x80",
                                        "\xc0\xaf",
                                        "\xc1\xbf",
                                        "\xc2",
                                        "\xe0\x9f\xbf",
                                        "\xed\xa0\x80",
                                        "\xe2\x82",
                                        "\xf0\x8f\xbf\xbf",
                                        "\xf4\x90\x80\x80",
                                        "\xf5\x80\x80\x80",
                                        "\xff",
                                        "a\xc3("};

    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
        assert_true(orch__text_valid(str(right[i])));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(orch__text_valid(str(wrong[i])));
    assert_false(orch__text_valid((orch_str){"a\0b", 3}));
}

static void blank_is_what_shows_nothing(void **state)
{
    (void)state;
    assert_true(orch__text_blank(str("")));
    assert_true(orch__text_blank(str(" \t\r\n\xc2\xa0\xe2\x80\x83\xe2\x80\x8b\xe3\x80\x80\xef\xbb\xbf")));
    assert_false(orch__text_blank(str(" x ")));
    assert_false(orch__text_blank(str("\xf0\x9f\x91\x8d")));
}

static void slugs_are_plain(void **state)
{
    static const struct {
        const char *name;
        const char *slug;
    } cases[] = {
        {"Ann Smith", "ann-smith"},   {"  --Ann!!  Smith?? ", "ann-smith"},
        {"R2-D2", "r2-d2"},           {"!!!", "x"},
        {"\xc3\x85sa", "\xc3\x85sa"}, {"a", "a"},
    };
    char slug[ORCH__SLUG_MAX], numbered[ORCH__SLUG_MAX], name[300];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        orch__slug(str(cases[i].name), slug);
        assert_string_equal(slug, cases[i].slug);
    }
    orch__slug_numbered("ann", 2, numbered);
    assert_string_equal(numbered, "ann-2");
    /* However long, and wherever it is cut, it stays UTF-8. */
    for (size_t lead = 0; lead < 4; lead++) {
        memset(name, 'a', lead);
        for (size_t i = lead; i + 4 < sizeof name; i += 4)
            memcpy(name + i, "\xf0\x9f\x91\x8d", 4);
        orch__slug((orch_str){name, lead + 280}, slug);
        assert_true(strlen(slug) < ORCH__SLUG_MAX && strlen(slug) > 40);
        assert_true(orch__text_valid(str(slug)));
    }
}

static void names_are_checked_in_words(void **state)
{
    orch_problem problem = {0};

    (void)state;
    assert_int_equal(orch__check_name(&problem, "name", ORCH_STR("Ann"), 3), 0);
    assert_int_equal(orch__check_name(&problem, "name", ORCH_STR("Anna"), 3), ORCH_E_TOO_LARGE);
    assert_string_equal(problem.message, "name has 4 bytes; 1 to 3 are allowed");
    assert_int_equal(orch__check_name(&problem, "name", ORCH_STR("A\tB"), 10), ORCH_E_INVALID);
    assert_int_equal(orch__check_name(NULL, "name", ORCH_STR(""), 10), ORCH_E_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_well_formed_or_not),
        cmocka_unit_test(blank_is_what_shows_nothing),
        cmocka_unit_test(slugs_are_plain),
        cmocka_unit_test(names_are_checked_in_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
