/* Can each model be reached that the server or an orchestrator of its own would ask? First the list of models, which costs
 * nothing; where a server has no list, or the list lacks the model, the shortest question. */
#include <stdio.h>
#include <string.h>

#include "doctor.h"
#include "http_probe.h"

#define ANSWER_MS  10000L
#define MODELS_MAX 64

typedef struct asked {
    const orch_model_choice *items[MODELS_MAX];
    size_t count;
} asked;

typedef struct outcome {
    bool answered;
    orch_model_error error;
} outcome;

static void on_delta(void *user, orch_str text)
{
    (void)text;
    ((outcome *)user)->answered = true;
}

static void on_end(void *user, orch_stop stop, const orch_usage *usage)
{
    (void)stop;
    (void)usage;
    ((outcome *)user)->answered = true;
}

static void on_error(void *user, const orch_model_error *error)
{
    ((outcome *)user)->error = *error;
}

static int encode_question(const orch_model_account *account, const orch_model_choice *choice,
                           orch_model_http *out_http)
{
    const orch_model_message message = {ORCH_MODEL_USER, ORCH_STR("Say: yes")};
    const orch_model_request request = {
        .model = {choice->model, strlen(choice->model)},
        .messages = &message,
        .messages_count = 1,
        .tokens_max = 16,
        .temperature = -1,
    };

    return choice->provider->encode(account, &request, out_http);
}

/* ---- the list ---- */

typedef enum listed { LISTED, NOT_LISTED, NO_LIST, FAILED } listed;

static bool has_model(const json_t *list, const char *model)
{
    json_t *item;
    size_t index;

    json_array_foreach(json_object_get(list, "data"), index, item)
    {
        const char *id = json_string_value(json_object_get(item, "id"));

        if (id && strcmp(id, model) == 0)
            return true;
    }
    return false;
}

static listed read_list(const orch__probe_answer *answer, const char *model)
{
    json_t *list = answer->status == 200 && answer->body ? json_loads(answer->body, 0, NULL) : NULL;
    bool is_list = json_is_array(json_object_get(list, "data"));
    bool found = is_list && has_model(list, model);

    json_decref(list);
    if (is_list)
        return found ? LISTED : NOT_LISTED;
    return answer->status == 0 || answer->status == 401 || answer->status == 403 ? FAILED : NO_LIST;
}

static void ask_list(const orch_model_account *account, const orch_model_choice *choice,
                     const orch_model_http *http, orch__probe_answer *answer)
{
    char url[2048];
    const orch__probe probe = {
        .url = url,
        .headers = (const char *const *)http->headers,
        .headers_count = http->headers_count,
        .timeout_ms = ANSWER_MS,
    };

    snprintf(url, sizeof(url), "%s%s", account->base_url, choice->provider->models_path);
    orch__probe_ask(&probe, answer);
}

/* ---- the question ---- */

/* The provider's own reader says what the answer means. */
static outcome ask_question(const orch_model_account *account, const orch_model_choice *choice,
                            const orch_model_http *http)
{
    const orch__probe probe = {
        .url = http->url,
        .headers = (const char *const *)http->headers,
        .headers_count = http->headers_count,
        .body = http->body,
        .timeout_ms = ANSWER_MS,
    };
    outcome seen = {0};
    const orch_model_sink sink = {on_delta, on_end, on_error, &seen};
    orch_model_stream *stream = choice->provider->stream_new(&sink);
    orch__probe_answer answer;

    orch__probe_ask(&probe, &answer);
    if (stream) {
        if (account->key)
            orch_model_stream_secret(stream, (orch_str){account->key, strlen(account->key)});
        if (answer.status)
            orch_model_stream_status(stream, answer.status);
        if (answer.body)
            orch_model_stream_feed(stream, answer.body, answer.body_len);
        orch_model_stream_finish(stream, answer.status ? 0 : ORCH_E_CONNECTION, answer.error);
        orch_model_stream_free(stream);
    }
    orch__probe_answer_fini(&answer);
    return seen;
}

/* ---- one model ---- */

static const char *advice_for(int http_status, const orch_model_choice *choice)
{
    bool anthropic = strcmp(choice->provider->name, "anthropic") == 0;

    if (http_status == 401 || http_status == 403)
        return anthropic ? "set the right key in ANTHROPIC_API_KEY or ANTHROPIC_API_KEY_FILE"
                         : "set the right key in OPENAI_API_KEY or OPENAI_API_KEY_FILE";
    if (http_status == 404)
        return "name a model that the server has: ORCHD_MODEL, or the orchestrator's own";
    if (http_status == 429)
        return "wait, or ask the provider for a higher limit";
    if (http_status >= 500)
        return "the provider has trouble: a chain of several models goes on with the next one";
    return anthropic
               ? "see that ANTHROPIC_BASE_URL is right and that this machine may go there (proxy, firewall)"
               : "see that OPENAI_BASE_URL is right, that its server runs and that this machine may go "
                 "there (proxy, firewall)";
}

static void check_model(orch__doctor *doctor, const orch_model_choice *choice, const char *whose)
{
    const orch_model_account *account = orch_model_config_account(&doctor->models, choice->provider);
    orch_model_http http;
    orch__probe_answer answer;
    listed in_list;
    outcome seen = {0};

    if (encode_question(account, choice, &http)) {
        orch__doctor_say(doctor, ORCH__PROBLEM, "see the configuration", "%s/%s%s cannot be asked",
                         choice->provider->name, choice->model, whose);
        return;
    }
    ask_list(account, choice, &http, &answer);
    in_list = read_list(&answer, choice->model);
    if (in_list == FAILED) {
        seen.error.http_status = answer.status;
        snprintf(seen.error.message, sizeof(seen.error.message), "%s",
                 answer.status ? "the key is refused, or there is none" : answer.error);
    } else if (in_list != LISTED) {
        seen = ask_question(account, choice, &http);
    }
    orch__probe_answer_fini(&answer);
    orch_model_http_fini(&http);
    if (in_list == LISTED || seen.answered)
        orch__doctor_say(doctor, ORCH__WELL, NULL, "%s/%s%s %s (%s)", choice->provider->name, choice->model,
                         whose, in_list == LISTED ? "is there" : "answers", account->base_url);
    else
        orch__doctor_say(doctor, ORCH__PROBLEM, advice_for(seen.error.http_status, choice),
                         "%s/%s%s at %s: %s", choice->provider->name, choice->model, whose, account->base_url,
                         seen.error.message);
}

static bool was_asked(const asked *before, const orch_model_choice *choice)
{
    for (size_t i = 0; i < before->count; i++)
        if (before->items[i]->provider == choice->provider &&
            strcmp(before->items[i]->model, choice->model) == 0)
            return true;
    return false;
}

static void check_chain(orch__doctor *doctor, asked *before, const orch_model_chain *chain, const char *whose)
{
    for (size_t i = 0; i < chain->count; i++) {
        const orch_model_choice *choice = &chain->items[i];

        if (choice->provider->local || was_asked(before, choice))
            continue;
        check_model(doctor, choice, whose);
        if (before->count < MODELS_MAX)
            before->items[before->count++] = choice;
    }
}

static void check_own(orch__doctor *doctor, asked *before, orch_model_chain *chains)
{
    for (size_t i = 0; i < doctor->survey.models_count; i++) {
        const char *text = doctor->survey.models[i].chain;
        char whose[192], message[512];

        snprintf(whose, sizeof(whose), " (of %s)", doctor->survey.models[i].name);
        if (orch_model_chain_parse((orch_str){text, strlen(text)}, &chains[i], message, sizeof(message)))
            orch__doctor_say(doctor, ORCH__PROBLEM,
                             "change the orchestrator's model (PATCH /api/orchestrators/ID)",
                             "the model%s: %s", whose, message);
        else
            check_chain(doctor, before, &chains[i], whose);
    }
}

void orch__doctor_model(orch__doctor *doctor)
{
    static orch_model_chain chains[ORCH_SURVEY_MODELS_MAX];
    asked before = {.count = 0};
    unsigned told =
        doctor->counts[ORCH__WELL] + doctor->counts[ORCH__WARNING] + doctor->counts[ORCH__PROBLEM];

    if (!doctor->models_known)
        return; /* told already */
    check_chain(doctor, &before, &doctor->models.chain, "");
    if (doctor->surveyed)
        check_own(doctor, &before, chains);
    if (doctor->counts[ORCH__WELL] + doctor->counts[ORCH__WARNING] + doctor->counts[ORCH__PROBLEM] == told)
        orch__doctor_say(doctor, ORCH__WELL, NULL,
                         "no language model is configured: charters' rules answer; ANTHROPIC_API_KEY or "
                         "OPENAI_BASE_URL set one");
}
