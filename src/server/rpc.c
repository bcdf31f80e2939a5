#include "rpc.h"

#include <stdlib.h>
#include <string.h>

#include "admission.h"
#include "connection.h"
#include "json_text.h"
#include "operations.h"

#define PARSE_ERROR      (-32700)
#define INVALID_REQUEST  (-32600)
#define METHOD_NOT_FOUND (-32601)
#define INVALID_PARAMS   (-32602)

/* An answer to what is no call. `id` is JSON or NULL. */
static void refuse(orch__socket *socket, const char *id, int code, const char *message)
{
    orch__writer *json = &socket->server->reply;

    (void)orch__admit_junk(socket);
    orch__writer_reset(json);
    orch__writer_open(json, NULL, '{');
    orch__writer_string(json, "jsonrpc", "2.0");
    orch__writer_raw(json, "id", orch__str(id), "null");
    orch__writer_open(json, "error", '{');
    orch__writer_integer(json, "code", code);
    orch__writer_string(json, "message", message);
    orch__writer_close(json, '}');
    orch__writer_close(json, '}');
    socket->server->counters.calls++;
    socket->server->counters.calls_failed++;
    orch__socket_answer(socket, (orch_str){json->ptr, json->len});
}

/* The id as JSON, to be sent back unchanged; NULL without one. */
static char *read_id(const json_t *call, bool *out_valid)
{
    const json_t *id = json_object_get(call, "id");

    char *text = NULL;

    *out_valid = !id || json_is_string(id) || json_is_number(id) || json_is_null(id);
    if (id && *out_valid && orch_json_write(id, JSON_ENCODE_ANY | JSON_COMPACT, &text))
        return NULL;
    return text;
}

/* Takes over `id`. */
static void run(orch__socket *socket, const orch__rpc_method *method, json_t *params, char *id)
{
    json_t *input = params ? json_incref(params) : json_object();
    orch__exchange *exchange =
        input ? orch__exchange_new(socket->connection, ORCH__FACE_RPC, method->operation, input) : NULL;

    if (!exchange) {
        free(id);
        orch__connection_abort(socket->connection);
        return;
    }
    exchange->rpc_id = id;
    exchange->user = socket->user;
    exchange->owner = socket->owner;
    exchange->token_id = socket->token_id;
    orch__socket_regulate(socket);
    orch__exchange_run(exchange);
}

/* A client that waits for this id would wait for ever: without memory for it there is no answer. */
static bool lost_id(orch__socket *socket, const json_t *call, const char *id, bool valid)
{
    if (id || !valid || !json_object_get(call, "id"))
        return false;
    orch__connection_abort(socket->connection);
    return true;
}

static void dispatch(orch__socket *socket, json_t *call)
{
    const char *version = json_string_value(json_object_get(call, "jsonrpc"));
    const char *name = json_string_value(json_object_get(call, "method"));
    json_t *params = json_object_get(call, "params");
    const orch__rpc_method *method;
    bool valid;
    char *id = read_id(call, &valid);

    if (lost_id(socket, call, id, valid))
        return;
    if (!valid || !name || !version || strcmp(version, "2.0") != 0) {
        refuse(socket, id, INVALID_REQUEST,
               "not a JSON-RPC 2.0 call: jsonrpc \"2.0\", method and id are needed");
        free(id);
        return;
    }
    method = orch__rpc_find(orch__rpc_methods, orch__rpc_methods_count, orch__str(name));
    if (!method || (params && !json_is_object(params))) {
        if (id)
            refuse(socket, id, method ? INVALID_PARAMS : METHOD_NOT_FOUND,
                   method ? "params must be an object" : "there is no such method");
        free(id);
        return;
    }
    run(socket, method, params, id);
}

void orch__rpc_receive(orch__socket *socket, orch_str text)
{
    char why[256];
    json_t *call = NULL;
    int error = orch__parse_json(text, &call, why, sizeof(why));

    if (error == ORCH_E_NO_MEMORY)
        orch__connection_abort(socket->connection); /* whose answer it would have been is not known */
    else if (error)
        refuse(socket, NULL, PARSE_ERROR, why);
    else if (!json_is_object(call))
        refuse(socket, NULL, INVALID_REQUEST, "one call a frame: an object is needed");
    else
        dispatch(socket, call);
    json_decref(call);
}

/* GET /ws that does not ask for a WebSocket. */
void orch__do_websocket(orch__exchange *exchange)
{
    orch__exchange_header(exchange, "Upgrade", "websocket");
    orch__exchange_refuse(exchange, 426, "upgrade_required", NULL,
                          "this is a WebSocket: ask with Upgrade: websocket and Sec-WebSocket-Version: 13");
}
