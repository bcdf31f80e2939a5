#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "token_cache.h"

static char hash_text[ORCH__TOKEN_HASH_LEN + 1];

static orch_str hash(size_t i)
{
    snprintf(hash_text, sizeof hash_text, "%064zx", i);
    return (orch_str){hash_text, ORCH__TOKEN_HASH_LEN};
}

static void put(orch__token_cache *cache, size_t i, orch_user *user, orch_token_kind kind)
{
    orch_login login = {.user = user, .kind = kind};

    snprintf(login.token_id.text, sizeof login.token_id.text, "id%zu", i);
    orch__token_cache_put(cache, hash(i), &login, 1000);
}

static void the_least_recently_used_makes_room(void **state)
{
    orch__token_cache cache = {0};
    orch_user user = {0};

    (void)state;
    for (size_t i = 0; i < ORCH__TOKEN_CACHE_MAX; i++)
        put(&cache, i, &user, ORCH_TOKEN_API);
    assert_non_null(orch__token_cache_get(&cache, hash(0), 1000)); /* the oldest, used again */
    put(&cache, 5000, &user, ORCH_TOKEN_API);
    assert_non_null(orch__token_cache_get(&cache, hash(0), 1000));
    assert_null(orch__token_cache_get(&cache, hash(1), 1000));
    assert_non_null(orch__token_cache_get(&cache, hash(5000), 1000));
    assert_int_equal(cache.by_hash.count, ORCH__TOKEN_CACHE_MAX);
    assert_int_equal(cache.by_id.count, ORCH__TOKEN_CACHE_MAX);
    orch__token_cache_fini(&cache);
}

static void what_is_old_is_asked_for_again(void **state)
{
    orch__token_cache cache = {0};
    orch_user user = {0};

    (void)state;
    put(&cache, 1, &user, ORCH_TOKEN_API);
    assert_non_null(orch__token_cache_get(&cache, hash(1), 1000 + ORCH__TOKEN_CACHE_AGE_MS - 1));
    assert_null(orch__token_cache_get(&cache, hash(1), 1000 + ORCH__TOKEN_CACHE_AGE_MS));
    put(&cache, 1, &user, ORCH_TOKEN_API);
    assert_null(orch__token_cache_get(&cache, hash(1), 999)); /* the clock went back */
    orch__token_cache_fini(&cache);
}

static void forgets_one_and_all_of_a_user(void **state)
{
    orch__token_cache cache = {0};
    orch_user ann = {0}, ben = {0};

    (void)state;
    put(&cache, 1, &ann, ORCH_TOKEN_SESSION);
    put(&cache, 2, &ann, ORCH_TOKEN_SESSION);
    put(&cache, 3, &ann, ORCH_TOKEN_API);
    put(&cache, 4, &ben, ORCH_TOKEN_SESSION);
    orch__token_cache_forget(&cache, ORCH_STR("id1"));
    assert_null(orch__token_cache_get(&cache, hash(1), 1000));
    assert_int_equal(cache.revocations, 1);
    orch__token_cache_forget(&cache, ORCH_STR("unknown"));
    orch__token_cache_forget_user(&cache, &ann, ORCH_TOKEN_SESSION);
    assert_int_equal(cache.revocations, 3);
    assert_null(orch__token_cache_get(&cache, hash(2), 1000));
    assert_non_null(orch__token_cache_get(&cache, hash(3), 1000));
    assert_non_null(orch__token_cache_get(&cache, hash(4), 1000));
    orch__token_cache_fini(&cache);
}

static int initialize(void **state)
{
    (void)state;
    return sodium_init() < 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_recently_used_makes_room),
        cmocka_unit_test(what_is_old_is_asked_for_again),
        cmocka_unit_test(forgets_one_and_all_of_a_user),
    };

    return cmocka_run_group_tests(tests, initialize, NULL);
}
