#include "openid_config.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "fetch.h"
#include "json.h"
#include "key_file.h"
#include "text.h"

#define GOOGLE_ISSUER  "https://accounts.google.com"
#define SCOPES_DEFAULT "openid email profile"
#define CLIENT_ID_MAX  512
#define NAME_MAX_BYTES 64
#define SCOPES_MAX     512
#define DOMAIN_MAX     253
#define VARIABLE_MAX   128
#define PUBLIC_URL_MAX 256
static const char prefix[] = "ORCHD_OIDC_";

/* What a provider is made of. */
typedef enum part {
    PART_ISSUER,
    PART_CLIENT_ID,
    PART_CLIENT_SECRET_FILE,
    PART_CLIENT_SECRET,
    PART_NAME,
    PART_SCOPES,
    PART_DOMAINS,
    PARTS
} part;

static const char *const part_names[PARTS] = {
    [PART_ISSUER] = "ISSUER",
    [PART_CLIENT_ID] = "CLIENT_ID",
    [PART_CLIENT_SECRET_FILE] = "CLIENT_SECRET_FILE",
    [PART_CLIENT_SECRET] = "CLIENT_SECRET",
    [PART_NAME] = "NAME",
    [PART_SCOPES] = "SCOPES",
    [PART_DOMAINS] = "DOMAINS",
};

static const char *const google_names[PARTS] = {
    [PART_ISSUER] = "GOOGLE_ISSUER",
    [PART_CLIENT_ID] = "GOOGLE_CLIENT_ID",
    [PART_CLIENT_SECRET_FILE] = "GOOGLE_CLIENT_SECRET_FILE",
    [PART_CLIENT_SECRET] = "GOOGLE_CLIENT_SECRET",
    [PART_DOMAINS] = "GOOGLE_ALLOWED_DOMAINS",
};

/* The variables of one provider as they were given. Borrowed from the environment; "" counts as not given. */
typedef struct given {
    char id[ORCH_PROVIDER_ID_MAX + 1];
    bool google;
    const char *values[PARTS]; /* NULL: not given */
} given;

typedef struct reading {
    given providers[ORCH_OPENID_PROVIDERS_MAX];
    size_t count;
    const char *public_url;
    char *message;
    size_t message_size;
} reading;

static int fail(const reading *kept, const char *format, ...) ORCH_PRINTF(2, 3);

static int fail(const reading *kept, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(kept->message, kept->message_size, format, arguments);
    va_end(arguments);
    return ORCH_E_INVALID;
}

static const char *variable(const given *one, part which, char out_name[VARIABLE_MAX])
{
    if (one->google) {
        snprintf(out_name, VARIABLE_MAX, "%s", google_names[which] ? google_names[which] : "");
        return out_name;
    }
    snprintf(out_name, VARIABLE_MAX, "%s%s_%s", prefix, one->id, part_names[which]);
    for (char *c = out_name; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return out_name;
}

/* ---- names of variables ---- */

/* "OKTA_CLIENT_ID" is the id "OKTA" and a part. PARTS: none. */
static part split_name(orch_str name, orch_str *out_id)
{
    for (int which = 0; which < PARTS; which++) {
        size_t len = strlen(part_names[which]);

        if (name.len > len + 1 && name.ptr[name.len - len - 1] == '_' &&
            memcmp(name.ptr + name.len - len, part_names[which], len) == 0) {
            *out_id = (orch_str){name.ptr, name.len - len - 1};
            return (part)which;
        }
    }
    return PARTS;
}

static bool is_id(orch_str id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!isupper((unsigned char)id.ptr[i]) && !isdigit((unsigned char)id.ptr[i]) && id.ptr[i] != '_')
            return false;
    return id.len > 0 && id.len <= ORCH_PROVIDER_ID_MAX && id.ptr[0] != '_';
}

static bool equals(orch_str name, const char *other)
{
    return name.len == strlen(other) && memcmp(name.ptr, other, name.len) == 0;
}

static part google_part(orch_str name)
{
    for (int which = 0; which < PARTS; which++)
        if (google_names[which] && equals(name, google_names[which]))
            return (part)which;
    return PARTS;
}

static bool is_ours(orch_str name)
{
    return name.len >= sizeof(prefix) - 1 && memcmp(name.ptr, prefix, sizeof(prefix) - 1) == 0;
}

static orch_str without_prefix(orch_str name)
{
    return (orch_str){name.ptr + sizeof(prefix) - 1, name.len - (sizeof(prefix) - 1)};
}

bool orch_openid_config_knows(orch_str name)
{
    orch_str id;

    if (equals(name, "ORCHD_PUBLIC_URL") || google_part(name) != PARTS)
        return true;
    return is_ours(name) && split_name(without_prefix(name), &id) != PARTS && is_id(id);
}

/* ---- what was given ---- */

static given *provider_named(reading *kept, const char *id)
{
    for (size_t i = 0; i < kept->count; i++)
        if (strcmp(kept->providers[i].id, id) == 0)
            return &kept->providers[i];
    if (kept->count == ORCH_OPENID_PROVIDERS_MAX)
        return NULL;
    snprintf(kept->providers[kept->count].id, sizeof(kept->providers[0].id), "%s", id);
    return &kept->providers[kept->count++];
}

static int give(reading *kept, const char *id, bool google, part which, const char *value)
{
    given *one = provider_named(kept, id);

    if (!one)
        return fail(kept, "%s: at most %d providers are allowed", prefix, ORCH_OPENID_PROVIDERS_MAX);
    one->google = google;
    one->values[which] = value;
    return 0;
}

static int take_ours(reading *kept, orch_str name, const char *value)
{
    char id[ORCH_PROVIDER_ID_MAX + 1];
    orch_str upper = ORCH_STR_NONE;
    part which = split_name(without_prefix(name), &upper);

    if (which == PARTS || !is_id(upper))
        return fail(
            kept,
            "%.*s is not known: %s<ID>_ISSUER, _CLIENT_ID, _CLIENT_SECRET, _CLIENT_SECRET_FILE, _NAME, "
            "_SCOPES and _DOMAINS are, where <ID> has up to %d letters A to Z, digits and _",
            (int)(name.len < VARIABLE_MAX ? name.len : VARIABLE_MAX), name.ptr, prefix, ORCH_PROVIDER_ID_MAX);
    for (size_t i = 0; i < upper.len; i++)
        id[i] = (char)tolower((unsigned char)upper.ptr[i]);
    id[upper.len] = '\0';
    if (strcmp(id, "google") == 0)
        return fail(kept, "%.*s: Google is set by GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET", (int)name.len,
                    name.ptr);
    if (strcmp(id, "credentials") == 0)
        return fail(kept, "%.*s: \"credentials\" is the name of logins by password; choose another <ID>",
                    (int)name.len, name.ptr);
    return give(kept, id, false, which, value);
}

static int take(reading *kept, const char *assignment)
{
    orch_str name = {assignment, strcspn(assignment, "=")};
    const char *value = assignment + name.len;
    part which = google_part(name);

    if (value[0] != '=' || value[1] == '\0')
        return 0;
    value++;
    if (equals(name, "ORCHD_PUBLIC_URL"))
        kept->public_url = value;
    if (is_ours(name))
        return take_ours(kept, name, value);
    return which == PARTS ? 0 : give(kept, "google", true, which, value);
}

/* ---- one provider ---- */

static int copy(const char *value, char **out_copy)
{
    *out_copy = strdup(value);
    return *out_copy ? 0 : ORCH_E_NO_MEMORY;
}

static int read_issuer(const reading *kept, const given *one, orch_openid_provider *out)
{
    const char *issuer = one->values[PART_ISSUER];
    char name[VARIABLE_MAX];

    if (!issuer && one->google)
        issuer = GOOGLE_ISSUER;
    (void)variable(one, PART_ISSUER, name);
    if (!issuer)
        return fail(kept, "%s is missing", name);
    if (strlen(issuer) > ORCH_OPENID_URL_MAX / 2 || strchr(issuer, '?') || !orch_fetch_allows(issuer))
        return fail(
            kept,
            "%s must be an address that begins with https:// (http:// only for this machine), without a "
            "query, of at most %d characters",
            name, ORCH_OPENID_URL_MAX / 2);
    return copy(issuer, &out->issuer);
}

static int read_client_id(const reading *kept, const given *one, orch_openid_provider *out)
{
    const char *value = one->values[PART_CLIENT_ID];
    char name[VARIABLE_MAX];

    (void)variable(one, PART_CLIENT_ID, name);
    if (!value)
        return fail(kept, "%s is missing", name);
    if (!orch_key_valid(value, CLIENT_ID_MAX))
        return fail(kept, "%s: 1 to %d printable characters without spaces are allowed", name, CLIENT_ID_MAX);
    return copy(value, &out->client_id);
}

static int read_secret_file(const reading *kept, const given *one, orch_openid_provider *out)
{
    const char *path = one->values[PART_CLIENT_SECRET_FILE];
    char secret[ORCH_OPENID_SECRET_MAX + 8], name[VARIABLE_MAX];
    int error = orch_key_file_read(path, secret, sizeof(secret));

    (void)variable(one, PART_CLIENT_SECRET_FILE, name);
    if (error == ORCH_E_IO)
        error = fail(kept, "%s: cannot read %s: %s", name, path, strerror(errno));
    else if (error || !orch_key_valid(secret, ORCH_OPENID_SECRET_MAX))
        error =
            fail(kept, "%s: %s holds something that is no secret: allowed are 1 to %d printable characters",
                 name, path, ORCH_OPENID_SECRET_MAX);
    else
        error = copy(secret, &out->client_secret);
    explicit_bzero(secret, sizeof(secret));
    return error;
}

static int read_secret(const reading *kept, const given *one, orch_openid_provider *out)
{
    const char *value = one->values[PART_CLIENT_SECRET];
    char name[VARIABLE_MAX], file_name[VARIABLE_MAX];

    (void)variable(one, PART_CLIENT_SECRET, name);
    (void)variable(one, PART_CLIENT_SECRET_FILE, file_name);
    if (value && one->values[PART_CLIENT_SECRET_FILE])
        return fail(kept, "%s and %s are both set: set one of them", name, file_name);
    if (one->values[PART_CLIENT_SECRET_FILE])
        return read_secret_file(kept, one, out);
    if (!value && one->google)
        return fail(kept, "GOOGLE_CLIENT_ID is set, but neither %s nor %s is", name, file_name);
    if (value && !orch_key_valid(value, ORCH_OPENID_SECRET_MAX))
        return fail(kept, "%s: 1 to %d printable characters without spaces are allowed", name,
                    ORCH_OPENID_SECRET_MAX);
    return value ? copy(value, &out->client_secret) : 0;
}

static int read_name(const reading *kept, const given *one, orch_openid_provider *out)
{
    const char *value = one->values[PART_NAME];
    char name[VARIABLE_MAX];

    if (!value)
        return copy(one->google ? "Google" : one->id, &out->name);
    if (orch__check_name(NULL, "", orch__str(value), NAME_MAX_BYTES))
        return fail(kept, "%s: one line of 1 to %d bytes is allowed", variable(one, PART_NAME, name),
                    NAME_MAX_BYTES);
    return copy(value, &out->name);
}

/* Whether `word` is one of the words between spaces. */
static bool has_word(const char *words, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = words; *at; at += strcspn(at, " ")) {
        at += strspn(at, " ");
        if (strcspn(at, " ") == len && memcmp(at, word, len) == 0)
            return true;
    }
    return false;
}

static int read_scopes(const reading *kept, const given *one, orch_openid_provider *out)
{
    const char *value = one->values[PART_SCOPES];
    char name[VARIABLE_MAX];
    bool valid;

    if (!value)
        return copy(SCOPES_DEFAULT, &out->scopes);
    valid = strlen(value) <= SCOPES_MAX && has_word(value, "openid") && has_word(value, "email");
    for (const char *c = value; *c; c++) /* RFC 6749, 3.3 */
        valid = valid && *c >= 0x20 && *c < 0x7f && *c != '"' && *c != '\\';
    if (!valid)
        return fail(kept,
                    "%s: words between spaces are allowed, openid and email among them, at most %d bytes",
                    variable(one, PART_SCOPES, name), SCOPES_MAX);
    return copy(value, &out->scopes);
}

static bool is_domain(const char *text, size_t len)
{
    bool dot = false;

    if (len == 0 || len > DOMAIN_MAX || text[0] == '.' || text[len - 1] == '.')
        return false;
    for (size_t i = 0; i < len; i++) {
        dot = dot || text[i] == '.';
        if (!isalnum((unsigned char)text[i]) && text[i] != '-' && (text[i] != '.' || text[i + 1] == '.'))
            return false;
    }
    return dot;
}

static int read_domains(const reading *kept, const given *one, orch_openid_provider *out)
{
    const char *at = one->values[PART_DOMAINS];
    char name[VARIABLE_MAX];
    size_t len;

    (void)variable(one, PART_DOMAINS, name);
    for (at = at ? at : ""; *(at += strspn(at, ", ")); at += len) {
        char *domain;

        len = strcspn(at, ", ");
        if (!is_domain(at, len))
            return fail(kept, "%s: \"%.*s\" is no domain; example.com,example.org is allowed, without *",
                        name, (int)(len < 64 ? len : 64), at);
        if (out->domains_count == ORCH_OPENID_DOMAINS_MAX)
            return fail(kept, "%s: at most %d domains are allowed", name, ORCH_OPENID_DOMAINS_MAX);
        domain = strndup(at, len);
        if (!domain)
            return ORCH_E_NO_MEMORY;
        for (char *c = domain; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        out->domains[out->domains_count++] = domain;
    }
    return 0;
}

static int read_provider(const reading *kept, const given *one, orch_openid_provider *out)
{
    static int (*const readers[])(const reading *, const given *, orch_openid_provider *) = {
        read_client_id, read_issuer, read_secret, read_name, read_scopes, read_domains};
    int error = 0;

    snprintf(out->id, sizeof(out->id), "%s", one->id);
    out->google = one->google;
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]) && !error; i++)
        error = readers[i](kept, one, out);
    return error;
}

/* ---- the whole ---- */

static int publish(orch_openid_config *config, const reading *kept, const char *name, const char *url)
{
    size_t len = strlen(url);
    char *copied;

    if (len > 0 && url[len - 1] == '/')
        len--;
    if (len > PUBLIC_URL_MAX || !orch__is_origin((orch_str){url, len}))
        return fail(
            kept,
            "%s: the address where browsers find this server is allowed, such as https://chat.example.com, "
            "without a path, not \"%.100s\"",
            name, url);
    copied = strndup(url, len);
    if (!copied)
        return ORCH_E_NO_MEMORY;
    free(config->public_url);
    config->public_url = copied;
    return 0;
}

int orch_openid_config_publish(orch_openid_config *config, const char *name, const char *url,
                               char *out_message, size_t message_size)
{
    const reading kept = {.message = out_message, .message_size = message_size};
    int error = publish(config, &kept, name, url);

    if (error == ORCH_E_NO_MEMORY)
        snprintf(out_message, message_size, "%s", orch_error_text(error));
    return error;
}

int orch_openid_config_read(orch_openid_config *out_config, char *const *assignments, char *out_message,
                            size_t message_size)
{
    reading kept = {.message = out_message, .message_size = message_size};
    orch_openid_config config = {0};
    int error = 0;

    for (; *assignments && !error; assignments++)
        error = take(&kept, *assignments);
    if (!error && kept.public_url)
        error = publish(&config, &kept, "ORCHD_PUBLIC_URL", kept.public_url);
    for (size_t i = 0; i < kept.count && !error; i++)
        error = read_provider(&kept, &kept.providers[i], &config.providers[config.count++]);
    if (error == ORCH_E_NO_MEMORY)
        snprintf(out_message, message_size, "%s", orch_error_text(error));
    if (error)
        orch_openid_config_fini(&config);
    else
        *out_config = config;
    return error;
}

void orch_openid_config_fini(orch_openid_config *config)
{
    for (size_t i = 0; i < config->count; i++) {
        orch_openid_provider *provider = &config->providers[i];

        if (provider->client_secret)
            explicit_bzero(provider->client_secret, strlen(provider->client_secret));
        free(provider->name);
        free(provider->issuer);
        free(provider->client_id);
        free(provider->client_secret);
        free(provider->scopes);
        for (size_t j = 0; j < provider->domains_count; j++)
            free(provider->domains[j]);
    }
    free(config->public_url);
    *config = (orch_openid_config){0};
}

void orch_openid_redirect_url(const char *base, const orch_openid_provider *provider,
                              char out_url[ORCH_OPENID_URL_MAX])
{
    snprintf(out_url, ORCH_OPENID_URL_MAX, "%s/api/auth/oidc/%s/callback", base, provider->id);
}
