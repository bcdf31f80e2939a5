/* Accounts and the default chain from the environment. No message here holds a key or the value of a URL that could hold
 * one. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "key_file.h"
#include "providers.h"

typedef struct environment {
    const char *(*lookup)(const char *name, void *user);
    void *user;
    char *message;
    size_t message_size;
} environment;

static int fail(const environment *env, const char *format, ...) ORCH_PRINTF(2, 3);

static int fail(const environment *env, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(env->message, env->message_size, format, arguments);
    va_end(arguments);
    return ORCH_E_INVALID;
}

/* NULL where the variable is unset or empty. */
static const char *value_of(const environment *env, const char *name)
{
    const char *value = env->lookup(name, env->user);

    return value && value[0] ? value : NULL;
}

static int copy(const char *value, char **out_copy)
{
    *out_copy = strdup(value);
    return *out_copy ? 0 : ORCH_E_NO_MEMORY;
}

/* ---- keys ---- */

static int check_key(const environment *env, const char *key, const char *name)
{
    if (orch_key_valid(key, ORCH_MODEL_KEY_MAX))
        return 0;
    return fail(env,
                "%s holds something that is no key: allowed are 1 to %d printable characters without spaces",
                name, ORCH_MODEL_KEY_MAX);
}

static int read_key_file(const environment *env, const char *name, const char *path, char *key, size_t size)
{
    int error = orch_key_file_read(path, key, size);

    if (error == ORCH_E_IO)
        return fail(env, "%s: cannot read %s: %s", name, path, strerror(errno));
    return error ? fail(env, "%s: %s is no text file", name, path) : 0;
}

static int read_key(const environment *env, const char *name, const char *file_name, char **out_key)
{
    const char *value = value_of(env, name);
    const char *path = value_of(env, file_name);
    char key[ORCH_MODEL_KEY_MAX + 8];
    int result;

    if (value && path)
        return fail(env, "%s and %s are both set: set one of them", name, file_name);
    if (value) {
        result = check_key(env, value, name);
        return result < 0 ? result : copy(value, out_key);
    }
    if (!path)
        return 0;
    result = read_key_file(env, file_name, path, key, sizeof(key));
    if (result == 0)
        result = check_key(env, key, file_name);
    if (result == 0)
        result = copy(key, out_key);
    explicit_bzero(key, sizeof(key));
    return result;
}

/* ---- base URLs ---- */

static size_t scheme_length(const char *url)
{
    if (strncasecmp(url, "http://", 7) == 0)
        return 7;
    return strncasecmp(url, "https://", 8) == 0 ? 8 : 0;
}

static int check_base_url(const environment *env, const char *name, const char *url)
{
    size_t scheme = scheme_length(url);

    if (scheme == 0)
        return fail(env, "%s must begin with http:// or https://", name);
    if (strpbrk(url, "?#@\\\"<>"))
        return fail(env, "%s must be a plain address: no user, password, query or fragment", name);
    for (const char *c = url; *c; c++)
        if (*c <= 0x20 || *c == 0x7f)
            return fail(env, "%s must not hold spaces, control characters or letters beyond ASCII", name);
    if (strcspn(url + scheme, "/:") == 0)
        return fail(env, "%s names no host", name);
    return 0;
}

static int read_base_url(const environment *env, const char *name, const char *otherwise, char **out_url)
{
    const char *url = value_of(env, name);
    int result = url ? check_base_url(env, name, url) : 0;

    if (result == 0)
        result = copy(url ? url : otherwise, out_url);
    if (result < 0)
        return result;
    for (size_t len = strlen(*out_url); len > 0 && (*out_url)[len - 1] == '/'; len--)
        (*out_url)[len - 1] = '\0';
    return 0;
}

/* ---- the whole ---- */

static int read_version(const environment *env, char **out_version)
{
    const char *version = value_of(env, "ANTHROPIC_VERSION");

    if (!version)
        return copy(ORCH__ANTHROPIC_VERSION, out_version);
    if (strlen(version) != 10 || strspn(version, "0123456789-") != 10 || version[4] != '-' ||
        version[7] != '-')
        return fail(env, "ANTHROPIC_VERSION=%.40s: a date like %s is allowed", version,
                    ORCH__ANTHROPIC_VERSION);
    return copy(version, out_version);
}

/* Refuses a chain that asks a provider at its public address without the key that it needs. */
static int check_keys(const environment *env, const orch_model_config *config)
{
    for (size_t i = 0; i < config->chain.count; i++) {
        const orch_model_provider *provider = config->chain.items[i].provider;

        if (provider == &orch__anthropic && !config->anthropic.key && !value_of(env, "ANTHROPIC_BASE_URL"))
            return fail(env, "ORCHD_MODEL names anthropic, but ANTHROPIC_API_KEY is not set");
        if (provider == &orch__openai && !config->openai.key && !value_of(env, "OPENAI_BASE_URL"))
            return fail(env,
                        "ORCHD_MODEL names openai, but neither OPENAI_API_KEY nor OPENAI_BASE_URL is set");
    }
    return 0;
}

static int read_chain(const environment *env, orch_model_config *config)
{
    const char *text = value_of(env, "ORCHD_MODEL");
    char wrong[512];

    if (!text && config->anthropic.key)
        text = "anthropic";
    else if (!text && (config->openai.key || value_of(env, "OPENAI_BASE_URL")))
        text = "openai";
    else if (!text)
        text = "rules";
    if (orch_model_chain_parse((orch_str){text, strlen(text)}, &config->chain, wrong, sizeof(wrong)) < 0)
        return fail(env, "ORCHD_MODEL: %s", wrong);
    return check_keys(env, config);
}

int orch_model_config_read(orch_model_config *out_config, const char *(*lookup)(const char *name, void *user),
                           void *user, char *out_message, size_t message_size)
{
    environment env = {lookup, user, out_message, message_size};
    orch_model_config config = {0};
    int result = read_key(&env, "ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY_FILE", &config.anthropic.key);

    if (result == 0)
        result = read_key(&env, "OPENAI_API_KEY", "OPENAI_API_KEY_FILE", &config.openai.key);
    if (result == 0)
        result =
            read_base_url(&env, "ANTHROPIC_BASE_URL", ORCH__ANTHROPIC_BASE_URL, &config.anthropic.base_url);
    if (result == 0)
        result = read_base_url(&env, "OPENAI_BASE_URL", ORCH__OPENAI_BASE_URL, &config.openai.base_url);
    if (result == 0)
        result = read_version(&env, &config.anthropic.version);
    if (result == 0)
        result = read_chain(&env, &config);
    if (result == ORCH_E_NO_MEMORY)
        snprintf(out_message, message_size, "%s", orch_error_text(result));
    if (result < 0)
        orch_model_config_fini(&config);
    else
        *out_config = config;
    return result;
}

static void account_fini(orch_model_account *account)
{
    if (account->key)
        explicit_bzero(account->key, strlen(account->key));
    free(account->key);
    free(account->base_url);
    free(account->version);
}

void orch_model_config_fini(orch_model_config *config)
{
    account_fini(&config->anthropic);
    account_fini(&config->openai);
    *config = (orch_model_config){0};
}

const orch_model_account *orch_model_config_account(const orch_model_config *config,
                                                    const orch_model_provider *provider)
{
    if (provider == &orch__anthropic)
        return &config->anthropic;
    return provider == &orch__openai ? &config->openai : NULL;
}

bool orch_model_configured(const orch_model_config *config, const orch_model_provider *provider)
{
    const orch_model_account *account = orch_model_config_account(config, provider);
    const char *public_url = provider == &orch__anthropic ? ORCH__ANTHROPIC_BASE_URL : ORCH__OPENAI_BASE_URL;

    return provider->local || (account && (account->key || strcmp(account->base_url, public_url) != 0));
}
