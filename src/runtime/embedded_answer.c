/* One attempt at an answer: the context of the question, then the program's generate_response or a model of the chain.
 *
 * What an attempt needs to outlive a change of the orchestrator (profile) it holds itself. A reply handle belongs to the program
 * until it ends it; when the turn is over before, the handle no longer points to a question.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "embedded.h"
#include "json_text.h"
#include "orchd/assert.h"

struct orch_reply {
    orch__question *question; /* NULL: cancelled */
};

/* ---- telling the core ---- */

static void send_done(orch__question *question)
{
    orch_event event = {.kind = ORCH_EV_TURN_DONE, .turn = question->turn};

    (void)orch_engine_send(question->daemon->host->engine, &event);
}

static void send_error(orch__question *question, int error, orch_verdict verdict, uint32_t retry_after_ms,
                       const char *sentence)
{
    orch_event event = {.kind = ORCH_EV_TURN_ERROR,
                        .turn = question->turn,
                        .error = error,
                        .verdict = verdict,
                        .retry_after_ms = retry_after_ms};

    snprintf(question->error, sizeof question->error, "%s", sentence);
    (void)orch_engine_send(question->daemon->host->engine, &event);
}

/* ---- the attempt's own things ---- */

static void forget_text(orch__question *question)
{
    free(question->text);
    free(question->own_channel);
    free(question->own_reply_to);
    free(question->own_metadata);
    question->text = question->own_channel = question->own_reply_to = question->own_metadata = NULL;
    question->text_len = question->text_size = 0;
    question->text_error = 0;
}

static void begin_attempt(orch__question *question, orch_turn_id turn)
{
    orch__answer_cancel(question);
    question->turn = turn;
    question->profile = orch__profile_ref(question->daemon->profile);
}

void orch__answer_cancel(orch__question *question)
{
    if (question->answer)
        orch_answer_cancel(question->answer);
    if (question->reply)
        question->reply->question = NULL;
    question->answer = NULL;
    question->reply = NULL;
    orch__profile_unref(question->profile);
    question->profile = NULL;
    question->turn.v = 0;
    forget_text(question);
}

static int append(orch__question *question, const char *text, size_t len)
{
    size_t size = question->text_size ? question->text_size : 512;
    char *bigger;

    if (len > ORCH__REPLY_MAX - question->text_len)
        return ORCH_E_TOO_LARGE;
    while (size < question->text_len + len + 1)
        size *= 2;
    if (size != question->text_size) {
        bigger = realloc(question->text, size);
        if (!bigger)
            return ORCH_E_NO_MEMORY;
        question->text = bigger;
        question->text_size = size;
    }
    memcpy(question->text + question->text_len, text, len);
    question->text_len += len;
    question->text[question->text_len] = '\0';
    return 0;
}

/* ---- the built-in models ---- */

static void take_delta(void *user, orch_str text)
{
    orch__question *question = user;

    if (!question->text_error)
        question->text_error = append(question, text.ptr, text.len);
}

static void take_end(void *user, orch_stop stop, const orch_usage *usage)
{
    orch__question *question = user;

    (void)stop;
    (void)usage;
    question->answer = NULL;
    if (question->text_error == ORCH_E_TOO_LARGE)
        send_error(question, ORCH_E_TOO_LARGE, ORCH_VERDICT_NEXT_MODEL, 0, "the model's answer is too long");
    else if (question->text_error)
        send_error(question, question->text_error, ORCH_VERDICT_RETRY, 0,
                   orch_error_text(question->text_error));
    else if (question->text_len == 0)
        send_error(question, ORCH_E_MODEL, ORCH_VERDICT_RETRY, 0, "the model gave an empty answer");
    else
        send_done(question);
}

static void take_error(void *user, const orch_model_error *error)
{
    orch__question *question = user;

    question->answer = NULL;
    forget_text(question);
    send_error(question, error->code, error->verdict, error->retry_after_ms,
               error->message[0] ? error->message : orch_error_text(error->code));
}

static int open_transfers(orch__host *host)
{
    orch_transfers_config config;

    if (host->transfers)
        return 0;
    orch_transfers_config_init(&config);
    config.loop = host->loop;
    return orch_transfers_new(&config, &host->transfers);
}

static orch_prompt_place place_of(const orch__heard *heard)
{
    return (orch_prompt_place){
        .channel = heard->direct ? ORCH_STR_NONE
                                 : (orch_str){heard->message.channel_id, strlen(heard->message.channel_id)},
        .direct = heard->direct,
        .thread = heard->thread.v != 0,
    };
}

static int ask_model(orch__question *question, const orch_effect *effect)
{
    orch__host *host = question->daemon->host;
    const orch__profile *profile = question->profile;
    const orch_model_chain *chain = &host->models.chain;
    const orch_model_choice *choice = &chain->items[effect->model < chain->count ? effect->model : 0];
    orch_prompt_message lines[ORCH__WINDOW_LINES + 1];
    int64_t left_ms = effect->deadline_ms - orch_engine_now(host->engine);
    char key[48];
    orch_answer_request request = {
        .charter = &profile->charter,
        .rules = profile->rules,
        .choice = choice,
        .account =
            choice->provider->local ? NULL : orch_model_config_account(&host->models, choice->provider),
        .place = place_of(question->heard),
        .messages = lines,
        .messages_count =
            orch__windows_read(question->daemon->windows, question->heard, profile->user, lines),
        .context_tokens_max = ORCH__CONTEXT_TOKENS,
        .tokens_max = ORCH__ANSWER_TOKENS,
        .temperature = -1,
        .timeout_ms = left_ms > 1 ? (uint32_t)left_ms : 1,
        .sink = {take_delta, take_end, take_error, question},
    };
    int error = choice->provider->local ? 0 : open_transfers(host);

    if (error)
        return error;
    snprintf(key, sizeof key, "%016llx",
             (unsigned long long)orch__handle_pair(profile->id, question->heard->id.v));
    request.idempotency_key = (orch_str){key, strlen(key)};
    return orch_answer_start(host->loop, host->transfers, &request, &question->answer);
}

/* ---- the program's own replies ---- */

typedef struct generating {
    orch__job job;
    orch__question *question;
    orch_reply *reply;
} generating;

/* The context that generate_response gets: texts with NUL, in one block each. */
typedef struct context_memory {
    char *system_prompt;
    char *texts;
    orch_said said[ORCH__WINDOW_LINES + 1];
} context_memory;

static char *word_system_prompt(const orch__question *question)
{
    orch_prompt_place place = place_of(question->heard);
    orch_text counted = {0};
    orch_text text = {0};

    orch_prompt_system(&question->profile->charter, &place, &counted);
    text.ptr = malloc(counted.len + 1);
    text.capacity = counted.len;
    if (text.ptr) {
        orch_prompt_system(&question->profile->charter, &place, &text);
        text.ptr[counted.len] = '\0';
    }
    return text.ptr;
}

static const char *keep(char **at, orch_str text)
{
    char *copy = *at;

    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    *at += text.len + 1;
    return copy;
}

static bool gather_context(const orch__question *question, context_memory *memory,
                           orch_generate_context *context)
{
    orch_prompt_message lines[ORCH__WINDOW_LINES + 1];
    size_t count =
        orch__windows_read(question->daemon->windows, question->heard, question->profile->user, lines);
    size_t size = 0;
    char *at;

    for (size_t i = 0; i < count; i++)
        size += lines[i].author.len + lines[i].content.len + 2;
    memory->system_prompt = word_system_prompt(question);
    memory->texts = at = malloc(size + 1);
    if (!memory->system_prompt || !memory->texts)
        return false;
    for (size_t i = 0; i < count; i++)
        memory->said[i] = (orch_said){keep(&at, lines[i].author), keep(&at, lines[i].content), lines[i].own};
    *context = (orch_generate_context){
        .orchestrator = &question->profile->info,
        .system_prompt = memory->system_prompt,
        .messages = memory->said,
        .messages_count = count,
    };
    return true;
}

static void generate(generating *job)
{
    orch__question *question = job->question;
    context_memory memory = {0};
    orch_generate_context context;
    orch__settings settings = question->daemon->settings;
    orch_reply *reply = job->reply;

    if (gather_context(question, &memory, &context)) {
        orch__profile *profile = orch__profile_ref(question->profile); /* `context` points into it */

        job->reply = NULL; /* the program's from now on */
        settings.generate(&question->heard->message, &context, reply, settings.generate_user);
        orch__profile_unref(profile);
    } else {
        question->reply = NULL;
        send_error(question, ORCH_E_NO_MEMORY, ORCH_VERDICT_RETRY, 0, orch_error_text(ORCH_E_NO_MEMORY));
    }
    free(memory.system_prompt);
    free(memory.texts);
}

static void run_generating(orch__job *job, bool call)
{
    generating *self = (generating *)job;

    if (call && self->reply->question)
        generate(self);
    else if (self->reply->question)
        self->reply->question->reply = NULL;
    free(self->reply);
    orch__question_unref(self->question);
    free(self);
}

static int ask_program(orch__question *question)
{
    generating *job = calloc(1, sizeof *job);
    orch_reply *reply = calloc(1, sizeof *reply);

    if (!job || !reply) {
        free(job);
        free(reply);
        return ORCH_E_NO_MEMORY;
    }
    reply->question = question;
    question->reply = reply;
    job->job.run = run_generating;
    job->question = orch__question_ref(question);
    job->reply = reply;
    orch__host_push(question->daemon->host, &job->job);
    return 0;
}

static int keep_text(char **to, const char *text)
{
    free(*to);
    *to = text ? strdup(text) : NULL;
    return text && !*to ? ORCH_E_NO_MEMORY : 0;
}

static int take_outgoing(orch__question *question, const orch_outgoing_message *message)
{
    int error;

    if (!message)
        return orch__refuse(ORCH_E_INVALID, "the reply is not given");
    error = orch__check_text("reply.content", message->content, true, ORCH__REPLY_MAX);

    if (!error)
        error = orch__check_text("reply.channel_id", message->channel_id, false, ORCH_NAME_LEN_MAX);
    if (!error)
        error = orch__check_text("reply.reply_to_id", message->reply_to_id, false, ORCH_NAME_LEN_MAX);
    if (!error)
        error = orch__check_object("reply.metadata_json", message->metadata_json);
    if (error)
        return error;
    if (append(question, message->content, strlen(message->content)) != 0 ||
        keep_text(&question->own_channel, message->channel_id) != 0 ||
        keep_text(&question->own_reply_to, message->reply_to_id) != 0 ||
        keep_text(&question->own_metadata, message->metadata_json) != 0)
        return orch__refuse(ORCH_E_NO_MEMORY, "%s", orch_error_text(ORCH_E_NO_MEMORY));
    return 0;
}

/* The question that still waits for this reply, or NULL. Frees the handle. */
static orch__question *take_question(orch_reply *reply)
{
    orch__question *question = reply->question;

    if (question)
        question->reply = NULL;
    free(reply);
    return question;
}

void orch_reply_resolve(orch_reply *reply, const orch_outgoing_message *message)
{
    orch__question *question = take_question(reply);
    int error;

    if (!question)
        return;
    error = take_outgoing(question, message);
    if (error)
        send_error(question, error, ORCH_VERDICT_FINAL, 0, orch_last_error());
    else
        send_done(question);
}

void orch_reply_fail(orch_reply *reply, const char *message)
{
    orch__question *question = take_question(reply);

    if (question)
        send_error(question, ORCH_E_MODEL, ORCH_VERDICT_FINAL, 0,
                   message && *message ? message : orch_error_text(ORCH_E_MODEL));
}

bool orch_reply_cancelled(const orch_reply *reply)
{
    return !reply->question;
}

/* ---- the core's effects ---- */

void orch__answer_begin(orch__question *question, const orch_effect *effect)
{
    int error;

    begin_attempt(question, effect->turn);
    error = question->daemon->settings.generate ? ask_program(question) : ask_model(question, effect);
    if (error)
        send_error(question, error, ORCH_VERDICT_RETRY, 0, orch_error_text(error));
}

void orch__answer_offline(orch__question *question, const orch_effect *effect)
{
    orch_text counted = {0};
    orch_text text = {0};

    begin_attempt(question, effect->turn);
    orch_prompt_offline(&question->profile->charter, &counted);
    text.capacity = counted.len;
    text.ptr = malloc(counted.len + 1);
    if (text.ptr)
        orch_prompt_offline(&question->profile->charter, &text);
    if (text.ptr && append(question, text.ptr, counted.len) == 0)
        send_done(question);
    else
        send_error(question, ORCH_E_NO_MEMORY, ORCH_VERDICT_RETRY, 0, orch_error_text(ORCH_E_NO_MEMORY));
    free(text.ptr);
}

/* ---- the reply ---- */

static char *reply_metadata(const orch__question *question, uint32_t hops)
{
    char time[32];
    int64_t now_ms = orch_engine_wall(question->daemon->host->engine);
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc;
    json_t *metadata;
    char *text;
    int error;

    gmtime_r(&seconds, &utc);
    strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(time + strlen(time), sizeof time - strlen(time), ".%03dZ", (int)(now_ms % 1000));
    metadata = json_pack("{s:s, s:s, s:I}", "orchestratorId", question->profile->info.id, "timestamp", time,
                         "hops", (json_int_t)hops);
    error = orch_json_write(metadata, JSON_COMPACT, &text);
    json_decref(metadata);
    return error ? NULL : text;
}

static uint32_t reply_hops(const orch__question *question)
{
    const orch__heard *heard = question->heard;

    return 1 + (heard->hops_given ? heard->hops : orch__windows_hops(question->daemon->windows, heard));
}

static bool fill_reply(const orch__question *question, orch__emission *emission, uint32_t hops)
{
    const orch_incoming_message *message = &question->heard->message;

    emission->texts[0] = strdup(question->text);
    emission->texts[1] = strdup(question->own_channel ? question->own_channel : message->channel_id);
    emission->texts[2] = strdup(question->own_reply_to ? question->own_reply_to : message->id);
    emission->texts[3] =
        question->own_metadata ? strdup(question->own_metadata) : reply_metadata(question, hops);
    return emission->texts[0] && emission->texts[1] && emission->texts[2] && emission->texts[3];
}

int orch__answer_store(orch__question *question)
{
    orch_daemon *daemon = question->daemon;
    const orch__heard *heard = question->heard;
    uint32_t hops = reply_hops(question);
    orch__emission *emission =
        orch__emission_new(daemon, ORCH_DAEMON_MESSAGE_SEND, ORCH_MANAGER_DAEMON_MESSAGE_SEND);

    ORCH_ASSERT(question->text && !question->send);
    if (!emission || !fill_reply(question, emission, hops) ||
        orch__windows_say(daemon->windows, heard->channel.v, heard->thread.v, question->profile,
                          question->text, hops) != 0) {
        orch__emission_free(emission);
        return ORCH_E_NO_MEMORY;
    }
    question->send = emission;
    return 0;
}
