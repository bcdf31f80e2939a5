/* Which language models there are to choose from. Keys never leave the runtime. */
#include <stdio.h>
#include <string.h>

#include "consult.h"
#include "operations.h"

static void write_name(orch__writer *json, const orch_model_choice *choice)
{
    char name[160];

    snprintf(name, sizeof(name), "%s%s%s", choice->provider->name, choice->model[0] ? "/" : "",
             choice->model);
    orch__writer_string(json, NULL, name);
}

/* Its usual one, and those of the server's chain. */
static void write_models(orch__writer *json, const orch_model_config *config,
                         const orch_model_provider *provider)
{
    const char *usual = provider->default_model;

    orch__writer_open(json, "models", '[');
    if (usual && usual[0])
        orch__writer_string(json, NULL, usual);
    for (size_t i = 0; i < config->chain.count; i++) {
        const orch_model_choice *choice = &config->chain.items[i];

        if (choice->provider == provider && choice->model[0] && (!usual || strcmp(choice->model, usual) != 0))
            orch__writer_string(json, NULL, choice->model);
    }
    orch__writer_close(json, ']');
}

void orch__do_model_list(orch__exchange *exchange)
{
    const orch_model_config *config = orch_runtime_models(exchange->server->runtime);
    orch__writer *json = orch__exchange_begin(exchange, 200);

    orch__writer_open(json, NULL, '{');
    orch__writer_open(json, "default", '[');
    for (size_t i = 0; i < config->chain.count; i++)
        write_name(json, &config->chain.items[i]);
    orch__writer_close(json, ']');
    orch__writer_open(json, "providers", '[');
    for (size_t i = 0; orch_model_providers[i]; i++) {
        orch__writer_open(json, NULL, '{');
        orch__writer_string(json, "name", orch_model_providers[i]->name);
        orch__writer_string(json, "about", orch_model_providers[i]->about);
        orch__writer_boolean(json, "configured", orch_model_configured(config, orch_model_providers[i]));
        write_models(json, config, orch_model_providers[i]);
        orch__writer_close(json, '}');
    }
    orch__writer_close(json, ']');
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}
