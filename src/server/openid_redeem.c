/* The conversation with the issuer: a code for tokens (RFC 6749, 4.1.3, with PKCE), the ID token's proof by the issuer's keys. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openid.h"
#include "orchd/assert.h"

#define TOKEN_ANSWER_MAX (128u * 1024)
#define CODE_MAX         4096
#define FORM_MAX         (3 * CODE_MAX + 8192)

/* ---- the form ---- */

/* application/x-www-form-urlencoded; a growing text in a fixed room. */
typedef struct form {
    char text[FORM_MAX];
    size_t len;
    bool full;
} form;

static void put(form *out, const char *bytes, size_t len)
{
    if (out->full || len >= sizeof(out->text) - out->len) {
        out->full = true;
        return;
    }
    memcpy(out->text + out->len, bytes, len);
    out->len += len;
    out->text[out->len] = '\0';
}

static void put_encoded(form *out, orch_str value)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        char escape[3] = {'%', hex[c >> 4], hex[c & 15]};

        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
            (c && strchr("-._", c)))
            put(out, value.ptr + i, 1);
        else
            put(out, escape, sizeof(escape));
    }
}

static void put_field(form *out, const char *name, orch_str value)
{
    if (out->len)
        put(out, "&", 1);
    put(out, name, strlen(name));
    put(out, "=", 1);
    put_encoded(out, value);
}

/* "client:secret" for HTTP Basic, each form-encoded (RFC 6749, 2.3.1). */
static void put_credentials(form *out, const orch_openid_provider *provider)
{
    put_encoded(out, orch__str(provider->client_id));
    put(out, ":", 1);
    put_encoded(out, orch__str(provider->client_secret));
}

static void put_request(form *out, const orch__visit *visit)
{
    const orch_openid_provider *provider = visit->issuer->provider;

    put_field(out, "grant_type", ORCH_STR("authorization_code"));
    put_field(out, "code", orch__input_text(visit->exchange->input, "code"));
    put_field(out, "redirect_uri", orch__str(visit->pending->redirect_url));
    put_field(out, "code_verifier", orch__str(visit->pending->verifier));
    if (!provider->client_secret || visit->issuer->discovery.secret_in_form)
        put_field(out, "client_id", orch__str(provider->client_id));
    if (provider->client_secret && visit->issuer->discovery.secret_in_form)
        put_field(out, "client_secret", orch__str(provider->client_secret));
}

/* ---- the ID token ---- */

static void prove(orch__visit *visit);

static void on_keys_again(int error, const char *words, void *user)
{
    orch__visit *visit = user;

    if (error)
        orch__visit_refuse(visit, ORCH__OPENID_PROVIDER, words);
    else if (orch__visit_goes_on(visit))
        prove(visit);
}

static void check(orch__visit *visit, const orch__jws *jws, const orch__jwk *jwk)
{
    const orch__id_token_wish wish = {.issuer = visit->issuer->provider->issuer,
                                      .client_id = visit->issuer->provider->client_id,
                                      .nonce = visit->pending->nonce,
                                      .access_token = orch__str(visit->access_token),
                                      .now_s = orch__server_now() / 1000};
    char why[ORCH__WHY_MAX], words[ORCH__WHY_MAX + 32];

    if (!orch__id_token_check(jws, jwk, &wish, &visit->token, why, sizeof(why))) {
        orch__visit_admit(visit);
        return;
    }
    snprintf(words, sizeof(words), "the ID token: %s", why);
    orch__visit_refuse(visit, ORCH__OPENID_TOKEN, words);
}

static void prove(orch__visit *visit)
{
    orch__issuer *issuer = visit->issuer;
    char why[ORCH__WHY_MAX], words[ORCH__WHY_MAX + 32];
    const orch__jwk *jwk;
    orch__jws jws;

    if (orch__jws_read(orch__str(visit->id_token), issuer->discovery.algorithms, &jws, why, sizeof(why))) {
        snprintf(words, sizeof(words), "the ID token: %s", why);
        orch__visit_refuse(visit, ORCH__OPENID_TOKEN, words);
        return;
    }
    jwk = orch__jwk_set_find(&issuer->keys, jws.algorithm, orch__str(jws.kid));
    if (jwk) {
        check(visit, &jws, jwk);
    } else if (!visit->asked_again) {
        visit->asked_again = true;
        orch__issuer_load_keys(issuer, true, on_keys_again, visit);
    } else {
        orch__visit_refuse(visit, ORCH__OPENID_TOKEN,
                           "the ID token: it is signed with a key that the provider does not list");
    }
}

/* ---- the answer of the token endpoint ---- */

static char *copy_member(const json_t *root, const char *name)
{
    const char *text = json_string_value(json_object_get(root, name));

    return strdup(text ? text : "");
}

static void read_tokens(orch__visit *visit, const json_t *root)
{
    visit->id_token = copy_member(root, "id_token");
    visit->access_token = copy_member(root, "access_token");
    if (!visit->id_token || !visit->access_token)
        orch__visit_refuse(visit, ORCH__OPENID_BUSY, "out of memory");
    else if (!visit->id_token[0])
        orch__visit_refuse(visit, ORCH__OPENID_PROVIDER, "the token endpoint sent no ID token");
    else
        prove(visit);
}

/* "invalid_grant" and the like; it goes into the log, so that only such words are taken. */
static const char *error_word(const json_t *root)
{
    const char *word = json_string_value(json_object_get(root, "error"));

    return word && strlen(word) <= 40 && !word[strspn(word, "abcdefghijklmnopqrstuvwxyz_")] ? word
                                                                                            : "no reason";
}

static void on_tokens(const orch_fetch_answer *answer, void *user)
{
    orch__visit *visit = user;
    char why[ORCH__WHY_MAX], words[ORCH__WHY_MAX + 64];
    json_t *root = NULL;

    if (!orch__visit_goes_on(visit))
        return;
    if (answer->error) {
        snprintf(words, sizeof(words), "the token endpoint: %.200s", answer->words);
        orch__visit_refuse(visit, ORCH__OPENID_PROVIDER, words);
        return;
    }
    if (orch__parse_json(answer->body, &root, why, sizeof(why)))
        root = NULL;
    if (answer->status == 200 && root) {
        read_tokens(visit, root);
    } else {
        snprintf(words, sizeof(words), "the token endpoint answered with HTTP status %d, %s", answer->status,
                 root ? error_word(root) : "no JSON");
        orch__visit_refuse(visit, ORCH__OPENID_PROVIDER, words);
    }
    json_decref(root);
}

static void ask_for_tokens(orch__visit *visit)
{
    const orch__issuer *issuer = visit->issuer;
    bool basic = issuer->provider->client_secret && !issuer->discovery.secret_in_form;
    form *request = calloc(1, sizeof(*request)), *credentials = calloc(1, sizeof(*credentials));
    int error = request && credentials ? 0 : ORCH_E_NO_MEMORY;

    if (!error) {
        put_request(request, visit);
        if (basic)
            put_credentials(credentials, issuer->provider);
        error = request->full || credentials->full ? ORCH_E_TOO_LARGE : 0;
    }
    if (!error)
        error = issuer->fetches
                    ? orch_fetch(issuer->fetches,
                                 &(orch_fetch_request){.url = issuer->discovery.token_endpoint,
                                                       .user_password = basic ? credentials->text : NULL,
                                                       .form = request->text,
                                                       .body_max = TOKEN_ANSWER_MAX,
                                                       .timeout_ms = ORCH__ISSUER_TIMEOUT_MS},
                                 on_tokens, visit)
                    : ORCH_E_CLOSED;
    if (request)
        explicit_bzero(request, sizeof(*request));
    if (credentials)
        explicit_bzero(credentials, sizeof(*credentials));
    free(request);
    free(credentials);
    if (error)
        orch__visit_refuse(visit, ORCH__OPENID_BUSY, orch_error_text(error));
}

static void on_keys(int error, const char *words, void *user)
{
    orch__visit *visit = user;

    if (error)
        orch__visit_refuse(visit, ORCH__OPENID_PROVIDER, words);
    else if (orch__visit_goes_on(visit))
        ask_for_tokens(visit);
}

void orch__visit_redeem(orch__visit *visit)
{
    orch__issuer_load_keys(visit->issuer, false, on_keys, visit);
}
