#include "exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admission.h"
#include "auth.h"
#include "connection.h"
#include "openid.h"
#include "orchd/assert.h"

#define RPC_INVALID_PARAMS (-32602)
#define RPC_APPLICATION    (-32000)

/* ---- life ---- */

orch__exchange *orch__exchange_new(orch__connection *connection, orch__face face, orch__operation operation,
                                   json_t *input)
{
    orch__exchange *exchange = calloc(1, sizeof(*exchange));

    if (!exchange) {
        json_decref(input);
        return NULL;
    }
    exchange->server = orch__server_ref(orch__connection_server(connection));
    exchange->face = face;
    exchange->operation = operation;
    exchange->input = input;
    orch__connection_attach(connection, exchange);
    return exchange;
}

static void free_exchange(orch__exchange *exchange)
{
    orch_server *server = exchange->server;

    if (exchange->connection)
        orch__connection_detach(exchange->connection, exchange);
    json_decref(exchange->input);
    free(exchange->rpc_id);
    free(exchange->headers);
    free(exchange->work);
    free(exchange);
    orch__server_unref(server);
}

orch_user *orch__exchange_actor(const orch__exchange *exchange)
{
    return exchange->owner ? NULL : exchange->user;
}

/* ---- who may ---- */

/* On a WebSocket the login may be old: who was suspended meanwhile is nobody. */
static bool logged_in(const orch__exchange *exchange)
{
    return exchange->owner || (exchange->user && orch__user_is_welcome(exchange->user));
}

/* 0: may. Otherwise the status of the refusal and its words. */
static int forbidden(const orch__exchange *exchange, const char **out_message)
{
    orch__access_rule rule = exchange->operation.access;

    *out_message = "log in first: send a session cookie or a bearer token";
    if (rule == ORCH__ACCESS_OPEN)
        return 0;
    if (rule == ORCH__ACCESS_NEAR && orch__connection_near(exchange->connection))
        return 0;
    if (!logged_in(exchange))
        return 401;
    switch (rule) {
    case ORCH__ACCESS_USER:
        *out_message = "this needs a user; the machine's owner logs in as one with POST /api/owner/sessions";
        return exchange->owner ? 403 : 0;
    case ORCH__ACCESS_ADMIN:
        *out_message = "only administrators may do this";
        return exchange->owner || orch_user_administers(exchange->user, exchange->user->organization) ? 0
                                                                                                      : 403;
    case ORCH__ACCESS_OWNER:
        *out_message = "only the owner of the machine may do this";
        return exchange->owner ? 0 : 403;
    default:
        return 0;
    }
}

void orch__exchange_run(orch__exchange *exchange)
{
    orch_problem problem = {0};
    const char *message;
    uint64_t wait_ms;
    int status;

    if (!exchange->connection) {
        free_exchange(exchange);
        return;
    }
    wait_ms = orch__admit_exchange(exchange);
    if (wait_ms) {
        orch__exchange_refuse_for(exchange, wait_ms, orch__too_fast);
        return;
    }
    status = forbidden(exchange, &message);
    if (status)
        orch__exchange_refuse(exchange, status, status == 401 ? "unauthorized" : "forbidden", NULL, "%s",
                              message);
    else if (exchange->server->phase != ORCH__SERVER_OPEN && exchange->operation.access != ORCH__ACCESS_NEAR)
        orch__exchange_refuse(exchange, 503, "closing", NULL, "the server is ending; try again in a moment");
    else if (orch__fields_check(exchange->operation.fields, exchange->operation.fields_count, exchange->input,
                                &problem))
        orch__exchange_problem(exchange, &problem);
    else
        exchange->operation.run(exchange);
}

/* ---- answers ---- */

orch__writer *orch__exchange_begin(orch__exchange *exchange, int status)
{
    orch__writer *json = &exchange->server->reply;

    exchange->status = status;
    orch__writer_reset(json);
    if (exchange->face == ORCH__FACE_RPC) {
        orch__writer_open(json, NULL, '{');
        orch__writer_string(json, "jsonrpc", "2.0");
        orch__writer_raw(json, "id", orch__str(exchange->rpc_id), "null");
        orch__writer_bytes(json, ",\"result\":", 10);
        json->comma = false;
    }
    return json;
}

/* The answer found no room: this one needs none. */
static void send_memory_error(const orch__exchange *exchange)
{
    static const char words[] = "the answer found no memory; what was asked for may have been done";
    char text[512];
    int len;

    orch_runtime_fault(exchange->server->runtime, ORCH_FAULT_MEMORY, ORCH_E_NO_MEMORY, "an answer");
    if (exchange->face == ORCH__FACE_RPC)
        len = snprintf(text, sizeof(text),
                       "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":%d,\"message\":\"%s\","
                       "\"data\":{\"code\":\"no_memory\",\"status\":503}}}",
                       exchange->rpc_id, RPC_APPLICATION, words);
    else
        len = snprintf(text, sizeof(text), "{\"error\":{\"code\":\"no_memory\",\"message\":\"%s\"}}", words);
    if (len < 0 || (size_t)len >= sizeof(text)) /* an id without measure */
        orch__connection_abort(exchange->connection);
    else if (exchange->face == ORCH__FACE_RPC)
        orch__connection_send(exchange->connection, (orch_str){text, (size_t)len});
    else
        orch__connection_respond(exchange->connection, 503, "application/json; charset=utf-8", NULL,
                                 (orch_str){text, (size_t)len});
}

static void send_reply(orch__exchange *exchange, const char *content_type)
{
    orch_server *server = exchange->server;
    orch_str body = {server->reply.ptr, server->reply.len};

    if (exchange->face == ORCH__FACE_RPC)
        server->counters.calls++;
    if (exchange->face == ORCH__FACE_RPC && exchange->status >= 400)
        server->counters.calls_failed++;
    if (!exchange->connection || (exchange->face == ORCH__FACE_RPC && !exchange->rpc_id)) {
        free_exchange(exchange);
        return;
    }
    if (orch__writer_failed(&server->reply))
        send_memory_error(exchange);
    else if (exchange->face == ORCH__FACE_RPC)
        orch__connection_send(exchange->connection, body);
    else
        orch__connection_respond(exchange->connection, exchange->status, content_type, exchange->headers,
                                 body);
    free_exchange(exchange);
}

void orch__exchange_end(orch__exchange *exchange)
{
    if (exchange->face == ORCH__FACE_RPC)
        orch__writer_close(&exchange->server->reply, '}');
    send_reply(exchange, "application/json; charset=utf-8");
}

void orch__exchange_done(orch__exchange *exchange)
{
    orch__writer *json = orch__exchange_begin(exchange, 204);

    if (exchange->face == ORCH__FACE_RPC) {
        orch__writer_open(json, NULL, '{');
        orch__writer_close(json, '}');
    }
    orch__exchange_end(exchange);
}

void orch__exchange_text(orch__exchange *exchange, const char *content_type, orch_str text)
{
    ORCH_ASSERT(exchange->face == ORCH__FACE_HTTP);
    orch__writer_reset(&exchange->server->reply);
    orch__writer_bytes(&exchange->server->reply, text.ptr, text.len);
    exchange->status = 200;
    send_reply(exchange, content_type);
}

void orch__exchange_redirect(orch__exchange *exchange, const char *location)
{
    ORCH_ASSERT(exchange->face == ORCH__FACE_HTTP && !strpbrk(location, "\r\n"));
    orch__exchange_header(exchange, "Location", location);
    orch__writer_reset(&exchange->server->reply);
    exchange->status = 302;
    send_reply(exchange, "text/plain");
}

/* ---- in pieces ---- */

void orch__exchange_stream(orch__exchange *exchange, const char *content_type)
{
    ORCH_ASSERT(exchange->face == ORCH__FACE_HTTP);
    if (exchange->connection)
        orch__request_stream(exchange->connection, content_type, exchange->headers);
}

void orch__exchange_piece(orch__exchange *exchange, orch_str piece)
{
    if (exchange->connection)
        orch__request_piece(exchange->connection, piece);
}

void orch__exchange_stream_end(orch__exchange *exchange)
{
    if (exchange->connection)
        orch__request_stream_end(exchange->connection);
    free_exchange(exchange);
}

/* ---- refusals ---- */

static void write_error_fields(orch__writer *json, const char *code, const char *message, const char *field,
                               uint64_t retry_after_ms)
{
    orch__writer_string(json, "code", code);
    orch__writer_string(json, "message", message);
    if (field && field[0])
        orch__writer_string(json, "field", field);
    if (retry_after_ms)
        orch__writer_integer(json, "retryAfterMs", (int64_t)retry_after_ms);
}

void orch__error_write(orch__writer *json, const char *code, const char *message, const char *field,
                       uint64_t retry_after_ms)
{
    orch__writer_open(json, NULL, '{');
    write_error_fields(json, code, message, field, retry_after_ms);
    orch__writer_close(json, '}');
}

/* The type that OpenAI's API gives an error of this status. */
static const char *openai_type(int status)
{
    switch (status) {
    case 401:
        return "authentication_error";
    case 403:
        return "permission_error";
    case 429:
        return "rate_limit_error";
    default:
        return status < 500 ? "invalid_request_error" : "server_error";
    }
}

void orch__error_write_openai(orch__writer *json, int status, const char *code, const char *message,
                              const char *field, uint64_t retry_after_ms)
{
    orch__writer_open(json, NULL, '{');
    write_error_fields(json, code, message, field, retry_after_ms);
    orch__writer_string(json, "type", openai_type(status));
    orch__writer_string(json, "param", field && field[0] ? field : NULL);
    orch__writer_close(json, '}');
}

static void write_rpc_error(orch__exchange *exchange, orch__writer *json, const char *code,
                            const char *message, const char *field)
{
    orch__writer_open(json, NULL, '{');
    orch__writer_string(json, "jsonrpc", "2.0");
    orch__writer_raw(json, "id", orch__str(exchange->rpc_id), "null");
    orch__writer_open(json, "error", '{');
    orch__writer_integer(json, "code", exchange->status == 400 ? RPC_INVALID_PARAMS : RPC_APPLICATION);
    orch__writer_string(json, "message", message);
    orch__writer_open(json, "data", '{');
    orch__writer_string(json, "code", code);
    if (field && field[0])
        orch__writer_string(json, "field", field);
    orch__writer_integer(json, "status", exchange->status);
    if (exchange->retry_after_ms)
        orch__writer_integer(json, "retryAfterMs", (int64_t)exchange->retry_after_ms);
    orch__writer_close(json, '}');
    orch__writer_close(json, '}');
    orch__writer_close(json, '}');
}

static void answer_error(orch__exchange *exchange, int status, const char *code, const char *message,
                         const char *field)
{
    orch__writer *json = &exchange->server->reply;

    if (orch__openid_turns_away(exchange)) {
        orch__openid_turn_away(exchange, code);
        return;
    }
    exchange->status = status;
    orch__writer_reset(json);
    if (exchange->face == ORCH__FACE_RPC) {
        write_rpc_error(exchange, json, code, message, field);
    } else {
        orch__writer_open(json, NULL, '{');
        orch__writer_bytes(json, "\"error\":", 8);
        if (exchange->openai)
            orch__error_write_openai(json, status, code, message, field, exchange->retry_after_ms);
        else
            orch__error_write(json, code, message, field, exchange->retry_after_ms);
        orch__writer_close(json, '}');
    }
    send_reply(exchange, "application/json; charset=utf-8");
}

void orch__exchange_problem(orch__exchange *exchange, const orch_problem *problem)
{
    const char *message = problem->message[0] ? problem->message : orch_error_text(problem->error);
    int status = orch__status_of(problem->error);

    if (status == 503 || status == 429)
        orch__exchange_header(exchange, "Retry-After", "1");
    answer_error(exchange, status, orch_error_name(problem->error), message, problem->field);
}

void orch__exchange_refuse_for(orch__exchange *exchange, uint64_t wait_ms, const char *message)
{
    char seconds[24];

    snprintf(seconds, sizeof(seconds), "%llu", (unsigned long long)(wait_ms + 999) / 1000);
    orch__exchange_header(exchange, "Retry-After", seconds);
    exchange->retry_after_ms = wait_ms;
    orch__exchange_refuse(exchange, 429, "rate_limited", NULL, "%s", message);
}

void orch__exchange_refuse(orch__exchange *exchange, int status, const char *code, const char *field,
                           const char *format, ...)
{
    char message[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    answer_error(exchange, status, code, message, field);
}

void orch__exchange_header(orch__exchange *exchange, const char *name, const char *value)
{
    size_t old = exchange->headers ? strlen(exchange->headers) : 0;
    size_t more = strlen(name) + strlen(value) + 5;
    char *headers;

    if (exchange->face != ORCH__FACE_HTTP)
        return;
    headers = realloc(exchange->headers, old + more);
    if (!headers)
        return;
    snprintf(headers + old, more, "%s: %s\r\n", name, value);
    exchange->headers = headers;
}

int orch__status_of(int error)
{
    switch (error) {
    case ORCH_E_INVALID:
        return 400;
    case ORCH_E_UNAUTHORIZED:
        return 401;
    case ORCH_E_FORBIDDEN:
        return 403;
    case ORCH_E_NOT_FOUND:
        return 404;
    case ORCH_E_EXISTS:
    case ORCH_E_STATE:
    case ORCH_E_ALREADY_RUNNING:
    case ORCH_E_NOT_RUNNING:
    case ORCH_E_MAX_RESTARTS:
    case ORCH_E_CONFLICT:
    case ORCH_E_CANCELLED:
        return 409;
    case ORCH_E_TOO_LARGE:
        return 413;
    case ORCH_E_UNSUPPORTED:
        return 415;
    case ORCH_E_RATE_LIMITED:
        return 429;
    case ORCH_E_CORRUPT:
    case ORCH_E_INTERNAL:
        return 500;
    default:
        return 503; /* busy, full, out of memory or disk, closed, no answer in time … */
    }
}
