#include "completions.h"

#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat_input.h"
#include "connection.h"
#include "consult.h"
#include "lookup.h"
#include "operations.h"

#define WATCH_MS       250 /* how late a client that went away may be noticed before anything was sent to it */
#define RETRY_AFTER_MS 1000
#define TEXT_FIRST     1024

struct orch__completion {
    orch__completion *next;
    orch__completion **previous;
    orch__exchange *exchange;
    orch_consult *consult; /* NULL: it has ended */
    orch_orchestrator *orchestrator;
    char id[48];
    int64_t created_s;
    bool stream;
    bool usage;   /* … with a last piece that tells what it took */
    bool begun;   /* the first piece was sent */
    bool starved; /* a part of the text found no memory */
    uint32_t attempt;
    char *text; /* of an answer in one piece */
    size_t text_len;
    size_t text_size;
};

/* ---- the end ---- */

/* The exchange is still to be ended. */
static orch__exchange *leave(orch__completion *self)
{
    orch__completions *all = &self->exchange->server->completions;

    if (self->consult)
        orch_consult_cancel(self->consult);
    self->consult = NULL;
    *self->previous = self->next;
    if (self->next)
        self->next->previous = self->previous;
    if (--all->count == 0 && !uv_is_closing((uv_handle_t *)&all->watch))
        uv_timer_stop(&all->watch);
    free(self->text);
    self->text = NULL;
    return self->exchange;
}

/* What OpenAI's clients try again by themselves (409, 429, 5xx) was tried again here already. */
static void refuse(orch__completion *self, int status, const char *code, const char *words)
{
    orch__exchange *exchange = leave(self);

    if (status != 429)
        orch__exchange_header(exchange, "x-should-retry", "false");
    orch__exchange_refuse(exchange, status, code, NULL, "%s", words);
}

/* ---- what a client reads ---- */

static const char *finish_reason(orch_stop stop, bool cut)
{
    if (stop == ORCH_STOP_LENGTH || cut)
        return "length";
    return stop == ORCH_STOP_REFUSAL ? "content_filter" : "stop";
}

static void write_usage(orch__writer *json, const char *key, const orch_usage *usage)
{
    int64_t prompt = (int64_t)(usage->input_tokens + usage->cache_read_tokens + usage->cache_write_tokens);
    int64_t completion = (int64_t)usage->output_tokens;

    orch__writer_open(json, key, '{');
    orch__writer_integer(json, "prompt_tokens", prompt);
    orch__writer_integer(json, "completion_tokens", completion);
    orch__writer_integer(json, "total_tokens", prompt + completion);
    orch__writer_open(json, "prompt_tokens_details", '{');
    orch__writer_integer(json, "cached_tokens", (int64_t)usage->cache_read_tokens);
    orch__writer_close(json, '}');
    orch__writer_close(json, '}');
}

static void write_head(orch__writer *json, const orch__completion *self, const char *object)
{
    orch__writer_open(json, NULL, '{');
    orch__writer_string(json, "id", self->id);
    orch__writer_string(json, "object", object);
    orch__writer_integer(json, "created", self->created_s);
    orch__writer_string(json, "model", self->orchestrator->slug);
}

/* An answer in one piece, or the refusal of one. */
static void write_whole(orch__writer *json, const orch__completion *self, orch_str content,
                        const char *refusal, const char *reason)
{
    write_head(json, self, "chat.completion");
    orch__writer_open(json, "choices", '[');
    orch__writer_open(json, NULL, '{');
    orch__writer_integer(json, "index", 0);
    orch__writer_open(json, "message", '{');
    orch__writer_string(json, "role", "assistant");
    if (refusal)
        orch__writer_null(json, "content");
    else
        orch__writer_text(json, "content", content);
    orch__writer_string(json, "refusal", refusal);
    orch__writer_close(json, '}');
    orch__writer_null(json, "logprobs");
    orch__writer_string(json, "finish_reason", reason);
    orch__writer_close(json, '}');
    orch__writer_close(json, ']');
}

/* ---- pieces ---- */

static orch__writer *begin_piece(orch__completion *self)
{
    orch__exchange *exchange = self->exchange;
    orch__writer *json = &exchange->server->notice;

    if (!self->begun)
        orch__exchange_stream(exchange, "text/event-stream; charset=utf-8");
    self->begun = true;
    orch__writer_reset(json);
    orch__writer_bytes(json, "data: ", 6);
    return json;
}

static void send_piece(const orch__completion *self)
{
    orch__writer *json = &self->exchange->server->notice;

    orch__writer_bytes(json, "\n\n", 2);
    if (!orch__writer_failed(json))
        orch__exchange_piece(self->exchange, (orch_str){json->ptr, json->len});
    else if (self->exchange->connection) /* a part of the answer would be missing */
        orch__connection_cut(self->exchange->connection);
}

static void open_chunk(orch__writer *json, const orch__completion *self)
{
    write_head(json, self, "chat.completion.chunk");
    orch__writer_open(json, "choices", '[');
}

/* `name` NULL: an empty delta. */
static void send_delta(orch__completion *self, const char *name, orch_str text, const char *reason)
{
    bool first = !self->begun;
    orch__writer *json = begin_piece(self);

    open_chunk(json, self);
    orch__writer_open(json, NULL, '{');
    orch__writer_integer(json, "index", 0);
    orch__writer_open(json, "delta", '{');
    if (first)
        orch__writer_string(json, "role", "assistant");
    if (name)
        orch__writer_text(json, name, text);
    orch__writer_close(json, '}');
    orch__writer_null(json, "logprobs");
    orch__writer_string(json, "finish_reason", reason);
    orch__writer_close(json, '}');
    orch__writer_close(json, ']');
    orch__writer_close(json, '}');
    send_piece(self);
}

static void send_usage(orch__completion *self, const orch_usage *usage)
{
    orch__writer *json = begin_piece(self);

    open_chunk(json, self);
    orch__writer_close(json, ']');
    write_usage(json, "usage", usage);
    orch__writer_close(json, '}');
    send_piece(self);
}

static void send_end(orch__completion *self)
{
    orch__exchange_piece(self->exchange, ORCH_STR("data: [DONE]\n\n"));
    orch__exchange_stream_end(leave(self));
}

/* The stream has begun: the error is its last piece, and no [DONE] follows. */
static void send_error(orch__completion *self, int status, const char *code, const char *words)
{
    orch__writer *json = begin_piece(self);

    orch__writer_open(json, NULL, '{');
    orch__writer_bytes(json, "\"error\":", 8);
    orch__error_write_openai(json, status, code, words, NULL, 0);
    orch__writer_close(json, '}');
    send_piece(self);
    orch__exchange_stream_end(leave(self));
}

/* ---- the answer comes ---- */

/* False: no memory. */
static bool keep(orch__completion *self, orch_str text)
{
    size_t size = self->text_size ? self->text_size : TEXT_FIRST;
    char *grown = self->text;

    while (size < self->text_len + text.len)
        size *= 2;
    if (size != self->text_size)
        grown = realloc(self->text, size);
    if (!grown)
        return false;
    self->text = grown;
    self->text_size = size;
    memcpy(grown + self->text_len, text.ptr, text.len);
    self->text_len += text.len;
    return true;
}

static void on_delta(void *user, uint32_t attempt, orch_str text)
{
    orch__completion *self = user;

    if (self->stream) {
        send_delta(self, "content", text, NULL);
        return;
    }
    if (attempt != self->attempt) {
        self->text_len = 0;
        self->starved = false;
    }
    self->attempt = attempt;
    if (!keep(self, text))
        self->starved = true;
}

static void on_done(void *user, const orch_consult_end *end)
{
    orch__completion *self = user;
    const char *reason = finish_reason(end->stop, end->cut);
    orch__writer *json;

    self->consult = NULL;
    if (self->stream) {
        send_delta(self, NULL, ORCH_STR_NONE, reason);
        if (self->usage)
            send_usage(self, &end->usage);
        send_end(self);
    } else if (self->starved) {
        refuse(self, 503, orch_error_name(ORCH_E_NO_MEMORY),
               "the answer found no memory; try again in a moment");
    } else {
        json = orch__exchange_begin(self->exchange, 200);
        write_whole(json, self, (orch_str){self->text, self->text_len}, NULL, reason);
        write_usage(json, "usage", &end->usage);
        orch__writer_close(json, '}');
        orch__exchange_end(leave(self));
    }
}

/* That a model will not answer is an answer. */
static void answer_refusal(orch__completion *self, const char *words)
{
    orch_usage nothing = {0};
    orch__writer *json;

    if (self->stream) {
        send_delta(self, "refusal", orch__str(words), NULL);
        send_delta(self, NULL, ORCH_STR_NONE, "content_filter");
        if (self->usage)
            send_usage(self, &nothing);
        send_end(self);
        return;
    }
    json = orch__exchange_begin(self->exchange, 200);
    write_whole(json, self, ORCH_STR_NONE, words, "content_filter");
    write_usage(json, "usage", &nothing);
    orch__writer_close(json, '}');
    orch__exchange_end(leave(self));
}

static void on_failed(void *user, int error, const char *words)
{
    orch__completion *self = user;
    int status = orch__status_of(error);

    self->consult = NULL;
    if (error == ORCH_E_REFUSED)
        answer_refusal(self, words);
    else if (self->begun)
        send_error(self, status, orch_error_name(error), words);
    else
        refuse(self, status, orch_error_name(error), words);
}

/* ---- clients that go away ---- */

/* While an answer is awaited nothing is read from the connection, so the library does not see its end. */
static bool has_hung_up(const orch__connection *connection)
{
    struct pollfd socket = {.fd = lws_get_socket_fd(connection->wsi), .events = POLLRDHUP};

    return poll(&socket, 1, 0) > 0 && (socket.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

static void on_watch(uv_timer_t *timer)
{
    orch_server *server = timer->data;
    orch__completion *next;

    for (orch__completion *self = server->completions.first; self; self = next) {
        orch__connection *connection = self->exchange->connection;

        next = self->next;
        if (connection && !has_hung_up(connection))
            continue;
        if (connection)
            orch__connection_abort(connection);
        if (self->begun)
            orch__exchange_stream_end(leave(self));
        else
            refuse(self, 408, "timeout", "the client is gone");
    }
}

void orch__completions_init(orch_server *server)
{
    uv_timer_init(server->loop, &server->completions.watch);
    server->completions.watch.data = server;
}

void orch__completions_close(orch_server *server)
{
    while (server->completions.first) {
        orch__completion *self = server->completions.first;

        if (self->begun)
            send_error(self, 503, "closing", "the server is ending; try again in a moment");
        else
            refuse(self, 503, "closing", "the server is ending; try again in a moment");
    }
}

/* ---- the beginning ---- */

/* The orchestrator that the input `model` names. */
static int find_model(const orch__exchange *exchange, orch_orchestrator **out_orchestrator,
                      orch_problem *problem)
{
    orch_str slug = orch__input_text(exchange->input, "model");
    orch_orchestrator *found = orch_directory_orchestrator_by_slug(exchange->server->directory, slug);

    if (!found || found->user->removed || !orch__lookup_sees(exchange, found->user->organization))
        return orch__input_problem(problem, ORCH_E_NOT_FOUND, "model",
                                   "there is no model \"%.*s\": a model is the slug of an orchestrator",
                                   (int)(slug.len < 64 ? slug.len : 64), slug.ptr);
    *out_orchestrator = found;
    return 0;
}

static void refuse_model(orch__exchange *exchange, const orch_problem *problem)
{
    orch__exchange_refuse(exchange, 404, "model_not_found", problem->field, "%s", problem->message);
}

/* What would change the answer and is not known here must not be passed over. NULL: there is none. */
static const char *unknown_wish(const json_t *input)
{
    static const char *const names[] = {"tools", "functions", "stop", "audio", "prediction"};
    const json_t *format = json_object_get(json_object_get(input, "response_format"), "type");

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const json_t *value = json_object_get(input, names[i]);

        if (value && !json_is_null(value) && !(json_is_array(value) && json_array_size(value) == 0))
            return names[i];
    }
    if (json_is_string(format) && strcmp(json_string_value(format), "text") != 0)
        return "response_format";
    return json_is_true(json_object_get(input, "logprobs")) ? "logprobs" : NULL;
}

static size_t count_of_user(const orch__exchange *exchange)
{
    size_t count = 0;

    for (const orch__completion *one = exchange->server->completions.first; one; one = one->next)
        count += one->exchange->user == exchange->user && one->exchange->owner == exchange->owner;
    return count;
}

/* Refuses, unless one more is within the limits. */
static bool has_room(orch__exchange *exchange)
{
    const orch_server *server = exchange->server;

    if (server->completions.count >= server->limits.completions) {
        orch__exchange_refuse_for(
            exchange, RETRY_AFTER_MS,
            "as many completions are being answered as are allowed; try again in a moment");
        return false;
    }
    if (server->limits.completions_per_user &&
        count_of_user(exchange) >= server->limits.completions_per_user) {
        orch__exchange_refuse_for(
            exchange, RETRY_AFTER_MS,
            "as many completions of yours are being answered as are allowed; try again in a moment");
        return false;
    }
    return true;
}

static uint32_t tokens_max(const orch__exchange *exchange, const orch_orchestrator *orchestrator)
{
    int64_t wanted = orch__input_integer(exchange->input, "max_completion_tokens", 0);

    if (!wanted)
        wanted = orch__input_integer(exchange->input, "max_tokens", 0);
    return wanted > 0 && (!orchestrator->tokens_max || wanted < orchestrator->tokens_max) ? (uint32_t)wanted
                                                                                          : 0;
}

static orch__completion *new_completion(orch__exchange *exchange, orch_orchestrator *orchestrator)
{
    const json_t *input = exchange->input;
    orch__completion *self = calloc(1, sizeof(*self));
    unsigned char unique[12];
    char hex[2 * sizeof(unique) + 1];

    if (!self)
        return NULL;
    exchange->work = self;
    self->exchange = exchange;
    self->orchestrator = orchestrator;
    self->created_s = orch__server_now() / 1000;
    self->stream = orch__input_boolean(input, "stream", false);
    self->usage = json_is_true(json_object_get(json_object_get(input, "stream_options"), "include_usage"));
    randombytes_buf(unique, sizeof(unique));
    sodium_bin2hex(hex, sizeof(hex), unique, sizeof(unique));
    snprintf(self->id, sizeof(self->id), "chatcmpl-%s", hex);
    return self;
}

static void enter(orch__completion *self)
{
    orch__completions *all = &self->exchange->server->completions;

    self->next = all->first;
    self->previous = &all->first;
    if (self->next)
        self->next->previous = &self->next;
    all->first = self;
    if (all->count++ == 0)
        uv_timer_start(&all->watch, on_watch, WATCH_MS, WATCH_MS);
}

static int ask(orch__completion *self, const orch__chat *chat, orch_problem *problem)
{
    orch__exchange *exchange = self->exchange;
    const json_t *temperature = json_object_get(exchange->input, "temperature");
    orch_consult_request request = {
        .orchestrator = self->orchestrator,
        .addition = chat->addition,
        .messages = chat->messages,
        .messages_count = chat->count,
        .tokens_max = tokens_max(exchange, self->orchestrator),
        .temperature = temperature ? json_number_value(temperature) : -1,
        .final_text = self->stream,
        .sink = {.delta = on_delta, .done = on_done, .failed = on_failed, .user = self},
    };

    return orch_runtime_consult(exchange->server->runtime, &request, &self->consult, problem);
}

/* Reads the question and asks it. */
static void begin(orch__exchange *exchange, orch_orchestrator *orchestrator)
{
    const char *author = exchange->user ? orch_user_shown_name(exchange->user) : "owner";
    orch_problem problem = {0};
    orch__completion *self;
    orch__chat chat;

    if (orch__chat_read(json_object_get(exchange->input, "messages"), author, &chat, &problem)) {
        orch__exchange_problem(exchange, &problem);
        return;
    }
    self = new_completion(exchange, orchestrator);
    if (!self)
        (void)orch__input_problem(&problem, ORCH_E_NO_MEMORY, "", "out of memory");
    else if (ask(self, &chat, &problem) == 0)
        enter(self);
    orch__chat_free(&chat);
    if (problem.error)
        orch__exchange_problem(exchange, &problem);
}

void orch__do_chat_completion_create(orch__exchange *exchange)
{
    const char *unknown = unknown_wish(exchange->input);
    orch_orchestrator *orchestrator;
    orch_problem problem = {0};

    if (find_model(exchange, &orchestrator, &problem))
        refuse_model(exchange, &problem);
    else if (unknown)
        orch__exchange_refuse(exchange, 400, "unsupported", unknown,
                              "%s is not known here: how an orchestrator answers is said by its charter",
                              unknown);
    else if (has_room(exchange))
        begin(exchange, orchestrator);
}

/* ---- models ---- */

static void write_model(orch__writer *json, const orch_orchestrator *orchestrator)
{
    orch__writer_open(json, NULL, '{');
    orch__writer_string(json, "id", orchestrator->slug);
    orch__writer_string(json, "object", "model");
    orch__writer_integer(json, "created", 0); /* not known */
    orch__writer_string(json, "owned_by", orchestrator->user->organization->slug);
    orch__writer_close(json, '}');
}

void orch__do_completion_model_list(orch__exchange *exchange)
{
    orch_orchestrator *const *items;
    size_t count = orch_directory_orchestrators(exchange->server->directory, &items);
    orch__writer *json = orch__exchange_begin(exchange, 200);

    orch__writer_open(json, NULL, '{');
    orch__writer_string(json, "object", "list");
    orch__writer_open(json, "data", '[');
    for (size_t i = 0; i < count; i++)
        if (!items[i]->user->removed && orch__lookup_sees(exchange, items[i]->user->organization))
            write_model(json, items[i]);
    orch__writer_close(json, ']');
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

void orch__do_completion_model_get(orch__exchange *exchange)
{
    orch_orchestrator *orchestrator;
    orch_problem problem = {0};

    if (find_model(exchange, &orchestrator, &problem)) {
        refuse_model(exchange, &problem);
        return;
    }
    write_model(orch__exchange_begin(exchange, 200), orchestrator);
    orch__exchange_end(exchange);
}
