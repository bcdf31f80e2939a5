/* What a run says: every line with --trace, otherwise only the last ones before a failure. */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "orchd/types.h"

#define SIM_TRACE_LINES    40
#define SIM_TRACE_LINE_MAX 200

typedef struct sim_trace {
    char lines[SIM_TRACE_LINES][SIM_TRACE_LINE_MAX];
    uint64_t count; /* of all lines */
    bool verbose;   /* print them at once */
} sim_trace;

ORCH_PRINTF(3, 4) void sim_say(sim_trace *trace, int64_t now_ms, const char *format, ...);
/* The last lines, for a person. */
void sim_trace_tail(const sim_trace *trace);

#endif
