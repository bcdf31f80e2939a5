#include "openid_token.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json.h"
#include "text.h"

#define AUDIENCES_MAX 16
#define SECONDS_MAX   INT64_C(253402300799) /* the end of the year 9999 */

static int refuse(char *out_why, size_t why_size, const char *format, ...) ORCH_PRINTF(3, 4);

static int refuse(char *out_why, size_t why_size, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(out_why, why_size, format, arguments);
    va_end(arguments);
    return ORCH_E_UNAUTHORIZED;
}

static orch_str text_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return json_is_string(value) ? (orch_str){json_string_value(value), json_string_length(value)}
                                 : ORCH_STR_NONE;
}

static bool is(orch_str text, const char *other)
{
    return text.ptr && text.len == strlen(other) && memcmp(text.ptr, other, text.len) == 0;
}

/* ---- the head ---- */

/* The JSON object in a part of the token. NULL: `out_why` says why. */
static json_t *read_part(orch_str part, size_t max, const char *what, char *out_why, size_t why_size)
{
    char why[ORCH__WHY_MAX];
    unsigned char *bytes = NULL;
    json_t *value = NULL;
    size_t len = 0;

    if (part.len / 4 * 3 <= max)
        bytes = malloc(max + 3);
    if (!bytes || !orch__base64url_read(part, bytes, max + 3, &len)) {
        (void)refuse(out_why, why_size, "its %s is too large, or no base64url", what);
    } else if (orch__parse_json((orch_str){(const char *)bytes, len}, &value, why, sizeof(why))) {
        (void)refuse(out_why, why_size, "its %s: %.200s", what, why);
        value = NULL;
    } else if (!json_is_object(value)) {
        (void)refuse(out_why, why_size, "its %s is no object", what);
        json_decref(value);
        value = NULL;
    }
    free(bytes);
    return value;
}

static int read_head(const json_t *head, unsigned allowed, orch__jws *jws, char *out_why, size_t why_size)
{
    orch_str algorithm = text_of(head, "alg"), type = text_of(head, "typ"), kid = text_of(head, "kid");

    jws->algorithm = orch__jws_algorithm_named(algorithm);
    if (jws->algorithm == ORCH__JWS_UNKNOWN || !(allowed & 1u << jws->algorithm))
        return refuse(out_why, why_size, "it is signed with \"%.*s\", which is not accepted",
                      (int)(algorithm.len < 16 ? algorithm.len : 16), algorithm.ptr ? algorithm.ptr : "");
    if (json_object_get(head, "crit") || json_object_get(head, "b64"))
        return refuse(out_why, why_size, "its head asks for an extension");
    if (json_object_get(head, "typ") && (type.len != 3 || strncasecmp(type.ptr, "JWT", 3) != 0))
        return refuse(out_why, why_size, "it is of another type than JWT");
    if (kid.len > ORCH__KID_MAX || (json_object_get(head, "kid") && !kid.len))
        return refuse(out_why, why_size, "its key has an impossible name");
    if (kid.len)
        memcpy(jws->kid, kid.ptr, kid.len);
    return strlen(jws->kid) == kid.len ? 0 : refuse(out_why, why_size, "its key has an impossible name");
}

int orch__jws_read(orch_str text, unsigned allowed, orch__jws *out_jws, char *out_why, size_t why_size)
{
    const char *end = text.ptr + text.len;
    const char *first = text.len ? memchr(text.ptr, '.', text.len) : NULL;
    const char *second = first ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;
    orch__jws jws = {0};
    json_t *head;
    int error;

    if (text.len > ORCH__ID_TOKEN_MAX || !second || memchr(second + 1, '.', (size_t)(end - second - 1)))
        return refuse(out_why, why_size, "it is not of three parts, or longer than %u bytes",
                      ORCH__ID_TOKEN_MAX);
    head = read_part((orch_str){text.ptr, (size_t)(first - text.ptr)}, ORCH__JWS_HEAD_MAX, "head", out_why,
                     why_size);
    if (!head)
        return ORCH_E_UNAUTHORIZED;
    error = read_head(head, allowed, &jws, out_why, why_size);
    json_decref(head);
    jws.signed_bytes = (orch_str){text.ptr, (size_t)(second - text.ptr)};
    jws.payload = (orch_str){first + 1, (size_t)(second - first - 1)};
    if (!error && !orch__base64url_read((orch_str){second + 1, (size_t)(end - second - 1)}, jws.signature,
                                        sizeof(jws.signature), &jws.signature_len))
        error = refuse(out_why, why_size, "its signature is missing, too long, or no base64url");
    if (!error)
        *out_jws = jws;
    return error;
}

/* ---- claims ---- */

/* A NumericDate (RFC 7519, 2), which may be broken. False: it is none. */
static bool read_seconds(const json_t *claims, const char *name, int64_t *out_seconds)
{
    const json_t *value = json_object_get(claims, name);

    if (!json_is_number(value) || json_number_value(value) < 0 ||
        json_number_value(value) > (double)SECONDS_MAX)
        return false;
    *out_seconds = json_is_integer(value) ? json_integer_value(value) : (int64_t)json_number_value(value);
    return true;
}

static int check_times(const json_t *claims, int64_t now, char *out_why, size_t why_size)
{
    int64_t expires, issued, not_before;

    if (!read_seconds(claims, "exp", &expires) || !read_seconds(claims, "iat", &issued))
        return refuse(out_why, why_size, "it does not say when it was issued and when it expires");
    if (expires <= now - ORCH__CLOCK_LEEWAY_S)
        return refuse(out_why, why_size, "it has expired, %lld s ago", (long long)(now - expires));
    if (issued > now + ORCH__CLOCK_LEEWAY_S)
        return refuse(out_why, why_size, "it was issued %lld s in the future: a clock is wrong",
                      (long long)(issued - now));
    if (issued < now - ORCH__ID_TOKEN_AGE_S - ORCH__CLOCK_LEEWAY_S)
        return refuse(out_why, why_size, "it was issued %lld s ago", (long long)(now - issued));
    if (json_object_get(claims, "nbf") &&
        (!read_seconds(claims, "nbf", &not_before) || not_before > now + ORCH__CLOCK_LEEWAY_S))
        return refuse(out_why, why_size, "it is not valid yet");
    return 0;
}

/* `aud` is a text or an array of them. */
static bool names_audience(const json_t *audience, const char *client_id, size_t *out_count)
{
    const json_t *one;
    bool named = false;
    size_t i;

    *out_count = json_is_array(audience) ? json_array_size(audience) : 1;
    if (json_is_string(audience))
        return is((orch_str){json_string_value(audience), json_string_length(audience)}, client_id);
    if (*out_count > AUDIENCES_MAX)
        return false;
    json_array_foreach(audience, i, one)
    {
        if (!json_is_string(one))
            return false;
        named = named || is((orch_str){json_string_value(one), json_string_length(one)}, client_id);
    }
    return named;
}

static int check_audience(const json_t *claims, const char *client_id, char *out_why, size_t why_size)
{
    const json_t *party = json_object_get(claims, "azp");
    size_t count;

    if (!names_audience(json_object_get(claims, "aud"), client_id, &count))
        return refuse(out_why, why_size, "it is for another audience");
    if (count > 1 && !party)
        return refuse(out_why, why_size, "it is for several audiences and does not say who asked for it");
    if (party && !is(text_of(claims, "azp"), client_id))
        return refuse(out_why, why_size, "another client asked for it");
    return 0;
}

static bool same_secret(orch_str given, const char *expected)
{
    return given.ptr && given.len == strlen(expected) && sodium_memcmp(given.ptr, expected, given.len) == 0;
}

/* OpenID Connect Core 1.0, 3.1.3.8: the left half of the access token's hash; Ed25519 hashes with SHA-512. */
static int check_access_token(const json_t *claims, orch__jws_algorithm algorithm, orch_str access_token,
                              char *out_why, size_t why_size)
{
    unsigned char hash[crypto_hash_sha512_BYTES];
    char half[64];
    size_t len = algorithm == ORCH__JWS_EDDSA ? crypto_hash_sha512_BYTES : crypto_hash_sha256_BYTES;

    if (!json_object_get(claims, "at_hash"))
        return 0;
    if (algorithm == ORCH__JWS_EDDSA)
        crypto_hash_sha512(hash, (const unsigned char *)access_token.ptr, access_token.len);
    else
        crypto_hash_sha256(hash, (const unsigned char *)access_token.ptr, access_token.len);
    sodium_bin2base64(half, sizeof(half), hash, len / 2, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return same_secret(text_of(claims, "at_hash"), half)
               ? 0
               : refuse(out_why, why_size, "it came with another access token");
}

static int read_subject(const json_t *claims, orch__id_token *out, char *out_why, size_t why_size)
{
    orch_str subject = text_of(claims, "sub");

    if (!subject.len || subject.len > ORCH_SUBJECT_MAX || memchr(subject.ptr, '\0', subject.len))
        return refuse(out_why, why_size, "it does not say whom it is about");
    memcpy(out->subject, subject.ptr, subject.len);
    return 0;
}

static void read_person(const json_t *claims, orch__id_token *out)
{
    orch_str email = text_of(claims, "email"), name = text_of(claims, "name"), hosted = text_of(claims, "hd");

    if (email.len <= ORCH_EMAIL_MAX && !orch__check_email(NULL, email))
        memcpy(out->email, email.ptr, email.len);
    /* Some issuers write the word. */
    out->email_verified = json_is_true(json_object_get(claims, "email_verified")) ||
                          is(text_of(claims, "email_verified"), "true");
    out->hosted = hosted.len > 0;
    if (name.len && name.len <= ORCH_NAME_MAX && !orch__check_name(NULL, "name", name, ORCH_NAME_MAX))
        memcpy(out->name, name.ptr, name.len);
}

static int check_claims(const orch__jws *jws, const json_t *claims, const orch__id_token_wish *wish,
                        orch__id_token *out, char *out_why, size_t why_size)
{
    int error;

    if (!is(text_of(claims, "iss"), wish->issuer))
        return refuse(out_why, why_size, "it is of another issuer");
    error = check_audience(claims, wish->client_id, out_why, why_size);
    if (!error)
        error = check_times(claims, wish->now_s, out_why, why_size);
    if (!error && !same_secret(text_of(claims, "nonce"), wish->nonce))
        error = refuse(out_why, why_size, "it is for another login (nonce)");
    if (!error)
        error = check_access_token(claims, jws->algorithm, wish->access_token, out_why, why_size);
    if (!error)
        error = read_subject(claims, out, out_why, why_size);
    if (!error)
        read_person(claims, out);
    return error;
}

int orch__id_token_check(const orch__jws *jws, const orch__jwk *jwk, const orch__id_token_wish *wish,
                         orch__id_token *out_token, char *out_why, size_t why_size)
{
    orch__id_token token = {0};
    json_t *claims;
    int error;

    if (!orch__jwk_verifies(jwk, jws->algorithm, jws->signed_bytes, jws->signature, jws->signature_len))
        return refuse(out_why, why_size, "its signature is wrong");
    claims = read_part(jws->payload, ORCH__ID_TOKEN_MAX, "claims", out_why, why_size);
    if (!claims)
        return ORCH_E_UNAUTHORIZED;
    error = check_claims(jws, claims, wish, &token, out_why, why_size);
    json_decref(claims);
    if (!error)
        *out_token = token;
    return error;
}
