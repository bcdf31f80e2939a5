/* Logins under way: taken once, by their own browser, in time, and bounded. */
#include "openid_pending.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"

static orch__pending *begin(orch__pendings *pendings, uint8_t address, const char *browser, uint64_t now_ms)
{
    const orch__address from = {{address}};
    orch__pending *pending = orch__pending_new(pendings, &from, orch__str(browser), now_ms);

    assert_non_null(pending);
    return pending;
}

static void one_is_taken_once(void **state)
{
    char secret[ORCH__PENDING_SECRET_LEN + 1], browser[ORCH__PENDING_SECRET_LEN + 1];
    orch__pendings pendings;
    orch__pending *pending;

    (void)state;
    orch__pendings_init(&pendings);
    pending = begin(&pendings, 1, "", 0);
    memcpy(secret, pending->state, sizeof(secret));
    memcpy(browser, pending->browser, sizeof(browser));
    assert_int_equal(strlen(secret), ORCH__PENDING_SECRET_LEN);
    assert_string_not_equal(secret, browser);
    assert_null(orch__pending_take(&pendings, ORCH_STR(""), orch__str(browser), 1));
    assert_ptr_equal(orch__pending_take(&pendings, orch__str(secret), orch__str(browser), 1), pending);
    assert_null(orch__pending_take(&pendings, orch__str(secret), orch__str(browser), 1));
    assert_int_equal(pendings.count, 0);
    orch__pending_free(pending);
    orch__pendings_fini(&pendings);
}

static void another_browser_ends_it(void **state)
{
    char secret[ORCH__PENDING_SECRET_LEN + 1], browser[ORCH__PENDING_SECRET_LEN + 1];
    orch__pendings pendings;
    orch__pending *pending;

    (void)state;
    orch__pendings_init(&pendings);
    pending = begin(&pendings, 1, "", 0);
    memcpy(secret, pending->state, sizeof(secret));
    memcpy(browser, pending->browser, sizeof(browser));
    assert_null(orch__pending_take(&pendings, orch__str(secret), ORCH_STR(""), 1));
    assert_null(orch__pending_take(&pendings, orch__str(secret), orch__str(browser), 1));
    orch__pendings_fini(&pendings);
}

static void it_lasts_ten_minutes(void **state)
{
    char secret[ORCH__PENDING_SECRET_LEN + 1], browser[ORCH__PENDING_SECRET_LEN + 1];
    orch__pendings pendings;

    (void)state;
    orch__pendings_init(&pendings);
    for (uint64_t late = 0; late < 2; late++) {
        orch__pending *pending = begin(&pendings, 1, "", 5), *taken;

        memcpy(secret, pending->state, sizeof(secret));
        memcpy(browser, pending->browser, sizeof(browser));
        taken = orch__pending_take(&pendings, orch__str(secret), orch__str(browser),
                                   5 + ORCH__PENDING_MS - 1 + late);
        assert_true((taken == NULL) == (late == 1));
        orch__pending_free(taken);
    }
    orch__pendings_fini(&pendings);
}

/* A text that no entry of ours gave out is not taken for a browser's secret. */
static void two_tabs_share_their_browsers_secret(void **state)
{
    orch__pendings pendings;
    const orch__pending *first, *second, *third;

    (void)state;
    orch__pendings_init(&pendings);
    first = begin(&pendings, 1, "ccccccccccccccccccccccccccccccccccccccccccc", 0);
    assert_string_not_equal(first->browser, "ccccccccccccccccccccccccccccccccccccccccccc");
    second = begin(&pendings, 1, first->browser, 1);
    assert_string_equal(second->browser, first->browser);
    assert_string_not_equal(second->state, first->state);
    third = begin(&pendings, 1, "", 2);
    assert_string_not_equal(third->browser, first->browser);
    orch__pendings_fini(&pendings);
}

static void there_is_an_end_of_them_and_nobody_drives_out_others(void **state)
{
    char secret[ORCH__PENDING_SECRET_LEN + 1], browser[ORCH__PENDING_SECRET_LEN + 1];
    orch__pendings pendings;
    orch__pending *mine;

    (void)state;
    orch__pendings_init(&pendings);
    mine = begin(&pendings, 200, "", 0);
    memcpy(secret, mine->state, sizeof(secret));
    memcpy(browser, mine->browser, sizeof(browser));
    for (int i = 0; i < 2 * ORCH__PENDING_MAX; i++)
        (void)begin(&pendings, 1, "", 1);
    assert_int_equal(pendings.count, 1 + ORCH__PENDING_ADDRESS_MAX);
    mine = orch__pending_take(&pendings, orch__str(secret), orch__str(browser), 2);
    assert_non_null(mine);
    orch__pending_free(mine);
    for (int i = 0; i < 2 * ORCH__PENDING_MAX; i++)
        (void)begin(&pendings, (uint8_t)(2 + i % 100), "", 1);
    assert_int_equal(pendings.count, ORCH__PENDING_MAX);
    orch__pendings_fini(&pendings);
}

static void paths_of_this_server_alone(void **state)
{
    static const char *const good[] = {"/", "/c/general", "/c/general/t/x?a=1#b", "/%2F%2Fx", "/a//b"};
    static const char *const bad[] = {"",      "x",    "//x",   "/\\x",       "\\x",
                                      "/a\\b", "/a b", "/a\nb", "https://x/", "/\xc3\xa4"};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(orch__return_path_valid(orch__str(good[i])));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(orch__return_path_valid(orch__str(bad[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_is_taken_once),
        cmocka_unit_test(another_browser_ends_it),
        cmocka_unit_test(it_lasts_ten_minutes),
        cmocka_unit_test(two_tabs_share_their_browsers_secret),
        cmocka_unit_test(there_is_an_end_of_them_and_nobody_drives_out_others),
        cmocka_unit_test(paths_of_this_server_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
