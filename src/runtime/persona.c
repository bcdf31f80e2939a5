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

static int read_chain(orch__persona *persona, orch_str text, char *out_message, size_t message_size)
{
    if (text.len == 0)
        return 0;
    persona->chain = malloc(sizeof *persona->chain);
    if (!persona->chain)
        return ORCH_E_NO_MEMORY;
    return orch_model_chain_parse(text, persona->chain, out_message, message_size);
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
    orch_str chain = {orchestrator->model_chain,
                      orchestrator->model_chain ? strlen(orchestrator->model_chain) : 0};
    int error;

    snprintf(out_message, message_size, "out of memory");
    if (!persona)
        return ORCH_E_NO_MEMORY;
    persona->refs = 1;
    persona->document = orchestrator->charter;
    error = check_zone(persona, orch_engine_wall(runtime->engine), out_message, message_size);
    if (!error)
        error = read_chain(persona, chain, out_message, message_size);
    if (!error)
        error = read_rules(persona, out_message, message_size);
    if (error) {
        orch__persona_unref(persona);
        return error;
    }
    *out_persona = persona;
    return 0;
}

/* ---- of a draft ---- */

static orch_str keep(char **at, orch_str text)
{
    orch_str kept = {*at, text.len};

    if (text.len > 0)
        memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return kept;
}

/* What the prompt tells beside the charter. */
static int describe(orch__persona *persona, const orch_draft *draft)
{
    orch_charter *fields = &persona->draft->fields;
    char *at =
        malloc(draft->name.len + draft->role.len + draft->discipline.len + draft->organization.len + 1);

    if (!at)
        return ORCH_E_NO_MEMORY;
    persona->draft_texts = at;
    fields->name = keep(&at, draft->name);
    fields->role = keep(&at, draft->role);
    fields->discipline = keep(&at, draft->discipline);
    fields->organization = keep(&at, draft->organization);
    return 0;
}

/* Each part with the field that it came from. */
static int read_draft(orch_runtime *runtime, orch__persona *persona, const orch_draft *draft,
                      orch_problem *problem)
{
    int error = orch_charter_read(draft->charter, &persona->draft, problem);

    if (error)
        return error;
    persona->document = persona->draft;
    snprintf(problem->field, sizeof problem->field, "operational.workHours.timezone");
    error = check_zone(persona, orch_engine_wall(runtime->engine), problem->message, sizeof problem->message);
    if (error)
        return error;
    snprintf(problem->field, sizeof problem->field, "model");
    error = read_chain(persona, draft->model_chain, problem->message, sizeof problem->message);
    if (error)
        return error;
    snprintf(problem->field, sizeof problem->field, "rules");
    error = read_rules(persona, problem->message, sizeof problem->message);
    return error ? error : describe(persona, draft);
}

int orch__persona_of_draft(orch_runtime *runtime, const orch_draft *draft, orch__persona **out_persona,
                           orch_problem *problem)
{
    orch__persona *persona = calloc(1, sizeof *persona);
    int error;

    if (!persona)
        return orch__runtime_problem(problem, ORCH_E_NO_MEMORY, "", "out of memory");
    persona->refs = 1;
    *problem = (orch_problem){0};
    error = read_draft(runtime, persona, draft, problem);
    if (error) {
        problem->error = error;
        if (error == ORCH_E_NO_MEMORY)
            (void)orch__runtime_problem(problem, error, "", "out of memory");
        orch__persona_unref(persona);
        return error;
    }
    *out_persona = persona;
    return 0;
}

/* ---- held by those who use it ---- */

orch__persona *orch__persona_ref(orch__persona *persona)
{
    persona->refs++;
    return persona;
}

void orch__persona_unref(orch__persona *persona)
{
    if (!persona || --persona->refs > 0)
        return;
    orch_charter_free(persona->draft);
    free(persona->draft_texts);
    orch_rules_free(persona->rules);
    free(persona->chain);
    free(persona);
}
