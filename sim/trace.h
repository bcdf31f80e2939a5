/* What a run says: every line with --trace, otherwise only the last ones before a failure. Events and effects are kept as
 * they are and become words only when somebody reads them.
 */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include "orchd/core.h"

#define SIM_TRACE_LINES    40
#define SIM_TRACE_LINE_MAX 200

typedef enum sim_line_kind { SIM_LINE_WORDS, SIM_LINE_EVENT, SIM_LINE_EFFECT } sim_line_kind;

/* What of an event is shown. */
typedef struct sim_line_event {
    orch_event_kind kind;
    uint32_t daemon;
    uint64_t turn;
    uint64_t message;
    int32_t error;
    int32_t result;
} sim_line_event;

typedef struct sim_line {
    sim_line_kind kind;
    int64_t now_ms;
    union {
        char words[SIM_TRACE_LINE_MAX];
        sim_line_event event;
        orch_effect effect;
    };
} sim_line;

typedef struct sim_trace {
    sim_line lines[SIM_TRACE_LINES]; /* a ring */
    uint64_t count;                  /* of all lines */
    bool verbose;                    /* print them at once */
} sim_trace;

ORCH_PRINTF(3, 4) void sim_say(sim_trace *trace, int64_t now_ms, const char *format, ...);
void sim_say_event(sim_trace *trace, int64_t now_ms, const orch_event *event, int32_t result);
void sim_say_effect(sim_trace *trace, int64_t now_ms, const orch_effect *effect);
/* The last lines, for a person. */
void sim_trace_tail(const sim_trace *trace);

#endif
