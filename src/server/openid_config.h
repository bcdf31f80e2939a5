/* The OpenID providers that people may log in with, from the environment.
 *
 *     GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET or GOOGLE_CLIENT_SECRET_FILE, GOOGLE_ALLOWED_DOMAINS
 *     GOOGLE_ISSUER         another one in Google's place, for tests
 *     ORCHD_OIDC_<ID>_ISSUER, _CLIENT_ID, _CLIENT_SECRET or _CLIENT_SECRET_FILE, _NAME, _SCOPES, _DOMAINS
 *     ORCHD_PUBLIC_URL      where browsers find this server
 *
 * What is half set, misspelled or unsafe is an error at the start: a login that does not work as it was meant is none.
 */
#ifndef ORCHD_SERVER_OPENID_CONFIG_H
#define ORCHD_SERVER_OPENID_CONFIG_H

#include "workspace.h"

#define ORCH_OPENID_PROVIDERS_MAX 8
#define ORCH_OPENID_DOMAINS_MAX   32
#define ORCH_OPENID_URL_MAX       1024
#define ORCH_OPENID_SECRET_MAX    1024

typedef struct orch_openid_provider {
    char id[ORCH_PROVIDER_ID_MAX + 1]; /* "google": in paths and in the database */
    char *name;                        /* for people: "Google" */
    char *issuer;                      /* exactly as the provider names itself */
    char *client_id;
    char *client_secret; /* NULL: a public client, which PKCE alone protects */
    char *scopes;
    char *domains[ORCH_OPENID_DOMAINS_MAX]; /* whose people may join without being asked; in lower case */
    size_t domains_count;
    bool
        google; /* speaks for an address beyond gmail.com only where the token names an organization (`hd`) */
} orch_openid_provider;

typedef struct orch_openid_config {
    orch_openid_provider providers[ORCH_OPENID_PROVIDERS_MAX];
    size_t count;
    char *public_url; /* "https://chat.example.com", without a slash at its end; NULL: not told */
} orch_openid_config;

/* `assignments`: "NAME=value" each, NULL at the end, as in `environ`. On failure nothing is kept, and `out_message` names the
 * variable and what is allowed; it holds no secret. ORCH_E_INVALID, ORCH_E_NO_MEMORY. */
ORCH_MUST_USE int orch_openid_config_read(orch_openid_config *out_config, char *const *assignments,
                                          char *out_message, size_t message_size);
/* Replaces the public URL; `name` is how a person calls where it was given. */
ORCH_MUST_USE int orch_openid_config_publish(orch_openid_config *config, const char *name, const char *url,
                                             char *out_message, size_t message_size);
void orch_openid_config_fini(orch_openid_config *config);

/* Whether such a name of a variable is one of ours, rightly spelled. */
bool orch_openid_config_knows(orch_str name);

/* The address at this server to which the provider sends browsers back; it has to be registered there. */
void orch_openid_redirect_url(const char *base, const orch_openid_provider *provider,
                              char out_url[ORCH_OPENID_URL_MAX]);

#endif
