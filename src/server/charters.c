/* Checking a charter that is not saved: everything that is wrong with it, or the prompt that it makes. */
#include "draft.h"

#include <stdlib.h>

#include "operations.h"

int orch__draft_read(const orch__exchange *exchange, orch__draft *out_draft, orch_problem *problem)
{
    const json_t *input = exchange->input;
    orch_str name = orch__input_text(input, "name");
    orch__draft read = {.draft = {.name = name.len ? name : ORCH_STR("New orchestrator"),
                                  .role = orch__input_text(input, "role"),
                                  .discipline = orch__input_text(input, "discipline"),
                                  .model_chain = orch__input_text(input, "model"),
                                  .organization = exchange->user && exchange->user->organization
                                                      ? orch__str(exchange->user->organization->name)
                                                      : ORCH_STR_NONE}};

    if (orch__input_document(input, "charter", &read.charter, problem))
        return problem->error;
    read.draft.charter = orch__str(read.charter);
    *out_draft = read;
    return 0;
}

static void answer(orch__exchange *exchange, const orch_draft_check *check)
{
    orch__writer *json = orch__exchange_begin(exchange, 200);

    orch__writer_open(json, NULL, '{');
    orch__writer_open(json, "problems", '[');
    for (size_t i = 0; i < check->problems_count; i++) {
        orch__writer_open(json, NULL, '{');
        orch__writer_string(json, "field", check->problems[i].field);
        orch__writer_string(json, "message", check->problems[i].message);
        orch__writer_close(json, '}');
    }
    orch__writer_close(json, ']');
    orch__writer_string(json, "prompt", check->prompt);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

void orch__do_charter_check(orch__exchange *exchange)
{
    orch_draft_check *check = malloc(sizeof(*check));
    orch_problem problem = {.error = ORCH_E_NO_MEMORY};
    orch__draft read = {0};

    if (!check || orch__draft_read(exchange, &read, &problem)) {
        orch__exchange_problem(exchange, &problem);
    } else if (orch_runtime_check_draft(exchange->server->runtime, &read.draft, check)) {
        problem.error = ORCH_E_NO_MEMORY;
        orch__exchange_problem(exchange, &problem);
    } else {
        answer(exchange, check);
        free(check->prompt);
    }
    free(read.charter);
    free(check);
}
