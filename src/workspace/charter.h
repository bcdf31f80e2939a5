/* A charter as JSON, checked and read into the core's fields. */
#ifndef ORCHD_CHARTER_H
#define ORCHD_CHARTER_H

#include "directory.h"
#include "workspace.h"

struct orch_charter_document {
    orch_charter fields; /* texts point into this document, but for name, role, … of the orchestrator */
    bool hours_given;
    char timezone[64];                  /* IANA name; "UTC" when not given */
    orch_hours hours;                   /* without the changes of the zone: the runtime fills them in */
    uint32_t conversations_running_max; /* 0: not given */
    orch_str rules;                     /* JSON array; empty: none */
    char *json;                         /* the whole, canonical */
    void *memory;
};

/* Reads and checks: an unknown timezone is found by the runtime, everything else here. ORCH_E_INVALID names the path
 * ("communication.responseLength"), the value and what is allowed. Unknown fields are kept and ignored. */
ORCH_MUST_USE int orch_charter_read(orch_str json, orch_charter_document **out_document,
                                    orch_problem *problem);
/* All that is wrong with it, up to `max`; returns how many. */
size_t orch_charter_problems(orch_str json, orch_problem *out_problems, size_t max);
void orch_charter_free(orch_charter_document *document);

#endif
