#include "openid_discovery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fetch.h"
#include "json.h"

void orch__discovery_url(const char *issuer, char out_url[ORCH_OPENID_URL_MAX])
{
    size_t len = strlen(issuer);

    while (len > 0 && issuer[len - 1] == '/')
        len--;
    snprintf(out_url, ORCH_OPENID_URL_MAX, "%.*s/.well-known/openid-configuration", (int)len, issuer);
}

/* Whether an array of texts has that one. */
static bool lists(const json_t *array, const char *word)
{
    const json_t *item;
    size_t i;

    json_array_foreach(array, i, item) if (json_is_string(item) &&
                                           strcmp(json_string_value(item), word) == 0) return true;
    return false;
}

/* An address that the document names: as safe as the issuer's own. */
static int read_url(const json_t *root, const char *name, const char *issuer, char **out_url, char *out_why,
                    size_t why_size)
{
    const char *url = json_string_value(json_object_get(root, name));
    bool plain = strncasecmp(issuer, "https:", 6) != 0;

    if (!url || strlen(url) >= ORCH_OPENID_URL_MAX || !orch_fetch_allows(url) ||
        (!plain && strncasecmp(url, "https:", 6) != 0)) {
        snprintf(out_why, why_size, "its %s is missing, or no address with https", name);
        return ORCH_E_INVALID;
    }
    *out_url = strdup(url);
    if (*out_url)
        return 0;
    snprintf(out_why, why_size, "out of memory");
    return ORCH_E_NO_MEMORY;
}

static unsigned read_algorithms(const json_t *root)
{
    const json_t *listed = json_object_get(root, "id_token_signing_alg_values_supported"), *name;
    unsigned algorithms = 0;
    size_t i;

    if (!listed)
        return 1u << ORCH__JWS_RS256; /* what every issuer has to know */
    json_array_foreach(listed, i, name) if (json_is_string(name)) algorithms |=
        1u << orch__jws_algorithm_named(orch__str(json_string_value(name)));
    return algorithms & ~(1u << ORCH__JWS_UNKNOWN);
}

/* Without a list: client_secret_basic. */
static bool reads_form_only(const json_t *root)
{
    const json_t *methods = json_object_get(root, "token_endpoint_auth_methods_supported");

    return json_is_array(methods) && !lists(methods, "client_secret_basic") &&
           lists(methods, "client_secret_post");
}

static int check_abilities(const json_t *root, const char *issuer, char *out_why, size_t why_size)
{
    const char *own = json_string_value(json_object_get(root, "issuer"));
    const json_t *types = json_object_get(root, "response_types_supported");
    const json_t *challenges = json_object_get(root, "code_challenge_methods_supported");
    const char *wrong = NULL;

    if (!own || strcmp(own, issuer) != 0) {
        snprintf(out_why, why_size, "it calls itself \"%.120s\", not as the configuration has it",
                 own ? own : "");
        return ORCH_E_INVALID;
    }
    if (json_is_array(types) && !lists(types, "code"))
        wrong = "it does not give authorization codes (response type \"code\")";
    else if (json_is_array(challenges) && !lists(challenges, "S256"))
        wrong = "it does not know PKCE with S256";
    else if (!read_algorithms(root))
        wrong = "it signs with none of RS256, PS256, ES256 and EdDSA";
    if (wrong)
        snprintf(out_why, why_size, "%s", wrong);
    return wrong ? ORCH_E_INVALID : 0;
}

static int read_root(const json_t *root, const char *issuer, orch__discovery *out, char *out_why,
                     size_t why_size)
{
    int error = check_abilities(root, issuer, out_why, why_size);

    if (!error)
        error =
            read_url(root, "authorization_endpoint", issuer, &out->authorization_endpoint, out_why, why_size);
    if (!error)
        error = read_url(root, "token_endpoint", issuer, &out->token_endpoint, out_why, why_size);
    if (!error)
        error = read_url(root, "jwks_uri", issuer, &out->keys_url, out_why, why_size);
    out->algorithms = read_algorithms(root);
    out->secret_in_form = reads_form_only(root);
    out->names_itself = json_is_true(json_object_get(root, "authorization_response_iss_parameter_supported"));
    return error;
}

int orch__discovery_read(orch_str json, const char *issuer, orch__discovery *out_discovery, char *out_why,
                         size_t why_size)
{
    orch__discovery discovery = {0};
    json_t *root = NULL;
    int error = orch__parse_json(json, &root, out_why, why_size);

    if (!error)
        error = read_root(root, issuer, &discovery, out_why, why_size);
    json_decref(root);
    if (error)
        orch__discovery_fini(&discovery);
    else
        *out_discovery = discovery;
    return error;
}

void orch__discovery_fini(orch__discovery *discovery)
{
    free(discovery->authorization_endpoint);
    free(discovery->token_endpoint);
    free(discovery->keys_url);
    *discovery = (orch__discovery){0};
}
