#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sodium.h>
#include <string.h>

#include "password.h"

/* node -e 'crypto.pbkdf2Sync("correct horse battery", "00112233445566778899aabbccddeeff", 100000, 64, "sha512")': as Neolith
 * makes them, the salt is its hexadecimal text. */
#define NEOLITH_HASH                                                                                         \
    "00112233445566778899aabbccddeeff:dbdefde28b09210fd85c7b3fb9203c893e236596449026e89e92538060248606"      \
    "0541a2bbf5a1a711e3961eebf1ce73c105233e4988e5583651e4413a9d0377bf"

static void a_hash_is_argon2id_and_salted(void **state)
{
    char one[ORCH_PASSWORD_HASH_MAX], other[ORCH_PASSWORD_HASH_MAX];

    (void)state;
    assert_int_equal(orch_password_hash(ORCH_STR("correct horse battery"), one), 0);
    assert_int_equal(orch_password_hash(ORCH_STR("correct horse battery"), other), 0);
    assert_string_not_equal(one, other);
    assert_int_equal(strncmp(one, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
    const orch_str hash = {one, strlen(one)};

    assert_int_equal(orch_password_verify(hash, ORCH_STR("correct horse battery")), ORCH_PASSWORD_RIGHT);
    assert_int_equal(orch_password_verify(hash, ORCH_STR("correct horse batterx")), ORCH_PASSWORD_WRONG);
    assert_int_equal(orch_password_verify(hash, ORCH_STR("")), ORCH_PASSWORD_WRONG);
}

static void neoliths_hashes_are_right_once(void **state)
{
    (void)state;
    assert_int_equal(orch_password_verify(ORCH_STR(NEOLITH_HASH), ORCH_STR("correct horse battery")),
                     ORCH_PASSWORD_RIGHT_REHASH);
    assert_int_equal(orch_password_verify(ORCH_STR(NEOLITH_HASH), ORCH_STR("wrong horse battery")),
                     ORCH_PASSWORD_WRONG);
}

/* An argon2id hash of less memory, as an older configuration would have made it. */
static void weaker_argon2id_is_hashed_anew(void **state)
{
    char weak[crypto_pwhash_STRBYTES];

    (void)state;
    assert_int_equal(
        crypto_pwhash_str_alg(weak, "correct horse battery", 21, 1, 65536, crypto_pwhash_ALG_ARGON2ID13), 0);
    assert_int_equal(orch_password_verify((orch_str){weak, strlen(weak)}, ORCH_STR("correct horse battery")),
                     ORCH_PASSWORD_RIGHT_REHASH);
    assert_int_equal(orch_password_verify((orch_str){weak, strlen(weak)}, ORCH_STR("wrong horse battery")),
                     ORCH_PASSWORD_WRONG);
}

static void nonsense_is_wrong(void **state)
{
    static const char *const hashes[] = {
        "",
        "nonsense",
        ":",
        "00:11",
        "$2b$",
        "00112233445566778899aabbccddeeff:zz",
        "$argon2id$v=19$m=19456,t=2,p=1$nonsense$nonsense",
    };

    (void)state;
    for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++)
        assert_int_equal(
            orch_password_verify((orch_str){hashes[i], strlen(hashes[i])}, ORCH_STR("correct horse battery")),
            ORCH_PASSWORD_WRONG);
}

static void lengths_are_limited(void **state)
{
    static char text[1025];
    char hash[ORCH_PASSWORD_HASH_MAX];

    (void)state;
    memset(text, 'p', sizeof text);
    assert_int_equal(orch_password_hash((orch_str){text, 9}, hash), ORCH_E_INVALID);
    assert_int_equal(orch_password_hash((orch_str){text, 1025}, hash), ORCH_E_INVALID);
    assert_int_equal(orch_password_hash((orch_str){text, 1024}, hash), 0);
    assert_int_equal(orch_password_verify((orch_str){hash, strlen(hash)}, (orch_str){text, 1024}),
                     ORCH_PASSWORD_RIGHT);
    assert_int_equal(orch_password_verify((orch_str){hash, strlen(hash)}, (orch_str){text, 1025}),
                     ORCH_PASSWORD_WRONG);
}

static void generated_ones_differ(void **state)
{
    char one[24], other[24];

    (void)state;
    orch_password_generate(one);
    orch_password_generate(other);
    assert_int_equal(strlen(one), 20);
    assert_string_not_equal(one, other);
    assert_null(strpbrk(one, "l1I0O"));
}

static int initialize(void **state)
{
    (void)state;
    return orch_password_init();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hash_is_argon2id_and_salted),
        cmocka_unit_test(neoliths_hashes_are_right_once),
        cmocka_unit_test(weaker_argon2id_is_hashed_anew),
        cmocka_unit_test(nonsense_is_wrong),
        cmocka_unit_test(lengths_are_limited),
        cmocka_unit_test(generated_ones_differ),
    };

    return cmocka_run_group_tests(tests, initialize, NULL);
}
