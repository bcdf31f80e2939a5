/* Whether the process lives, and whether it can serve. */
#include "operations.h"

void orch__do_healthz(orch__exchange *exchange)
{
    orch__writer *json = orch__exchange_begin(exchange, 200);

    orch__writer_open(json, NULL, '{');
    orch__writer_string(json, "status", "ok");
    orch__writer_integer(json, "uptime", orch__server_now() - exchange->server->opened_ms);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

void orch__do_readyz(orch__exchange *exchange)
{
    char message[256] = "the server is ending";
    int error = orch_runtime_ready(exchange->server->runtime, message, sizeof(message));
    orch__writer *json;

    if (error || exchange->server->phase != ORCH__SERVER_OPEN) {
        orch__exchange_refuse(exchange, 503, error ? orch_error_name(error) : "closing", NULL, "%s", message);
        return;
    }
    json = orch__exchange_begin(exchange, 200);
    orch__writer_open(json, NULL, '{');
    orch__writer_string(json, "status", "ready");
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

void orch__do_ping(orch__exchange *exchange)
{
    orch__writer *json = orch__exchange_begin(exchange, 200);

    orch__writer_open(json, NULL, '{');
    orch__writer_boolean(json, "pong", true);
    orch__writer_time(json, "time", orch__server_now());
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}
