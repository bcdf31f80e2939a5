#include "password.h"

#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

#include "workspace.h"

#define ARGON2_OPERATIONS 2
#define ARGON2_BYTES      ((size_t)19 << 20)

/* Neolith: PBKDF2-HMAC-SHA512, the salt used as its hex text. */
#define NEOLITH_ROUNDS     100000
#define NEOLITH_HASH_BYTES 64

int orch_password_init(void)
{
    return sodium_init() < 0 ? ORCH_E_INTERNAL : 0;
}

int orch_password_hash(orch_str password, char out_hash[ORCH_PASSWORD_HASH_MAX])
{
    _Static_assert(crypto_pwhash_STRBYTES <= ORCH_PASSWORD_HASH_MAX, "room for a hash");
    if (password.len < ORCH_PASSWORD_MIN || password.len > ORCH_PASSWORD_MAX)
        return ORCH_E_INVALID;
    return crypto_pwhash_str_alg(out_hash, password.ptr, password.len, ARGON2_OPERATIONS, ARGON2_BYTES,
                                 crypto_pwhash_ALG_ARGON2ID13) == 0
               ? 0
               : ORCH_E_NO_MEMORY;
}

/* Takes the time of a check and says no. */
static orch_password_verdict refuse_slowly(orch_str password)
{
    static const unsigned char salt[crypto_pwhash_SALTBYTES] = {0};
    unsigned char hash[32];

    (void)!crypto_pwhash(hash, sizeof hash, password.len > 0 ? password.ptr : "",
                         password.len > ORCH_PASSWORD_MAX ? ORCH_PASSWORD_MAX : password.len, salt,
                         ARGON2_OPERATIONS, ARGON2_BYTES, crypto_pwhash_ALG_ARGON2ID13);
    return ORCH_PASSWORD_WRONG;
}

static orch_password_verdict verify_argon2id(const char *hash, orch_str password)
{
    if (crypto_pwhash_str_verify(hash, password.ptr, password.len) != 0)
        return ORCH_PASSWORD_WRONG;
    return crypto_pwhash_str_needs_rehash(hash, ARGON2_OPERATIONS, ARGON2_BYTES) == 0
               ? ORCH_PASSWORD_RIGHT
               : ORCH_PASSWORD_RIGHT_REHASH;
}

/* "saltHex:hashHex" */
static bool split_neolith(orch_str hash, orch_str *out_salt, unsigned char out_bytes[NEOLITH_HASH_BYTES])
{
    const char *colon = memchr(hash.ptr, ':', hash.len);
    size_t len = 0;

    if (!colon || colon == hash.ptr)
        return false;
    *out_salt = (orch_str){hash.ptr, (size_t)(colon - hash.ptr)};
    size_t rest = hash.len - out_salt->len - 1;

    return rest == (size_t)2 * NEOLITH_HASH_BYTES &&
           sodium_hex2bin(out_bytes, NEOLITH_HASH_BYTES, colon + 1, rest, NULL, &len, NULL) == 0 &&
           len == NEOLITH_HASH_BYTES;
}

static orch_password_verdict verify_neolith(orch_str salt, const unsigned char *expected, orch_str password)
{
    unsigned char bytes[NEOLITH_HASH_BYTES];

    if (PKCS5_PBKDF2_HMAC(password.ptr, (int)password.len, (const unsigned char *)salt.ptr, (int)salt.len,
                          NEOLITH_ROUNDS, EVP_sha512(), sizeof bytes, bytes) != 1)
        return ORCH_PASSWORD_WRONG;
    bool same = sodium_memcmp(bytes, expected, sizeof bytes) == 0;

    sodium_memzero(bytes, sizeof bytes);
    return same ? ORCH_PASSWORD_RIGHT_REHASH : ORCH_PASSWORD_WRONG;
}

orch_password_verdict orch_password_verify(orch_str hash, orch_str password)
{
    unsigned char expected[NEOLITH_HASH_BYTES];
    char terminated[ORCH_PASSWORD_HASH_MAX];
    orch_str salt;

    if (hash.len == 0 || hash.len >= sizeof terminated || password.len == 0 ||
        password.len > ORCH_PASSWORD_MAX)
        return refuse_slowly(password);
    if (split_neolith(hash, &salt, expected))
        return verify_neolith(salt, expected, password);
    memcpy(terminated, hash.ptr, hash.len);
    terminated[hash.len] = '\0';
    if (strncmp(terminated, crypto_pwhash_argon2id_STRPREFIX, strlen(crypto_pwhash_argon2id_STRPREFIX)) != 0)
        return refuse_slowly(password);
    return verify_argon2id(terminated, password);
}

void orch_password_generate(char out_password[24])
{
    static const char alphabet[] = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    for (size_t i = 0; i < 20; i++)
        out_password[i] = alphabet[randombytes_uniform(sizeof alphabet - 1)];
    out_password[20] = '\0';
}
