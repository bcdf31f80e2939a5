/* Orchestrators: made, changed, shown, logged in and out by administrators. */
#include <stdlib.h>
#include <string.h>

#include "lookup.h"
#include "model.h"
#include "new_password.h"
#include "operations.h"
#include "render.h"

#define EMAIL_MAX        320
#define MODEL_CHAIN_MAX  1024
#define CAPABILITIES_MAX 16384
#define CHANNELS_MAX     64

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

void orch__do_orchestrator_list(orch__exchange *exchange)
{
    orch_orchestrator *const *items;
    size_t count = orch_directory_orchestrators(exchange->server->directory, &items);
    orch__writer *json = orch__exchange_begin(exchange, 200);

    orch__writer_open(json, NULL, '{');
    orch__writer_open(json, "orchestrators", '[');
    for (size_t i = 0; i < count; i++) {
        if (!items[i]->user->removed && orch__lookup_sees(exchange, items[i]->user->organization))
            orch__render_orchestrator(json, NULL, items[i], false);
    }
    orch__writer_close(json, ']');
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

/* Capabilities are an object or an array. */
static int read_capabilities(const json_t *input, char **out_text, orch_problem *problem)
{
    const json_t *value = json_object_get(input, "capabilities");

    if (!json_is_array(value))
        return orch__input_object(input, "capabilities", CAPABILITIES_MAX, out_text, problem);
    *out_text = json_dumps(value, JSON_COMPACT);
    return *out_text ? 0 : orch__input_problem(problem, ORCH_E_NO_MEMORY, "", "out of memory");
}

static int read_documents(const json_t *input, document_texts *out, orch_problem *problem)
{
    if (orch__input_object(input, "charter", ORCH_CHARTER_JSON_MAX, &out->charter, problem) ||
        read_capabilities(input, &out->capabilities, problem))
        return problem->error;
    return 0;
}

/* Named here, so that nobody learns of a wrong name from a turn that fails. */
static int read_model(const json_t *input, orch_str *out_chain, orch_problem *problem)
{
    orch_model_chain chain;

    if (orch__input_text(input, "model", ORCH__OPTIONAL, MODEL_CHAIN_MAX, out_chain, problem))
        return problem->error;
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
    broken.error = orch_runtime_refresh(exchange->server->runtime, result->orchestrator);
    if (broken.error) {
        orch__exchange_problem(exchange, &broken);
        return;
    }
    if (result->orchestrator->logged_in)
        orch_runtime_login(exchange->server->runtime, result->orchestrator);
    answer(exchange, 201, result->orchestrator);
}

static int read_new(const orch__exchange *exchange, orch_orchestrator_new *out, orch_str *channels,
                    orch_problem *problem)
{
    const json_t *input = exchange->input;

    out->logged_in = true;
    out->channels = channels;
    if (orch__input_text(input, "name", ORCH__REQUIRED, ORCH_NAME_MAX, &out->name, problem) ||
        orch__input_text(input, "displayName", ORCH__OPTIONAL, ORCH_NAME_MAX, &out->display_name, problem) ||
        orch__input_text(input, "email", ORCH__OPTIONAL, EMAIL_MAX, &out->email, problem) ||
        orch__input_text(input, "role", ORCH__REQUIRED, ORCH_NAME_MAX, &out->role, problem) ||
        orch__input_text(input, "discipline", ORCH__REQUIRED, ORCH_NAME_MAX, &out->discipline, problem) ||
        orch__input_boolean(input, "loggedIn", &out->logged_in, problem) ||
        orch__input_texts(input, "channels", CHANNELS_MAX, channels, &out->channels_count, problem) ||
        read_model(input, &out->model_chain, problem))
        return problem->error;
    return 0;
}

static void make(orch__exchange *exchange, orch_str hash)
{
    orch_orchestrator_new made = {.password_hash = hash};
    orch_str channels[CHANNELS_MAX];
    document_texts documents = {0};
    orch_problem problem = {0};

    if (read_new(exchange, &made, channels, &problem) ||
        read_documents(exchange->input, &documents, &problem)) {
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
    orch__with_password(exchange, ORCH__OPTIONAL, make, on_hashed);
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
    if (broken.error)
        orch__exchange_problem(exchange, &broken);
    else
        answer(exchange, 200, result->orchestrator);
}

static int read_change(const orch__exchange *exchange, orch_orchestrator_change *out,
                       document_texts *documents, orch_problem *problem)
{
    const json_t *input = exchange->input;

    if (orch__input_text(input, "name", ORCH__OPTIONAL, ORCH_NAME_MAX, &out->name, problem) ||
        orch__input_text(input, "displayName", ORCH__OPTIONAL, ORCH_NAME_MAX, &out->display_name, problem) ||
        orch__input_text(input, "role", ORCH__OPTIONAL, ORCH_NAME_MAX, &out->role, problem) ||
        orch__input_text(input, "discipline", ORCH__OPTIONAL, ORCH_NAME_MAX, &out->discipline, problem) ||
        read_model(input, &out->model_chain, problem) || read_documents(input, documents, problem))
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
