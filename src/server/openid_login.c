/* Logins by OpenID as browsers see them: off to the issuer, back from it, and where to go then. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "connection.h"
#include "entrance.h"
#include "log.h"
#include "openid.h"
#include "operations.h"
#include "setup.h"

#define COOKIE        "orchd_openid"
#define COOKIE_BY_TLS "__Host-orchd_openid" /* browsers take it from this very host alone */
#define LOCATION_MAX  8192
#define LOGIN_PAGE    "/login"
#define SETTINGS_PAGE "/settings"

static const char *cookie_name(bool secure)
{
    return secure ? COOKIE_BY_TLS : COOKIE;
}

void orch__openid_cookie_read(struct lws *wsi, bool secure, char *out_value, size_t size)
{
    orch__cookie_read(wsi, cookie_name(secure), out_value, size);
}

/* ---- browsers, which show what they get ---- */

bool orch__openid_turns_away(const orch__exchange *exchange)
{
    return exchange->face == ORCH__FACE_HTTP && exchange->connection &&
           exchange->connection->http->wants_page &&
           (exchange->operation.run == orch__do_oidc_start ||
            exchange->operation.run == orch__do_oidc_callback);
}

void orch__openid_turn_away(orch__exchange *exchange, const char *code)
{
    char location[128];

    snprintf(location, sizeof(location), LOGIN_PAGE "?error=%.64s", code);
    orch__exchange_redirect(exchange, location);
}

/* ---- which providers there are ---- */

void orch__do_provider_list(orch__exchange *exchange)
{
    const orch__openid *openid = exchange->server->openid;
    orch__writer *json = orch__exchange_begin(exchange, 200);

    orch__writer_open(json, NULL, '{');
    orch__writer_boolean(json, "password", true);
    orch__writer_open(json, "providers", '[');
    for (size_t i = 0; openid && i < openid->count; i++) {
        orch__writer_open(json, NULL, '{');
        orch__writer_string(json, "id", openid->config->providers[i].id);
        orch__writer_string(json, "name", openid->config->providers[i].name);
        orch__writer_close(json, '}');
    }
    orch__writer_close(json, ']');
    orch__writer_boolean(json, "setup", orch__setup_open(exchange->server));
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

/* The place of the provider that the path names; false: answered, there is none. */
static bool find_provider(orch__exchange *exchange, size_t *out_index)
{
    const orch__openid *openid = exchange->server->openid;
    orch_str id = orch__input_text(exchange->input, "providerId");

    for (size_t i = 0; openid && i < openid->count; i++) {
        const char *known = openid->config->providers[i].id;

        if (id.len == strlen(known) && memcmp(id.ptr, known, id.len) == 0) {
            *out_index = i;
            return true;
        }
    }
    orch__exchange_refuse(exchange, 404, orch_error_name(ORCH_E_NOT_FOUND), "providerId",
                          "there is no provider of that name; GET /api/auth/providers lists them");
    return false;
}

/* ---- texts ---- */

/* Adds "&name=value" to a URL, percent-encoded (RFC 3986, 2.1). False: no room. */
static bool add_parameter(char *url, size_t size, const char *name, const char *value)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t len = strlen(url);
    int wrote = snprintf(url + len, size - len, "%c%s=", strchr(url, '?') ? '&' : '?', name);

    if (wrote < 0 || (size_t)wrote >= size - len)
        return false;
    for (len += (size_t)wrote; *value; value++) {
        unsigned char c = (unsigned char)*value;
        bool plain =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-._~", c);

        if (len + 4 > size)
            return false;
        if (!plain) {
            url[len++] = '%';
            url[len++] = hex[c >> 4];
        }
        url[len++] = plain ? (char)c : hex[c & 15];
    }
    url[len] = '\0';
    return true;
}

/* PKCE (RFC 7636, 4.2): the hash of what only we know, for the issuer to keep. */
static void make_challenge(const char *verifier, char out_challenge[ORCH__PENDING_SECRET_LEN + 1])
{
    unsigned char hash[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(hash, (const unsigned char *)verifier, strlen(verifier));
    sodium_bin2base64(out_challenge, ORCH__PENDING_SECRET_LEN + 1, hash, sizeof(hash),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* Without a prompt a provider takes the account that is logged in there. Google's way to let people choose is its own; any other
 * provider knows how to ask for the login again (OpenID Connect Core 1.0, 3.1.2.1). */
static const char *prompt_to_choose(const orch_openid_provider *provider)
{
    return provider->google ? "select_account" : "login";
}

static bool make_location(const orch__issuer *issuer, const orch__pending *pending, bool choose, char *out,
                          size_t size)
{
    const orch_openid_provider *provider = issuer->provider;
    char challenge[ORCH__PENDING_SECRET_LEN + 1];

    make_challenge(pending->verifier, challenge);
    snprintf(out, size, "%s", issuer->discovery.authorization_endpoint);
    return add_parameter(out, size, "response_type", "code") &&
           add_parameter(out, size, "client_id", provider->client_id) &&
           add_parameter(out, size, "redirect_uri", pending->redirect_url) &&
           add_parameter(out, size, "scope", provider->scopes) &&
           add_parameter(out, size, "state", pending->state) &&
           add_parameter(out, size, "nonce", pending->nonce) &&
           add_parameter(out, size, "code_challenge", challenge) &&
           add_parameter(out, size, "code_challenge_method", "S256") &&
           (!choose || add_parameter(out, size, "prompt", prompt_to_choose(provider)));
}

/* ---- there ---- */

/* Where browsers find this server. What they say themselves (Host) counts only for this very machine: elsewhere somebody could
 * have the codes of others sent to a place of his own. */
static bool find_base(const orch__exchange *exchange, char *out, size_t size)
{
    const orch__request *http = exchange->connection->http;
    const char *public_url = exchange->server->public_url;

    if (!public_url && !orch_fetch_is_here(orch__str(http->host)))
        return false;
    if (public_url)
        snprintf(out, size, "%s", public_url);
    else
        snprintf(out, size, "%s://%s", http->secure ? "https" : "http", http->host);
    return true;
}

/* Somebody who waits for the issuer's addresses, to be sent there. */
typedef struct departure {
    orch__exchange *exchange;
    size_t provider;
    bool link;
    bool choose; /* the person chooses an account there */
    char return_path[ORCH__RETURN_MAX + 1];
} departure;

/* To the login, or to the settings where an account was to be linked: they say what CODE means. `return_path`: where to go after
 * all; "/" goes without saying. */
static void redirect_refused(orch__exchange *exchange, bool link, const char *code, const char *return_path)
{
    char location[64 + 3 * ORCH__RETURN_MAX];
    bool tells = !link && strcmp(return_path, "/") != 0;

    snprintf(location, sizeof(location), "%s", link ? SETTINGS_PAGE : LOGIN_PAGE);
    if (!add_parameter(location, sizeof(location), "error", code) ||
        (tells && !add_parameter(location, sizeof(location), "return", return_path)))
        snprintf(location, sizeof(location), "%s", LOGIN_PAGE);
    orch__exchange_redirect(exchange, location);
}

static void log_failure(const orch__exchange *exchange, const char *provider, const char *why)
{
    const orch_log_field fields[] = {{"provider", provider}, {"reason", why}};

    exchange->server->counters.logins_failed++;
    orch_log(ORCH_LOG_WARN, "login.openid", "A login by OpenID failed", fields, 2);
}

static void fail_departure(const departure *kept, const char *why)
{
    const orch__issuer *issuer = &kept->exchange->server->openid->issuers[kept->provider];

    log_failure(kept->exchange, issuer->provider->id, why);
    if (kept->link)
        orch__exchange_refuse(kept->exchange, 503, "provider_failed", NULL,
                              "%s does not answer as it should; try again later", issuer->provider->name);
    else
        redirect_refused(kept->exchange, false, "provider", kept->return_path);
}

static void answer_location(orch__exchange *exchange, const char *location)
{
    orch__writer *json = orch__exchange_begin(exchange, 200);

    orch__writer_open(json, NULL, '{');
    orch__writer_string(json, "location", location);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

static orch__pending *begin(const departure *kept)
{
    orch__exchange *exchange = kept->exchange;
    const orch__request *http = exchange->connection->http;
    orch__openid *openid = exchange->server->openid;
    char base[sizeof(http->host) + 16];
    char url[ORCH_OPENID_URL_MAX];
    orch__pending *pending;

    if (!find_base(exchange, base, sizeof(base)))
        return NULL;
    pending = orch__pending_new(&openid->pendings, &exchange->connection->client, orch__str(http->openid),
                                uv_now(exchange->server->loop));
    if (!pending)
        return NULL;
    pending->provider = kept->provider;
    pending->linker = kept->link ? exchange->user : NULL;
    orch_openid_redirect_url(base, &openid->config->providers[kept->provider], url);
    _Static_assert(sizeof(pending->redirect_url) >= 320, "room for every base");
    snprintf(pending->redirect_url, sizeof(pending->redirect_url), "%.*s",
             (int)sizeof(pending->redirect_url) - 1, url);
    snprintf(pending->return_path, sizeof(pending->return_path), "%s", kept->return_path);
    return pending;
}

static void depart(const departure *kept)
{
    orch__exchange *exchange = kept->exchange;
    const orch__issuer *issuer = &exchange->server->openid->issuers[kept->provider];
    orch__pending *pending = begin(kept);
    char location[LOCATION_MAX];

    if (!pending || !make_location(issuer, pending, kept->choose, location, sizeof(location))) {
        fail_departure(kept, "out of memory, or the issuer's address is too long");
        return;
    }
    orch__set_cookie(exchange, cookie_name(exchange->connection->http->secure), pending->browser,
                     ORCH__PENDING_MS / 1000);
    if (kept->link)
        answer_location(exchange, location);
    else
        orch__exchange_redirect(exchange, location);
}

static void on_discovered(int error, const char *words, void *user)
{
    departure *kept = user;

    if (!kept->exchange->connection)
        orch__exchange_done(kept->exchange); /* nobody waits; server and runtime may have ended */
    else if (error)
        fail_departure(kept, words);
    else
        depart(kept);
    free(kept);
}

static void start(orch__exchange *exchange, const char *default_return, bool link)
{
    orch_str path = orch__input_text(exchange->input, "return");
    char base[sizeof(exchange->connection->http->host) + 16];
    departure *kept;
    size_t provider;

    if (!find_provider(exchange, &provider))
        return;
    if (path.len && !orch__return_path_valid(path)) {
        orch__exchange_refuse(exchange, 400, "invalid", "return",
                              "return must be a path at this server such as /c/general, of at most %d bytes",
                              ORCH__RETURN_MAX);
        return;
    }
    if (!find_base(exchange, base, sizeof(base))) {
        orch__exchange_refuse(exchange, 400, "address", NULL,
                              "logins by OpenID begin at the server's own address: the server needs "
                              "--public-url to know any other than localhost");
        return;
    }
    kept = calloc(1, sizeof(*kept));
    if (!kept) {
        orch__exchange_refuse(exchange, 503, "no_memory", NULL, "out of memory");
        return;
    }
    *kept = (departure){.exchange = exchange,
                        .provider = provider,
                        .link = link,
                        .choose = json_is_true(json_object_get(exchange->input, "choose"))};
    if (path.len)
        memcpy(kept->return_path, path.ptr, path.len);
    else
        snprintf(kept->return_path, sizeof(kept->return_path), "%s", default_return);
    orch__issuer_discover(&exchange->server->openid->issuers[provider], on_discovered, kept);
}

void orch__do_oidc_start(orch__exchange *exchange)
{
    start(exchange, "/", false);
}

void orch__do_oidc_link(orch__exchange *exchange)
{
    if (exchange->token_kind == ORCH_TOKEN_SESSION)
        start(exchange, SETTINGS_PAGE, true);
    else
        orch__exchange_refuse(exchange, 403, "forbidden", NULL,
                              "an API token links no account: log in, and link it from there");
}

/* ---- and back ---- */

void orch__visit_free(orch__visit *visit)
{
    visit->exchange->server->openid->visits--;
    if (visit->id_token)
        sodium_memzero(visit->id_token, strlen(visit->id_token));
    if (visit->access_token)
        sodium_memzero(visit->access_token, strlen(visit->access_token));
    free(visit->id_token);
    free(visit->access_token);
    orch__pending_free(visit->pending);
    free(visit);
}

/* The last login of this browser that was under way: it needs no cookie any more. */
void orch__openid_forget_browser(orch__exchange *exchange)
{
    const orch__request *http = exchange->connection->http;

    if (!orch__pendings_know(&exchange->server->openid->pendings, orch__str(http->openid)))
        orch__set_cookie(exchange, cookie_name(http->secure), "", 0);
}

/* Takes what was kept of the login; NULL: it is not known. */
static void send_back(orch__exchange *exchange, orch__pending *pending, orch__openid_refusal refusal)
{
    static const char *const codes[] = {
        [ORCH__OPENID_DENIED] = "denied",     [ORCH__OPENID_EXPIRED] = "expired",
        [ORCH__OPENID_PROVIDER] = "provider", [ORCH__OPENID_TOKEN] = "token",
        [ORCH__OPENID_EMAIL] = "email",       [ORCH__OPENID_UNKNOWN_USER] = "unknown_user",
        [ORCH__OPENID_LINK] = "link",         [ORCH__OPENID_TAKEN] = "taken",
        [ORCH__OPENID_SESSION] = "session",   [ORCH__OPENID_DISABLED] = "disabled",
        [ORCH__OPENID_BUSY] = "busy",
    };

    orch__openid_forget_browser(exchange);
    redirect_refused(exchange, pending && pending->linker, codes[refusal],
                     pending ? pending->return_path : "/");
    orch__pending_free(pending);
}

bool orch__visit_goes_on(orch__visit *visit)
{
    orch__exchange *exchange = visit->exchange;

    if (exchange->connection)
        return true;
    orch__visit_free(visit);
    orch__exchange_done(exchange);
    return false;
}

void orch__visit_refuse(orch__visit *visit, orch__openid_refusal refusal, const char *why)
{
    orch__exchange *exchange = visit->exchange;
    orch__pending *pending = visit->pending;

    if (!orch__visit_goes_on(visit))
        return;
    log_failure(exchange, visit->issuer->provider->id, why);
    visit->pending = NULL;
    orch__visit_free(visit);
    send_back(exchange, pending, refusal);
}

void orch__visit_finish(orch__visit *visit)
{
    orch__exchange *exchange = visit->exchange;
    char location[ORCH__RETURN_MAX + 1];

    if (!orch__visit_goes_on(visit))
        return;
    memcpy(location, visit->pending->return_path, sizeof(location));
    orch__visit_free(visit);
    orch__openid_forget_browser(exchange);
    orch__exchange_redirect(exchange, location);
}

static orch__visit *arrive(orch__exchange *exchange, orch__pending *pending)
{
    orch__openid *openid = exchange->server->openid;
    orch__visit *visit = openid->visits < ORCH__OPENID_VISITS_MAX ? calloc(1, sizeof(*visit)) : NULL;

    if (!visit)
        return NULL;
    openid->visits++;
    visit->exchange = exchange;
    visit->pending = pending;
    visit->issuer = &openid->issuers[pending->provider];
    return visit;
}

/* RFC 9207: an answer that another issuer gave, and that an attacker passed on to us. */
static bool is_of_issuer(const orch__visit *visit)
{
    orch_str issuer = orch__input_text(visit->exchange->input, "iss");
    const char *expected = visit->issuer->provider->issuer;

    if (!issuer.ptr)
        return !visit->issuer->discovery.names_itself;
    return issuer.len == strlen(expected) && memcmp(issuer.ptr, expected, issuer.len) == 0;
}

/* RFC 6749, 4.1.2.1: a person says no in one way; whatever else there is, is between the provider and us. */
static orch__openid_refusal refusal_named(const char *error)
{
    return strcmp(error, "access_denied") == 0 ? ORCH__OPENID_DENIED : ORCH__OPENID_PROVIDER;
}

static void look_at_answer(orch__visit *visit)
{
    const json_t *input = visit->exchange->input;
    const char *error = json_string_value(json_object_get(input, "error"));
    char why[160];

    if (!is_of_issuer(visit)) {
        orch__visit_refuse(visit, ORCH__OPENID_TOKEN, "the answer is of another issuer");
    } else if (error) {
        snprintf(why, sizeof(why), "the provider said no: %.100s", error);
        orch__visit_refuse(visit, refusal_named(error), why);
    } else if (!orch__input_text(input, "code").len) {
        orch__visit_refuse(visit, ORCH__OPENID_PROVIDER, "the provider sent no code");
    } else {
        orch__visit_redeem(visit);
    }
}

void orch__do_oidc_callback(orch__exchange *exchange)
{
    orch__openid *openid = exchange->server->openid;
    orch__pending *pending;
    orch__visit *visit;
    size_t provider;

    if (!find_provider(exchange, &provider))
        return;
    pending =
        orch__pending_take(&openid->pendings, orch__input_text(exchange->input, "state"),
                           orch__str(exchange->connection->http->openid), uv_now(exchange->server->loop));
    if (!pending || pending->provider != provider) {
        orch__pending_free(pending);
        log_failure(exchange, openid->config->providers[provider].id,
                    "the login was begun too long ago, in another browser, or has been used");
        send_back(exchange, NULL, ORCH__OPENID_EXPIRED);
        return;
    }
    visit = arrive(exchange, pending);
    if (visit) {
        look_at_answer(visit);
        return;
    }
    log_failure(exchange, openid->config->providers[provider].id, "too many logins at once");
    send_back(exchange, pending, ORCH__OPENID_BUSY);
}
