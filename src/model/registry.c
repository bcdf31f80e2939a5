#include <string.h>

#include "providers.h"

const orch_model_provider *const orch_model_providers[] = {&orch__anthropic, &orch__openai, &orch__rules,
                                                           NULL};

const orch_model_provider *orch_model_provider_find(orch_str name)
{
    for (size_t i = 0; orch_model_providers[i]; i++) {
        const char *known = orch_model_providers[i]->name;

        if (strlen(known) == name.len && memcmp(known, name.ptr, name.len) == 0)
            return orch_model_providers[i];
    }
    return NULL;
}
