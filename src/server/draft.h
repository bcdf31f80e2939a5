/* An orchestrator that is not stored, as the inputs of a call tell of it. */
#ifndef ORCHD_SERVER_DRAFT_H
#define ORCHD_SERVER_DRAFT_H

#include "consult.h"
#include "exchange.h"

typedef struct orch__draft {
    orch_draft draft; /* texts are those of the exchange's inputs, and: */
    char *charter;    /* owned: free() */
} orch__draft;

/* ORCH_E_NO_MEMORY. */
ORCH_MUST_USE int orch__draft_read(const orch__exchange *exchange, orch__draft *out_draft,
                                   orch_problem *problem);

#endif
