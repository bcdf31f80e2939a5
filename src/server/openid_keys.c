#include "openid_keys.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "json.h"

#define RSA_BITS_MIN      2048
#define RSA_BITS_MAX      8192
#define EXPONENT_BITS_MAX 32
#define P256_BYTES        32
#define ED25519_BYTES     32

bool orch__base64url_read(orch_str text, unsigned char *out, size_t size, size_t *out_len)
{
    return text.len > 0 && sodium_base642bin(out, size, text.ptr, text.len, NULL, out_len, NULL,
                                             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0;
}

/* ---- algorithms ---- */

static const struct {
    const char *name;
    int kind;
} algorithms[ORCH__JWS_ALGORITHMS] = {
    [ORCH__JWS_RS256] = {"RS256", EVP_PKEY_RSA},
    [ORCH__JWS_PS256] = {"PS256", EVP_PKEY_RSA},
    [ORCH__JWS_ES256] = {"ES256", EVP_PKEY_EC},
    [ORCH__JWS_EDDSA] = {"EdDSA", EVP_PKEY_ED25519},
};

orch__jws_algorithm orch__jws_algorithm_named(orch_str name)
{
    for (int i = ORCH__JWS_UNKNOWN + 1; i < ORCH__JWS_ALGORITHMS; i++)
        if (name.len == strlen(algorithms[i].name) && memcmp(name.ptr, algorithms[i].name, name.len) == 0)
            return (orch__jws_algorithm)i;
    return ORCH__JWS_UNKNOWN;
}

/* ---- one key ---- */

static orch_str member(const json_t *jwk, const char *name)
{
    const json_t *value = json_object_get(jwk, name);

    return json_is_string(value) ? (orch_str){json_string_value(value), json_string_length(value)}
                                 : ORCH_STR_NONE;
}

static bool is(orch_str text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.ptr, word, text.len) == 0;
}

/* A key of OpenSSL from its parts. NULL: they make none, or no memory. */
static EVP_PKEY *make_key(const char *type, OSSL_PARAM_BLD *parts)
{
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(parts);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;

    if (!parameters || !context || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    return key;
}

static BIGNUM *read_number(orch_str text)
{
    unsigned char bytes[RSA_BITS_MAX / 8];
    size_t len;

    return orch__base64url_read(text, bytes, sizeof(bytes), &len) ? BN_bin2bn(bytes, (int)len, NULL) : NULL;
}

static EVP_PKEY *read_rsa(const json_t *jwk)
{
    BIGNUM *n = read_number(member(jwk, "n")), *e = read_number(member(jwk, "e"));
    OSSL_PARAM_BLD *parts = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;

    if (n && e && parts && BN_num_bits(n) >= RSA_BITS_MIN && BN_is_odd(n) && BN_is_odd(e) && !BN_is_one(e) &&
        BN_num_bits(e) <= EXPONENT_BITS_MAX && OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_E, e) == 1)
        key = make_key("RSA", parts);
    OSSL_PARAM_BLD_free(parts);
    BN_free(n);
    BN_free(e);
    return key;
}

/* OpenSSL refuses a point that is not on the curve. */
static EVP_PKEY *read_ec(const json_t *jwk)
{
    unsigned char point[1 + 2 * P256_BYTES] = {POINT_CONVERSION_UNCOMPRESSED};
    OSSL_PARAM_BLD *parts;
    EVP_PKEY *key = NULL;
    size_t x_len, y_len;

    if (!is(member(jwk, "crv"), "P-256") ||
        !orch__base64url_read(member(jwk, "x"), point + 1, P256_BYTES, &x_len) || x_len != P256_BYTES ||
        !orch__base64url_read(member(jwk, "y"), point + 1 + P256_BYTES, P256_BYTES, &y_len) ||
        y_len != P256_BYTES)
        return NULL;
    parts = OSSL_PARAM_BLD_new();
    if (parts && OSSL_PARAM_BLD_push_utf8_string(parts, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(parts, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)) == 1)
        key = make_key("EC", parts);
    OSSL_PARAM_BLD_free(parts);
    return key;
}

static EVP_PKEY *read_okp(const json_t *jwk)
{
    unsigned char x[ED25519_BYTES];
    size_t len;

    if (!is(member(jwk, "crv"), "Ed25519") || !orch__base64url_read(member(jwk, "x"), x, sizeof(x), &len) ||
        len != sizeof(x))
        return NULL;
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, sizeof(x));
}

static bool may_verify(const json_t *jwk)
{
    const json_t *operations = json_object_get(jwk, "key_ops"), *operation;
    orch_str use = member(jwk, "use");
    size_t i;

    if (use.ptr && !is(use, "sig"))
        return false;
    if (!json_is_array(operations))
        return true;
    json_array_foreach(operations, i,
                       operation) if (json_is_string(operation) &&
                                      strcmp(json_string_value(operation), "verify") == 0) return true;
    return false;
}

/* False: it is of no use here. */
static bool read_key(const json_t *jwk, orch__jwk *out)
{
    orch_str type = member(jwk, "kty"), kid = member(jwk, "kid"), algorithm = member(jwk, "alg");

    *out = (orch__jwk){0};
    if (algorithm.ptr)
        out->only = orch__jws_algorithm_named(algorithm);
    if ((algorithm.ptr && out->only == ORCH__JWS_UNKNOWN) || kid.len > ORCH__KID_MAX || !may_verify(jwk))
        return false;
    if (kid.len)
        memcpy(out->kid, kid.ptr, kid.len);
    if (is(type, "RSA")) {
        out->kind = EVP_PKEY_RSA;
        out->key = read_rsa(jwk);
    } else if (is(type, "EC")) {
        out->kind = EVP_PKEY_EC;
        out->key = read_ec(jwk);
    } else if (is(type, "OKP")) {
        out->kind = EVP_PKEY_ED25519;
        out->key = read_okp(jwk);
    }
    return out->key != NULL;
}

/* ---- the set ---- */

int orch__jwk_set_read(orch_str json, orch__jwk_set *out_set, char *out_why, size_t why_size)
{
    orch__jwk_set set = {0};
    json_t *root = NULL;
    const json_t *keys, *jwk;
    size_t i;
    int error = orch__parse_json(json, &root, out_why, why_size);

    if (error)
        return error;
    keys = json_object_get(root, "keys");
    if (!json_is_array(keys)) {
        snprintf(out_why, why_size, "it has no array \"keys\"");
        error = ORCH_E_INVALID;
    }
    json_array_foreach(keys, i, jwk)
    {
        orch__jwk one;

        if (error || !read_key(jwk, &one))
            continue;
        if (set.count == ORCH__KEYS_MAX) {
            EVP_PKEY_free(one.key);
            snprintf(out_why, why_size, "it has more than %d keys", ORCH__KEYS_MAX);
            error = ORCH_E_INVALID;
        } else {
            set.items[set.count++] = one;
        }
    }
    json_decref(root);
    if (error)
        orch__jwk_set_fini(&set);
    else
        *out_set = set;
    return error;
}

void orch__jwk_set_fini(orch__jwk_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        EVP_PKEY_free(set->items[i].key);
    set->count = 0;
}

static bool fits(const orch__jwk *jwk, orch__jws_algorithm algorithm)
{
    return algorithms[algorithm].kind == jwk->kind &&
           (jwk->only == ORCH__JWS_UNKNOWN || jwk->only == algorithm);
}

const orch__jwk *orch__jwk_set_find(const orch__jwk_set *set, orch__jws_algorithm algorithm, orch_str kid)
{
    const orch__jwk *found = NULL;

    for (size_t i = 0; i < set->count; i++) {
        const orch__jwk *jwk = &set->items[i];

        if (!fits(jwk, algorithm) || (kid.len && !is(kid, jwk->kid)))
            continue;
        if (found)
            return NULL; /* which one is meant? */
        found = jwk;
    }
    return found;
}

/* ---- signatures ---- */

/* ES256 is r and s behind each other; OpenSSL wants them in DER. Returns its length, 0: impossible. */
static size_t ecdsa_to_der(const unsigned char *signature, size_t len, unsigned char *out, size_t size)
{
    ECDSA_SIG *pair = len == (size_t)2 * P256_BYTES ? ECDSA_SIG_new() : NULL;
    BIGNUM *r = pair ? BN_bin2bn(signature, P256_BYTES, NULL) : NULL;
    BIGNUM *s = pair ? BN_bin2bn(signature + P256_BYTES, P256_BYTES, NULL) : NULL;
    int der_len = 0;

    if (r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s = NULL; /* the pair's now */
        der_len = i2d_ECDSA_SIG(pair, NULL);
        if (der_len > 0 && (size_t)der_len <= size)
            der_len = i2d_ECDSA_SIG(pair, &out);
        else
            der_len = 0;
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    return der_len > 0 ? (size_t)der_len : 0;
}

static bool begin(EVP_MD_CTX *context, EVP_PKEY *key, orch__jws_algorithm algorithm)
{
    const EVP_MD *digest = algorithm == ORCH__JWS_EDDSA ? NULL : EVP_sha256();
    EVP_PKEY_CTX *parameters = NULL;

    if (EVP_DigestVerifyInit(context, &parameters, digest, NULL, key) != 1)
        return false;
    if (algorithm != ORCH__JWS_PS256)
        return true;
    return EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1;
}

bool orch__jwk_verifies(const orch__jwk *jwk, orch__jws_algorithm algorithm, orch_str signed_bytes,
                        const unsigned char *signature, size_t signature_len)
{
    unsigned char der[2 * P256_BYTES + 16];
    EVP_MD_CTX *context;
    bool valid;

    if (!fits(jwk, algorithm))
        return false;
    if (algorithm == ORCH__JWS_ES256) {
        signature_len = ecdsa_to_der(signature, signature_len, der, sizeof(der));
        signature = der;
        if (!signature_len)
            return false;
    }
    context = EVP_MD_CTX_new();
    valid = context && begin(context, jwk->key, algorithm) &&
            EVP_DigestVerify(context, signature, signature_len, (const unsigned char *)signed_bytes.ptr,
                             signed_bytes.len) == 1;
    EVP_MD_CTX_free(context);
    return valid;
}
