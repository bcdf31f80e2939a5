/* An orchestrator made ready for its answers: charter, rules, model chain. Checked as a whole when its daemon opens. */
#include "runtime_parts.h"
#include "zone.h"

#include <stdlib.h>
#include <string.h>

static int check_zone(const orch__persona *persona, int64_t now_ms, char *out_message, size_t message_size)
{
    const char *name = persona->document->timezone;
    orch__zone zone;
    int error;

    if (!persona->document->hours_given)
        return 0;
    error = orch__zone_read(name, now_ms, &zone);
    if (error)
        snprintf(
            out_message, message_size,
            "charter: operational.workHours.timezone is \"%s\"; allowed is the name of a time zone of this "
            "machine, as Europe/Vienna or UTC",
            name);
    return error;
}

static int read_chain(orch__persona *persona, const orch_orchestrator *orchestrator, char *out_message,
                      size_t message_size)
{
    const char *text = orchestrator->model_chain;

    if (!text)
        return 0;
    persona->chain = malloc(sizeof *persona->chain);
    if (!persona->chain)
        return ORCH_E_NO_MEMORY;
    return orch_model_chain_parse((orch_str){text, strlen(text)}, persona->chain, out_message, message_size);
}

static int read_rules(orch__persona *persona, char *out_message, size_t message_size)
{
    orch_str rules = persona->document->rules;

    if (rules.len == 0)
        return 0;
    return orch_rules_new(rules, &persona->rules, out_message, message_size);
}

int orch__persona_new(orch_runtime *runtime, const orch_orchestrator *orchestrator,
                      orch__persona **out_persona, char *out_message, size_t message_size)
{
    orch__persona *persona = calloc(1, sizeof *persona);
    int error;

    snprintf(out_message, message_size, "out of memory");
    if (!persona)
        return ORCH_E_NO_MEMORY;
    persona->refs = 1;
    persona->document = orchestrator->charter;
    error = check_zone(persona, orch_engine_wall(runtime->engine), out_message, message_size);
    if (!error)
        error = read_chain(persona, orchestrator, out_message, message_size);
    if (!error)
        error = read_rules(persona, out_message, message_size);
    if (error) {
        orch__persona_unref(persona);
        return error;
    }
    *out_persona = persona;
    return 0;
}

orch__persona *orch__persona_ref(orch__persona *persona)
{
    persona->refs++;
    return persona;
}

void orch__persona_unref(orch__persona *persona)
{
    if (!persona || --persona->refs > 0)
        return;
    orch_rules_free(persona->rules);
    free(persona->chain);
    free(persona);
}
