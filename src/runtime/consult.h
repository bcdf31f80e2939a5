/* An answer that nobody stores: who answers and what was said come in; text, what it took, or a failure come out. For trying
 * a charter that is not saved, and for clients that keep their conversation themselves.
 *
 * The chain of models, the pauses between attempts and the deadline are those of turns; nothing waits for the work of a
 * daemon, and no daemon need run.
 *
 *     begin ──▶ asking ── delta, delta, … ── end ──────────────▶ done
 *                 ▲  └── error ──▶ pausing ── none is left ────▶ failed
 *                 └───────────────────┘
 */
#ifndef ORCHD_CONSULT_H
#define ORCHD_CONSULT_H

#include "runtime.h"

/* At a time; more are ORCH_E_BUSY. */
#define ORCH_CONSULTS_MAX 64

typedef struct orch_consult orch_consult;

/* An orchestrator that is not stored. Texts are borrowed for the call. */
typedef struct orch_draft {
    orch_str name;
    orch_str role;
    orch_str discipline;
    orch_str organization;
    orch_str charter;     /* JSON; empty: an empty one */
    orch_str model_chain; /* empty: the server's */
} orch_draft;

/* Borrowed for the call. */
typedef struct orch_consult_end {
    const char *model; /* "provider/model" */
    orch_usage usage;  /* of all attempts together */
    orch_stop stop;
    bool cut; /* the text went beyond ORCH_CONTENT_MAX: the rest was not given */
} orch_consult_end;

/* Exactly one of `done` and `failed` is called, last, unless it is cancelled before. Never from inside orch_runtime_consult. */
typedef struct orch_consult_sink {
    /* `attempt` counts from 1: what came of an earlier one is worth nothing. */
    void (*delta)(void *user, uint32_t attempt, orch_str text);
    void (*done)(void *user, const orch_consult_end *end);
    void (*failed)(void *user, int error, const char *words);
    void *user;
} orch_consult_sink;

/* Copied. */
typedef struct orch_consult_request {
    orch_orchestrator *orchestrator; /* who answers; NULL: the draft */
    const orch_draft *draft;
    const orch_organization *organization; /* of a draft: in whose figures its tokens are; NULL: nobody's */
    orch_str addition;                     /* said behind the charter's prompt; may be empty */
    const orch_prompt_message *messages;   /* oldest first, at least one; the last is the one to answer */
    size_t messages_count;
    uint32_t tokens_max; /* 0: as the orchestrator has it */
    double temperature;  /* below 0: likewise */
    bool final_text;     /* what was given cannot be taken back: no further attempt after the first delta */
    orch_consult_sink sink;
} orch_consult_request;

/* ORCH_E_BUSY, ORCH_E_CLOSED, ORCH_E_NO_MEMORY; ORCH_E_INVALID and ORCH_E_TOO_LARGE name the field of the draft. */
ORCH_MUST_USE int orch_runtime_consult(orch_runtime *runtime, const orch_consult_request *request,
                                       orch_consult **out_consult, orch_problem *problem);
/* No further call of the sink. Also from inside of it, but not after `done` or `failed`. */
void orch_consult_cancel(orch_consult *consult);

#define ORCH_DRAFT_PROBLEMS_MAX 32

/* All that is wrong with a draft, and, where nothing is, the system prompt that it makes for a direct conversation. */
typedef struct orch_draft_check {
    orch_problem problems[ORCH_DRAFT_PROBLEMS_MAX];
    size_t problems_count;
    char *prompt; /* owned: free(); NULL where something is wrong */
} orch_draft_check;
/* ORCH_E_NO_MEMORY. */
ORCH_MUST_USE int orch_runtime_check_draft(orch_runtime *runtime, const orch_draft *draft,
                                           orch_draft_check *out_check);

/* The default chain and the accounts, for those who choose a model. Borrowed. */
const orch_model_config *orch_runtime_models(const orch_runtime *runtime);

#endif
