/* One attempt at an answer: words the prompt, asks one model of the chain, streams deltas. `rules` answers from the
 * loop's next iteration without network. The loop's thread only.
 */
#ifndef ORCHD_ANSWER_H
#define ORCHD_ANSWER_H

#include "model.h"
#include "orchd/prompt.h"
#include "transfer.h"

typedef struct orch_answer orch_answer;

typedef struct orch_answer_request {
    const orch_charter *charter;
    const orch_rules *rules; /* may be NULL */
    const orch_model_choice *choice;
    const orch_model_account *account; /* NULL for local providers */
    orch_prompt_place place;
    orch_str addition;                   /* said behind the charter's prompt; may be empty */
    const orch_prompt_message *messages; /* oldest first, the last is the one to answer; copied */
    size_t messages_count;
    size_t context_tokens_max; /* default of the server: 24000 */
    uint32_t tokens_max;
    double temperature; /* below 0: not sent */
    uint32_t timeout_ms;
    orch_str idempotency_key; /* the same for each attempt of a turn */
    orch_model_sink sink;     /* a reply of `rules` ends with the hand-over, if any */
} orch_answer_request;

/* Everything of `request` is copied or used up before it returns, except charter and rules, which must live until the
 * sink's end or error. ORCH_E_NO_MEMORY, ORCH_E_TOO_LARGE. The sink is never called from inside. */
ORCH_MUST_USE int orch_answer_start(uv_loop_t *loop, orch_transfers *transfers,
                                    const orch_answer_request *request, orch_answer **out_answer);
/* No further call of the sink. */
void orch_answer_cancel(orch_answer *answer);

#endif
