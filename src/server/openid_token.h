/* ID tokens: signed by the issuer, about somebody who has just logged in there (OpenID Connect Core 1.0, 2 and 3.1.3.7).
 *
 *     text ──read──▶ orch__jws ──(find the key, verify the signature)──▶ ──claims──▶ orch__id_token
 *
 * Pure computation over bytes from the network. Nothing of a token is believed before its signature was verified: the head only
 * says which key to look for, among the issuer's own.
 */
#ifndef ORCHD_SERVER_OPENID_TOKEN_H
#define ORCHD_SERVER_OPENID_TOKEN_H

#include "openid_keys.h"
#include "workspace.h"

#define ORCH__ID_TOKEN_MAX   (24u * 1024) /* bytes of its text */
#define ORCH__JWS_HEAD_MAX   4096
#define ORCH__CLOCK_LEEWAY_S 60
#define ORCH__ID_TOKEN_AGE_S (15 * 60) /* it was issued for a login that is under way */
#define ORCH__WHY_MAX        256

/* A token in its parts. Borrows the text. */
typedef struct orch__jws {
    orch__jws_algorithm algorithm;
    char kid[ORCH__KID_MAX + 1]; /* empty: none */
    orch_str signed_bytes;
    orch_str payload; /* base64url */
    unsigned char signature[ORCH__JWS_SIGNATURE_MAX];
    size_t signature_len;
} orch__jws;

/* `allowed` has a bit (1 << algorithm) for each that the issuer says it signs with. ORCH_E_UNAUTHORIZED, and why. */
ORCH_MUST_USE int orch__jws_read(orch_str text, unsigned allowed, orch__jws *out_jws, char *out_why,
                                 size_t why_size);

/* What it must say. */
typedef struct orch__id_token_wish {
    const char *issuer;
    const char *client_id;
    const char *nonce;
    orch_str access_token; /* that came with it, for at_hash; may be empty */
    int64_t now_s;
} orch__id_token_wish;

typedef struct orch__id_token {
    char subject[ORCH_SUBJECT_MAX + 1];
    char email[ORCH_EMAIL_MAX + 1]; /* empty: none, or none that is an address */
    bool email_verified;            /* the issuer says so */
    bool hosted;                    /* Google's `hd`: the account is an organization's */
    char name[ORCH_NAME_MAX + 1];   /* empty: none that fits */
} orch__id_token;

/* Verifies and reads. ORCH_E_UNAUTHORIZED: it is not for this login, or nobody's; `out_why` says what is wrong, without values of
 * the token. */
ORCH_MUST_USE int orch__id_token_check(const orch__jws *jws, const orch__jwk *jwk,
                                       const orch__id_token_wish *wish, orch__id_token *out_token,
                                       char *out_why, size_t why_size);

#endif
