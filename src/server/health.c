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

/* ---- ready ---- */

/* A part of the server that works, or that has failed since then, with what to do. */
static void write_part(orch__writer *json, orch_runtime *runtime, orch_fault_kind kind)
{
    const orch_fault *fault = &orch_runtime_faults(runtime)->faults[kind];
    uint64_t room;

    orch__writer_open(json, orch_fault_name(kind), '{');
    orch__writer_string(json, "status", fault->open ? "failing" : "ok");
    if (fault->open) {
        orch__writer_time(json, "since", orch__server_now() - orch_runtime_fault_age(runtime, kind));
        orch__writer_string(json, "code", orch_error_name(fault->error));
        orch__writer_string(json, "message", fault->words);
        orch__writer_integer(json, "times", (int64_t)fault->count);
        orch__writer_string(json, "advice", orch_fault_advice(kind));
    }
    if (kind == ORCH_FAULT_DISK_SPACE && orch_runtime_room(runtime, &room))
        orch__writer_integer(json, "freeBytes", (int64_t)room);
    orch__writer_close(json, '}');
}

static bool write_parts(orch__writer *json, orch_runtime *runtime)
{
    bool failing = false;

    orch__writer_open(json, "parts", '{');
    for (orch_fault_kind kind = 0; kind < ORCH_FAULTS_COUNT; kind++) {
        if (kind == ORCH_FAULT_CLOCK)
            continue; /* a jump is over when it is seen: /metrics counts them */
        write_part(json, runtime, kind);
        failing |= orch_fault_is_open(orch_runtime_faults(runtime), kind);
    }
    orch__writer_close(json, '}');
    return failing;
}

/* 200: messages are accepted, though a part may fail ("degraded"). 503: they are not. */
static void on_ready(int error, const char *message, void *user)
{
    orch__exchange *exchange = user;
    bool closing = exchange->server->phase != ORCH__SERVER_OPEN;
    bool unavailable = error || closing;
    orch__writer *json = orch__exchange_begin(exchange, unavailable ? 503 : 200);
    bool degraded;

    if (unavailable)
        orch__exchange_header(exchange, "Retry-After", "1");
    orch__writer_open(json, NULL, '{');
    if (unavailable) {
        orch__writer_bytes(json, "\"error\":", 8);
        orch__error_write(json, error ? orch_error_name(error) : "closing",
                          error ? message : "the server is ending", NULL, 0);
    }
    degraded = write_parts(json, exchange->server->runtime);
    orch__writer_string(json, "status", unavailable ? "unavailable" : degraded ? "degraded" : "ready");
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

void orch__do_readyz(orch__exchange *exchange)
{
    int error = orch_runtime_ready(exchange->server->runtime, on_ready, exchange);

    if (error)
        on_ready(error, orch_error_text(error), exchange);
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
