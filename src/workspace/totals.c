#include "totals.h"

static const char sql_add[] =
    "INSERT INTO orchd_totals (vp_id, answered, failed, input_tokens, output_tokens) VALUES ($1, $2, $3, $4, "
    "$5) "
    "ON CONFLICT (vp_id) DO UPDATE SET answered = orchd_totals.answered + excluded.answered, "
    "failed = orchd_totals.failed + excluded.failed, "
    "input_tokens = orchd_totals.input_tokens + excluded.input_tokens, "
    "output_tokens = orchd_totals.output_tokens + excluded.output_tokens";

void orch__totals_add(orch__statements *statements, const orch_orchestrator *orchestrator,
                      const orch_totals *more)
{
    if (more->answered + more->failed + more->tokens_input + more->tokens_output == 0)
        return;
    ORCH__ADD(statements, sql_add, orch__id(&orchestrator->id), orch__integer((int64_t)more->answered),
              orch__integer((int64_t)more->failed), orch__integer((int64_t)more->tokens_input),
              orch__integer((int64_t)more->tokens_output));
}

void orch__totals_committed(orch_orchestrator *orchestrator, const orch_totals *more)
{
    orchestrator->totals.answered += more->answered;
    orchestrator->totals.failed += more->failed;
    orchestrator->totals.tokens_input += more->tokens_input;
    orchestrator->totals.tokens_output += more->tokens_output;
}
