/* Figures over time, of an orchestrator or of the organization, as points of equal steps. */
#include "insight.h"
#include "lookup.h"
#include "operations.h"

#define FROM_DEFAULT_MS INT64_C(3600000)

static void write_point(orch__writer *json, int64_t at_ms, const orch_sums *sums)
{
    const orch_latencies *latencies = &sums->latencies;

    orch__writer_open(json, NULL, '{');
    orch__writer_time(json, "at", at_ms);
    orch__writer_integer(json, "answered", (int64_t)sums->answered);
    orch__writer_integer(json, "failed", (int64_t)sums->failed);
    orch__writer_integer(json, "inputTokens", (int64_t)sums->tokens_input);
    orch__writer_integer(json, "outputTokens", (int64_t)sums->tokens_output);
    if (sums->answered) {
        orch__writer_open(json, "latencyMs", '{');
        orch__writer_integer(json, "p50", orch_latencies_quantile(latencies, 50));
        orch__writer_integer(json, "p95", orch_latencies_quantile(latencies, 95));
        orch__writer_integer(json, "max", latencies->longest_ms);
        orch__writer_close(json, '}');
    }
    orch__writer_close(json, '}');
}

static bool is_empty(const orch_sums *sums)
{
    return sums->answered + sums->failed + sums->tokens_input + sums->tokens_output == 0;
}

static void on_points(const orch_problem *problem, const orch_points_asked *asked, const orch_sums *points,
                      void *user)
{
    orch__exchange *exchange = user;
    orch__writer *json;

    if (problem) {
        orch__exchange_problem(exchange, problem);
        return;
    }
    json = orch__exchange_begin(exchange, 200);
    orch__writer_open(json, NULL, '{');
    orch__writer_integer(json, "stepMs", asked->step_ms);
    orch__writer_time(json, "from", asked->from_ms);
    orch__writer_time(json, "to", asked->from_ms + (int64_t)asked->count * asked->step_ms);
    orch__writer_open(json, "points", '[');
    for (size_t i = 0; i < asked->count; i++)
        if (!is_empty(&points[i]))
            write_point(json, asked->from_ms + (int64_t)i * asked->step_ms, &points[i]);
    orch__writer_close(json, ']');
    orch__writer_close(json, '}');
    orch__exchange_end(exchange);
}

static int64_t read_time(const json_t *input, const char *name, int64_t otherwise)
{
    int64_t ms = otherwise;

    if (orch__input_given(input, name))
        (void)orch__time_parse(orch__input_text(input, name), &ms); /* it was checked that it is one */
    return ms;
}

/* NULL: all organizations, for the machine's owner. */
static int read_subject(const orch__exchange *exchange, const orch_id **out_subject, orch_problem *problem)
{
    orch_orchestrator *orchestrator;

    *out_subject = exchange->user && exchange->user->organization ? &exchange->user->organization->id : NULL;
    if (!orch__input_given(exchange->input, "orchestratorId"))
        return 0;
    if (orch__lookup_orchestrator(exchange, &orchestrator, problem))
        return problem->error;
    *out_subject = &orchestrator->id;
    return 0;
}

static int read_question(const orch__exchange *exchange, orch_points_asked *out_asked, orch_problem *problem)
{
    const json_t *input = exchange->input;
    int64_t now_ms = orch__server_now();
    int64_t to_ms = read_time(input, "to", now_ms);
    int64_t from_ms = read_time(input, "from", to_ms - FROM_DEFAULT_MS);
    const orch_id *subject;

    if (read_subject(exchange, &subject, problem))
        return problem->error;
    if (from_ms >= to_ms)
        return orch__input_problem(problem, ORCH_E_INVALID, "from",
                                   "from is not before to; a time before it is needed");
    *out_asked = orch_points_plan(from_ms, to_ms,
                                  (size_t)orch__input_integer(input, "points", ORCH__POINTS_DEFAULT), now_ms);
    out_asked->subject = subject;
    return 0;
}

void orch__do_statistics_read(orch__exchange *exchange)
{
    orch_points_asked asked;
    orch_problem problem = {0};

    if (read_question(exchange, &asked, &problem)) {
        orch__exchange_problem(exchange, &problem);
        return;
    }
    problem.error = orch_runtime_points(exchange->server->runtime, &asked, on_points, exchange);
    if (problem.error)
        orch__exchange_problem(exchange, &problem);
}
