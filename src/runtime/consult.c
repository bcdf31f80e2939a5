#include "consult.h"
#include "log.h"
#include "runtime_parts.h"

#include <stdlib.h>
#include <string.h>

struct orch_consult {
    orch_consult *next;
    orch_consult **previous;
    orch_runtime *runtime;
    orch__persona *persona;
    orch_orchestrator *orchestrator; /* NULL: a draft of this organization */
    const orch_organization *organization;
    const orch_model_chain *chain; /* the persona's or the server's */
    orch_consult_sink sink;
    orch_prompt_message *messages; /* their texts are behind them */
    size_t messages_count;
    orch_str addition;
    uint32_t tokens_max;
    double temperature;
    bool final_text;
    char key[64]; /* one for all attempts */

    uv_timer_t
        pause; /* before the next attempt; also what ends it, so that a sink is never called from inside */
    orch_answer *answer; /* NULL: none is being made */
    int64_t deadline_ms;
    size_t model;
    uint32_t tries;   /* of this model */
    uint32_t attempt; /* of all */
    size_t given;     /* bytes of this attempt */
    bool said;        /* something that is not white space */
    bool cut;
    orch_usage usage;
    int error; /* of the last attempt, once no other comes; 0: go on */
    char words[512];
};

/* ---- life ---- */

static void closed(uv_handle_t *handle)
{
    orch_consult *consult = handle->data;
    orch_runtime *runtime = consult->runtime;

    orch__persona_unref(consult->persona);
    free(consult->messages);
    free(consult);
    orch__runtime_handle_closed(runtime);
}

void orch_consult_cancel(orch_consult *consult)
{
    if (consult->answer)
        orch_answer_cancel(consult->answer);
    consult->answer = NULL;
    *consult->previous = consult->next;
    if (consult->next)
        consult->next->previous = consult->previous;
    consult->runtime->consults_count--;
    uv_close((uv_handle_t *)&consult->pause, closed);
}

static void fail(orch_consult *consult, int error, const char *words)
{
    orch_consult_sink sink = consult->sink;
    char kept[sizeof consult->words];

    snprintf(kept, sizeof kept, "%s", words[0] ? words : orch_error_text(error));
    orch_consult_cancel(consult);
    sink.failed(sink.user, error, kept);
}

void orch__consults_drop(orch_runtime *runtime)
{
    while (runtime->consults)
        fail(runtime->consults, ORCH_E_CLOSED, "the server is shutting down");
}

/* ---- attempts ---- */

static void attempt(uv_timer_t *timer);

static int64_t pause_before_retry(const orch_consult *consult, uint32_t retry_after_ms)
{
    const orch_runtime_config *config = &consult->runtime->config;
    uint64_t pause = (uint64_t)config->retry_base_ms << (consult->tries < 32 ? consult->tries - 1 : 31);

    if (pause > config->retry_cap_ms)
        pause = config->retry_cap_ms;
    pause -= randombytes_uniform((uint32_t)(pause / 4 + 1));
    return (int64_t)(pause > retry_after_ms ? pause : retry_after_ms);
}

/* As the core plans a turn's next attempt. False: none is left. */
static bool plan_next(orch_consult *consult, orch_verdict verdict, uint32_t retry_after_ms,
                      int64_t *out_pause_ms)
{
    if (consult->final_text && consult->given > 0)
        return false;
    if (verdict == ORCH_VERDICT_RETRY && consult->tries < consult->runtime->config.attempts_per_model) {
        *out_pause_ms = pause_before_retry(consult, retry_after_ms);
    } else if (verdict != ORCH_VERDICT_FINAL && consult->model + 1 < consult->chain->count) {
        consult->model++;
        consult->tries = 0;
        *out_pause_ms = 0;
    } else {
        return false;
    }
    return orch_engine_now(consult->runtime->engine) + *out_pause_ms < consult->deadline_ms;
}

static void attempt_failed(orch_consult *consult, const orch_model_error *error)
{
    int64_t pause_ms = 0;

    consult->answer = NULL;
    if (!plan_next(consult, error->verdict, error->retry_after_ms, &pause_ms)) {
        consult->error = error->code;
        snprintf(consult->words, sizeof consult->words, "%s", error->message);
    } else {
        consult->runtime->counters.retries++;
    }
    uv_timer_start(&consult->pause, attempt, (uint64_t)pause_ms, 0);
}

static void attempt_failed_with(orch_consult *consult, int code, orch_verdict verdict, const char *words)
{
    orch_model_error error = {.code = code, .verdict = verdict};

    snprintf(error.message, sizeof error.message, "%s", words);
    attempt_failed(consult, &error);
}

static bool is_blank(orch_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!strchr(" \t\r\n\v\f", text.ptr[i]))
            return false;
    return true;
}

/* Cut between characters. */
static orch_str head_of(orch_str text, size_t room)
{
    if (text.len <= room)
        return text;
    while (room > 0 && ((unsigned char)text.ptr[room] & 0xc0) == 0x80)
        room--;
    return (orch_str){text.ptr, room};
}

static void take_delta(void *user, orch_str text)
{
    orch_consult *consult = user;
    orch_str taken = consult->cut ? ORCH_STR_NONE : head_of(text, ORCH_CONTENT_MAX - consult->given);

    consult->cut |= taken.len < text.len;
    consult->given += taken.len;
    consult->said |= !is_blank(taken);
    if (taken.len > 0)
        consult->sink.delta(consult->sink.user, consult->attempt, taken);
}

static void totals_stored(const orch_problem *problem, void *user)
{
    const orch_log_field field = {"error", problem ? problem->message : ""};

    (void)user;
    if (problem)
        orch_log(ORCH_LOG_WARN, "consult.totals", "The tokens of an answer are missing in the totals", &field,
                 1);
}

/* As those of turns: an orchestrator's totals have everything that models were given and gave in its name. */
static void store_totals(orch_consult *consult, const orch_usage *usage)
{
    const orch_totals more = {.tokens_input = usage->input_tokens, .tokens_output = usage->output_tokens};

    if (consult->orchestrator && more.tokens_input + more.tokens_output > 0 &&
        orch_workspace_add_totals(consult->runtime->workspace, consult->orchestrator, &more, totals_stored,
                                  NULL))
        totals_stored(&(orch_problem){.message = "out of memory"}, NULL);
}

static void count_usage(orch_consult *consult, const orch_usage *usage)
{
    consult->usage.input_tokens += usage->input_tokens;
    consult->usage.output_tokens += usage->output_tokens;
    consult->usage.cache_read_tokens += usage->cache_read_tokens;
    consult->usage.cache_write_tokens += usage->cache_write_tokens;
    consult->runtime->counters.tokens_input += usage->input_tokens;
    consult->runtime->counters.tokens_output += usage->output_tokens;
    orch__tallies_count_tokens(consult->runtime, consult->orchestrator, consult->organization, usage);
    store_totals(consult, usage);
}

static void take_end(void *user, orch_stop stop, const orch_usage *usage)
{
    orch_consult *consult = user;
    const orch_model_choice *choice = &consult->chain->items[consult->model];
    orch_consult_sink sink = consult->sink;
    orch_consult_end end;
    char model[160];

    consult->answer = NULL;
    count_usage(consult, usage);
    if (!choice->provider->local)
        orch_runtime_fault_over(consult->runtime, ORCH_FAULT_MODELS);
    if (stop == ORCH_STOP_REFUSAL) {
        attempt_failed_with(consult, ORCH_E_REFUSED, ORCH_VERDICT_NEXT_MODEL, "");
        return;
    }
    if (!consult->said) {
        attempt_failed_with(consult, ORCH_E_PROTOCOL,
                            choice->provider->local ? ORCH_VERDICT_NEXT_MODEL : ORCH_VERDICT_RETRY,
                            "the model's answer was empty");
        return;
    }
    orch__runtime_model_name(choice, model, sizeof model);
    end = (orch_consult_end){model, consult->usage, stop, consult->cut};
    orch_consult_cancel(consult);
    sink.done(sink.user, &end);
}

static void take_error(void *user, const orch_model_error *error)
{
    orch_consult *consult = user;
    const orch_model_choice *choice = &consult->chain->items[consult->model];

    if (!choice->provider->local && error->code != ORCH_E_TOO_LARGE && error->code != ORCH_E_REFUSED)
        orch_runtime_fault(consult->runtime, ORCH_FAULT_MODELS, error->code, error->message);
    attempt_failed(consult, error);
}

static uint32_t time_left(const orch_consult *consult)
{
    int64_t left_ms = consult->deadline_ms - orch_engine_now(consult->runtime->engine);
    int64_t most_ms = consult->runtime->config.attempt_timeout_ms;

    return (uint32_t)(left_ms < 1 ? 1 : left_ms < most_ms ? left_ms : most_ms);
}

static void ask(orch_consult *consult)
{
    orch_runtime *runtime = consult->runtime;
    const orch_model_choice *choice = &consult->chain->items[consult->model];
    orch_answer_request request = {
        .charter = &consult->persona->document->fields,
        .rules = consult->persona->rules,
        .choice = choice,
        .place = {.direct = true},
        .addition = consult->addition,
        .messages = consult->messages,
        .messages_count = consult->messages_count,
        .context_tokens_max = runtime->config.context_tokens_max,
        .tokens_max = consult->tokens_max,
        .temperature = consult->temperature,
        .timeout_ms = time_left(consult),
        .idempotency_key = {consult->key, strlen(consult->key)},
        .sink = {.delta = take_delta, .end = take_end, .error = take_error, .user = consult},
    };
    int error;

    if (!choice->provider->local)
        request.account = orch_model_config_account(runtime->config.models, choice->provider);
    error = orch_answer_start(runtime->config.loop, runtime->transfers, &request, &consult->answer);
    if (error)
        attempt_failed_with(consult, error,
                            error == ORCH_E_TOO_LARGE ? ORCH_VERDICT_NEXT_MODEL : ORCH_VERDICT_RETRY, "");
}

static void attempt(uv_timer_t *timer)
{
    orch_consult *consult = timer->data;

    if (consult->error) {
        fail(consult, consult->error, consult->words);
        return;
    }
    consult->tries++;
    consult->attempt++;
    consult->given = 0;
    consult->said = consult->cut = false;
    ask(consult);
}

/* ---- beginning ---- */

static orch_str copy_text(char **at, orch_str text)
{
    orch_str copy = {*at, text.len};

    if (text.len > 0)
        memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return copy;
}

static bool copy_messages(orch_consult *consult, const orch_consult_request *request)
{
    size_t size = request->messages_count * sizeof consult->messages[0] + request->addition.len;
    char *at;

    for (size_t i = 0; i < request->messages_count; i++)
        size += request->messages[i].author.len + request->messages[i].content.len;
    consult->messages = malloc(size);
    if (!consult->messages)
        return false;
    consult->messages_count = request->messages_count;
    at = (char *)(consult->messages + request->messages_count);
    for (size_t i = 0; i < request->messages_count; i++) {
        consult->messages[i] = request->messages[i];
        consult->messages[i].author = copy_text(&at, request->messages[i].author);
        consult->messages[i].content = copy_text(&at, request->messages[i].content);
    }
    consult->addition = copy_text(&at, request->addition);
    return true;
}

static int find_persona(orch_runtime *runtime, const orch_consult_request *request,
                        orch__persona **out_persona, orch_problem *problem)
{
    int error;

    if (!request->orchestrator)
        return orch__persona_of_draft(runtime, request->draft, out_persona, problem);
    error = orch__persona_new(runtime, request->orchestrator, out_persona, problem->message,
                              sizeof problem->message);
    if (error)
        problem->error = error;
    return error;
}

static void set_model_options(orch_consult *consult, const orch_consult_request *request)
{
    const orch_orchestrator *own = request->orchestrator;

    consult->tokens_max = request->tokens_max ? request->tokens_max
                          : own               ? own->tokens_max
                                              : ORCH_TOKENS_MAX_DEFAULT;
    consult->temperature = request->temperature >= 0 ? request->temperature : own ? own->temperature : -1;
}

static void begin(orch_runtime *runtime, orch_consult *consult)
{
    unsigned char random[16];

    randombytes_buf(random, sizeof random);
    sodium_bin2hex(consult->key, sizeof consult->key, random, sizeof random);
    consult->runtime = runtime;
    consult->chain = consult->persona->chain ? consult->persona->chain : &runtime->config.models->chain;
    consult->deadline_ms = orch_engine_now(runtime->engine) + runtime->config.turn_deadline_ms;
    consult->next = runtime->consults;
    consult->previous = &runtime->consults;
    if (consult->next)
        consult->next->previous = &consult->next;
    runtime->consults = consult;
    runtime->consults_count++;
    runtime->handles_open++;
    uv_timer_init(runtime->config.loop, &consult->pause);
    consult->pause.data = consult;
    uv_timer_start(&consult->pause, attempt, 0, 0);
}

int orch_runtime_consult(orch_runtime *runtime, const orch_consult_request *request,
                         orch_consult **out_consult, orch_problem *problem)
{
    orch_consult *consult;
    orch__persona *persona;
    int error;

    ORCH_ASSERT(request->messages_count > 0);
    if (runtime->closing)
        return orch__runtime_problem(problem, ORCH_E_CLOSED, "", "the server is shutting down");
    if (runtime->consults_count >= ORCH_CONSULTS_MAX)
        return orch__runtime_problem(
            problem, ORCH_E_BUSY, "",
            "%d answers of this kind are being made, which is the limit; try again later", ORCH_CONSULTS_MAX);
    error = find_persona(runtime, request, &persona, problem);
    if (error)
        return error;
    consult = calloc(1, sizeof *consult);
    if (!consult || !copy_messages(consult, request)) {
        free(consult);
        orch__persona_unref(persona);
        return orch__runtime_problem(problem, ORCH_E_NO_MEMORY, "", "out of memory");
    }
    consult->persona = persona;
    consult->orchestrator = request->orchestrator;
    consult->organization =
        request->orchestrator ? request->orchestrator->user->organization : request->organization;
    consult->sink = request->sink;
    consult->final_text = request->final_text;
    set_model_options(consult, request);
    begin(runtime, consult);
    *out_consult = consult;
    return 0;
}

/* ---- drafts and models ---- */

static char *prompt_of(const orch__persona *persona)
{
    const orch_prompt_place place = {.direct = true};
    orch_text text = {0};

    orch_prompt_system(&persona->document->fields, &place, &text);
    text = (orch_text){.ptr = malloc(text.len + 1), .capacity = text.len};
    if (!text.ptr)
        return NULL;
    orch_prompt_system(&persona->document->fields, &place, &text);
    text.ptr[text.len] = '\0';
    return text.ptr;
}

int orch_runtime_check_draft(orch_runtime *runtime, const orch_draft *draft, orch_draft_check *out_check)
{
    orch__persona *persona;

    *out_check = (orch_draft_check){0};
    out_check->problems_count =
        orch_charter_problems(draft->charter, out_check->problems, ORCH_DRAFT_PROBLEMS_MAX);
    for (size_t i = 0; i < out_check->problems_count; i++)
        if (out_check->problems[i].error == ORCH_E_NO_MEMORY)
            return ORCH_E_NO_MEMORY;
    if (out_check->problems_count > 0)
        return 0;
    if (orch__persona_of_draft(runtime, draft, &persona, &out_check->problems[0])) {
        out_check->problems_count = 1;
        return out_check->problems[0].error == ORCH_E_NO_MEMORY ? ORCH_E_NO_MEMORY : 0;
    }
    out_check->prompt = prompt_of(persona);
    orch__persona_unref(persona);
    return out_check->prompt ? 0 : ORCH_E_NO_MEMORY;
}

const orch_model_config *orch_runtime_models(const orch_runtime *runtime)
{
    return runtime->config.models;
}
