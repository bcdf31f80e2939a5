/* Orchestrators: made, changed, shown, logged in and out by administrators. */
#include <stdlib.h>
#include <string.h>

#include "doings.h"
#include "lookup.h"
#include "model.h"
#include "new_password.h"
#include "operations.h"
#include "render.h"

/* ---- showing ---- */

static bool sees_inside(const orch__exchange *exchange, const orch_orchestrator *orchestrator)
{
    return exchange->owner || exchange->user == orchestrator->user ||
           orch_user_administers(exchange->user, orchestrator->user->organization);
}

static void answer(orch__exchange *exchange, int status, const orch_orchestrator *orchestrator)
{
    orch__writer *json = orch__exchange_begin(exchange, status);

    orch__writer_open(json, NULL, '{');
    orch__render_orchestrator(json, "orchestrator", orchestrator, sees_inside(exchange, orchestrator));
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

void orch__do_orchestrator_get(orch__exchange *exchange)
{
    orch_orchestrator *orchestrator;
    orch_problem problem = {0};

    if (orch__lookup_orchestrator(exchange, &orchestrator, &problem))
        orch__exchange_problem(exchange, &problem);
    else
        answer(exchange, 200, orchestrator);
}

/* ---- making and changing ---- */

/* What an orchestrator is made of, as JSON texts of our own. */
typedef struct document_texts {
    char *charter;
    char *capabilities;
} document_texts;

static void free_documents(document_texts *documents)
{
    free(documents->charter);
    free(documents->capabilities);
}

static int read_documents(const json_t *input, document_texts *out, orch_problem *problem)
{
    if (orch__input_document(input, "charter", &out->charter, problem) ||
        orch__input_document(input, "capabilities", &out->capabilities, problem))
        return problem->error;
    return 0;
}

/* Named here, so that nobody learns of a wrong name from a turn that fails. */
static int read_model(const json_t *input, orch_str *out_chain, orch_problem *problem)
{
    orch_model_chain chain;

    *out_chain = orch__input_text(input, "model");
    if (out_chain->len == 0)
        return 0;
    problem->error = orch_model_chain_parse(*out_chain, &chain, problem->message, sizeof(problem->message));
    if (problem->error)
        strcpy(problem->field, "model");
    return problem->error;
}

static void on_made(const orch_problem *problem, const orch_done *result, void *user)
{
    orch__exchange *exchange = user;
    orch_problem broken = {0};

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    orch__note_created(exchange, result->orchestrator);
    broken.error = orch_runtime_refresh(exchange->server->runtime, result->orchestrator);
    if (broken.error) {
        orch__exchange_problem(exchange, &broken);
        return;
    }
    if (result->orchestrator->logged_in)
        orch_runtime_login(exchange->server->runtime, result->orchestrator);
    answer(exchange, 201, result->orchestrator);
}

static void make(orch__exchange *exchange, orch_str hash)
{
    const json_t *input = exchange->input;
    orch_str channels[ORCH__CHANNELS_NAMED_MAX];
    orch_orchestrator_new made = {.name = orch__input_text(input, "name"),
                                  .display_name = orch__input_text(input, "displayName"),
                                  .email = orch__input_text(input, "email"),
                                  .role = orch__input_text(input, "role"),
                                  .discipline = orch__input_text(input, "discipline"),
                                  .logged_in = orch__input_boolean(input, "loggedIn", true),
                                  .password_hash = hash,
                                  .channels = channels,
                                  .channels_count = orch__input_texts(input, "channels", channels)};
    document_texts documents = {0};
    orch_problem problem = {0};

    if (read_model(input, &made.model_chain, &problem) || read_documents(input, &documents, &problem)) {
        free_documents(&documents);
        orch__exchange_problem(exchange, &problem);
        return;
    }
    made.charter = orch__str(documents.charter);
    made.capabilities = orch__str(documents.capabilities);
    if (orch_workspace_add_orchestrator(exchange->server->workspace, orch__exchange_actor(exchange), &made,
                                        on_made, exchange, &problem))
        orch__exchange_problem(exchange, &problem);
    free_documents(&documents);
}

static void on_hashed(orch__password_job *job, void *user)
{
    orch__hashed_password(job, user, make);
}

void orch__do_orchestrator_create(orch__exchange *exchange)
{
    orch__with_password(exchange, make, on_hashed);
}

static void on_orchestrator_changed(const orch_problem *problem, const orch_done *result, void *user)
{
    orch__exchange *exchange = user;
    orch_problem broken = {0};

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    broken.error = orch_runtime_refresh(exchange->server->runtime, result->orchestrator);
    orch__note_configured(exchange, result->orchestrator);
    if (broken.error)
        orch__exchange_problem(exchange, &broken);
    else
        answer(exchange, 200, result->orchestrator);
}

static int read_change(const orch__exchange *exchange, orch_orchestrator_change *out,
                       document_texts *documents, orch_problem *problem)
{
    const json_t *input = exchange->input;

    out->name = orch__input_text(input, "name");
    out->display_name = orch__input_text(input, "displayName");
    out->role = orch__input_text(input, "role");
    out->discipline = orch__input_text(input, "discipline");
    if (read_model(input, &out->model_chain, problem) || read_documents(input, documents, problem))
        return problem->error;
    out->charter = orch__str(documents->charter);
    out->capabilities = orch__str(documents->capabilities);
    return 0;
}

void orch__do_orchestrator_change(orch__exchange *exchange)
{
    orch_orchestrator_change changed = {0};
    orch_orchestrator *orchestrator;
    document_texts documents = {0};
    orch_problem problem = {0};

    if (orch__lookup_orchestrator(exchange, &orchestrator, &problem) ||
        read_change(exchange, &changed, &documents, &problem) ||
        orch_workspace_change_orchestrator(exchange->server->workspace, orch__exchange_actor(exchange),
                                           orchestrator, &changed, on_orchestrator_changed, exchange,
                                           &problem))
        orch__exchange_problem(exchange, &problem);
    free_documents(&documents);
}

/* ---- in and out ---- */

static void set_login(orch__exchange *exchange, void (*verb)(orch_runtime *, orch_orchestrator *))
{
    orch_orchestrator *orchestrator;
    orch_problem problem = {0};

    if (orch__lookup_orchestrator(exchange, &orchestrator, &problem)) {
        orch__exchange_problem(exchange, &problem);
        return;
    }
    verb(exchange->server->runtime, orchestrator);
    answer(exchange, 200, orchestrator);
}

void orch__do_orchestrator_login(orch__exchange *exchange)
{
    set_login(exchange, orch_runtime_login);
}

void orch__do_orchestrator_logout(orch__exchange *exchange)
{
    set_login(exchange, orch_runtime_logout);
}
