#include "tries.h"

#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "draft.h"
#include "operations.h"

#define TEXT_FIRST 512

typedef struct orch__try orch__try;

struct orch__try {
    orch__try *next; /* of the socket */
    orch__socket *socket;
    orch__exchange *exchange; /* answered at its end */
    orch_consult *consult;
    uint32_t attempt; /* that `text` is of */
    char *text;
    size_t len;
    size_t size;
    char id[ORCH_TRY_ID_MAX + 1];
};

/* ---- life ---- */

static void unlink_try(orch__try *try)
{
    orch__try **link = &try->socket->tries;

    while (*link != try)
        link = &(*link)->next;
    *link = try->next;
}

static void free_try(orch__try *try)
{
    free(try->text);
    free(try);
}

static orch__try *find(const orch__socket *socket, const char *id)
{
    orch__try *try = socket->tries;

    while (try && strcmp(try->id, id) != 0)
        try = try->next;
    return try;
}

static size_t count_tries(const orch__socket *socket)
{
    size_t count = 0;

    for (const orch__try *try = socket->tries; try; try = try->next)
        count++;
    return count;
}

void orch__tries_drop(orch__socket *socket)
{
    while (socket->tries) {
        orch__try *try = socket->tries;

        unlink_try(try);
        orch_consult_cancel(try->consult);
        orch__exchange_done(try->exchange);
        free_try(try);
    }
}

/* ---- what comes ---- */

static bool keep_text(orch__try *try, orch_str text)
{
    size_t size = try->size ? try->size : TEXT_FIRST;
    char *grown;

    while (size < try->len + text.len)
        size *= 2;
    if (size != try->size) {
        grown = realloc(try->text, size);
        if (!grown)
            return false;
        try->text = grown;
        try->size = size;
    }
    memcpy(try->text + try->len, text.ptr, text.len);
    try->len += text.len;
    return true;
}

/* Not to a client that does not keep up: it gets the whole at the end. */
static void tell_delta(const orch__try *try, orch_str text)
{
    orch__writer *json = &try->socket->server->notice;

    if (try->socket->queue_bytes > ORCH_QUEUE_MAX / 2)
        return;
    orch__writer_reset(json);
    orch__writer_open(json, NULL, '{');
    orch__writer_string(json, "jsonrpc", "2.0");
    orch__writer_string(json, "method", "charter.delta");
    orch__writer_open(json, "params", '{');
    orch__writer_string(json, "tryId", try->id);
    orch__writer_integer(json, "attempt", try->attempt);
    orch__writer_text(json, "text", text);
    orch__writer_close(json, '}');
    orch__writer_close(json, '}');
    if (!orch__writer_failed(json))
        orch__socket_answer(try->socket, (orch_str){json->ptr, json->len});
}

static void on_delta(void *user, uint32_t attempt, orch_str text)
{
    orch__try *try = user;

    if (attempt != try->attempt)
        try->len = 0;
    try->attempt = attempt;
    if (keep_text(try, text))
        tell_delta(try, text);
}

static void answer(orch__try *try, const orch_consult_end *end)
{
    orch__writer *json = orch__exchange_begin(try->exchange, 200);

    orch__writer_open(json, NULL, '{');
    orch__writer_text(json, "text", (orch_str){try->text, try->len});
    orch__writer_string(json, "model", end->model);
    orch__writer_open(json, "usage", '{');
    orch__writer_integer(json, "inputTokens", (int64_t)end->usage.input_tokens);
    orch__writer_integer(json, "outputTokens", (int64_t)end->usage.output_tokens);
    orch__writer_close(json, '}');
    if (end->cut || end->stop == ORCH_STOP_LENGTH)
        orch__writer_boolean(json, "truncated", true);
    orch__writer_close(json, '}');
    orch__exchange_end(try->exchange);
}

static void on_done(void *user, const orch_consult_end *end)
{
    orch__try *try = user;

    unlink_try(try);
    answer(try, end);
    free_try(try);
}

static void refuse(orch__try *try, int error, const char *words)
{
    orch_problem problem = {.error = error};

    snprintf(problem.message, sizeof(problem.message), "%s", words);
    orch__exchange_problem(try->exchange, &problem);
}

static void on_failed(void *user, int error, const char *words)
{
    orch__try *try = user;

    unlink_try(try);
    refuse(try, error, words);
    free_try(try);
}

/* ---- the calls ---- */

/* Who tries it is the user, and what the charter said before is its own. */
static size_t read_talk(const orch__exchange *exchange, orch_prompt_message *out_messages)
{
    const json_t *given = json_object_get(exchange->input, "messages");
    const char *name = exchange->user ? orch_user_shown_name(exchange->user) : "Owner";
    size_t count = json_array_size(given);

    for (size_t i = 0; i < count; i++) {
        const json_t *message = json_array_get(given, i);
        const char *role = json_string_value(json_object_get(message, "role"));

        out_messages[i] = (orch_prompt_message){.author = orch__str(name),
                                                .content = orch__input_text(message, "content"),
                                                .own = strcmp(role, "assistant") == 0};
    }
    return count;
}

static int check_try(const orch__exchange *exchange, const char *id, orch_problem *problem)
{
    const orch__socket *socket = exchange->connection->socket;
    const json_t *messages = json_object_get(exchange->input, "messages");
    size_t count = json_array_size(messages);
    const char *last =
        json_string_value(json_object_get(json_array_get(messages, count ? count - 1 : 0), "role"));

    if (!last || strcmp(last, "user") != 0)
        return orch__input_problem(problem, ORCH_E_INVALID, "messages",
                                   "messages ends with %s; a message of the user at the end is needed",
                                   last ? "one of the assistant" : "nothing");
    if (find(socket, id))
        return orch__input_problem(problem, ORCH_E_CONFLICT, "tryId", "tryId is in use");
    if (count_tries(socket) >= ORCH__TRIES_A_SOCKET)
        return orch__input_problem(problem, ORCH_E_BUSY, "",
                                   "%d tries are under way, which is the limit of a connection",
                                   ORCH__TRIES_A_SOCKET);
    return 0;
}

/* The machine's owner tries for the first one. */
static const orch_organization *organization_of(const orch__exchange *exchange)
{
    orch_organization *const *items;
    size_t count = orch_directory_organizations(exchange->server->directory, &items);

    if (exchange->user)
        return exchange->user->organization;
    return count > 0 ? items[0] : NULL;
}

static int begin(orch__exchange *exchange, const char *id, orch_problem *problem)
{
    orch_prompt_message messages[ORCH_TRY_TALK_MAX];
    orch__draft read;
    orch__try *try = calloc(1, sizeof(*try));
    int error;

    if (!try)
        return orch__input_problem(problem, ORCH_E_NO_MEMORY, "", "out of memory");
    *try = (orch__try){.socket = exchange->connection->socket, .exchange = exchange};
    snprintf(try->id, sizeof(try->id), "%s", id);
    error = orch__draft_read(exchange, &read, problem);
    if (!error) {
        const orch_consult_request request = {.draft = &read.draft,
                                              .organization = organization_of(exchange),
                                              .messages = messages,
                                              .messages_count = read_talk(exchange, messages),
                                              .temperature = -1,
                                              .sink = {on_delta, on_done, on_failed, try}};

        error = orch_runtime_consult(exchange->server->runtime, &request, &try->consult, problem);
        free(read.charter);
    }
    if (error) {
        free_try(try);
        return error;
    }
    try->next = try->socket->tries;
    try->socket->tries = try;
    return 0;
}

void orch__do_charter_try(orch__exchange *exchange)
{
    const char *id = json_string_value(json_object_get(exchange->input, "tryId"));
    orch_problem problem = {0};

    if (check_try(exchange, id, &problem) || begin(exchange, id, &problem))
        orch__exchange_problem(exchange, &problem);
}

/* One that has ended meanwhile is as good as stopped. */
void orch__do_charter_stop(orch__exchange *exchange)
{
    orch__socket *socket = exchange->connection->socket;
    orch__try *try = find(socket, json_string_value(json_object_get(exchange->input, "tryId")));

    if (try) {
        unlink_try(try);
        orch_consult_cancel(try->consult);
        refuse(try, ORCH_E_CANCELLED, "it was stopped");
        free_try(try);
    }
    orch__exchange_done(exchange);
}
