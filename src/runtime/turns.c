/* The turns that have not ended: their table, and the attempts at an answer. */
#include "log.h"
#include "runtime_parts.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS_FIRST 256
#define REPLY_FIRST   512
#define WORDS_MAX     512
#define ELLIPSIS      "\xe2\x80\xa6"

/* ---- the table ---- */

static orch__live_turn **bucket_of(const orch__live_turns *turns, int64_t row)
{
    return &turns->buckets[((uint64_t)row * 0x9e3779b97f4a7c15u >> 20) & (turns->buckets_count - 1)];
}

static bool grow(orch__live_turns *turns)
{
    orch__live_turns grown = {.buckets_count =
                                  turns->buckets_count ? turns->buckets_count * 2 : BUCKETS_FIRST};

    grown.buckets = calloc(grown.buckets_count, sizeof(orch__live_turn *));
    if (!grown.buckets)
        return turns->buckets_count > 0; /* longer chains are slower, not wrong */
    for (size_t i = 0; i < turns->buckets_count; i++) {
        while (turns->buckets[i]) {
            orch__live_turn *turn = turns->buckets[i];
            orch__live_turn **bucket = bucket_of(&grown, turn->row);

            turns->buckets[i] = turn->next;
            turn->next = *bucket;
            *bucket = turn;
        }
    }
    free(turns->buckets);
    turns->buckets = grown.buckets;
    turns->buckets_count = grown.buckets_count;
    return true;
}

orch__live_turn *orch__live_turn_find(orch_runtime *runtime, int64_t row)
{
    orch__live_turn *turn = runtime->turns.buckets ? *bucket_of(&runtime->turns, row) : NULL;

    while (turn && turn->row != row)
        turn = turn->next;
    return turn;
}

static orch__live_turn *add(orch_runtime *runtime, const orch_turn_row *row)
{
    orch__live_turns *turns = &runtime->turns;
    orch__live_turn *turn = calloc(1, sizeof *turn);

    if (!turn || (turns->count >= turns->buckets_count && !grow(turns))) {
        free(turn);
        return NULL;
    }
    turn->runtime = runtime;
    turn->refs = 1;
    turn->row = row->id;
    turn->epoch = row->epoch;
    turn->hops = row->hops;
    turn->orchestrator = row->orchestrator;
    turn->channel = row->channel;
    turn->author = row->author;
    turn->message_id = row->message_id;
    turn->parent_id = row->parent_id;
    turn->next = *bucket_of(turns, turn->row);
    *bucket_of(turns, turn->row) = turn;
    turns->count++;
    return turn;
}

static void forget_text(orch__live_turn *turn)
{
    turn->runtime->turns.text_bytes -= turn->text_len;
    free(turn->text);
    turn->text = NULL;
    turn->text_len = 0;
}

/* Back to before the attempt; what it streamed is worth nothing any more. */
static void reset_attempt(orch__live_turn *turn)
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
    turn->reply_cut = false;
    turn->usage = (orch_usage){0};
}

void orch__live_turn_unref(orch__live_turn *turn)
{
    if (--turn->refs > 0)
        return;
    reset_attempt(turn);
    free(turn->failure);
    free(turn);
}

void orch__live_turn_remove(orch__live_turn *turn)
{
    orch__live_turn **link;

    if (turn->removed)
        return;
    turn->removed = true;
    link = bucket_of(&turn->runtime->turns, turn->row);
    while (*link != turn)
        link = &(*link)->next;
    *link = turn->next;
    turn->runtime->turns.count--;
    forget_text(turn);
    orch__live_turn_unref(turn);
}

/* Calls `each` for every turn; it may remove the turn it is given. */
static void for_each(orch_runtime *runtime, void (*each)(orch__live_turn *turn, const void *user),
                     const void *user)
{
    for (size_t i = 0; i < runtime->turns.buckets_count; i++) {
        orch__live_turn *turn = runtime->turns.buckets[i];

        while (turn) {
            orch__live_turn *next = turn->next;

            each(turn, user);
            turn = next;
        }
    }
}

/* ---- taking a stored turn ---- */

static void keep_text(orch_runtime *runtime, orch__live_turn *turn, orch_str content)
{
    const orch__live_daemon *daemon = orch__live_daemon_find(runtime, turn->orchestrator->daemon);
    const orch_model_chain *chain = daemon ? orch__live_daemon_chain(runtime, daemon) : NULL;

    if (!chain || chain->count == 0 || !chain->items[0].provider->local ||
        runtime->turns.text_bytes + content.len > ORCH__KEPT_TEXT_MAX)
        return;
    turn->text = malloc(content.len + 1);
    if (!turn->text)
        return;
    memcpy(turn->text, content.ptr, content.len);
    turn->text_len = (uint32_t)content.len;
    runtime->turns.text_bytes += content.len;
}

static int give_to_core(orch_runtime *runtime, const orch__live_turn *turn,
                        const orch__live_turn_accept *accept)
{
    orch_str parent = orch__runtime_id_text(&turn->parent_id);
    orch_event event = {.kind = ORCH_EV_MESSAGE, .daemon = turn->orchestrator->daemon};

    event.message = (orch_event_message){
        .daemon = turn->orchestrator->daemon,
        .message = {(uint64_t)turn->row},
        .channel = turn->channel->handle,
        .thread = {parent.len > 0 ? orch__runtime_hash(runtime, parent) : 0},
        .author = {turn->author ? turn->author->handle.v : 0},
        .addressed = true,
        .reserved = accept->reserved,
        .recovered = accept->recovered,
    };
    return orch_engine_send(runtime->engine, &event);
}

void orch__live_turn_accept_row(orch_runtime *runtime, const orch__live_turn_accept *accept)
{
    orch__live_turn *turn = add(runtime, &accept->row);
    int64_t row = accept->row.id;
    int error;

    if (!turn) {
        orch_log(ORCH_LOG_ERROR, "turn.memory", "No memory for a turn: it waits for the next start", NULL, 0);
        return;
    }
    if (accept->message)
        keep_text(runtime, turn, accept->message->content);
    error = give_to_core(runtime, turn, accept);
    if (!error)
        return;
    turn = orch__live_turn_find(runtime, row);
    if (!turn)
        return;
    if (error == ORCH_E_EXISTS) {
        orch__live_turn_remove(turn);
        return;
    }
    turn->orphan = true;
    orch__live_turn_fail(turn, error);
}

void orch__live_turns_accept(orch_runtime *runtime, const orch_posted *posted, const orch_turn_new *turns,
                             bool reserved)
{
    const orch_message *message = posted->message;

    for (size_t i = 0; i < posted->turns_count; i++) {
        orch__live_turn_accept accept = {
            .row = {.id = posted->turns[i],
                    .epoch = ORCH_TURN_EPOCH_FIRST,
                    .orchestrator = turns[i].orchestrator,
                    .channel = message->channel,
                    .message_id = message->id,
                    .parent_id = message->parent_id,
                    .author = message->author,
                    .hops = turns[i].hops},
            .message = message,
            .reserved = reserved,
        };

        if (!turns[i].refused)
            orch__live_turn_accept_row(runtime, &accept);
    }
}

static void retry_orphan(orch__live_turn *turn, const void *user)
{
    (void)user;
    if (turn->orphan && turn->state != ORCH__LIVE_STORING)
        orch__live_turn_fail(turn, turn->end_error);
}

void orch__live_turns_retry_orphans(orch_runtime *runtime)
{
    for_each(runtime, retry_orphan, NULL);
}

/* ---- an attempt ---- */

void orch__live_turn_set_state(orch__live_turn *turn, orch__live_turn_state state)
{
    turn->state = state;
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

    reset_attempt(turn);
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
        turn->reply_cut = true;
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

static bool is_blank(const orch__live_turn *turn)
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
    runtime->counters.tokens_input += usage->input_tokens;
    runtime->counters.tokens_output += usage->output_tokens;
    remove_nul(turn);
    if (stop == ORCH_STOP_REFUSAL) {
        attempt_failed(turn, ORCH_E_REFUSED, ORCH_VERDICT_NEXT_MODEL, 0, NULL);
        return;
    }
    if (is_blank(turn)) {
        attempt_failed(turn, ORCH_E_PROTOCOL, ORCH_VERDICT_RETRY, 0, "the model's answer was empty");
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
    if (error)
        attempt_failed(turn, error, error == ORCH_E_TOO_LARGE ? ORCH_VERDICT_NEXT_MODEL : ORCH_VERDICT_RETRY,
                       0, NULL);
}

static orch_str shown_name(const orch_user *user)
{
    const char *name = user ? orch_user_shown_name(user) : "somebody";

    return (orch_str){name, strlen(name)};
}

/* By its message: the core's id of a turn that waits again is another than the one we were told. */
static void abandon(orch__live_turn *turn)
{
    orch_event event = {.kind = ORCH_EV_TURN_ABANDON, .daemon = turn->orchestrator->daemon};

    event.message.daemon = turn->orchestrator->daemon;
    event.message.message.v = (uint64_t)turn->row;
    (void)orch_engine_send(turn->runtime->engine, &event);
}

static void ask_about(orch__live_turn *turn, const orch_message_list *list)
{
    const orch_message *last = list->count > 0 ? &list->items[list->count - 1] : NULL;
    orch_prompt_message *messages;

    if (!last || last->deleted || strcmp(last->id.text, turn->message_id.text) != 0) {
        abandon(turn);
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
    error = orch_workspace_context(runtime->workspace, turn->channel, orch__runtime_id_text(&turn->parent_id),
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
    reset_attempt(turn);
    chain = orch__live_daemon_chain(turn->runtime, daemon);
    turn->persona = orch__persona_ref(daemon->persona);
    turn->choice = &chain->items[model < chain->count ? model : chain->count - 1];
    turn->attempt = effect->attempt;
    turn->deadline_ms = effect->deadline_ms;
    if (effect->attempt == 1)
        turn->runtime->counters.turns_started++;
}

void orch__live_turn_start(orch__live_turn *turn, const orch_effect *effect)
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

void orch__live_turn_offline(orch__live_turn *turn, const orch_effect *effect)
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

void orch__live_turn_cancel(orch__live_turn *turn)
{
    reset_attempt(turn);
    if (turn->state != ORCH__LIVE_STORING)
        orch__live_turn_set_state(turn, ORCH__LIVE_WAITING);
}

/* ---- many at once ---- */

static bool is_about(const orch__live_turn *turn, const orch_str *message_id)
{
    return strlen(turn->message_id.text) == message_id->len &&
           memcmp(turn->message_id.text, message_id->ptr, message_id->len) == 0;
}

static void forget_edited(orch__live_turn *turn, const void *user)
{
    if (is_about(turn, user))
        forget_text(turn);
}

void orch__live_turns_forget_text(orch_runtime *runtime, orch_str message_id)
{
    for_each(runtime, forget_edited, &message_id);
}

static void deletion_sent(orch__live_turn *turn, const void *user)
{
    if (is_about(turn, user))
        turn->deletions++;
}

void orch__live_turns_deletion_sent(orch_runtime *runtime, orch_str message_id)
{
    for_each(runtime, deletion_sent, &message_id);
}

static void deletion_failed(orch__live_turn *turn, const void *user)
{
    if (is_about(turn, user) && turn->deletions > 0)
        turn->deletions--;
}

void orch__live_turns_deletion_failed(orch_runtime *runtime, orch_str message_id)
{
    for_each(runtime, deletion_failed, &message_id);
}

/* The core hands the rest of the work to the database: no turn leaves the table meanwhile. */
static void deleted(orch__live_turn *turn, const void *user)
{
    if (!is_about(turn, user))
        return;
    turn->deleted = true;
    if (!turn->orphan)
        abandon(turn);
}

void orch__live_turns_deleted(orch_runtime *runtime, orch_str message_id)
{
    for_each(runtime, deleted, &message_id);
}

static void drop(orch__live_turn *turn, const void *user)
{
    if (!user || turn->orchestrator == user)
        orch__live_turn_remove(turn);
}

void orch__live_turns_drop(orch_runtime *runtime, const orch_orchestrator *orchestrator)
{
    for_each(runtime, drop, orchestrator);
    if (!orchestrator) {
        free(runtime->turns.buckets);
        runtime->turns = (orch__live_turns){0};
    }
}

static void halt(orch__live_turn *turn, const void *user)
{
    (void)user;
    orch__live_turn_cancel(turn);
}

void orch__live_turns_halt(orch_runtime *runtime)
{
    for_each(runtime, halt, NULL);
}
