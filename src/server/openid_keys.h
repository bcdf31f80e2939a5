/* The keys of an issuer (JWK Set, RFC 7517 and 8037) and what they sign (RFC 7518 and 8037): RS256, PS256, ES256, EdDSA with
 * Ed25519. Nothing else exists here: no "none", no secret shared with the issuer, no key that a token brings along.
 *
 * OpenSSL does the arithmetic: it is loaded anyway. Debian's libjose (11) has no EdDSA, and is one more library at each start.
 */
#ifndef ORCHD_SERVER_OPENID_KEYS_H
#define ORCHD_SERVER_OPENID_KEYS_H

#include "orchd/error.h"
#include "orchd/types.h"

typedef enum orch__jws_algorithm {
    ORCH__JWS_UNKNOWN, /* everything that is not accepted */
    ORCH__JWS_RS256,
    ORCH__JWS_PS256,
    ORCH__JWS_ES256,
    ORCH__JWS_EDDSA,
    ORCH__JWS_ALGORITHMS
} orch__jws_algorithm;

orch__jws_algorithm orch__jws_algorithm_named(orch_str name);

#define ORCH__KEYS_MAX          32            /* usable ones of a set */
#define ORCH__KID_MAX           200           /* bytes */
#define ORCH__JWKS_MAX          (256u * 1024) /* bytes of a set */
#define ORCH__JWS_SIGNATURE_MAX 1024          /* bytes: RSA with 8192 bits */

typedef struct orch__jwk {
    char kid[ORCH__KID_MAX + 1]; /* empty: it has none */
    orch__jws_algorithm only;    /* the one that the key is for; ORCH__JWS_UNKNOWN: any that its kind can */
    int kind;                    /* of OpenSSL: EVP_PKEY_RSA, … */
    struct evp_pkey_st *key;
} orch__jwk;

typedef struct orch__jwk_set {
    orch__jwk items[ORCH__KEYS_MAX];
    size_t count;
} orch__jwk_set;

/* Keys that are not understood, too weak or not for signatures are left out. ORCH_E_INVALID: no set of keys, or more than
 * ORCH__KEYS_MAX that could be used; ORCH_E_NO_MEMORY. `out_why` is then a sentence. */
ORCH_MUST_USE int orch__jwk_set_read(orch_str json, orch__jwk_set *out_set, char *out_why, size_t why_size);
void orch__jwk_set_fini(orch__jwk_set *set);

/* The key of a token; `kid` empty: the token names none, and then there must be only one that fits. NULL: none. */
const orch__jwk *orch__jwk_set_find(const orch__jwk_set *set, orch__jws_algorithm algorithm, orch_str kid);

bool orch__jwk_verifies(const orch__jwk *jwk, orch__jws_algorithm algorithm, orch_str signed_bytes,
                        const unsigned char *signature, size_t signature_len);

/* base64url without padding (RFC 7515, 2), strictly. False: it is none, or too long for `size`. */
bool orch__base64url_read(orch_str text, unsigned char *out, size_t size, size_t *out_len);

#endif
