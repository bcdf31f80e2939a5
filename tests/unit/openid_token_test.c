/* Signatures by the vectors of the RFCs, and tokens: what is accepted, and the words for what is not. */
#include "openid_token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"

static orch__jwk_set read_set(const char *json)
{
    char why[ORCH__WHY_MAX] = "";
    orch__jwk_set set;

    if (orch__jwk_set_read(orch__str(json), &set, why, sizeof(why)))
        fail_msg("%s", why);
    return set;
}

static bool verifies(const char *jwks, orch__jws_algorithm algorithm, const char *text, const char *signature)
{
    orch__jwk_set set = read_set(jwks);
    unsigned char bytes[ORCH__JWS_SIGNATURE_MAX];
    size_t len;
    bool valid;

    assert_int_equal(set.count, 1);
    assert_true(orch__base64url_read(orch__str(signature), bytes, sizeof(bytes), &len));
    valid = orch__jwk_verifies(&set.items[0], algorithm, orch__str(text), bytes, len);
    orch__jwk_set_fini(&set);
    return valid;
}

/* RFC 7515, A.3 */
static const char es256_key[] = "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
                                "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                                "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";
static const char es256_text[] =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGF"
    "tcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
static const char es256_signature[] =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

/* RFC 8037, A.4 */
static const char eddsa_key[] = "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
                                "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";
static const char eddsa_text[] = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
static const char eddsa_signature[] =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

static void vectors_of_the_rfcs(void **state)
{
    (void)state;
    assert_true(verifies(es256_key, ORCH__JWS_ES256, es256_text, es256_signature));
    assert_true(verifies(eddsa_key, ORCH__JWS_EDDSA, eddsa_text, eddsa_signature));
}

static void another_text_signature_or_algorithm_is_wrong(void **state)
{
    (void)state;
    assert_false(verifies(es256_key, ORCH__JWS_ES256, eddsa_text, es256_signature));
    assert_false(verifies(es256_key, ORCH__JWS_ES256, es256_text, eddsa_signature));
    assert_false(verifies(es256_key, ORCH__JWS_RS256, es256_text, es256_signature));
    assert_false(verifies(eddsa_key, ORCH__JWS_EDDSA, es256_text, eddsa_signature));
    assert_false(verifies(eddsa_key, ORCH__JWS_ES256, eddsa_text, eddsa_signature));
    assert_false(verifies(es256_key, ORCH__JWS_ES256, es256_text, "AAAA"));
    /* r and s of zero: every text would do for a careless reader */
    assert_false(verifies(es256_key, ORCH__JWS_ES256, es256_text,
                          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                          "AAAA"));
}

static size_t count_of(const char *jwks)
{
    orch__jwk_set set = read_set(jwks);
    size_t count = set.count;

    orch__jwk_set_fini(&set);
    return count;
}

static void keys_of_no_use_are_left_out(void **state)
{
    (void)state;
    assert_int_equal(count_of("{\"keys\":[]}"), 0);
    assert_int_equal(count_of("{\"keys\":[1,null,\"x\",{},{\"kty\":\"oct\",\"k\":\"AAAA\"}]}"), 0);
    assert_int_equal(count_of("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}"), 0);
    assert_int_equal(count_of("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
                              "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                              "\"y\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"}]}"),
                     0); /* no point of the curve */
    assert_int_equal(count_of("{\"keys\":[{\"use\":\"enc\",\"kty\":\"OKP\",\"crv\":\"Ed25519\","
                              "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}"),
                     0);
    assert_int_equal(count_of("{\"keys\":[{\"alg\":\"HS256\",\"kty\":\"OKP\",\"crv\":\"Ed25519\","
                              "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}"),
                     0);
}

static void a_key_is_found_by_its_name_or_when_it_is_the_only_one(void **state)
{
    static const char two[] = "{\"keys\":[{\"kid\":\"a\",\"kty\":\"OKP\",\"crv\":\"Ed25519\","
                              "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"},"
                              "{\"kid\":\"b\",\"kty\":\"OKP\",\"crv\":\"Ed25519\","
                              "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";
    orch__jwk_set set = read_set(two), one = read_set(eddsa_key);

    (void)state;
    assert_ptr_equal(orch__jwk_set_find(&set, ORCH__JWS_EDDSA, ORCH_STR("b")), &set.items[1]);
    assert_null(orch__jwk_set_find(&set, ORCH__JWS_EDDSA, ORCH_STR("c")));
    assert_null(orch__jwk_set_find(&set, ORCH__JWS_EDDSA, ORCH_STR("")));
    assert_null(orch__jwk_set_find(&set, ORCH__JWS_ES256, ORCH_STR("a")));
    assert_ptr_equal(orch__jwk_set_find(&one, ORCH__JWS_EDDSA, ORCH_STR("")), &one.items[0]);
    assert_null(orch__jwk_set_find(&one, ORCH__JWS_EDDSA, ORCH_STR("a")));
    orch__jwk_set_fini(&set);
    orch__jwk_set_fini(&one);
}

/* ---- whole tokens ---- */

static const char keys[] =
    "{\"keys\":[{\"kty\":\"EC\",\"x\":\"w32sssS-5IykF49SSSWEyVtDPD8k7R6dNHyA4XLSfiA\",\"y\":\"xTOl"
    "lm9y2Ckoruktd5FR_-jS8z-duHlRLWIcRdgAbJc\",\"crv\":\"P-256\",\"kid\":\"k1\",\"alg\":\"ES256\","
    "\"use\":\"sig\"}]}";
static const char token_text[] =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLC"
    "JzdWIiOiJvbmUiLCJhdWQiOiJvcmNoZCIsImV4cCI6MTAwMDAwMDMwMCwiaWF0IjoxMDAwMDAwMDAwLCJub25jZSI6"
    "Im5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm4iLCJhdF9oYXNoIjoib0ZZZjFrbk50cn"
    "FuaEFWZkJSdXRlUSIsImVtYWlsIjoib25lQGlkLmV4YW1wbGUiLCJlbWFpbF92ZXJpZmllZCI6dHJ1ZSwibmFtZSI6"
    "Ik9uZSIsImhkIjoiaWQuZXhhbXBsZSJ9.t1mngpxYKDHYrntn7RX3J4M1AeXoRKiBcqTbNUj774CVRbdS0JJKdZqTY"
    "SG2MJ6a0whkYVURm-cPjAGVvEy_lQ";

typedef struct told {
    int error;
    orch__id_token token;
    char why[ORCH__WHY_MAX];
} told;

static told check(const orch__id_token_wish *wish)
{
    orch__jwk_set set = read_set(keys);
    told seen = {.why = ""};
    const orch__jwk *jwk;
    orch__jws jws;

    assert_int_equal(
        orch__jws_read(orch__str(token_text), 1u << ORCH__JWS_ES256, &jws, seen.why, sizeof(seen.why)), 0);
    jwk = orch__jwk_set_find(&set, jws.algorithm, orch__str(jws.kid));
    assert_non_null(jwk);
    seen.error = orch__id_token_check(&jws, jwk, wish, &seen.token, seen.why, sizeof(seen.why));
    orch__jwk_set_fini(&set);
    return seen;
}

static orch__id_token_wish wish_for(void)
{
    return (orch__id_token_wish){.issuer = "https://id.example",
                                 .client_id = "orchd",
                                 .nonce = "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn",
                                 .access_token = ORCH_STR("access"),
                                 .now_s = 1000000010};
}

static void a_token_says_who_it_is(void **state)
{
    orch__id_token_wish wish = wish_for();
    told seen = check(&wish);

    (void)state;
    assert_int_equal(seen.error, 0);
    assert_string_equal(seen.token.subject, "one");
    assert_string_equal(seen.token.email, "one@id.example");
    assert_string_equal(seen.token.name, "One");
    assert_true(seen.token.email_verified);
    assert_true(seen.token.hosted);
}

static void a_minute_of_clocks_is_forgiven_and_no_more(void **state)
{
    static const struct {
        int64_t now_s;
        int error;
    } moments[] = {{1000000000 - 60, 0},
                   {1000000000 - 61, ORCH_E_UNAUTHORIZED},
                   {1000000300 + 59, 0},
                   {1000000300 + 60, ORCH_E_UNAUTHORIZED}};

    (void)state;
    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        orch__id_token_wish wish = wish_for();

        wish.now_s = moments[i].now_s;
        assert_int_equal(check(&wish).error, moments[i].error);
    }
}

static void a_token_for_something_else_is_refused(void **state)
{
    orch__id_token_wish wishes[5];
    static const char *const words[] = {"another issuer", "another audience", "nonce", "nonce",
                                        "access token"};

    (void)state;
    for (size_t i = 0; i < 5; i++)
        wishes[i] = wish_for();
    wishes[0].issuer = "https://id.example/";
    wishes[1].client_id = "orchd2";
    wishes[2].nonce = "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnN";
    wishes[3].nonce = "";
    wishes[4].access_token = ORCH_STR("another");
    for (size_t i = 0; i < 5; i++) {
        told seen = check(&wishes[i]);

        assert_int_equal(seen.error, ORCH_E_UNAUTHORIZED);
        assert_non_null(strstr(seen.why, words[i]));
    }
}

/* An algorithm that this issuer does not use is not accepted, either. */
static void only_the_issuers_algorithms_count(void **state)
{
    char why[ORCH__WHY_MAX] = "";
    orch__jws jws;

    (void)state;
    assert_int_equal(orch__jws_read(orch__str(token_text), 1u << ORCH__JWS_RS256, &jws, why, sizeof(why)),
                     ORCH_E_UNAUTHORIZED);
    assert_non_null(strstr(why, "ES256"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_the_rfcs),
        cmocka_unit_test(another_text_signature_or_algorithm_is_wrong),
        cmocka_unit_test(keys_of_no_use_are_left_out),
        cmocka_unit_test(a_key_is_found_by_its_name_or_when_it_is_the_only_one),
        cmocka_unit_test(a_token_says_who_it_is),
        cmocka_unit_test(a_minute_of_clocks_is_forgiven_and_no_more),
        cmocka_unit_test(a_token_for_something_else_is_refused),
        cmocka_unit_test(only_the_issuers_algorithms_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
