/* Any bytes as configuration. The first byte says of what: environment variables, accounts and chain of models, limits, words of a
 * command line. It is refused with a sentence, or read into what is allowed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allowance.h"
#include "arguments.h"
#include "fuzz.h"
#include "model.h"
#include "orchd/environment.h"

#define WORDS_MAX 24

/* The input's words, separated by NUL. */
typedef struct words {
    char bytes[8192];
    char *items[WORDS_MAX + 1];
    size_t count;
} words;

static void split(words *out, const uint8_t *bytes, size_t size)
{
    size_t at = 0;

    size = size < sizeof(out->bytes) ? size : sizeof(out->bytes) - 1;
    memcpy(out->bytes, bytes, size);
    out->bytes[size] = '\0';
    for (out->count = 0; at < size && out->count < WORDS_MAX; at += strlen(out->bytes + at) + 1)
        out->items[out->count++] = out->bytes + at;
    out->items[out->count] = NULL;
}

/* A refusal has words, and they are terminated. */
static void check_refusal(int error, const char *message, size_t size)
{
    if (error && (!message[0] || !memchr(message, '\0', size)))
        abort();
}

/* ---- the environment ---- */

static void check_variables(const orch_environment *environment)
{
    for (size_t i = 0; i < ORCH_VARIABLES_COUNT; i++) {
        const orch_variable *variable = &orch_variables[i];
        uint32_t value = 0;

        if (variable->kind == ORCH_VARIABLE_BOOLEAN)
            continue;
        memcpy(&value, (const char *)environment + variable->offset, sizeof(value));
        if (value < variable->min || value > variable->max)
            abort();
    }
}

static void set_variables(const words *input)
{
    orch_environment environment;
    char message[512];

    orch_environment_init(&environment);
    for (size_t i = 0; i + 1 < input->count; i += 2) {
        size_t index = (unsigned char)input->items[i][0] % ORCH_VARIABLES_COUNT;
        const char *name = orch_variables[index].name, *value = input->items[i + 1];
        int error = orch_environment_set(&environment, index, (orch_str){name, strlen(name)},
                                         (orch_str){value, strlen(value)}, message, sizeof(message));

        check_refusal(error, message, sizeof(message));
        if (error && !strstr(message, name))
            abort();
        check_variables(&environment);
    }
}

/* ---- models ---- */

static const char *given(const char *name, void *user)
{
    static const char *const names[] = {"ORCHD_MODEL",       "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL",
                                        "ANTHROPIC_VERSION", "OPENAI_API_KEY",    "OPENAI_BASE_URL"};
    const words *input = user;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return i < input->count ? input->items[i] : NULL;
    return NULL;
}

/* What was read is written again and read to the same. */
static void check_chain(const orch_model_chain *chain)
{
    char text[2048], message[512];
    size_t len = 0;
    orch_model_chain again;

    if (chain->count == 0 || chain->count > ORCH_CHAIN_MAX)
        abort();
    for (size_t i = 0; i < chain->count; i++) {
        const orch_model_choice *item = &chain->items[i];
        bool bare = item->provider->local;

        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s%s%s", i ? "," : "",
                                item->provider->name, bare ? "" : "/", bare ? "" : item->model);
    }
    if (orch_model_chain_parse((orch_str){text, len}, &again, message, sizeof(message)) ||
        again.count != chain->count)
        abort();
    for (size_t i = 0; i < chain->count; i++)
        if (again.items[i].provider != chain->items[i].provider ||
            strcmp(again.items[i].model, chain->items[i].model) != 0)
            abort();
}

/* Long enough to be told from what stands in a refusal anyway, and given as nothing else. */
static bool is_secret(const words *input, size_t place)
{
    const char *key = input->items[place];

    for (size_t i = 0; i < input->count; i++)
        if (i != place && strstr(input->items[i], key))
            return false;
    return strlen(key) >= 16 && strpbrk(key, "0123456789");
}

static void read_models(words *input)
{
    orch_model_config config;
    char message[512] = "";
    int error = orch_model_config_read(&config, given, input, message, sizeof(message));

    check_refusal(error, message, sizeof(message));
    /* A key is a secret: no refusal repeats it. */
    for (size_t i = 1; error && i < input->count && i <= 4; i += 3)
        if (is_secret(input, i) && strstr(message, input->items[i]))
            abort();
    if (error)
        return;
    check_chain(&config.chain);
    orch_model_config_fini(&config);
}

/* ---- limits and command lines ---- */

static void set_limits(const words *input)
{
    orch_server_limits limits;
    char message[512];

    orch_server_limits_init(&limits);
    for (size_t i = 0; i < input->count; i++) {
        int error = orch_server_limits_set(&limits, input->items[i], message, sizeof(message));

        check_refusal(error, message, sizeof(message));
    }
}

static void parse_words(words *input)
{
    static const orch_command command = {.name = "test", .about = "nothing"};
    FILE *out = stdout, *err = stderr;
    const char *text = NULL, *rest[3];
    bool flag = false;
    orch__option_list list = {0};
    size_t count = 0;
    orch__parsed parsed;
    const orch__option options[] = {{"--flag", NULL, "a flag", ORCH__OPTION_FLAG, &flag},
                                    {"--text", "T", "a text", ORCH__OPTION_TEXT, &text},
                                    {"--list", "L", "a list", ORCH__OPTION_LIST, &list},
                                    {0}};

    stdout = stderr = fopen("/dev/null", "w"); /* what it prints is not looked at */
    if (!stdout)
        abort();
    parsed = orch__parse(&command, options, (int)input->count, input->items, rest, 3, &count);
    fclose(stdout);
    stdout = out;
    stderr = err;
    if (parsed == ORCH__PARSED_OK && (count > 3 || list.count > ORCH_OPTION_LIST_MAX))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static words input;

    if (size < 2)
        return 0;
    split(&input, bytes + 1, size - 1);
    switch (bytes[0] % 4) {
    case 0:
        set_variables(&input);
        break;
    case 1:
        read_models(&input);
        break;
    case 2:
        set_limits(&input);
        break;
    default:
        parse_words(&input);
    }
    return 0;
}
