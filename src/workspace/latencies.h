/* How long answers took: counts in steps that grow with the time, as HdrHistogram has them. Exact below 8 ms, then four steps
 * an octave, so that a quantile is at most an eighth off; what took longer than 2^22 ms (70 minutes) counts as that.
 *
 * As text: "step:count step:count …", ascending, only what is not 0.
 */
#ifndef ORCHD_LATENCIES_H
#define ORCHD_LATENCIES_H

#include "orchd/types.h"

#define ORCH_LATENCY_STEPS    85
#define ORCH_LATENCY_TEXT_MAX (ORCH_LATENCY_STEPS * 14)

/* Zeroed: none. */
typedef struct orch_latencies {
    uint32_t counts[ORCH_LATENCY_STEPS];
    uint32_t longest_ms;
} orch_latencies;

void orch_latencies_add(orch_latencies *latencies, int64_t ms);
void orch_latencies_merge(orch_latencies *into, const orch_latencies *from);
/* The time within which `percent` of the answers came; 0 where there was none. Never above the longest. */
uint32_t orch_latencies_quantile(const orch_latencies *latencies, unsigned percent);

/* Without a NUL; returns the length. */
size_t orch_latencies_write(const orch_latencies *latencies, char out_text[ORCH_LATENCY_TEXT_MAX]);
/* Adds what the text says; what is no such text adds nothing from there on. */
void orch_latencies_add_text(orch_latencies *latencies, orch_str text);

#endif
