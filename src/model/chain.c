/* "provider/model,provider/model" → orch_model_chain. A provider alone means its default model; a model's name may hold
 * slashes of its own. */
#include <stdio.h>
#include <string.h>

#include "model.h"

static orch_str trim(orch_str text)
{
    while (text.len > 0 && text.ptr[0] == ' ')
        text = (orch_str){text.ptr + 1, text.len - 1};
    while (text.len > 0 && text.ptr[text.len - 1] == ' ')
        text.len--;
    return text;
}

static void list_providers(char *out, size_t size)
{
    size_t len = 0;

    for (size_t i = 0; orch_model_providers[i] && len < size; i++) {
        const orch_model_provider *provider = orch_model_providers[i];
        int wrote = snprintf(out + len, size - len, "%s%s%s", i > 0 ? ", " : "", provider->name,
                             provider->local ? "" : "/MODEL");

        len += wrote > 0 ? (size_t)wrote : 0;
    }
}

static bool is_model_name(orch_str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] <= 0x20 || name.ptr[i] >= 0x7f) /* what is not ASCII has not even to be UTF-8 */
            return false;
    return name.len > 0 && name.len < sizeof((orch_model_choice){0}.model);
}

/* NULL, or what is wrong with the part. */
static const char *parse_choice(orch_str part, orch_model_choice *choice)
{
    const char *slash = memchr(part.ptr, '/', part.len);
    orch_str name = {part.ptr, slash ? (size_t)(slash - part.ptr) : part.len};
    orch_str model = ORCH_STR_NONE;

    choice->provider = orch_model_provider_find(name);
    if (!choice->provider)
        return "is no known provider";
    if (slash)
        model = (orch_str){slash + 1, part.len - name.len - 1};
    else
        model = (orch_str){choice->provider->default_model, strlen(choice->provider->default_model)};
    if (choice->provider->local && slash)
        return "takes no model's name";
    if (!choice->provider->local && !is_model_name(model))
        return "has no model's name of 1 to 127 ASCII characters without spaces";
    memcpy(choice->model, model.ptr, model.len);
    choice->model[model.len] = '\0';
    return NULL;
}

static const char *add_choice(orch_model_chain *chain, orch_str part)
{
    if (chain->count == ORCH_CHAIN_MAX)
        return "is one too many: a chain has at most 8 models";
    if (chain->count > 0 && chain->items[chain->count - 1].provider->local)
        return "can never be reached: rules always answers, so it stands last";

    const char *wrong = parse_choice(part, &chain->items[chain->count]);

    if (!wrong)
        chain->count++;
    return wrong;
}

int orch_model_chain_parse(orch_str text, orch_model_chain *out_chain, char *out_message, size_t message_size)
{
    orch_model_chain chain = {0};
    char providers[128];

    for (;;) {
        const char *comma = text.len > 0 ? memchr(text.ptr, ',', text.len) : NULL;
        orch_str part = trim((orch_str){text.ptr, comma ? (size_t)(comma - text.ptr) : text.len});
        const char *wrong = part.len > 0 ? add_choice(&chain, part) : "is an empty part";

        if (wrong) {
            list_providers(providers, sizeof(providers));
            snprintf(out_message, message_size, "\"%.*s\" %s; allowed, separated by commas: %s",
                     part.len < 128 ? (int)part.len : 128, part.ptr ? part.ptr : "", wrong, providers);
            return ORCH_E_INVALID;
        }
        if (!comma)
            break;
        text = (orch_str){comma + 1, text.len - (size_t)(comma + 1 - text.ptr)};
    }
    *out_chain = chain;
    return 0;
}
