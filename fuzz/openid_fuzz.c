/* Any bytes where OpenID reads what came from elsewhere. The first byte says what they are: an ID token, a set of keys, an issuer's
 * description, variables of the environment, a User-Agent, a path to come back to.
 *
 * With a token it is an attack: the keys are fixed and nobody has the private one any more, so that no token passes but those of
 * the corpus, which are about one person.
 */
#include <stdlib.h>
#include <string.h>

#include "client_name.h"
#include "fuzz.h"
#include "json.h"
#include "openid_discovery.h"
#include "openid_pending.h"
#include "openid_token.h"

#define VARIABLES_MAX 32

static const char keys_text[] =
    "{\"keys\":[{\"kty\":\"EC\",\"x\":\"w32sssS-5IykF49SSSWEyVtDPD8k7R6dNHyA4XLSfiA\",\"y\":\"xTOl"
    "lm9y2Ckoruktd5FR_-jS8z-duHlRLWIcRdgAbJc\",\"crv\":\"P-256\",\"kid\":\"k1\",\"alg\":\"ES256\","
    "\"use\":\"sig\"}]}";

static void check_words(int error, const char *words, size_t size)
{
    if (error && (!words[0] || !memchr(words, '\0', size)))
        abort();
}

static void read_token(orch_str text)
{
    static orch__jwk_set keys;
    const orch__id_token_wish wish = {.issuer = "https://id.example",
                                      .client_id = "orchd",
                                      .nonce = "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn",
                                      .access_token = ORCH_STR("access"),
                                      .now_s = 1000000010};
    char why[ORCH__WHY_MAX] = "";
    const orch__jwk *jwk;
    orch__id_token token;
    orch__jws jws;
    int error;

    if (keys.count == 0 && orch__jwk_set_read(orch__str(keys_text), &keys, why, sizeof(why)))
        abort();
    error = orch__jws_read(text, ~0u, &jws, why, sizeof(why));
    check_words(error, why, sizeof(why));
    if (error)
        return;
    jwk = orch__jwk_set_find(&keys, jws.algorithm, orch__str(jws.kid));
    if (!jwk)
        return;
    error = orch__id_token_check(&jws, jwk, &wish, &token, why, sizeof(why));
    check_words(error, why, sizeof(why));
    if (!error && (strcmp(token.subject, "one") != 0 || strcmp(token.email, "one@id.example") != 0))
        abort();
}

static void read_keys(orch_str text)
{
    char why[ORCH__WHY_MAX] = "";
    orch__jwk_set keys;
    int error = orch__jwk_set_read(text, &keys, why, sizeof(why));

    check_words(error, why, sizeof(why));
    if (error)
        return;
    for (size_t i = 0; i < keys.count; i++)
        if (orch__jwk_verifies(&keys.items[i], ORCH__JWS_ES256, text, (const unsigned char *)"", 0))
            abort();
    orch__jwk_set_fini(&keys);
}

static void read_discovery(orch_str text)
{
    char why[ORCH__WHY_MAX] = "";
    orch__discovery discovery;
    int error = orch__discovery_read(text, "https://id.example", &discovery, why, sizeof(why));

    check_words(error, why, sizeof(why));
    if (error)
        return;
    if (strncmp(discovery.token_endpoint, "https://", 8) != 0 ||
        discovery.algorithms & 1u << ORCH__JWS_UNKNOWN)
        abort();
    orch__discovery_fini(&discovery);
}

/* A variable a line. */
static void read_configuration(char *text)
{
    char *variables[VARIABLES_MAX + 1] = {0}, *rest = NULL;
    char why[512] = "";
    orch_openid_config config;
    size_t count = 0;
    int error;

    for (char *at = strtok_r(text, "\n", &rest); at && count < VARIABLES_MAX;
         at = strtok_r(NULL, "\n", &rest))
        if (!strstr(at, "_FILE")) /* no input shall read the machine's files */
            variables[count++] = at;
    error = orch_openid_config_read(&config, variables, why, sizeof(why));
    check_words(error, why, sizeof(why));
    if (!error)
        orch_openid_config_fini(&config);
}

static void read_agent(orch_str text)
{
    char name[ORCH__CLIENT_NAME_MAX];

    orch__client_name(text, name);
    for (const char *c = name; *c; c++)
        if (*c < 0x20 || *c > 0x7e)
            abort();
}

static void read_path(orch_str text)
{
    if (orch__return_path_valid(text) && (text.ptr[0] != '/' || (text.len > 1 && strchr("/\\", text.ptr[1]))))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *copy = malloc(size + 1);
    orch_str text = {copy ? copy + 1 : NULL, size ? size - 1 : 0};

    if (!copy || !size) {
        free(copy);
        return 0;
    }
    memcpy(copy, bytes, size);
    copy[size] = '\0';
    switch (copy[0]) {
    case 't':
        read_token(text);
        break;
    case 'k':
        read_keys(text);
        break;
    case 'd':
        read_discovery(text);
        break;
    case 'c':
        read_configuration(copy + 1);
        break;
    case 'a':
        read_agent(text);
        break;
    default:
        read_path(text);
        break;
    }
    free(copy);
    return 0;
}
