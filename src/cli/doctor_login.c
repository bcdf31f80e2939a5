/* Does each OpenID provider answer as it should, with keys that can be used, and which address has to be registered there? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "fetch.h"
#include "http_probe.h"
#include "openid_discovery.h"

#define ANSWER_MS     10000L
#define ADDRESS_USUAL "http://127.0.0.1:7717"
#define WHY_MAX       256

/* The environment that counts as `environ` is: borrowed texts, the array to be freed. NULL: no memory. */
static char **list_environment(const orch__doctor *doctor)
{
    const char *end = doctor->environment + doctor->environment_len;
    size_t count = 0;
    char **list;

    for (const char *at = doctor->environment; at && at < end; at += strlen(at) + 1)
        count++;
    list = calloc(count + 1, sizeof(*list));
    count = 0;
    for (char *at = doctor->environment; list && at && at < end; at += strlen(at) + 1)
        list[count++] = at;
    return list;
}

static int read_config(const orch__doctor *doctor, orch_openid_config *out_config, char *out_message,
                       size_t message_size)
{
    const char *public_url = orch__doctor_argument(doctor, "--public-url");
    char **list = doctor->environment ? list_environment(doctor) : NULL;
    int error = orch_openid_config_read(out_config, list ? list : environ, out_message, message_size);

    free(list);
    if (!error && public_url)
        error = orch_openid_config_publish(out_config, "--public-url", public_url, out_message, message_size);
    if (error)
        *out_config = (orch_openid_config){0};
    return error;
}

/* Where browsers find the server, as far as that is known. */
static const char *base_of(const orch__doctor *doctor, const orch_openid_config *config)
{
    if (config->public_url)
        return config->public_url;
    return doctor->served && strncmp(doctor->server.address, "unix:", 5) != 0 ? doctor->server.address
                                                                              : ADDRESS_USUAL;
}

static void fail(orch__doctor *doctor, const orch_openid_provider *provider, const char *url, const char *why)
{
    orch__doctor_say(doctor, ORCH__PROBLEM,
                     "see that the issuer is right, letter by letter, and that this machine may go there "
                     "(proxy, firewall)",
                     "nobody can log in by %s: %s: %s", provider->name, url, why);
}

/* The document at `url`, or NULL: told why there is none. */
static char *ask(orch__doctor *doctor, const orch_openid_provider *provider, const char *url, size_t *out_len)
{
    const orch__probe probe = {.url = url, .timeout_ms = ANSWER_MS};
    char why[WHY_MAX];
    orch__probe_answer answer;
    char *body;

    orch__probe_ask(&probe, &answer);
    if (answer.status == 200 && answer.body) {
        body = answer.body;
        *out_len = answer.body_len;
        return body;
    }
    if (answer.status)
        snprintf(why, sizeof(why), "it answers with HTTP status %d", answer.status);
    else
        snprintf(why, sizeof(why), "%.200s", answer.error);
    orch__probe_answer_fini(&answer);
    fail(doctor, provider, url, why);
    return NULL;
}

/* How many of its keys can be used; -1: told what is wrong. */
static int count_keys(orch__doctor *doctor, const orch_openid_provider *provider, const char *url)
{
    char why[WHY_MAX];
    size_t len;
    char *body = ask(doctor, provider, url, &len);
    orch__jwk_set keys = {.count = 0};
    int count = -1;

    if (!body)
        return -1;
    if (len > ORCH__JWKS_MAX)
        fail(doctor, provider, url, "its set of keys is too large");
    else if (orch__jwk_set_read((orch_str){body, len}, &keys, why, sizeof(why)))
        fail(doctor, provider, url, why);
    else if (keys.count == 0)
        fail(doctor, provider, url, "none of its keys can be used");
    else
        count = (int)keys.count;
    orch__jwk_set_fini(&keys);
    free(body);
    return count;
}

static void check_provider(orch__doctor *doctor, const orch_openid_provider *provider, const char *base)
{
    char url[ORCH_OPENID_URL_MAX], redirect[ORCH_OPENID_URL_MAX], why[WHY_MAX];
    orch__discovery discovery;
    size_t len;
    char *body;
    int keys;

    orch__discovery_url(provider->issuer, url);
    body = ask(doctor, provider, url, &len);
    if (!body)
        return;
    if (len > ORCH__DISCOVERY_MAX ||
        orch__discovery_read((orch_str){body, len}, provider->issuer, &discovery, why, sizeof(why))) {
        fail(doctor, provider, url, len > ORCH__DISCOVERY_MAX ? "its description is too large" : why);
        free(body);
        return;
    }
    free(body);
    keys = count_keys(doctor, provider, discovery.keys_url);
    orch__discovery_fini(&discovery);
    orch_openid_redirect_url(base, provider, redirect);
    if (keys > 0)
        orch__doctor_say(doctor, ORCH__WELL, NULL,
                         "%s (%s) answers and has %d key%s; the redirect address to register there is %s",
                         provider->name, provider->issuer, keys, keys == 1 ? "" : "s", redirect);
}

static void check_public_url(orch__doctor *doctor, const orch_openid_config *config)
{
    const char *url = config->public_url;

    if (url && !orch_fetch_allows(url))
        orch__doctor_say(doctor, ORCH__WARNING, "put a proxy with TLS before it, or use --tls-cert",
                         "browsers come by %s: passwords and sessions go over the network in the clear", url);
}

void orch__doctor_login(orch__doctor *doctor)
{
    orch_openid_config config;
    char message[512];

    if (read_config(doctor, &config, message, sizeof(message))) {
        orch__doctor_say(doctor, ORCH__PROBLEM,
                         "the server does not start with it: set it right, or unset it", "%s", message);
        return;
    }
    check_public_url(doctor, &config);
    for (size_t i = 0; i < config.count; i++)
        check_provider(doctor, &config.providers[i], base_of(doctor, &config));
    if (config.count == 0)
        orch__doctor_say(doctor, ORCH__WELL, NULL,
                         "people log in by password; GOOGLE_CLIENT_ID or ORCHD_OIDC_<ID>_ISSUER add OpenID");
    orch_openid_config_fini(&config);
}
