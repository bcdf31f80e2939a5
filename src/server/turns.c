/* Turns: answers that people stop, and failures that are tried again. */
#include "operations.h"

void orch__do_turn_cancel(orch__exchange *exchange)
{
    orch_problem problem = {0};

    if (orch_runtime_stop_turn(exchange->server->runtime, orch__exchange_actor(exchange),
                               orch__input_integer(exchange->input, "turnId", 0), &problem))
        orch__exchange_problem(exchange, &problem);
    else
        orch__exchange_done(exchange);
}

static void on_retried(const orch_problem *problem, int64_t turn, void *user)
{
    orch__exchange *exchange = user;
    orch__writer *json;

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    json = orch__exchange_begin(exchange, 200);
    orch__writer_open(json, NULL, '{');
    orch__writer_integer(json, "turnId", turn);
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

void orch__do_turn_retry(orch__exchange *exchange)
{
    orch_problem problem = {0};

    if (orch_runtime_retry_turn(exchange->server->runtime, orch__exchange_actor(exchange),
                                orch__input_integer(exchange->input, "turnId", 0), on_retried, exchange,
                                &problem))
        orch__exchange_problem(exchange, &problem);
}
