/* Attempts at an answer: read what the model needs, ask it, collect what it says.
 *
 *     TURN_START ──▶ read the conversation ──▶ ask ──▶ delta, delta, … ──▶ end ──▶ TURN_DONE
 *                    (not for rules, when       │
 *                     the text is at hand)      └──▶ error ──▶ TURN_ERROR: the core decides on the next attempt
 */
#include "runtime_parts.h"

#include <stdlib.h>
#include <string.h>

#include "curl_library.h"

#define REPLY_FIRST 512
#define ELLIPSIS    "\xe2\x80\xa6"

/* Back to before the attempt; what it streamed is worth nothing any more. */
void orch__attempt_reset(orch__live_turn *turn)
{
    if (turn->answer)
        orch_answer_cancel(turn->answer);
    turn->answer = NULL;
    orch__persona_unref(turn->persona);
    turn->persona = NULL;
    turn->choice = NULL;
    free(turn->reply);
    turn->reply = NULL;
    turn->reply_len = turn->reply_size = 0;
    turn->reply_cut = turn->stopped = false;
    turn->usage = (orch_usage){0};
}

static void keep_failure(orch__live_turn *turn, const char *words)
{
    free(turn->failure);
    turn->failure = words && *words ? strdup(words) : NULL;
}

static void attempt_failed(orch__live_turn *turn, int code, orch_verdict verdict, uint32_t retry_after_ms,
                           const char *words)
{
    orch_event event = {.kind = ORCH_EV_TURN_ERROR,
                        .daemon = turn->orchestrator->daemon,
                        .turn = turn->handle,
                        .error = code,
                        .verdict = verdict,
                        .retry_after_ms = retry_after_ms};

    orch__attempt_reset(turn);
    keep_failure(turn, words);
    orch__live_turn_set_state(turn, ORCH__LIVE_WAITING);
    (void)orch_engine_send(turn->runtime->engine, &event);
}

static bool reply_room(orch__live_turn *turn, size_t more)
{
    size_t size = turn->reply_size ? turn->reply_size : REPLY_FIRST;
    char *reply;

    while (size < turn->reply_len + more)
        size *= 2;
    if (size == turn->reply_size)
        return true;
    reply = realloc(turn->reply, size);
    if (!reply)
        return false;
    turn->reply = reply;
    turn->reply_size = size;
    return true;
}

static void publish_delta(const orch__live_turn *turn, orch_str text)
{
    orch_notice notice = {.kind = ORCH_NOTICE_MESSAGE_DELTA,
                          .channel = turn->channel,
                          .orchestrator = turn->orchestrator,
                          .user = turn->orchestrator->user,
                          .message_id = turn->message_id,
                          .parent_id = turn->parent_id,
                          .turn = turn->row,
                          .text = text,
                          .attempt = turn->attempt};

    orch__publish(turn->runtime, &notice);
}

static void answer_delta(void *user, orch_str text)
{
    orch__live_turn *turn = user;
    size_t room = ORCH_CONTENT_MAX - turn->reply_len;

    if (turn->reply_cut || text.len == 0)
        return;
    if (text.len > room) {
        turn->reply_cut = true;
        text.len = room;
    }
    if (!reply_room(turn, text.len + sizeof ELLIPSIS)) {
        attempt_failed(turn, ORCH_E_NO_MEMORY, ORCH_VERDICT_RETRY, 0,
                       "out of memory while reading the answer");
        return;
    }
    memcpy(turn->reply + turn->reply_len, text.ptr, text.len);
    turn->reply_len += text.len;
    if (!turn->reply_cut)
        publish_delta(turn, text);
}

/* NUL is the one character that valid JSON may bring and a database does not take. */
static void remove_nul(orch__live_turn *turn)
{
    size_t kept = 0;

    if (!turn->reply || !memchr(turn->reply, '\0', turn->reply_len))
        return;
    for (size_t i = 0; i < turn->reply_len; i++)
        if (turn->reply[i])
            turn->reply[kept++] = turn->reply[i];
    turn->reply_len = kept;
}

/* Shortens to the last whole character that leaves room for the ellipsis. */
static void mark_cut(orch__live_turn *turn)
{
    size_t max = ORCH_CONTENT_MAX - (sizeof ELLIPSIS - 1);

    if (!turn->reply_cut || !turn->reply)
        return;
    if (turn->reply_len > max)
        turn->reply_len = max;
    while (turn->reply_len > 0 && ((unsigned char)turn->reply[turn->reply_len - 1] & 0xc0) == 0x80)
        turn->reply_len--;
    if (turn->reply_len > 0 && ((unsigned char)turn->reply[turn->reply_len - 1] & 0x80))
        turn->reply_len--;
    memcpy(turn->reply + turn->reply_len, ELLIPSIS, sizeof ELLIPSIS - 1);
    turn->reply_len += sizeof ELLIPSIS - 1;
}

bool orch__attempt_is_blank(const orch__live_turn *turn)
{
    for (size_t i = 0; i < turn->reply_len; i++)
        if (!strchr(" \t\r\n\v\f", turn->reply[i]))
            return false;
    return true;
}

static void answer_end(void *user, orch_stop stop, const orch_usage *usage)
{
    orch__live_turn *turn = user;
    orch_runtime *runtime = turn->runtime;
    orch_event event = {
        .kind = ORCH_EV_TURN_DONE, .daemon = turn->orchestrator->daemon, .turn = turn->handle};

    turn->answer = NULL;
    turn->usage = *usage;
    if (!turn->choice->provider->local)
        orch_runtime_fault_over(runtime, ORCH_FAULT_MODELS);
    turn->tokens_input += usage->input_tokens;
    turn->tokens_output += usage->output_tokens;
    runtime->counters.tokens_input += usage->input_tokens;
    runtime->counters.tokens_output += usage->output_tokens;
    remove_nul(turn);
    if (stop == ORCH_STOP_REFUSAL) {
        attempt_failed(turn, ORCH_E_REFUSED, ORCH_VERDICT_NEXT_MODEL, 0, NULL);
        return;
    }
    if (orch__attempt_is_blank(turn)) {
        attempt_failed(turn, ORCH_E_PROTOCOL,
                       turn->choice->provider->local ? ORCH_VERDICT_NEXT_MODEL : ORCH_VERDICT_RETRY, 0,
                       "the model's answer was empty");
        return;
    }
    mark_cut(turn);
    if (stop == ORCH_STOP_LENGTH)
        turn->reply_cut = true;
    orch__live_turn_set_state(turn, ORCH__LIVE_ANSWERED);
    (void)orch_engine_send(runtime->engine, &event);
}

static void answer_error(void *user, const orch_model_error *error)
{
    orch__live_turn *turn = user;
    char words[sizeof error->message];

    turn->answer = NULL;
    snprintf(words, sizeof words, "%s", error->message);
    if (!turn->choice->provider->local && error->code != ORCH_E_TOO_LARGE && error->code != ORCH_E_REFUSED)
        orch_runtime_fault(turn->runtime, ORCH_FAULT_MODELS, error->code, words);
    attempt_failed(turn, error->code, error->verdict, error->retry_after_ms, words);
}

static uint32_t time_left(const orch__live_turn *turn)
{
    int64_t left_ms = turn->deadline_ms - orch_engine_now(turn->runtime->engine);

    return left_ms < 1 ? 1 : left_ms > INT32_MAX ? INT32_MAX : (uint32_t)left_ms;
}

static void ask(orch__live_turn *turn, const orch_prompt_message *messages, size_t count)
{
    orch_runtime *runtime = turn->runtime;
    const orch_channel *channel = turn->channel;
    bool direct = channel->type == ORCH_CHANNEL_DM;
    char key[2 * ORCH_ID_MAX + 2];
    orch_answer_request request = {
        .charter = &turn->persona->document->fields,
        .rules = turn->persona->rules,
        .choice = turn->choice,
        .place = {.channel = direct ? ORCH_STR_NONE : (orch_str){channel->name, strlen(channel->name)},
                  .direct = direct,
                  .thread = turn->parent_id.text[0] != '\0'},
        .messages = messages,
        .messages_count = count,
        .context_tokens_max = runtime->config.context_tokens_max,
        .tokens_max = turn->orchestrator->tokens_max,
        .temperature = turn->orchestrator->temperature,
        .timeout_ms = time_left(turn),
        .sink = {.delta = answer_delta, .end = answer_end, .error = answer_error, .user = turn},
    };
    int error;

    if (!turn->choice->provider->local)
        request.account = orch_model_config_account(runtime->config.models, turn->choice->provider);
    snprintf(key, sizeof key, "%s:%s", turn->message_id.text, turn->orchestrator->id.text);
    request.idempotency_key = (orch_str){key, strlen(key)};
    orch__live_turn_set_state(turn, ORCH__LIVE_ANSWERING);
    error = orch_answer_start(runtime->config.loop, runtime->transfers, &request, &turn->answer);
    if (error == ORCH_E_UNSUPPORTED) /* there is no libcurl: no trying again helps */
        attempt_failed(turn, error, ORCH_VERDICT_NEXT_MODEL, 0, orch__curl_problem());
    else if (error)
        attempt_failed(turn, error, error == ORCH_E_TOO_LARGE ? ORCH_VERDICT_NEXT_MODEL : ORCH_VERDICT_RETRY,
                       0, NULL);
}

static orch_str shown_name(const orch_user *user)
{
    const char *name = user ? orch_user_shown_name(user) : "somebody";

    return (orch_str){name, strlen(name)};
}

static void ask_about(orch__live_turn *turn, const orch_message_list *list)
{
    const orch_message *last = list->count > 0 ? &list->items[list->count - 1] : NULL;
    orch_prompt_message *messages;

    if (!last || last->deleted || strcmp(last->id.text, turn->message_id.text) != 0) {
        orch__live_turn_abandon(turn);
        return;
    }
    messages = calloc(list->count, sizeof *messages);
    if (!messages) {
        attempt_failed(turn, ORCH_E_NO_MEMORY, ORCH_VERDICT_RETRY, 0, NULL);
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        const orch_message *message = &list->items[i];

        messages[i] = (orch_prompt_message){.author = shown_name(message->author),
                                            .content = message->content,
                                            .own = message->author == turn->orchestrator->user,
                                            .tombstone = message->deleted};
    }
    ask(turn, messages, list->count);
    free(messages);
}

/* The turn may have been cancelled, or begun anew, since it asked. */
static void context_read(const orch_problem *problem, const orch_message_list *list, void *user)
{
    orch__live_turn *turn = user;

    if (turn->state == ORCH__LIVE_READING) {
        if (problem)
            attempt_failed(turn, problem->error, ORCH_VERDICT_RETRY, 0, problem->message);
        else
            ask_about(turn, list);
    }
    orch__live_turn_unref(turn);
}

static void read_context(orch__live_turn *turn)
{
    orch_runtime *runtime = turn->runtime;
    uint32_t limit = turn->choice->provider->local ? 1 : runtime->config.context_messages_max;
    int error;

    orch__live_turn_set_state(turn, ORCH__LIVE_READING);
    turn->refs++;
    error = orch_workspace_context(runtime->workspace, turn->orchestrator->user, turn->channel,
                                   orch__runtime_id_text(&turn->parent_id),
                                   orch__runtime_id_text(&turn->message_id), limit, context_read, turn);
    if (error) {
        attempt_failed(turn, error, ORCH_VERDICT_RETRY, 0, NULL);
        orch__live_turn_unref(turn);
    }
}

static void publish_started(const orch__live_turn *turn)
{
    orch_notice notice = {.kind = ORCH_NOTICE_TURN_STARTED,
                          .channel = turn->channel,
                          .orchestrator = turn->orchestrator,
                          .user = turn->orchestrator->user,
                          .message_id = turn->message_id,
                          .parent_id = turn->parent_id,
                          .turn = turn->row,
                          .attempt = turn->attempt};

    orch__publish(turn->runtime, &notice);
}

static void begin_attempt(orch__live_turn *turn, const orch_effect *effect)
{
    orch__live_daemon *daemon = orch__live_daemon_find(turn->runtime, effect->daemon);
    const orch_model_chain *chain;
    size_t model = effect->model;

    ORCH_ASSERT(daemon && daemon->persona);
    orch__attempt_reset(turn);
    chain = orch__live_daemon_chain(turn->runtime, daemon);
    turn->persona = orch__persona_ref(daemon->persona);
    turn->choice = &chain->items[model < chain->count ? model : chain->count - 1];
    turn->attempt = effect->attempt;
    turn->deadline_ms = effect->deadline_ms;
    if (effect->attempt == 1) {
        turn->runtime->counters.turns_started++;
        orch__presence_taken(turn->runtime, daemon);
    }
}

void orch__attempt_start(orch__live_turn *turn, const orch_effect *effect)
{
    begin_attempt(turn, effect);
    turn->reply_kind = ORCH_REPLY_MODEL;
    publish_started(turn);
    if (turn->choice->provider->local && turn->text) {
        orch_prompt_message message = {.author = shown_name(turn->author),
                                       .content = {turn->text, turn->text_len}};

        ask(turn, &message, 1);
    } else {
        read_context(turn);
    }
}

void orch__attempt_offline(orch__live_turn *turn, const orch_effect *effect)
{
    orch_event event = {
        .kind = ORCH_EV_TURN_DONE, .daemon = turn->orchestrator->daemon, .turn = turn->handle};
    orch_text text = {0};

    begin_attempt(turn, effect);
    turn->reply_kind = ORCH_REPLY_OFFLINE;
    orch_prompt_offline(&turn->persona->document->fields, &text);
    if (!reply_room(turn, text.len)) {
        attempt_failed(turn, ORCH_E_NO_MEMORY, ORCH_VERDICT_RETRY, 0, NULL);
        return;
    }
    text = (orch_text){.ptr = turn->reply, .capacity = turn->reply_size};
    orch_prompt_offline(&turn->persona->document->fields, &text);
    turn->reply_len = text.len;
    orch__live_turn_set_state(turn, ORCH__LIVE_ANSWERED);
    (void)orch_engine_send(turn->runtime->engine, &event);
}

void orch__attempt_cancel(orch__live_turn *turn)
{
    orch__attempt_reset(turn);
    if (turn->state != ORCH__LIVE_STORING)
        orch__live_turn_set_state(turn, ORCH__LIVE_WAITING);
}

/* How much the model charges for a part is not known. */
void orch__attempt_cut_short(orch__live_turn *turn)
{
    orch_event event = {
        .kind = ORCH_EV_TURN_DONE, .daemon = turn->orchestrator->daemon, .turn = turn->handle};

    orch_answer_cancel(turn->answer);
    turn->answer = NULL;
    turn->stopped = true;
    remove_nul(turn);
    mark_cut(turn);
    orch__live_turn_set_state(turn, ORCH__LIVE_ANSWERED);
    (void)orch_engine_send(turn->runtime->engine, &event);
}
